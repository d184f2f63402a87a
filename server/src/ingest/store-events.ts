import { bigintArray, textArray } from '../platform/db/binary-arrays.ts'
import type { Database, Sql } from '../platform/db/database.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import { ensurePartitions } from './partitions.ts'
import type { ReadEvent } from './read-event.ts'
import { isWithinLimit, versionOf } from './version-bounds.ts'

/** An event and the store of its token. */
export interface IncomingEvent {
  tenantId: number
  storeId: number
  sourceIp: string
  userAgent: string
  event: ReadEvent
}

/**
 * Result of receiving an event: `accepted` (stored now), `skipped` (received before), `conflict` (the id was received with a
 * different body) or `ahead` (the version is too far in the future).
 */
export type Receipt = 'accepted' | 'skipped' | 'conflict' | 'ahead'

/** The stage that a stored event wakes. */
export const APPLY_STAGE = 'apply-events'

/**
 * Stores a batch of events, their ids and one wake-up job in one transaction; when this resolves, all of it is durable. Equal ids
 * in the batch are resolved in memory (one INSERT … ON CONFLICT would return one row for both). Rows are inserted sorted, because
 * two processes that insert the same ids in opposite order deadlock even with ON CONFLICT. The ids of the log follow the order of
 * arrival, which decides between events without a version.
 */
export async function storeEvents(db: Database, queue: Queue, batch: IncomingEvent[]): Promise<Receipt[]> {
  db.assureRoom()
  const first = new Map<string, IncomingEvent>()
  for (const incoming of batch) {
    const key = keyOf(incoming)
    if (!first.has(key)) first.set(key, incoming)
  }
  const rows = [...first.values()]
  const { taken, knownHashes } = await withPartitions(db, () =>
    db.service.transaction(async (tx) => {
      // Sent together, which saves a round trip per flush. A wake-up for a batch of duplicates is harmless.
      const inserting = insertNew(tx, rows)
      const waking = queue.wake(tx, APPLY_STAGE)
      // Both must end before the transaction does, because its connection is reused.
      await Promise.allSettled([inserting, waking])
      const taken = await inserting
      await waking
      return {
        taken,
        knownHashes: await hashesOf(
          tx,
          rows.filter((row) => !taken.has(keyOf(row))),
        ),
      }
    }),
  )
  return batch.map((incoming) => {
    const key = keyOf(incoming)
    const owner = first.get(key)
    if (taken.has(key)) {
      if (owner === incoming) return 'accepted'
      return owner?.event.bodyHash === incoming.event.bodyHash ? 'skipped' : 'conflict'
    }
    const known = knownHashes.get(key)
    // Neither stored now nor known before: the version was rejected.
    if (known === undefined) return owner?.event.bodyHash === incoming.event.bodyHash ? 'ahead' : 'conflict'
    return known === incoming.event.bodyHash ? 'skipped' : 'conflict'
  })
}

function keyOf(incoming: IncomingEvent): string {
  return `${incoming.storeId} ${incoming.event.eventId}`
}

/** Rows are sent as binary arrays, one per column, which avoids quoting and parsing. */
async function insertNew(tx: Sql, rows: IncomingEvent[]): Promise<Set<string>> {
  const taken = await tx.query<{ key: string }>(
    `with incoming as (
       select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                            $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[])
              with ordinality as i (tenant_id, store_id, event_id, body_hash, event_type, source, external_product_id,
                                    payload, version, is_versioned, priority, source_ip, user_agent, arrival)
     ), taken as (
       insert into event_ids (store_id, event_id, body_hash, received_at)
       select store_id, event_id, body_hash, now() from incoming
        where is_versioned = 0 or ${isWithinLimit('version', 'now()')}
        order by store_id, event_id collate "C"
       on conflict do nothing
       returning store_id, event_id
     ), logged as (
       insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source,
                           external_product_id, payload, version, is_versioned, priority, source_ip, user_agent)
       select now(), now(), i.tenant_id, i.store_id, i.event_id, i.event_type, i.source, i.external_product_id,
              i.payload::json, case when i.is_versioned = 1 then i.version else least(i.version, ${versionOf('now()')}) end, i.is_versioned = 1, i.priority::smallint, i.source_ip, i.user_agent
         from incoming i join taken using (store_id, event_id)
        order by i.arrival
     )
     select store_id || ' ' || event_id as key from taken`,
    [
      bigintArray(rows.map((row) => row.tenantId)),
      bigintArray(rows.map((row) => row.storeId)),
      textArray(rows.map((row) => row.event.eventId)),
      textArray(rows.map((row) => row.event.bodyHash)),
      textArray(rows.map((row) => row.event.eventType)),
      textArray(rows.map((row) => row.event.source)),
      bigintArray(rows.map((row) => row.event.productId)),
      textArray(rows.map((row) => row.event.payload)),
      bigintArray(rows.map((row) => row.event.version)),
      bigintArray(rows.map((row) => Number(row.event.isVersioned))),
      bigintArray(rows.map((row) => row.event.priority)),
      textArray(rows.map((row) => row.sourceIp)),
      textArray(rows.map((row) => row.userAgent)),
    ],
  )
  return new Set(taken.map((row) => row.key))
}

/** Body hashes of known ids. A separate statement, because the insert waited for concurrent inserts of the same ids. */
async function hashesOf(tx: Sql, rows: IncomingEvent[]): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map()
  const known = await tx.query<{ key: string; hash: string }>(
    `select i.store_id || ' ' || i.event_id as key, i.body_hash as hash
       from event_ids i join unnest($1::bigint[], $2::text[]) as r (store_id, event_id) using (store_id, event_id)`,
    [rows.map((row) => row.storeId), rows.map((row) => row.event.eventId)],
  )
  return new Map(known.map((row) => [row.key, row.hash]))
}

/** A partition may be missing after weeks without a start or after a clock change: it is created and the insert repeated. */
async function withPartitions<T>(db: Database, insert: () => Promise<T>): Promise<T> {
  try {
    return await insert()
  } catch (error) {
    if (!isMissingPartition(error)) throw error
    await ensurePartitions(db)
    return await insert()
  }
}

const CHECK_VIOLATION = '23514'

/**
 * True when no partition accepts the row: a check violation of the partitioned table itself, without a constraint name. The message
 * text depends on the language of the database server.
 */
function isMissingPartition(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, table, constraint } = error as { code?: string; table?: string; constraint?: string }
  return code === CHECK_VIOLATION && table === 'events' && !constraint
}
