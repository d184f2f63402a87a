import { normaliseText, searchTokens } from './language.ts'
import { unitOf } from './units.ts'

const DIGITS = /^\d+$/
const HAS_DIGIT = /\d/
const RUNS = /\d+|\D+/g
const MAX_CODE_LENGTH = 64

/** Numbers that are written as words before a unit: «سه نفره». */
const SMALL_NUMBERS = new Map(
  Object.entries({
    1: 'یک تک one',
    2: 'دو two',
    3: 'سه three',
    4: 'چهار four',
    5: 'پنج five',
    6: 'شش six',
    7: 'هفت seven',
    8: 'هشت eight',
    9: 'نه nine',
    10: 'ده ten',
    12: 'دوازده twelve',
    20: 'بیست twenty',
  }).flatMap(([digits, words]) => words.split(' ').map((word) => [word, digits] as const)),
)

/** The digits of a small number, given in digits or as a word («سه»: 3); undefined for other words. */
export function smallNumber(word: string): string | undefined {
  return DIGITS.test(word) ? word : SMALL_NUMBERS.get(word)
}

/**
 * The words of a text as search stores and asks for them: `searchTokens`, and in addition the parts at each border of letters and
 * digits (xm5: xm, 5; 6نفره: 6, نفره) and each number with its unit in one form (256 GB, ۲۵۶ گیگ and 256gb: 256gb).
 */
export function indexTokens(text: string): string[] {
  const words = searchTokens(text)
  const tokens: string[] = []
  for (const [index, word] of words.entries()) {
    tokens.push(word)
    if (!HAS_DIGIT.test(word)) {
      const [number, unit] = [SMALL_NUMBERS.get(word), unitOf(words[index + 1] ?? '')]
      if (number !== undefined && unit !== undefined) tokens.push(`${number}${unit}`)
      continue
    }
    if (DIGITS.test(word)) {
      const unit = unitOf(words[index + 1] ?? '')
      if (unit !== undefined) tokens.push(`${word}${unit}`)
      continue
    }
    const parts = word.match(RUNS) ?? []
    tokens.push(...parts)
    const [number = '', unit = ''] = parts
    const known = parts.length === 2 && DIGITS.test(number) ? unitOf(unit) : undefined
    if (known !== undefined && known !== unit) tokens.push(`${number}${known}`)
  }
  return tokens
}

/**
 * The comparable form of an SKU or a model number: letters and digits only, in lower case, with ASCII digits. `WH-1000 XM5` and
 * «wh1000xm۵» are one. At most 64 characters.
 */
export function codeKey(code: string): string {
  return normaliseText(code.length > 500 ? code.slice(0, 500) : code)
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .slice(0, MAX_CODE_LENGTH)
}
