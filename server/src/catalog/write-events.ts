import { type Sql, together } from '../platform/db/database.ts'
import { addAvoided } from '../tenants/usage.ts'
import { type AppliedEvent, finishEvents, isDeletedStore, lockEvents, lockStore, type OpenEvent } from './event-log.ts'
import type { ComputedEvent } from './products/compute-products.ts'
import {
  externalIdOf,
  type KnownProduct,
  loadProducts,
  type Owner,
  type ProductWrite,
  saveProducts,
} from './products/product-store.ts'
import { decide, type EventOrder } from './products/version-order.ts'

export interface Written {
  applied: AppliedEvent[]
  /** True when texts may have changed, so that the chunk stage has work. */
  mayNeedChunks: boolean
}

/**
 * Applies events of one store and finishes them, in the caller's transaction: in order of arrival, with one write per product for
 * its last state. Events that another worker has applied meanwhile are skipped. `busy`: another worker has the store.
 */
export async function writeEvents(tx: Sql, owner: Owner, batch: ComputedEvent[]): Promise<Written | 'busy'> {
  const startedAt = performance.now()
  const externalIds = [...new Set(batch.map(({ event }) => externalIdOf(event.productId)))]
  const [hasStore, open, isDeleted, known] = await together(
    lockStore(tx, owner.storeId),
    lockEvents(
      tx,
      batch.map(({ event }) => event),
    ),
    isDeletedStore(tx, owner.storeId),
    loadProducts(tx, owner, externalIds),
  )
  if (!hasStore) return 'busy'
  const events = batch.filter(({ event }) => open.has(event.id))
  if (events.length === 0) return 'busy'
  if (isDeleted) {
    const applied = events.map(({ event }) => ({ event, outcome: 'superseded' as const, version: event.version }))
    await finishEvents(tx, applied, { processingTimeMs: 0, productsChange: 0 })
    return { applied, mayNeedChunks: false }
  }
  const { applied, writes, embeddingsAvoided } = applyInOrder(events, known)
  await saveProducts(tx, owner, writes, known, (saved) => {
    let productsChange = 0
    for (const [id, isActive] of saved) productsChange += Number(isActive) - Number(known.get(id)?.isActive ?? false)
    const processingTimeMs = (performance.now() - startedAt) / events.length
    return [
      addAvoided(tx, [{ tenantId: owner.tenantId, storeId: owner.storeId, by: embeddingsAvoided }]),
      finishEvents(tx, applied, { processingTimeMs, productsChange }),
    ]
  })
  const mayNeedChunks = applied.some(({ outcome }) => outcome !== 'unchanged' && outcome !== 'superseded')
  return { applied, mayNeedChunks }
}

/** A product that is not stored yet. */
const UNKNOWN = { id: 0, chunkCount: 0, isActive: false, productHash: '', searchTerms: null }

/** Decides the events one after the other, in memory. */
function applyInOrder(events: ComputedEvent[], known: Map<string, KnownProduct>) {
  const products = new Map(known)
  const writes = new Map<string, ProductWrite>()
  const applied: AppliedEvent[] = []
  let embeddingsAvoided = 0
  for (const { event, state } of events) {
    const externalId = externalIdOf(event.productId)
    const stored = products.get(externalId) ?? null
    const order = orderOf(event, stored)
    const { outcome, next } = decide(stored, order, state)
    applied.push({ event, outcome, version: order.version })
    if (outcome === 'metadata_updated' || outcome === 'unchanged') embeddingsAvoided += stored?.chunkCount ?? 0
    if (next === null) continue
    const { id, chunkCount, isActive, productHash, searchTerms } = stored ?? UNKNOWN
    products.set(externalId, { ...next, id, chunkCount, isActive, productHash, searchTerms })
    writes.set(externalId, { externalId, product: next, priority: event.priority })
  }
  return { applied, writes: [...writes.values()], embeddingsAvoided }
}

/**
 * A deletion without a version is ordered at its receipt, after everything that is stored then; at the maximum version it wins the
 * tie.
 */
function orderOf(event: OpenEvent, stored: KnownProduct | null): EventOrder {
  const isDelete = event.eventType === 'product.deleted'
  const behindStored = Math.min((stored?.version ?? 0) + 1, Number.MAX_SAFE_INTEGER)
  const version = isDelete && !event.isVersioned && stored ? Math.max(event.version, behindStored) : event.version
  return { version, isVersioned: event.isVersioned, eventId: event.eventId, isDelete }
}
