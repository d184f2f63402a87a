/** What ends a run early: Ctrl-C, SIGTERM, and the end of npm. */

const CHECK_MS = 500

/**
 * npm hands a SIGTERM to the shell between it and this process. The shell ends and tells nobody, so the run would go on with
 * all its servers: it notices by its parent.
 */
export function watchForInterruption(): AbortSignal {
  const interrupted = new AbortController()
  const abort = () => interrupted.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, abort)
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) {
    setInterval(() => process.ppid !== parent && abort(), CHECK_MS).unref()
  }
  return interrupted.signal
}
