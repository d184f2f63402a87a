import type { CsvValue } from '../../platform/http/csv.ts'
import type { Headings } from '../../tenants/csv-exports.ts'
import type { DeadLetter } from './dead-letter-schemas.ts'

/** The columns of the CSV file of dead letters. */
export const HEADINGS: Headings = [
  ['Failed at', 'زمان شکست'],
  ['Kind', 'نوع'],
  ['Store', 'فروشگاه'],
  ['Product', 'محصول'],
  ['Product in the shop', 'محصول در فروشگاه'],
  ['Reason', 'علت'],
  ['Event id', 'شناسهٔ رویداد'],
  ['Id', 'شناسه'],
  ['Group', 'گروه'],
  ['Dismissed at', 'زمان نادیده‌گرفتن'],
]

export function cellsOf(letter: DeadLetter): CsvValue[] {
  return [
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
  ]
}
