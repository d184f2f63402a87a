import { IN_SEARCH, type ProductFilter, productConditions } from '../../catalog/products/product-view.ts'
import { vectorIndexName } from '../../knowledge/vector-indexes.ts'
import { JOIN_AS_WRITTEN, type Sql, type SqlValue } from '../../platform/db/database.ts'
import type { QueryVector } from './embed-query.ts'

/** Maximum products that the vectors return. */
const MAX_HITS = 100
/**
 * Maximum vectors of a tenant that are compared one by one: 20,000 of 384 dimensions take about 100 ms. Above it the tenant's index
 * is asked (knowledge/vector-indexes.ts); until it is built, and on the embedded database, only the products that the words found
 * are compared.
 */
const MAX_SCANNED = 20_000
/** With fewer vectors their distribution says nothing, and the similarity itself is taken. */
const MIN_FOR_DISTRIBUTION = 30
/** Vectors whose similarities stand for those of all, where not all are compared. */
const SAMPLE = 400
/** With fewer of the sample meeting the filter (4 %), the index would pass by thousands of others; the filtered products are compared. */
const MIN_SAMPLE_MEETING = 16
/** Nearest chunks that are read from the index: a product has about three. */
const NEAREST_CHUNKS = 400
/** The width of the index search: recall@10 is above 0.98 (docs/search.md). */
const INDEX_SEARCH_WIDTH = 400
const MAX_INDEX_TUPLES = 40_000

export interface VectorHit {
  productId: number
  chunkId: number
  /** 0: no nearer than any product; 1: far nearer than the others. */
  nearness: number
}

interface Distribution {
  mean: number
  spread: number
  chunks: number
}

interface Nearest {
  productId: number
  chunkId: number
  likeness: number
}

/**
 * The products whose chunks are nearest to the query, the best chunk each. Similarities of different models cannot be compared, so
 * a product is as near as its similarity stands out among all: by the number of standard deviations above the mean. `maxScanned` is
 * for measurements.
 */
export async function findByVector(
  tx: Sql,
  query: QueryVector,
  filter: ProductFilter,
  wordHits: number[],
  maxScanned = MAX_SCANNED,
): Promise<VectorHit[]> {
  await tx.query(JOIN_AS_WRITTEN)
  const extent = await extentOf(tx, query.profileId, filter.tenantId, maxScanned)
  if (!extent.isLarge) return await compareAll(tx, query, filter)
  if (filter.tenantId === null || !extent.isIndexed) return await compareAll(tx, query, filter, wordHits)
  const tenantId = filter.tenantId
  const sample = await sampleOf(tx, query, { ...filter, tenantId })
  const isRare = sample.meeting < MIN_SAMPLE_MEETING
  const nearest = await (isRare ? compareFiltered : askIndex)(tx, query, { ...filter, tenantId })
  return nearest.map(({ likeness, ...hit }) => ({ ...hit, nearness: nearnessOf(likeness, sample) }))
}

type TenantFilter = ProductFilter & { tenantId: number }

