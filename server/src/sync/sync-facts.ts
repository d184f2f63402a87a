import { storedVersion } from '../catalog/products/product-store.ts'
import { pausedReason } from '../knowledge/cost/budgets.ts'
import type { Sql } from '../platform/db/database.ts'
import { WORK_STORE } from '../platform/runtime/fair-turns.ts'
import { PLUGIN_COLUMN, type PluginRow } from '../plugin-api/plugin-report.ts'
import { isTrouble } from '../plugin-api/plugin-sentences.ts'
import type { PluginFacts, SyncFacts } from './sync-machine.ts'

/** Newest events of a store that the last change and the median are read from. */
const RECENT_EVENTS = 20
/** Outcomes that changed what the AI knows. */
const CHANGES = `('created', 'content_updated', 'metadata_updated', 'deleted')`
/** Outcomes after which a text waits for its vectors. */
const TEXT_CHANGES = `('created', 'content_updated')`

/** The facts about one store, and what its sentence needs besides. */
export interface StoreFacts {
  facts: SyncFacts
  id: number
  name: string
  tenantId: number
  createdAt: Date
  lastContactAt: Date | null
  lastEventAt: Date | null
  lastChangeAt: Date | null
  plugin: PluginRow | null
  /** Seconds from acknowledged to searchable of the newest changes, one for each product. */
  secondsToSearchable: number[]
}

interface Row extends Omit<SyncFacts, 'hasPlugin' | 'tokens' | 'plugin' | 'providerFails' | 'providerAnsweredAt'> {
  id: number
  name: string
  tenantId: number
  platform: 'woocommerce' | 'shopify' | 'manual'
  createdAt: Date
  hasToken: boolean
  hasValidToken: boolean
  lastContactAt: Date | null
  lastEventAt: Date | null
  lastChangeAt: Date | null
  plugin: PluginRow | null
  listedProducts: number
  secondsToSearchable: number[] | null
}

/** The state of the embedding provider, which is the same for all stores. */
export interface ProviderFacts {
  providerFails: boolean | null
  providerAnsweredAt: Date | null
  /** Another model is being built. Search uses the vectors of the active one until then. */
  isBuilding: boolean
}

/** Needs the service role: tenants do not see the provider. */
export async function readProviderFacts(service: Sql): Promise<ProviderFacts> {
  const [row] = await service.query<ProviderFacts>(
    `select case when h.state = 'failing' then true when h.last_success_at > now() - interval '1 hour' then false end as "providerFails",
            h.last_success_at as "providerAnsweredAt", f.state = 'building' as "isBuilding"
       from embedding_profiles f left join provider_health h on h.profile_id = f.id
      where f.state in ('building', 'active') order by f.state desc limit 1`,
  )
  return row ?? { providerFails: null, providerAnsweredAt: null, isBuilding: false }
}

/**
 * Open work and failures of the store `s`, one row for each product and kind. Every part reads a partial index of open or failed rows
 * only. A failed event counts until a later version of its product is applied or a person dismisses it. A text counts as waiting while the active model has no
 * vector for it; `$4`: another model is being built, whose texts are all pending although search finds them.
 */
