import { hash } from 'node:crypto'
import { codeKey, indexTokens } from '../../platform/text/index-tokens.ts'
import { tsvectorOfTokens } from '../../platform/text/language.ts'
import { isStopWord } from '../../platform/text/word-forms.ts'

/** Version of the indexed form. Raise it with any change that gives a product other terms, and set `search_terms` to null in a migration. */
const REVISION = 1

/** Maximum words per field; more are not scored, but the word index still finds them. */
const MAX_NAME = 60
const MAX_LABELS = 120
const MAX_TEXT = 120
const MAX_CODES = 200

/** Marks words of the name in the word index, so that a common word finds the products that are called by it first. */
export const NAME_MARK = '='
/** Marks SKUs and GTINs in the word index, so that no word is taken for one. */
export const CODE_MARK = '#'

/** The part of a product that search by words reads. */
export interface SearchedContent {
  name: string
  short_description: string
  description: string
  sku: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[] }[]
  brand: string | null
  category_paths: string[][] | null
  gtin: string | null
}

/** A variation's part of it. */
export interface SearchedVariant {
  sku: string
  gtin: string | null
  attributes: Record<string, string>
}

/** SQL: what `searchTermsOf` reads of the product `p`, with its variations as `variants`. */
export const SEARCHED_COLUMNS = `p.name, p.short_description, p.description, p.sku, p.categories, p.tags, p.attributes,
            p.brand, p.category_paths, p.gtin,
            coalesce((select json_agg(json_build_object('sku', v.sku, 'gtin', v.gtin, 'attributes', v.attributes) order by v.position)
                        from product_variants v where v.product_id = p.id), '[]'::json) as variants`

/** The words of a product by field, as search scores them. */
export interface SearchTerms {
  /** In the order of the name, with repetitions. */
  name: string[]
  categories: string[]
  tags: string[]
  /** Names and options of the attributes, the choices of the variations, and the brand. */
  attributes: string[]
  /** Comparable forms of the SKUs and GTINs (`codeKey`). */
  codes: string[]
  /** Of the texts only words that no field before has, and no stop words: a search reads the words of hundreds of products. */
  short: string[]
  text: string[]
}

/** Terms as they are read for a search: the words of the texts stay one line each, because few of them are wanted (`wantedWords`). */
export interface ReadTerms extends Omit<SearchTerms, 'short' | 'text'> {
  short: string
  text: string
}

const FIELDS = ['name', 'categories', 'tags', 'attributes', 'codes', 'short', 'text'] as const

/** Splits a product into its searched words. */
export function searchTermsOf(product: SearchedContent, variants: SearchedVariant[]): SearchTerms {
  const options = product.attributes.flatMap((attribute) => [attribute.name, ...attribute.options])
  const choices = variants.flatMap((variant) => Object.values(variant.attributes))
  const name = indexTokens(product.name).slice(0, MAX_NAME)
  const categories = distinct(categoriesOf(product), MAX_LABELS)
  const tags = distinct(product.tags, MAX_LABELS)
  const attributes = distinct([...brandOf(product), ...options, ...choices], MAX_LABELS)
  const known = new Set([...name, ...categories, ...tags, ...attributes])
  const short = telling(product.short_description, known)
  return {
    name,
    categories,
    tags,
    attributes,
    codes: [...new Set(codesOf(product, variants).map(codeKey))].filter((code) => code !== '').slice(0, MAX_CODES),
    short,
    text: telling(product.description, new Set([...known, ...short])),
  }
}

/** The categories and those above them, each once. */
function categoriesOf({ categories, category_paths }: SearchedContent): string[] {
  return category_paths === null ? categories : [...new Set([...categories, ...category_paths.flat()])]
}

function brandOf({ brand }: SearchedContent): string[] {
  return brand === null ? [] : [brand]
}

function codesOf(product: SearchedContent, variants: SearchedVariant[]): string[] {
  return [product, ...variants].flatMap(({ sku, gtin }) => (gtin === null ? [sku] : [sku, gtin]))
}

/** The distinct words of a text that are not known and say something. */
function telling(text: string, known: ReadonlySet<string>): string[] {
  const words = new Set<string>()
  for (const word of indexTokens(text)) {
    if (!known.has(word) && !isStopWord(word)) words.add(word)
    if (words.size >= MAX_TEXT) break
  }
  return [...words]
}

/** The words of a product in the columns that search reads. */
export interface ProductWords {
  lexemes: string
  search_terms: string
}

/** Computes the words of a product; `stamp` is its `stampOf`. */
export function wordsOf(product: SearchedContent, variants: SearchedVariant[], stamp: string): ProductWords {
  const terms = searchTermsOf(product, variants)
  return { lexemes: lexemesOf(product, variants, terms), search_terms: writeTerms(terms, stamp) }
}

