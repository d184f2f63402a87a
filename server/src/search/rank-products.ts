import {
  type ProductFilter,
  type ProductView,
  productConditions,
  viewProducts,
} from '../catalog/products/product-view.ts'
import type { Sql, SqlValue } from '../platform/db/database.ts'
import { searchTokens } from '../platform/text/language.ts'
import { countFacets, type Facets } from './count-facets.ts'
import { type FoundProduct, findCandidates, readCandidates } from './find-candidates.ts'
import { matchVariants, type PriceRange, priceRangeOf } from './match-variants.ts'
import { createScorer, type MatchedWord, matchOf, type Scored, WEAK_FLOOR } from './score-products.ts'
import type { QueryVector } from './vectors/embed-query.ts'
import { findByVector, type VectorHit } from './vectors/find-by-vector.ts'
import type { QueryConcept } from './words/query-concepts.ts'
import type { RelatedWords } from './words/related-words.ts'

export type SearchOrder = 'relevance' | 'price' | '-price' | 'newest'

export interface SearchResult {
  product: ProductView
  chunk: { text: string }
  /** Orders the results of one query; it cannot be compared with another query's. */
  score: number
  match: Scored['match']
  /** Share of what was asked for that the product has, 0 to 1. */
  relevance: number
  matched: MatchedWord[]
  /** Ids of the variations that have what was asked for and meet the filters, the best first. */
  matched_variants: {
    id: number
    sku: string
    attributes: Record<string, string>
    price: string | null
    in_stock: boolean
  }[]
  price_range: PriceRange | null
  /** True when the tenant pinned the product to this query. */
  pinned: boolean
}

export interface RankedAnswer {
  results: SearchResult[]
  /** False: the shop has nothing that was asked for; `results` is empty. */
  answered: boolean
  /** The query with words of the shop, when its spelling was corrected. */
  did_you_mean: string | null
  /** Categories of the products that came nearest, when nothing was found. */
  nearest_categories: string[]
  /** Filters without which products would have been found. */
  emptied_by: FilterName[]
  /** Number of products found, at most those that were scored. */
  total: number
  /** Cursor of the next page; null on the last one. */
  next: string | null
  facets: Facets | null
}

export type FilterName = 'store' | 'in_stock' | 'price' | 'category'

export interface Ranking {
  concepts: QueryConcept[]
  related: RelatedWords
  candidates: FoundProduct[]
  /** The products that the tenant pinned to the query and that meet the filter, in their order. */
  pinned: FoundProduct[]
  codes: string[]
  /** All filters, and those that the caller gave. */
  filter: ProductFilter
  given: ProductFilter
  order: SearchOrder
  layout: string | null
  vector: QueryVector | null
  limit: number
  offset: number
  floor: number
  hasFacets: boolean
}

/** Paging ends here: deeper results of a search are of no use. */
export const MAX_RESULTS = 200
/** Products beyond the page whose variations are looked at, because some may leave the page. */
const MORE_FOR_VARIANTS = 10
/** A product without a variation that has all choices of the query loses this share of its relevance. */
const APART_LOSS = 0.5
const MAX_NEAREST = 10
const MAX_NEAREST_CATEGORIES = 5

/** Pins come first, also before an SKU. */
const SCORE_OF_A_PIN = 10_000

interface Hit extends Scored {
  found: FoundProduct
  isPinned: boolean
}

