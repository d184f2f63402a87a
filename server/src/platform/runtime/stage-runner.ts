import { isOutage, RetryLater } from '../errors.ts'
import type { Log } from '../log.ts'

/**
 * Result of one turn: more work at once, or nothing until the stage is woken (or until `nextAt`, a time of `performance.now()`; the
 * wall clock may be set back by a day).
 */
export type Turn = 'more' | { nextAt: number | null }

/** A stage of the pipeline: `takeTurn` claims a bounded amount of work, does it and commits it. */
export interface Stage {
  name: string
  takeTurn(): Promise<Turn>
  /** Called when the server stops: aborts long work that is repeated later, such as a request to the provider. */
  abort?(): void
  /** Waits for work that runs beside the turns. Called after the last turn. */
  drain?(): Promise<void>
}

/** Gives other work of the process priority: `restMs` is the pause before a turn, `worked` receives the duration of a turn. */
export interface Yielding {
  restMs(): number
  worked(ms: number): void
}

const NEVER: Yielding = { restMs: () => 0, worked: () => {} }

export interface StageRunner {
  wake(): void
  /** Aborts what the stage can abort, waits for the turn in progress and for work beside it, then returns. */
  stop(): Promise<void>
}

/**
 * How often a stage checks for work without a wake-up (lost with a killed worker, or a clock set back). This guarantees "runs again
 * within 30 s"; wake-ups only make it faster.
 */
const POLL_INTERVAL_MS = 5_000
const MAX_BACKOFF_MS = 30_000
/**
 * Delay between a wake-up and the turn of an idle stage: a burst becomes one batch. On the embedded database, which shares this
 * thread, requests that are just arriving are accepted first (Node accepts one connection per turn of its event loop, so work in
 * between delays every new client).
 */
const WAKE_DEBOUNCE_MS = 10

/**
 * Takes turns while there is work, then sleeps until it is woken, due or polled. An error that leaves a turn pauses the whole
 * stage, with exponential backoff and jitter and without counting attempts. Only an outage may leave a turn; a turn handles
 * failures of its own work. `yielding` gives other work priority.
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
          // Serves waiting requests between two turns: the embedded database shares this thread.
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
      // New work does not shorten a pause during an outage or overload; it would add load at the worst time.
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
