import { type Db as BossDatabase, PgBoss } from 'pg-boss'
import type { Database, Sql, SqlValue } from './database.ts'
import type { Log } from './log.ts'

/** The one queue. Its jobs carry no work: the tables do. A job only wakes a worker of the stage it names. */
const QUEUE = 'default'

/** Any constant will do that no other advisory lock of ours uses. */
const QUEUE_LOCK = 7_105_112_115

/**
 * Wake-ups are taken at most ten times a second: each time costs a fetch and a completion, which under load would be as
 * much work as storing the events. The first one after a rest is taken at once.
 */
const CONSUME_PAUSE_MS = 100
/** The embedded database's only process has woken its stages itself (`wakeHere`): there a job is only for after a crash. */
const EMBEDDED_CONSUME_PAUSE_MS = 1_000
const WAKING_RIGHTS = `
  grant usage on schema pgboss to fiko_tenant, fiko_service;
  grant select on pgboss.queue to fiko_tenant, fiko_service;
  grant select, insert on pgboss.job, pgboss.job_common to fiko_tenant, fiko_service;`
/** An enqueued wake-up whose transaction was rolled back is relied on for no longer than this. */
const ANNOUNCED_MS = 1_500

export interface Queue {
  /** Enqueues a wake-up inside the caller's transaction, so that work and job are committed together. */
  wake(tx: Sql, stage: string): Promise<void>
  /** Starts handing wake-ups to `onWake`. Only a process that works calls this. */
  consume(onWake: (stage: string) => void): Promise<void>
  /** Wake-ups that no worker has taken yet. */
  depth(): Promise<number>
  stop(): Promise<void>
}

/** Starts pg-boss on our own connection(s); it makes and migrates its schema `pgboss`. */
export async function startQueue(db: Database, log: Log): Promise<Queue> {
  const boss = new PgBoss({
    db: { ...bossDatabase({ query: db.owner.query, script: db.script }), listen: db.listen },
    backend: db.kind === 'embedded' ? 'pglite' : 'postgres',
    useListenNotify: true,
    schedule: false,
    superviseIntervalSeconds: 60,
    monitorVacuum: false,
  })
  boss.on('error', (error) => log.warn({ error: error.message }, 'queue.error'))
  boss.on('warning', (warning) => log.debug({ warning: warning.message }, 'queue.warning'))
  await oneAtATime(db, async () => {
    await boss.start()
    await boss.createQueue(QUEUE, {
      notify: true,
      // A wake-up taken by a worker that was then killed is handed out again after 25 s, without limit worth naming.
      // (Work itself does not wait for that: see the sweep in stage-runner.ts.)
      expireInSeconds: 25,
      retryLimit: 1000,
      deleteAfterSeconds: 60,
    })
    // Whoever stores work wakes its stage in the same transaction; the rest of the queue is the owner's.
    await db.script(WAKING_RIGHTS)
  })
  /** Stages with a wake-up that this process has enqueued and not yet received, until when to rely on it. */
  const announced = new Map<string, number>()
  const consumePauseMs = db.kind === 'embedded' ? EMBEDDED_CONSUME_PAUSE_MS : CONSUME_PAUSE_MS
  let wakeHere: ((stage: string) => void) | null = null
  return {
    wake: async (tx, stage) => {
      // On the embedded database nobody else can take the waiting job before this transaction is over: one is enough.
      const isAnnounced = db.kind === 'embedded' && (announced.get(stage) ?? 0) > performance.now()
      if (!isAnnounced) {
        await boss.insert(QUEUE, [{ data: { stage } }], { db: bossDatabase(tx) })
        announced.set(stage, performance.now() + ANNOUNCED_MS)
      }
      // A stage of this process need not wait for its job to come around.
      wakeHere?.(stage)
    },
    consume: async (onWake) => {
      wakeHere = onWake
      await boss.work<{ stage: string }>(
        QUEUE,
        { batchSize: 100, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 5 },
        async (jobs) => {
          for (const stage of new Set(jobs.map((job) => job.data.stage))) {
            announced.delete(stage)
            onWake(stage)
          }
          await new Promise((resolve) => setTimeout(resolve, consumePauseMs))
        },
      )
    },
    depth: async () => {
      const [row] = await db.owner.query<{ depth: number }>(
        `select count(*)::int as depth from pgboss.job where name = $1 and state < 'active'`,
        [QUEUE],
      )
      return row?.depth ?? 0
    },
    stop: () => boss.stop({ graceful: true, timeout: 5_000 }),
  }
}

/**
 * Of two servers that start at once on an empty database one makes the queue. pg-boss's own lock does not cover that: both
 * run CREATE SCHEMA, and one fails with a duplicate key. The embedded database belongs to one process and needs no lock.
 */
async function oneAtATime(db: Database, start: () => Promise<void>): Promise<void> {
  if (db.kind === 'embedded') return await start()
  await db.owner.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${QUEUE_LOCK})`)
    await start()
  })
}

/** pg-boss's view of our database or transaction: statements with values singly, scripts without in one go. */
function bossDatabase(sql: Sql & Partial<Pick<Database, 'script'>>): BossDatabase {
  return {
    executeSql: async (text, values) => {
      const rows = !values?.length && sql.script ? await sql.script(text) : await sql.query(text, values as SqlValue[])
      return { rows }
    },
  }
}
