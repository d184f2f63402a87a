import { realArray } from '../platform/db/binary-arrays.ts'
import type { Sql } from '../platform/db/database.ts'
import { storesInTurn, WORK_ID, WORK_STORE } from '../platform/runtime/fair-turns.ts'
import { pausedStores } from './cost/budgets.ts'
import { PROFILE_LOCK, readTarget } from './profiles.ts'

/** A chunk that a worker has leased for a provider request. */
export interface LeasedChunk {
  id: number
  tenantId: number
  storeId: number
  /** Null for a chunk of a document. */
  productId: number | null
  text: string
  textHash: string
}

/** A text of a tenant with a cached vector, and the chunks that contain it. */
export interface EmbeddedText {
  textHash: string
  chunkIds: number[]
}

/** Longer than a provider request (config.ts), shorter than the 30 s after which the work of a killed worker runs again. */
const LEASE_SECONDS = 25
/**
 * A lease with a later end was granted before the clock was set back. Twice the lease, because `now()` is the start of the
 * transaction: a worker that waited for another worker's lease started earlier.
 */
const MAX_LEASE_SECONDS = 2 * LEASE_SECONDS

/**
 * Chunks of documents and of active products: those of hidden products wait and must not occupy a turn. A subquery with one value,
 * because the planner may turn `exists` inside `or` into a scan of all products.
 */
const PENDING = {
  table: 'knowledge_chunks',
  open: `embedding_status = 'pending'
         and (leased_until is null or leased_until not between now() and now() + interval '${MAX_LEASE_SECONDS} seconds')
         and coalesce((select p.is_active from products p where p.id = product_id), true)`,
}

/** Stores per turn, so that many stores with one text each are embedded together. */
const MAX_STORES_PER_TURN = 64
/** Minimum chunks read per store, so that 64 stores with a backlog are not read completely for the 512 chunks of a turn. */
const MIN_CHUNKS_PER_STORE = 128
/** Maximum text bytes per turn: twice those of 512 ordinary chunks. */
const MAX_LEASED_BYTES = 2_000_000

/**
 * Leases up to `limit` pending chunks of active products with up to 2 MB of text: live before backfill, stores in turn. Also
 * returns the last served store, after which the next turn starts. Tenants whose budget is reached get no turn.
 */
export async function leasePending(
  tx: Sql,
  afterStore: number,
  limit: number,
): Promise<{ chunks: LeasedChunk[]; lastStore: number }> {
  const paused = await pausedStores(tx)
  for (const priority of [0, 1]) {
    // The stores of paused tenants are passed by one step each, however many of their chunks wait.
    const inTurn = await storesInTurn(tx, PENDING, priority, afterStore, MAX_STORES_PER_TURN + paused.size)
    const stores = inTurn.filter(({ storeId }) => !paused.has(storeId)).slice(0, MAX_STORES_PER_TURN)
    if (stores.length === 0) continue
    const chunks = await tx.query<LeasedChunk>(
      `update knowledge_chunks set leased_until = now() + interval '${LEASE_SECONDS} seconds'
        where id in (
          select c.id from knowledge_chunks c
           where c.id in (
             select id from (
               select k.id, k.place, s.turn, k.bytes,
                      sum(k.bytes) over (order by k.place, s.turn rows unbounded preceding) as total
                 from unnest($1::bigint[]) with ordinality as s (store_id, turn)
                cross join lateral (
                  select id, octet_length(text) as bytes, row_number() over (order by ${WORK_ID}) as place from knowledge_chunks
                   where ${PENDING.open} and priority = $2 and ${WORK_STORE} = s.store_id
                   order by ${WORK_ID} limit $4) k
                order by k.place, s.turn limit $3) weighed
              where total <= ${MAX_LEASED_BYTES} or total = bytes)
             and ${PENDING.open}
           for update skip locked)
        returning id, tenant_id as "tenantId", store_id as "storeId", product_id as "productId", text, text_hash as "textHash"`,
      [
        stores.map((store) => store.storeId),
        priority,
        limit,
        Math.max(MIN_CHUNKS_PER_STORE, Math.ceil(limit / stores.length)),
      ],
    )
    if (chunks.length > 0) return { chunks, lastStore: stores.at(-1)?.storeId ?? 0 }
  }
  return { chunks: [], lastStore: afterStore }
}

/**
 * Counts the waiting chunks, up to `limit`. While a tenant is paused the answer is 0, because its chunks would have to be read to leave
 * them out.
 */
