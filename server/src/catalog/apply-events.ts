import { APPLY_STAGE } from '../ingest/store-events.ts'
import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { createBatchSizes } from '../platform/runtime/batch-sizes.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import type { Stage } from '../platform/runtime/stage-runner.ts'
import { type StoreTurn, type TurnResult, takeStoresInTurn } from '../platform/runtime/store-turns.ts'
import { wakeNext } from '../platform/runtime/wake-next.ts'
import { claimEvents, dropEvents, nextDue, type OpenEvent, openEvents, readAhead } from './event-log.ts'
import { computeProducts } from './products/compute-products.ts'
import { createBatchWriter, SINGLE_EVENT_TIMEOUT_MS } from './write-batches.ts'

/** The stage that is woken for products with changed text. */
export const CHUNK_STAGE = 'chunk-products'

/** Large enough to justify a transaction, small enough that the next store waits little. */
const MAX_EVENTS_PER_TURN = 100
/** Parallel stores on PostgreSQL: two cores cannot use more, and requests need the rest of the pool of 12. */
const MAX_PARALLEL_STORES = 4
interface Parts {
  db: Database
  queue: Queue
  log: Log
  metrics: Metrics
  config: Pick<Config, 'retryLimit' | 'retryDelayMs' | 'databasePoolSize'>
}

/**
 * The stage that turns events into products: stores in turn, live before backfill. Each turn is one transaction that writes the
 * products and finishes their events. A failed batch is halved, at once or in the next turns of the store, until the faulty event
 * is alone; only an event's own failure counts as an attempt. Only an outage stops the stage; any other error stops at most one
 * store.
 */
export function applyEventsStage(parts: Parts): Stage & { isBehind(): boolean } {
  const { db, queue, log, metrics, config } = parts
  const list = openEvents(config.retryDelayMs)
  const sizes = createBatchSizes(MAX_EVENTS_PER_TURN)
  const chunkStage = wakeNext(queue, db.service, CHUNK_STAGE)
  const batches = createBatchWriter({ db, log, metrics, config, sizes, onChangedText: chunkStage.need })

  /**
   * Events read ahead for many stores. Each entry is used once; an event that another worker has applied meanwhile cannot be
   * locked.
   */
  let readEvents = new Map<number, OpenEvent[]>()
  const takeAhead = (storeId: number, priority: number): OpenEvent[] | null => {
    const events = readEvents.get(storeId)
    readEvents.delete(storeId)
    const isUsable = events?.[0]?.priority === priority && sizes.of(storeId) >= events.length
    return isUsable ? events : null
  }

  const applyStore = async ({ storeId, tenantId, priority }: StoreTurn): Promise<TurnResult> => {
    try {
      if (tenantId === null) {
        await db.service.transaction((tx) => dropEvents(tx, storeId), { limitMs: SINGLE_EVENT_TIMEOUT_MS })
        return 'worked'
      }
      const ahead = takeAhead(storeId, priority)
      const events = ahead ?? (await claimEvents(db.forTenant(tenantId), list, storeId, priority, sizes.of(storeId)))
      if (events.length === 0) return 'busy'
      const { batch, failed } = await computeProducts(events)
      for (const { event, error } of failed) await batches.fail(event, error)
      return batch.length === 0 ? 'worked' : await batches.write({ storeId, tenantId }, batch)
    } catch (error) {
      return await batches.settleFailure(storeId, [], error)
    }
  }

  const turns = takeStoresInTurn({
    service: db.service,
    list,
    knowsNewest: true,
    atOnce:
      db.kind === 'embedded' ? 1 : Math.max(1, Math.min(MAX_PARALLEL_STORES, Math.floor(config.databasePoolSize / 3))),
    work: applyStore,
    lookAhead: async (stores, priority) => {
      const known = stores.filter((store) => store.tenantId !== null)
      readEvents = await readAhead(
        db.service,
        list,
        known.map((store) => store.storeId),
        priority,
      )
    },
    nextDue: () => nextDue(db.service),
  })

  return {
    name: APPLY_STAGE,
    takeTurn: async () => {
      const turn = await turns.takeTurn()
      await chunkStage.afterTurn(turn !== 'more')
      return turn
    },
    isBehind: turns.isBehind,
    drain: turns.drain,
  }
}
