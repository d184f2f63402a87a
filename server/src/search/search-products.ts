import { type Static, Type } from 'typebox'
import {
  hasWords,
  IN_SEARCH,
  type ProductFilter,
  ProductView,
  productConditions,
  viewProducts,
} from '../catalog/products/product-view.ts'
import { type Access, type Database, JOIN_AS_WRITTEN, type Sql, type SqlValue } from '../platform/db/database.ts'
import { component } from '../platform/http/contract.ts'
import { queryTokens, searchTokens } from '../platform/text/language.ts'
import type { QueryEmbedder, QueryVector } from './embed-query.ts'
import { fuseRanks, rankWordHits, type WordHit } from './fuse-ranks.ts'
import type { Asker } from './query-vectors.ts'

export const SearchResult = component(
  'SearchResult',
  Type.Object(
    { product: ProductView, chunk: Type.Object({ text: Type.String() }), score: Type.Number() },
    { additionalProperties: true },
  ),
)
export type SearchResult = Static<typeof SearchResult>

/** Maximum products that each of the two methods returns. */
const MAX_CANDIDATES = 100
/** Word hits above this number are cut by rank before their words are weighed. */
const MAX_WORD_HITS = 500

/**
 * Finds a tenant's products by words and by vectors, fused by rank. Every result is joined to the current product, so that hidden
 * products are not found and prices are current. Without a vector (`degraded`) the words decide alone. The query is embedded for
 * `asker`: the asking tenant, or null for an admin, independent of the filter.
 */
export async function searchProducts(
  { db, queries, asker }: { db: Database; queries: QueryEmbedder; asker: Asker },
  query: string,
  filter: ProductFilter,
  limit: number,
): Promise<{ results: SearchResult[]; degraded: boolean }> {
  const sql = filter.tenantId === null ? db.service : db.forTenant(filter.tenantId)
  const words = queryTokens(query)
  const [byWords, vector] = await Promise.all([findByWords(sql, words, filter), queries.embed(query, asker)])
  const byVector = vector === null ? [] : await findByVector(sql, vector, filter)
  const best = fuseRanks([byWords, byVector.map((hit) => hit.productId)]).slice(0, limit)
  const ids = best.map((hit) => hit.id)
  const products = await viewProducts(sql, filter.tenantId, ids)
  const texts = await chooseChunks(sql, filter.tenantId, ids, words, byVector)
  const results = best.flatMap(({ id, score }) => {
    const product = products.get(id)
    if (!product?.is_active) return []
    return [{ product, chunk: { text: texts.get(id) ?? product.name }, score: Math.round(score * 1e6) / 1e6 }]
  })
  return { results, degraded: vector === null }
}

async function findByWords(sql: Sql, words: string[], filter: ProductFilter): Promise<number[]> {
  if (words.length === 0) return []
  const values: SqlValue[] = [words.map(asTsqueryLiteral).join(' | '), words.map(asTsqueryLiteral)]
  const where = [...productConditions(filter, values), IN_SEARCH, hasWords(filter.tenantId, '$1')]
  const hits = await sql.query<WordHit>(
    `select p.id, ts_rank(p.lexemes, $1::tsquery) as rank,
            array(select p.lexemes @@ word::tsquery from unnest($2::text[]) with ordinality as w (word, place) order by place) as matches
       from products p join stores s on s.id = p.store_id
      where ${where.join(' and ')}
      order by rank desc limit ${MAX_WORD_HITS}`,
    values,
  )
  return rankWordHits(hits).slice(0, MAX_CANDIDATES)
}

/** Tokens contain only letters and digits; the quotes exclude any other interpretation by PostgreSQL. */
function asTsqueryLiteral(word: string): string {
  return `'${word.replaceAll("'", "''")}'`
}

interface VectorHit {
  productId: number
  chunkId: number
}

/** The nearest chunks, by an exact scan of the tenant's vectors; the best chunk per product. */
async function findByVector(access: Access, query: QueryVector, filter: ProductFilter): Promise<VectorHit[]> {
  const values: SqlValue[] = [query.vector, query.profileId]
  const where = productConditions(filter, values)
  if (filter.tenantId !== null) {
    values.push(filter.tenantId)
    where.unshift(`e.tenant_id = $${values.length}::bigint`)
  }
  return await access.transaction(async (tx) => {
    await tx.query(JOIN_AS_WRITTEN)
    return await tx.query<VectorHit>(
      `select "productId", "chunkId" from (
       select distinct on (p.id) p.id as "productId", c.id as "chunkId", e.embedding <=> $1::vector as distance
         from chunk_embeddings e
         join knowledge_chunks c on c.id = e.chunk_id
         join products p on p.id = c.product_id
         join stores s on s.id = p.store_id
        where ${[...where, 'e.profile_id = $2::bigint', IN_SEARCH].join(' and ')}
        order by p.id, distance) as nearest
      where distance < 1
      order by distance limit ${MAX_CANDIDATES}`,
      values,
    )
  })
}

/** The chunk to show per product: the nearest to the query, otherwise the one with most of its words. */
async function chooseChunks(
  sql: Sql,
  tenantId: number | null,
  productIds: number[],
  words: string[],
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
    const chunk =
      near ?? chunks.reduce((best, each) => (overlap(each.text, words) > overlap(best.text, words) ? each : best))
    chosen.set(productId, chunk.text)
  }
  return chosen
}

function overlap(text: string, words: string[]): number {
  const tokens = new Set(searchTokens(text))
  return words.filter((word) => tokens.has(word)).length
}
