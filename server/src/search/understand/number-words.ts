import type { Part } from './query-parts.ts'

const UNITS = new Map<string, number>([
  ...pairs(
    'یک یه دو سه چهار چار پنج شش شیش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده پونزده شانزده هفده هجده نوزده',
    [1, 1, 2, 3, 4, 4, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 16, 17, 18, 19],
  ),
  ...pairs(
    'بیست سی چهل پنجاه شصت هفتاد هشتاد نود صد یکصد دویست سیصد چهارصد پانصد پونصد ششصد هفتصد هشتصد نهصد',
    [20, 30, 40, 50, 60, 70, 80, 90, 100, 100, 200, 300, 400, 500, 500, 600, 700, 800, 900],
  ),
  ...pairs(
    'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen',
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ),
  ...pairs(
    'sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety',
    [16, 17, 18, 19, 20, 30, 40, 50, 60, 70, 80, 90],
  ),
])
const HALF = new Set(['نیم', 'half'])
const AND = new Set(['و', 'and'])
const SCALES = new Map<string, number>([
  ['hundred', 100],
  ['هزار', 1_000],
  ['هزارتا', 1_000],
  ['هزاری', 1_000],
  ['thousand', 1_000],
  ['grand', 1_000],
  ['k', 1_000],
  ['میلیون', 1_000_000],
  ['ملیون', 1_000_000],
  ['میلیونی', 1_000_000],
  ['ملیونی', 1_000_000],
  ['million', 1_000_000],
  ['mil', 1_000_000],
  ['م', 1_000_000],
  ['میلیارد', 1_000_000_000],
  ['میلیاردی', 1_000_000_000],
  ['billion', 1_000_000_000],
])

export interface ReadNumber {
  value: number
  /** Index behind its last part. */
  end: number
  /** The largest scale word in it (thousand: 1000), or 1. */
  scale: number
  /** True when it begins with digits. */
  isDigits: boolean
}

/** The value of a small number word (سه, three), for units; undefined for other words. */
export function numberOfWord(word: string): number | undefined {
  return UNITS.get(word)
}

/**
 * Reads the number that begins at a part, in digits or words: `1,200,000`, «۱٫۲ میلیون», «یک میلیون و دویست هزار», «دو و نیم میلیون»,
 * `500k`. Null when none begins there.
 */
export function readNumber(parts: Part[], start: number): ReadNumber | null {
  let [total, group, at, scale] = [0, 0, start, 1]
  let hasGroup = false
  const isDigits = parts[start]?.kind === 'number'
  for (;;) {
    const part = parts[at]
    if (part === undefined) break
    const next = parts[at + 1]
    // «بیست و پنج», «دو و نیم», «یک میلیون و ۵۰۰»; but "20 and 50" are two numbers.
    const isAnd = part.kind === 'word' && AND.has(part.norm) && next !== undefined && (hasGroup || total > 0)
    const joined = isAnd ? wordValue(next, parts[at + 2]) : undefined
    if (joined !== undefined && (hasGroup ? next?.kind === 'word' && joined < group : true)) {
      at += 1
      continue
    }
    const factor = part.kind === 'word' ? SCALES.get(part.norm) : undefined
    if (factor !== undefined && (hasGroup || at > start)) {
      if (!hasGroup) break
      if (factor === 100) group *= 100
      else {
        total += group * factor
        group = 0
        hasGroup = false
      }
      scale = Math.max(scale, factor)
      at += 1
      if (
        !hasGroup &&
        !(AND.has(parts[at]?.norm ?? '') && isNumberLike(parts, at + 1)) &&
        !startsSmaller(parts, at, factor)
      )
        break
      continue
    }
    const value = wordValue(part, next)
    if (value === undefined) break
    // Digits do not follow digits: "iphone 13 128" are two numbers.
    if (part.kind === 'number' && hasGroup) break
    group += value
    hasGroup = true
    at += 1
  }
  if (at === start || (!hasGroup && total === 0)) return null
  return { value: total + group, end: at, scale, isDigits }
}

function isNumberLike(parts: Part[], at: number): boolean {
  const part = parts[at]
  return part !== undefined && wordValue(part, parts[at + 1]) !== undefined
}

/** After "two million" a smaller scale may follow without "and": "two million five hundred thousand". */
function startsSmaller(parts: Part[], at: number, factor: number): boolean {
  if (!isNumberLike(parts, at)) return false
  const scale = SCALES.get(parts[at + 1]?.norm ?? '')
  return scale !== undefined && scale < factor
}

function wordValue(part: Part, next: Part | undefined): number | undefined {
  if (part.kind === 'number') return digitsOf(part.norm, SCALES.has(next?.norm ?? ''))
  if (part.kind !== 'word') return undefined
  return HALF.has(part.norm) ? 0.5 : UNITS.get(part.norm)
}

/** `1,200,000` and `1.200.000` are grouped; `1.2`, `1٫2` and `1/2` are decimals, as is `12.500` before a scale word. */
function digitsOf(text: string, hasScale: boolean): number {
  if (/^\d{1,3}(?:[,٬،]\d{3})+$/.test(text)) return Number(text.replace(/[,٬،]/g, ''))
  if (/^\d{1,3}(?:\.\d{3}){2,}$/.test(text) || (!hasScale && /^\d{1,3}\.\d{3}$/.test(text)))
    return Number(text.replaceAll('.', ''))
  const decimal = /^(\d+)[./٫,،](\d{1,3})$/.exec(text)
  if (decimal) return Number(`${decimal[1]}.${decimal[2]}`)
  return Number(text.replace(/\D/g, '').slice(0, 15))
}

function pairs(words: string, values: number[]): [string, number][] {
  return words.split(' ').map((word, at) => [word, values[at] ?? 0])
}
