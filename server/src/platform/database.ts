import type { Config } from './config.ts'
import { openEmbedded } from './database-embedded.ts'
import { openPostgres } from './database-postgres.ts'
import type { Log } from './log.ts'

/** A value the drivers of both databases bind alike. Arrays are bound whole, for `unnest($1::text[])`; bytes go in PostgreSQL's binary form. */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly (string | number | boolean | null)[]

/**
 * Runs SQL with `$1` placeholders. On both databases: `bigint` arrives as a number (everything we store fits 2^53),
 * `numeric` as a string (never a float), `json` parsed, `timestamptz` as a Date.
 */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly SqlValue[]): Promise<Row[]>
}

/**
 * For the rest of a transaction tables are joined in the order in which a statement names them. Before tables are analysed
 * (analyze-tables.ts: a second or two after they grew) each condition on the tenant is taken for one that leaves a row or two, and all
 * products were joined to all vectors: 3 million pairs, over 8 s, for 1,000 products.
 */
export const JOIN_AS_WRITTEN = 'set local join_collapse_limit = 1'

export interface TransactionOptions {
  /** An operator's work on many rows, which may take minutes where an answer may not. */
  isLong?: boolean
  /**
   * Milliseconds that each statement may take, at most 7,500; a wait for a lock ends after half of them, so that it shows as 55P03 and
   * not as a statement that took too long. The embedded database has no such limits: there, work is bounded by its size.
   */
  limitMs?: number
}

/** Statements in somebody's name: each by itself, or several in one transaction. */
export interface Access extends Sql {
  /** Commits when `work` resolves, rolls back when it throws. Inside, use only `tx`: the embedded database has one connection. */
  transaction<T>(work: (tx: Sql) => Promise<T>, options?: TransactionOptions): Promise<T>
}

/** There is no way to the tables but in somebody's name (platform/roles.ts), and row-level security holds each to theirs. */
export interface Database {
  kind: 'embedded' | 'postgres'
  /** Rows of this tenant only, whatever the statements ask for; null, for admins, is `service`. */
  forTenant(tenantId: number | null): Access
  /** All tenants' rows: for receiving, for finding out who is asking, for choosing whose turn it is, and for admins. */
  service: Access
  /** The tables themselves and the queue: for migrations, partitions, backups. */
  owner: Access
  /** The same, for work that nobody is waiting for: where there is one connection, requests go first. */
  inBackground(): Database
  /** Asked before work that writes. @throws {RetryLater} when the disk is so full that writing could do harm */
  assureRoom(): void
  /** Calls `onNotify` for every NOTIFY on the channel, `onReconnect` whenever notices may have been missed. */
  listen(
    channel: string,
    onNotify: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<{ close(): Promise<void> }>
  /** Runs several statements without parameters in one go, as the owner; gives the rows of all of them. */
  script(text: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** Opens the configured database. @throws {ConfigError} when it must not be used as it is, with what to do. */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  return config.databaseUrl
    ? await openPostgres(config.databaseUrl, config.databasePoolSize, log)
    : await openEmbedded(config.dataDir, config.embeddedFsync, log)
}

/** A database that answers a trivial statement within this time is available: a statement that took too long was too heavy. */
const ANSWERS_AT_ONCE_MS = 1_000

/** Tells a statement that was too heavy from an outage, after a time-out: true when the database answers a trivial statement at once. */
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
 * The answers of statements that are sent together, which takes one round trip on PostgreSQL. All are over when this returns, so none of
 * them runs on when the transaction has ended. @throws the first failure in the order of sending
 */
export async function together<T extends readonly Promise<unknown>[]>(
  ...statements: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(statements)
  return await (Promise.all(statements) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>)
}
