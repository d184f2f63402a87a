import type { Sql } from '../db/database.ts'
import type { Queue } from './queue.ts'

/** Minimum interval between two wake-ups of the next stage while this one goes from store to store: each costs a transaction. */
const WAKE_INTERVAL_MS = 100

/**
 * Wakes the next stage after the transactions that made its work. One wake-up per transaction enqueued 20,000 jobs for 10,000
 * stores with one event each. A process that is killed in between leaves work without a wake-up; the next poll (stage-runner.ts)
 * finds it within 5 s.
 */
export function wakeNext(queue: Queue, sql: Sql, stage: string) {
  let isNeeded = false
  let wokenAt = Number.NEGATIVE_INFINITY
  return {
    need: () => {
      isNeeded = true
    },
    /** Called after every turn; `isIdle` when no other turn follows at once. */
    afterTurn: async (isIdle: boolean) => {
      if (!isNeeded || (!isIdle && performance.now() - wokenAt < WAKE_INTERVAL_MS)) return
      isNeeded = false
      wokenAt = performance.now()
      await queue.wake(sql, stage)
    },
  }
}