/** Compares every vector, or only those of the given products. */
async function compareAll(
  tx: Sql,
  query: QueryVector,
  filter: ProductFilter,
  products?: number[],
): Promise<VectorHit[]> {
  const values: SqlValue[] = [query.vector, query.profileId]
  const where = productConditions(filter, values)
  if (filter.tenantId !== null) {
    values.push(filter.tenantId)
    where.unshift(`e.tenant_id = $${values.length}::bigint`)
  }
  if (products !== undefined) {
    values.push(products)
    where.push(`c.product_id = any($${values.length}::bigint[])`)
  }
  const rows = await tx.query<Nearest & Distribution>(
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
  return rows.map(({ productId, chunkId, likeness, ...all }) => ({
    productId,
    chunkId,
    nearness: nearnessOf(likeness, all),
  }))
}

/** Asks the tenant's index, which goes on until enough products meet the filter or a bound of vectors was passed. */
async function askIndex(tx: Sql, query: QueryVector, filter: TenantFilter): Promise<Nearest[]> {
  const { values, where } = conditionsOf(query, filter)
  const { vector, profile, tenant } = literalsOf(query, filter)
  await tx.query(
    `select set_config('hnsw.ef_search', '${INDEX_SEARCH_WIDTH}', true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
            set_config('hnsw.max_scan_tuples', '${MAX_INDEX_TUPLES}', true)`,
  )
  await switchPlans(tx, 'off')
  const rows = await tx.query<Nearest>(
    `with nearest as materialized (
       select e.chunk_id, c.product_id, e.embedding
         from chunk_embeddings e
         join knowledge_chunks c on c.id = e.chunk_id
         join products p on p.id = c.product_id
         join stores s on s.id = p.store_id
        where ${[`e.tenant_id = ${tenant}`, `e.profile_id = ${profile}`, ...where, IN_SEARCH].join(' and ')}
        order by e.embedding::${vector} <=> $1::${vector} limit ${NEAREST_CHUNKS})
     select "productId", "chunkId", likeness from (
       select distinct on (product_id) product_id as "productId", chunk_id as "chunkId",
              1 - (embedding <=> $1::vector) as likeness
         from nearest order by product_id, likeness desc) best
      where likeness > 0 order by likeness desc limit ${MAX_HITS}`,
    values,
  )
  await switchPlans(tx, 'on')
  return rows
}

/** Off: only the index is left, because any other plan compares all vectors. Compiling the plan (jit) took 20 times its own time. */
async function switchPlans(tx: Sql, state: 'on' | 'off'): Promise<void> {
  const plans = ['sort', 'hashjoin', 'mergejoin', 'seqscan', 'bitmapscan'].map((plan) => `enable_${plan}`)
  const settings = ['jit', ...plans].map((name) => `set_config('${name}', '${state}', true)`)
  await tx.query(`select ${settings.join(', ')}`)
}

/** Compares the vectors of the products that meet a filter which few products meet. */
async function compareFiltered(tx: Sql, query: QueryVector, filter: TenantFilter): Promise<Nearest[]> {
  const { values, where } = conditionsOf(query, filter)
  const { profile, tenant } = literalsOf(query, filter)
  return await tx.query<Nearest>(
    `select "productId", "chunkId", likeness from (
       select distinct on (p.id) p.id as "productId", c.id as "chunkId", 1 - (e.embedding <=> $1::vector) as likeness
         from products p
         join stores s on s.id = p.store_id
         join knowledge_chunks c on c.product_id = p.id
         join chunk_embeddings e on e.chunk_id = c.id and e.profile_id = ${profile}
        where ${[`e.tenant_id = ${tenant}`, ...where, IN_SEARCH].join(' and ')}
        order by p.id, likeness desc) as nearest
      where likeness > 0 order by likeness desc limit ${MAX_HITS}`,
    values,
  )
}

/**
 * The distribution of all similarities, and how many of the sampled vectors meet the filter, from vectors at equal distances in the
 * order of their ids.
 */
async function sampleOf(
  tx: Sql,
  query: QueryVector,
  filter: TenantFilter,
): Promise<Distribution & { meeting: number }> {
  const { values, where } = conditionsOf(query, filter)
  const { profile, tenant } = literalsOf(query, filter)
  const [row] = await tx.query<Distribution & { meeting: number }>(
    // The points are computed first: with a division in it, row-level security keeps a condition away from the index.
    `with bounds as (
       select (select min(id) from knowledge_chunks where tenant_id = ${tenant}) as least,
              (select max(id) from knowledge_chunks where tenant_id = ${tenant}) as most
     ), points as materialized (
       select least + (most - least) * place / ${SAMPLE} as id from bounds cross join generate_series(0, ${SAMPLE - 1}) as place
     ), picked as (
       select distinct next.id, next.product_id from points
        cross join lateral (select c.id, c.product_id from knowledge_chunks c where c.tenant_id = ${tenant} and c.id >= points.id
                             order by c.tenant_id, c.id limit 1) next
     )
     select coalesce(avg(likeness), 0) as mean, coalesce(stddev_samp(likeness), 0) as spread, count(*)::int as chunks,
            (count(*) filter (where meets))::int as meeting
       from (select 1 - (e.embedding <=> $1::vector) as likeness,
                    exists (select 1 from products p join stores s on s.id = p.store_id
                             where ${['p.id = picked.product_id', ...where, IN_SEARCH].join(' and ')}) as meets
               from picked join chunk_embeddings e on e.chunk_id = picked.id and e.profile_id = ${profile}) sample`,
    values,
  )
  return row ?? { mean: 0, spread: 0, chunks: 0, meeting: 0 }
}

function conditionsOf(query: QueryVector, filter: TenantFilter): { values: SqlValue[]; where: string[] } {
  const values: SqlValue[] = [query.vector]
  return { values, where: productConditions(filter, values) }
}

/** Numbers in the text of a statement: the planner uses a tenant's index only when it sees them. */
function literalsOf({ vector, profileId }: QueryVector, { tenantId }: TenantFilter) {
  const dimensions = vector.split(',').length
  return { vector: `halfvec(${dimensions})`, profile: Math.trunc(profileId), tenant: Math.trunc(tenantId) }
}

function nearnessOf(likeness: number, { mean, spread, chunks }: Distribution): number {
  const isTelling = spread > 0 && chunks >= MIN_FOR_DISTRIBUTION
  const nearness = isTelling ? ((likeness - mean) / spread - 2) / 3 : (likeness - 0.4) / 0.5
  return Math.max(0, Math.min(1, nearness))
}

async function extentOf(
  tx: Sql,
  profileId: number,
  tenantId: number | null,
  maxScanned: number,
): Promise<{ isLarge: boolean; isIndexed: boolean }> {
  const [row] = await tx.query<{ isLarge: boolean; isIndexed: boolean }>(
    `select exists (select 1 from chunk_embeddings where ($1::bigint is null or tenant_id = $1) and profile_id = $2
                     offset $4::bigint limit 1) as "isLarge",
            exists (select 1 from pg_index where indexrelid = to_regclass($3::text) and indisvalid) as "isIndexed"`,
    [tenantId, profileId, tenantId === null ? null : vectorIndexName({ tenantId, profileId }), maxScanned],
  )
  return row ?? { isLarge: false, isIndexed: false }
}
