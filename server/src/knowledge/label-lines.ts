import { hash } from 'node:crypto'
import type { ProductContent } from '../catalog/canonical-content.ts'
import type { detectLanguage } from '../platform/language.ts'

/** One line of labels: the categories, the tags, or an attribute with its options. */
export interface LabelLine {
  /** "" for categories and tags. */
  name: string
  labels: string[]
}

/** How long the lines in the first chunk are together; what does not fit follows in chunks of its own. */
const MAX_FIRST_LENGTH = 900
/** About how many labels one of those chunks holds. */
const LABELS_A_PIECE = 128

const RIGHT_TO_LEFT_MARK = '\u200f'
const LEFT_TO_RIGHT_MARK = '\u200e'

/**
 * The labels of a product as they are embedded: those of the first chunk, and further pieces of those that do not fit. A label added
 * changes the piece that holds it and no other: where a piece ends is decided by the hash of its last label, not by a count.
 */
export function labelLines(product: Pick<ProductContent, 'categories' | 'tags' | 'attributes'>): {
  categories: LabelLine[]
  facts: LabelLine[]
  pieces: LabelLine[][]
} {
  const categories = [{ name: '', labels: product.categories }]
  const facts = [
    { name: '', labels: product.tags },
    ...product.attributes.map(({ name, options }) => ({ name, labels: options })),
  ]
  let length = 0
  const tooMany: LabelLine[] = []
  const fits = (line: LabelLine) => {
    const own = lengthOf(line)
    const isFitting = length + own <= MAX_FIRST_LENGTH
    if (isFitting) length += own
    else tooMany.push(line)
    return isFitting
  }
  return { categories: categories.filter(fits), facts: facts.filter(fits), pieces: piecesOf(tooMany) }
}

function lengthOf({ name, labels }: LabelLine): number {
  return labels.reduce((sum, label) => sum + label.length + 2, name.length + 2)
}

function piecesOf(lines: LabelLine[]): LabelLine[][] {
  const pieces: LabelLine[][] = []
  let open: LabelLine[] = []
  const close = () => {
    if (open.length > 0) pieces.push(open)
    open = []
  }
  for (const { name, labels } of lines) {
    let line: LabelLine | undefined
    for (const label of labels) {
      if (!line) {
        line = { name, labels: [] }
        open.push(line)
      }
      line.labels.push(label)
      if (!endsPiece(name, label)) continue
      close()
      line = undefined
    }
    if (labels.length === 0) open.push({ name, labels })
  }
  close()
  return pieces
}

function endsPiece(name: string, label: string): boolean {
  return Number.parseInt(hash('md5', `${name}\n${label}`).slice(0, 8), 16) % LABELS_A_PIECE === 0
}

/**
 * Lines of labels as text in the language of a chunk: «،» joins Persian ones. A list without letters has no direction of its own and
 * would take the page's, so that "36، 37، 38" reads backwards on an English page: a mark that shows nothing gives it the chunk's.
 */
export function writeLabels(lines: LabelLine[], language: ReturnType<typeof detectLanguage>): string {
  const separator = language === 'fa' ? '، ' : ', '
  const mark = language === 'fa' ? RIGHT_TO_LEFT_MARK : LEFT_TO_RIGHT_MARK
  return lines
    .map(({ name, labels }) => {
      const text = name === '' ? labels.join(separator) : `${name}: ${labels.join(separator)}`
      return labels.length > 1 && !/\p{L}/u.test(text) ? mark + text : text
    })
    .filter((text) => text !== '')
    .join('\n')
}
