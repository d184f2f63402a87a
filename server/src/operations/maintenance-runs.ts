import type { Gauge } from 'prom-client'
import type { Sql } from '../platform/db/database.ts'
import type { Metrics } from '../platform/metrics.ts'

/** A daily task is late after this many days without success: one day, and one more with hourly retries. */
const LATE_DAYS = 2

/** A task of the daily maintenance and its last results, in any process. */
export interface MaintenanceRun {
  task: string
  lastSuccessAt: Date | null
  lastFailureAt: Date | null
  lastError: string | null
  /** True after two days without success, counted from the registration of a task that never succeeded. */
  isLate: boolean
}

/** All tasks of this installation, by name. */
export async function readRuns(sql: Sql): Promise<MaintenanceRun[]> {
  return await sql.query<MaintenanceRun>(
    `select task, last_success_at as "lastSuccessAt", last_failure_at as "lastFailureAt", last_error as "lastError",
            coalesce(last_success_at, known_since) < now() - interval '${LATE_DAYS} days' as "isLate"
       from maintenance_runs order by task`,
  )
}

/** Registers these tasks and deletes those of other releases. */
export async function registerTasks(sql: Sql, tasks: string[]): Promise<void> {
  await sql.query(
    `with others as (delete from maintenance_runs where task <> all ($1::text[]))
     insert into maintenance_runs (task) select unnest($1::text[]) on conflict do nothing`,
    [tasks],
  )
}

/**
 * Tasks that are due: no success for 23 hours (of the `hourly` ones: 50 minutes), and no failure in the last hour. The success of a
 * task with a time of its own (`ownTime`) does not count: the task itself knows.
 */
export async function dueTasks(sql: Sql, hourly: string[] = [], ownTime: string[] = []): Promise<string[]> {
  const rows = await sql.query<{ task: string }>(
    `select task from maintenance_runs
      where (last_success_at is null or last_success_at > now() or task = any($2::text[])
             or last_success_at < now() - case when task = any($1::text[]) then interval '50 minutes' else interval '23 hours' end)
        and (last_failure_at is null or last_failure_at < now() - interval '1 hour' or last_failure_at > now())`,
    [hourly, ownTime],
  )
  return rows.map((row) => row.task)
}

/** Records the result of a task: an error message, or null for success. */
export async function noteRun(sql: Sql, task: string, error: string | null): Promise<void> {
  await sql.query(
    `update maintenance_runs
        set last_success_at = case when $2::text is null then now() else last_success_at end,
            last_failure_at = case when $2::text is null then last_failure_at else now() end,
            last_error = coalesce($2::text, last_error)
      where task = $1`,
    [task, error?.slice(0, 500) ?? null],
  )
}

/** Gauges of the daily maintenance, equal in each process. */
export function describeMaintenance(sql: Sql, metrics: Metrics): void {
  const setTimes = async (gauge: Gauge, field: 'lastSuccessAt' | 'lastFailureAt') => {
    gauge.reset()
    for (const run of await readRuns(sql)) {
      const at = run[field]
      if (at) gauge.set({ task: run.task }, at.getTime() / 1000)
    }
  }
  metrics.gauge(
    'fiko_maintenance_last_success_timestamp_seconds',
    'When a task of the daily maintenance last succeeded',
    ['task'],
    (gauge) => setTimes(gauge, 'lastSuccessAt'),
  )
  metrics.gauge(
    'fiko_maintenance_last_failure_timestamp_seconds',
    'When a task of the daily maintenance last failed',
    ['task'],
    (gauge) => setTimes(gauge, 'lastFailureAt'),
  )
  metrics.gauge('fiko_maintenance_late_tasks', 'Tasks that have not succeeded for two days', [], async (gauge) => {
    gauge.set((await readRuns(sql)).filter((run) => run.isLate).length)
  })
}
