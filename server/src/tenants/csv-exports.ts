import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Access, Database } from '../platform/db/database.ts'
import { download, oneOf } from '../platform/http/contract.ts'
import { CSV_START, type CsvValue, csvLine } from '../platform/http/csv.ts'
import type { Http } from '../platform/http/http.ts'
import { type List, readAfter } from '../platform/http/lists.ts'
import { createLongAnswers } from '../platform/http/long-answers.ts'
import { localized } from '../platform/http/validation.ts'
import { type Language, negotiateLanguage } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import { writeAuditEntry } from './audit.ts'
import { actorOf, type Person } from './authenticate.ts'

/** Rows of one statement. Memory holds one page, and no transaction is open while the reader is slow. */
const PAGE_ROWS = 500
/** Rows of one file. A spreadsheet opens 1,048,576. */
export const MAX_CSV_ROWS = 500_000

/** The language of the headings; without it that of `Accept-Language`, which a link in a page cannot choose. */
export const CSV_LANGUAGE = {
  language: Type.Optional(oneOf(['en', 'fa'], localized('en or fa', 'یکی از en یا fa'))),
}

/** The answer of a CSV route, for its schema. */
export const csvAnswer = (row: string) =>
  download('text/csv', `One ${row} a line in UTF-8, after a line of headings; up to 500,000, then a line says so.`)

/** One column: its heading in each language. */
export type Headings = readonly (readonly [en: string, fa: string])[]

export interface CsvFile<Row> {
  /** Of the list, for the file, the audit log and the server log: `products`. */
  name: string
  headings: Headings
  /** The pages of rows. */
  pages: AsyncIterable<Row[]>
  /** The cells of a page's rows, in the order of the headings. */
  cells: (rows: Row[], language: Language) => CsvValue[][] | Promise<CsvValue[][]>
}

export interface CsvExports {
  /** Sends a CSV file. Its audit entry is written before the first byte, because an interrupted file was read, too. */
  send<Row>(
    request: FastifyRequest & { query: { language?: Language } },
    reply: FastifyReply,
    person: Person,
    file: CsvFile<Row>,
  ): Promise<FastifyReply>
  /** The pages of a list, without the time limit and the priority of a request. */
  pagesOf<Row>(person: Person, list: List): AsyncGenerator<Row[]>
}

/** CSV files of lists: the same rows, filters and rights as the list's own route. */
export function createCsvExports(app: Http, db: Database, log: Log): CsvExports {
  const sendLong = createLongAnswers(app, log)
  return {
    send: async (request, reply, person, file) => {
      const language = request.query.language ?? negotiateLanguage(request.headers['accept-language'])
      await writeAuditEntry(db.inScope(person.scope), actorOf(request, person), {
        action: 'list.exported',
        detail: { list: file.name },
      })
      const lines = await started(linesOf(file, language))
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${file.name.replaceAll('_', '-')}.csv"`)
      return sendLong(reply, Readable.from(lines, { objectMode: false }), `${file.name}_export`)
    },
    pagesOf: (person, list) => pages(db.inBackground().inScope(person.scope), list),
  }
}

async function* pages<Row>(access: Access, list: List): AsyncGenerator<Row[]> {
  for (let last: { sort: string; id: number } | null = null; ; ) {
    const rows: (Row & { cursor_sort: string; cursor_id: number })[] = await readAfter(access, list, last, PAGE_ROWS)
    if (rows.length > 0) yield rows
    const end = rows.at(-1)
    if (!end || rows.length < PAGE_ROWS) return
    last = { sort: end.cursor_sort, id: end.cursor_id }
  }
}

async function* linesOf<Row>({ headings, pages, cells }: CsvFile<Row>, language: Language): AsyncGenerator<string> {
  yield CSV_START + csvLine(headings.map(([en, fa]) => (language === 'fa' ? fa : en)))
  let left = MAX_CSV_ROWS
  for await (const rows of pages) {
    if (left === 0) {
      yield csvLine([LIMIT_REACHED[language]])
      return
    }
    const lines = (await cells(rows.slice(0, left), language)).map(csvLine)
    left -= lines.length
    yield lines.join('')
  }
}

const LIMIT_REACHED: Record<Language, string> = {
  en: 'These are the first 500,000 rows. Narrow the filter for the others.',
  fa: 'این ۵۰۰٬۰۰۰ ردیف اول است. برای بقیه، فیلتر را محدودتر کنید.',
}

/** Reads the first page: its failure is still an error response. */
async function started(lines: AsyncGenerator<string>): Promise<AsyncGenerator<string>> {
  const first = [await lines.next(), await lines.next()]
  return (async function* () {
    for (const part of first) if (!part.done) yield part.value
    yield* lines
  })()
}
