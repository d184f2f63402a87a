import type { Sql } from '../platform/database.ts'

/** Tenant 0 stands for the whole installation: a provider request may carry several tenants' texts. */
export const INSTALLATION = 0

export type Counter = 'embedding_requests' | 'embedding_inputs' | 'embeddings_avoided' | 'query_embeddings'

export interface Usage {
  tenantId: number
  counter: Counter
  by: number
}

/** Adds to running totals, in the transaction of the work they count. Of a tenant that is being erased nothing is counted. */
export async function addUsage(sql: Sql, usages: Usage[]): Promise<void> {
  const totals = new Map<string, Usage>()
  for (const usage of usages) {
    const key = `${usage.tenantId} ${usage.counter}`
    totals.set(key, { ...usage, by: usage.by + (totals.get(key)?.by ?? 0) })
  }
  // Sorted, because rows locked in opposite orders by two transactions deadlock.
  const rows = [...totals.values()]
    .filter((usage) => usage.by > 0)
    .sort((a, b) => a.tenantId - b.tenantId || (a.counter < b.counter ? -1 : 1))
  if (rows.length === 0) return
  await sql.query(
    `insert into usage_counters as u (tenant_id, counter, value)
     select r.* from unnest($1::bigint[], $2::text[], $3::bigint[]) as r (tenant_id, counter, value)
      where r.tenant_id = ${INSTALLATION}
         or exists (select 1 from tenants n where n.id = r.tenant_id and n.erasing_since is null)
     on conflict (tenant_id, counter) do update set value = u.value + excluded.value`,
    [rows.map((row) => row.tenantId), rows.map((row) => row.counter), rows.map((row) => row.by)],
  )
}