/**
 * Names the words of a product: products with the same stamp have the same words. It stands before them in `search_terms`, so that an
 * event that leaves them (a price, the stock) neither computes nor writes them.
 */
export function stampOf(product: SearchedContent, variants: SearchedVariant[]): string {
  const { name, short_description, description, sku, gtin, brand, categories, category_paths, tags } = product
  const texts = [name, short_description, description, sku, gtin, brand, categories, category_paths, tags]
  const options = product.attributes.map((attribute) => [attribute.name, attribute.options])
  const choices = variants.map((variant) => [variant.sku, variant.gtin, Object.values(variant.attributes)])
  return `${REVISION} w${hash('sha256', JSON.stringify([texts, options, choices])).slice(0, 20)}`
}

/** The stamp of the column `search_terms`; null: the product has no words yet. */
export function readStamp(column: string | null): string | null {
  return column?.slice(0, column.indexOf('\n')) ?? null
}

/** SQL for the same. */
export const STAMP = `split_part(search_terms, E'\\n', 1)`

/** The stamp of a product whose words cannot be written. No product has it, so that its next event tries again. */
export const UNWRITABLE_STAMP = `${REVISION} w-`

/** Writes terms for the column `search_terms`. */
export function writeTerms(terms: SearchTerms, stamp: string): string {
  return [stamp, ...FIELDS.map((field) => terms[field].join(' '))].join('\n')
}

/** Reads the column. Null when it belongs to another form of the index, or to another state of the product. */
export function readTerms(column: string | null, stateHash: string): ReadTerms | null {
  if (column === null) return null
  const [stamp = '', ...lines] = column.split('\n')
  // Earlier releases named the state of the product.
  if (!stamp.startsWith(`${REVISION} w`) && stamp !== `${REVISION} ${stateHash.slice(0, 12)}`) return null
  const field = (at: number) => (lines[at] ? lines[at].split(' ') : [])
  return {
    name: field(0),
    categories: field(1),
    tags: field(2),
    attributes: field(3),
    codes: field(4),
    short: lines[5] ?? '',
    text: lines[6] ?? '',
  }
}

/** Terms that are read without having been stored. */
export function readableTerms(terms: SearchTerms): ReadTerms {
  return { ...terms, short: terms.short.join(' '), text: terms.text.join(' ') }
}

/**
 * Returns a function that names the wanted words of a line. A search reads the lines of 250 products: a word is cut out only when a
 * wanted one has its length and first letter.
 */
export function wantedWords(wanted: ReadonlySet<string>): (line: string, found: (word: string) => void) => void {
  const shapes = new Uint8Array(SHAPES)
  for (const word of wanted) shapes[shapeOf(word.charCodeAt(0), word.length)] = 1
  return (line, found) => {
    for (let start = 0; start < line.length; ) {
      const space = line.indexOf(' ', start)
      const end = space === -1 ? line.length : space
      if (shapes[shapeOf(line.charCodeAt(start), end - start)] === 1) {
        const word = line.slice(start, end)
        if (wanted.has(word)) found(word)
      }
      start = end + 1
    }
  }
}

const SHAPES = 4096
function shapeOf(first: number, length: number): number {
  return (first ^ (length << 7)) & (SHAPES - 1)
}

/** The words that the tenant's vocabulary counts: those of name and labels, each once. */
export function vocabularyOf(column: string | null): Set<string> {
  if (column === null) return new Set()
  const [, name = '', categories = '', tags = '', attributes = ''] = column.split('\n', 5)
  return new Set([name, categories, tags, attributes].flatMap((line) => (line === '' ? [] : line.split(' '))))
}

/** The word index of a product: its words by weight, the words of its name and its codes also with their marks. */
export function lexemesOf(product: SearchedContent, variants: SearchedVariant[], terms: SearchTerms): string {
  const codes = codesOf(product, variants).join('\n')
  const options = product.attributes.flatMap((attribute) => [attribute.name, ...attribute.options])
  const choices = variants.flatMap((variant) => Object.values(variant.attributes))
  const labels = [...categoriesOf(product), ...product.tags, ...choices, ...options, ...brandOf(product)]
  const marked = [...terms.name.map((word) => NAME_MARK + word), ...terms.codes.map((code) => CODE_MARK + code)]
  return tsvectorOfTokens([
    { tokens: [...indexTokens(product.name), ...indexTokens(codes), ...new Set(marked)], weight: 'A' },
    { tokens: indexTokens(labels.join('\n')), weight: 'B' },
    { tokens: indexTokens(product.short_description), weight: 'C' },
    { tokens: indexTokens(product.description), weight: 'D' },
  ])
}

/** The distinct words of several texts, in order; a number is not joined with the unit of the next text. */
function distinct(texts: string[], max: number): string[] {
  const words = new Set<string>()
  for (const text of texts) {
    for (const word of indexTokens(text)) words.add(word)
    if (words.size >= max) break
  }
  return [...words].slice(0, max)
}
