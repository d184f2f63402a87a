import { APPLY_STAGE } from '../ingest/store-events.ts'
import type { Config } from '../platform/config.ts'
import type { Database, Sql } from '../platform/database.ts'
import { isOutage, Reject } from '../platform/errors.ts'
import { type StoreInTurn, storesInTurn } from '../platform/fair-turns.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Queue } from '../platform/queue.ts'
import type { Stage, Turn } from '../platform/stage-runner.ts'
import { addUsage } from '../tenants/usage.ts'
import {
  type AppliedEvent,
  claimEvents,
  dropEvents,
  failEvent,
  finishEvents,
  isDeletedStore,
  lockStore,
  nextDue,
  type OpenEvent,
  openEvents,
} from './event-log.ts'
import { describeFailure, reasonOf } from './failure-sentences.ts'
import { readProduct } from './product-state.ts'
import {
  externalIdOf,
  type KnownProduct,
  loadProducts,
  type Owner,
  type ProductWrite,
  saveProducts,
} from './product-store.ts'
import { decide, type EventOrder } from './version-order.ts'

/** The stage that a product whose text changed wakes. */
export const CHUNK_STAGE = 'chunk-products'

/** A store's turn: enough to make a batch worth its transaction (under 50 ms), few enough that the next store waits little. */
const MAX_EVENTS_A_TURN = 100
/** How long a store that another worker is applying is left alone. */
const BUSY_STORE_MS = 100

interface Parts {
  db: Database
  queue: Queue
  log: Log
  metrics: Metrics
  config: Pick<Config, 'retryLimit' | 'retryDelayMs'>
}

/**
 * The stage that turns events into products: stores in turn, live before backfill, each turn one transaction in which
 * the products change and their events end. What fails with a batch is tried alone; only an event's own failure uses one
 * of its retries.
 */
export function applyEventsStage(parts: Parts): Stage {
  const { db, log, metrics } = parts
  const applied = metrics.counter('fiko_events_applied_total', 'Events applied, by outcome', ['outcome'])
  const failed = metrics.counter('fiko_event_failures_total', 'Failed attempts at an event, by what follows', [
    'follows',
  ])
  const seconds = metrics.histogram(
    'fiko_event_processing_seconds',
    "An event's share of its batch",
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1],
  )
  const work = openEvents(parts.config.retryDelayMs)
  const lastStore: [number, number] = [0, 0]

  const applyBatch = async ({ storeId, tenantId }: Owner, priority: number, only: OpenEvent | null) => {
    const startedAt = performance.now()
    const result = await db.forTenant(tenantId).transaction(async (tx) => {
      if (!(await lockStore(tx, storeId))) return 'busy'
      const claimed = await claimEvents(tx, work, storeId, priority, MAX_EVENTS_A_TURN)
      const events = only ? claimed.filter((event) => event.id === only.id) : batchOf(claimed)
      if (events.length === 0) return 'none'
      batchInHand = events
      if (await isDeletedStore(tx, storeId)) {
        const superseded = events.map((event) => ({ event, outcome: 'superseded' as const, version: event.version }))
        await finishEvents(tx, superseded, { processingTimeMs: 0, productsChange: 0 })
        return superseded
      }
      return await applyInOrder(tx, parts.queue, events, startedAt)
    })
    if (result === 'busy' || result === 'none') return result
    const durationMs = performance.now() - startedAt
    const outcomes: Record<string, number> = {}
    for (const { outcome } of result) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    for (const [outcome, count] of Object.entries(outcomes)) applied.inc({ outcome }, count)
    for (const _ of result) seconds.observe(durationMs / 1000 / result.length)
    log.info({ storeId, events: result.length, ...outcomes, durationMs: Math.round(durationMs) }, 'events.applied')
    return 'applied'
  }

  /** The events of the transaction in progress, for when it fails. One stage applies one batch at a time. */
  let batchInHand: OpenEvent[] = []

  const applyStore = async ({ storeId, tenantId }: StoreInTurn, priority: number) => {
    if (tenantId === null) {
      await db.service.transaction((tx) => dropEvents(tx, storeId))
      return 'applied'
    }
    const store = { storeId, tenantId }
    batchInHand = []
    try {
      return await applyBatch(store, priority, null)
    } catch (error) {
      if (isOutage(error) || batchInHand.length === 0) throw error
      const suspects = batchInHand
      if (suspects.length === 1 && suspects[0]) await fail(suspects[0], error)
      else for (const event of suspects) await applyAlone(store, priority, event)
      return 'applied'
    }
  }

  const applyAlone = async (store: Owner, priority: number, event: OpenEvent) => {
    try {
      await applyBatch(store, priority, event)
    } catch (error) {
      if (isOutage(error)) throw error
      await fail(event, error)
    }
  }

  const fail = async (event: OpenEvent, error: unknown) => {
    const dead = error instanceof Reject || event.attempts >= parts.config.retryLimit
    await failEvent(db.forTenant(event.tenantId), event, reasonOf(error), { dead, delayMs: parts.config.retryDelayMs })
    failed.inc({ follows: dead ? 'dead_letter' : 'retry' })
    log.warn(
      {
        storeId: event.storeId,
        eventId: event.eventId,
        attempts: event.attempts + 1,
        dead,
        ...describeFailure(error),
      },
      'event.failed',
    )
  }

  return {
    name: APPLY_STAGE,
    takeTurn: async (): Promise<Turn> => {
      let busy = false
      for (const priority of [0, 1] as const) {
        for (const store of await storesInTurn(db.service, work, priority, lastStore[priority], 8)) {
          const result = await applyStore(store, priority)
          lastStore[priority] = store.storeId
          if (result === 'applied') return 'more'
          if (result === 'busy') busy = true
        }
      }
      return { nextAt: busy ? performance.now() + BUSY_STORE_MS : await nextDue(db.service) }
    },
  }
}

