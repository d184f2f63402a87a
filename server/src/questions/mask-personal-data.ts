/**
 * Personal data in the texts that customers type: phone numbers, e-mail addresses, numbers of bank cards and accounts, and Iranian
 * national ids. Each is replaced by its kind in brackets. Prices, sizes, quantities, barcodes and SKUs stay. In doubt a number is
 * masked: a masked SKU costs a word of a statistic, a stored phone number harms a person.
 */

/** Persian, Arabic and full-width digits, from their zero. */
const ZEROS = [0x06f0, 0x0660, 0xff10]
const OTHER_DIGITS = /[\u06f0-\u06f9\u0660-\u0669\uff10-\uff19]/g

/** Signs that people put between digits: spaces, dashes, dots, brackets, slashes and invisible direction marks; at most 3 of them. */
const BETWEEN = '[\\s\\-\\u2010-\\u2015./()_*\\u200b-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069]{0,3}'
const more = (from: number, to = from) => `(?:${BETWEEN}\\d){${from},${to}}(?!\\d)`
/** A number begins here: no letter, digit or decimal sign stands before it. */
const FREE = '(?<![\\p{L}\\p{N}.,٫٬])'

const EMAIL =
  /[\p{L}\p{N}._%+'-]{1,64}[@\uff20]\s?(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,20}\p{L}{2,24}/gu
const CARD = new RegExp(`(?<!\\d)[1-9]\\d{3}(?:${BETWEEN}\\d{4}){3}(?!\\d)`, 'g')
/** An Iranian account: IR and 24 digits; people leave out the letters. */
const SHEBA = new RegExp(`(?<![\\p{L}\\p{N}])(?:IR${BETWEEN})?\\d${more(23)}`, 'giu')
const IBAN_START = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?=[ -]?[A-Z0-9])/giu
/** With a prefix of the country or of the network, also without a space before it. */
const IRANIAN_MOBILE = new RegExp(
  `(?<!\\d)(?:(?:(?:\\+|00)${BETWEEN})?98${BETWEEN}(?:0${BETWEEN})?|0${BETWEEN})9${more(9)}`,
  'g',
)
const IRANIAN_LANDLINE = new RegExp(`${FREE}0[1-8]${more(9)}`, 'gu')
const INTERNATIONAL = new RegExp(`${FREE}(?:\\+|00)${BETWEEN}[1-9]${more(7, 14)}`, 'gu')
/** A mobile number without its zero: 912 345 6789. */
const BARE_MOBILE = new RegExp(`${FREE}9[0-49]\\d[ -]?\\d{3}[ -]?\\d{4}(?!\\d)`, 'gu')
const NATIONAL_ID = new RegExp(`${FREE}(?:\\d{10}|\\d{3}[ -]\\d{6}[ -]\\d)(?!\\d)`, 'gu')

/** Digits of the shortest number that is personal data. */
const SHORTEST_NUMBER = 8
/** Shorter and longer account numbers do not exist. */
const IBAN_LENGTHS = [15, 34] as const

/** A number before or after these is a price or the number of a book. */
const PRICE_AFTER =
  /^[\s\u200c]{0,3}(?:تومان|تومن|ریال|ريال|هزار|میلیون|میلیارد|tom[ae]ns?\b|rials?\b|irr\b|irt\b|usd\b|eur\b|million\b|[$€£])/iu
const NO_PERSON_BEFORE = /(?:[$€£]|isbn|شابک)[\s:：-]{0,3}$/iu

interface Found {
  from: number
  to: number
  label: string
}

/**
 * The text with each piece of personal data replaced by its kind, such as `[phone]`. Linear in the length of the text, apart from
 * texts of many numbers in a row.
 */
export function maskPersonalData(text: string): string {
  // Digits that two patterns claim may match again when the first one is masked.
  for (let masked = text; ; ) {
    const next = maskOnce(masked)
    if (next === masked) return masked
    masked = next
  }
}

