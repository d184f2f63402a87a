import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import { LOW_DISK_BYTES } from '../../operations/diagnosis.ts'
import { readRuns } from '../../operations/maintenance-runs.ts'
import type { Access } from '../../platform/db/database.ts'
import type { Finding, Seen } from '../alert-kinds.ts'

/** Below this, level 2: the embedded database soon refuses events. */
const VERY_LOW_DISK_BYTES = LOW_DISK_BYTES / 4
/** A received event waits this long while no event of any store is applied. */
const STALLED_MINUTES = 15

/**
 * The disk of this process's data directory. Processes on several machines see different disks, so a look covers its own disk only;
 * an alert about a disk that no process sees any more ends after a day (follow-alerts.ts).
 */
export async function seeDisk(dataDir: string, now = new Date()): Promise<Seen> {
  const groupKey = `${hostname()}:${dataDir}`.slice(0, 200)
  const disk = await statfs(dataDir).catch(() => null)
  const findings = disk ? diskFindings(disk.bavail * disk.bsize, groupKey, dataDir, now) : []
  return { findings, kinds: ['disk_low'], covers: (alert) => alert.groupKey === groupKey }
}

/** The finding about a disk with this many free bytes. Pure. */
export function diskFindings(freeBytes: number, groupKey: string, folder: string, now: Date): Finding[] {
  if (freeBytes >= LOW_DISK_BYTES) return []
  return [
    {
      tenantId: null,
      storeId: null,
      kind: 'disk_low',
      groupKey,
      level: freeBytes < VERY_LOW_DISK_BYTES ? 2 : 1,
      count: 1,
      facts: { megabytes: Math.floor(freeBytes / 1e6), folder },
      since: now,
    },
  ]
}

/** Tasks of the daily maintenance without success for two days: one alert for all of them. */
export async function seeMaintenance(sql: Access, now = new Date()): Promise<Seen> {
  const late = (await readRuns(sql)).filter(({ isLate }) => isLate)
  const successes = late.flatMap(({ lastSuccessAt }) => lastSuccessAt?.getTime() ?? [])
  const findings: Finding[] =
    late.length === 0
      ? []
      : [
          {
            tenantId: null,
            storeId: null,
            kind: 'maintenance_late',
            groupKey: 'tasks',
            level: 1,
            count: late.length,
            facts: {
              tasks: late.map(({ task }) => task).join(', '),
              error:
                late
                  .flatMap(({ lastError }) => lastError ?? [])[0]
                  ?.slice(0, 300)
                  .toWellFormed() ?? null,
            },
            since: successes.length > 0 ? new Date(Math.min(...successes)) : now,
          },
        ]
  return { findings, kinds: ['maintenance_late'], covers: () => true }
}

/** Events that wait although no event was applied for a while: no worker runs, or it cannot work. */
export async function seeStalledWork(sql: Access): Promise<Seen> {
  const [waiting] = await sql.query<{ count: number; oldest: Date | null }>(
    `select count(*)::int as count, min(received_at) as oldest from events
      where status = 'received' and received_at < now() - interval '${STALLED_MINUTES} minutes'`,
  )
  const seen: Omit<Seen, 'findings'> = { kinds: ['work_stalled'], covers: () => true }
  if (!waiting || waiting.count === 0 || waiting.oldest === null) return { findings: [], ...seen }
  const [applied] = await sql.query<{ isMoving: boolean }>(
    `select coalesce(max(last_ended_at) > now() - interval '${STALLED_MINUTES} minutes', false) as "isMoving"
       from event_hours where hour > now() - interval '2 hours'`,
  )
  if (applied?.isMoving) return { findings: [], ...seen }
  const finding: Finding = {
    tenantId: null,
    storeId: null,
    kind: 'work_stalled',
    groupKey: 'events',
    level: 1,
    count: waiting.count,
    facts: {},
    since: waiting.oldest,
  }
  return { findings: [finding], ...seen }
}
