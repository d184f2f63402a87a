import { Reject } from '../platform/errors.ts'
import type { Language, Localised } from '../platform/i18n.ts'

/** SQLSTATE classes of rejected values: data exceptions, constraint violations, size limits. */
const BAD_VALUE = /^(22|23|54)[0-9A-Z]{3}$/
const CODE = /^\w{1,40}$/

/** Reason of the events of a deleted store. */
export const STORE_DELETED: Localised = { en: 'The store was deleted.', fa: 'فروشگاه حذف شده است.' }

const TOO_HEAVY_CODE = 'too_heavy'

/** A single event that exceeded its time limit while the database answered other statements at once. */
export class TooHeavy extends Error {
  override name = 'TooHeavy'
  readonly code = TOO_HEAVY_CODE
}

/**
 * The reason of a failed attempt, for the shop owner. A `Reject` has its own message; for any other error the owner gets the kind
 * of failure, the next step and a code, because the database's message names tables and may quote rows.
 */
export function reasonOf(error: unknown): string {
  return error instanceof Reject ? error.message : sentenceOf(codeOf(error)).en
}

/** A stored reason (in English) in the reader's language. Unknown texts stay unchanged. */
export function reasonIn(language: Language, kept: string): string {
  if (kept === STORE_DELETED.en) return STORE_DELETED[language]
  const code = /\(code (\w{1,40})\)/.exec(kept)?.[1] ?? ''
  const sentence = sentenceOf(code)
  return sentence.en === kept ? sentence[language] : kept
}

/** Maximum characters of a provider's message in a sentence for the shop owner. */
const MAX_QUOTED_CHARACTERS = 60

/** Why a text of a product has no vector, for the shop owner: one of our sentences, or the provider's refusal. */
export function refusedTextIn(language: Language, kept: string): string {
  if (/\(code \w{1,40}\)/.test(kept)) return reasonIn(language, kept)
  const line = kept.replaceAll(/\s+/g, ' ').trim()
  const said = line.length > MAX_QUOTED_CHARACTERS ? `${line.slice(0, MAX_QUOTED_CHARACTERS).toWellFormed()}…` : line
  const sentences: Localised = {
    en: `The embedding provider refused a text of this product (“${said}”), so search finds that text by its words only: change or shorten the description in the shop and save the product.`,
    fa: `سرویس بردار معنایی یکی از متن‌های این محصول را نپذیرفت («\u2068${said}\u2069») و آن متن فقط با واژه‌هایش پیدا می‌شود: توضیحات را در فروشگاه تغییر دهید یا کوتاه کنید و محصول را ذخیره کنید.`,
  }
  return sentences[language]
}

/**
 * The error for the log: complete, except a value at its end (`invalid input syntax for type integer: "…"`), which may be shop
 * data.
 */
export function describeFailure(error: unknown): { code: string; reason: string } {
  const text = error instanceof Error ? error.message : String(error)
  return { code: codeOf(error), reason: text.replace(/([:,]) ".*$/s, '$1 …') }
}

/** The SQLSTATE, the system error code, or the class name of the error. None of them contains data of a row. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error ? String(error.code) : error.name
  return CODE.test(code) ? code : 'unknown'
}

function sentenceOf(code: string): Localised {
  if (code === TOO_HEAVY_CODE) {
    return {
      en: `This product is too large: the database could not write it within the time limit, so the change was not applied (code ${code}). Shorten the description or split the variations into several products, and save the product in the shop. If the product has an ordinary size, send this code and the event’s id to the operator of the server.`,
      fa: `این محصول بیش از اندازه سنگین است: پایگاه داده نتوانست آن را در مهلت خود بنویسد و تغییر اعمال نشد (کد ${code}). توضیحات را کوتاه‌تر کنید یا متغیرها را میان چند محصول تقسیم کنید و محصول را در فروشگاه ذخیره کنید. اگر محصول معمولی است، این کد و شناسهٔ رویداد را به مدیر سامانه بدهید.`,
    }
  }
  if (BAD_VALUE.test(code)) {
    return {
      en: `The database rejected a value of this product (code ${code}). Look for an unusual value in the product (a number, a date, a very long text), correct it in the shop and save the product. If that does not help, send this code and the event’s id to the operator of the server.`,
      fa: `پایگاه داده یکی از مقدارهای این محصول را نپذیرفت (کد ${code}). در محصول دنبال چیزی نامعمول بگردید (یک عدد، تاریخ یا متنی بسیار بلند)، آن را در فروشگاه درست و محصول را ذخیره کنید. اگر درست نشد، این کد و شناسهٔ رویداد را به مدیر سامانه بدهید.`,
    }
  }
  return {
    en: `The server could not process this event because of an internal error that the shop did not cause (code ${code}). Send this code and the event’s id to the operator of the server, and replay the event after the error is fixed.`,
    fa: `خطای سرور: این رویداد اعمال نشد و خطا از فروشگاه نیست (کد ${code}). این کد و شناسهٔ رویداد را به مدیر سامانه بدهید و پس از رفع علت، رویداد را دوباره اجرا کنید.`,
  }
}
