import type { Access } from '../../platform/db/database.ts'
import type { Seen } from '../alert-kinds.ts'

/** Requests must have failed for this long, without a success in between. */
const DOWN_MINUTES = 10

/**
 * A provider whose requests have failed for ten minutes. One failure without later requests proves nothing: the newest failure must
 * be ten minutes younger than the first.
 */
export async function seeProvider(sql: Access): Promise<Seen> {
  const rows = await sql.query<{ id: number; provider: string; model: string; error: string | null; since: Date }>(
    `select p.id, p.provider, p.model, h.last_error as error, h.since
       from provider_health h join embedding_profiles p on p.id = h.profile_id
      where p.state <> 'retired' and h.state = 'failing' and h.last_failure_at >= h.since + interval '${DOWN_MINUTES} minutes'`,
  )
  return {
    findings: rows.map(({ id, provider, model, error, since }) => ({
      tenantId: null,
      storeId: null,
      kind: 'provider_down',
      groupKey: String(id),
      level: 1,
      count: 1,
      facts: { provider, model, error: error?.slice(0, 300).toWellFormed() ?? null },
      since,
    })),
    kinds: ['provider_down'],
    covers: () => true,
  }
}
