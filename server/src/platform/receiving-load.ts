import type { Yielding } from './stage-runner.ts'

/** How many requests that wait for a receipt count as a rush. A plugin sends one at a time; so many at once are many shops. */
const RUSH_REQUESTS = 16
/** Between two flushes everybody has just been answered: a rush lasts this long behind the last moment of many waiting. */
const RUSH_LASTS_MS = 250
/**
 * In a rush all stages together rest fourteen times as long as they worked, up to 3 s: receipts go first, and a part of the
 * time is always left for the work (`npm run bench -- acknowledge`).
 */
const REST_FACTOR = 14
const LONGEST_REST_MS = 3_000

export interface ReceivingLoad extends Yielding {
  enter(): void
  leave(): void
}

/** Tells the stages of a process that also receives when receipts should go first. One for all stages: they share what is left. */
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