const WORK = `
  select 'event' as kind, e.number, coalesce(p.is_active, false) as is_active, e.oldest as at
    from (select external_product_id as number, min(received_at) as oldest from events
           where status in ('received', 'retrying') and priority in (0, 1) and ${WORK_STORE} = s.id
           group by external_product_id) e
    left join products p on p.store_id = s.id and p.external_id = 'woo_' || e.number
  union all
  select 'text', substring(external_id from '[0-9]+')::bigint, true, updated_at from products
   where ${WORK_STORE} = s.id and priority in (0, 1) and is_active and chunked_hash is distinct from content_hash
  union all
  select 'text', substring(p.external_id from '[0-9]+')::bigint, true, c.updated_at
    from (select id, product_id, text_hash, updated_at from knowledge_chunks
           where embedding_status = 'pending' and priority in (0, 1) and ${WORK_STORE} = s.id) c
    join products p on p.id = c.product_id and p.is_active
   where not $4::boolean
      or not exists (select 1 from chunk_embeddings v join embedding_profiles f on f.id = v.profile_id and f.state = 'active'
                      where v.chunk_id = c.id and v.text_hash = c.text_hash)
  union all
  select case when c.dismissed_at is null then 'refused' else 'dismissed' end, substring(p.external_id from '[0-9]+')::bigint, true, c.updated_at
    from knowledge_chunks c join products p on p.id = c.product_id and p.is_active
   where c.tenant_id = s.tenant_id and c.embedding_status = 'refused' and c.store_id = s.id
  union all
  select 'dead', e.external_product_id, true, e.processed_at
    from events e left join products p on p.store_id = s.id and p.external_id = 'woo_' || e.external_product_id
   where e.tenant_id = s.tenant_id and e.status = 'dead' and e.dismissed_at is null and e.store_id = s.id
     and e.version >= coalesce(${storedVersion('p.version')}, 0)
  union all
  select 'shop', (f.item ->> 'id')::bigint, true, r.reported_at
    from plugin_reports r cross join lateral jsonb_array_elements(r.failed_products) as f (item)
    left join products p on p.store_id = s.id and p.external_id = 'woo_' || (f.item ->> 'id')
   where r.store_id = s.id and (p.id is null or p.updated_at <= r.reported_at)`

/** The newest change of each product among the newest events, with the seconds until it was searchable; null where that is unknown. */
const RECENT = `
  select distinct on (n.external_product_id) n.processed_at,
         extract(epoch from case when n.outcome in ${TEXT_CHANGES} then v.at else n.processed_at end - n.received_at)::float8 as seconds
    from (select id, external_product_id, outcome, received_at, processed_at from events
           where store_id = s.id order by id desc limit ${RECENT_EVENTS}) n
    left join lateral (
      select case when bool_and(c.embedding_status = 'stored' and f.created_at < n.received_at)
                  then greatest(n.processed_at, max(e.stored_at)) end as at
        from products p join knowledge_chunks c on c.product_id = p.id
        join embedding_profiles f on f.state = 'active'
        left join chunk_embeddings e on e.chunk_id = c.id and e.profile_id = f.id
       where p.store_id = s.id and p.external_id = 'woo_' || n.external_product_id) v on n.outcome in ${TEXT_CHANGES}
   where n.outcome in ${CHANGES}
   order by n.external_product_id, n.id desc`

/**
 * The facts about stores, by their ids or of a tenant (null: of all tenants). Reads counters, the newest events and indexes of open
 * work: the cost does not grow with the log. `sql` has the role of the reader.
 */
