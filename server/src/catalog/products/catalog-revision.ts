import type { Sql } from '../../platform/db/database.ts'
import type { Owner } from './product-store.ts'

/** The state of a store's shown products: a random value, and the time of the last change. */
export interface CatalogRevision {
  revision: string
  changedAt: Date
}

/** Gives the store's catalogue a new revision, in the transaction of the change. */
export async function renewRevision(tx: Sql, { tenantId, storeId }: Owner): Promise<void> {
  await tx.query(
    `insert into catalog_revisions (store_id, tenant_id, revision, changed_at)
     values ($2, $1, gen_random_uuid(), clock_timestamp())
     on conflict (store_id) do update set revision = excluded.revision, changed_at = excluded.changed_at`,
    [tenantId, storeId],
  )
}

/**
 * The current revision of a store's catalogue. Two equal revisions have equal products. A catalogue without one, as after an upgrade
 * or a restore, gets one here.
 */
export async function readRevision(sql: Sql, { tenantId, storeId }: Owner): Promise<CatalogRevision> {
  const [found] = await sql.query<CatalogRevision>(
    `with made as (
       insert into catalog_revisions (store_id, tenant_id, revision, changed_at)
       select $2, $1, gen_random_uuid(), clock_timestamp()
        where not exists (select 1 from catalog_revisions where tenant_id = $1 and store_id = $2)
       on conflict (store_id) do nothing returning revision, changed_at
     )
     select revision, changed_at as "changedAt" from catalog_revisions where tenant_id = $1 and store_id = $2
     union all select revision, changed_at from made limit 1`,
    [tenantId, storeId],
  )
  // Another reader made the revision at the same moment.
  return found ?? (await readRevision(sql, { tenantId, storeId }))
}
