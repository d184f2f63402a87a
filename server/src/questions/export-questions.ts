import type { Access } from '../platform/db/database.ts'
import { CSV_START, type CsvValue, csvLine } from '../platform/http/csv.ts'
import { questionList, type WantedQuestions } from './find-questions.ts'
import type { Question } from './question-schemas.ts'

/** Rows of one statement. No transaction is open while the reader is slow. */
const PAGE_ROWS = 500

const HEADER = [
  'asked_at',
  'query',
  'answered',
  'results',
  'relevance',
  'degraded',
  'took_ms',
  'channel',
  'tool',
  'client',
  'token',
  'agent',
  'store',
  'user',
  'unknown_words',
  'products',
  'clicks',
  'conversions',
  'helpful',
  'question_id',
]

/** The questions as CSV (RFC 4180), newest first, page after page. */
export async function* exportQuestions(access: Access, wanted: WantedQuestions): AsyncGenerator<string> {
  yield CSV_START + csvLine(HEADER)
  const { columns, from, where, values } = questionList(wanted)
  for (let last: { at: string; id: number } | null = null; ; ) {
    const place = [...values, last?.at ?? null, last?.id ?? null]
    const [at, id] = [`$${values.length + 1}::timestamptz`, `$${values.length + 2}::bigint`]
    const rows: (Question & { row_id: number; row_at: string })[] = await access.query(
      `select ${columns}, q.id as row_id, q.asked_at::text as row_at from ${from}
        where ${where.join(' and ')} and (${at} is null or (q.asked_at, q.id) < (${at}, ${id}))
        order by q.asked_at desc, q.id desc limit ${PAGE_ROWS}`,
      place,
    )
    if (rows.length > 0) yield rows.map((row) => csvLine(cellsOf(row))).join('')
    const end = rows.at(-1)
    if (!end || rows.length < PAGE_ROWS) return
    last = { at: end.row_at, id: end.row_id }
  }
}

function cellsOf(question: Question): CsvValue[] {
  return [
    question.asked_at.toISOString(),
    question.query,
    question.answered,
    question.results,
    question.relevance,
    question.degraded,
    question.took_ms,
    question.channel,
    question.tool,
    question.client,
    question.token?.name ?? null,
    question.agent?.name ?? null,
    question.store?.name ?? null,
    question.user.email,
    question.understood?.unknown.join(' ') ?? null,
    question.products.map(({ name }) => name).join(' | '),
    question.clicks,
    question.conversions,
    question.helpful,
    question.id,
  ]
}
