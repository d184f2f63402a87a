/** CPU time after which the event loop runs, so that waiting requests are served. */
const YIELD_AFTER_MS = 8

/**
 * Limits the CPU time of a turn and lets the event loop run in between. Measures the thread's CPU time, because on a busy machine
 * the wall clock advances while the thread does not run.
 */
export function createCpuBudget(budgetMs: number) {
  let spentMs = 0
  let sinceYieldMs = 0
  return {
    /** Runs `work` and counts its CPU time. @throws the error of `work` */
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
