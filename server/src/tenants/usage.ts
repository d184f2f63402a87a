import type { Sql } from '../platform/db/database.ts'

/** Owner of usage that belongs to no single tenant: a provider request may carry texts of several tenants. Stored as null. */
export const INSTALLATION = 'installation'

/**
 * `embedding_tokens`: all tokens counted by the provider, for texts and queries. `text_tokens` and `texts_with_tokens`: tokens of
 * stored texts only, and the number of these texts; their quotient is the cost of a text.
 */
export type Counter =
  | 'embedding_requests'
  | 'embedding_inputs'
  | 'embeddings_avoided'
  | 'query_embeddings'
  | 'embedding_tokens'
  | 'text_tokens'
  | 'texts_with_tokens'

export interface Usage {
  tenantId: number | typeof INSTALLATION
  counter: Counter
  by: number
}

/**
 * SQL condition for the counters of the tenant in the bigint placeholder `$1`. null means all tenants: usage of no single tenant is
 * counted for the installation, and only `embeddings_avoided` is the sum over the tenants.
 */
export const USAGE_OF_TENANT = `(($1::bigint is not null and tenant_id = $1)
  or ($1::bigint is null and (tenant_id is null) = (counter <> 'embeddings_avoided')))`

/** Merges to one entry per owner and counter; zero entries are dropped. */
export function mergeUsages(usages: Usage[]): Usage[] {
  const totals = new Map<string, Usage>()
  for (const usage of usages) {
    const key = `${usage.tenantId} ${usage.counter}`
    totals.set(key, { ...usage, by: usage.by + (totals.get(key)?.by ?? 0) })
  }
  return [...totals.values()].filter((usage) => usage.by > 0)
}

/** Adds to the totals and the hourly counters, in the transaction of the counted work. A tenant that is being erased is skipped. */
export async function addUsage(sql: Sql, usages: Usage[]): Promise<void> {
  const rows = mergeUsages(usages)
  if (rows.length === 0) return
  // Sorted, and totals before hours: two transactions that lock rows in opposite orders deadlock.
  await sql.query(
    `with counted as (
       select r.* from unnest($1::bigint[], $2::text[], $3::bigint[]) as r (tenant_id, counter, value)
        where r.tenant_id is null
           or exists (select 1 from tenants n where n.id = r.tenant_id and n.erasing_since is null)
     ), totals as (
       insert into usage_counters as u (tenant_id, counter, value)
       select * from counted order by tenant_id, counter collate "C"
       on conflict (tenant_id, counter) do update set value = u.value + excluded.value
       returning u.tenant_id, u.counter
     )
     insert into usage_hours as h (tenant_id, counter, hour, value)
     select c.tenant_id, c.counter, date_trunc('hour', now(), 'UTC'), c.value
       from counted c join totals t on t.tenant_id is not distinct from c.tenant_id and t.counter = c.counter
      order by c.tenant_id, c.counter collate "C"
     on conflict (tenant_id, counter, hour) do update set value = h.value + excluded.value`,
    [
      rows.map((row) => (row.tenantId === INSTALLATION ? null : row.tenantId)),
      rows.map((row) => row.counter),
      rows.map((row) => row.by),
    ],
  )
}

/** Embeddings of a store that were not needed. */
export interface Avoided {
  tenantId: number
  storeId: number
  by: number
}

/** Counts avoided embeddings for the tenant, and for each of its stores. */
export async function addAvoided(sql: Sql, avoided: Avoided[]): Promise<void> {
  const stores = new Map<number, Avoided>()
  for (const each of avoided) stores.set(each.storeId, { ...each, by: each.by + (stores.get(each.storeId)?.by ?? 0) })
  const rows = [...stores.values()].filter(({ by }) => by > 0)
  if (rows.length === 0) return
  await addUsage(
    sql,
    rows.map(({ tenantId, by }) => ({ tenantId, counter: 'embeddings_avoided', by })),
  )
  // Sorted, and after the counters of the tenants: two transactions that lock rows in opposite orders deadlock.
  await sql.query(
    `insert into store_savings as s (store_id, tenant_id, embeddings_avoided)
     select r.store_id, n.id, r.value from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as r (store_id, tenant_id, value)
       join tenants n on n.id = r.tenant_id and n.erasing_since is null
      order by r.store_id
     on conflict (store_id) do update set embeddings_avoided = s.embeddings_avoided + excluded.embeddings_avoided`,
    [rows.map(({ storeId }) => storeId), rows.map(({ tenantId }) => tenantId), rows.map(({ by }) => by)],
  )
}
