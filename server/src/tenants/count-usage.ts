import type { Database } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import { addUsage, mergeUsages, type Usage } from './usage.ts'

const RETRY_DELAY_MS = 5_000

export interface UsageCounter {
  /** Counts in memory and begins to write; the caller waits for nothing and hears of no failure. */
  count(usages: Usage[]): void
  stop(): Promise<void>
}

/**
 * Counts usage beside the work that it is about: an answer never waits for its count. One statement at a time writes all that was
 * counted since the last; a statement that fails is logged, and its counts are written with the next ones, 5 s later at most. A
 * killed process loses what was not written.
 */
export function createUsageCounter(db: Database, log: Log): UsageCounter {
  let counted: Usage[] = []
  let writing: Promise<void> | null = null
  let isFailing = false

  const write = async () => {
    while (counted.length > 0) {
      const batch = counted
      counted = []
      try {
        await addUsage(db.service, batch)
        isFailing = false
      } catch (error) {
        isFailing = true
        counted = mergeUsages([...batch, ...counted])
        log.warn({ error: String(error) }, 'usage.not_written')
        return
      }
    }
  }
  const begin = () => {
    writing ??= write().finally(() => {
      writing = null
    })
    return writing
  }
  const timer = setInterval(() => void begin(), RETRY_DELAY_MS)
  timer.unref()

  return {
    count: (usages) => {
      counted = mergeUsages([...counted, ...usages])
      // While writing fails only the timer tries, or each query would log the same failure.
      if (!isFailing) void begin()
    },
    stop: async () => {
      clearInterval(timer)
      await begin()
      // What was counted during the last write has not begun yet.
      await begin()
    },
  }
}
