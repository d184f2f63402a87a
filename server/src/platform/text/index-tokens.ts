import { normaliseText, searchTokens } from './language.ts'
import { unitOf } from './units.ts'

const DIGITS = /^\d+$/
const HAS_DIGIT = /\d/
const RUNS = /\d+|\D+/g
const MAX_CODE_LENGTH = 64

/**
 * The words of a text as search stores and asks for them: `searchTokens`, and in addition the parts at each border of letters and
 * digits (xm5: xm, 5; 6نفره: 6, نفره) and each number with its unit in one form (256 GB, ۲۵۶ گیگ and 256gb: 256gb).
 */
export function indexTokens(text: string): string[] {
  const words = searchTokens(text)
  const tokens: string[] = []
  for (const [index, word] of words.entries()) {
    tokens.push(word)
    if (!HAS_DIGIT.test(word)) continue
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
