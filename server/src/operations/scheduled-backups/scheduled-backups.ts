import { statfs } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { BackupsConfig } from '../../platform/config.ts'
import type { Access, Database } from '../../platform/db/database.ts'
import { notFound, Problem } from '../../platform/errors.ts'
import type { Localised } from '../../platform/i18n.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { oneAtATime } from '../../platform/runtime/one-at-a-time.ts'
import type { BackupCopies } from '../backup/backup-copies.ts'
import { noteRun } from '../maintenance-runs.ts'
import { lastTime } from './backup-schedule.ts'
import { type BackupTarget, backupName, beginningOf, TargetError } from './backup-target.ts'
import { keepBackup, removeOld } from './keep-backup.ts'
import { openTarget } from './open-target.ts'

/** An arbitrary constant that no other advisory lock uses. */
const BACKUP_LOCK = 7_105_112_151
/** A running backup notes its progress this often. */
const SIGN_OF_LIFE_MS = 10_000
/** A run without a sign of life for this long has lost its process. */
export const LOST_AFTER_S = 90
/** Ended runs that are remembered. */
const MAX_RUNS = 2_000
/** Name of the maintenance task. */
export const BACKUP_TASK = 'backup'

export type Origin = 'schedule' | 'request'

export interface RunError extends Localised {
  code: string
}

export interface ScheduledBackups {
  config: BackupsConfig
  /** null: no destination is set. */
  target: BackupTarget | null
  /** True when the time of a scheduled backup has come and no backup succeeded since. */
  isDue(): Promise<boolean>
  /** Takes a backup and removes old ones. Does nothing when another process takes one. @throws {TargetError} */
  run(origin: Origin): Promise<void>
  /** Begins a backup and returns the id of its run. @throws {Problem} 409 without a destination, or while another one runs */
  begin(): Promise<number>
  /** The bytes of a stored backup. @throws {Problem} 404, 503 */
  read(name: string): Promise<Readable>
  /** The first 8 digits are in the names of this installation's backups. */
  installation(): Promise<string>
  stop(): Promise<void>
}

interface Parts {
  db: Database
  log: Log
  copies: BackupCopies
  config: { backups: BackupsConfig; databaseUrl: string | null }
}

/** Backups that are kept at a destination. One at a time in an installation. */
export function createScheduledBackups({ db, log, copies, config }: Parts): ScheduledBackups {
  const { destination, schedule, keep } = config.backups
  const target = destination && openTarget(destination)
  const stopped = new AbortController()
  const sql = db.inBackground().service
  let inProgress: Promise<unknown> | null = null

  const installation = async () => {
    const [row] = await sql.query<{ id: string }>('select id from installation')
    if (!row) throw new Error('the table installation has no row')
    return row.id
  }

  /** One backup under the lock. */
  const work = async (to: BackupTarget, origin: Origin, onBegun: (id: number) => void) => {
    const own = await installation()
    const name = backupName(own, new Date())
    // The lock is held: a run that is still open has lost its process.
    await sql.query('update backup_runs set ended_at = now(), error = $1::json where ended_at is null', [
      JSON.stringify(INTERRUPTED),
    ])
    const [run] = await sql.query<{ id: number }>(
      'insert into backup_runs (origin, place, name) values ($1, $2, $3) returning id',
      [origin, to.place, name],
    )
    const id = run?.id ?? 0
    onBegun(id)
    const startedAt = performance.now()
    let bytes = 0
    const signs = setInterval(() => {
      sql
        .query('update backup_runs set seen_at = now(), bytes = $2 where id = $1 and ended_at is null', [id, bytes])
        .catch(() => undefined)
    }, SIGN_OF_LIFE_MS)
    try {
      await to.removePartial(beginningOf(own)).catch((error: unknown) => {
        // Some stores do not list unfinished uploads; the backup itself tells whether the store works.
        log.warn({ error: String(error) }, 'backup.partial_not_removed')
      })
      const kept = await keepBackup({
        copies,
        target: to,
        name,
        stop: stopped.signal,
        onProgress: (sent) => {
          bytes = sent
        },
      })
      await sql.query(
        'update backup_runs set ended_at = now(), seen_at = now(), bytes = $2, rows = $3, sha256 = $4 where id = $1',
        [id, kept.bytes, kept.rows, kept.sha256],
      )
      log.info({ name, place: to.place, ...kept, durationMs: Math.round(performance.now() - startedAt) }, 'backup.kept')
    } catch (error) {
      const told = stopped.signal.aborted ? INTERRUPTED : errorOf(error)
      log.warn({ name, place: to.place, code: told.code, error: told.en }, 'backup.failed')
      await sql
        .query('update backup_runs set ended_at = now(), seen_at = now(), error = $2::json where id = $1', [
          id,
          JSON.stringify(told),
        ])
        .catch(() => undefined)
      throw new TargetError(told.code, told)
    } finally {
      clearInterval(signs)
    }
    const rows = await sql.query<{ name: string }>(
      'select name from backup_runs where place = $1 and sha256 is not null',
      [to.place],
    )
    // The backup itself is kept: what cannot be removed now is tried again after the next one.
    await removeOld({ target: to, installation: own, verified: new Set(rows.map((row) => row.name)), keep, log }).catch(
      (error: unknown) => log.warn({ error: String(error) }, 'backup.old_not_removed'),
    )
    await sql.query(
      `delete from backup_runs where ended_at is not null
          and id < (select min(id) from (select id from backup_runs order by id desc limit ${MAX_RUNS}) newest)`,
    )
    if (origin === 'request') await noteRun(sql, BACKUP_TASK, null)
  }

  /** Returns false when another backup is running. */
  const runOnce = async (origin: Origin, onBegun: (id: number) => void = () => {}): Promise<boolean> => {
    if (!target || inProgress || stopped.signal.aborted) return false
    const turn = oneAtATime(config.databaseUrl, BACKUP_LOCK, () => work(target, origin, onBegun))
    inProgress = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      inProgress = null
    }
  }

  return {
    config: config.backups,
    target,
    installation,
    isDue: async () => {
      if (!target || !schedule) return false
      const [row] = await sql.query<{ now: Date; last: Date | null }>(
        `select now() as now, (select max(started_at) from backup_runs where place = $1 and sha256 is not null) as last`,
        [target.place],
      )
      return row !== undefined && (row.last === null || row.last < lastTime(schedule, row.now))
    },
    run: async (origin) => {
      await runOnce(origin)
    },
    begin: async () => {
      if (!target) throw noDestination()
      return await new Promise<number>((resolve, reject) => {
        runOnce('request', resolve).then((isDone) => {
          if (!isDone) reject(alreadyRunning())
        }, reject)
      })
    },
    read: async (name) => {
      if (!target) throw noDestination()
      try {
        return await target.read(name)
      } catch (error) {
        if (!(error instanceof TargetError)) throw error
        throw error.code === 'no_such_backup' ? notFound() : unavailable(error)
      }
    },
    stop: async () => {
      stopped.abort(new Error('the server stops'))
      await inProgress
    },
  }
}

