import { reasonIn } from '../catalog/failure-sentences.ts'
import { type ProductState, readProduct } from '../catalog/products/product-state.ts'
import type { WebhookEvent } from '../ingest/event-schema.ts'
import type { Sql, SqlValue } from '../platform/db/database.ts'
import type { Language } from '../platform/i18n.ts'
import type { Actor } from '../tenants/audit.ts'
import type { Reader } from '../tenants/authenticate.ts'
import { EVENT_COLUMNS, type EventView, withReasonIn } from './event-view.ts'
import { tenantCondition } from './find-events.ts'

/** One event with its payload, its changes, and the reason of a failure. */
export interface EventDetail extends EventView {
  payload: unknown
  /** Failed attempts and replays, oldest first; only the newest 50. Empty for an event that succeeded at once. */
  history: HistoryEntry[]
  /** Difference to the previous event; null when that is unknown (first event of a product, pruned log) or nothing was applied. */
  changes: Change[] | null
  /** For a superseded event: the newer event that was stored at that time; null when the log no longer contains it. */
  superseded_by: Pick<EventView, 'id' | 'event_id' | 'event_type' | 'version' | 'received_at'> | null
  /** The current product; null when no event of it was applied. */
  product: { id: number; name: string; version: number; is_active: boolean; deleted_at: Date | null } | null
}

export type HistoryEntry =
  | { kind: 'failed'; at: Date; attempt: number; error: string; follows: 'retry' | 'dead_letter' }
  | { kind: 'replayed'; at: Date; by: Exclude<Actor['kind'], 'anonymous'> }

export interface Change {
  field: string
  before: unknown
  after: unknown
}

const COMPARED = [
  'name',
  'short_description',
  'description',
  'type',
  'sku',
  'price',
  'regular_price',
  'sale_price',
  'on_sale',
  'currency',
  'stock_quantity',
  'stock_status',
  'categories',
  'tags',
  'attributes',
  'variants',
  'image',
  'gallery',
  'permalink',
  'status',
  'catalog_visibility',
  'password_protected',
] as const satisfies (keyof ProductState)[]

type Row = EventView & { payload: WebhookEvent }

/** The event, or undefined when the reader may not see it or it does not exist. */
export async function readEventDetail(
  sql: Sql,
  reader: Reader,
  id: number,
  language: Language,
): Promise<EventDetail | undefined> {
  const values: SqlValue[] = [id]
  const where = tenantCondition(reader, values)
  const [event] = await sql.query<Row>(
    `select ${EVENT_COLUMNS}, e.payload from events e where e.id = $1::bigint and ${where.join(' and ')}`,
    values,
  )
  if (!event) return undefined
  const [product] = await sql.query<NonNullable<EventDetail['product']>>(
    `select id, name, version, is_active, deleted_at from products where store_id = $1 and external_id = 'woo_' || $2::bigint`,
    [event.store.id, event.woo_product_id],
  )
  return {
    ...withReasonIn(language, 'error', event),
    history: await readHistory(sql, event, language),
    changes: await readChanges(sql, event),
    superseded_by: event.outcome === 'superseded' ? await findNewer(sql, event) : null,
    product: product ?? null,
  }
}

async function readHistory(sql: Sql, event: Row, language: Language): Promise<HistoryEntry[]> {
  const entries = await sql.query<HistoryEntry>(
    `select case when replayed_by is null then 'failed' else 'replayed' end as kind, at, attempt, error, follows, replayed_by as by
       from event_attempts where log_id = $1 order by id`,
    [event.id],
  )
  // Each kind without the columns of the other.
  return entries.map((entry) => {
    if (entry.kind === 'replayed') return { kind: entry.kind, at: entry.at, by: entry.by }
    const { kind, at, attempt, error, follows } = entry
    return { kind, at, attempt, error: reasonIn(language, error), follows }
  })
}

async function findNewer(sql: Sql, event: Row): Promise<EventDetail['superseded_by']> {
  const [newer] = await sql.query<NonNullable<EventDetail['superseded_by']>>(
    `select id, event_id, event_type, version, received_at from events
      where store_id = $1 and external_product_id = $2 and version >= $3 and id <> $4
        and status = 'processed' and processed_at <= $5
      order by version desc, processed_at desc limit 1`,
    [event.store.id, event.woo_product_id, event.version, event.id, event.processed_at],
  )
  return newer ?? null
}

async function readChanges(sql: Sql, event: Row): Promise<Change[] | null> {
  if (event.status !== 'processed' || event.outcome === 'created' || event.event_type === 'product.deleted') return null
  const [before] = await sql.query<{ payload: WebhookEvent; event_type: string }>(
    `select payload, event_type from events
      where store_id = $1 and external_product_id = $2 and version <= $3 and id <> $4
        and status = 'processed' and processed_at <= $5
      order by version desc, id desc limit 1`,
    [event.store.id, event.woo_product_id, event.version, event.id, event.processed_at],
  )
  if (!before || before.event_type === 'product.deleted') return null
  const [old, now] = [readProduct(before.payload.product), readProduct(event.payload.product)]
  return COMPARED.filter((field) => JSON.stringify(old[field]) !== JSON.stringify(now[field])).map((field) => ({
    field,
    before: old[field],
    after: now[field],
  }))
}
