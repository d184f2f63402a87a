import type { ReadReplicaConfig } from '../config.ts'
import { faultOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Access, Database } from './database.ts'
import { openForReading } from './database-postgres.ts'

/** How often the position of the replica is compared with the primary's, and how long its answer may take. */
const LOOK_INTERVAL_MS = 2_000
const LOOK_TIMEOUT_MS = 2_000
/** Positions of the last minutes: a replica that is further behind is not used anyway. */
const MAX_POSITIONS = 100

export interface Reads {
  /** For statements that only read and may be a few seconds behind. Rights and tenants are those of the primary. */
  db: Database
  stop(): Promise<void>
}

interface Parts {
  primary: Database
  config: ReadReplicaConfig | null
  poolSize: number
  log: Log
  metrics: Metrics
}

/** A position in the write-ahead log of the primary, and when it was read (`performance.now()`). */
interface Position {
  at: number
  bytes: number
}

type State = 'usable' | 'unreachable' | 'not_a_replica' | 'other_installation' | 'behind'

/**
 * Sends reads to a streaming replica, and to the primary while the replica is away, is behind by more than the limit, is no replica (it
 * was promoted, and no longer follows), or follows another installation, whose products would be another's. A read that fails because of
 * the replica is repeated on the primary. Without a replica the primary answers everything.
 */
export async function openReads({ primary, config, poolSize, log, metrics }: Parts): Promise<Reads> {
  if (config === null) return { db: primary, stop: async () => {} }
  const { maxLagMs } = config
  const replica = openForReading(config.url, poolSize, log)
  const reads = metrics.counter('fiko_replica_reads_total', 'Reads of searches, by the server that answered', ['from'])
  const positions: Position[] = []
  let state: State | null = null
  let lagMs: number | null = null
  /** Resolves when the replica is no longer used: reads that still wait for it go to the primary. */
  let abandoned = Promise.withResolvers<null>()

  const become = (next: State, details: object = {}) => {
    if (next === state) return
    log[next === 'usable' ? 'info' : 'warn']({ state: next, ...details }, 'replica.state')
    if (next === 'usable') abandoned = Promise.withResolvers()
    else abandoned.resolve(null)
    state = next
  }

  const look = async () => {
    let installation: string
    try {
      const at = performance.now()
      const position = await positionOf(primary)
      installation = position.installation
      positions.push({ at, bytes: position.bytes })
      if (positions.length > MAX_POSITIONS) positions.shift()
    } catch {
      // Without the primary nothing changes: the last comparison still holds.
      return
    }
    try {
      const seen = await within(LOOK_TIMEOUT_MS, seenBy(replica))
      const follows = seen.isInRecovery && seen.installation === installation
      lagMs = follows ? lagOf(positions, seen.bytes) : null
      if (!follows) become(seen.isInRecovery ? 'other_installation' : 'not_a_replica')
      else become(lagMs !== null && lagMs <= maxLagMs ? 'usable' : 'behind', { lagMs })
    } catch (error) {
      lagMs = null
      become('unreachable', { error: String(error) })
    }
  }

  metrics.gauge('fiko_replica_lag_seconds', 'Time by which the read replica is behind', [], async (gauge) => {
    if (lagMs === null) gauge.remove()
    else gauge.set(lagMs / 1000)
  })

  /** null: the replica failed, or is no longer used. */
  const fromReplica = async <T>(work: (from: Database) => Promise<T>): Promise<{ result: T } | null> => {
    const answer = work(replica).then(
      (result) => ({ result }),
      (error: unknown) => {
        // `contention`: the replica cancels a read that keeps it from following (SQLSTATE 40001).
        const fault = faultOf(error)
        if (fault !== 'outage' && fault !== 'contention') throw error
        if (fault === 'outage') become('unreachable', { error: String(error) })
        return null
      },
    )
    return await Promise.race([answer, abandoned.promise])
  }

  const read = async <T>(work: (from: Database) => Promise<T>): Promise<T> => {
    const answer = state === 'usable' ? await fromReplica(work) : null
    reads.inc({ from: answer ? 'replica' : 'primary' })
    return answer ? answer.result : await work(primary)
  }
  const access = (accessOf: (from: Database) => Access): Access => ({
    query: (text, values) => read((from) => accessOf(from).query(text, values)),
    transaction: (work, options) => read((from) => accessOf(from).transaction(work, options)),
  })

  await look()
  let underWay: Promise<void> = Promise.resolve()
  let isStopped = false
  const again = () => {
    if (isStopped) return
    underWay = look()
    void underWay.then(() => {
      if (!isStopped) timer = setTimeout(again, LOOK_INTERVAL_MS)
    })
  }
  let timer = setTimeout(again, LOOK_INTERVAL_MS)

  return {
    db: {
      ...primary,
      forTenant: (tenantId) => access((from) => from.forTenant(tenantId)),
      inScope: (scope) => access((from) => from.inScope(scope)),
      service: access((from) => from.service),
    },
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await underWay
      await replica.close()
    },
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  return await Promise.race([work, tooLate]).finally(() => clearTimeout(timer))
}

async function positionOf(primary: Database): Promise<{ bytes: number; installation: string }> {
  const [row] = await primary.owner.query<{ bytes: number; installation: string }>(
    `select (pg_current_wal_lsn() - '0/0')::float8 as bytes, id::text as installation from installation`,
  )
  if (!row) throw new Error('the table installation has no row')
  return row
}

interface Seen {
  isInRecovery: boolean
  bytes: number
  installation: string | null
}

async function seenBy(replica: Database): Promise<Seen> {
  const [row] = await replica.owner.query<Seen>(
    `select pg_is_in_recovery() as "isInRecovery", coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::float8 as bytes,
            (select id::text from installation) as installation`,
  )
  if (!row) throw new Error('a query without a table gave no row')
  return row
}

/**
 * The time since the primary was where the replica is now. null: it has not even reached the first position that is known. Forgets
 * positions that the replica has passed.
 */
export function lagOf(positions: Position[], replayed: number, now = performance.now()): number | null {
  const reached = positions.findLastIndex(({ bytes }) => bytes <= replayed)
  if (reached === -1) return null
  positions.splice(0, reached)
  const [last] = positions
  return last === undefined ? null : now - last.at
}
