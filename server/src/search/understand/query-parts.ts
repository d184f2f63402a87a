import { normaliseText } from '../../platform/text/language.ts'

/** A piece of a query: a number, a word of one script, or a sign. */
export interface Part {
  kind: 'number' | 'word' | 'sign'
  /** As written. */
  text: string
  /** Normalised: lower case, Persian letters, ASCII digits, no half-space. */
  norm: string
  /** Place in the query: `query.slice(start, end) === text`. */
  start: number
  end: number
  /** True when white space, or the beginning, is before it. */
  isApart: boolean
}

const DIGIT = '0-9٠-٩۰-۹'
const PIECES = new RegExp(
  `(?<number>[${DIGIT}]+(?:[.,/٫٬،][${DIGIT}]+)*)|(?<word>[\\p{L}\\p{M}](?:[\\p{L}\\p{M}]|[\\u200c'’](?=\\p{L}))*)|(?<sign>[$€£<>≤≥~+\\-–%])`,
  'gu',
)
/** Maximum pieces of a query; the rest stays as it is. */
const MAX_PARTS = 200

/** Splits a query into its parts, in order; `500هزار` and `iphone13` are a number and a word. */
export function partsOf(query: string): Part[] {
  const parts: Part[] = []
  for (const match of query.matchAll(PIECES)) {
    const [text] = match
    const start = match.index
    const kind = match.groups?.number !== undefined ? 'number' : match.groups?.word !== undefined ? 'word' : 'sign'
    const isApart = start === 0 || /\s/.test(query.charAt(start - 1))
    parts.push({
      kind,
      text,
      norm: kind === 'sign' ? text : normaliseText(text),
      start,
      end: start + text.length,
      isApart,
    })
    if (parts.length >= MAX_PARTS) break
  }
  return parts
}

/** The query with some of its parts replaced by other words, or by nothing. */
export function replaceParts(query: string, changes: { start: number; end: number; by: string }[]): string {
  let [text, at] = ['', 0]
  for (const { start, end, by } of [...changes].sort((a, b) => a.start - b.start)) {
    if (start < at) continue
    text += `${query.slice(at, start)} ${by} `
    at = end
  }
  return (text + query.slice(at)).replace(/\s+/g, ' ').trim()
}
