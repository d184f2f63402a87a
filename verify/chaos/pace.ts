import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from './fault-plan.ts'

/** The load may be this share of all events behind the faults; then the next fault waits for it. */
const LAG_SHARE = 0.1
/** A fault waits at most this long for the load, and all faults together at most this long: a system that acknowledges nothing ends, too. */
const LONGEST_WAIT_MS = 60_000
const LONGEST_WAIT_IN_ALL_MS = 10 * 60_000
const POLL_MS = 100

/** Keeps the load and the faults together, so that what is sent is sent while faults go on. */
export interface Pace {
  /** The share of the load that may have been sent by now, from 0 to 1. */
  released(): number
  /** Resolves when this fault may strike: after its gap, and when the load has followed or was waited for long enough. */
  gap(fault: Fault): Promise<void>
  /** The last fault is over: everything may be sent. */
  over(): void
}

/**
 * Lets the load go in proportion to the gaps between the faults, and holds back a fault for which the load is not far enough. On a
 * busy machine a killed process takes several times as long to serve again: with faults by the clock alone, hardly any request met
 * a living process, and most of the load was sent after the last fault.
 */
export function createPace(faults: Fault[], { acknowledgedShare, now = Date.now, wait = delay }: PaceParts): Pace {
  const wholeMs = faults.reduce((sum, fault) => sum + fault.gapMs, 0)
  let doneMs = 0
  let waitedMs = 0
  let current: { startedAt: number; gapMs: number } | null = null
  let isOver = false
  const released = () => {
    if (isOver) return 1
    const inGapMs = current === null ? 0 : Math.min(now() - current.startedAt, current.gapMs)
    return (doneMs + inGapMs) / wholeMs
  }
  return {
    released,
    gap: async ({ gapMs }) => {
      current = { startedAt: now(), gapMs }
      await wait(gapMs)
      current = null
      doneMs += gapMs
      const waitsFrom = now()
      const deadline = waitsFrom + Math.min(LONGEST_WAIT_MS, LONGEST_WAIT_IN_ALL_MS - waitedMs)
      while (acknowledgedShare() < released() - LAG_SHARE && now() < deadline) await wait(POLL_MS)
      waitedMs += now() - waitsFrom
    },
    over: () => {
      isOver = true
    },
  }
}

interface PaceParts {
  acknowledgedShare: () => number
  now?: () => number
  wait?: (ms: number) => Promise<unknown>
}
