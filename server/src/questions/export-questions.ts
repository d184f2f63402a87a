import type { CsvValue } from '../platform/http/csv.ts'
import type { Headings } from '../tenants/csv-exports.ts'
import type { Question } from './question-schemas.ts'

/** The columns of the CSV file of questions. */
export const HEADINGS: Headings = [
  ['Asked at', 'زمان پرسش'],
  ['Question', 'پرسش'],
  ['Answered', 'پاسخ داده شد'],
  ['Results', 'نتیجه‌ها'],
  ['Relevance', 'ارتباط'],
  ['Degraded', 'با کیفیت کمتر'],
  ['Milliseconds', 'میلی‌ثانیه'],
  ['Channel', 'کانال'],
  ['Tool', 'ابزار'],
  ['Client', 'برنامه'],
  ['Token', 'توکن'],
  ['Agent', 'دستیار'],
  ['Store', 'فروشگاه'],
  ['User', 'کاربر'],
  ['Unknown words', 'کلمه‌های ناشناخته'],
  ['Products', 'محصول‌ها'],
  ['Clicks', 'کلیک‌ها'],
  ['Conversions', 'خریدها'],
  ['Helpful', 'مفید'],
  ['Question id', 'شناسهٔ پرسش'],
]

export function cellsOf(question: Question): CsvValue[] {
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
