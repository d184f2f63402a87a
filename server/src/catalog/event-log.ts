import type { WebhookEvent } from '../ingest/event-schema.ts'
import { countedVersion, isWithinLimit } from '../ingest/version-bounds.ts'
import type { Sql } from '../platform/db/database.ts'
import { WORK_ID, WORK_STORE, type WorkList } from '../platform/runtime/fair-turns.ts'
import { countingEnded, countingFailed } from './event-hours.ts'
import { STAMP } from './products/search-terms.ts'
import type { Outcome } from './products/version-order.ts'

/** Tolerance, because `now()` is the start of the transaction: another one may have written a time this far ahead. */
const CLOCK_TOLERANCE_MS = 10_000

/**
 * The open part of the event log. `next_attempt_at` lets a failed event wait without blocking others. An event that would wait
 * longer than one retry delay failed before the clock was set back, and is due.
 */
export function openEvents(retryDelayMs: number): WorkList {
  const isDue = `(next_attempt_at <= now() or next_attempt_at > now() + interval '${retryDelayMs + CLOCK_TOLERANCE_MS} milliseconds')`
  return { table: 'events', open: `status in ('received', 'retrying') and ${isDue}` }
}

/** An event to apply, as read: another worker may have applied it since. */
export interface OpenEvent {
  id: number
  /** PostgreSQL's text form: a JavaScript date would lose the microseconds and no longer match the row. */
  receivedAt: string
  tenantId: number
  storeId: number
  eventId: string
  eventType: WebhookEvent['event_type']
  productId: number
  /** The event's JSON as text: parsing belongs to the work on this event, and an error fails only this event. */
  payload: string
  version: number
  isVersioned: boolean
  priority: number
  attempts: number
  /** The stamp of the product's words (search-terms.ts) when the event was read; null without a shown product. */
  wordsStamp: string | null
}

/** Maximum payload bytes per turn. The payload of one event has up to 1 MB, a hundred of them up to 100 MB. */
const MAX_BYTES_PER_TURN = 4_000_000

/** An arbitrary constant that no other advisory lock uses; the second key is the store. */
const STORE_LOCK = 7_105_112

/** True for the rest of a transaction in which `lockStore` has locked the store. */
export const HAS_STORE = `current_setting('fiko.has_store', true) = 'true'`

/**
 * Locks the store for this transaction, so that one worker at a time applies its events; false when another worker has it. The lock
 * ends with the transaction and thus with the worker; no claim has to expire. Statements with `HAS_STORE` can be sent together with
 * this one: without the lock they find no rows and lock none.
 */
export async function lockStore(tx: Sql, storeId: number): Promise<boolean> {
  const [row] = await tx.query<{ locked: string }>(
    `select set_config('fiko.has_store', pg_try_advisory_xact_lock($1::int, $2::int)::text, true) as locked`,
    [STORE_LOCK, storeId % 2 ** 31],
  )
  return row?.locked === 'true'
}

/** The same, but waits for the batch in progress. */
export async function lockStoreAndWait(tx: Sql, storeId: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1::int, $2::int)', [STORE_LOCK, storeId % 2 ** 31])
}

/** True when the store is deleted: its remaining events end without an effect. */
export async function isDeletedStore(tx: Sql, storeId: number): Promise<boolean> {
  return (await tx.query('select 1 from stores where id = $1 and deleted_at is not null', [storeId])).length > 0
}

/**
 * Maximum events of an erased tenant that one turn deletes, by number and by payload bytes: each 2 kB of a payload is a row to
 * delete.
 */
const MAX_DROPPED_PER_TURN = 500
const MAX_DROPPED_BYTES = 8_000_000

/**
 * Deletes some events that were acknowledged just before their store was erased with its tenant. An event and its id are deleted in
 * one statement. An event that is committed meanwhile stays as open work and is deleted in a later turn. Attempts are deleted by
 * foreign key.
 */
