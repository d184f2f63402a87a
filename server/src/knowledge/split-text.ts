import { canonicalContent, type ProductContent } from '../catalog/canonical-content.ts'
import { MAX_CHUNKS_PER_PRODUCT } from '../catalog/product-view.ts'
import { detectLanguage } from '../platform/language.ts'
import { type LabelLine, labelLines, writeLabels } from './label-lines.ts'
import { paragraphsOf, type Sentence } from './sentences.ts'

/** What is embedded and found as one piece. */
export type Chunk = { text: string; language: 'fa' | 'en' | 'other' }

/** A product has at most this many chunks; text beyond the last is not embedded. */
export const maxChunksPerProduct = MAX_CHUNKS_PER_PRODUCT

// A chunk ends with its paragraph from the third sentence on, and at the fifth in any case. Nothing here may depend on how
// long a sentence is: then an edit would move every boundary after it, and each moved chunk is an embedding to pay for.
const minSentences = 3
const maxSentences = 5
const sentencesOfShortProduct = 4
const maxSentencesRead = maxChunksPerProduct * maxSentences

const maxNameLength = 300
// Five of these, the labels and the name stay near 4,300 characters, which the smallest usual models still take.
const maxSentenceHead = 600
const maxOverflow = 2_400

/**
 * Splits a product into chunks whose boundaries follow the count of sentences and paragraphs, never their length or content:
 * replacing one sentence by another of up to 600 characters changes exactly one chunk. Every chunk begins with the name, and only
 * the first holds the labels (categories, tags, attributes) and the short description's first sentences, or the description's if
 * there is none: so a category more changes one chunk. A product of up to four sentences is one chunk. There is always one, even if
 * everything is empty. All are made of the canonical form of the content.
 *
 * Bounded, so that a provider takes each: the name is cut at 300 characters. Of a sentence beyond 600 characters, and of labels
 * beyond 900, the rest follows in chunks of its own of up to 2,400 characters: nothing is lost. Only text after the 200th chunk is
 * (some 80,000 characters in); `length === maxChunksPerProduct` tells.
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

/** A text with its labels joined as its own language joins them, which the separators do not decide. */
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

// At a space if there is one in the second half, else within the word but never within a surrogate pair.
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
