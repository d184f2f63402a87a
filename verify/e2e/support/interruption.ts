/** Signals and events that end a run early: Ctrl-C, SIGTERM, and the end of npm. */

const CHECK_MS = 500

/**
 * npm sends a SIGTERM to the shell between it and this process. The shell ends without a message, so the run would continue with
 * all its servers; it therefore checks its parent process.
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
