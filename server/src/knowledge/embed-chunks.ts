import type { Database } from '../platform/db/database.ts'
import { faultOf, RetryLater } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Stage } from '../platform/runtime/stage-runner.ts'
import { EMBED_STAGE } from './chunks/chunk-products.ts'
import type { Prices } from './cost/prices.ts'
import { createTextEmbedder, embeddingCounters } from './embed-texts.ts'
import type { ModelInUse } from './model-in-use.ts'
import { finishBuild } from './profiles.ts'
import { type Embedder, ProviderUnavailable } from './provider/embedder.ts'
import { watchProvider } from './provider/provider-health.ts'
import { countPending, leasePending, releaseLeases } from './vector-store.ts'

/** Maximum provider requests in flight. */
const PARALLEL_REQUESTS = 4
/**
 * Minimum interval between requests with a batch that is not full: a single edit is embedded at once, a stream of edits causes at
 * most two and a half requests per second.
 */
const BATCH_WAIT_MS = 400
/** Size of the request that probes a failing provider. */
const PROBE_CHUNKS = 8
const MAX_BACKOFF_MS = 60_000

interface Parts {
  db: Database
  model: ModelInUse
  prices: Prices
  log: Log
  metrics: Metrics
}

/**
 * The stage that gives pending chunks their vectors: cached ones without a request, the others many per request. While the provider
 * is unavailable, all chunks wait without counting attempts, and their old vectors stay in use. A text that the provider refuses
 * alone becomes a dead letter.
 */
export function embedChunksStage({ db, model, prices, log, metrics }: Parts): Stage {
  const stopping = new AbortController()
  const counters = embeddingCounters(metrics)
  const open = ({ profileId, embedder }: { profileId: number; embedder: Embedder }) => {
    const health = watchProvider(db, profileId, log)
    const texts = createTextEmbedder({
      db,
      embedder,
      profileId,
      log,
      counters,
      health,
      prices,
      signal: stopping.signal,
    })
    const batchWaitMs = embedder.profile.provider === 'openai' ? BATCH_WAIT_MS : 0
    return { profileId, embedder, health, texts, batchWaitMs }
  }
  let used = open(model.current())
  let lastStore = 0
  let failures = 0

  const takeTurn = async () => {
    const { profileId, embedder } = model.current()
    if (profileId !== used.profileId || embedder !== used.embedder) {
      used = open({ profileId, embedder })
      failures = 0
    }
    const { texts, health, batchWaitMs } = used
    const dueAt = texts.lastRequestAt() + batchWaitMs
    const batchLimit = texts.batchLimit()
    if (performance.now() < dueAt && (await countPending(db.service, batchLimit)) < batchLimit) return { nextAt: dueAt }
    const limit = failures > 0 ? PROBE_CHUNKS : batchLimit * PARALLEL_REQUESTS
    const lease = await db.service.transaction((tx) => leasePending(tx, lastStore, limit))
    lastStore = lease.lastStore
    if (lease.chunks.length === 0) {
      await finishBuild(db, log)
      return { nextAt: null }
    }
    try {
      await texts.embed(lease.chunks)
      failures = 0
    } catch (error) {
      const ids = lease.chunks.map((chunk) => chunk.id)
      const isUnavailable = error instanceof ProviderUnavailable
      if (!stopping.signal.aborted && !isUnavailable && faultOf(error) === 'own') {
        // Some of these chunks may be faulty: they wait until their lease ends, and the next stores get their turn.
        log.error({ chunks: ids.length, error: String(error) }, 'chunks.not_embedded')
        return 'more' as const
      }
      await releaseLeases(db.service, ids)
      if (stopping.signal.aborted) return { nextAt: null }
      if (!isUnavailable) throw error
      health.failed(error.message)
      failures += 1
      const backoffMs = 1000 * 2 ** Math.min(failures - 1, 6) * (0.75 + Math.random() / 2)
      throw new RetryLater(
        error.message,
        Math.min(error.retryAfterMs ?? backoffMs, error.retryAfterMs ?? MAX_BACKOFF_MS),
      )
    }
    return 'more' as const
  }

  return { name: EMBED_STAGE, takeTurn, abort: () => stopping.abort() }
}