function maskOnce(text: string): string {
  if (!/[@\uff20]|\p{Nd}/u.test(text)) return text
  // The same length, so that places in one are places in the other.
  const latin = text.replace(OTHER_DIGITS, latinDigit)
  const found = new Places()
  for (const match of latin.matchAll(EMAIL)) found.add(match.index, match[0].length, 'email')
  if (digitsOf(latin).length >= SHORTEST_NUMBER) findNumbers(latin, found)
  return found.replaceIn(text)
}

function findNumbers(latin: string, found: Places): void {
  for (const match of latin.matchAll(SHEBA)) found.add(match.index, match[0].length, 'iban')
  for (const { index } of latin.matchAll(IBAN_START)) found.add(index, ibanLength(latin, index), 'iban')
  for (const match of latin.matchAll(CARD))
    if (hasLuhnDigit(digitsOf(match[0]))) found.add(match.index, match[0].length, 'card')
  for (const pattern of [IRANIAN_MOBILE, IRANIAN_LANDLINE])
    for (const match of latin.matchAll(pattern)) found.add(match.index, match[0].length, 'phone')
  for (const pattern of [INTERNATIONAL, BARE_MOBILE])
    for (const match of latin.matchAll(pattern))
      if (!isPrice(latin, match.index, match[0])) found.add(match.index, match[0].length, 'phone')
  for (const match of latin.matchAll(NATIONAL_ID))
    if (isNationalId(digitsOf(match[0])) && !isPrice(latin, match.index, match[0]))
      found.add(match.index, match[0].length, 'national_id')
}

/** Places that do not overlap: the first one found wins. */
class Places {
  readonly #places: Found[] = []

  add(from: number, length: number, label: string): void {
    const to = from + length
    if (length === 0 || this.#places.some((other) => from < other.to && other.from < to)) return
    this.#places.push({ from, to, label })
  }

  replaceIn(text: string): string {
    let masked = ''
    let at = 0
    for (const { from, to, label } of this.#places.sort((a, b) => a.from - b.from)) {
      masked += `${text.slice(at, from)}[${label}]`
      at = to
    }
    return masked + text.slice(at)
  }
}

function latinDigit(digit: string): string {
  const code = digit.charCodeAt(0)
  const zero = ZEROS.find((first) => code >= first && code <= first + 9) ?? code
  return String(code - zero)
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '')
}

/** Round numbers, and numbers beside a currency, are prices. */
function isPrice(latin: string, from: number, matched: string): boolean {
  if (/0{4}$/.test(digitsOf(matched))) return true
  const to = from + matched.length
  return PRICE_AFTER.test(latin.slice(to, to + 20)) || NO_PERSON_BEFORE.test(latin.slice(Math.max(0, from - 10), from))
}

/** The check digit of bank cards (ISO/IEC 7812). */
function hasLuhnDigit(digits: string): boolean {
  let sum = 0
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place])
    const weighted = place % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}

/** The check digit of Iranian national ids. Ten equal digits have a right check digit, but are no id. */
function isNationalId(digits: string): boolean {
  if (/^(\d)\1{9}$/.test(digits)) return false
  let sum = 0
  for (let place = 0; place < 9; place += 1) sum += Number(digits[place]) * (10 - place)
  const rest = sum % 11
  return Number(digits[9]) === (rest < 2 ? rest : 11 - rest)
}

/** The length of the account number that begins here, with its spaces; 0 for none. The longest one with right check digits. */
function ibanLength(latin: string, from: number): number {
  const [shortest, longest] = IBAN_LENGTHS
  let plain = ''
  let length = 0
  for (let at = from; at < latin.length && plain.length < longest; at += 1) {
    const sign = latin[at] ?? ''
    if (/[A-Z0-9]/i.test(sign)) plain += sign.toUpperCase()
    else if (!/[ -]/.test(sign) || /[ -]/.test(latin[at - 1] ?? '')) break
    const isEnd = !/[A-Z0-9]/i.test(latin[at + 1] ?? '')
    if (isEnd && plain.length >= shortest && isIban(plain)) length = at + 1 - from
  }
  return length
}

/** The check digits of account numbers (ISO 13616). Most of a number is digits, which keeps words apart. */
function isIban(plain: string): boolean {
  if ((plain.match(/\d/g)?.length ?? 0) < plain.length / 2) return false
  let rest = 0
  for (const sign of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(sign, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
