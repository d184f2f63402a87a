import { Reject } from '../platform/errors.ts'
import type { Language, Localised } from '../platform/i18n.ts'

/** SQLSTATE classes of a value that the database does not take: data exceptions, constraints, limits of size. */
const BAD_VALUE = /^(22|23|54)[0-9A-Z]{3}$/
const CODE = /^\w{1,40}$/

/** Why an event of a deleted store ended. */
export const STORE_DELETED: Localised = { en: 'The store was deleted.', fa: 'فروشگاه حذف شده است.' }

const TOO_HEAVY_CODE = 'too_heavy'

/** An event that the database could not write within its time limit, alone, while it answered others at once. */
export class TooHeavy extends Error {
  override name = 'TooHeavy'
  readonly code = TOO_HEAVY_CODE
}

/**
 * Why an attempt at an event failed, for its owner. A `Reject` has its own words; of anything else they are told what kind of failure
 * it was, what to do, and a code to look up: the database's text names tables and may quote rows.
 */
export function reasonOf(error: unknown): string {
  return error instanceof Reject ? error.message : sentenceOf(codeOf(error)).en
}

/** A reason as it is kept, which is in English, for a reader. What is none of our sentences stays as it is. */
export function reasonIn(language: Language, kept: string): string {
  if (kept === STORE_DELETED.en) return STORE_DELETED[language]
  const code = /\(code (\w{1,40})\)/.exec(kept)?.[1] ?? ''
  const sentence = sentenceOf(code)
  return sentence.en === kept ? sentence[language] : kept
}

/** Of what an embedding provider said, in a sentence for the shop's owner. */
const MAX_SAID = 60

/** Why a text of a product has no vector, for the shop's owner: one of our own sentences, or that the provider refused it. */
export function refusedTextIn(language: Language, kept: string): string {
  if (/\(code \w{1,40}\)/.test(kept)) return reasonIn(language, kept)
  const line = kept.replaceAll(/\s+/g, ' ').trim()
  const said = line.length > MAX_SAID ? `${line.slice(0, MAX_SAID).toWellFormed()}…` : line
  const sentences: Localised = {
    en: `The embedding provider refused a text of this product (“${said}”), so that text is found by its words only: change or shorten the description in the shop and save the product.`,
    fa: `سرویس بردار معنایی یکی از متن‌های این محصول را نپذیرفت («\u2068${said}\u2069») و آن متن فقط با واژه‌هایش پیدا می‌شود: توضیحات را در فروشگاه تغییر دهید یا کوتاه کنید و محصول را ذخیره کنید.`,
  }
  return sentences[language]
}

/**
 * The same error for the log: whole, but for a value at the end of it (`invalid input syntax for type integer: "…"`), which is part of
 * what the shop sent.
 */
export function describeFailure(error: unknown): { code: string; reason: string } {
  const text = error instanceof Error ? error.message : String(error)
  return { code: codeOf(error), reason: text.replace(/([:,]) ".*$/s, '$1 …') }
}

/** The SQLSTATE, the system's code, or the name of the error's class: none of them says anything of a row. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error ? String(error.code) : error.name
  return CODE.test(code) ? code : 'unknown'
}

function sentenceOf(code: string): Localised {
  if (code === TOO_HEAVY_CODE) {
    return {
      en: `This product is too heavy: the database could not write it within its time limit, so the change was not applied (code ${code}). Shorten the description or split the variations into several products, and save the product in the shop. If the product is an ordinary one, give the operator of the server this code and the event’s id.`,
      fa: `این محصول بیش از اندازه سنگین است: پایگاه داده نتوانست آن را در مهلت خود بنویسد و تغییر اعمال نشد (کد ${code}). توضیحات را کوتاه‌تر کنید یا متغیرها را میان چند محصول تقسیم کنید و محصول را در فروشگاه ذخیره کنید. اگر محصول معمولی است، این کد و شناسهٔ رویداد را به مدیر سامانه بدهید.`,
    }
  }
  if (BAD_VALUE.test(code)) {
    return {
      en: `The database did not take a value of this product (code ${code}). Look for something unusual in the product (a number, a date, a very long text), correct it in the shop and save the product. If that does not help, give whoever runs the server this code and the event’s id.`,
      fa: `پایگاه داده یکی از مقدارهای این محصول را نپذیرفت (کد ${code}). در محصول دنبال چیزی نامعمول بگردید (یک عدد، تاریخ یا متنی بسیار بلند)، آن را در فروشگاه درست و محصول را ذخیره کنید. اگر درست نشد، این کد و شناسهٔ رویداد را به مدیر سامانه بدهید.`,
    }
  }
  return {
    en: `The server failed at this event, and the shop is not to blame (code ${code}). Give whoever runs the server this code and the event’s id; once the cause is mended, replay the event.`,
    fa: `سامانه از پس این رویداد برنیامد و خطا از فروشگاه نیست (کد ${code}). این کد و شناسهٔ رویداد را به مدیر سامانه بدهید و پس از رفع علت، رویداد را دوباره اجرا کنید.`,
  }
}
