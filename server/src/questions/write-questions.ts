import type { Sql } from '../platform/db/database.ts'
import { normaliseText } from '../platform/text/language.ts'
import { plainName } from './client-names.ts'
import { maskPersonalData } from './mask-personal-data.ts'
import type { AskedQuestion, Asking } from './question-log.ts'

/** Characters of a stored question. */
const MAX_QUERY = 500
/** Ids of products and documents that are stored with a question. */
const MAX_IDS = 5
/** Words, and texts in filters, that are stored with a question. */
const MAX_WORDS = 20
const MAX_FILTER_TEXT = 200

/** How search read a query. */
export interface Understanding {
  text: string
  layout: string | null
  price: object | null
  in_stock: boolean | null
  sort: string | null
  ignored: string[]
  words: { word: string; known: boolean }[]
}

/** A question that waits in memory to be written. */
export interface WaitingQuestion
  extends Omit<AskedQuestion, 'startedAt' | 'isFurtherPage'>,
    Pick<Asking, 'channel' | 'tool' | 'client'> {
  questionId: string
  tenantId: number
  tokenId: number | null
  grantId: number | null
  isGuest: boolean
  tookMs: number
  /** Time of `performance.now()`: the time of the question is the database's, less the age of the question. */
  notedAt: number
}

/**
 * Stores questions in one statement, without personal data. Questions of tenants that keep none, or that are being erased, are left
 * out, and a question that is there already stays as it is.
 */
export async function writeQuestions(sql: Sql, questions: WaitingQuestion[]): Promise<void> {
  await sql.query(
    `insert into questions (question_id, tenant_id, asked_at, channel, tool, client, token_id, grant_id, is_guest, store_id, query,
                            query_key, understood, filters, results, product_ids, document_ids, relevance, answered, degraded, took_ms)
     select r.question_id, r.tenant_id, now() - r.age_ms * interval '1 millisecond', r.channel, r.tool, r.client, r.token_id,
            r.grant_id, r.is_guest, r.store_id, r.query, r.query_key, r.understood, r.filters, r.results, r.product_ids,
            r.document_ids, r.relevance, r.answered, r.degraded, r.took_ms
       from json_to_recordset($1::json) as r (question_id uuid, tenant_id bigint, age_ms float8, channel text, tool text, client text,
              token_id bigint, grant_id bigint, is_guest boolean, store_id bigint, query text, query_key text, understood json,
              filters json, results integer, product_ids bigint[], document_ids bigint[], relevance real, answered boolean,
              degraded boolean, took_ms real)
       join tenants n on n.id = r.tenant_id and n.erasing_since is null
       left join question_settings s on s.tenant_id = n.id
      where coalesce(s.is_on, true)
     on conflict (question_id) do nothing`,
    [JSON.stringify(questions.map(rowOf))],
  )
}

function rowOf(question: WaitingQuestion) {
  const typed = storable(question.query)
  const masked = maskPersonalData(typed)
  const query = cut(masked.replace(/\s+/g, ' ').trim(), MAX_QUERY) || '…'
  return {
    question_id: question.questionId,
    tenant_id: question.tenantId,
    age_ms: Math.max(0, performance.now() - question.notedAt),
    channel: question.channel,
    tool: question.tool,
    client: cut(maskPersonalData(plainName(question.client)), 60),
    token_id: question.tokenId,
    grant_id: question.grantId,
    is_guest: question.isGuest,
    store_id: question.storeId,
    query,
    query_key: queryKey(query),
    // The words of a query with personal data are parts of it: "0912 345 6789" is three words that no pattern finds.
    understood: question.understood === null || masked !== typed ? null : plainUnderstanding(question.understood),
    filters: plainFilters(question.filters),
    results: question.results,
    product_ids: question.productIds.slice(0, MAX_IDS),
    document_ids: question.documentIds.slice(0, MAX_IDS),
    relevance: question.relevance === null ? null : Math.min(1, Math.max(0, question.relevance)),
    answered: question.answered,
    degraded: question.degraded,
    took_ms: Math.max(0, Math.round(question.tookMs * 10) / 10),
  }
}

/** The form in which equal questions are one: letters and digits, normalised as search does. */
export function queryKey(query: string): string {
  const key = normaliseText(query)
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
  return cut(key, MAX_QUERY)
}

/** Search reads some queries as other letters (a wrong keyboard layout), so that its texts are masked, too. */
function plainUnderstanding({ text, layout, price, in_stock, sort, ignored, words }: Understanding) {
  const plain = (of: string) => cut(maskPersonalData(storable(of)), MAX_QUERY)
  return {
    text: plain(text),
    layout: layout === null ? null : plain(layout),
    price,
    in_stock,
    sort,
    ignored: ignored.slice(0, MAX_WORDS).map(plain),
    unknown: words
      .filter(({ known }) => !known)
      .slice(0, MAX_WORDS)
      .map(({ word }) => plain(word)),
  }
}

/** The filters as JSON, with masked and bounded texts. */
function plainFilters(filters: Record<string, unknown>): Record<string, unknown> {
  const plain = (value: unknown): unknown => {
    if (typeof value === 'string') return cut(maskPersonalData(storable(value)), MAX_FILTER_TEXT)
    if (Array.isArray(value)) return value.slice(0, MAX_WORDS).map(plain)
    return value
  }
  return Object.fromEntries(
    Object.entries(filters)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, plain(value)]),
  )
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
function storable(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed()
}

/** The beginning of a text, at most `length` UTF-16 units. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
