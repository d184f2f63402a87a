import { detectLanguage } from '../platform/language.ts'
import { paragraphsOf, type Sentence } from './sentences.ts'

/** The texts of one product, already without markup; blank lines part the paragraphs. */
export type ProductText = {
  name: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[] }[]
  shortDescription: string
  description: string
}

/** What is embedded and found as one piece. */
export type Chunk = { text: string; language: 'fa' | 'en' | 'other' }

/** A product has at most this many chunks; text beyond the last is not embedded. */
export const maxChunksPerProduct = 200

// A chunk ends with its paragraph from the third sentence on, and at the fifth in any case. Nothing here may depend on how
// long a sentence is: then an edit would move every boundary after it, and each moved chunk is an embedding to pay for.
const minSentences = 3
const maxSentences = 5
const sentencesOfShortProduct = 4

const maxContextLine = 300
const maxFacts = 600
// Five of these, the facts and the context stay near 4,000 characters, which the smallest usual models still take.
const maxSentenceHead = 600
const maxOverflow = 2_400

/**
 * Splits a product into chunks whose boundaries follow the count of sentences and paragraphs, never their length or content:
 * replacing one sentence by another of up to 600 characters changes exactly one chunk. Every chunk begins with the name and
 * the categories. The first holds tags, attributes and the short description (its first sentences, or the description's
 * if there is none); a product of up to four sentences is one chunk. There is always one, even if everything is empty.
 *
 * Bounded, so that a provider takes each: name and categories are cut at 300 characters each. Of a sentence beyond 600
 * characters, and of tags and attributes beyond 600, the rest follows in chunks of its own of up to 2,400 characters:
 * nothing is lost. Only text after the 200th chunk is (some 80,000 characters in); `length === maxChunksPerProduct` tells.
 */
export function splitProduct(product: ProductText): Chunk[] {
  const context = [cutLine(product.name, maxContextLine), cutLine(product.categories.join(', '), maxContextLine)]
    .filter((line) => line !== '')
    .join('\n')
  const [facts, ...moreFacts] = hardSplit(factLines(product), maxFacts, maxOverflow)
  const [first, ...groups] = groupsOf(product)
  const bodies = [
    joinBlocks([facts ?? '', first?.text ?? '']),
    ...moreFacts,
    ...(first?.overflow ?? []),
    ...groups.flatMap(({ text, overflow }) => [text, ...overflow]),
  ]
  return bodies.slice(0, maxChunksPerProduct).map((body) => {
    const text = joinBlocks([context, body])
    return { text, language: detectLanguage(text) }
  })
}

type Group = { text: string; overflow: string[] }

function groupsOf({ shortDescription, description }: ProductText): Group[] {
  const short = paragraphsOf(shortDescription)
  const long = paragraphsOf(description)
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

function factLines({ tags, attributes }: ProductText): string {
  const lines = [tags.join(', '), ...attributes.map(({ name, options }) => `${name}: ${options.join(', ')}`)]
  return lines.filter((line) => line !== '').join('\n')
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
