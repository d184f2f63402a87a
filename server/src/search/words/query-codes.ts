import { codeKey } from '../../platform/text/index-tokens.ts'

/** A whole query up to this length may be one SKU with spaces in it. */
const MAX_QUERY_LENGTH = 80
const MAX_CODES = 6

/**
 * SKUs that a query may contain, in comparable form: the query as a whole, each of its words, and neighbouring words with a digit
 * ("WH 1000XM5"). A word without a digit is an SKU only as the whole query.
 */
export function queryCodes(query: string): string[] {
  const pieces = query
    .slice(0, 1000)
    .split(/\s+/)
    .filter((piece) => piece !== '')
  const codes = new Set<string>()
  if (query.length <= MAX_QUERY_LENGTH) codes.add(codeKey(query))
  for (const [at, piece] of pieces.entries()) {
    if (codes.size >= MAX_CODES) break
    const key = codeKey(piece)
    if (key.length >= 3 && /\d/.test(key)) codes.add(key)
    const pair = codeKey(piece + (pieces[at + 1] ?? ''))
    if (pair.length >= 4 && /\d/.test(pair) && /\p{L}/u.test(pair)) codes.add(pair)
  }
  codes.delete('')
  return [...codes].slice(0, MAX_CODES)
}
