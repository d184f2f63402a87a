import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.ts'
import { startServerProcess } from '../../scripts/server-process.ts'

/** The campaign's shops come as fast as they can, from one address. */
const UNLIMITED = { RATE_LIMIT_PER_SECOND: '1000000', RATE_LIMIT_BURST: '1000000', FAILED_AUTH_PER_MINUTE: '1000000' }

/** As systemd would: a process that cannot start is tried again after a short rest, a killed one at once. */
const REST_MS = 300

export interface Supervised {
  readonly role: string
  readonly url: string
  /** Starts that ended by themselves before the server served, as when the database is away. */
  readonly failedStarts: number
  /** Unexpected exits of a serving process. */
  readonly crashes: number
  /** `kill -9`, in any state; the process is started again at once. */
  kill(): Promise<void>
  /** Resolves when it serves. */
  ready(): Promise<void>
  /** SIGTERM. @throws {Error} when it does not end cleanly */
  stop(): Promise<void>
  /** `kill -9`, and no other start. */
  end(): Promise<void>
}

/** Keeps a server process running on one address and restarts it after every exit. Its output goes to `logFile`. */
export async function supervise(options: {
  role: string
  settings: Record<string, string>
  entry?: string
  logFile: string
}): Promise<Supervised> {
  const { role, settings, entry, logFile } = options
  const port = await freePort()
  const log = createWriteStream(logFile, { flags: 'a' })
  let child: ChildProcess | undefined
  let ended: Promise<unknown> = Promise.resolve()
  let server: { stop(): Promise<void> } | undefined
  let serving = Promise.withResolvers<void>()
  let spawned = Promise.withResolvers<void>()
  let stopping = false
  let killed = false
  let crashes = 0
  let failedStarts = 0

  const runOnce = async () => {
    killed = false
    const start = startServerProcess({
      settings: { ...UNLIMITED, ...settings, PORT: String(port) },
      ...(entry !== undefined && { entry }),
      onSpawn: (started) => {
        child = started
        ended = once(started, 'close')
        started.stdout?.pipe(log, { end: false })
        started.stderr?.pipe(log, { end: false })
        spawned.resolve()
      },
    })
    server = await start.catch(() => undefined)
    if (server) serving.resolve()
    await ended
    child = undefined
    if (server && !killed && !stopping) crashes += 1
    if (!server && !killed && !stopping) failedStarts += 1
    serving = Promise.withResolvers<void>()
    spawned = Promise.withResolvers<void>()
    if (!killed && !stopping) await delay(REST_MS)
  }
  const loop = (async () => {
    while (!stopping) await runOnce()
  })()

  const kill = async () => {
    if (!child) await spawned.promise
    const victim = ended
    killed = true
    child?.kill('SIGKILL')
    await victim
  }
  return {
    role,
    url: `http://127.0.0.1:${port}`,
    get failedStarts() {
      return failedStarts
    },
    get crashes() {
      return crashes
    },
    kill,
    ready: () => serving.promise,
    stop: async () => {
      await serving.promise
      stopping = true
      await server?.stop()
      await loop
      log.end()
    },
    end: async () => {
      stopping = true
      child?.kill('SIGKILL')
      await loop
      log.end()
    },
  }
}
