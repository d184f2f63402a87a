import type { Yielding } from './stage-runner.ts'

/** Requests waiting for a receipt that count as overload. A plugin sends one request at a time, so this many mean many shops. */
const RUSH_REQUESTS = 16
/** Between two flushes no request waits, so overload lasts this long after the last moment with many waiting requests. */
const RUSH_LASTS_MS = 250
/**
 * During overload all stages together pause fourteen times as long as they worked, up to 3 s: receipts go first, and the stages
 * always keep some of the time (`npm run bench -- acknowledge`).
 */
const REST_FACTOR = 14
const LONGEST_REST_MS = 3_000

export interface ReceivingLoad extends Yielding {
  enter(): void
  leave(): void
}

/**
 * Tells the stages of a process that also receives when to pause for receipts. All stages share one instance, because they share
 * the remaining time.
 */
export function measureReceivingLoad(): ReceivingLoad {
  let waiting = 0
  let rushUntil = Number.NEGATIVE_INFINITY
  let restUntil = 0
  return {
    enter: () => {
      waiting += 1
      if (waiting >= RUSH_REQUESTS) rushUntil = performance.now() + RUSH_LASTS_MS
    },
    leave: () => {
      waiting -= 1
    },
    restMs: () => {
      const now = performance.now()
      return now < rushUntil ? Math.max(0, restUntil - now) : 0
    },
    worked: (ms) => {
      restUntil = Math.max(restUntil, performance.now() + Math.min(LONGEST_REST_MS, REST_FACTOR * ms))
    },
  }
}
