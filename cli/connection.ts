import { randomBytes } from 'node:crypto'
import type { ProblemDocument } from '../server/src/platform/http/contract.ts'
import type { Page } from '../server/src/platform/http/lists.ts'

/** The exit codes of all commands; `docs/cli.md` lists them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, refused: 3, unavailable: 4, unwell: 5 } as const

/** A command that did not work: the sentence for the terminal, and the exit code. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The server that a command speaks to, over HTTP in any case. */
export interface Connection {
  url: string
  /** The answer's body. @throws {CommandError} what the server refused, in its own words */
  request<T>(method: string, path: string, body?: unknown): Promise<T>
  /** The answer itself, for what is not JSON. */
  stream(path: string): Promise<Response>
  close(): Promise<void>
}

/**
 * Connects to the server at `FIKO_URL` with `ADMIN_API_KEY`. Without `FIKO_URL` it starts a server for the command, on the
 * configured database and with a random key, so that every command uses the same endpoints. `works` also runs the pipeline there.
 */
export async function connect({ works = false }: { works?: boolean } = {}): Promise<Connection> {
  const remote = process.env.FIKO_URL?.replace(/\/+$/, '')
  if (remote) {
    const key = process.env.ADMIN_API_KEY
    if (!key)
      throw new CommandError('FIKO_URL is set, but ADMIN_API_KEY is not: set the key of that server.', EXIT.usage)
    return connection(remote, key, async () => {})
  }
  // Loaded only here: a command that speaks to a running server starts in a tenth of the time without it.
  const { ConfigError, readConfig } = await import('../server/src/platform/config.ts')
  const { createLog } = await import('../server/src/platform/log.ts')
  const { startServer } = await import('../server/src/server.ts')
  const { handOverFirstSecrets } = await import('../server/src/tenants/sign-in/first-start.ts')
  const key = randomBytes(24).toString('hex')
  const config = {
    ...readConfig(),
    host: '127.0.0.1',
    port: 0,
    adminApiKey: key,
    role: works ? ('all' as const) : ('api' as const),
  }
  const server = await startServer(config, createLog('silent')).catch((error: unknown) => {
    if (error instanceof ConfigError && /in use by another process/.test(error.message)) {
      throw new CommandError(
        `${error.message}\nIf that is your running server, speak to it: set FIKO_URL=http://127.0.0.1:8787 and its ADMIN_API_KEY.`,
        EXIT.unavailable,
      )
    }
    if (error instanceof ConfigError) throw new CommandError(error.message, EXIT.usage)
    throw error
  })
  if (server.firstStart) {
    const first = handOverFirstSecrets(
      server.firstStart,
      config.adminEmail,
      config.dataDir,
      process.stderr.isTTY === true,
    )
    for (const line of first) process.stderr.write(`${line}\n`)
  }
  return connection(server.address, key, server.stop)
}

function connection(url: string, key: string, close: () => Promise<void>): Connection {
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new CommandError(
        `${url} cannot be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`,
        EXIT.unavailable,
      )
    })
    if (response.ok) return response
    const problem = (await response.json().catch(() => null)) as Partial<ProblemDocument> | null
    const detail = problem?.detail ?? `${url} answered ${response.status}`
    throw new CommandError(detail, response.status >= 500 ? EXIT.unavailable : EXIT.refused)
  }
  return {
    url,
    request: async <T>(method: string, path: string, body?: unknown) => {
      const response = await call(method, path, body)
      return (response.status === 204 ? null : await response.json()) as T
    },
    stream: (path) => call('GET', path),
    close,
  }
}

/** All of a list, page after page. */
export async function listAll<T>(server: Connection, path: string): Promise<T[]> {
  const all: T[] = []
  for (let next: string | null = `${path}?limit=200`; next !== null; ) {
    const page: Page<T> = await server.request('GET', next)
    all.push(...page.results)
    next = page.next
  }
  return all
}

/** Connects, does the work, and closes the connection in every case. */
export async function withServer<T>(
  work: (server: Connection) => Promise<T>,
  options?: { works?: boolean },
): Promise<T> {
  const server = await connect(options)
  try {
    return await work(server)
  } finally {
    await server.close()
  }
}
