import { type ProductFilter, type ProductView, viewProducts } from '../catalog/products/product-view.ts'
import type { Database, Sql } from '../platform/db/database.ts'
import { searchTokens } from '../platform/text/language.ts'
import type { QueryEmbedder, QueryVector } from './embed-query.ts'
import { findByVector, type VectorHit } from './find-by-vector.ts'
import { type FoundProduct, findCandidates, readCandidates } from './find-candidates.ts'
import { queryCodes } from './query-codes.ts'
import { conceptsOf, type QueryConcept, queryWords } from './query-concepts.ts'
import type { Asker } from './query-vectors.ts'
import { indexRelatedWords, type RelatedWords } from './related-words.ts'
import { createScorer, FLOOR, type MatchedWord, type Scored, WEAK_FLOOR } from './score-products.ts'
import { loadThesaurus } from './thesaurus/load-thesaurus.ts'
import type { Vocabularies } from './vocabulary.ts'

export interface SearchResult {
  product: ProductView
  chunk: { text: string }
  /** Orders the results of one query; it cannot be compared with another query's. */
  score: number
  match: Scored['match']
  /** Share of what was asked for that the product has, 0 to 1. */
  relevance: number
  matched: MatchedWord[]
}

export interface Found {
  results: SearchResult[]
  /** True when the query's vector did not arrive in time: the results come from words only. */
  degraded: boolean
  /** False: the shop has nothing that was asked for; `results` is empty. */
  answered: boolean
  /** The query with words of the shop, when its spelling was corrected. */
  did_you_mean: string | null
  /** Categories of the products that came nearest, when nothing was found. */
  nearest_categories: string[]
}

export interface SearchParts {
  db: Database
  queries: QueryEmbedder
  vocabularies: Vocabularies
}

const MAX_NEAREST_CATEGORIES = 5

let relatedWords: RelatedWords | undefined
function shoppingWords(): RelatedWords {
  relatedWords ??= indexRelatedWords(loadThesaurus())
  return relatedWords
}

/**
 * Finds a tenant's products. Words decide; the vectors of a model add products that say it in other words. Every result is joined to
 * the current product, so that hidden products are not found and prices are current. The query is embedded for `asker`: the asking
 * tenant, or null for an admin, independent of the filter.
 */
export async function searchProducts(
  { db, queries, vocabularies, asker }: SearchParts & { asker: Asker },
  query: string,
  filter: ProductFilter,
  { limit, floor = FLOOR }: { limit: number; floor?: number },
): Promise<Found> {
  const words = queryWords(query)
  const codes = queryCodes(query)
  if (words.length === 0 && codes.length === 0) return nothing(false)
  const access = db.forTenant(filter.tenantId)
  const byWords = async (tx: Sql) => {
    const concepts = conceptsOf(words, await vocabularies.read(tx, filter.tenantId), shoppingWords())
    return { concepts, candidates: await findCandidates(tx, filter, concepts, codes) }
  }
  const answer = (tx: Sql, hits: Awaited<ReturnType<typeof byWords>>, vector: QueryVector | null) =>
    rank(tx, { ...hits, codes, filter, vector, limit, floor })
  if (await queries.isOffline())
    return { ...(await access.transaction(async (tx) => await answer(tx, await byWords(tx), null))), degraded: false }
  const [hits, vector] = await Promise.all([access.transaction(byWords), queries.embed(query, asker)])
  return { ...(await access.transaction((tx) => answer(tx, hits, vector))), degraded: vector === null }
}

function nothing(degraded: boolean): Found {
  return { results: [], degraded, answered: false, did_you_mean: null, nearest_categories: [] }
}

interface Ranking {
  concepts: QueryConcept[]
  candidates: FoundProduct[]
  codes: string[]
  filter: ProductFilter
  vector: QueryVector | null
  limit: number
  floor: number
}

async function rank(tx: Sql, given: Ranking): Promise<Omit<Found, 'degraded'>> {
  const { concepts, codes, filter, vector, limit, floor } = given
  const near =
    vector === null
      ? []
      : await findByVector(
          tx,
          vector,
          filter,
          given.candidates.map(({ id }) => id),
        )
  const seen = new Set(given.candidates.map(({ id }) => id))
  const others = near.map(({ productId }) => productId).filter((id) => !seen.has(id))
  const candidates =
    others.length === 0 ? given.candidates : [...given.candidates, ...(await readCandidates(tx, others))]
  const nearness = new Map(near.map((hit) => [hit.productId, hit.nearness]))
  const score = createScorer(concepts, codes)
  const scored = candidates
    .map(({ id, terms, inStock }) => ({
      id,
      ...score({ terms, inStock, nearness: vector === null ? null : (nearness.get(id) ?? 0) }),
    }))
    .sort((a, b) => b.score - a.score || b.relevance - a.relevance || a.id - b.id)
  const isAnswered = scored.some(({ relevance }) => relevance >= floor)
  const least = Math.min(floor, WEAK_FLOOR)
  const best = isAnswered ? scored.filter(({ relevance }) => relevance >= least).slice(0, limit) : []
  const products = await viewProducts(
    tx,
    filter.tenantId,
    (isAnswered ? best : scored.slice(0, 10)).map(({ id }) => id),
  )
  if (!isAnswered)
    return {
      ...nothing(false),
      nearest_categories: commonCategories([...products.values()]),
      did_you_mean: correctionOf(concepts),
    }
  const tokens = new Set(concepts.flatMap((concept) => concept.alternatives.flatMap((each) => each.tokens)))
  const texts = await chooseChunks(
    tx,
    filter.tenantId,
    best.map(({ id }) => id),
    tokens,
    near,
  )
  const results = best.flatMap(({ id, score: points, match, relevance, matched }) => {
    const product = products.get(id)
    if (!product?.is_active) return []
    const rounded = Math.round(points * 1e6) / 1e6
    return [{ product, chunk: { text: texts.get(id) ?? product.name }, score: rounded, match, relevance, matched }]
  })
  return { results, answered: true, did_you_mean: correctionOf(concepts), nearest_categories: [] }
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
