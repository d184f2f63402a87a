import type { Database } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { Language } from '../platform/i18n.ts'
import { PLUGIN_COLUMN, type PluginRow, viewPlugin } from '../plugin-api/plugin-report.ts'
import { readSync } from '../sync/read-sync.ts'
import type { Scope } from '../tenants/scope.ts'
import type { StoreProgress } from './store-schemas.ts'

interface Row {
  name: string
  site: string
  environment: 'live' | 'test'
  firstContact: Date | null
  lastContact: Date | null
  isBound: boolean
  waits: boolean
  received: number
  backfill: number
  applied: number
  superseded: number
  open: number
  openBackfill: number
  dead: number
  deadBackfill: number
  firstEvent: Date | null
  lastEvent: Date | null
  sender: string | null
  pending: number
  refused: number
  plugin: PluginRow | null
}

/**
 * Reads counters and indexes of open work only, because a page polls it every second or two. `pendingContact` is a token use that
 * this process has counted and not written yet. @throws {Problem} 404 for a store that is deleted or belongs to another tenant
 */
export async function readStoreProgress(
  db: Pick<Database, 'service'>,
  { sql, tenantId, storeId }: Scope,
  language: Language,
  pendingContact: (tokenIds: number[]) => Date | null,
): Promise<StoreProgress> {
  const [row] = await sql.query<Row & { tokens: number[] }>(
    `select s.name, s.site, s.environment, t.*, h.*, waiting.*, dead.*, first.received_at as "firstEvent",
            last.received_at as "lastEvent", last.user_agent as sender, texts.*, ${PLUGIN_COLUMN}
       from stores s
      cross join lateral (select coalesce(array_agg(id::float8), '{}') as tokens, min(first_used_at) as "firstContact",
                                 max(last_used_at) as "lastContact", coalesce(bool_or(site_hash is not null), false) as "isBound",
                                 coalesce(bool_or(is_active and pending_site_hash is not null), false) as waits
                            from integration_tokens where store_id = s.id) t
      cross join lateral (select coalesce(sum(received), 0)::int as received, coalesce(sum(received_backfill), 0)::int as backfill,
                                 coalesce(sum(created + content_updated + metadata_updated + unchanged + deleted), 0)::int as applied,
                                 coalesce(sum(superseded), 0)::int as superseded
                            from event_hours where store_id = s.id) h
      cross join lateral (select count(*)::int as open, (count(*) filter (where source = 'backfill'))::int as "openBackfill"
                            from events where store_id = s.id and priority in (0, 1) and status in ('received', 'retrying')) waiting
      cross join lateral (select count(*)::int as dead, (count(*) filter (where source = 'backfill'))::int as "deadBackfill"
                            from events where tenant_id = s.tenant_id and store_id = s.id and status = 'dead') dead
      cross join lateral (select count(*) filter (where c.embedding_status = 'pending')::int as pending,
                                 count(*) filter (where c.embedding_status = 'refused')::int as refused
                            from knowledge_chunks c join products p on p.id = c.product_id and p.is_active
                           where c.tenant_id = s.tenant_id and c.store_id = s.id
                             and (c.embedding_status = 'pending' or c.embedding_status = 'refused')) texts
       left join lateral (select received_at from events where store_id = s.id order by id limit 1) first on true
       left join lateral (select received_at, user_agent from events where store_id = s.id order by id desc limit 1) last on true
      where s.id = $1 and s.deleted_at is null`,
    [storeId],
  )
  if (!row || storeId === null) throw notFound()
  const sync = (await readSync(db, { sql, tenantId, storeId }, language)).get(storeId)?.sync
  if (!sync) throw notFound()
  const contactNow = pendingContact(row.tokens)
  const firstContact = row.firstContact ?? contactNow ?? row.firstEvent
  return {
    store: { id: storeId, name: row.name, site: row.site, environment: row.environment },
    sync,
    first_contact_at: firstContact,
    last_contact_at: contactNow ?? row.lastContact ?? row.lastEvent,
    sender: row.sender || null,
    site: row.waits ? 'waits' : row.isBound ? 'bound' : 'unknown',
    events: {
      received: row.received + row.open + row.dead,
      backfill: row.backfill + row.openBackfill + row.deadBackfill,
      open: row.open,
      applied: row.applied,
      superseded: row.superseded,
      dead: row.dead,
    },
    first_event_at: row.firstEvent,
    last_event_at: row.lastEvent,
    products: { active: sync.products, searchable: sync.searchable },
    pending_chunks: row.pending,
    refused_chunks: row.refused,
    plugin: viewPlugin(row.plugin, language),
  }
}
