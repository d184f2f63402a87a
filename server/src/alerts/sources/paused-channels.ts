import type { Access } from '../../platform/db/database.ts'
import type { Seen } from '../alert-kinds.ts'

/** Channels that were paused after repeated failures. The owner is told by the other channels and in the dashboard. */
export async function seePausedChannels(sql: Access): Promise<Seen> {
  const rows = await sql.query<{ id: number; tenantId: number; name: string; since: Date; reason: string }>(
    `select c.id, c.tenant_id as "tenantId", c.name, c.paused_at as since, c.pause_reason as reason
       from alert_channels c join tenants n on n.id = c.tenant_id and n.erasing_since is null
      where c.paused_at is not null and c.is_enabled`,
  )
  return {
    findings: rows.map(({ id, tenantId, name, since, reason }) => ({
      tenantId,
      storeId: null,
      kind: 'channel_paused',
      groupKey: String(id),
      level: 1,
      count: 1,
      facts: { channel: name, reason },
      since,
    })),
    kinds: ['channel_paused'],
    covers: () => true,
  }
}
