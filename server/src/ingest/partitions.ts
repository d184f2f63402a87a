import { binder, type Condition } from '../platform/db/binder.ts'
import type { Database, Sql, SqlValue } from '../platform/db/database.ts'
import { deleteByBlocks } from '../platform/db/delete-in-pages.ts'
import { retryOnLockTimeout, setShortLockTimeout } from '../platform/db/table-locks.ts'
import type { Log } from '../platform/log.ts'

const DAY_MS = 24 * 3600 * 1000
const WEEK_MS = 7 * DAY_MS
/** Weeks are counted from this Monday 00:00 UTC; any Monday works. */
const FIRST_MONDAY_MS = Date.UTC(2024, 0, 1)
const WEEKS_AHEAD = 4

/** An arbitrary constant that no other advisory lock uses. */
const PARTITION_LOCK = 7_105_112_113

/**
 * Creates the missing weekly partitions of the event log, for the current week (of the database clock) and the next four. Called at
 * start and daily.
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

/** Creates the partition of the week of this time (epoch ms), if it is missing. */
export async function partitionFor(tx: Sql, timeMs: number): Promise<void> {
  const week = Math.floor((timeMs - FIRST_MONDAY_MS) / WEEK_MS)
  const from = new Date(FIRST_MONDAY_MS + week * WEEK_MS).toISOString()
  const to = new Date(FIRST_MONDAY_MS + (week + 1) * WEEK_MS).toISOString()
  const name = `events_${from.slice(0, 10).replaceAll('-', '_')}`
  if ((await tx.query('select 1 from pg_class where relname = $1', [name])).length > 0) return
  await tx.query(`create table ${name} partition of events for values from ('${from}') to ('${to}')`)
  // A product has 2 to 8 KB: stored in the row, it needs no second table and no compression.
  await tx.query(`alter table ${name} set (toast_tuple_target = 8160)`)
  await tx.query(`alter table ${name} alter column payload set storage external`)
}

/**
 * Drops the weeks of the event log that ended more than `retentionDays` ago, with their ids and attempts. A week with an open event
 * stays: an acknowledged event is never dropped before it is finished. Returns the names of the dropped tables.
 */
export async function dropOldPartitions(db: Database, retentionDays: number, log: Log): Promise<string[]> {
  const keepFromMs = (await databaseTime(db.owner)) - retentionDays * DAY_MS
  for (const name of await weekTables(db.owner, 'of the log')) {
    if (startOf(name) + WEEK_MS > keepFromMs) continue
    await retryOnLockTimeout(() => db.owner.transaction((tx) => takeOut(tx, name), { isLong: true }))
  }
  // Includes weeks that an earlier server detached before it was stopped.
  const dropped = await weekTables(db.owner, 'taken out')
  for (const name of dropped) await forget(db, name)
  if (dropped.length > 0) log.info({ dropped }, 'event_log.trimmed')
  return dropped
}

/** Detaches a week without open events. The whole log is locked meanwhile, so all other work is done later. */
async function takeOut(tx: Sql, name: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(${PARTITION_LOCK})`)
  // Another server may have detached the week.
  if (!(await weekTables(tx, 'of the log')).includes(name)) return
  await setShortLockTimeout(tx)
  // Locked before the check, so that no dead letter of the week is replayed between the check and the detachment.
  await tx.query('lock table events in access exclusive mode')
  const open = await tx.query(`select 1 from ${name} where status in ('received', 'retrying') limit 1`)
  if (open.length > 0) return
  // Rows that refer to the week's events go first.
  const values: SqlValue[] = []
  await tx.query(`delete from event_attempts where ${inWeek(name)(binder(values))}`, values)
  await tx.query(`alter table events detach partition ${name}`)
}

/** Drops a detached week and the ids of its events. All ids are scanned, in short transactions. */
async function forget(db: Database, name: string): Promise<void> {
  await deleteByBlocks(db.owner, 'event_ids', inWeek(name))
  await db.owner.transaction((tx) => tx.query(`drop table if exists ${name}`), { isLong: true })
}

/** Rows that were received in the week of this table. */
function inWeek(name: string): Condition {
  const [start, end] = [new Date(startOf(name)), new Date(startOf(name) + WEEK_MS)]
  return (bind) => `received_at >= ${bind(start)}::timestamptz and received_at < ${bind(end)}::timestamptz`
}

/** Table names of the weeks, oldest first. */
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

async function databaseTime(sql: Sql): Promise<number> {
  const [clock] = await sql.query<{ now: Date }>('select now() as now')
  if (!clock) throw new Error('the database returned no time')
  return clock.now.getTime()
}
