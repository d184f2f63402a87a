import { setTimeout as delay } from 'node:timers/promises'
import { faultOf } from './errors.ts'

/** How long a batch should take: on the embedded database everything else waits meanwhile. */
const TARGET_BATCH_MS = 50
const FIRST_BATCH_SIZE = 20
const MAX_BATCH_SIZE = 5_000
/** Failures in a row of batches that grow smaller, before the last one is passed on. */
const MAX_FAILURES = 10

/**
 * Does work on many rows in transactions of bounded size: `work` takes at most `limit` rows, and gives how many it took; it is called
 * until that is 0. The limit follows the time that batches take. A batch that runs into a time limit or into locks is made smaller and
 * tried again. Gives how many rows there were. @throws what is an outage or a failure of the work itself
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
    // The embedded database answers without leaving the thread: requests come in here.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