export async function dropEvents(sql: Sql, storeId: number): Promise<void> {
  await sql.query(
    `with chosen as (
       select id, received_at from (
         select id, received_at, pg_column_size(payload) as bytes,
                sum(pg_column_size(payload)) over (order by id rows unbounded preceding) as total
           from (select id, received_at, payload from events where store_id = $1 order by id limit ${MAX_DROPPED_PER_TURN}) oldest) weighed
        where total <= ${MAX_DROPPED_BYTES} or total = bytes
     ), gone as (
       delete from events e using chosen c where e.id = c.id and e.received_at = c.received_at returning e.event_id
     )
     delete from event_ids where store_id = $1 and event_id in (select event_id from gone)`,
    [storeId],
  )
}

/** Columns of an `OpenEvent` of the rows `weighed`. */
const OPEN_EVENT = `id, received_at::text as "receivedAt", tenant_id as "tenantId", store_id as "storeId", event_id as "eventId",
  event_type as "eventType", external_product_id as "productId", payload::text as payload,
  ${countedVersion('version', 'received_at')} as version, is_versioned and ${isWithinLimit('version', 'received_at')} as "isVersioned",
  priority, attempts,
  (select ${STAMP} from products p
    where p.tenant_id = weighed.tenant_id and p.store_id = weighed.store_id
      and p.external_product_id = weighed.external_product_id and p.is_active) as "wordsStamp"`

/**
 * SQL for the oldest open events of a store with the values that limit a turn. Payloads are stored uncompressed
 * (ingest/partitions.ts), so their size is known without reading them.
 */
function oldestOpen(open: string, priority: string, storeId: string, limit: string): string {
  return `select *, row_number() over oldest_first as place, first_value(attempts) over oldest_first as first_attempts,
                 sum(pg_column_size(payload)) over oldest_first as total
            from (select * from events where ${open} and priority = ${priority} and ${WORK_STORE} = ${storeId}
                   order by ${WORK_ID} limit ${limit}) oldest
          window oldest_first as (order by id rows unbounded preceding)`
}

/**
 * Reads the oldest open events of the store with this priority, without locks: at most `limit` events and about `bytes` of
 * payloads, but at least one. An event that failed before comes alone, so that it cannot fail others again.
 */
export async function claimEvents(
  sql: Sql,
  { open }: WorkList,
  storeId: number,
  priority: number,
  limit: number,
  bytes = MAX_BYTES_PER_TURN,
): Promise<OpenEvent[]> {
  return await sql.query<OpenEvent>(
    `select ${OPEN_EVENT} from (${oldestOpen(open, '$1', '$2', '$3')}) weighed
      where place = 1 or (first_attempts = 0 and attempts = 0 and total <= $4)
      order by id`,
    [priority, storeId, limit, bytes],
  )
}

/** Events read ahead per store when many stores wait: most stores have one or two. */
const MAX_EVENTS_AHEAD = 10

/**
 * Reads the oldest open events of many stores at once, under the service role, like all scheduling. A store is read completely or
 * not at all: stores with more events, with a failed event, or beyond 4 MB in total are skipped. An event is applied under the role
 * of its tenant, which cannot lock events of other tenants.
 */
export async function readAhead(
  service: Sql,
  { open }: WorkList,
  storeIds: number[],
  priority: number,
): Promise<Map<number, OpenEvent[]>> {
  const rows = await service.query<OpenEvent>(
    `select ${OPEN_EVENT}
       from (select *, sum(case when first_of_store = id then store_bytes end) over (order by turn, id) as all_bytes
               from (select s.turn, e.*, min(e.id) over stores as first_of_store, count(*) over stores as count,
                            max(e.attempts) over stores as most_attempts, sum(pg_column_size(e.payload)) over stores as store_bytes
                       from unnest($2::bigint[]) with ordinality as s (store_id, turn)
                      cross join lateral (select * from events where ${open} and priority = $1 and ${WORK_STORE} = s.store_id
                                           order by ${WORK_ID} limit ${MAX_EVENTS_AHEAD + 1}) e
                     window stores as (partition by s.turn)) counted) weighed
      where count <= ${MAX_EVENTS_AHEAD} and most_attempts = 0 and all_bytes <= ${MAX_BYTES_PER_TURN}
      order by turn, id`,
    [priority, storeIds],
  )
  return Map.groupBy(rows, (event) => event.storeId)
}

