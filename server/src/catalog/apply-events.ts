import { APPLY_STAGE } from '../ingest/store-events.ts'
import type { Config } from '../platform/config.ts'
import { answersAtOnce, type Database } from '../platform/db/database.ts'
import { faultOf, Reject } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { createBatchSizes } from '../platform/runtime/batch-sizes.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import type { Stage } from '../platform/runtime/stage-runner.ts'
import { type StoreTurn, type TurnResult, takeStoresInTurn } from '../platform/runtime/store-turns.ts'
import { wakeNext } from '../platform/runtime/wake-next.ts'
import { claimEvents, dropEvents, failEvent, nextDue, type OpenEvent, openEvents, readAhead } from './event-log.ts'
import { describeFailure, reasonOf, TooHeavy } from './failure-sentences.ts'
import { type ComputedEvent, computeProducts } from './products/compute-products.ts'
import type { Owner } from './products/product-store.ts'
import { type Written, writeEvents } from './write-events.ts'

/** The stage that is woken for products with changed text. */
export const CHUNK_STAGE = 'chunk-products'

/** Large enough to justify a transaction, small enough that the next store waits little. */
const MAX_EVENTS_PER_TURN = 100
/** Parallel stores on PostgreSQL: two cores cannot use more, and requests need the rest of the pool of 12. */
const MAX_PARALLEL_STORES = 4
/** Statement timeout for a batch. It may be short, because a batch that times out is halved. */
const BATCH_TIMEOUT_MS = 3_000
/** Statement timeout for a single event: the maximum, because the event becomes a dead letter after its retries. */
const SINGLE_EVENT_TIMEOUT_MS = 7_500

/** Maximum time for which a turn splits a failed batch; the rest is halved in the next turns of the store. */
const MAX_SPLIT_MS = 1_000

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
  const applied = metrics.counter('fiko_events_applied_total', 'Events applied, by outcome', ['outcome'])
  const failed = metrics.counter('fiko_event_failures_total', 'Failed attempts at an event, by what follows', [
    'follows',
  ])
  const seconds = metrics.histogram(
    'fiko_event_processing_seconds',
    "An event's share of its batch",
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1],
  )
  const list = openEvents(config.retryDelayMs)
  const sizes = createBatchSizes(MAX_EVENTS_PER_TURN)
  const chunkStage = wakeNext(queue, db.service, CHUNK_STAGE)

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
      for (const { event, error } of failed) await fail(event, error)
      return batch.length === 0 ? 'worked' : await write({ storeId, tenantId }, batch, performance.now() + MAX_SPLIT_MS)
    } catch (error) {
      return await settleFailure(storeId, [], error)
    }
  }

  /**
   * Splits a batch with a faulty event at once, until the time `splitUntil` (`performance.now()`): each event is read and computed
   * only once.
   */
  const write = async (store: Owner, batch: ComputedEvent[], splitUntil: number): Promise<TurnResult> => {
    const startedAt = performance.now()
    const limitMs = batch.length > 1 ? BATCH_TIMEOUT_MS : SINGLE_EVENT_TIMEOUT_MS
    try {
      const written = await db.forTenant(store.tenantId).transaction((tx) => writeEvents(tx, store, batch), { limitMs })
      if (written === 'busy') return 'busy'
      sizes.double(store.storeId)
      note(store.storeId, written, performance.now() - startedAt)
      return 'worked'
    } catch (error) {
      if (faultOf(error) !== 'own' || batch.length === 1 || performance.now() > splitUntil)
        return await settleFailure(store.storeId, batch, error)
    }
    const middle = batch.length >> 1
    const result = await write(store, batch.slice(0, middle), splitUntil)
    return result === 'worked' ? await write(store, batch.slice(middle), splitUntil) : result
  }

  const note = (storeId: number, written: Written, durationMs: number) => {
    if (written.mayNeedChunks) chunkStage.need()
    const outcomes: Record<string, number> = {}
    for (const { outcome } of written.applied) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    for (const [outcome, count] of Object.entries(outcomes)) applied.inc({ outcome }, count)
    for (const _ of written.applied) seconds.observe(durationMs / 1000 / written.applied.length)
    const events = written.applied.length
    log.info({ storeId, events, ...outcomes, durationMs: Math.round(durationMs) }, 'events.applied')
  }

  /** Handles a failed turn of a store: the store pauses, or one event counts an attempt. @throws the error of an outage */
  const settleFailure = async (storeId: number, batch: ComputedEvent[], error: unknown): Promise<TurnResult> => {
    const fault = faultOf(error)
    if (fault === 'outage') throw error
    if (fault === 'limit' && !(await answersAtOnce(db))) throw error
    log.warn({ storeId, events: batch.length, fault, ...describeFailure(error) }, 'events.not_applied')
    if (fault === 'contention') return 'failed'
    sizes.halve(storeId, batch.length)
    const [alone] = batch
    if (batch.length !== 1 || alone === undefined) return fault === 'own' && batch.length > 1 ? 'worked' : 'failed'
    try {
      await fail(alone.event, fault === 'limit' ? new TooHeavy(String(error)) : error)
      return fault === 'limit' ? 'failed' : 'worked'
    } catch (failure) {
      if (faultOf(failure) === 'outage') throw failure
      return 'failed'
    }
  }

  const fail = async (event: OpenEvent, error: unknown) => {
    const dead = error instanceof Reject || event.attempts >= config.retryLimit
    await failEvent(db.forTenant(event.tenantId), event, reasonOf(error), { dead, delayMs: config.retryDelayMs })
    failed.inc({ follows: dead ? 'dead_letter' : 'retry' })
    const { storeId, eventId } = event
    log.warn({ storeId, eventId, attempts: event.attempts + 1, dead, ...describeFailure(error) }, 'event.failed')
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
