import type { Access } from '../../platform/db/database.ts'
import { QUIET_AFTER_DAYS } from '../../sync/sync-machine.ts'
import type { Seen } from '../alert-kinds.ts'

/**
 * Live stores that made contact before and not for the days after which the dashboard calls them quiet. The plugin makes contact at
 * least every day, so a shop without changes is not among them.
 */
export async function seeQuietStores(sql: Access): Promise<Seen> {
  const rows = await sql.query<{ tenantId: number; storeId: number; store: string; heard: Date }>(
    `select s.tenant_id as "tenantId", s.id as "storeId", s.name as store, max(t.last_used_at) as heard
       from stores s
       join integration_tokens t on t.store_id = s.id and t.tenant_id = s.tenant_id
       join tenants n on n.id = s.tenant_id and n.erasing_since is null
      where s.deleted_at is null and s.environment = 'live' and t.integration_type = 'woocommerce'
      group by s.id
     having bool_or(t.is_active and (t.expires_at is null or t.expires_at > now()))
        and max(t.last_used_at) < now() - make_interval(days => $1)`,
    [QUIET_AFTER_DAYS],
  )
  return {
    findings: rows.map(({ tenantId, storeId, store, heard }) => ({
      tenantId,
      storeId,
      kind: 'quiet_store',
      groupKey: String(storeId),
      level: 1,
      count: 1,
      facts: { store },
      since: heard,
    })),
    kinds: ['quiet_store'],
    covers: () => true,
  }
}
