import type { Database } from '../../platform/db/database.ts'
import type { Log } from '../../platform/log.ts'
import { addUsage, mergeUsages, type Usage } from '../usage.ts'

const RETRY_DELAY_MS = 5_000

export interface UsageCounter {
  /** Counts in memory and starts a write; the caller neither waits nor receives errors. */
  count(usages: Usage[]): void
  stop(): Promise<void>
}

/**
 * Counts usage outside the request: a response never waits for its counter. One statement at a time writes everything counted since
 * the last one. A failed statement is logged, and its counts are written with the next ones, at most 5 s later. A killed process
 * loses unwritten counts.
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
      // While writes fail, only the timer retries; otherwise each query would log the same failure.
      if (!isFailing) void begin()
    },
    stop: async () => {
      clearInterval(timer)
      await begin()
      // Counts added during the last write are not written yet.
      await begin()
    },
  }
}
