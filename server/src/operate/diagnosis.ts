import { statfs } from 'node:fs/promises'
import type { Embedder } from '../knowledge/embedder.ts'
import type { Config } from '../platform/config.ts'
import type { Database } from '../platform/database.ts'
import type { Queue } from '../platform/queue.ts'

/** One thing looked at: whether it is well, what was seen, and what to do if not. */
export interface Finding {
  check: string
  state: 'ok' | 'warning' | 'failed'
  seen: string
  advice: string | null
}

const CLOCK_TOLERANCE_MS = 2_000
const LOW_DISK_BYTES = 1_000_000_000
const STALLED_SECONDS = 60

interface Parts {
  db: Database
  queue: Queue
  embedder: Embedder
  config: Config
}

/** Looks at everything the server stands on. A check that throws is a finding, too. */
export async function diagnose(parts: Parts): Promise<Finding[]> {
  const checks: Record<string, (parts: Parts) => Promise<Omit<Finding, 'check'>>> = {
    database: checkDatabase,
    extension: checkExtension,
    durability: checkDurability,
    queue: checkQueue,
    'dead letters': checkDeadLetters,
    provider: checkProvider,
    clock: checkClock,
    disk: checkDisk,
  }
  const findings: Finding[] = []
  for (const [check, look] of Object.entries(checks)) {
    try {
      findings.push({ check, ...(await look(parts)) })
    } catch (error) {
      findings.push({ check, state: 'failed', seen: (error as Error).message, advice: 'See the server log.' })
    }
  }
  return findings
}

const ok = (seen: string) => ({ state: 'ok' as const, seen, advice: null })
const warning = (seen: string, advice: string) => ({ state: 'warning' as const, seen, advice })
const failed = (seen: string, advice: string) => ({ state: 'failed' as const, seen, advice })

async function checkDatabase({ db }: Parts) {
  const [row] = await db.service.query<{ version: string; schema: number }>(
    `select split_part(version(), ' on ', 1) as version, (select max(number) from schema_migrations) as schema`,
  )
  return ok(`${row?.version}, ${db.kind === 'embedded' ? 'embedded' : 'server'}, schema version ${row?.schema}`)
}

async function checkExtension({ db }: Parts) {
  const [row] = await db.service.query<{ version: string }>(
    `select extversion as version from pg_extension where extname = 'vector'`,
  )
  return row ? ok(`pgvector ${row.version}`) : failed('pgvector is missing', 'Run: create extension vector;')
}

async function checkDurability({ db, config }: Parts) {
  if (db.kind === 'embedded') {
    return config.embeddedFsync
      ? ok('embedded, log synced; checkpoints are not')
      : warning(
          'embedded: survives a killed process, a power cut may cost what was not on disk yet, at worst all',
          'Take backups. EMBEDDED_FSYNC=on narrows that; PostgreSQL closes it.',
        )
  }
  const [row] = await db.service.query<{ sync: string; fsync: string }>(
    `select current_setting('synchronous_commit') as sync, current_setting('fsync') as fsync`,
  )
  const seen = `synchronous_commit=${row?.sync}, fsync=${row?.fsync}`
  return row?.fsync === 'on' ? ok(seen) : warning(seen, 'Set fsync=on on the database server: a power cut loses data.')
}

async function checkQueue({ db, queue }: Parts) {
  const [row] = await db.service.query<{ open: number; age: number }>(
    `select count(*)::int as open, coalesce(extract(epoch from now() - min(received_at)), 0)::float8 as age
       from events where status = 'received'`,
  )
  const age = Math.round(row?.age ?? 0)
  const seen = `${row?.open} events waiting, the oldest for ${age} s; ${await queue.depth()} wake-ups`
  return age > STALLED_SECONDS ? warning(seen, 'Is a worker running (ROLE=all or worker)?') : ok(seen)
}

async function checkDeadLetters({ db }: Parts) {
  const [row] = await db.service.query<{ events: number; texts: number }>(
    `select (select count(*)::int from events where status = 'dead') as events,
            (select count(*)::int from knowledge_chunks where embedding_status = 'refused') as texts`,
  )
  const seen = `${row?.events} events, ${row?.texts} texts`
  return row && row.events + row.texts > 0
    ? warning(seen, 'Look at /api/v1/dead-letters/, mend the cause, replay.')
    : ok(seen)
}

async function checkProvider({ embedder }: Parts) {
  const { provider, model, dimensions } = embedder.profile
  const startedAt = performance.now()
  try {
    await embedder.embed(['test'], 'query', AbortSignal.timeout(10_000))
  } catch (error) {
    return failed(
      `${provider} ${model}: ${(error as Error).message}`,
      'Check OPENAI_BASE_URL, OPENAI_API_KEY, EMBEDDING_MODEL and EMBEDDING_DIMENSIONS.',
    )
  }
  const seen = `${provider} ${model}, ${dimensions} dimensions, ${Math.round(performance.now() - startedAt)} ms`
  return provider === 'offline'
    ? warning(`${seen}: compares words, not meanings`, 'Set OPENAI_API_KEY or OPENAI_BASE_URL for a real model.')
    : ok(seen)
}

async function checkClock({ db }: Parts) {
  const before = Date.now()
  const [row] = await db.service.query<{ now: Date }>('select now() as now')
  const skewMs = Math.round((row?.now.getTime() ?? 0) - (before + Date.now()) / 2)
  const seen = `${skewMs} ms between this machine and the database`
  return Math.abs(skewMs) > CLOCK_TOLERANCE_MS
    ? warning(seen, 'Synchronise the clocks (NTP): versions come from them.')
    : ok(seen)
}

async function checkDisk({ config }: Parts) {
  const disk = await statfs(config.dataDir).catch(() => null)
  if (!disk) return ok(`${config.dataDir} is not in use`)
  const free = disk.bavail * disk.bsize
  const seen = `${(free / 1e9).toFixed(1)} GB free in ${config.dataDir}`
  return free < LOW_DISK_BYTES ? warning(seen, 'Make room: a full disk refuses events (503).') : ok(seen)
}
