import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { openEmbedded } from './database-embedded.ts'
import { openPostgres } from './database-postgres.ts'
import type { TenantScope } from './tenant-scope.ts'

/**
 * A value that both drivers bind alike. Arrays are bound whole, for `unnest($1::text[])`; byte arrays hold PostgreSQL's binary
 * format.
 */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly (string | number | boolean | null)[]

/**
 * Runs SQL with `$1` placeholders. Both databases return `bigint` as a number (all stored values fit 2^53), `numeric` as a string
 * (never a float), `json` parsed, `timestamptz` as a Date.
 */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly SqlValue[]): Promise<Row[]>
}

/**
 * Joins tables in the order of the statement for the rest of the transaction. Before the first ANALYZE (analyze-tables.ts: a second
 * or two after a table grew) the planner assumes that a condition on the tenant leaves one or two rows. It then joined all products
 * to all vectors: 3 million pairs, more than 8 s, for 1,000 products.
 */
export const JOIN_AS_WRITTEN = 'set local join_collapse_limit = 1'

export interface TransactionOptions {
  /** Raises the statement timeout to 30 minutes, for operator tasks on many rows. */
  isLong?: boolean
  /**
   * Timeout of each statement in milliseconds, at most 7,500. A lock wait ends after half of it, so that it is reported as 55P03
   * and not as a slow statement. Ignored by the embedded database, which bounds work by its size.
   */
  limitMs?: number
}

/** Statements under one database role: each in its own transaction, or several in one. */
export interface Access extends Sql {
  /** Commits when `work` resolves, rolls back when it throws. Inside, use only `tx`: the embedded database has one connection. */
  transaction<T>(work: (tx: Sql) => Promise<T>, options?: TransactionOptions): Promise<T>
}

/** Every access runs under a role (platform/db/roles.ts), so that row-level security applies to every statement. */
export interface Database {
  kind: 'embedded' | 'postgres'
  /** Only rows of this tenant are visible to the statements. */
  forTenant(tenantId: number): Access
  /** `forTenant` of one tenant, or `service` for a reader of all tenants. */
  inScope(scope: TenantScope): Access
  /** All tenants' rows: for receiving, authentication, scheduling and admins. */
  service: Access
  /** Owner of the tables and the queue: for migrations, partitions and backups. */
  owner: Access
  /** The same database for background work: on the embedded database requests go first. */
  inBackground(): Database
  /** Called before work that writes. @throws {RetryLater} when the disk is nearly full */
  assureRoom(): void
  /** Calls `onNotify` for every NOTIFY on the channel, and `onReconnect` when notifications may have been lost. */
  listen(
    channel: string,
    onNotify: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<{ close(): Promise<void> }>
  /** Runs several statements without parameters at once, as the owner; returns the rows of all of them. */
  script(text: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** Opens the configured database. @throws {ConfigError} when its settings are unsafe, with the fix */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  return config.databaseUrl
    ? await openPostgres(config.databaseUrl, config.databasePoolSize, log)
    : await openEmbedded(config.dataDir, config.embeddedFsync, log)
}

/** A database that answers a trivial statement within this time is available: the statement that timed out was too heavy. */
const ANSWERS_AT_ONCE_MS = 1_000

/** Called after a timeout, to tell a heavy statement from an outage. True: the database answers a trivial statement at once. */
export async function answersAtOnce(db: Database): Promise<boolean> {
  const answered = db.service.query('select 1').then(
    () => true,
    () => false,
  )
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ANSWERS_AT_ONCE_MS, false)
  })
  return await Promise.race([answered, tooLate]).finally(() => clearTimeout(timer))
}

/**
 * Awaits statements that were sent together (one round trip on PostgreSQL). All of them have ended when this returns, so that none
 * continues after the end of the transaction. @throws the first failure in the order of sending
 */
export async function together<T extends readonly Promise<unknown>[]>(
  ...statements: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(statements)
  return await (Promise.all(statements) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>)
}
