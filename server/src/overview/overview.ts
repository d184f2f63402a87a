import { OUTCOME_COUNTS, PROCESSING_BOUNDS_MS } from '../catalog/event-hours.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import type { Language } from '../platform/i18n.ts'
import { MAX_LISTED_STORES, quietStores } from '../stores/quiet-stores.ts'
import { type ReadSync, readSync, type StoreInState, sumSync } from '../sync/read-sync.ts'
import { QUIET_AFTER_DAYS, SYNC_STATES } from '../sync/sync-machine.ts'
import type { Scope } from '../tenants/scope.ts'
import { USAGE_OF_TENANT } from '../tenants/usage.ts'
import { embeddingUsage } from './embedding-cost.ts'
import type { Overview, OverviewBucket } from './overview-schemas.ts'
import { productsAt, readShownProducts, type ShownProducts } from './products-over-time.ts'

/** Maximum intervals: the capacity of a chart. */
const MAX_BUCKETS = 60
const BUCKET_HOURS = [1, 2, 3, 6, 12, 24, 48, 168]
const HOUR_MS = 3600 * 1000

/**
 * Reads everything from hourly counters and from indexes of open work: the cost does not grow with the log. `price` is US dollars
 * per million tokens.
 */
export async function readOverview(
  db: Pick<Database, 'service'>,
  scope: Scope,
  { hours, price, language }: { hours: number; price: string | null; language: Language },
): Promise<Omit<Overview, 'provider'>> {
  const to = new Date()
  const bucketHours = BUCKET_HOURS.find((size) => hours / size <= MAX_BUCKETS) ?? 168
  const bucketMs = bucketHours * HOUR_MS
  const from = new Date(Math.floor((to.getTime() - (hours - 1) * HOUR_MS) / bucketMs) * bucketMs)
  const stores = [...(await readSync(db, scope, language)).values()]
  const ended = stores.flatMap(({ facts }) => facts.lastEndedAt?.getTime() ?? [])
  return await scope.sql.transaction(async (sql) => {
    const of = { ...scope, sql: { ...scope.sql, query: sql.query } }
    const waiting = await readWaiting(of, from)
    const shown = await readShownProducts(of, from)
    const { buckets, processing } = await readHours(of, { from, to, bucketMs }, waiting.receivedAt)
    const ends = buckets.map(({ at }) => new Date(at.getTime() + bucketMs))
    const products = productsAt(ends, to, shown)
    return {
      from,
      to,
      bucket_hours: bucketHours,
      series: buckets.map((bucket, place) => ({ ...bucket, products: products[place] ?? null })),
      ...(await readHeld(of, shown)),
      queue: waiting.queue,
      dead_letters: { events: waiting.dead, embeddings: await countRefused(of) },
      processing,
      embeddings: scope.storeId === null ? embeddingUsage(await readUsage(of), price) : null,
      sync: sumSync(stores, language),
      other_stores: otherStores(stores),
      stores: stores.length,
      quiet_stores: quietStores(stores),
      quiet_after_days: QUIET_AFTER_DAYS,
      last_applied_at: ended.length > 0 ? new Date(Math.max(...ended)) : null,
    }
  })
}

/** The stores that are not in sync, the strongest state first. */
function otherStores(stores: ReadSync[]): StoreInState[] {
  return stores
    .filter(({ sync }) => sync.state !== 'in_sync')
    .sort((a, b) => SYNC_STATES.indexOf(a.sync.state) - SYNC_STATES.indexOf(b.sync.state) || a.id - b.id)
    .slice(0, MAX_LISTED_STORES)
    .map(({ id, name, sync }) => ({ id, name, sync }))
}

/** The conditions of a scope, for a table with both columns. */
function within({ tenantId, storeId }: Scope, alias: string): { where: string; values: SqlValue[] } {
  return {
    where: `($1::bigint is null or ${alias}.tenant_id = $1) and ($2::bigint is null or ${alias}.store_id = $2)`,
    values: [tenantId, storeId],
  }
}

/** Events outside the hourly counters: open events and dead letters. */
async function readWaiting(scope: Scope, from: Date) {
  const { where, values } = within(scope, 'e')
  const part = (status: string) => `select status, received_at, dismissed_at from events e where ${status} and ${where}`
  const rows = await scope.sql.query<{ status: string; at: Date; count: number; dismissed: number; oldest: Date }>(
    `select status, date_trunc('hour', received_at, 'UTC') as at, count(*)::int as count, count(dismissed_at)::int as dismissed,
            min(received_at) as oldest
       from (${part("status in ('received', 'retrying')")} union all ${part("status = 'dead'")}) waiting
      group by 1, 2`,
    values,
  )
  const count = (...statuses: string[]) =>
    rows.filter(({ status }) => statuses.includes(status)).reduce((sum, row) => sum + row.count, 0)
  const oldest = rows.filter(({ status }) => status !== 'dead').map((row) => row.oldest.getTime())
  return {
    queue: {
      open: count('received', 'retrying'),
      retrying: count('retrying'),
      oldest_open_at: oldest.length > 0 ? new Date(Math.min(...oldest)) : null,
    },
    dead: count('dead') - rows.reduce((sum, row) => sum + row.dismissed, 0),
    receivedAt: rows.filter(({ at }) => at >= from),
  }
}

type Span = { from: Date; to: Date; bucketMs: number }
type Bucket = Omit<OverviewBucket, 'products'>
type Counted = Omit<Bucket, 'at' | 'applied' | 'failed'> & { failures: number }

