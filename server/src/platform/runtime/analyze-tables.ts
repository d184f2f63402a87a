import type { Database } from '../db/database.ts'
import type { Log } from '../log.ts'
import type { Stage, Turn } from './stage-runner.ts'

/** Short, because an empty table may hold the first thousand products of a shop one second later. */
const CHECK_INTERVAL_MS = 1_000
/** A table is analyzed again after this many changed rows plus this share of its rows. */
const CHANGED_ROWS = 200
const CHANGED_SHARE = 0.5
/** Pages (8 kB each) above which a table that was never analyzed is analyzed. */
const CHANGED_PAGES = 50
/** Autovacuum uses 0.2 as well, but a threshold of 50 rows; here a small table waits longer. */
const DEAD_ROWS = 1_000
const DEAD_SHARE = 0.2
/**
 * A tenth of the default sample (3,000 rows): enough to tell one tenant from a thousand, and fast on the embedded database, which
 * shares the server's thread.
 */
const STATISTICS_TARGET = 10

interface TableState {
  name: string
  changed: number
  dead: number
  pages: number
  /** Row count at the last ANALYZE; null: the table was never analyzed. */
  rows: number | null
}

/**
 * Analyzes tables soon after they grow. Without statistics the planner assumes that a condition on the tenant leaves few rows, and
 * a first sync reads whole tables for single products. PostgreSQL's autovacuum runs once a minute, too late for a first sync. The
 * embedded database has no autovacuum, so this stage also vacuums there.
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

/** A restore, or a crash that lost the row counters, leaves only the number of pages as evidence of rows. */
function needsAnalyze({ changed, rows, pages }: TableState): boolean {
  return rows === null ? changed > CHANGED_ROWS || pages > CHANGED_PAGES : changed > CHANGED_ROWS + CHANGED_SHARE * rows
}

function needsVacuum({ dead, rows }: TableState): boolean {
  return dead > DEAD_ROWS + DEAD_SHARE * (rows ?? 0)
}

/** Skips a table that another session analyzes or vacuums; the next check is a second later. */
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

/** Reads PostgreSQL's counters. The embedded database publishes its counters only after `pg_stat_force_next_flush`. */
async function statesOf(db: Database): Promise<TableState[]> {
  return await db.owner.query<TableState>(
    `select oid::regclass::text as name, pg_stat_get_mod_since_analyze(oid)::float8 as changed,
            pg_stat_get_dead_tuples(oid)::float8 as dead, pg_relation_size(oid)::float8 / 8192 as pages,
            nullif(reltuples, -1)::float8 as rows, pg_stat_force_next_flush()
       from pg_class where relkind = 'r' and relnamespace in (select oid from pg_namespace where nspname in (current_schema(), 'pgboss')) order by oid`,
  )
}
