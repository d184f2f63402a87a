import type { Socket } from 'node:net'
import pg from 'pg'
import { ConfigError } from '../config.ts'
import type { Log } from '../log.ts'
import type { Access, Database, Sql, SqlValue } from './database.ts'
import { assume, type DatabaseRole } from './roles.ts'
import { createStatementNames } from './statement-names.ts'
import { EVERY_TENANT } from './tenant-scope.ts'

const INT8 = 20
const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 8_000
const LONG_QUERY_TIMEOUT_MS = 30 * 60_000
/**
 * The server cancels a statement this long before the client times out. Otherwise an abandoned statement continues and keeps its
 * locks, and the events of the store wait for it.
 */
const SERVER_GIVES_UP_MS = 500
const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

/**
 * Opens a pool on PostgreSQL (15 or newer, with pgvector). Waits are bounded: 5 s for a connection, 8 s for an answer, so that a
 * half-open socket or an exhausted pool becomes a 503 instead of a hang.
 * @throws {ConfigError} when the server would confirm commits that are not durable
 */
export async function openPostgres(url: string, poolSize: number, log: Log): Promise<Database> {
  const pool = createPool(url, poolSize, log)
  await refuseUnsafeServer(pool, log).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  return databaseOver(pool, url, log)
}

/** Opens a pool on a server that only answers: nothing is asked of it at the start, so that it may be away. */
export function openForReading(url: string, poolSize: number, log: Log): Database {
  return databaseOver(createPool(url, poolSize, log), url, log)
}

function createPool(url: string, poolSize: number, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types: typeParsers,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: QUERY_TIMEOUT_MS - SERVER_GIVES_UP_MS,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    // Sends the statements of a transaction in one round trip when they do not wait for each other's results.
    pipeline: true,
    application_name: 'fiko-sync',
  })
  // The pool replaces a broken idle connection. Without this listener the event would end the process.
  pool.on('error', (error) => log.warn({ error: error.message }, 'database.connection_lost'))
  // The pool listens to idle connections only. This listener receives the loss of a connection in use; the transaction gets the
  // error from its next statement.
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    writeTogether(client)
  })
  return pool
}

function databaseOver(pool: pg.Pool, url: string, log: Log): Database {
  const service = accessAs(pool, 'service')
  const database: Database = {
    kind: 'postgres',
    forTenant: (tenantId) => accessAs(pool, { tenantId }),
    inScope: (scope) => (scope === EVERY_TENANT ? service : accessAs(pool, { tenantId: scope })),
    service,
    owner: { ...accessAs(pool, 'owner'), query: (text, values) => run(pool, { text, values: values ?? [] }) },
    inBackground: () => database,
    // PostgreSQL itself rejects writes on a full disk and keeps running.
    assureRoom: () => {},
    listen: (channel, onNotify, onReconnect) => listenForever(url, channel, onNotify, onReconnect, log),
    script: async (text) => {
      const results = await pool.query(text)
      return (Array.isArray(results) ? results : [results]).flatMap((result: pg.QueryResult) => result.rows)
    },
    close: () => pool.end(),
  }
  return database
}

/**
 * Sends all statements written in one turn of the event loop with one system call. One call per statement took half of the CPU time
 * of a stage that goes from store to store.
 */
function writeTogether(client: pg.PoolClient): void {
  const { stream } = (client as pg.PoolClient & { connection: { stream: Socket } }).connection
  const write = stream.write.bind(stream)
  let isCorked = false
  stream.write = ((...given: Parameters<typeof write>) => {
    if (!isCorked) {
      isCorked = true
      stream.cork()
      process.nextTick(() => {
        isCorked = false
        stream.uncork()
      })
    }
    return write(...given)
  }) as typeof stream.write
}

async function refuseUnsafeServer(pool: pg.Pool, log: Log): Promise<void> {
  const { rows } = await pool
    .query<{ sync: string; fsync: string; version: number }>(
      `select current_setting('synchronous_commit') as sync, current_setting('fsync') as fsync,
              current_setting('server_version_num')::int as version`,
    )
    .catch((error: Error) => {
      throw new ConfigError(`DATABASE_URL: the database cannot be used: ${error.message}`)
    })
  const settings = rows[0]
  if (!settings) throw new ConfigError('DATABASE_URL: the server returned no settings.')
  if (settings.version < 150_000) throw new ConfigError('DATABASE_URL: PostgreSQL 15 or newer is needed.')
  if (settings.sync === 'off') {
    throw new ConfigError(
      'The database has synchronous_commit=off: it would confirm events that a crash then loses. Set it to on for this database: alter database … set synchronous_commit = on.',
    )
  }
  if (settings.fsync === 'off') log.warn({ setting: 'fsync=off' }, 'database.power_cut_may_lose_data')
}

