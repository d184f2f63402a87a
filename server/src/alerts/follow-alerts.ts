import type { Sql } from '../platform/db/database.ts'
import type { AlertKind, Facts, Finding, Seen } from './alert-kinds.ts'

/** An alert is over after this many minutes without a finding, so that a problem that comes and goes is told once. */
const OVER_AFTER_MINUTES = 5
/** A problem of one machine (a disk) that no process has seen for this long is over: the machine is gone. */
const FORGOTTEN_AFTER_HOURS = 24

/** An alert as stored. */
export interface AlertRow {
  id: number
  tenantId: number | null
  storeId: number | null
  kind: AlertKind
  groupKey: string
  level: number
  count: number
  facts: Facts
  firstSeenAt: Date
  lastSeenAt: Date
  closedAt: Date | null
}

/** A change that people are told about. */
export interface Change {
  alert: AlertRow
  change: 'opened' | 'raised' | 'closed'
}

export const ALERT_COLUMNS = `a.id, a.tenant_id as "tenantId", a.store_id as "storeId", a.kind, a.group_key as "groupKey", a.level,
  a.count::float8 as count, a.facts, a.first_seen_at as "firstSeenAt", a.last_seen_at as "lastSeenAt", a.closed_at as "closedAt"`

/** The findings as a table `f`, of the values $1 to $8. */
const FINDINGS = `unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::text[], $8::text[])
  as f (tenant_id, store_id, kind, group_key, level, count, facts, since)`

/**
 * Opens, updates and closes alerts, in the transaction of the caller. Returns the changes to tell: an alert that is open already is
 * updated silently, unless its level rises. Runs in one process at a time.
 */
export async function followAlerts(tx: Sql, seen: Seen[]): Promise<Change[]> {
  const findings = seen.flatMap((each) => each.findings)
  const values = valuesOf(findings)
  const raised = await tx.query<AlertRow & { wasLevel: number }>(
    `with known as (
       select a.id, a.level as was, f.* from ${FINDINGS}
         join alerts a on coalesce(a.tenant_id, 0) = coalesce(f.tenant_id, 0) and a.kind = f.kind and a.group_key = f.group_key
        where a.closed_at is null)
     update alerts a
        set last_seen_at = now(), count = k.count, facts = k.facts::jsonb, level = greatest(a.level, k.level),
            acknowledged_at = case when k.level > a.level then null else a.acknowledged_at end,
            acknowledged_by = case when k.level > a.level then null else a.acknowledged_by end
       from known k where a.id = k.id
     returning ${ALERT_COLUMNS}, k.was as "wasLevel"`,
    values,
  )
  const opened = await tx.query<AlertRow>(
    `insert into alerts as a (tenant_id, store_id, kind, group_key, level, count, facts, first_seen_at, last_seen_at)
     select f.tenant_id, f.store_id, f.kind, f.group_key, f.level, f.count, f.facts::jsonb, f.since::timestamptz, now() from ${FINDINGS}
      where (f.tenant_id is null or exists (select 1 from tenants n where n.id = f.tenant_id and n.erasing_since is null))
        and (f.store_id is null or exists (select 1 from stores s where s.id = f.store_id and s.deleted_at is null))
     on conflict do nothing returning ${ALERT_COLUMNS}`,
    values,
  )
  return [
    ...raised.filter(({ level, wasLevel }) => level > wasLevel).map((alert) => ({ alert, change: 'raised' as const })),
    ...opened.map((alert) => ({ alert, change: 'opened' as const })),
    ...(await closeAlerts(tx, seen)).map((alert) => ({ alert, change: 'closed' as const })),
  ]
}

async function closeAlerts(tx: Sql, seen: Seen[]): Promise<AlertRow[]> {
  const candidates = await tx.query<AlertRow & { isForgotten: boolean; isOfDeletedStore: boolean }>(
    `select ${ALERT_COLUMNS}, a.last_seen_at < now() - interval '${FORGOTTEN_AFTER_HOURS} hours' as "isForgotten",
            coalesce(s.deleted_at is not null, false) as "isOfDeletedStore"
       from alerts a left join stores s on s.id = a.store_id
      where a.closed_at is null and a.last_seen_at < now() - interval '${OVER_AFTER_MINUTES} minutes' and a.kind = any($1::text[])`,
    [seen.flatMap(({ kinds }) => kinds)],
  )
  const over = candidates.filter(({ kind, groupKey, tenantId, isForgotten }) =>
    seen.some(
      ({ kinds, covers }) =>
        kinds.includes(kind) &&
        (covers({ kind, groupKey, scope: tenantId === null ? 'installation' : 'tenant' }) ||
          (kind === 'disk_low' && isForgotten)),
    ),
  )
  if (over.length === 0) return []
  const closed = await tx.query<AlertRow>(
    `update alerts a set closed_at = now() where id = any($1::bigint[]) and closed_at is null returning ${ALERT_COLUMNS}`,
    [over.map(({ id }) => id)],
  )
  // A deleted store is no good news about it: its alerts end silently.
  const silent = new Set(over.filter(({ isOfDeletedStore }) => isOfDeletedStore).map(({ id }) => id))
  return closed.filter(({ id }) => !silent.has(id))
}

function valuesOf(findings: Finding[]) {
  return [
    findings.map(({ tenantId }) => tenantId),
    findings.map(({ storeId }) => storeId),
    findings.map(({ kind }) => kind),
    findings.map(({ groupKey }) => groupKey),
    findings.map(({ level }) => level),
    findings.map(({ count }) => count),
    findings.map(({ facts }) => JSON.stringify(facts)),
    findings.map(({ since }) => since.toISOString()),
  ]
}
