import { unitOf } from '../../platform/text/units.ts'
import { isStopWord } from '../../platform/text/word-forms.ts'
import { readNumber } from './number-words.ts'
import type { Part } from './query-parts.ts'

/** A price range in a query. */
export interface AskedPrice {
  /** null: no bound. */
  min: number | null
  max: number | null
  /** The unit that the query names; null: the store's own. */
  currency: string | null
  /** True for "about": the range is wider than what was said. */
  isAbout: boolean
  /** True when a small amount was taken for thousands of toman, as in speech («۵۰۰ تومن»). */
  isThousands: boolean
}

const CURRENCIES = new Map<string, string>([
  ...['تومان', 'تومن', 'تومنی', 'تومانی', 'toman', 'tomans', 'irt', 'تومانه', 'تومنه'].map(
    (word) => [word, 'IRT'] as const,
  ),
  ...['ریال', 'ریالی', 'rial', 'rials', 'irr'].map((word) => [word, 'IRR'] as const),
  ...['دلار', 'دلاری', 'dollar', 'dollars', 'usd', 'buck', 'bucks', '$'].map((word) => [word, 'USD'] as const),
  ...['یورو', 'euro', 'euros', 'eur', '€'].map((word) => [word, 'EUR'] as const),
  ...['پوند', 'pound', 'pounds', 'gbp', '£'].map((word) => [word, 'GBP'] as const),
  ...['درهم', 'dirham', 'dirhams', 'aed'].map((word) => [word, 'AED'] as const),
  ...['لیر', 'lira', 'try'].map((word) => [word, 'TRY'] as const),
])

type Relation = 'below' | 'above' | 'about' | 'between'

/** Words before an amount, each list of words in order; the longest match counts. */
const BEFORE: [Relation, string[]][] = [
  ...phrases('below', [
    'زیر',
    'کمتر از',
    'کم تر از',
    'پایین تر از',
    'پایینتر از',
    'پایین',
    'پایین از',
    'ارزان تر از',
    'ارزانتر از',
    'ارزون تر از',
    'ارزونتر از',
    'حداکثر',
    'حداکثر تا',
    'نهایت',
    'نهایتا',
    'نهایتا تا',
    'تا',
    'تا سقف',
    'سقف',
    'با بودجه',
    'با بودجه ی',
    'بودجه',
    'بودجه ی',
    'بودجم',
    'بودجه ام',
    'تا حداکثر',
    'تا قیمت',
    'زیر قیمت',
    'under',
    'below',
    'less than',
    'lower than',
    'cheaper than',
    'no more than',
    'not more than',
    'at most',
    'up to',
    'max',
    'maximum',
    'budget',
    'budget of',
    'a budget of',
    'within',
    '<',
    '≤',
  ]),
  ...phrases('above', [
    'بالای',
    'بالاتر از',
    'بالا تر از',
    'بیشتر از',
    'بیش از',
    'گران تر از',
    'گرانتر از',
    'گرون تر از',
    'گرونتر از',
    'حداقل',
    'دست کم',
    'over',
    'above',
    'more than',
    'higher than',
    'at least',
    'min',
    'minimum',
    'starting at',
    'starting from',
    '>',
    '≥',
  ]),
  ...phrases('about', [
    'حدود',
    'حدودا',
    'در حدود',
    'حدودای',
    'تقریبا',
    'نزدیک',
    'نزدیک به',
    'حوالی',
    'دور و بر',
    'قیمت',
    'به قیمت',
    'با قیمت',
    'قیمت حدود',
    'با قیمت حدود',
    'رنج قیمت',
    'about',
    'around',
    'approximately',
    'approx',
    'roughly',
    'near',
    'priced at',
    'for about',
    'for around',
    '~',
  ]),
  ...phrases('between', ['بین', 'مابین', 'از', 'از قیمت', 'between', 'from']),
]
/** Words after an amount. */
const AFTER: [Relation, string[]][] = [
  ...phrases('below', [
    'به پایین',
    'یا کمتر',
    'و کمتر',
    'به زیر',
    'or less',
    'or under',
    'or cheaper',
    'and below',
    'and under',
    'max',
    'maximum',
  ]),
  ...phrases('above', [
    'به بالا',
    'یا بیشتر',
    'و بیشتر',
    'به بالاتر',
    'or more',
    'and up',
    'and above',
    'or above',
    '+',
  ]),
]
const TO = new Set(['تا', 'الی', 'و', 'to', 'and', '-', '–', 'till', 'until'])
/** A number after one of these is a size or a model, not a price. */
const NO_PRICE_BEFORE = new Set([
  'سایز',
  'size',
  'شماره',
  'مدل',
  'model',
  'سری',
  'series',
  'نسل',
  'gen',
  'کد',
  'code',
  'sku',
])
/** A number before one of these is a quantity. */
const NO_PRICE_AFTER = new Set(
  'ساعت ساعته روز روزه هفته نفر نفره تکه پارچه قطعه درصد لایه رنگ کاره کیلومتر hours hour days day weeks people piece pieces percent % colors colours months years year old rpm dpi fps core cores mah'.split(
    ' ',
  ),
)
/** "About" means up to this much less or more. */
const ABOUT = 0.2
/** In Iran, an amount of toman below this is said in thousands; no product costs so little. */
const LEAST_TOMAN = 1_000

