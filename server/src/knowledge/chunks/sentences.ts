/** A sentence, and whether it begins a line (as a list item or heading does). */
export type Sentence = { text: string; startsLine: boolean }

// The last end mark with its closing quotes or brackets, before white space, so that 3.5, v1.2 and example.com stay whole. "؛" is a
// semicolon and does not end a sentence. No "+" after the marks, because 100,000 dots in a row would take quadratic time.
const sentenceEnd = /[.!?؟…۔]["'»”’)\]]*(?=\s)/g
// Abbreviations that never end a sentence. "etc." and "max." may end one and are excluded; otherwise two sentences would be merged.
const abbreviation = /(?:^|[\s("«])(?:e\.g|i\.e|vs|dr|mr|mrs|ms|prof|approx|ca|incl|excl|cf)\.$/i
// "1. …" at the start of a line.
const lineNumber = /^\s*[\d۰-۹٠-٩]{1,3}\.$/
const longestAbbreviation = 12

/**
 * Splits a text into paragraphs of sentences; a newline ends a sentence too. The end of a sentence never depends on the next one,
 * so that editing a sentence cannot merge or split its neighbours. Empty text has no paragraphs. Reads the first `limit` sentences:
 * 1 MB of ". " has 500,000.
 */
export function paragraphsOf(text: string, limit = Number.POSITIVE_INFINITY): Sentence[][] {
  const paragraphs: Sentence[][] = []
  let open: Sentence[] = []
  let count = 0
  const close = () => {
    if (open.length > 0) paragraphs.push(open)
    open = []
  }
  for (let start = 0; start < text.length && count < limit; ) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const line = sentencesOfLine(text.slice(start, end), limit - count)
    count += line.length
    if (line.length === 0) close()
    for (const sentence of line) open.push(sentence)
    start = end + 1
  }
  close()
  return paragraphs
}

function sentencesOfLine(line: string, limit: number): Sentence[] {
  const sentences: Sentence[] = []
  let start = 0
  const add = (end: number) => {
    const text = line.slice(start, end).trim()
    if (text !== '') sentences.push({ text, startsLine: sentences.length === 0 })
    start = end
  }
  for (const { index, 0: mark } of line.matchAll(sentenceEnd)) {
    if (sentences.length >= limit) return sentences
    const end = index + mark.length
    const before = line.slice(Math.max(start, end - longestAbbreviation), end)
    const opensLine = sentences.length === 0 && end <= longestAbbreviation
    if (abbreviation.test(before) || (opensLine && lineNumber.test(before))) continue
    add(end)
  }
  if (sentences.length < limit) add(line.length)
  return sentences
}
