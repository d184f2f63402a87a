import type { Config } from '../platform/config.ts'
import { answersAtOnce, type Database } from '../platform/db/database.ts'
import { faultOf, Reject } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { BatchSizes } from '../platform/runtime/batch-sizes.ts'
import type { TurnResult } from '../platform/runtime/store-turns.ts'
import { failEvent, type OpenEvent } from './event-log.ts'
import { describeFailure, reasonOf, TooHeavy } from './failure-sentences.ts'
import type { ComputedEvent } from './products/compute-products.ts'
import type { Owner } from './products/product-store.ts'
import { type Written, writeEvents } from './write-events.ts'

/** Statement timeout for a batch. It may be short, because a batch that times out is halved. */
const BATCH_TIMEOUT_MS = 3_000
/** Statement timeout for a single event: the maximum, because the event becomes a dead letter after its retries. */
export const SINGLE_EVENT_TIMEOUT_MS = 7_500

/** Maximum time for which a turn splits a failed batch; the rest is halved in the next turns of the store. */
const MAX_SPLIT_MS = 1_000

interface Parts {
  db: Database
  log: Log
  metrics: Metrics
  config: Pick<Config, 'retryLimit' | 'retryDelayMs'>
  sizes: BatchSizes
  /** Called after a batch with a changed text. */
  onChangedText: () => void
}

export interface BatchWriter {
  write(store: Owner, batch: ComputedEvent[]): Promise<TurnResult>
  /** Counts a failed attempt of one event. */
  fail(event: OpenEvent, error: unknown): Promise<void>
  settleFailure(storeId: number, batch: ComputedEvent[], error: unknown): Promise<TurnResult>
}

/** Writes the computed batch of a store, and decides what follows a failure: halve, pause the store, or count an attempt. */
export function createBatchWriter({ db, log, metrics, config, sizes, onChangedText }: Parts): BatchWriter {
  const applied = metrics.counter('fiko_events_applied_total', 'Events applied, by outcome', ['outcome'])
  const failed = metrics.counter('fiko_event_failures_total', 'Failed attempts at an event, by what follows', [
    'follows',
  ])
  const seconds = metrics.histogram(
    'fiko_event_processing_seconds',
    "An event's share of its batch",
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1],
  )

  /**
   * Splits a batch with a faulty event at once, until the time `splitUntil` (`performance.now()`): each event is read and computed
   * only once.
   */
  const write = async (
    store: Owner,
    batch: ComputedEvent[],
    splitUntil = performance.now() + MAX_SPLIT_MS,
  ): Promise<TurnResult> => {
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
    if (written.mayNeedChunks) onChangedText()
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

  return { write, fail, settleFailure }
}
