import { type Static, Type } from 'typebox'
import { OUTCOME_COUNTS, PROCESSING_BOUNDS_MS } from '../catalog/event-hours.ts'
import type { Sql } from '../platform/db/database.ts'
import { component, nullable, record } from '../platform/http/contract.ts'

/** Totals of received events, including those pruned from the log (as long as hourly counters are kept: prune-hours.ts). */
export const EventStats = component(
  'EventStats',
  Type.Object({
    total: Type.Integer(),
    by_status: record(Type.Integer()),
    by_event_type: record(Type.Integer()),
    average_processing_time_ms: nullable(Type.Number()),
    retries: Type.Integer({ description: 'attempts after the first' }),
    dead: Type.Integer(),
  }),
)
export type EventStats = Static<typeof EventStats>

/** Number of events with a known processing time; a subselect over the array took five times as long. */
const TIMED = PROCESSING_BOUNDS_MS.concat(0)
  .map((_, slot) => `processing_times[${slot + 1}]`)
  .join(' + ')

type Ended = Record<(typeof OUTCOME_COUNTS)[number] | 'received' | 'type_created' | 'type_deleted' | 'retries', number>

/**
 * Finished events come from the hourly counters; open events and dead letters are counted in the log, where partial indexes cover
 * them.
 */
export async function readStats(sql: Sql, tenantId: number | null): Promise<EventStats> {
  const sums = [...OUTCOME_COUNTS, 'received', 'type_created', 'type_deleted', 'retries']
  const [ended] = await sql.query<Ended & { ms: number; timed: number }>(
    `select ${sums.map((name) => `coalesce(sum(${name}), 0)::float8 as ${name}`).join(', ')},
            coalesce(sum(processing_ms), 0) as ms,
            coalesce(sum(${TIMED}), 0)::float8 as timed
       from event_hours where ($1::bigint is null or tenant_id = $1)`,
    [tenantId],
  )
  const others = await sql.query<{ status: string; event_type: string; count: number; retries: number }>(
    `select status, event_type, count(*)::int as count, sum(greatest(attempts - 1, 0))::int as retries
       from (select status, event_type, attempts from events
              where status in ('received', 'retrying') and ($1::bigint is null or tenant_id = $1)
              union all
             select status, event_type, attempts from events where status = 'dead' and ($1::bigint is null or tenant_id = $1)) e
      group by status, event_type`,
    [tenantId],
  )
  if (!ended) throw new Error('an aggregate without groups returned no row')
  const byStatus = new Map<string, number>([
    ['processed', ended.received - ended.superseded],
    ['superseded', ended.superseded],
  ])
  const byType = new Map<string, number>([
    ['product.created', ended.type_created],
    ['product.updated', ended.received - ended.type_created - ended.type_deleted],
    ['product.deleted', ended.type_deleted],
  ])
  for (const { status, event_type: type, count } of others) {
    byStatus.set(status, (byStatus.get(status) ?? 0) + count)
    byType.set(type, (byType.get(type) ?? 0) + count)
  }
  const some = (counts: Map<string, number>) => Object.fromEntries([...counts].filter(([, count]) => count > 0))
  return {
    total: others.reduce((sum, row) => sum + row.count, ended.received),
    by_status: some(byStatus),
    by_event_type: some(byType),
    average_processing_time_ms: ended.timed === 0 ? null : Math.round((ended.ms / ended.timed) * 100) / 100,
    retries: others.reduce((sum, row) => sum + row.retries, ended.retries),
    dead: byStatus.get('dead') ?? 0,
  }
}
