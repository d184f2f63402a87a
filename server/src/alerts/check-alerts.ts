import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { oneAtATime } from '../platform/runtime/one-at-a-time.ts'
import type { Seen } from './alert-kinds.ts'
import { followAlerts } from './follow-alerts.ts'
import { seeBackups } from './sources/backups.ts'
import { seeBudgets } from './sources/budgets.ts'
import { seeDrift } from './sources/drift.ts'
import { seeFailedEvents } from './sources/failed-events.ts'
import { seeDisk, seeMaintenance, seeStalledWork } from './sources/installation.ts'
import { seePausedChannels } from './sources/paused-channels.ts'
import { seeProvider } from './sources/provider-down.ts'
import { seeQuietStores } from './sources/quiet-stores.ts'
import { writeDigests, writeMessages } from './write-messages.ts'

/** An arbitrary constant that no other advisory lock uses. */
const ALERTS_LOCK = 7_105_112_132
/** Minimum interval of sources that read a row for each store. */
const SLOW_INTERVAL_MS = 10 * 60_000

interface Source {
  name: string
  isSlow?: boolean
  see(): Promise<Seen>
}

interface Parts {
  db: Database
  log: Log
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'alerts' | 'backups'>
}

export interface AlertChecks {
  /**
   * Looks at all facts once, opens and closes alerts, and writes the messages about the changes and the digests that are due. Only one
   * process at a time checks; another one skips its turn. `isComplete` also asks the slow sources before their time.
   */
  check(isComplete?: boolean): Promise<void>
}

export function createAlertChecks({ db, log, config }: Parts): AlertChecks {
  // With a single connection requests go first.
  const quiet = db.inBackground()
  const sql = quiet.service
  const sources: Source[] = [
    { name: 'failed_events', see: () => seeFailedEvents(sql) },
    { name: 'provider_down', see: () => seeProvider(sql) },
    { name: 'budget', see: () => seeBudgets(sql) },
    { name: 'work_stalled', see: () => seeStalledWork(sql) },
    { name: 'disk_low', see: () => seeDisk(config.dataDir) },
    { name: 'maintenance_late', see: () => seeMaintenance(sql) },
    { name: 'backup_failed', see: () => seeBackups(sql, config.backups) },
    { name: 'channel_paused', see: () => seePausedChannels(sql) },
    { name: 'quiet_store', isSlow: true, see: () => seeQuietStores(sql) },
    { name: 'drift', isSlow: true, see: () => seeDrift(sql, config.alerts.driftPercent) },
  ]
  let slowAt = Number.NEGATIVE_INFINITY
  let inProgress: Promise<void> = Promise.resolve()

  const look = async (isComplete: boolean) => {
    const isSlowDue = isComplete || performance.now() - slowAt >= SLOW_INTERVAL_MS
    const seen: Seen[] = []
    for (const { name, isSlow, see } of sources) {
      if (isSlow && !isSlowDue) continue
      // A source that fails keeps its alerts as they are; the others go on.
      const found = await see().catch((error: unknown) => {
        log.warn({ source: name, error: String(error) }, 'alerts.source_failed')
        return null
      })
      if (found) seen.push(found)
    }
    if (isSlowDue) slowAt = performance.now()
    await sql.transaction(async (tx) => {
      const changes = await followAlerts(tx, seen)
      const messages = await writeMessages(tx, changes)
      const digests = await writeDigests(tx)
      if (changes.length + digests > 0) log.info({ changes: changes.length, messages, digests }, 'alerts.changed')
    })
  }

  return {
    check: (isComplete = false) => {
      const turn = inProgress.then(async () => {
        await oneAtATime(config.databaseUrl, ALERTS_LOCK, () => look(isComplete))
      })
      inProgress = turn.catch(() => undefined)
      return turn
    },
  }
}
