import type { Database } from './database.ts'
import type { Log } from './log.ts'
import type { Stage, Turn } from './stage-runner.ts'

/** Often, because a table that was empty a second ago may hold a shop's first thousand products now. */
const CHECK_INTERVAL_MS = 1_000
/** So many rows and this share of the table must have changed before the planner is told of it. */
const CHANGED_ROWS = 200
const CHANGED_SHARE = 0.5
/** Of 8 kB, of a table that was never analyzed. */
const CHANGED_PAGES = 50
/** As autovacuum's own, but that a small table may wait longer. */
const DEAD_ROWS = 1_000
const DEAD_SHARE = 0.2
/**
 * A tenth of the usual sample (3,000 rows): enough to tell one tenant from a thousand, and short on the embedded database, which shares
 * the server's thread.
 */
const STATISTICS_TARGET = 10

interface TableState {
  name: string
  changed: number
  dead: number
  pages: number
  /** As it was analyzed; null: never. */
  rows: number | null
}

/**
 * The stage that tells the planner how large tables have become. Until then it takes every condition on the tenant for one that leaves
 * few rows, and a first sync reads whole tables for single products. PostgreSQL's own autovacuum looks once a minute, which is too late
 * for a first sync; the embedded database has none, so there the room of dead rows is given back here, too.
 */
export function analyzeTablesStage({ db, log }: { db: Database; log: Log }): Stage {
  return {
    name: 'analyze-tables',
    takeTurn: async (): Promise<Turn> => {
      for (const table of await statesOf(db)) {
        if (needsAnalyze(table)) await inBrief(log, 'table.analyzed', table, () => analyze(db, table))
        if (needsVacuum(table) && db.kind === 'embedded')
          await inBrief(log, 'table.vacuumed', table, () => db.owner.query(`vacuum ${table.name}`))
      }
      return { nextAt: performance.now() + CHECK_INTERVAL_MS }
    },
  }
}

/** What was filled before the database counted its rows (a restore, a crash that lost its counts) is known by its pages alone. */
function needsAnalyze({ changed, rows, pages }: TableState): boolean {
  return rows === null ? changed > CHANGED_ROWS || pages > CHANGED_PAGES : changed > CHANGED_ROWS + CHANGED_SHARE * rows
}

function needsVacuum({ dead, rows }: TableState): boolean {
  return dead > DEAD_ROWS + DEAD_SHARE * (rows ?? 0)
}

/** Does nothing while somebody else analyzes or vacuums the table: it is looked at again a second later. */
async function analyze(db: Database, { name }: TableState): Promise<void> {
  await db.owner.transaction(async (tx) => {
    await tx.query(`set local default_statistics_target = ${STATISTICS_TARGET}`)
    await tx.query(`analyze (skip_locked) ${name}`)
  })
}

async function inBrief(log: Log, name: string, table: TableState, work: () => Promise<unknown>) {
  const startedAt = performance.now()
  await work()
  log.info({ table: table.name, rows: table.rows, durationMs: Math.round(performance.now() - startedAt) }, name)
}

/** What the database has counted; the embedded one counts for itself until it is told to publish. */
async function statesOf(db: Database): Promise<TableState[]> {
  return await db.owner.query<TableState>(
    `select oid::regclass::text as name, pg_stat_get_mod_since_analyze(oid)::float8 as changed,
            pg_stat_get_dead_tuples(oid)::float8 as dead, pg_relation_size(oid)::float8 / 8192 as pages,
            nullif(reltuples, -1)::float8 as rows, pg_stat_force_next_flush()
       from pg_class where relkind = 'r' and relnamespace in (select oid from pg_namespace where nspname in (current_schema(), 'pgboss')) order by oid`,
  )
}
