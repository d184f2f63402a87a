import { findChatter, findSortWords, findStockWords } from './chatter.ts'
import { readNumber } from './number-words.ts'
import { type Part, partsOf, replaceParts } from './query-parts.ts'
import { type AskedPrice, readPrice } from './read-price.ts'

/** The parts of understanding; each can be switched off, and its words are then searched like others. */
export const UNDERSTANDING = ['price', 'stock', 'sort', 'chatter', 'layout', 'spelling', 'related'] as const
export type UnderstandingPart = (typeof UNDERSTANDING)[number]

/** The price, stock and order that a query names, and the words that are left to search for. */
export interface UnderstoodQuery {
  /** The words to search for. */
  text: string
  price: AskedPrice | null
  inStock: boolean | null
  sort: 'price' | '-price' | 'newest' | null
  /** Words that say nothing about the product. */
  ignored: string[]
}

/**
 * Reads a query in Persian or English: prices, stock words and order are taken out, and the words that only make a question of it.
 * Pure. When nothing is left, the words stay: a query of question words only is searched as it is.
 */
export function understandQuery(query: string, off: ReadonlySet<UnderstandingPart> = new Set()): UnderstoodQuery {
  const parts = partsOf(query)
  const used = new Set<Part>()
  const take = (found: Part[]) => {
    for (const part of found) used.add(part)
  }
  const rest = () => parts.filter((part) => !used.has(part))
  const price = off.has('price') ? null : readPrice(parts)
  if (price) take(price.used)
  const stock = off.has('stock') ? [] : findStockWords(rest())
  take(stock)
  const sort = off.has('sort') ? null : findSortWords(rest())
  if (sort) take(sort.used)
  const chatter = off.has('chatter') ? [] : findChatter(rest())
  const isOnlyChatter = rest().every((part) => part.kind === 'sign' || chatter.includes(part))
  const ignored = isOnlyChatter && used.size === 0 ? [] : chatter
  take(ignored)
  return {
    text: replaceParts(query, [
      ...[...used].map(({ start, end }) => ({ start, end, by: '' })),
      ...(off.has('price') ? [] : amountsIn(parts, used)),
    ]),
    price: price?.price ?? null,
    inStock: stock.length > 0 ? true : null,
    sort: sort?.sort ?? null,
    ignored: ignored.map((part) => part.text),
  }
}

/** Other amounts with a scale word, in digits: «۲۰ هزار میلی‌آمپر» is 20000 mAh. */
function amountsIn(parts: Part[], used: ReadonlySet<Part>): { start: number; end: number; by: string }[] {
  const amounts: { start: number; end: number; by: string }[] = []
  for (let at = 0; at < parts.length; at += 1) {
    const first = parts[at]
    const number = first === undefined || used.has(first) ? null : readNumber(parts, at)
    const last = number === null ? undefined : parts[number.end - 1]
    if (number === null || number.scale === 1 || first === undefined || last === undefined) continue
    amounts.push({ start: first.start, end: last.end, by: String(number.value) })
    at = number.end - 1
  }
  return amounts
}
