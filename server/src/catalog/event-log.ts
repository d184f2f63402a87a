import type { WebhookEvent } from '../ingest/event-schema.ts'
import { countedVersion, isBelievable } from '../ingest/version-bounds.ts'
import type { Sql } from '../platform/database.ts'
import { WORK_ID, WORK_STORE, type WorkList } from '../platform/fair-turns.ts'
import { countingEnded, countingFailed } from './event-hours.ts'
import type { Outcome } from './version-order.ts'

/** `now()` is when a transaction began: what another one has just written may lie so far ahead of it. */
const SLACK_MS = 10_000

/**
 * What of the event log is work. `next_attempt_at` lets a failed event rest without holding up the others; one that would rest for
 * longer than a delay failed before the clock was set back.
 */
export function openEvents(retryDelayMs: number): WorkList {
  const isDue = `(next_attempt_at <= now() or next_attempt_at > now() + interval '${retryDelayMs + SLACK_MS} milliseconds')`
  return { table: 'events', open: `status in ('received', 'retrying') and ${isDue}` }
}

export interface OpenEvent {
  id: number
  /** As PostgreSQL writes it: a JavaScript date would lose the microseconds, and with them the row. */
  receivedAt: string
  tenantId: number
  storeId: number
  eventId: string
  eventType: WebhookEvent['event_type']
  payload: WebhookEvent
  version: number
  isVersioned: boolean
  priority: number
  attempts: number
}

const OPEN_EVENT_COLUMNS = `id, received_at::text as "receivedAt", tenant_id as "tenantId", store_id as "storeId",
  event_id as "eventId", event_type as "eventType", payload, ${countedVersion('version', 'received_at')} as version,
  is_versioned and ${isBelievable('version', 'received_at')} as "isVersioned", priority, attempts`

/** Any constant will do that no other advisory lock of ours uses; the second key is the store. */
const STORE_LOCK = 7_105_112

/**
 * Takes the store for this transaction, so that one worker at a time applies its events; false when another has it. The
 * lock goes with the transaction, hence with the worker, however it ends: no claim has to expire.
 */
export async function lockStore(tx: Sql, storeId: number): Promise<boolean> {
  const [row] = await tx.query<{ locked: boolean }>('select pg_try_advisory_xact_lock($1::int, $2::int) as locked', [
    STORE_LOCK,
    storeId % 2 ** 31,
  ])
  return row?.locked ?? false
}

/** The same, for somebody who can wait for the batch that is being applied. */
export async function lockStoreAndWait(tx: Sql, storeId: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1::int, $2::int)', [STORE_LOCK, storeId % 2 ** 31])
}

/** True when the store was deleted: what was acknowledged for it just before has nowhere to go. */
export async function isDeletedStore(tx: Sql, storeId: number): Promise<boolean> {
  return (await tx.query('select 1 from stores where id = $1 and deleted_at is not null', [storeId])).length > 0
}

/**
 * Forgets what was acknowledged for a store just before it was erased with its tenant. Events go before their ids: one that is
 * committed between the two statements stays as an event, which is work, and is dropped next; its id alone would stay for good.
 * What is noted of an event goes with it, by its foreign key.
 */
export async function dropEvents(sql: Sql, storeId: number): Promise<void> {
  await sql.query('delete from events where store_id = $1', [storeId])
  await sql.query('delete from event_ids where store_id = $1', [storeId])
}

/** The store's oldest open events of this priority. */
export async function claimEvents(
  tx: Sql,
  { open }: WorkList,
  storeId: number,
  priority: number,
  limit: number,
): Promise<OpenEvent[]> {
  return await tx.query<OpenEvent>(
    `select ${OPEN_EVENT_COLUMNS} from events
      where ${open} and priority = $1 and ${WORK_STORE} = $2
      order by ${WORK_ID} limit $3 for update skip locked`,
    [priority, storeId, limit],
  )
}

export interface AppliedEvent {
  event: OpenEvent
  outcome: Outcome
  /** Differs from the event's own for a deletion without version, which takes its place after what is stored. */
  version: number
}

/** Ends events of a store, with what came of them. `processingTimeMs` is one event's share of its batch. */
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
      where e.id = r.id and e.received_at = r.received_at`,
      '$6::int',
    ),
    [
      applied.map((entry) => entry.event.id),
      applied.map((entry) => entry.event.receivedAt),
      applied.map((entry) => entry.outcome),
      applied.map((entry) => entry.version),
      processingTimeMs,
      productsChange,
    ],
  )
}

/** Records an event's own failure: it tries again later, or, with its retries used up, it is a dead letter. */
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

/** When the next event that rests is due, as a time of `performance.now()`, or null. */
export async function nextDue(sql: Sql): Promise<number | null> {
  const [row] = await sql.query<{ waitMs: number | null }>(
    `select extract(epoch from min(next_attempt_at) - now())::float8 * 1000 as "waitMs" from events where status = 'retrying'`,
  )
  return row?.waitMs == null ? null : performance.now() + Math.max(0, row.waitMs)
}