const COUNTED = [...OUTCOME_COUNTS, 'received', 'failures', 'dead'] as const
const USED = ['embedding_requests', 'embedding_inputs', 'embeddings_avoided', 'embedding_tokens'] as const

async function readHours(scope: Scope, { from, to, bucketMs }: Span, waiting: { at: Date; count: number }[]) {
  const { where, values } = within(scope, 'h')
  const rows = await scope.sql.query<Counted & { at: Date; ms: number; times: number[] }>(
    `select h.hour as at, ${COUNTED.map((count) => `sum(h.${count})::float8 as ${count}`).join(', ')},
            sum(h.processing_ms) as ms,
            array[${PROCESSING_BOUNDS_MS.concat(0).map((_, slot) => `sum(h.processing_times[${slot + 1}])::float8`)}] as times
       from event_hours h where ${where} and h.hour >= $3 group by h.hour`,
    [...values, from],
  )
  const used =
    scope.storeId === null
      ? await scope.sql.query<{ at: Date; counter: (typeof USED)[number]; value: number }>(
          `select hour as at, counter, sum(value)::float8 as value from usage_hours
            where hour >= $2 and counter = any($3::text[]) and ${USAGE_OF_TENANT} group by hour, counter`,
          [scope.tenantId, from, USED],
        )
      : []
  const length = Math.floor((to.getTime() - from.getTime()) / bucketMs) + 1
  const buckets = Array.from({ length }, (_, place) => emptyBucket(new Date(from.getTime() + place * bucketMs)))
  const add = (at: Date, counts: Partial<Record<keyof Bucket, number>>) => {
    const bucket = buckets[Math.floor((at.getTime() - from.getTime()) / bucketMs)]
    if (!bucket) return
    for (const [name, by] of Object.entries(counts)) bucket[name as Exclude<keyof Bucket, 'at'>] += by
  }
  const times = PROCESSING_BOUNDS_MS.concat(0).map(() => 0)
  let ms = 0
  for (const { at, ms: took, times: slots, failures, ...counts } of rows) {
    const { created, content_updated, metadata_updated, unchanged, deleted } = counts
    const applied = created + content_updated + metadata_updated + unchanged + deleted
    add(at, { ...counts, applied, failed: failures })
    for (const [slot, count] of slots.entries()) times[slot] = (times[slot] ?? 0) + count
    ms += took
  }
  for (const { at, count } of waiting) add(at, { received: count })
  for (const { at, counter, value } of used) add(at, { [counter]: value })
  const count = times.reduce((sum, some) => sum + some, 0)
  const processing = { count, mean_ms: count === 0 ? null : rounded(ms / count), p95_ms: percentile(times, 0.95) }
  return { buckets, processing }
}

function emptyBucket(at: Date): Bucket {
  const outcomes = { created: 0, content_updated: 0, metadata_updated: 0, unchanged: 0, deleted: 0, superseded: 0 }
  const embeddings = { embedding_requests: 0, embedding_inputs: 0, embeddings_avoided: 0, embedding_tokens: 0 }
  return { at, received: 0, applied: 0, failed: 0, dead: 0, ...outcomes, ...embeddings }
}

/** The percentile `share` of a histogram, with a uniform distribution inside each slot; null without values. */
export function percentile(times: number[], share: number): number | null {
  const count = times.reduce((sum, some) => sum + some, 0)
  if (count === 0) return null
  let left = count * share
  for (const [slot, some] of times.entries()) {
    if (some >= left && some > 0) {
      const low = PROCESSING_BOUNDS_MS[slot - 1] ?? 0
      const high = PROCESSING_BOUNDS_MS[slot] ?? 2 * low
      return rounded(low + ((high - low) * left) / some)
    }
    left -= some
  }
  return null
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

async function readUsage({ sql, tenantId }: Scope): Promise<Map<string, number>> {
  const rows = await sql.query<{ counter: string; value: number }>(
    `select counter, sum(value)::float8 as value from usage_counters where ${USAGE_OF_TENANT} group by counter`,
    [tenantId],
  )
  return new Map(rows.map((row) => [row.counter, row.value]))
}

async function readHeld(
  scope: Scope,
  { active, chunks: shownChunks }: ShownProducts,
): Promise<Pick<Overview, 'products' | 'chunks' | 'pending_embeddings'>> {
  const { where, values } = within(scope, 'p')
  const [others] = await scope.sql.query<{ hidden: number; deleted: number }>(
    `select (count(*) filter (where p.deleted_at is null))::int as hidden, count(p.deleted_at)::int as deleted
       from products p where not p.is_active and ${where}`,
    values,
  )
  const chunks = within(scope, 'c')
  const [waiting] = await scope.sql.query<{ pending: number }>(
    `select count(*)::int as pending from knowledge_chunks c left join products p on p.id = c.product_id
      where c.embedding_status = 'pending' and (p.is_active or c.document_id is not null) and ${chunks.where}`,
    chunks.values,
  )
  return {
    products: { active, hidden: others?.hidden ?? 0, deleted: others?.deleted ?? 0 },
    chunks: shownChunks,
    pending_embeddings: waiting?.pending ?? 0,
  }
}

async function countRefused(scope: Scope): Promise<number> {
  const { where, values } = within(scope, 'c')
  const [row] = await scope.sql.query<{ count: number }>(
    `select count(*)::int as count from knowledge_chunks c
      where c.embedding_status = 'refused' and c.dismissed_at is null and ${where}`,
    values,
  )
  return row?.count ?? 0
}
