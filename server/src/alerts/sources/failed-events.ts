import { createHash } from 'node:crypto'
import type { Access } from '../../platform/db/database.ts'
import type { Finding, Seen } from '../alert-kinds.ts'

/** Maximum rows of each kind that one look reads. With more of them the counts are too low, and no alert is closed. */
const MAX_ROWS = 20_000
/** A cause is told this long after its first failure, so that the first message counts the whole storm. */
const SETTLE_S = 30
const MAX_REASON_LENGTH = 500
/** A message of a provider names its cause first, and may then quote the text. */
const CAUSE_LENGTH = 100
/** Above this number of causes a tenant gets one alert for all of them: no storm of alerts. */
const MAX_CAUSES = 20

/** Failures with one cause, of one tenant. */
export interface FailedGroup {
  tenantId: number
  source: 'event' | 'text'
  cause: string
  /** One of the stored reasons. */
  reason: string
  count: number
  products: number
  firstAt: Date
}

/** Groups the open dead letters of both kinds by their cause: the code of a failure, or its words without their numbers. */
export async function seeFailedEvents(sql: Access): Promise<Seen> {
  const groups = await sql.query<FailedGroup & { rows: number }>(
    `with failed as (
       (select e.tenant_id, e.store_id, 'event' as source, e.error as reason, e.external_product_id as thing, e.processed_at as at
          from events e where e.status = 'dead' and e.dismissed_at is null limit ${MAX_ROWS})
       union all
       (select c.tenant_id, c.store_id, 'text', coalesce(c.embedding_error, ''), coalesce(c.product_id, -c.document_id), c.updated_at
          from knowledge_chunks c where c.embedding_status = 'refused' and c.dismissed_at is null limit ${MAX_ROWS}))
     select f.tenant_id as "tenantId", f.source, cause, min(f.reason) as reason, count(*)::int as count,
            count(distinct (f.store_id, f.thing))::int as products, min(f.at) as "firstAt", max(k.rows)::int as rows
       from failed f
       join (select source, count(*) as rows from failed group by source) k on k.source = f.source
       join stores s on s.id = f.store_id and s.deleted_at is null
       join tenants t on t.id = f.tenant_id and t.erasing_since is null
      cross join lateral (select coalesce(substring(f.reason from '\\(code (\\w{1,40})\\)'),
                                          regexp_replace(left(f.reason, ${CAUSE_LENGTH}), '"[^"]*"|“[^”]*”|[0-9]+', '#', 'g')) as cause) c
      group by f.tenant_id, f.source, cause
     having min(f.at) < now() - interval '${SETTLE_S} s'`,
  )
  const isPartial = groups.some(({ rows }) => rows >= MAX_ROWS)
  return {
    findings: [...mergeCauses(groups).map(ofTenant), ...acrossTenants(groups)],
    kinds: ['failed_events'],
    covers: () => !isPartial,
  }
}

/** Merges the groups of a tenant with too many causes, for each kind of dead letter. Pure. */
export function mergeCauses(groups: FailedGroup[]): FailedGroup[] {
  return [...Map.groupBy(groups, ({ tenantId, source }) => `${tenantId}:${source}`).values()].flatMap((same) => {
    const [first] = same
    if (!first || same.length <= MAX_CAUSES) return same
    const sum = (of: (group: FailedGroup) => number) => same.reduce((total, group) => total + of(group), 0)
    return [
      {
        ...first,
        cause: 'many',
        count: sum(({ count }) => count),
        products: sum(({ products }) => products),
        firstAt: new Date(Math.min(...same.map(({ firstAt }) => firstAt.getTime()))),
      },
    ]
  })
}

function ofTenant({ tenantId, source, cause, reason, count, products, firstAt }: FailedGroup): Finding {
  return {
    tenantId,
    storeId: null,
    kind: 'failed_events',
    groupKey: keyOf(source, cause),
    level: 1,
    count,
    facts: { source, reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed(), products },
    since: firstAt,
  }
}

/** A cause that concerns several tenants is also told to the admins, once for all of them. Pure. */
export function acrossTenants(groups: FailedGroup[]): Finding[] {
  const byCause = Map.groupBy(groups, ({ source, cause }) => keyOf(source, cause))
  return [...byCause].flatMap(([groupKey, same]): Finding[] => {
    const [first] = same
    if (!first || same.length < 2) return []
    const sum = (of: (group: FailedGroup) => number) => same.reduce((total, group) => total + of(group), 0)
    return [
      {
        tenantId: null,
        storeId: null,
        kind: 'failed_events',
        groupKey,
        level: 1,
        count: sum(({ count }) => count),
        facts: {
          source: first.source,
          reason: first.reason.slice(0, MAX_REASON_LENGTH).toWellFormed(),
          products: sum(({ products }) => products),
          tenants: same.length,
        },
        since: new Date(Math.min(...same.map(({ firstAt }) => firstAt.getTime()))),
      },
    ]
  })
}

function keyOf(source: string, cause: string): string {
  return `${source}:${createHash('sha256').update(cause).digest('hex').slice(0, 32)}`
}