/** An event that failed before goes alone, so that it cannot fail others again; the rest go together. */
function batchOf(claimed: OpenEvent[]): OpenEvent[] {
  const [first] = claimed
  if (first && first.attempts > 0) return [first]
  return claimed.filter((event) => event.attempts === 0)
}

/** Applies events of one store in the order they came, in memory; writes each product once, in its last state. */
async function applyInOrder(tx: Sql, queue: Queue, events: OpenEvent[], startedAt: number): Promise<AppliedEvent[]> {
  const owner = { tenantId: events[0]?.tenantId ?? 0, storeId: events[0]?.storeId ?? 0 }
  const externalIds = [...new Set(events.map((event) => externalIdOf(event.payload.product.id)))]
  const products = await loadProducts(tx, owner, externalIds)
  const writes = new Map<string, ProductWrite>()
  const applied: AppliedEvent[] = []
  let mayNeedChunks = false
  let embeddingsAvoided = 0
  for (const event of events) {
    const externalId = externalIdOf(event.payload.product.id)
    const stored = products.get(externalId) ?? null
    const order = orderOf(event, stored)
    const { outcome, next } = decide(stored, order, order.isDelete ? null : readProduct(event.payload.product))
    applied.push({ event, outcome, version: order.version })
    if (outcome === 'metadata_updated' || outcome === 'unchanged') embeddingsAvoided += stored?.chunkCount ?? 0
    if (next === null) continue
    mayNeedChunks ||= outcome !== 'unchanged' && outcome !== 'superseded'
    products.set(externalId, { ...next, chunkCount: stored?.chunkCount ?? 0, isActive: stored?.isActive ?? false })
    writes.set(externalId, { externalId, product: next, priority: event.priority })
  }
  const saved = await saveProducts(tx, owner, [...writes.values()])
  if (mayNeedChunks) await queue.wake(tx, CHUNK_STAGE)
  await addUsage(tx, [{ tenantId: owner.tenantId, counter: 'embeddings_avoided', by: embeddingsAvoided }])
  let productsChange = 0
  for (const [id, isActive] of saved) productsChange += Number(isActive) - Number(products.get(id)?.isActive ?? false)
  await finishEvents(tx, applied, {
    processingTimeMs: (performance.now() - startedAt) / events.length,
    productsChange,
  })
  return applied
}

/** A deletion without a version happens when it is received, after whatever is stored by then; at the last version there is, it wins the tie. */
function orderOf(event: OpenEvent, stored: KnownProduct | null): EventOrder {
  const isDelete = event.eventType === 'product.deleted'
  const behindStored = Math.min((stored?.version ?? 0) + 1, Number.MAX_SAFE_INTEGER)
  const version = isDelete && !event.isVersioned && stored ? Math.max(event.version, behindStored) : event.version
  return { version, isVersioned: event.isVersioned, eventId: event.eventId, isDelete }
}