export async function readSyncFacts(
  sql: Sql,
  of: { tenantId: number | null; storeIds: number[] | null },
  provider: ProviderFacts,
): Promise<StoreFacts[]> {
  const rows = await sql.query<Row>(
    `select s.id, s.name, s.tenant_id as "tenantId", s.platform, s.created_at as "createdAt", now() as now, t.*, shown.*, work.*, recent.*,
              coalesce(greatest(t."lastContactAt", h.hour, r.reported_at), log.at) as "lastSignAt",
              h.hour is not null or log.at is not null as "hasEvents", coalesce(log.at, h.hour) as "lastEventAt",
              (select last_ended_at from event_hours where store_id = s.id and last_ended_at is not null
                order by hour desc limit 1) as "lastEndedAt",
              coalesce(recent."changedAt", (select last_ended_at from event_hours
                 where store_id = s.id and created + content_updated + metadata_updated + deleted > 0
                 order by hour desc limit 1)) as "lastChangeAt",
              (select count(*)::int from knowledge_chunks c where c.tenant_id = s.tenant_id and c.embedding_status = 'refused'
                  and c.dismissed_at is null and c.store_id = s.id and c.document_id is not null) as "failedPages",
              (select ${pausedReason('b')} from embedding_budgets b where b.tenant_id = s.tenant_id) as "embeddingPaused",
              coalesce(jsonb_array_length(r.failed_products), 0) as "listedProducts", ${PLUGIN_COLUMN}
         from stores s
        cross join lateral (
          select count(*) > 0 as "hasToken", max(last_used_at) as "lastContactAt",
                 coalesce(bool_or(is_active and (expires_at is null or expires_at > now())), false) as "hasValidToken",
                 coalesce(bool_or(is_active and pending_site_hash is not null), false) as "siteWaits"
            from integration_tokens where store_id = s.id and integration_type <> 'knowledge') t
        cross join lateral (
          select count(*)::int as products from products where store_id = s.id and is_active and tenant_id = s.tenant_id) shown
         left join lateral (select hour from event_hours where store_id = s.id order by hour desc limit 1) h on true
         left join lateral (select received_at as at from events where store_id = s.id order by id desc limit 1) log on true
        cross join lateral (
          select count(distinct number) filter (where kind in ('event', 'text'))::int as waiting,
                 count(distinct number) filter (where kind = 'event' and not is_active)::int as "newProducts",
                 count(distinct number) filter (where kind = 'event')::int as "waitingEvents",
                 count(distinct number) filter (where kind = 'text')::int as "waitingTexts",
                 count(distinct number) filter (where kind in ('text', 'refused', 'dismissed'))::int as unsearchable,
                 count(distinct number) filter (where kind in ('refused', 'dead', 'shop'))::int as "failedProducts",
                 min(at) filter (where kind = 'event') as "oldestEventAt", min(at) filter (where kind = 'text') as "oldestTextAt"
            from (${WORK}) work) work
        cross join lateral (
          select max(processed_at) as "changedAt", array_agg(seconds) filter (where seconds is not null) as "secondsToSearchable"
            from (${RECENT}) recent) recent
         left join plugin_reports r on r.store_id = s.id
        where s.deleted_at is null and ($1::bigint is null or s.tenant_id = $1)
          and (not $3::boolean or s.id = any($2::bigint[]))
        order by s.id`,
    [of.tenantId, of.storeIds ?? [], of.storeIds !== null, provider.isBuilding],
  )
  return rows.map((row) => storeFacts(row, provider))
}

function storeFacts(row: Row, { providerFails, providerAnsweredAt }: ProviderFacts): StoreFacts {
  const { id, name, tenantId, createdAt, lastContactAt, lastEventAt, lastChangeAt, plugin, now } = row
  return {
    id,
    name,
    tenantId,
    createdAt,
    lastContactAt,
    lastEventAt,
    lastChangeAt,
    plugin,
    secondsToSearchable: row.secondsToSearchable ?? [],
    facts: {
      now,
      hasPlugin: row.platform !== 'manual',
      tokens: row.hasValidToken ? 'valid' : row.hasToken ? 'ended' : 'none',
      siteWaits: row.siteWaits,
      lastSignAt: row.lastSignAt,
      hasEvents: row.hasEvents,
      plugin: plugin ? pluginFacts(plugin) : null,
      products: row.products,
      newProducts: row.newProducts,
      unsearchable: row.unsearchable,
      waiting: row.waiting,
      waitingEvents: row.waitingEvents,
      oldestEventAt: row.oldestEventAt,
      waitingTexts: row.waitingTexts,
      oldestTextAt: row.oldestTextAt,
      lastEndedAt: row.lastEndedAt,
      embeddingPaused: row.embeddingPaused,
      providerFails,
      providerAnsweredAt,
      failedProducts: row.failedProducts + unlisted(plugin, row),
      failedPages: row.failedPages,
    },
  }
}

/** Failed products that the plugin counts without naming them: an older plugin names none, and a report names at most 100. */
function unlisted(plugin: PluginRow | null, { listedProducts, failedProducts }: Row): number {
  if (!plugin) return 0
  const failed = plugin.state === 'failed_products' ? Math.max(1, plugin.failed) : plugin.failed
  // Without names some of them may be products that this server counts as well.
  return listedProducts > 0 ? Math.max(0, failed - listedProducts) : Math.max(0, failed - failedProducts)
}

function pluginFacts({ state, waiting, reported_at: reportedAt, details }: PluginRow): PluginFacts {
  const [total, done] = [countOf(details.backfill_total), countOf(details.backfill_done)]
  return {
    reportedAt: new Date(reportedAt),
    isInTrouble: isTrouble(state),
    waiting: Math.max(waiting, total - done),
    total,
  }
}

function countOf(value: string | number | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}