interface Statement {
  text: string
  values: readonly SqlValue[]
  name?: string
  query_timeout?: number
}

async function run<Row>(on: pg.Pool | pg.PoolClient, statement: Statement): Promise<Row[]> {
  return (await on.query(statement as pg.QueryConfig)).rows as Row[]
}

const statementNames = createStatementNames()
/** Names of prepared statements per connection. */
const namesOf = new WeakMap<pg.PoolClient, Set<string>>()
/** A connection with more prepared statements is replaced, because PostgreSQL keeps each plan until the connection ends. */
const MAX_PREPARED = 1_000

function nameFor(client: pg.PoolClient, text: string): string | undefined {
  const name = statementNames.nameOf(text)
  if (name === undefined) return undefined
  const names = namesOf.get(client) ?? new Set()
  namesOf.set(client, names.add(name))
  return name
}

function accessAs(pool: pg.Pool, role: DatabaseRole): Access {
  return {
    query: (text, values) => inTransaction(pool, role, (tx) => tx.query(text, values)),
    transaction: (work, options) =>
      inTransaction(pool, role, work, options?.isLong ? LONG_QUERY_TIMEOUT_MS : undefined, options?.limitMs),
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  role: DatabaseRole,
  work: (tx: Sql) => Promise<T>,
  timeoutMs?: number,
  limitMs?: number,
): Promise<T> {
  const client = await pool.connect()
  const statements = statementsOn(client, timeoutMs)
  let broken: Error | undefined
  try {
    const long = timeoutMs === undefined ? '' : `; set local statement_timeout = ${timeoutMs - SERVER_GIVES_UP_MS}`
    const short =
      limitMs === undefined
        ? ''
        : `; set local statement_timeout = ${limitMs}; set local lock_timeout = ${Math.ceil(limitMs / 2)}`
    // Waits for the answer before `work` starts: if `begin` failed alone (a timeout, for example), the statements would run one by
    // one, with the rights of the tables' owner.
    await client.query(`begin; ${assume(role)}${long}${short}`)
    const result = await work(statements)
    await statements.end()
    const { command } = await client.query('commit')
    // A statement failed and `work` ignored the error. PostgreSQL then answers the commit with a rollback, without an error.
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back, because one of its statements failed')
    return result
  } catch (error) {
    await statements.end()
    // A connection that timed out still runs the old statement and must not return to the pool.
    if (error instanceof Error && error.message === 'Query read timeout') broken = error
    else
      await client.query('rollback').catch((rollbackError: Error) => {
        broken = rollbackError
      })
    throw error
  } finally {
    client.release(broken ?? (namesOf.get(client)?.size ?? 0) > MAX_PREPARED)
  }
}

/**
 * Runs the statements of one transaction. `end` waits for all statements in flight: `work` may fail while some of them still run,
 * and a late statement would run in the next transaction of the connection.
 */
function statementsOn(client: pg.PoolClient, timeoutMs?: number): Sql & { end(): Promise<void> } {
  const underWay = new Set<Promise<unknown>>()
  let isOver = false
  return {
    query: async <Row>(text: string, values: readonly SqlValue[] = []) => {
      if (isOver) throw new Error('a statement came after the end of its transaction')
      const name = nameFor(client, text)
      const answer = run<Row>(client, {
        text,
        values,
        ...(name !== undefined && { name }),
        ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
      })
      underWay.add(answer)
      try {
        return await answer
      } finally {
        underWay.delete(answer)
      }
    },
    end: async () => {
      isOver = true
      await Promise.allSettled(underWay)
    },
  }
}

/** LISTEN on a separate connection, reopened 1 s after a loss. */
async function listenForever(
  url: string,
  channel: string,
  onNotify: (payload: string) => void,
  onReconnect: () => void,
  log: Log,
): Promise<{ close(): Promise<void> }> {
  let closed = false
  let current: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined
  const connect = async () => {
    // The timeouts apply to LISTEN itself; notifications may arrive at any interval.
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'fiko-sync listen',
    })
    current = client
    let lost = false
    const reconnect = (error?: Error) => {
      if (lost || closed) return
      lost = true
      log.warn({ error: error?.message }, 'database.listener_lost')
      retry = setTimeout(() => void connect(), 1_000)
      client.end().catch(() => undefined)
    }
    client.on('error', reconnect)
    client.on('end', () => reconnect())
    client.on('notification', (message) => onNotify(message.payload ?? ''))
    try {
      await client.connect()
      await client.query(`listen ${pg.escapeIdentifier(channel)}`)
      onReconnect()
    } catch (error) {
      reconnect(error as Error)
    }
  }
  await connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(retry)
      await current?.end().catch(() => undefined)
    },
  }
}
