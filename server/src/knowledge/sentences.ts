/** One sentence as it is written, and whether it begins a line (which a list item or a heading does). */
export type Sentence = { text: string; startsLine: boolean }

const paragraphBreak = /\n[^\S\n]*\n\s*/
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
 * like, so that editing a sentence cannot merge or split its neighbours. Empty text has no paragraphs.
 */
export function paragraphsOf(text: string): Sentence[][] {
  return text
    .split(paragraphBreak)
    .map((paragraph) => paragraph.split('\n').flatMap(sentencesOfLine))
    .filter((sentences) => sentences.length > 0)
}

function sentencesOfLine(line: string): Sentence[] {
  const sentences: Sentence[] = []
  let start = 0
  const add = (end: number) => {
    const text = line.slice(start, end).trim()
    if (text !== '') sentences.push({ text, startsLine: sentences.length === 0 })
    start = end
  }
  for (const { index, 0: mark } of line.matchAll(sentenceEnd)) {
    const end = index + mark.length
    const before = line.slice(Math.max(start, end - longestAbbreviation), end)
    const opensLine = sentences.length === 0 && end <= longestAbbreviation
    if (abbreviation.test(before) || (opensLine && lineNumber.test(before))) continue
    add(end)
  }
  add(line.length)
  return sentences
}
