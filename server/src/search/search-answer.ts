import type { ProductView } from '../catalog/products/product-view.ts'
import { invalidInput } from '../platform/errors.ts'
import type { SearchResult } from './rank-products.ts'
import type { Field, MatchedWord } from './score-products.ts'
import type { Found } from './search-products.ts'

/** Product fields of a compact result: what an AI needs to name a product and to look it up. */
const COMPACT = ['id', 'external_id', 'name', 'price', 'currency', 'in_stock'] as const
/** Every field that `fields` may name. */
const ALL = [
  'id',
  'external_id',
  'external_source',
  'store',
  'type',
  'name',
  'short_description',
  'description',
  'sku',
  'price',
  'regular_price',
  'sale_price',
  'on_sale',
  'currency',
  'stock_quantity',
  'stock_status',
  'in_stock',
  'categories',
  'tags',
  'attributes',
  'image',
  'gallery',
  'permalink',
  'gtin',
  'brand',
  'category_paths',
  'image_details',
  'average_rating',
  'review_count',
  'weight',
  'weight_unit',
  'dimensions',
  'dimension_unit',
  'sale_ends_at',
  'min_quantity',
  'max_quantity',
  'language',
  'display_currency',
  'status',
  'catalog_visibility',
  'is_active',
  'texts_cut',
  'readiness',
  'readiness_missing',
  'version',
  'content_hash',
  'variants',
  'created_at',
  'updated_at',
] as const satisfies (keyof ProductView)[]

/** Length of the text of a compact result. */
const SNIPPET_LENGTH = 80
const COMPACT_VARIANTS = 2

/** The product fields of an answer: `full`, or some of them. */
export type AnswerFields = 'full' | readonly (keyof ProductView)[]

/** A result as it is sent: the product with the wanted fields only. */
export interface SentResult extends Omit<SearchResult, 'matched' | 'product'> {
  product: Partial<ProductView>
  /** Words of the query that the product has, and its fields that have them. */
  matched: { words: string[]; fields: Field[] }
  /** Per word, with `explain`: which word of the product was found for it, and how. */
  why?: MatchedWord[]
}

export interface SentAnswer extends Omit<Found, 'results'> {
  results: SentResult[]
}

/** Reads `fields`: a list of names, `full`, or nothing for the compact form. @throws {Problem} 400 that lists the known names */
export function readFields(given: readonly string[] | undefined): AnswerFields {
  if (given === undefined || given.length === 0) return COMPACT
  if (given.length === 1 && given[0] === 'full') return 'full'
  const known = new Set<string>(ALL)
  const unknown = given.find((name) => !known.has(name))
  if (unknown === undefined) return given as (keyof ProductView)[]
  const list = ['full', ...ALL].join(', ')
  throw invalidInput([
    {
      path: 'fields',
      detail: {
        en: `has no field ${JSON.stringify(unknown.slice(0, 60))}; known are ${list}`,
        fa: `چنین فیلدی ندارد؛ فیلدهای شناخته‌شده: ${list}`,
      },
    },
  ])
}

/** True for the fields of an answer that names none. */
export function isCompact(fields: AnswerFields): boolean {
  return fields === COMPACT
}

/** The highest relevance of the first results of several searches; null without any. */
export function bestOf(...relevances: (number | undefined)[]): number | null {
  const known = relevances.filter((relevance) => relevance !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}

/** The answer in the wanted form. */
export function sentAnswer(found: Found, fields: AnswerFields, explain: boolean): SentAnswer {
  return { ...found, results: found.results.map((result) => sentResult(result, fields, explain)) }
}

function sentResult({ matched, ...result }: SearchResult, fields: AnswerFields, explain: boolean): SentResult {
  const compact = isCompact(fields)
  return {
    ...result,
    product: fields === 'full' ? result.product : pick(result.product, fields),
    chunk: compact ? { text: snippetOf(result.chunk.text, result.product.name) } : result.chunk,
    matched_variants: compact ? result.matched_variants.slice(0, COMPACT_VARIANTS) : result.matched_variants,
    matched: {
      words: [...new Set(matched.map(({ word }) => word))],
      fields: [...new Set(matched.flatMap((each) => each.fields))],
    },
    ...(explain && { why: matched }),
  }
}

function pick(product: ProductView, fields: readonly (keyof ProductView)[]): Partial<ProductView> {
  return Object.fromEntries(fields.map((name) => [name, product[name]]))
}

/** The beginning of a chunk without the name, which every chunk begins with. */
function snippetOf(text: string, name: string): string {
  const rest = text.startsWith(name) ? text.slice(name.length) : text
  const line = (rest.trim() === '' ? text : rest).replace(/\s+/g, ' ').trim()
  return line.length <= SNIPPET_LENGTH ? line : `${line.slice(0, SNIPPET_LENGTH).trimEnd()}…`.toWellFormed()
}
