/** One sentence as it is written, and whether it begins a line (which a list item or a heading does). */
export type Sentence = { text: string; startsLine: boolean }

// The last end mark with its closing quotes or brackets, before a space. So 3.5, v1.2 and example.com stay whole. "؛" is a
// semicolon and ends nothing. No "+" after the marks: a row of 100,000 dots would take a square of that.
const sentenceEnd = /[.!?؟…۔]["'»”’)\]]*(?=\s)/g
// What a full stop follows without ending a sentence. Only what never ends one: "etc." and "max." do, and would merge two.
const abbreviation = /(?:^|[\s("«])(?:e\.g|i\.e|vs|dr|mr|mrs|ms|prof|approx|ca|incl|excl|cf)\.$/i
// "1. …" at the start of a line.
const lineNumber = /^\s*[\d۰-۹٠-٩]{1,3}\.$/
const longestAbbreviation = 12

/**
 * The sentences of a text by paragraph; a newline ends a sentence too. Whether one ends never depends on what the next looks
 * like, so that editing a sentence cannot merge or split its neighbours. Empty text has no paragraphs. Of a long text the
 * first `limit` sentences are read: 1 MB of ". " has 500,000.
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