/** Orders the candidates, looks at their variations and reads one page of them as they are now. */
export async function rankProducts(tx: Sql, ranking: Ranking): Promise<RankedAnswer> {
  const { concepts, codes, filter, floor, offset, limit } = ranking
  const near =
    ranking.vector === null
      ? []
      : await findByVector(
          tx,
          ranking.vector,
          filter,
          ranking.candidates.map(({ id }) => id),
        )
  const scored = await score(tx, ranking, near)
  const correction = ranking.layout ?? correctionOf(concepts)
  const answers = scored.filter(({ relevance }) => relevance >= floor)
  if (answers.length === 0) return await explainNothing(tx, ranking, scored, correction)
  const least = ranking.order === 'relevance' ? Math.min(floor, WEAK_FLOOR) : floor
  const shown = inOrder(
    scored.filter(({ relevance }) => relevance >= least),
    ranking.order,
  ).slice(0, MAX_RESULTS)
  const more = shown.some(({ found }) => found.hasVariants) ? MORE_FOR_VARIANTS : 0
  const seen = shown.slice(0, offset + limit + more)
  const views = await viewProducts(
    tx,
    filter.tenantId,
    seen.map(({ found }) => found.id),
  )
  const looked = seen.flatMap((hit) => {
    const product = views.get(hit.found.id)
    if (!product?.is_active) return []
    const { variants, together } = matchVariants(product, concepts, codes, filter)
    const factor = hit.isPinned ? 1 : 1 - (1 - together) * APART_LOSS
    const relevance = Math.round(hit.relevance * factor * 1000) / 1000
    return [{ ...hit, product, variants, relevance, score: hit.score * factor, match: matchOf(relevance) }]
  })
  const page = (ranking.order === 'relevance' ? looked.sort((a, b) => b.score - a.score) : looked).slice(
    offset,
    offset + limit,
  )
  const texts = await chooseChunks(
    tx,
    filter.tenantId,
    page.map(({ product }) => product.id),
    new Set(concepts.flatMap((concept) => concept.alternatives.flatMap((each) => each.tokens))),
    near,
  )
  const total = shown.length - (seen.length - looked.length)
  const results = page.map(
    (hit): SearchResult => ({
      product: hit.product,
      chunk: { text: texts.get(hit.product.id) ?? hit.product.name },
      score: Math.round(hit.score * 1e6) / 1e6,
      match: hit.match,
      relevance: hit.relevance,
      matched: hit.matched,
      matched_variants: hit.variants.map(({ id, sku, attributes, price, in_stock }) => ({
        id,
        sku,
        attributes,
        price: price ?? hit.product.price,
        in_stock,
      })),
      price_range: priceRangeOf(hit.product),
      pinned: hit.isPinned,
    }),
  )
  return {
    results,
    answered: true,
    did_you_mean: correction,
    nearest_categories: [],
    emptied_by: [],
    total,
    next: total > offset + limit ? cursorOf(offset + limit) : null,
    facets: ranking.hasFacets
      ? await countFacets(
          tx,
          shown.map(({ found }) => found.id),
        )
      : null,
  }
}

async function score(tx: Sql, ranking: Ranking, near: VectorHit[]): Promise<Hit[]> {
  const { concepts, codes, vector, pinned } = ranking
  const places = new Map(pinned.map(({ id }, place) => [id, place]))
  const candidates = [...pinned, ...ranking.candidates.filter(({ id }) => !places.has(id))]
  const seen = new Set(candidates.map(({ id }) => id))
  const others = near.map(({ productId }) => productId).filter((id) => !seen.has(id))
  const all = others.length === 0 ? candidates : [...candidates, ...(await readCandidates(tx, others))]
  const nearness = new Map(near.map((hit) => [hit.productId, hit.nearness]))
  const scoreOf = createScorer(concepts, codes, ranking.related)
  return all
    .map((found) => ({
      found,
      ...scoreOf({
        terms: found.terms,
        inStock: found.inStock,
        nearness: vector === null ? null : (nearness.get(found.id) ?? 0),
      }),
      isPinned: false,
    }))
    .map((hit): Hit => {
      const place = places.get(hit.found.id)
      if (place === undefined) return hit
      return { ...hit, isPinned: true, score: SCORE_OF_A_PIN - place, relevance: 1, match: 'strong' }
    })
    .sort((a, b) => b.score - a.score || b.relevance - a.relevance || a.found.id - b.found.id)
}

function inOrder(hits: Hit[], order: SearchOrder): Hit[] {
  if (order === 'relevance') return hits
  if (order === 'newest') return hits.toSorted((a, b) => b.found.createdAt.getTime() - a.found.createdAt.getTime())
  // Products without a price come last in both directions.
  const sign = order === 'price' ? 1 : -1
  return hits.toSorted((a, b) => {
    if (a.found.price === null || b.found.price === null)
      return Number(a.found.price === null) - Number(b.found.price === null)
    return sign * (a.found.price - b.found.price)
  })
}

/** Says which filters emptied the answer, or which categories are nearest. */
async function explainNothing(
  tx: Sql,
  ranking: Ranking,
  scored: Hit[],
  correction: string | null,
): Promise<RankedAnswer> {
  const { concepts, codes, filter, floor } = ranking
  const { tenantId, environment, hidden } = filter
  const conditions = filtersOf(filter)
  let nearest = scored
  let emptiedBy: FilterName[] = []
  if (conditions.length > 0) {
    const anywhere = await findCandidates(tx, { tenantId, environment, hidden }, concepts, codes)
    nearest = await score(tx, { ...ranking, candidates: anywhere, vector: null }, [])
    const answers = nearest.filter(({ relevance }) => relevance >= floor).map(({ found }) => found.id)
    if (answers.length > 0) emptiedBy = await emptyingFilters(tx, conditions, answers)
  }
  const views = await viewProducts(
    tx,
    tenantId,
    nearest.slice(0, MAX_NEAREST).map(({ found }) => found.id),
  )
  return {
    results: [],
    answered: false,
    did_you_mean: correction,
    nearest_categories: commonCategories([...views.values()]),
    emptied_by: emptiedBy,
    total: 0,
    next: null,
    facets: null,
  }
}

