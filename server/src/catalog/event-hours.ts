import type { Sql } from '../platform/database.ts'
import { NOTING_FAILED } from './event-attempts.ts'

/** What `event_hours` counts of an ended event, by its outcome. */
export const OUTCOME_COUNTS = [
  'created',
  'content_updated',
  'metadata_updated',
  'unchanged',
  'deleted',
  'superseded',
] as const

/**
 * Milliseconds between the 15 slots of `processing_times`: slot 0 is what took less than the first, the last what took longer than
 * all. Each is twice the one before, so that a percentile is known within a factor of two. Migration 0010 has them, too.
 */
export const PROCESSING_BOUNDS_MS = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

const SLOT = `width_bucket(processing_time_ms::float8, array[${PROCESSING_BOUNDS_MS.join(', ')}]::float8[])`
const RECEIVED_COUNTS = ['received', 'received_backfill', 'type_created', 'type_deleted', 'retries']
const COUNTS = [...RECEIVED_COUNTS, ...OUTCOME_COUNTS]
const SLOTS = PROCESSING_BOUNDS_MS.concat(Number.POSITIVE_INFINITY).map(
  (_, slot) => `count(*) filter (where slot = ${slot})`,
)

/** Of a tenant that is being erased nothing is counted. */
const IS_KEPT = 'exists (select 1 from tenants n where n.id = c.tenant_id and n.erasing_since is null)'
const HOUR_NOW = `date_trunc('hour', now(), 'UTC')`

/**
 * SQL that runs an update of `events e` which ends them (it may refer to other tables, and is without `returning`) and counts them
 * by the hour in the same statement. Whoever changes events locks them first and the hours after, each sorted: no deadlock.
 * `productsChange` is SQL for how many more products of the (one) store are shown since.
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

/** The same for an update that records a failed attempt, which is noted as well. */
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

/** Counts that a store shows so many products more without any event; after the events, as all that counts by the hour. */
export async function countProductsChange(tx: Sql, storeId: number, change: number): Promise<void> {
  if (change === 0) return
  await tx.query(
    `insert into event_hours as h (store_id, hour, tenant_id, products_change)
     select c.id, ${HOUR_NOW}, c.tenant_id, $2::int from stores c where c.id = $1 and ${IS_KEPT}
     on conflict (store_id, hour) do update set products_change = h.products_change + excluded.products_change`,
    [storeId, change],
  )
}
