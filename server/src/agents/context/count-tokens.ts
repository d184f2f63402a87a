/**
 * Counts the tokens of a text, as an upper bound for ordinary Persian and English text and the tokenizers of OpenAI (a test compares
 * with cl100k_base and o200k_base). No tokenizer is needed, and no two models have the same one.
 * - A run of Latin letters counts a third of its length, rounded up; with capitals after the first (codes, such as XJ900) half of it.
 * - A digit, a sign, a line end or a space counts 1; a space before a Latin letter counts nothing.
 * - A Persian letter counts 1, except آ ژ چ ئ ؤ ء, which count 2 like every other character of that script. All other characters, also
 *   Persian digits and ZWNJ, count their bytes in UTF-8.
 * Random letters can have more tokens than this counts.
 */
export function countTokens(text: string): number {
  let tokens = 0
  for (const [piece, letters, common] of text.matchAll(PIECES)) {
    if (letters !== undefined) tokens += Math.ceil(letters.trimStart().length / (IS_CODE.test(letters) ? 2 : 3))
    else if (common !== undefined) tokens += 1
    else tokens += Buffer.byteLength(piece)
  }
  return tokens
}

const PIECES = /( ?[A-Za-z]+)|([،أإابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپکگی])|[\s\S]/gu
/** Capitals after the first letter. */
const IS_CODE = /[A-Za-z][A-Z]/
