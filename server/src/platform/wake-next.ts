import type { Sql } from './database.ts'
import type { Queue } from './queue.ts'

/** Wake-ups of one stage for the next are this far apart while it goes from store to store: each costs a transaction. */
const WAKE_INTERVAL_MS = 100

/**
 * Wakes the next stage after the transactions that made its work. With a wake-up in each of them, 10,000 stores with an event each
 * enqueued 20,000 jobs. A process that is killed in between leaves work without a wake-up, which is found by the next sweep
 * (stage-runner.ts), 5 s later at most.
 */
export function wakeNext(queue: Queue, sql: Sql, stage: string) {
  let isNeeded = false
  let wokenAt = Number.NEGATIVE_INFINITY
  return {
    need: () => {
      isNeeded = true
    },
    /** Called after every turn; `isIdle` when no other one follows at once. */
    afterTurn: async (isIdle: boolean) => {
      if (!isNeeded || (!isIdle && performance.now() - wokenAt < WAKE_INTERVAL_MS)) return
      isNeeded = false
      wokenAt = performance.now()
      await queue.wake(sql, stage)
    },
  }
}