/**
 * Reads the price range of a query and the parts that express it. Null without one. A number counts as a price when it has a currency,
 * or a scale word («میلیون»), or a word of comparison and no unit of something else («تا ۶ نفر»).
 */
export function readPrice(parts: Part[]): { price: AskedPrice; used: Part[] } | null {
  for (let at = 0; at < parts.length; at += 1) {
    const found = priceAt(parts, at)
    if (found) return found
  }
  return null
}

interface Amount {
  value: number
  scale: number
  currency: string | null
  end: number
}

function priceAt(parts: Part[], start: number): { price: AskedPrice; used: Part[] } | null {
  const before = longestMatch(BEFORE, parts, start)
  const from = start + (before?.length ?? 0)
  if (before === null && !isAmountStart(parts, start)) return null
  if (NO_PRICE_BEFORE.has(parts[start - 1]?.norm ?? '')) return null
  const first = readAmount(parts, from)
  if (first === null) return null
  const range = readRange(parts, first, before?.relation ?? null)
  if (range) return { price: range.price, used: parts.slice(start, range.end) }
  if (isOtherThing(parts, first)) return null
  const after = longestMatch(AFTER, parts, first.end)
  const relation = after?.relation ?? (before?.relation === 'between' ? null : before?.relation) ?? null
  const end = first.end + (after?.length ?? 0)
  if (relation === null) {
    // Without a comparison only a currency, or a scale word as the last word of a thing («گوشی ۲۰ میلیونی»), makes it a price.
    if (first.currency === null && first.scale < 1_000_000) return null
    return { price: rangeOf('about', first), used: parts.slice(before ? from : start, end) }
  }
  const isSure = first.currency !== null || first.scale >= 1_000 || first.value >= 10_000
  if (!isSure && !isEndOfThought(parts, end)) return null
  // «قیمت ۳» and "about 3" may be anything.
  if (!isSure && (relation === 'about' || before?.words === 'تا' || before?.words === 'max' || before?.words === 'min'))
    return null
  return { price: rangeOf(relation, first), used: parts.slice(start, end) }
}

