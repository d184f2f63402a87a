import { setTimeout as delay } from 'node:timers/promises'
import { pruneAlerts } from './alerts/deliver-messages.ts'
import { scoreProducts } from './catalog/products/score-products.ts'
import { pruneHours } from './catalog/prune-hours.ts'
import { pruneReplays } from './catalog/replays.ts'
import { pruneFreshness } from './freshness/prune-freshness.ts'
import { dropOldPartitions, ensurePartitions } from './ingest/partitions.ts'
import { pruneRetired } from './knowledge/profiles.ts'
import { pruneCache } from './knowledge/prune-cache.ts'
import { maintainVectorIndexes } from './knowledge/vector-indexes.ts'
import { resumeErasing } from './operations/erase-tenant.ts'
import { dueTasks, noteRun, registerTasks } from './operations/maintenance-runs.ts'
import { BACKUP_TASK, type ScheduledBackups } from './operations/scheduled-backups/scheduled-backups.ts'
import type { Config } from './platform/config.ts'
import type { Database } from './platform/db/database.ts'
import type { Log } from './platform/log.ts'
import { oneAtATime } from './platform/runtime/one-at-a-time.ts'
import { pruneHistory } from './plugin-api/prune-history.ts'
import { pruneQuestions } from './questions/question-settings.ts'
import { pruneExpiredSessions, pruneOAuth, trimAnonymousEntries } from './tenants/prune.ts'

/** An arbitrary constant that no other advisory lock uses. */
const MAINTENANCE_LOCK = 7_105_112_116
/** The first check runs after 10 s to 2 min, so that servers that start together do not check at once. */
const FIRST_LOOK_MS = [10_000, 120_000] as const
/** Interval of the check for due tasks: a failed task, or the next day's. */
const CHECK_INTERVAL_MS = 15 * 60_000
/** Maximum wait of a stop for the task in progress; unfinished work is due at the next start. */
const STOP_TIMEOUT_MS = 5_000

/** A daily or hourly task. It works in short transactions and may run in two processes at once. */
export interface MaintenanceTask {
  /** Name in `/metrics` and `fiko doctor`. */
  name: string
  /** Due again after an hour. */
  isHourly?: boolean
  /** Due whenever this says so, instead of a day after its last success. A failed one waits an hour. */
  isDue?(): Promise<boolean>
  run(): Promise<unknown>
}

export interface Maintenance {
  /** Runs the due tasks unless another process does; returns the names of the tried tasks. */
  runDue(): Promise<string[]>
  stop(): Promise<void>
}

interface Parts {
  db: Database
  log: Log
  config: Pick<Config, 'databaseUrl' | 'eventRetentionDays'>
  backups?: ScheduledBackups
}

/** The daily maintenance of an installation, in this order. */
export function maintenanceTasks({ db, log, config, backups }: Parts): MaintenanceTask[] {
  // With a single connection requests go first.
  const quiet = db.inBackground()
  return [
    { name: 'partitions', run: () => ensurePartitions(quiet) },
    { name: 'embedding_cache', run: () => pruneCache(quiet) },
    { name: 'hours', run: () => pruneHours(quiet) },
    { name: 'replays', run: () => pruneReplays(quiet) },
    { name: 'erasing', run: () => resumeErasing(quiet, log) },
    { name: 'retired_vectors', run: () => pruneRetired(quiet) },
    // Hourly: the index of a shop whose first sync has just ended should not wait a day.
    { name: 'vector_indexes', isHourly: true, run: () => maintainVectorIndexes(quiet, config.databaseUrl, log) },
    // Hourly: a tenant's log may grow by 360,000 questions in an hour at the rate limit.
    { name: 'questions', isHourly: true, run: () => pruneQuestions(quiet) },
    { name: 'readiness', run: () => scoreProducts(quiet) },
    { name: 'sessions', run: () => pruneExpiredSessions(quiet) },
    { name: 'oauth', run: () => pruneOAuth(quiet) },
    { name: 'freshness', run: () => pruneFreshness(quiet) },
    { name: 'drift_history', run: () => pruneHistory(quiet) },
    { name: 'refused_sign_ins', run: () => trimAnonymousEntries(quiet) },
    { name: 'alerts', run: () => pruneAlerts(quiet) },
    // The retention may change while the server runs; null keeps everything.
    {
      name: 'event_log',
      run: async () => {
        if (config.eventRetentionDays !== null) await dropOldPartitions(quiet, config.eventRetentionDays, log)
      },
    },
    // The last one: it may take an hour.
    ...(backups?.target && backups.config.schedule
      ? [{ name: BACKUP_TASK, isDue: () => backups.isDue(), run: () => backups.run('schedule') }]
      : []),
  ]
}

/**
 * Runs the daily maintenance: soon after the start, and a day after the last success of a task, which the database records, so that
 * it also runs on a server that restarts every hour. One process at a time; a failed task does not stop the others.
 */
export function startMaintenance({ db, log, config }: Parts, tasks: MaintenanceTask[]): Maintenance {
  const stopped = new AbortController()
  const hourly = tasks.filter(({ isHourly }) => isHourly).map(({ name }) => name)
  const ownTime = tasks.filter(({ isDue }) => isDue !== undefined).map(({ name }) => name)
  const dueNow = async () => {
    const due = await dueTasks(db.service, hourly, ownTime)
    const answers = await Promise.all(
      tasks.map(async ({ name, isDue }) =>
        due.includes(name) && (isDue === undefined || (await isDue())) ? name : null,
      ),
    )
    return answers.filter((name) => name !== null)
  }
  const runDue = async () => {
    const tried: string[] = []
    await registerTasks(
      db.service,
      tasks.map((task) => task.name),
    )
    if ((await dueNow()).length === 0) return tried
    await oneAtATime(config.databaseUrl, MAINTENANCE_LOCK, async () => {
      // Read again: another process may have just finished.
      const due = await dueNow()
      for (const task of tasks) {
        if (!due.includes(task.name) || stopped.signal.aborted) continue
        tried.push(task.name)
        await runTask(db, log, task)
      }
    })
    return tried
  }
  let inProgress: Promise<unknown> = Promise.resolve()
  const look = async () => {
    const [soonest, latest] = FIRST_LOOK_MS
    for (
      let waitMs = soonest + Math.random() * (latest - soonest);
      !stopped.signal.aborted;
      waitMs = CHECK_INTERVAL_MS
    ) {
      await delay(waitMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
      if (stopped.signal.aborted) return
      inProgress = runDue().catch((error: unknown) => log.warn({ error: String(error) }, 'maintenance.failed'))
      await inProgress
    }
  }
  void look()
  return {
    runDue,
    stop: async () => {
      stopped.abort()
      await Promise.race([inProgress, delay(STOP_TIMEOUT_MS, undefined, { ref: false })])
    },
  }
}

async function runTask(db: Database, log: Log, { name, run }: MaintenanceTask): Promise<void> {
  const startedAt = performance.now()
  const error = await run().then(
    () => null,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  )
  const durationMs = Math.round(performance.now() - startedAt)
  if (error === null) log.info({ task: name, durationMs }, 'maintenance.done')
  else log.warn({ task: name, durationMs, error }, 'maintenance.task_failed')
  await noteRun(db.service, name, error).catch((failure: unknown) => {
    log.warn({ task: name, error: String(failure) }, 'maintenance.not_noted')
  })
}
