import { canonicalContent, type ProductContent } from '../../catalog/products/canonical-content.ts'
import { MAX_CHUNKS_PER_PRODUCT } from '../../catalog/products/product-view.ts'
import { detectLanguage } from '../../platform/text/language.ts'
import { type LabelLine, labelLines, writeLabels } from './label-lines.ts'
import { paragraphsOf, type Sentence } from './sentences.ts'

/** A text that is embedded and found as one unit. */
export type Chunk = { text: string; language: 'fa' | 'en' | 'other' }

/** Maximum chunks per product; text after the last chunk is not embedded. */
export const maxChunksPerProduct = MAX_CHUNKS_PER_PRODUCT

// From the third sentence on a chunk ends with its paragraph, at the latest after the fifth sentence. No boundary depends on the
// length of a sentence: otherwise an edit would move all later boundaries, and each moved chunk is a paid embedding.
const minSentences = 3
const maxSentences = 5
const sentencesOfShortProduct = 4
const maxSentencesRead = maxChunksPerProduct * maxSentences

const maxNameLength = 300
// Five sentences of this length, the labels and the name have about 4,300 characters, which the smallest common models accept.
const maxSentenceHead = 600
const maxOverflow = 2_400

/**
 * Splits a product into chunks. Boundaries follow the number of sentences and paragraphs, never their length or content: replacing
 * a sentence by another one of up to 600 characters changes exactly one chunk. Every chunk begins with the name. Only the first
 * contains the labels (categories, tags, attributes) and the first sentences of the short description, or of the description if
 * there is none, so a new category changes one chunk. A product of up to four sentences is one chunk. There is always at least one
 * chunk, even for an empty product. All chunks use the canonical form of the content.
 * Chunks are bounded, so that a provider accepts each: the name is truncated at 300 characters. The rest of a sentence beyond 600
 * characters, and of labels beyond 900, follows in separate chunks of up to 2,400 characters, so nothing is lost. Only text after
 * the 200th chunk is dropped (after about 80,000 characters); then `length === maxChunksPerProduct`.
 */
export function splitProduct(product: ProductContent): Chunk[] {
  const content = canonicalContent(product)
  const { categories, facts, pieces } = labelLines(content)
  const name = cutLine(content.name, maxNameLength)
  const [first, ...groups] = groupsOf(content)
  const bodies = [
    ...pieces.flatMap((lines) =>
      hardSplit(
        inOwnLanguage((write) => write(lines)),
        maxOverflow,
      ),
    ),
    ...(first?.overflow ?? []),
    ...groups.flatMap(({ text, overflow }) => [text, ...overflow]),
  ]
  const texts = [
    inOwnLanguage((write) =>
      joinBlocks([[name, write(categories)].filter(Boolean).join('\n'), write(facts), first?.text ?? '']),
    ),
    ...bodies.slice(0, maxChunksPerProduct - 1).map((body) => joinBlocks([name, body])),
  ]
  return texts.map((text) => ({ text, language: detectLanguage(text) }))
}

/** A text whose labels are joined in its own language; the separators do not affect the detected language. */
function inOwnLanguage(textWith: (write: (lines: LabelLine[]) => string) => string): string {
  const language = detectLanguage(textWith((lines) => writeLabels(lines, 'other')))
  return textWith((lines) => writeLabels(lines, language))
}

type Group = { text: string; overflow: string[] }

function groupsOf({ shortDescription, description }: ProductContent): Group[] {
  const short = paragraphsOf(shortDescription, maxSentencesRead)
  const long = paragraphsOf(description, maxSentencesRead)
  const together = [...short, ...long]
  if (together.flat().length <= sentencesOfShortProduct) return together.length === 0 ? [] : [toGroup(together)]
  return [...groupParagraphs(short), ...groupParagraphs(long)]
}

function groupParagraphs(paragraphs: Sentence[][]): Group[] {
  const groups: Group[] = []
  let open: Sentence[][] = []
  let count = 0
  const close = () => {
    if (count > 0) groups.push(toGroup(open))
    open = []
    count = 0
  }
  for (const paragraph of paragraphs) {
    open.push([])
    for (const sentence of paragraph) {
      if (count === maxSentences) {
        close()
        open.push([])
      }
      open.at(-1)?.push(sentence)
      count += 1
    }
    if (count >= minSentences) close()
  }
  close()
  return groups
}

function toGroup(paragraphs: Sentence[][]): Group {
  const overflow: string[] = []
  const texts = paragraphs.map((sentences) =>
    sentences
      .map(({ text, startsLine }, index) => {
        const [head = '', ...rest] = hardSplit(text, maxSentenceHead, maxOverflow)
        overflow.push(...rest)
        return index === 0 ? head : `${startsLine ? '\n' : ' '}${head}`
      })
      .join(''),
  )
  return { text: joinBlocks(texts), overflow }
}

function joinBlocks(blocks: string[]): string {
  return blocks.filter((block) => block !== '').join('\n\n')
}

function cutLine(text: string, length: number): string {
  return hardSplit(text.replace(/\s+/g, ' ').trim(), length)[0] ?? ''
}

// Splits at a space in the second half if there is one, otherwise inside the word, but never inside a surrogate pair.
function hardSplit(text: string, firstLength: number, laterLength = firstLength): string[] {
  const pieces: string[] = []
  let start = 0
  let length = firstLength
  while (text.length - start > length) {
    const window = text.slice(start, start + length + 1)
    const space = Math.max(window.lastIndexOf(' '), window.lastIndexOf('\n'))
    let end = start + (space >= length / 2 ? space : length)
    if (/[\ud800-\udbff]/.test(text.charAt(end - 1)) && end - start > 1) end -= 1
    pieces.push(text.slice(start, end).trimEnd())
    start = end
    length = laterLength
    while (/\s/.test(text.charAt(start))) start += 1
  }
  if (start < text.length) pieces.push(text.slice(start))
  return pieces
}
