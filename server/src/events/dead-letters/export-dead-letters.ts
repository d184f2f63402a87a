import { binder } from '../../platform/db/binder.ts'
import type { Access, SqlValue } from '../../platform/db/database.ts'
import { CSV_START, csvLine } from '../../platform/http/csv.ts'
import type { Language } from '../../platform/i18n.ts'
import type { Reader } from '../../tenants/authenticate.ts'
import type { DeadLetter, DeadLetterFilter } from './dead-letter-schemas.ts'
import { deadLetterIn, deadLetterList, UNIQUE_ID } from './find-dead-letters.ts'

/** Rows of one transaction; a text has up to 10 KB. */
const PAGE_ROWS = 200

const HEADINGS: Record<Language, string[]> = {
  en: [
    'Failed at',
    'Kind',
    'Store',
    'Product',
    'Product in the shop',
    'Reason',
    'Event id',
    'Id',
    'Group',
    'Dismissed at',
  ],
  fa: [
    'زمان شکست',
    'نوع',
    'فروشگاه',
    'محصول',
    'محصول در فروشگاه',
    'علت',
    'شناسهٔ رویداد',
    'شناسه',
    'گروه',
    'زمان نادیده‌گرفتن',
  ],
}

/**
 * The lines of a CSV file of the dead letters of a filter, the last failure first, page after page: memory holds one page, and no
 * transaction is open while the reader is slow.
 */
export async function* exportDeadLetters(
  access: Access,
  reader: Reader,
  filter: DeadLetterFilter,
  language: Language,
): AsyncGenerator<string> {
  yield CSV_START + csvLine(HEADINGS[language])
  for (let last: { failedAt: string; id: number } | null = null; ; ) {
    const page: Row[] = await readRows(access, reader, filter, last)
    yield page.map((row) => lineOf(deadLetterIn(language, row))).join('')
    const end = page.at(-1)
    if (!end || page.length < PAGE_ROWS) return
    last = { failedAt: end.cursor_sort, id: end.cursor_id }
  }
}

type Row = DeadLetter & { cursor_sort: string; cursor_id: number }

async function readRows(
  access: Access,
  reader: Reader,
  filter: DeadLetterFilter,
  last: { failedAt: string; id: number } | null,
): Promise<Row[]> {
  const values: SqlValue[] = []
  const bind = binder(values)
  const { columns, from } = deadLetterList(reader, filter, values, bind)
  const behind = last
    ? `(d.failed_at, ${UNIQUE_ID}) < (${bind(last.failedAt)}::timestamptz, ${bind(last.id)}::bigint)`
    : 'true'
  return await access.query<Row>(
    `select ${columns}, d.failed_at::text as cursor_sort, ${UNIQUE_ID} as cursor_id from ${from}
      where ${behind} order by d.failed_at desc, ${UNIQUE_ID} desc limit ${PAGE_ROWS}`,
    values,
  )
}

function lineOf(letter: DeadLetter): string {
  return csvLine([
    letter.failed_at,
    letter.kind,
    letter.store.name,
    letter.product?.name || letter.product_name,
    letter.external_id.replace(/^(woo|page)_/, ''),
    letter.reason,
    letter.event_id,
    letter.id,
    letter.group,
    letter.dismissed_at,
  ])
}
