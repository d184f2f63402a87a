/**
 * Tokens per character, by script: measured with cl100k_base, the tokenizer of OpenAI's embedding models, on the demo catalogues
 * (Persian 1 % above the real count, English 17 % above). Each UTF-8 byte beyond the first of a character counts as one of a Persian
 * letter.
 */
const TOKENS_PER_LETTER = 0.9
const TOKENS_PER_NARROW = 0.3

/** The estimated tokens of a text, at least 1. */
export function estimateTokens(text: string): number {
  const bytes = Buffer.byteLength(text)
  let characters = 0
  for (const _ of text) characters += 1
  const wide = bytes - characters
  return Math.max(1, Math.ceil(TOKENS_PER_LETTER * wide + TOKENS_PER_NARROW * Math.max(0, characters - wide)))
}

/** The same in SQL, for a text column. */
export function tokensInSql(text: string): string {
  const wide = `(octet_length(${text}) - char_length(${text}))`
  return `greatest(1, ceil(${TOKENS_PER_LETTER} * ${wide} + ${TOKENS_PER_NARROW} * greatest(0, char_length(${text}) - ${wide})))`
}
