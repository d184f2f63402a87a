import type { Sql } from '../platform/db/database.ts'
import { NOTING_FAILED } from './event-attempts.ts'

/** Outcomes of finished events that `event_hours` counts. */
export const OUTCOME_COUNTS = [
  'created',
  'content_updated',
  'metadata_updated',
  'unchanged',
  'deleted',
  'superseded',
] as const

/**
 * Upper bounds in milliseconds of the slots of `processing_times` (15 slots: the first is below all bounds, the last above). Each
 * bound is twice the previous one, so a percentile is exact within a factor of two. Migration 0010 contains the same bounds.
 */
export const PROCESSING_BOUNDS_MS = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

const SLOT = `width_bucket(processing_time_ms::float8, array[${PROCESSING_BOUNDS_MS.join(', ')}]::float8[])`
const RECEIVED_COUNTS = ['received', 'received_backfill', 'type_created', 'type_deleted', 'retries']
const COUNTS = [...RECEIVED_COUNTS, ...OUTCOME_COUNTS]
const SLOTS = PROCESSING_BOUNDS_MS.concat(Number.POSITIVE_INFINITY).map(
  (_, slot) => `count(*) filter (where slot = ${slot})`,
)

/** Skips tenants that are being erased. */
const IS_KEPT = 'exists (select 1 from tenants n where n.id = c.tenant_id and n.erasing_since is null)'
const HOUR_NOW = `date_trunc('hour', now(), 'UTC')`

/**
 * SQL that runs an update of `events e` which finishes them (other tables are allowed, without `returning`) and adds them to the
 * hourly counters in the same statement. Every writer locks events first and hours afterwards, each sorted, which prevents
 * deadlocks. `productsChange` is SQL for the change in the number of shown products of the (one) store.
 */
export function countingEnded(update: string, productsChange = '0'): string {
  return `with ended as (
      ${update}
      returning e.tenant_id, e.store_id, e.source, e.event_type, e.attempts, e.outcome, e.received_at, e.processing_time_ms
    ), counted as (
      select store_id, date_trunc('hour', received_at, 'UTC') as hour, tenant_id, 1 as received,
             (source = 'backfill')::int as received_backfill, (event_type = 'product.created')::int as type_created,
             (event_type = 'product.deleted')::int as type_deleted, greatest(attempts - 1, 0) as retries,
             null as outcome, null::float8 as ms, null::int as slot
        from ended
       union all
      select store_id, ${HOUR_NOW}, tenant_id, ${RECEIVED_COUNTS.map(() => 0)}, outcome, processing_time_ms, ${SLOT} from ended
    )
    insert into event_hours as h (store_id, hour, tenant_id, ${COUNTS.join(', ')}, products_change, processing_ms, processing_times, last_ended_at)
    select store_id, hour, tenant_id, ${RECEIVED_COUNTS.map((count) => `sum(${count})`)},
           ${OUTCOME_COUNTS.map((outcome) => `count(*) filter (where outcome = '${outcome}')`).join(', ')},
           case when hour = ${HOUR_NOW} then ${productsChange} else 0 end,
           coalesce(sum(ms), 0), array[${SLOTS.join(', ')}], case when bool_or(outcome is not null) then now() end
      from counted c where ${IS_KEPT}
     group by store_id, hour, tenant_id order by store_id, hour
    on conflict (store_id, hour) do update
      set ${COUNTS.map((count) => `${count} = h.${count} + excluded.${count}`).join(', ')},
          products_change = h.products_change + excluded.products_change,
          processing_ms = h.processing_ms + excluded.processing_ms,
          processing_times = (select array_agg(a + b order by slot)
                                from unnest(h.processing_times, excluded.processing_times) with ordinality as t (a, b, slot)),
          last_ended_at = greatest(h.last_ended_at, excluded.last_ended_at)`
}

/** The same for an update that records a failed attempt; also writes the attempt itself. */
export function countingFailed(update: string): string {
  return `with failed as (
      ${update}
      returning e.id, e.received_at, e.tenant_id, e.store_id, e.status, e.attempts, e.error
    ), ${NOTING_FAILED}
    insert into event_hours as h (store_id, hour, tenant_id, failures, dead)
    select store_id, ${HOUR_NOW}, tenant_id, count(*), count(*) filter (where status = 'dead')
      from failed c where ${IS_KEPT} group by store_id, tenant_id
    on conflict (store_id, hour) do update set failures = h.failures + excluded.failures, dead = h.dead + excluded.dead`
}

/** Counts a change in the number of shown products without an event. Runs after the events, like all hourly counters. */
export async function countProductsChange(tx: Sql, storeId: number, change: number): Promise<void> {
  if (change === 0) return
  await tx.query(
    `insert into event_hours as h (store_id, hour, tenant_id, products_change)
     select c.id, ${HOUR_NOW}, c.tenant_id, $2::int from stores c where c.id = $1 and ${IS_KEPT}
     on conflict (store_id, hour) do update set products_change = h.products_change + excluded.products_change`,
    [storeId, change],
  )
}
