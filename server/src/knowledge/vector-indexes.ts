import pg from 'pg'
import type { Database, Sql } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'

/** Below this number of vectors comparing all of them takes less than 20 ms, and an index could only miss some. */
const MIN_INDEXED = 20_000
/** An index is dropped below this, so that a tenant near the limit does not build it again and again. */
const MIN_KEPT = 10_000
/** pgvector's limit for an HNSW index on half-precision vectors. */
const MAX_DIMENSIONS = 4_000
const CONNECT_TIMEOUT_MS = 5_000

interface IndexedVectors {
  tenantId: number
  profileId: number
}

/** The name of the index over a tenant's vectors of a profile. */
export function vectorIndexName({ tenantId, profileId }: IndexedVectors): string {
  return `chunk_embeddings_nearest_${Math.trunc(tenantId)}_${Math.trunc(profileId)}`
}

/**
 * Gives every tenant with many vectors an index over its own ones, and drops those that are no longer needed. An index per tenant
 * and profile: in a common one the nearest vectors of the installation are mostly other tenants', and each write would pay for it.
 * Half precision halves its size; results are ordered by the full vectors. The embedded database has no such index: building one
 * stops its only thread for minutes. Called daily; `databaseUrl` null is the embedded database.
 */
export async function maintainVectorIndexes(db: Database, databaseUrl: string | null, log: Log): Promise<void> {
  if (databaseUrl === null) return
  const counts = await countVectors(db.service)
  const built = await builtIndexes(db.owner)
  const keyOf = (each: IndexedVectors) => vectorIndexName(each)
  const kept = new Set(counts.filter(({ vectors }) => vectors >= MIN_KEPT).map(keyOf))
  const valid = new Set(built.filter(({ isValid }) => isValid).map(({ name }) => name))
  const unneeded = built.filter(({ name, isValid }) => !isValid || !kept.has(name))
  const missing = counts.filter((each) => each.vectors >= MIN_INDEXED && !valid.has(keyOf(each)))
  if (unneeded.length === 0 && missing.length === 0) return
  // CONCURRENTLY, so that writing goes on: outside a transaction and longer than the pool allows for a statement.
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'fiko-sync vector index',
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    for (const { name } of unneeded) await client.query(`drop index concurrently if exists ${name}`)
    for (const each of missing) {
      const startedAt = performance.now()
      await client.query(
        `create index concurrently if not exists ${keyOf(each)} on chunk_embeddings
           using hnsw ((embedding::halfvec(${each.dimensions})) halfvec_cosine_ops)
           where tenant_id = ${Math.trunc(each.tenantId)} and profile_id = ${Math.trunc(each.profileId)}`,
      )
      const durationMs = Math.round(performance.now() - startedAt)
      log.info({ tenantId: each.tenantId, vectors: each.vectors, durationMs }, 'vectors.indexed')
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function countVectors(sql: Sql): Promise<(IndexedVectors & { vectors: number; dimensions: number })[]> {
  return await sql.query(
    `select e.tenant_id as "tenantId", e.profile_id as "profileId", p.dimensions, count(*)::int as vectors
       from chunk_embeddings e join embedding_profiles p on p.id = e.profile_id
      where p.state <> 'retired' and p.provider <> 'offline' and p.dimensions <= ${MAX_DIMENSIONS}
      group by 1, 2, 3 having count(*) >= ${MIN_KEPT}`,
  )
}

/** An interrupted build leaves an index that is not valid. */
async function builtIndexes(sql: Sql): Promise<{ name: string; isValid: boolean }[]> {
  return await sql.query(
    `select c.relname as name, x.indisvalid as "isValid" from pg_index x join pg_class c on c.oid = x.indexrelid
      where x.indrelid = 'chunk_embeddings'::regclass and c.relname like 'chunk\\_embeddings\\_nearest\\_%'`,
  )
}
