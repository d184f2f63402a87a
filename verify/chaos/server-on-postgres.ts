import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { createScratchDatabase } from '../../scripts/scratch-database.ts'
import { startThrowawayPostgres, type ThrowawayPostgres } from '../../scripts/throwaway-postgres.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import type { Asker } from './answers.ts'
import { createBackupReaders } from './backup-readers.ts'
import type { MoodyProvider } from './moody-provider.ts'
import { strike } from './postgres-faults.ts'
import { ADMIN_API_KEY, lookOn, openShops, sampleSearch, settled } from './server-over-http.ts'
import { takeSnapshot } from './snapshot.ts'
import { type Supervised, supervise } from './supervisor.ts'
import type { System } from './system.ts'

/** Two of each: while one is killed, the other continues, and both use the same database. */
const ROLES = ['api', 'api', 'worker', 'worker']

/** A transaction that works is idle between two statements for some milliseconds; these do nothing for 2 s. */
const IDLE_IN_TRANSACTION = `select count(*) as count from pg_stat_activity
  where datname = current_database() and state like 'idle in transaction%' and state_change < now() - interval '2 seconds'`

/** A cluster with fsync on, and in front of it a network that can be cut. */
export interface PostgresBehindNetwork {
  cluster: ThrowawayPostgres
  proxy: TcpProxy
  /** Through the network. */
  url: string
  /** Past it, for the campaign itself. */
  directUrl: string
  description: string
  close(): Promise<void>
}

export async function startPostgresBehindNetwork(): Promise<PostgresBehindNetwork> {
  const cluster = await startThrowawayPostgres({ fsync: true })
  const { url: directUrl } = await createScratchDatabase(cluster.url)
  const direct = new URL(directUrl)
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) })
  const url = new URL(directUrl)
  url.port = String(proxy.port)
  const [row] = await readRows<{ version: string; fsync: string; commit: string }>(
    directUrl,
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as commit`,
  )
  return {
    cluster,
    proxy,
    url: url.href,
    directUrl,
    description: `PostgreSQL ${row?.version}, fsync ${row?.fsync}, synchronous_commit ${row?.commit}`,
    close: async () => {
      await proxy.close()
      await cluster.stop()
    },
  }
}

/** `bigint` arrives as a number, as in the server. */
export async function readRows<Row>(url: string, text: string): Promise<Row[]> {
  const types = {
    getTypeParser: ((oid: number, format?: 'text') =>
      oid === 20 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
  }
  const client = new pg.Client({ connectionString: url, types })
  await client.connect()
  try {
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}

/** The real server as four processes on PostgreSQL. */
export async function startServerOnPostgres(
  asker: Asker,
  { provider, logFolder, seed }: { provider: MoodyProvider; logFolder: string; seed: number },
): Promise<System> {
  const postgres = await startPostgresBehindNetwork()
  const dataDir = await mkdtemp(join(tmpdir(), 'fiko-chaos-'))
  const processes: Supervised[] = []
  const settings = {
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
    ADMIN_API_KEY,
    LOG_LEVEL: 'warn',
    ...provider.settings,
  }
  for (const [at, role] of ROLES.entries()) {
    const logFile = join(logFolder, `${role}-${at}.log`)
    processes.push(await supervise({ role, settings: { ...settings, ROLE: role }, logFile }))
  }
  await Promise.all(processes.map((process) => process.ready()))
  const addresses = () => processes.filter(({ role }) => role === 'api').map(({ url }) => url)
  return {
    description: `${postgres.description}; ${ROLES.join(', ')}`,
    processes,
    addresses,
    openShops: (plans) => openShops(asker, plans),
    strike: (fault) => strike(fault, { ...postgres, processes, databaseUrl: postgres.directUrl }),
    lookOn: (shops, isOver) => lookOn(asker, addresses()[0] ?? '', shops, isOver, seed),
    backups: createBackupReaders(addresses),
    takesHeavyEvents: true,
    idleInTransaction: async () => {
      const [row] = await readRows<{ count: number }>(postgres.directUrl, IDLE_IN_TRANSACTION)
      return row?.count ?? 0
    },
    settled: (models, patienceMs) => settled(asker, models, patienceMs),
    sample: (shops) => sampleSearch(asker, shops, seed),
    snapshot: () => takeSnapshot({ query: (text) => readRows(postgres.directUrl, text) }),
    close: async () => {
      await Promise.all(processes.map((process) => process.end()))
      await postgres.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
