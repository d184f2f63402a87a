import type { Yielding } from './stage-runner.ts'

/**
 * While an earlier stage is behind, a later one pauses this many times as long as it worked, up to 1 s. It keeps about a fifth of
 * the time.
 */
const REST_FACTOR = 4
const LONGEST_REST_MS = 1_000

/**
 * Gives an earlier stage priority while it is behind, in addition to `load`. An applied event is searchable by its words at once,
 * so with 10,000 waiting stores applying goes before embedding.
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
