import { IN_SEARCH, type ProductFilter, productConditions } from '../../catalog/products/product-view.ts'
import { JOIN_AS_WRITTEN, type Sql, type SqlValue } from '../../platform/db/database.ts'
import type { QueryVector } from './embed-query.ts'

/** Maximum products that the vectors return. */
const MAX_HITS = 100
/**
 * Maximum vectors of a tenant that are compared one by one: 20,000 of 384 dimensions take about 100 ms. Above it only the products
 * that the words found are compared.
 */
const MAX_SCANNED = 20_000
/** With fewer vectors their distribution says nothing, and the similarity itself is taken. */
const MIN_FOR_DISTRIBUTION = 30

export interface VectorHit {
  productId: number
  chunkId: number
  /** 0: no nearer than any product; 1: far nearer than the others. */
  nearness: number
}

/**
 * The products whose chunks are nearest to the query, the best chunk each. Similarities of different models cannot be compared, so
 * a product is as near as its similarity stands out among all: by the number of standard deviations above the mean.
 */
export async function findByVector(
  tx: Sql,
  query: QueryVector,
  filter: ProductFilter,
  wordHits: number[],
): Promise<VectorHit[]> {
  const values: SqlValue[] = [query.vector, query.profileId]
  const where = productConditions(filter, values)
  if (filter.tenantId !== null) {
    values.push(filter.tenantId)
    where.unshift(`e.tenant_id = $${values.length}::bigint`)
  }
  if (await isLarge(tx, query.profileId, filter.tenantId)) {
    values.push(wordHits)
    where.push(`c.product_id = any($${values.length}::bigint[])`)
  }
  await tx.query(JOIN_AS_WRITTEN)
  const rows = await tx.query<{
    productId: number
    chunkId: number
    likeness: number
    mean: number
    spread: number
    chunks: number
  }>(
    `select "productId", "chunkId", likeness, mean, spread, chunks from (
       select distinct on (p.id) p.id as "productId", c.id as "chunkId", 1 - (e.embedding <=> $1::vector) as likeness,
              avg(1 - (e.embedding <=> $1::vector)) over () as mean,
              coalesce(stddev_samp(1 - (e.embedding <=> $1::vector)) over (), 0) as spread, (count(*) over ())::int as chunks
         from chunk_embeddings e
         join knowledge_chunks c on c.id = e.chunk_id
         join products p on p.id = c.product_id
         join stores s on s.id = p.store_id
        where ${[...where, 'e.profile_id = $2::bigint', IN_SEARCH].join(' and ')}
        order by p.id, likeness desc) as nearest
      where likeness > 0
      order by likeness desc limit ${MAX_HITS}`,
    values,
  )
  return rows.map(({ productId, chunkId, likeness, mean, spread, chunks }) => ({
    productId,
    chunkId,
    nearness: nearnessOf(likeness, { mean, spread, chunks }),
  }))
}

function nearnessOf(
  likeness: number,
  { mean, spread, chunks }: { mean: number; spread: number; chunks: number },
): number {
  const isTelling = spread > 0 && chunks >= MIN_FOR_DISTRIBUTION
  const nearness = isTelling ? ((likeness - mean) / spread - 2) / 3 : (likeness - 0.4) / 0.5
  return Math.max(0, Math.min(1, nearness))
}

async function isLarge(tx: Sql, profileId: number, tenantId: number | null): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from chunk_embeddings where ($1::bigint is null or tenant_id = $1) and profile_id = $2 offset ${MAX_SCANNED} limit 1`,
    [tenantId, profileId],
  )
  return rows.length > 0
}
