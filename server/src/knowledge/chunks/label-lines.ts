import { hash } from 'node:crypto'
import type { CanonicalContent } from '../../catalog/products/canonical-content.ts'
import { PATH_SEPARATOR } from '../../catalog/products/product-state.ts'
import type { detectLanguage } from '../../platform/text/language.ts'

/** One line of labels: the categories, the tags, or an attribute with its options. */
export interface LabelLine {
  /** "" for categories and tags, `BRAND` for the brand. */
  name: string
  labels: string[]
}

/** Maximum total length of the lines in the first chunk; other lines follow in separate chunks. */
const MAX_FIRST_LENGTH = 900
/** Approximate number of labels in one of those chunks. */
const LABELS_PER_PIECE = 128

/** The name of the brand's line; the language of the chunk gives the word. No attribute has a name with a line break. */
const BRAND = '\nbrand'
const BRAND_WORDS = { fa: 'برند', en: 'Brand', other: '' }

const RIGHT_TO_LEFT_MARK = '\u200f'
const LEFT_TO_RIGHT_MARK = '\u200e'

/**
 * The labels of a product for embedding: those of the first chunk, and pieces for the rest. A new label changes only the piece that
 * contains it, because the hash of a label decides where a piece ends, not a count.
 */
export function labelLines(
  product: Pick<CanonicalContent, 'categories' | 'tags' | 'attributes'> &
    Partial<Pick<CanonicalContent, 'brand' | 'categoryPaths'>>,
): {
  categories: LabelLine[]
  facts: LabelLine[]
  pieces: LabelLine[][]
} {
  const categories = [{ name: '', labels: withPaths(product.categories, product.categoryPaths ?? []) }]
  const facts = [
    ...(product.brand ? [{ name: BRAND, labels: [product.brand] }] : []),
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

/** Paths as "Clothing > Shoes", and the categories that no path ends with. */
function withPaths(categories: string[], paths: string[][]): string[] {
  const ends = new Set(paths.map((path) => path.at(-1)))
  return [...paths.map((path) => path.join(PATH_SEPARATOR)), ...categories.filter((category) => !ends.has(category))]
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
  return Number.parseInt(hash('md5', `${name}\n${label}`).slice(0, 8), 16) % LABELS_PER_PIECE === 0
}

/**
 * Writes lines of labels in the language of a chunk: Persian labels are joined by «،». A list without letters has no direction and
 * would take that of the page ("36، 37، 38" is reversed on an English page), so an invisible mark gives it the direction of the
 * chunk.
 */
export function writeLabels(lines: LabelLine[], language: ReturnType<typeof detectLanguage>): string {
  const separator = language === 'fa' ? '، ' : ', '
  const mark = language === 'fa' ? RIGHT_TO_LEFT_MARK : LEFT_TO_RIGHT_MARK
  return lines
    .map(({ name: given, labels }) => {
      const name = given === BRAND ? BRAND_WORDS[language] : given
      const text = name === '' ? labels.join(separator) : `${name}: ${labels.join(separator)}`
      return labels.length > 1 && !/\p{L}/u.test(text) ? mark + text : text
    })
    .filter((text) => text !== '')
    .join('\n')
}
