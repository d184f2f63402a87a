import { RIALS } from '../../catalog/products/product-view.ts'
import type { Language } from '../../platform/i18n.ts'

/** An amount in minor units of ISO 4217, as UCP has it. */
export interface Price {
  amount: number
  currency: string
}

/** ISO 4217 currencies whose minor unit is not a hundredth. `Intl` follows CLDR, which gives the rial no minor unit. */
const DIGITS: Record<string, number> = {
  ...Object.fromEntries(
    [
      'BIF',
      'CLP',
      'DJF',
      'GNF',
      'ISK',
      'JPY',
      'KMF',
      'KRW',
      'PYG',
      'RWF',
      'UGX',
      'UYI',
      'VND',
      'VUV',
      'XAF',
      'XOF',
      'XPF',
    ].map((code) => [code, 0]),
  ),
  ...Object.fromEntries(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3])),
  CLF: 4,
  UYW: 4,
}

/** The code that ISO 4217 has for "no currency". */
const NO_CURRENCY = 'XXX'

/** The ISO code of a shop's currency: the toman and the thousands of both Iranian units become rials. */
export function isoCurrency(currency: string): string {
  if (currency in RIALS) return 'IRR'
  return /^[A-Z]{3}$/.test(currency) ? currency : NO_CURRENCY
}

/** Number of decimals of a currency in ISO 4217. */
function digitsOf(isoCode: string): number {
  return DIGITS[isoCode] ?? 2
}

/**
 * A shop's amount in minor units: 850000 IRT is 850,000,000 minor units of IRR. An amount with more decimals than the currency has
 * is rounded, half up. Null when the result is above 2^53-1: JSON readers would round it.
 */
export function minorUnits(amount: string, currency: string): Price | null {
  const code = isoCurrency(currency)
  const [whole = '0', decimals = ''] = amount.split('.')
  const scaled = BigInt(whole + decimals) * BigInt(RIALS[currency] ?? 1) * 10n ** BigInt(digitsOf(code))
  const unit = 10n ** BigInt(decimals.length)
  const rounded = (scaled * 2n + unit) / (unit * 2n)
  return rounded > BigInt(Number.MAX_SAFE_INTEGER) ? null : { amount: Number(rounded), currency: code }
}

/**
 * The decimal text of an amount in minor units. Amounts in IRT, IRHR and IRHT, which ISO 4217 does not have, are whole units.
 */
export function fromMinorUnits(amount: number, currency: string): string {
  const digits = currency in RIALS && currency !== 'IRR' ? 0 : digitsOf(currency)
  const text = String(amount).padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

const UNITS: Record<string, Record<Language, string>> = {
  IRR: { en: 'rials', fa: 'ریال' },
  IRT: { en: 'toman', fa: 'تومان' },
  IRHR: { en: 'thousand rials', fa: 'هزار ریال' },
  IRHT: { en: 'thousand toman', fa: 'هزار تومان' },
}
const LOCALES: Record<Language, string> = { en: 'en-US', fa: 'fa-IR' }
const NO_PRICE: Record<Language, string> = {
  en: 'no price in the shop: ask the shop',
  fa: 'بدون قیمت در فروشگاه: از فروشگاه بپرسید',
}

/** The exact amount in words, in the shop's unit: «۸۵۰٬۰۰۰ تومان», "850,000 toman", "49.90 EUR". */
export function priceWords(amount: string | null, currency: string, language: Language): string {
  if (amount === null) return NO_PRICE[language]
  const [whole = '0', given = ''] = amount.split('.')
  const decimals = given.replace(/0+$/, '')
  const places = decimals === '' ? 0 : Math.max(2, decimals.length)
  const format = new Intl.NumberFormat(LOCALES[language], {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  })
  // Intl formats a text of digits exactly, also beyond 2^53.
  const number = format.format(`${whole}.${decimals}` as `${number}`)
  return `${number} ${UNITS[currency]?.[language] ?? currency}`.trim()
}

/** The same for a range of prices. */
export function rangeWords(min: string | null, max: string | null, currency: string, language: Language): string {
  if (min === null || max === null || Number(min) === Number(max)) return priceWords(min ?? max, currency, language)
  const from = priceWords(min, currency, language)
  const to = priceWords(max, currency, language)
  return language === 'fa' ? `${from} تا ${to}` : `${from} to ${to}`
}