type Condition = [name: FilterName, filter: ProductFilter]

function filtersOf({
  tenantId,
  storeId,
  storeIds,
  inStock,
  minPrice,
  maxPrice,
  currency,
  category,
  categories,
}: ProductFilter): Condition[] {
  const conditions: Condition[] = []
  if (storeId != null || storeIds !== undefined) conditions.push(['store', { tenantId, storeId, storeIds }])
  if (inStock !== undefined) conditions.push(['in_stock', { tenantId, inStock }])
  if (minPrice != null || maxPrice != null || currency !== undefined)
    conditions.push(['price', { tenantId, minPrice, maxPrice, currency }])
  if (category !== undefined || categories !== undefined)
    conditions.push(['category', { tenantId, category, categories }])
  return conditions
}

/** The filters that alone exclude all of the products; all filters, when only together they do. */
async function emptyingFilters(tx: Sql, conditions: Condition[], ids: number[]): Promise<FilterName[]> {
  const values: SqlValue[] = [ids]
  const columns = conditions.map(([name, filter]) => {
    const where = productConditions({ ...filter, tenantId: null }, values)
    return `coalesce(bool_or(${where.join(' and ')}), false) as "${name}"`
  })
  const [meets] = await tx.query<Record<string, boolean>>(
    `select ${columns.join(', ')} from products p join stores s on s.id = p.store_id where p.id = any($1::bigint[])`,
    values,
  )
  const names = conditions.map(([name]) => name)
  const alone = names.filter((name) => meets?.[name] === false)
  return alone.length > 0 ? alone : names
}

/** The query with corrected spelling; null when no word was corrected. */
function correctionOf(concepts: QueryConcept[]): string | null {
  const words = concepts.flatMap((concept) => (concept.parts.length > 0 ? concept.parts : [concept]))
  let isCorrected = false
  const corrected = words.map(({ text, isKnown, alternatives }) => {
    const first = alternatives.find(({ by }) => by !== 'exact' && by !== 'split')
    if (isKnown || first?.by !== 'spelling') return text
    isCorrected = true
    return first.tokens.join(' ')
  })
  return isCorrected ? corrected.join(' ') : null
}

function commonCategories(products: ProductView[]): string[] {
  const counts = new Map<string, number>()
  for (const product of products)
    for (const category of product.categories) counts.set(category, (counts.get(category) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_NEAREST_CATEGORIES)
    .map(([category]) => category)
}

/** A cursor is opaque to callers; it holds the number of results before it. */
export function cursorOf(offset: number): string {
  return Buffer.from(`o${offset}`).toString('base64url')
}

/** The offset of a cursor; null when it is none of ours. */
export function offsetOf(cursor: string): number | null {
  const match = /^o(\d{1,3})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  const offset = match ? Number(match[1]) : Number.NaN
  return offset > 0 && offset < MAX_RESULTS ? offset : null
}

/** The chunk to show per product: the nearest to the query, otherwise the one with most of its words. */
async function chooseChunks(
  sql: Sql,
  tenantId: number | null,
  productIds: number[],
  words: Set<string>,
  nearest: VectorHit[],
): Promise<Map<number, string>> {
  const rows = await sql.query<{ id: number; productId: number; text: string }>(
    `select c.id, c.product_id as "productId", c.text
       from unnest($2::bigint[]) as r (id)
      cross join lateral (select * from knowledge_chunks k where k.product_id = r.id order by k.position limit 50) c
      where ($1::bigint is null or c.tenant_id = $1)`,
    [tenantId, productIds],
  )
  const nearestChunk = new Map(nearest.map((hit) => [hit.productId, hit.chunkId]))
  const chosen = new Map<number, string>()
  for (const [productId, chunks] of Map.groupBy(rows, (row) => row.productId)) {
    const near = chunks.find((chunk) => chunk.id === nearestChunk.get(productId))
    const [only] = chunks
    const chunk = near ?? (chunks.length === 1 && only ? only : mostWords(chunks, words))
    chosen.set(productId, chunk.text)
  }
  return chosen
}

function mostWords<Chunk extends { text: string }>(chunks: Chunk[], words: Set<string>): Chunk {
  const counted = chunks.map((chunk) => ({ chunk, count: countOf(new Set(searchTokens(chunk.text)), words) }))
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).chunk
}

function countOf(tokens: Set<string>, words: Set<string>): number {
  let count = 0
  for (const token of tokens) if (words.has(token)) count += 1
  return count
}
