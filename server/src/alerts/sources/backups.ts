import { lastTime } from '../../operations/scheduled-backups/backup-schedule.ts'
import { placeOf } from '../../operations/scheduled-backups/backup-target.ts'
import type { RunError } from '../../operations/scheduled-backups/scheduled-backups.ts'
import type { BackupsConfig } from '../../platform/config.ts'
import type { Access } from '../../platform/db/database.ts'
import type { Finding, Seen } from '../alert-kinds.ts'

/** A scheduled backup is overdue this long after its time: a large one may take hours. */
const OVERDUE_MS = 6 * 3_600_000

export interface BackupState {
  now: Date
  /** The first time that the installation had its tables: before it no backup could be taken. */
  knownSince: Date
  lastSuccessAt: Date | null
  /** Of the newest ended run; null: it succeeded, or there is none. */
  error: RunError | null
  failedAt: Date | null
}

/** The newest backup failed, or none was kept six hours after its time. */
export async function seeBackups(sql: Access, config: BackupsConfig): Promise<Seen> {
  const seen: Omit<Seen, 'findings'> = { kinds: ['backup_failed'], covers: () => true }
  if (!config.destination) return { findings: [], ...seen }
  const [state] = await sql.query<BackupState>(
    `select now() as now, (select min(known_since) from maintenance_runs) as "knownSince",
            (select max(started_at) from backup_runs where place = $1 and sha256 is not null) as "lastSuccessAt", l.error, l.ended_at as "failedAt"
       from (select 1) one left join lateral
            (select error, ended_at from backup_runs where place = $1 and ended_at is not null order by id desc limit 1) l on true`,
    [placeOf(config.destination)],
  )
  return { findings: state ? backupFindings(state, config) : [], ...seen }
}

/** The finding about this state. Pure. */
export function backupFindings(state: BackupState, { schedule }: BackupsConfig): Finding[] {
  const { now, knownSince, lastSuccessAt, error, failedAt } = state
  const due = schedule && lastTime(schedule, new Date(now.getTime() - OVERDUE_MS))
  const since = lastSuccessAt ?? knownSince
  const isOverdue = due !== null && since !== null && since < due
  if (error === null && !isOverdue) return []
  return [
    {
      tenantId: null,
      storeId: null,
      kind: 'backup_failed',
      groupKey: 'backup',
      level: 1,
      count: 1,
      facts: {
        error_en: error?.en ?? null,
        error_fa: error?.fa ?? null,
        last: lastSuccessAt?.toISOString() ?? null,
      },
      since: error === null ? (due ?? now) : (failedAt ?? now),
    },
  ]
}