export async function countPending(sql: Sql, limit: number): Promise<number> {
  if ((await pausedStores(sql)).size > 0) return 0
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from (select 1 from knowledge_chunks where ${PENDING.open} limit $1) as waiting`,
    [limit],
  )
  return row?.count ?? 0
}

/** Releases leased chunks for another turn. */
export async function releaseLeases(sql: Sql, chunkIds: number[]): Promise<void> {
  await sql.query('update knowledge_chunks set leased_until = null where id = any($1::bigint[])', [chunkIds])
}

/** Excludes chunks from the next turns for a while, without counting an attempt: the lease expires by itself. */
export async function restLeases(sql: Sql, chunkIds: number[], restMs: number): Promise<void> {
  await sql.query(
    `update knowledge_chunks set leased_until = now() + $2 * interval '1 millisecond'
      where id = any($1::bigint[]) and embedding_status = 'pending'`,
    [chunkIds, restMs],
  )
}

/** In a database with a single process all leases come from its previous run: they are released at start. */
export async function releaseAllLeases(sql: Sql): Promise<void> {
  await sql.query('update knowledge_chunks set leased_until = null where leased_until is not null')
}

/** Keys of the texts that have a cached vector; also marks these entries as used. */
export async function findCached(
  sql: Sql,
  profileId: number,
  texts: { tenantId: number; textHash: string }[],
): Promise<Set<string>> {
  const rows = await sql.query<{ tenantId: number; textHash: string }>(
    `update embedding_cache c set used_at = now()
       from unnest($2::bigint[], $3::text[]) as t (tenant_id, text_hash)
      where c.tenant_id = t.tenant_id and c.profile_id = $1 and c.text_hash = t.text_hash
      returning c.tenant_id as "tenantId", c.text_hash as "textHash"`,
    [profileId, texts.map((text) => text.tenantId), texts.map((text) => text.textHash)],
  )
  return new Set(rows.map(textKey))
}

/** Key of a text: equal texts of two tenants are two texts. */
export function textKey(text: { tenantId: number; textHash: string }): string {
  return `${text.tenantId} ${text.textHash}`
}

/**
 * Copies cached vectors to all chunks that still have the text of the vector. Products with all vectors become searchable at their
 * version.
 */
export async function storeVectors(
  tx: Sql,
  profileId: number,
  embedded: EmbeddedText[],
  productIds: number[],
): Promise<void> {
  // While another process chooses another model, no text may be marked as stored for the old one: its vector would be missing later.
  await tx.query(`select pg_advisory_xact_lock_shared(${PROFILE_LOCK})`)
  const target = await readTarget(tx)
  if (target?.id !== profileId) {
    await releaseLeases(
      tx,
      embedded.flatMap((text) => text.chunkIds),
    )
    return
  }
  // Products are locked first, in the order of the event stage: see product-store.ts.
  await tx.query(
    'select 1 from products where id = any($1::bigint[]) order by store_id, external_id collate "C" for update',
    [productIds],
  )
  const chunks = embedded.flatMap((text) => text.chunkIds.map((id) => ({ id, textHash: text.textHash })))
  await tx.query(
    `with done as (
       update knowledge_chunks c set embedding_status = 'stored', embedding_error = null, leased_until = null
         from unnest($2::bigint[], $3::text[]) as r (id, text_hash)
        where c.id = r.id and c.text_hash = r.text_hash
          and exists (select 1 from embedding_cache e
                       where e.tenant_id = c.tenant_id and e.profile_id = $1 and e.text_hash = r.text_hash)
       returning c.id, c.tenant_id, c.text_hash
     )
     insert into chunk_embeddings (chunk_id, profile_id, tenant_id, text_hash, embedding)
     select d.id, $1::bigint, d.tenant_id, d.text_hash, e.embedding
       from done d join embedding_cache e on e.tenant_id = d.tenant_id and e.profile_id = $1 and e.text_hash = d.text_hash
     on conflict (chunk_id, profile_id) do update
       set text_hash = excluded.text_hash, embedding = excluded.embedding, stored_at = now()`,
    [profileId, chunks.map((chunk) => chunk.id), chunks.map((chunk) => chunk.textHash)],
  )
  await tx.query(
    `update products p
        set embedded_hash = chunked_hash,
            searchable_version = case when chunked_hash = content_hash then version else searchable_version end
      where id = any($1::bigint[]) and chunked_hash is not null
        and not exists (select 1 from knowledge_chunks c where c.product_id = p.id and c.embedding_status <> 'stored')`,
    [productIds],
  )
}

/** Maximum vector components per statement: 4 bytes each, 8 in transit. */
const MAX_COMPONENTS = 500_000

/**
 * Caches the provider's answers for all chunks with these texts. Committed before use, so that paid vectors are not lost with a
 * failed transaction.
 */
export async function cacheVectors(
  sql: Sql,
  profileId: number,
  answered: { tenantId: number; textHash: string; vector: Float32Array }[],
): Promise<void> {
  const dimensions = answered[0]?.vector.length ?? 1
  const most = Math.max(1, Math.floor(MAX_COMPONENTS / dimensions))
  for (let at = 0; at < answered.length; at += most) {
    const page = answered.slice(at, at + most)
    await sql.query(
      `insert into embedding_cache (tenant_id, profile_id, text_hash, embedding)
       select t.tenant_id, $1::bigint, t.text_hash, (($4::real[])[(t.place - 1) * $5::int + 1 : t.place * $5::int])::vector
         from unnest($2::bigint[], $3::text[]) with ordinality as t (tenant_id, text_hash, place)
        where exists (select 1 from tenants n where n.id = t.tenant_id and n.erasing_since is null)
        order by t.tenant_id, t.text_hash
       on conflict (tenant_id, profile_id, text_hash) do update set used_at = now()`,
      [
        profileId,
        page.map((text) => text.tenantId),
        page.map((text) => text.textHash),
        realArray(page.map((text) => text.vector)),
        dimensions,
      ],
    )
  }
}

/** Marks a refused text: its chunks become dead letters of kind `embedding`; search by words still finds them. */
export async function markRefused(sql: Sql, chunks: { id: number; textHash: string }[], reason: string): Promise<void> {
  await sql.query(
    `update knowledge_chunks c set embedding_status = 'refused', embedding_error = $3, leased_until = null, dismissed_at = null,
            updated_at = now()
       from unnest($1::bigint[], $2::text[]) as r (id, text_hash) where c.id = r.id and c.text_hash = r.text_hash`,
    [chunks.map((chunk) => chunk.id), chunks.map((chunk) => chunk.textHash), reason.slice(0, 2000)],
  )
}
