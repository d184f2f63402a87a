import { isOutage, RetryLater } from './errors.ts'
import type { Log } from './log.ts'

/**
 * What one turn of a stage found: more work at once, or nothing until it is woken (or until `nextAt`, a time of
 * `performance.now()`, as all waiting is measured: the clock of a machine may be set back by a day).
 */
export type Turn = 'more' | { nextAt: number | null }

/** A stage of the pipeline: `takeTurn` claims a bounded amount of work, does it, commits it. */
export interface Stage {
  name: string
  takeTurn(): Promise<Turn>
  /** The server is stopping: gives up what may take long and is done again later, such as a request to the provider. */
  abort?(): void
  /** Waits for work that goes on beside the turns. Called after the last turn. */
  drain?(): Promise<void>
}

/** Lets something else in the process go first: asked before each turn how long to rest, told afterwards how long it took. */
export interface Yielding {
  restMs(): number
  worked(ms: number): void
}

const NEVER: Yielding = { restMs: () => 0, worked: () => {} }

export interface StageRunner {
  wake(): void
  /** Aborts what the stage can give up, waits for the turn in progress and for work beside it, then returns. */
  stop(): Promise<void>
}

/**
 * How often a stage looks for work that nobody announced: a wake-up lost with a killed worker, a clock that was set
 * back. This is the promise "runs again within 30 s"; the wake-ups are only what makes it quicker.
 */
const POLL_INTERVAL_MS = 5_000
const MAX_BACKOFF_MS = 30_000
/**
 * A stage that was asleep starts this much after it is woken: a burst becomes one batch, and on the embedded database,
 * which shares this thread, requests that are just arriving are taken in first (Node accepts one connection a turn of its
 * event loop, so work done in between makes every new client wait).
 */
const WAKE_DEBOUNCE_MS = 10

/**
 * Takes turns for as long as there is work, then sleeps until woken, due or swept. An error that escapes a turn stops the whole stage,
 * so only an outage may escape (a turn deals with failures of its work): the stage pauses, with exponential backoff and jitter, and
 * tries again for ever; no attempt is spent. `yielding` says when something else should go first.
 */
export function runStage(stage: Stage, log: Log, yielding: Yielding = NEVER): StageRunner {
  let stopping = false
  let awake = true
  let paused = false
  let interrupt: (() => void) | null = null

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.max(0, ms))
      function done() {
        clearTimeout(timer)
        interrupt = null
        resolve()
      }
      interrupt = done
    })

  const loop = async () => {
    let failures = 0
    while (!stopping) {
      awake = false
      paused = false
      let pauseMs: number
      try {
        paused = true
        for (let restMs = yielding.restMs(); restMs > 0 && !stopping; restMs = yielding.restMs()) await sleep(restMs)
        paused = false
        const startedAt = performance.now()
        const turn = await stage.takeTurn()
        yielding.worked(performance.now() - startedAt)
        failures = 0
        if (turn === 'more') {
          // Lets waiting requests in between two turns: the embedded database shares this thread.
          await new Promise((resolve) => setImmediate(resolve))
          continue
        }
        pauseMs = turn.nextAt === null ? POLL_INTERVAL_MS : Math.min(POLL_INTERVAL_MS, turn.nextAt - performance.now())
      } catch (error) {
        failures += 1
        const backoffMs = Math.min(MAX_BACKOFF_MS, 250 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2)
        pauseMs = error instanceof RetryLater ? error.afterMs : backoffMs
        paused = true
        log.warn(
          { stage: stage.name, outage: isOutage(error), failures, pauseMs, error: String(error) },
          'stage.paused',
        )
      }
      if (!stopping && (paused || !awake)) await sleep(pauseMs)
      if (!stopping && !paused) await new Promise((resolve) => setTimeout(resolve, WAKE_DEBOUNCE_MS))
    }
  }
  const finished = loop()

  return {
    wake: () => {
      awake = true
      // Neither in an outage nor in a rush may new work hurry the next turn: that would be a hammer.
      if (!paused) interrupt?.()
    },
    stop: async () => {
      stopping = true
      interrupt?.()
      stage.abort?.()
      await finished
      await stage.drain?.()
    },
  }
}
