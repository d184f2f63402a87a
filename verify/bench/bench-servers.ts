/** Starts the servers of the benchmarks: a new database for each, and real servers in processes of their own. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { createScratchDatabase } from '../../scripts/scratch-database.ts'
import { startServerProcess } from '../../scripts/server-process.ts'
import { startThrowawayPostgres } from '../../scripts/throwaway-postgres.ts'

const ADMIN_API_KEY = 'bench-admin-key-0123456789'
/** A server that used less of a core than this, has nothing left to do: idle it uses 0.02 to 0.05, more under a profiler. */
const QUIET_SHARE = 0.12
const QUIET_MS = 1_500

export interface Installation {
  settings: Record<string, string>
  remove(): Promise<void>
}

export interface BenchDatabase {
  kind: 'embedded' | 'postgres'
  /** Name and version, and what its commits wait for. */
  description: string
  /** Address of the PostgreSQL server, for other processes that work on it. */
  url?: string
  /** A new, empty database. */
  create(): Promise<Installation>
  close(): Promise<void>
}

export interface BenchServer {
  url: string
  pid: number
  adminKey: string
  /** A token of the first admin's tenant, or of an owner with this name, who is created at the first use. */
  makeToken(wanted?: { ofOwner?: string; type?: 'woocommerce' | 'knowledge' }): Promise<string>
  /** Gives an existing user a password, signs the user in, and returns the header of the session. */
  signIn(email: string): Promise<{ cookie: string }>
  /** CPU time this process has used. */
  cpuMs(): Promise<number>
  /** Memory this process holds now. */
  memoryMb(): Promise<number>
  /** Resolves when it has finished what was left to do. @throws {Error} when it is still working after `patienceMs` */
  quiet(patienceMs: number): Promise<void>
  stop(): Promise<void>
}

export function openEmbedded(): BenchDatabase {
  return {
    kind: 'embedded',
    description: 'PGlite 0.5 in a temporary directory, fsync off',
    create: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'fiko-bench-'))
      return {
        settings: { DATA_DIR: directory },
        remove: () => rm(directory, { recursive: true, force: true }),
      }
    },
    close: async () => {},
  }
}

/** On the server that DATABASE_URL names, or on a throw-away cluster; in either case in databases of its own. */
export async function openPostgres(databaseUrl: string | undefined): Promise<BenchDatabase> {
  const cluster = databaseUrl ? undefined : await startThrowawayPostgres()
  const url = databaseUrl ?? cluster?.url ?? ''
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  if (cluster) {
    // pg_virtualenv turns it off for the sake of tests; a figure for acknowledgements must include the disk.
    await client.query('alter system set fsync = on')
    await client.query('select pg_reload_conf()')
    await delay(500)
  }
  const { rows } = await client.query<{ version: string; fsync: string; commit: string }>(
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as commit`,
  )
  await client.end()
  const { version, fsync, commit } = rows[0] ?? {}
  return {
    kind: 'postgres',
    url,
    description: `PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${commit}, on the same machine`,
    create: async () => {
      const scratch = await createScratchDatabase(url)
      return { settings: { DATABASE_URL: scratch.url }, remove: () => scratch.drop() }
    },
    close: async () => cluster?.stop(),
  }
}

/** A benchmark is one shop that asks as fast as it can. The limits are counted all the same, so their cost is in the figures. */
const UNLIMITED = { RATE_LIMIT_PER_SECOND: '1000000', RATE_LIMIT_BURST: '1000000' }

/** Starts the server with the benchmark's route; nothing but its settings is different from `npm start`. */
export async function startBenchServer(
  installation: Record<string, string>,
  settings: Record<string, string> = {},
): Promise<BenchServer> {
  const profile = process.env.BENCH_PROFILE
  const server = await startServerProcess({
    entry: 'verify/bench/bench-server.ts',
    settings: {
      ADMIN_API_KEY,
      LOG_LEVEL: 'warn',
      EMBEDDING_PROVIDER: 'offline',
      ...UNLIMITED,
      ...installation,
      ...settings,
    },
    ...(profile && { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${profile}`] }),
  })
  const owners = new Map<string, string>()
  const used = async () => {
    server.child.send('used')
    const [answer] = (await once(server.child, 'message')) as [NodeJS.CpuUsage & { memory: number }]
    return answer
  }
  const cpuMs = async () => {
    const { user, system } = await used()
    return (user + system) / 1000
  }
  return {
    url: server.url,
    pid: server.child.pid ?? 0,
    adminKey: ADMIN_API_KEY,
    signIn: async (email) => {
      const admin = { authorization: `Bearer ${ADMIN_API_KEY}`, 'content-type': 'application/json' }
      const users = (await (await fetch(`${server.url}/api/v1/users/?limit=200`, { headers: admin })).json()) as {
        results: { id: string; email: string }[]
      }
      const id = users.results.find((user) => user.email === email)?.id
      const password = 'bench-password-0123'
      const change = { method: 'PATCH', headers: admin, body: JSON.stringify({ password }) }
      await fetch(`${server.url}/api/v1/users/${id}/`, change)
      const answer = await fetch(`${server.url}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: server.url },
        body: JSON.stringify({ email, password }),
      })
      return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    },
    cpuMs,
    memoryMb: async () => (await used()).memory / 1e6,
    makeToken: async (wanted = {}) => {
      const ask = async (path: string, body: object) => {
        const response = await fetch(`${server.url}/api/v1/${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${ADMIN_API_KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        return (await response.json()) as { token: string; id: string }
      }
      const { ofOwner, type = 'woocommerce' } = wanted
      const body = { integration_type: type, name: 'Bench shop' }
      if (ofOwner === undefined) return (await ask('integrations/tokens/generate/', body)).token
      const owner = owners.get(ofOwner) ?? (await ask('users/', { email: `${ofOwner}@example.com`, role: 'owner' })).id
      owners.set(ofOwner, owner)
      return (await ask('integrations/tokens/generate/', { ...body, user_id: owner })).token
    },
    quiet: async (patienceMs) => {
      const deadline = Date.now() + patienceMs
      for (;;) {
        const [before, backlogBefore] = [await cpuMs(), await readBacklog(server.url)]
        await delay(QUIET_MS)
        // Work that rests for the sake of receipts is quiet, too: its backlog must not move either.
        const isIdle = (await cpuMs()) - before < QUIET_SHARE * QUIET_MS
        if (isIdle && (await readBacklog(server.url)) === backlogBefore) return
        if (Date.now() > deadline) throw new Error(`the server is still busy after ${patienceMs / 1000} s`)
      }
    },
    stop: () => server.stop(),
  }
}

/** Open events and texts without a vector: without a worker their number does not change. */
async function readBacklog(url: string): Promise<string> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return [...metrics.matchAll(/^fiko_(?:open_events|pending_embeddings) .+$/gm)].join(' ')
}