/**
 * First and last time of receipt, for two placeholders. With both in a statement the planner considers only the partitions of these
 * weeks; planning for all weeks took twice as long as the query.
 */
function timesOf(events: OpenEvent[]): [Date, Date] {
  const times = events.map((event) => Date.parse(event.receivedAt))
  const [first, last] = times.reduce(
    ([low, high], time) => [Math.min(low, time), Math.max(high, time)],
    [Infinity, -Infinity],
  )
  // Rounded up, because a Date has no microseconds.
  return [new Date(first), new Date(last + 1)]
}

/** Locks the events that are still open as read, under the store's lock. Returns their ids. */
export async function lockEvents(tx: Sql, events: OpenEvent[]): Promise<Set<number>> {
  const rows = await tx.query<{ id: number }>(
    `select e.id from events e join unnest($1::bigint[], $2::timestamptz[], $3::int[]) as r (id, received_at, attempts)
         on e.id = r.id and e.received_at = r.received_at and e.attempts = r.attempts
      where e.status in ('received', 'retrying') and e.received_at between $4 and $5 and ${HAS_STORE}
      order by e.id for update of e skip locked`,
    [
      events.map((event) => event.id),
      events.map((event) => event.receivedAt),
      events.map((event) => event.attempts),
      ...timesOf(events),
    ],
  )
  return new Set(rows.map((row) => row.id))
}

export interface AppliedEvent {
  event: OpenEvent
  outcome: Outcome
  /** Differs from the event's version for a deletion without a version, which is ordered after the stored product. */
  version: number
}

/** Finishes events of a store with their outcomes. `processingTimeMs` is one event's share of its batch. */
export async function finishEvents(
  tx: Sql,
  applied: AppliedEvent[],
  { processingTimeMs, productsChange }: { processingTimeMs: number; productsChange: number },
): Promise<void> {
  await tx.query(
    countingEnded(
      `update events e
        set status = case when r.outcome = 'superseded' then 'superseded' else 'processed' end,
            outcome = r.outcome, version = r.version, attempts = e.attempts + 1, error = null,
            processing_time_ms = $5::real, processed_at = now()
       from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[]) as r (id, received_at, outcome, version)
      where e.id = r.id and e.received_at = r.received_at and e.received_at between $7 and $8`,
      '$6::int',
    ),
    [
      applied.map((entry) => entry.event.id),
      applied.map((entry) => entry.event.receivedAt),
      applied.map((entry) => entry.outcome),
      applied.map((entry) => entry.version),
      processingTimeMs,
      productsChange,
      ...timesOf(applied.map((entry) => entry.event)),
    ],
  )
}

/** Records an event's own failure: the event is retried later or, after its last retry, becomes a dead letter. */
export async function failEvent(
  sql: Sql,
  event: OpenEvent,
  reason: string,
  { dead, delayMs }: { dead: boolean; delayMs: number },
): Promise<void> {
  await sql.query(
    countingFailed(`update events e set status = $3, attempts = attempts + 1, error = $4,
            next_attempt_at = now() + $5 * interval '1 millisecond',
            processed_at = case when $3 = 'dead' then now() end
      where id = $1 and received_at = $2::timestamptz and status in ('received', 'retrying')`),
    [event.id, event.receivedAt, dead ? 'dead' : 'retrying', reason.slice(0, 2000), delayMs],
  )
}

/** Time (`performance.now()`) at which the next waiting event is due, or null. */
export async function nextDue(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ waitMs: number | null }>(
    `select extract(epoch from min(next_attempt_at) - now())::float8 * 1000 as "waitMs" from events where status = 'retrying'`,
  )
  return row?.waitMs == null ? null : performance.now() + Math.max(0, row.waitMs)
}
