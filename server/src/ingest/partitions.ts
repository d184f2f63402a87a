import type { Database, Sql } from '../platform/database.ts'
import { deleteByBlocks } from '../platform/delete-in-pages.ts'
import type { Log } from '../platform/log.ts'
import { retryOnLockTimeout, setShortLockTimeout } from '../platform/table-locks.ts'

const DAY_MS = 24 * 3600 * 1000
const WEEK_MS = 7 * DAY_MS
/** Any Monday 00:00 UTC will do to count weeks from. */
const FIRST_MONDAY_MS = Date.UTC(2024, 0, 1)
const WEEKS_AHEAD = 4

/** Any constant will do that no other advisory lock of ours uses. */
const PARTITION_LOCK = 7_105_112_113

/**
 * Makes the event log's weekly partitions for the database's present week and four ahead, where they are missing.
 * Called at start and daily.
 */
export async function ensurePartitions(db: Database): Promise<void> {
  await retryOnLockTimeout(() =>
    db.owner.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(${PARTITION_LOCK})`)
      await setShortLockTimeout(tx)
      const nowMs = await databaseTime(tx)
      for (let week = 0; week <= WEEKS_AHEAD; week++) await partitionFor(tx, nowMs + week * WEEK_MS)
    }),
  )
}

/** Makes the partition of the week that this time (epoch ms) is in, if it is missing. */
export async function partitionFor(tx: Sql, timeMs: number): Promise<void> {
  const week = Math.floor((timeMs - FIRST_MONDAY_MS) / WEEK_MS)
  const from = new Date(FIRST_MONDAY_MS + week * WEEK_MS).toISOString()
  const to = new Date(FIRST_MONDAY_MS + (week + 1) * WEEK_MS).toISOString()
  const name = `events_${from.slice(0, 10).replaceAll('-', '_')}`
  if ((await tx.query('select 1 from pg_class where relname = $1', [name])).length > 0) return
  await tx.query(`create table ${name} partition of events for values from ('${from}') to ('${to}')`)
  // A product is 2 to 8 KB: kept in the row, it costs neither a second table nor compression.
  await tx.query(`alter table ${name} set (toast_tuple_target = 8160)`)
  await tx.query(`alter table ${name} alter column payload set storage external`)
}

/**
 * Drops the event log's weeks that ended more than `retentionDays` ago, and their ids and attempts. A week that still holds an open event
 * stays: nothing that was acknowledged is dropped before it has ended. Returns the names of what was dropped.
 */
export async function dropOldPartitions(db: Database, retentionDays: number, log: Log): Promise<string[]> {
  const keepFromMs = (await databaseTime(db.owner)) - retentionDays * DAY_MS
  for (const name of await weekTables(db.owner, 'of the log')) {
    if (startOf(name) + WEEK_MS > keepFromMs) continue
    await retryOnLockTimeout(() => db.owner.transaction((tx) => takeOut(tx, name), { isLong: true }))
  }
  // Also what was taken out by a server that was stopped before it came to this.
  const dropped = await weekTables(db.owner, 'taken out')
  for (const name of dropped) await forget(db, name)
  if (dropped.length > 0) log.info({ dropped }, 'event_log.trimmed')
  return dropped
}

/** Takes a week without open events out of the log. The whole log is locked meanwhile, so nothing is done here that can be done later. */
async function takeOut(tx: Sql, name: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(${PARTITION_LOCK})`)
  // Of two servers the other one may have been here first.
  if (!(await weekTables(tx, 'of the log')).includes(name)) return
  await setShortLockTimeout(tx)
  // Before the look at the week: no dead letter is replayed between that and the end of it.
  await tx.query('lock table events in access exclusive mode')
  const open = await tx.query(`select 1 from ${name} where status in ('received', 'retrying') limit 1`)
  if (open.length > 0) return
  // What refers to the week's events goes first.
  await tx.query(`delete from event_attempts where ${IN_SPAN}`, spanOf(name))
  await tx.query(`alter table events detach partition ${name}`)
}

/** Drops a week that was taken out of the log, with the ids of its events, for which all ids are read, in short transactions. */
async function forget(db: Database, name: string): Promise<void> {
  await deleteByBlocks(db.owner, 'event_ids', IN_SPAN, spanOf(name))
  await db.owner.transaction((tx) => tx.query(`drop table if exists ${name}`), { isLong: true })
}

/** Rows of the week whose span is $1 and $2. */
const IN_SPAN = 'received_at >= $1::timestamptz and received_at < $2::timestamptz'

/** The names of the weeks' tables, the oldest first. */
async function weekTables(sql: Sql, which: 'of the log' | 'taken out'): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname ~ '^events_\\d{4}_\\d{2}_\\d{2}$'
        and relispartition = $1
      order by relname`,
    [which === 'of the log'],
  )
  return tables.map((table) => table.name)
}

function startOf(name: string): number {
  return Date.parse(`${name.slice('events_'.length).replaceAll('_', '-')}T00:00:00Z`)
}

function spanOf(name: string): [Date, Date] {
  return [new Date(startOf(name)), new Date(startOf(name) + WEEK_MS)]
}

async function databaseTime(sql: Sql): Promise<number> {
  const [clock] = await sql.query<{ now: Date }>('select now() as now')
  if (!clock) throw new Error('the database gave no time')
  return clock.now.getTime()
}
