import { realArray } from '../platform/binary-arrays.ts'
import type { Sql } from '../platform/database.ts'
import { storesInTurn, WORK_ID, WORK_STORE } from '../platform/fair-turns.ts'

/** A chunk that a worker has leased while it asks the provider. */
export interface LeasedChunk {
  id: number
  tenantId: number
  productId: number
  text: string
  textHash: string
}

/** A text of a tenant whose vector the cache holds, and the chunks that carry the text. */
export interface EmbeddedText {
  textHash: string
  chunkIds: number[]
}

/** Longer than a provider request may take (config.ts), shorter than the 30 s in which a killed worker's work runs again. */
const LEASE_SECONDS = 25
/**
 * A lease that ends later than this was given before the clock was set back. Not at once after the longest: `now()` is when a
 * transaction began, and a worker that waited for another one's lease has begun before it.
 */
const LONGEST_LEASE_SECONDS = 2 * LEASE_SECONDS

/** Of active products only: what is hidden waits, and must not take a turn that then has nothing to do. */
const PENDING = {
  table: 'knowledge_chunks',
  open: `embedding_status = 'pending'
         and (leased_until is null or leased_until not between now() and now() + interval '${LONGEST_LEASE_SECONDS} seconds')
         and exists (select 1 from products p where p.id = product_id and p.is_active)`,
}

/** Stores of one turn, so that many stores with a text each are embedded together. */
const STORES_A_TURN = 64
/** Of each of these, so that 64 stores with a backlog are not read for the 512 chunks of a turn. */
const MIN_CHUNKS_A_STORE = 128
/** Bytes of the texts of one turn: twice those of 512 ordinary chunks. */
const MAX_LEASED_BYTES = 2_000_000

/**
 * Leases up to `limit` pending chunks of active products, and 2 MB of their texts: live before backfill, stores in turn. Returns also the
 * last store served, from behind which the next turn begins.
 */
export async function leasePending(
  tx: Sql,
  afterStore: number,
  limit: number,
): Promise<{ chunks: LeasedChunk[]; lastStore: number }> {
  for (const priority of [0, 1]) {
    const stores = await storesInTurn(tx, PENDING, priority, afterStore, STORES_A_TURN)
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
        returning id, tenant_id as "tenantId", product_id as "productId", text, text_hash as "textHash"`,
      [
        stores.map((store) => store.storeId),
        priority,
        limit,
        Math.max(MIN_CHUNKS_A_STORE, Math.ceil(limit / stores.length)),
      ],
    )
    if (chunks.length > 0) return { chunks, lastStore: stores.at(-1)?.storeId ?? 0 }
  }
  return { chunks: [], lastStore: afterStore }
}

/** How many chunks wait, counted up to `limit`. */
export async function countPending(sql: Sql, limit: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from (select 1 from knowledge_chunks where ${PENDING.open} limit $1) as waiting`,
    [limit],
  )
  return row?.count ?? 0
}

/** Gives leased chunks back, for another turn. */
export async function releaseLeases(sql: Sql, chunkIds: number[]): Promise<void> {
  await sql.query('update knowledge_chunks set leased_until = null where id = any($1::bigint[])', [chunkIds])
}

/** Keeps chunks away from the next turns for a while, without an attempt: their lease ends by itself. */
export async function restLeases(sql: Sql, chunkIds: number[], restMs: number): Promise<void> {
  await sql.query(
    `update knowledge_chunks set leased_until = now() + $2 * interval '1 millisecond'
      where id = any($1::bigint[]) and embedding_status = 'pending'`,
    [chunkIds, restMs],
  )
}

/** All leases of a database that only this process uses are its own former life's: they end at start. */
export async function releaseAllLeases(sql: Sql): Promise<void> {
  await sql.query('update knowledge_chunks set leased_until = null where leased_until is not null')
}

/** Which of these texts have a vector already, as keys; the cache keeps what is asked for. */
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

/** Identifies a text: the same words in two tenants are two texts. */
export function textKey(text: { tenantId: number; textHash: string }): string {
  return `${text.tenantId} ${text.textHash}`
}

/**
 * Puts vectors of the cache in the place of the old ones, wherever the chunk still has the text they were made of. Products that have
 * all their vectors now are searchable at their version.
 */
export async function storeVectors(
  tx: Sql,
  profileId: number,
  embedded: EmbeddedText[],
  productIds: number[],
): Promise<void> {
  // Products first and in the order in which events lock them: see product-store.ts.
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

/** Components of the vectors that one statement carries: 4 bytes each, and 8 on the way. */
const MAX_COMPONENTS = 500_000

/**
 * Keeps what the provider answered, for any chunk that has the text. Committed before it is used: what was paid for is not lost with a
 * transaction that fails.
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

/** A text that the provider will not take: its chunks are dead letters of kind `embedding`; words still find them. */
export async function markRefused(sql: Sql, chunks: { id: number; textHash: string }[], reason: string): Promise<void> {
  await sql.query(
    `update knowledge_chunks c set embedding_status = 'refused', embedding_error = $3, leased_until = null, updated_at = now()
       from unnest($1::bigint[], $2::text[]) as r (id, text_hash) where c.id = r.id and c.text_hash = r.text_hash`,
    [chunks.map((chunk) => chunk.id), chunks.map((chunk) => chunk.textHash), reason.slice(0, 2000)],
  )
}