function readRange(parts: Part[], first: Amount, relation: Relation | null): { price: AskedPrice; end: number } | null {
  const to = parts[first.end]
  if (to === undefined || !TO.has(to.norm)) return null
  const isAnd = to.norm === 'و' || to.norm === 'and'
  if (isAnd && relation !== 'between') return null
  if (relation !== null && relation !== 'between' && relation !== 'about') return null
  const second = readAmount(parts, first.end + 1)
  if (second === null || isOtherThing(parts, second)) return null
  const currency = second.currency ?? first.currency
  // «بین ۲ تا ۳ میلیون»: the first number has the scale of the second.
  const isBare =
    first.scale === 1 &&
    first.currency === null &&
    second.scale > 1 &&
    first.value < second.value / second.scale + 1_000
  const low = isBare && first.value < 1_000 ? first.value * second.scale : first.value
  const isSure = currency !== null || second.scale >= 1_000 || (relation === 'between' && second.value >= 10_000)
  if (!isSure && !(relation === 'between' && isEndOfThought(parts, second.end) && second.value >= 20)) return null
  const thousands = isSpokenThousands(second.value, second.scale, currency)
  const factor = thousands ? 1_000 : 1
  const [min, max] = [low * factor, second.value * factor].sort((a, b) => a - b)
  return {
    price: { min: min ?? null, max: max ?? null, currency, isAbout: false, isThousands: thousands },
    end: second.end,
  }
}

function rangeOf(relation: Relation, { value, scale, currency }: Amount): AskedPrice {
  const isThousands = isSpokenThousands(value, scale, currency)
  const amount = isThousands ? value * 1_000 : value
  const about = relation === 'about' || relation === 'between'
  return {
    min: relation === 'above' ? amount : about ? rounded(amount * (1 - ABOUT)) : null,
    max: relation === 'below' ? amount : about ? rounded(amount * (1 + ABOUT)) : null,
    currency,
    isAbout: about,
    isThousands,
  }
}

/** Whole amounts, except for small ones. */
function rounded(amount: number): number {
  return amount < 100 ? Math.round(amount * 100) / 100 : Math.round(amount)
}

function isSpokenThousands(value: number, scale: number, currency: string | null): boolean {
  return currency === 'IRT' && scale === 1 && value < LEAST_TOMAN
}

function isAmountStart(parts: Part[], at: number): boolean {
  const part = parts[at]
  if (part === undefined) return false
  return part.kind === 'number' || CURRENCIES.has(part.norm) || readNumber(parts, at) !== null
}

/** A number with the currency before or after it. */
function readAmount(parts: Part[], at: number): Amount | null {
  const sign = CURRENCIES.get(parts[at]?.norm ?? '')
  const isBefore = sign !== undefined && /^[$€£]$|^[a-z]{3}$/.test(parts[at]?.norm ?? '')
  const number = readNumber(parts, isBefore ? at + 1 : at)
  if (number === null || number.value <= 0) return null
  const after = CURRENCIES.get(parts[number.end]?.norm ?? '')
  const currency = after ?? (isBefore ? sign : undefined) ?? null
  return { value: number.value, scale: number.scale, currency, end: number.end + (after === undefined ? 0 : 1) }
}

/** True when the number counts something else: litres, persons, hours. */
function isOtherThing(parts: Part[], amount: Amount): boolean {
  if (amount.currency !== null) return false
  const next = parts[amount.end]
  if (next === undefined) return false
  if (NO_PRICE_AFTER.has(next.norm)) return true
  if (unitOf(next.norm) !== undefined) return true
  const joined = next.norm + (parts[amount.end + 1]?.norm ?? '')
  return unitOf(joined) !== undefined
}

/** True when the number ends the query or a word without content follows. */
function isEndOfThought(parts: Part[], at: number): boolean {
  const next = parts[at]
  return next === undefined || next.kind === 'sign' || isStopWord(next.norm) || CLOSING.has(next.norm)
}

const CLOSING = new Set(
  'دارید دارین داری دارن هست باشه باشد میخوام میخواهم میشه please thanks which that is'.split(' '),
)

function longestMatch(list: [Relation, string[]][], parts: Part[], at: number) {
  let best: { relation: Relation; length: number; words: string } | null = null
  for (const [relation, words] of list) {
    if (words.length <= (best?.length ?? 0)) continue
    if (words.every((word, index) => parts[at + index]?.norm === word))
      best = { relation, length: words.length, words: words.join(' ') }
  }
  return best
}

function phrases(relation: Relation, texts: string[]): [Relation, string[]][] {
  return texts.map((text) => [relation, text.split(' ')])
}
