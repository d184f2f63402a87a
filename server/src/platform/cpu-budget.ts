/** Requests share the thread: they come in between after this much. */
const YIELD_AFTER_MS = 8

/**
 * Bounds the CPU time that a turn computes for, and lets the event loop run in between. It measures the thread's own time: on a busy
 * machine the clock runs on while the thread does not.
 */
export function createCpuBudget(budgetMs: number) {
  let spentMs = 0
  let sinceYieldMs = 0
  return {
    /** Computes, and counts what it took. @throws what `work` throws */
    spend: <T>(work: () => T): T => {
      const startedAt = cpuMsOfThread()
      try {
        return work()
      } finally {
        const tookMs = cpuMsOfThread() - startedAt
        spentMs += tookMs
        sinceYieldMs += tookMs
      }
    },
    isSpent: () => spentMs >= budgetMs,
    yield: async () => {
      if (sinceYieldMs < YIELD_AFTER_MS) return
      sinceYieldMs = 0
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

function cpuMsOfThread(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
