import type { Database, Sql } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'

const WEEK_MS = 7 * 24 * 3600 * 1000
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
  await db.owner.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${PARTITION_LOCK})`)
    const [clock] = await tx.query<{ now: Date }>('select now() as now')
    if (!clock) throw new Error('the database gave no time')
    for (let week = 0; week <= WEEKS_AHEAD; week++) await partitionFor(tx, clock.now.getTime() + week * WEEK_MS)
  })
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
  const dropped = await db.owner.transaction(
    async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(${PARTITION_LOCK})`)
      const partitions = await tx.query<{ name: string }>(
        `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'events'::regclass and c.relname ~ '^events_\\d{4}_\\d{2}_\\d{2}$' order by c.relname`,
      )
      const [clock] = await tx.query<{ now: Date }>('select now() as now')
      const keepFromMs = (clock?.now.getTime() ?? 0) - retentionDays * 24 * 3600 * 1000
      const fromOf = (name: string) => Date.parse(`${name.slice('events_'.length).replaceAll('_', '-')}T00:00:00Z`)
      const old = partitions.filter(({ name }) => fromOf(name) + WEEK_MS <= keepFromMs)
      // Dropping a week locks the whole log. At once, so that no dead letter is replayed between a look at its week and the end of it.
      if (old.length > 0) await tx.query('lock table events in access exclusive mode')
      const names: string[] = []
      for (const { name } of old) {
        const open = await tx.query(`select 1 from ${name} where status in ('received', 'retrying') limit 1`)
        if (open.length > 0) continue
        const week = [new Date(fromOf(name)), new Date(fromOf(name) + WEEK_MS)]
        // What refers to the week's events goes first; PostgreSQL wants a week that can be referred to detached before it is dropped.
        await tx.query('delete from event_attempts where received_at >= $1 and received_at < $2', week)
        await tx.query(`alter table events detach partition ${name}`)
        await tx.query(`drop table ${name}`)
        await tx.query('delete from event_ids where received_at >= $1 and received_at < $2', week)
        names.push(name)
      }
      return names
    },
    { isLong: true },
  )
  if (dropped.length > 0) log.info({ dropped }, 'event_log.trimmed')
  return dropped
}