const INTERRUPTED: RunError = {
  code: 'interrupted',
  en: 'The server was stopped during the backup. The next backup starts from the beginning.',
  fa: 'سرور هنگام پشتیبان‌گیری متوقف شد. پشتیبان بعدی از ابتدا گرفته می‌شود.',
}

/** Gauges of the kept backups, equal in each process; of an installation without a destination there are none. */
export function describeBackups({ target }: ScheduledBackups, sql: Access, metrics: Metrics): void {
  if (!target) return
  const gauge = (name: string, help: string, column: string) =>
    metrics.gauge(name, help, [], async (figure) => {
      const [row] = await sql.query<{ value: number | null }>(
        `select ${column} as value from backup_runs where place = $1 and ended_at is not null`,
        [target.place],
      )
      figure.set(row?.value ?? 0)
    })
  gauge(
    'fiko_backup_last_success_timestamp_seconds',
    'When the newest verified backup was begun; 0 without one',
    'extract(epoch from max(started_at) filter (where sha256 is not null))::float8',
  )
  gauge(
    'fiko_backup_last_failure_timestamp_seconds',
    'When a backup last failed; 0 if none did',
    'extract(epoch from max(ended_at) filter (where error is not null))::float8',
  )
  gauge(
    'fiko_backup_last_size_bytes',
    'Size of the newest verified backup',
    '(array_agg(bytes order by id desc) filter (where sha256 is not null))[1]::float8',
  )
}

/** The sentence about a failure. A cause that is not ours is told in English, as it came. */
function errorOf(error: unknown): RunError {
  if (error instanceof TargetError) return { code: error.code, ...error.sentence }
  if (error instanceof Problem) return { code: error.code, ...error.detail }
  const words = (error instanceof Error ? error.message : String(error)).slice(0, 300).toWellFormed()
  return {
    code: 'failed',
    en: `The backup failed: ${words}. See backup.failed in the server log.`,
    fa: `پشتیبان‌گیری ناموفق بود: \u2068${words}\u2069. در گزارش سرور (log) backup.failed را ببینید.`,
  }
}

/** The state of the destination as the lists show it. */
export function unavailable(error: TargetError): Problem {
  return new Problem(503, 'backup_destination', error.sentence, { retryAfterSeconds: 60 })
}

function noDestination(): Problem {
  return new Problem(409, 'no_backup_destination', {
    en: 'No destination for backups is set. Set BACKUP_FOLDER or BACKUP_S3_BUCKET and restart the server.',
    fa: 'مقصدی برای پشتیبان‌ها تنظیم نشده است. BACKUP_FOLDER یا BACKUP_S3_BUCKET را تنظیم و سرور را دوباره راه‌اندازی کنید.',
  })
}

function alreadyRunning(): Problem {
  return new Problem(409, 'backup_running', {
    en: 'A backup is running. Wait until it has ended.',
    fa: 'یک پشتیبان‌گیری در حال انجام است. صبر کنید تا پایان یابد.',
  })
}

/** Free bytes of the disk of a folder, or null where it cannot be told. */
export async function freeBytes(target: BackupTarget): Promise<number | null> {
  if (target.kind !== 'folder') return null
  const disk = await statfs(target.place).catch(() => null)
  return disk && disk.bavail * disk.bsize
}
