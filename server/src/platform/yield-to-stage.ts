import type { Yielding } from './stage-runner.ts'

/** While an earlier stage is behind, a later one rests this many times as long as it worked, up to 1 s: about a fifth of the time is left to it. */
const REST_FACTOR = 4
const LONGEST_REST_MS = 1_000

/**
 * Lets an earlier stage go first while it is behind, beside what `load` lets go first. An applied event is found by its words at once, so
 * with 10,000 stores waiting, applying comes before vectors.
 */
export function yieldToStage(load: Yielding, earlier: { isBehind(): boolean }): Yielding {
  let restUntil = 0
  return {
    restMs: () => Math.max(load.restMs(), earlier.isBehind() ? restUntil - performance.now() : 0),
    worked: (ms) => {
      load.worked(ms)
      restUntil = performance.now() + Math.min(LONGEST_REST_MS, REST_FACTOR * ms)
    },
  }
}
