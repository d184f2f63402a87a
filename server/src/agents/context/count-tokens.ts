/**
 * Counts the tokens of a text, as an upper bound for ordinary Persian and English text and for the tokenizers of OpenAI (a test compares
 * with cl100k_base and o200k_base). No tokenizer is needed, and no two models have the same one.
 * - A run of ASCII letters counts a third of its length, rounded up; with capitals inside (codes, such as XJ900) half of it.
 * - A digit, a sign or a line end counts 1; a single space before a word counts nothing.
 * - A letter of the Arabic script counts 1; ZWNJ and every other character beyond ASCII count their bytes in UTF-8.
 * Random letters can have more tokens than this counts.
 */
export function countTokens(text: string): number {
  let tokens = 0
  for (const [piece, letters, arabic, space] of text.matchAll(PIECES)) {
    if (letters !== undefined) tokens += Math.ceil(letters.length / (IS_CODE.test(letters) ? 2 : 3))
    else if (arabic !== undefined) tokens += 1
    else if (space !== undefined) tokens += space.length - 1
    else tokens += piece.charCodeAt(0) < 0x80 ? 1 : Buffer.byteLength(piece)
  }
  return tokens
}

const PIECES = /([A-Za-z]+)|([\u0621-\u06d3])|( +)|[\s\S]/gu
/** Capitals after the first letter. */
const IS_CODE = /.[A-Z]/
