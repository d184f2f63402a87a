import { setTimeout as delay } from 'node:timers/promises'
import { faultOf } from '../errors.ts'

/** Target duration of a batch: the embedded database blocks everything else meanwhile. */
const TARGET_BATCH_MS = 50
const FIRST_BATCH_SIZE = 20
const MAX_BATCH_SIZE = 5_000
/** Consecutive failures, each with a smaller batch, after which the error is thrown. */
const MAX_FAILURES = 10

/**
 * Processes many rows in transactions of bounded size. `work` handles at most `limit` rows and returns how many it handled; it is
 * called until it returns 0. The limit follows the duration of the batches. A batch that meets a time limit or a lock is retried
 * with half the size. Returns the number of rows. @throws an outage, or a failure of the work itself
 */
export async function inBatches(work: (limit: number) => Promise<number>): Promise<number> {
  let limit = FIRST_BATCH_SIZE
  let total = 0
  let failures = 0
  for (;;) {
    const startedAt = performance.now()
    try {
      const done = await work(limit)
      if (done === 0) return total
      total += done
      failures = 0
      const tookMs = performance.now() - startedAt
      if (tookMs > TARGET_BATCH_MS) limit = Math.max(1, limit >> 1)
      else if (tookMs < TARGET_BATCH_MS / 2) limit = Math.min(MAX_BATCH_SIZE, limit * 2)
    } catch (error) {
      const fault = faultOf(error)
      failures += 1
      if (fault === 'outage' || fault === 'own' || failures > MAX_FAILURES) throw error
      limit = Math.max(1, limit >> 1)
      await delay(20 * failures)
    }
    // The embedded database never leaves the thread, so waiting requests are served here.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
