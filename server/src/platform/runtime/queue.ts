import { type Db as BossDatabase, PgBoss } from 'pg-boss'
import type { Database, Sql, SqlValue } from '../db/database.ts'
import type { Log } from '../log.ts'

/** The only queue. Its jobs carry no work, the tables do; a job only wakes a worker of the stage that it names. */
const QUEUE = 'default'

/** An arbitrary constant that no other advisory lock uses. */
const QUEUE_LOCK = 7_105_112_115

/**
 * Wake-ups are fetched at most ten times a second: each fetch and completion costs, under load as much as storing the events. After
 * an idle period the first wake-up is fetched at once.
 */
const CONSUME_PAUSE_MS = 100
/** The only process of the embedded database wakes its stages directly (`wakeHere`); there a job is needed only after a crash. */
const EMBEDDED_CONSUME_PAUSE_MS = 1_000
const WAKING_RIGHTS = `
  grant usage on schema pgboss to fiko_tenant, fiko_service;
  grant select on pgboss.queue to fiko_tenant, fiko_service;
  grant select, insert on pgboss.job, pgboss.job_common to fiko_tenant, fiko_service;`
/** Maximum time for which an enqueued wake-up is trusted, because its transaction may have been rolled back. */
const ANNOUNCED_MS = 1_500

export interface Queue {
  /** Enqueues a wake-up in the caller's transaction, so that work and job are committed together. */
  wake(tx: Sql, stage: string): Promise<void>
  /** Starts to pass wake-ups to `onWake`. Called only by processes with workers. */
  consume(onWake: (stage: string) => void): Promise<void>
  /** Number of wake-ups that no worker has taken yet. */
  depth(): Promise<number>
  stop(): Promise<void>
}

/** Starts pg-boss on our own connections; it creates and migrates its schema `pgboss`. */
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
      // A wake-up of a killed worker is delivered again after 25 s, up to 1,000 times. The work itself does not wait for that:
      // stage-runner.ts polls.
      expireInSeconds: 25,
      retryLimit: 1000,
      deleteAfterSeconds: 60,
    })
    // A transaction that stores work wakes its stage; it needs rights on these tables only.
    await db.script(WAKING_RIGHTS)
  })
  /** Stages with a wake-up that this process has enqueued and not yet received, with the time until which it is trusted. */
  const announced = new Map<string, number>()
  const consumePauseMs = db.kind === 'embedded' ? EMBEDDED_CONSUME_PAUSE_MS : CONSUME_PAUSE_MS
  let wakeHere: ((stage: string) => void) | null = null
  return {
    wake: async (tx, stage) => {
      // On the embedded database no other process can take the waiting job before this transaction ends: one job is enough.
      const isAnnounced = db.kind === 'embedded' && (announced.get(stage) ?? 0) > performance.now()
      if (!isAnnounced) {
        await boss.insert(QUEUE, [{ data: { stage } }], { db: bossDatabase(tx) })
        announced.set(stage, performance.now() + ANNOUNCED_MS)
      }
      // A stage of this process is woken directly, without waiting for its job.
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
 * Lets one of two servers that start at once create the queue. pg-boss's own lock does not cover this: both run CREATE SCHEMA, and
 * one fails with a duplicate key. The embedded database belongs to one process and needs no lock.
 */
async function oneAtATime(db: Database, start: () => Promise<void>): Promise<void> {
  if (db.kind === 'embedded') return await start()
  await db.owner.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${QUEUE_LOCK})`)
    await start()
  })
}

/** Adapts our database or transaction to pg-boss: single statements with values, or whole scripts without values. */
function bossDatabase(sql: Sql & Partial<Pick<Database, 'script'>>): BossDatabase {
  return {
    executeSql: async (text, values) => {
      const rows = !values?.length && sql.script ? await sql.script(text) : await sql.query(text, values as SqlValue[])
      return { rows }
    },
  }
}
