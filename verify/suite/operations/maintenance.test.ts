import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { storeEvents } from '../../../server/src/ingest/store-events.ts'
import { pruneCache } from '../../../server/src/knowledge/prune-cache.ts'
import { type MaintenanceTask, startMaintenance } from '../../../server/src/maintenance.ts'
import type { Database } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { anUpdate } from '../../support/events.ts'
import { databaseKind, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ EVENT_RETENTION_DAYS: '90' })
})
beforeEach(async () => {
  await server.sql('delete from maintenance_runs')
})
afterAll(() => server.stop())

/** Maintenance beside the server's own, on its database. */
function maintain(tasks: MaintenanceTask[]) {
  const config = { databaseUrl: server.env.DATABASE_URL ?? null, eventRetentionDays: null }
  return startMaintenance({ db: server.running.db, log: createLog('silent'), config }, tasks)
}

const runs = () =>
  server.sql<{ task: string; last_success_at: Date | null; last_failure_at: Date | null; last_error: string | null }>(
    'select task, last_success_at, last_failure_at, last_error from maintenance_runs order by task',
  )

const figures = async () => await (await fetch(`${server.url}/metrics`)).text()

const finding = async () => {
  const { results } = (await server.admin('GET', '/api/v1/diagnosis/')).body
  return results.find((one: { check: string }) => one.check === 'maintenance')
}

test('a start runs the due tasks, and no other start repeats them on the same day', async () => {
  // The server's own look at its tasks, some time after its start, may have begun them.
  await waitFor('all tasks to be done', async () => {
    await server.running.maintenance.runDue()
    return (await runs()).every((run) => run.last_success_at !== null)
  })
  const done = await runs()
  expect(done.map(({ task }) => task)).toEqual([
    'alerts',
    'drift_history',
    'embedding_cache',
    'erasing',
    'event_log',
    'freshness',
    'hours',
    'oauth',
    'partitions',
    'questions',
    'readiness',
    'refused_sign_ins',
    'replays',
    'retired_vectors',
    'sessions',
    'vector_indexes',
  ])
  for (const run of done) {
    expect(run).toMatchObject({ last_success_at: expect.any(Date), last_failure_at: null, last_error: null })
  }
  expect(await server.running.maintenance.runDue()).toEqual([])
  await server.sql(
    `update maintenance_runs set last_success_at = now() - interval '23 hours 1 minute' where task = 'hours'`,
  )
  expect(await server.running.maintenance.runDue(), 'a day later').toEqual(['hours'])
})

test('a server that is restarted every hour runs each task once a day', async () => {
  let done = 0
  const count = {
    name: 'counted',
    run: async () => {
      done += 1
    },
  }
  for (let hour = 0; hour < 48; hour += 1) {
    const maintenance = maintain([count])
    await maintenance.runDue()
    await maintenance.stop()
    await server.sql(`update maintenance_runs set last_success_at = last_success_at - interval '1 hour'`)
  }
  // Hours 0, 23 and 46.
  expect(done).toBe(3)
})

test('a failing task stops no other, is reported, and is tried again after an hour', async () => {
  let fails = true
  const done: string[] = []
  const maintenance = maintain([
    { name: 'first', run: async () => void done.push('first') },
    {
      name: 'second',
      run: async () => {
        if (fails) throw new Error('no room for it')
        done.push('second')
      },
    },
    { name: 'third', run: async () => void done.push('third') },
  ])
  expect(await maintenance.runDue()).toEqual(['first', 'second', 'third'])
  expect(done).toEqual(['first', 'third'])
  const [first, second] = await runs()
  expect(first).toMatchObject({ task: 'first', last_success_at: expect.any(Date), last_error: null })
  expect(second).toMatchObject({
    last_success_at: null,
    last_failure_at: expect.any(Date),
    last_error: 'no room for it',
  })
  const said = await figures()
  expect(said).toMatch(/fiko_maintenance_last_success_timestamp_seconds\{task="first"\} 1\.?\d/)
  expect(said).not.toMatch(/fiko_maintenance_last_success_timestamp_seconds\{task="second"\}/)
  expect(said).toMatch(/fiko_maintenance_last_failure_timestamp_seconds\{task="second"\} 1\.?\d/)

  fails = false
  expect(await maintenance.runDue(), 'at once').toEqual([])
  await server.sql(`update maintenance_runs set last_failure_at = now() - interval '61 minutes' where task = 'second'`)
  expect(await maintenance.runDue()).toEqual(['second'])
  expect((await runs())[1]).toMatchObject({ last_success_at: expect.any(Date) })
  await maintenance.stop()
})

test('tasks that were not done for two days are in the diagnosis and in the metrics', async () => {
  const maintenance = maintain([{ name: 'hours', run: async () => {} }])
  await maintenance.runDue()
  expect(await finding()).toMatchObject({ state: 'ok', advice: null })
  expect(await figures()).toMatch(/^fiko_maintenance_late_tasks 0$/m)
  await server.sql(
    `update maintenance_runs set last_success_at = now() - interval '49 hours', last_failure_at = now(), last_error = 'the disk is full'`,
  )
  expect(await finding()).toMatchObject({ state: 'warning', seen: expect.stringMatching(/hours.*the disk is full/) })
  expect(await figures()).toMatch(/^fiko_maintenance_late_tasks 1$/m)
  await server.sql(`update maintenance_runs set last_success_at = null, known_since = now() - interval '49 hours'`)
  expect((await finding()).state, 'never done').toBe('warning')
  await server.sql('update maintenance_runs set known_since = now()')
  expect((await finding()).state, 'just installed').toBe('ok')
  await maintenance.stop()
})

test('a task that another release had is no longer waited for', async () => {
  await server.sql(`insert into maintenance_runs (task, known_since) values ('of old', now() - interval '9 days')`)
  await server.running.maintenance.runDue()
  expect((await runs()).map((run) => run.task)).not.toContain('of old')
})

test('one process at a time runs the tasks, and none of them keeps a transaction open', async () => {
  if (databaseKind === 'embedded') return
  let release = () => {}
  let done = 0
  const slow = {
    name: 'slow',
    run: () =>
      new Promise<void>((resolve) => {
        done += 1
        release = resolve
      }),
  }
  const [one, two] = [maintain([slow]), maintain([slow])]
  const first = one.runDue()
  await waitFor('the first to begin', async () => done === 1)
  expect(await two.runDue(), 'while the other is at it').toEqual([])
  const open = await server.sql(
    `select 1 from pg_stat_activity where datname = current_database() and application_name = 'fiko-sync maintenance'
        and state <> 'idle'`,
  )
  expect(open).toEqual([])
  release()
  expect(await first).toEqual(['slow'])
  expect(await two.runDue(), 'it was done').toEqual([])
  await waitFor('the lock to be free', async () => {
    const locks = await server.sql(
      `select 1 from pg_locks where locktype = 'advisory' and objid = 7105112116 - 4294967296`,
    )
    return locks.length === 0
  })
  expect(done).toBe(1)
  await one.stop()
  await two.stop()
})

test('the work of a process that is killed is done by the next', async () => {
  if (databaseKind === 'embedded') return
  const maintenance = maintain([{ name: 'killed', run: () => new Promise(() => {}) }])
  void maintenance.runDue().catch(() => undefined)
  const holder = () =>
    server.sql<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'fiko-sync maintenance'`,
    )
  await waitFor('the first to begin', async () => (await holder()).length === 1)
  const [{ pid = 0 } = {}] = await holder()
  await server.sql('select pg_terminate_backend($1::int)', [pid])
  const done: string[] = []
  const next = maintain([{ name: 'killed', run: async () => done.push('it') }])
  await waitFor('the next to do it', async () => (await next.runDue()).length === 1)
  expect(done).toEqual(['it'])
  await next.stop()
})

test('a stop waits for no task that does not end', async () => {
  let began = false
  const maintenance = maintain([
    {
      name: 'endless',
      run: () => {
        began = true
        return new Promise(() => {})
      },
    },
  ])
  void maintenance.runDue()
  await waitFor('it to begin', async () => began)
  const ended = await Promise.race([maintenance.stop().then(() => 'stopped'), delay(20_000, 'hangs', { ref: false })])
  expect(ended).toBe('stopped')
})

test('the cache is pruned in pages: due rows are deleted, recently used rows stay, and no statement deletes more than a page', async () => {
  await server.newShop()
  await server.sql(
    `insert into embedding_cache (tenant_id, profile_id, text_hash, embedding, used_at)
     select (select min(id) from tenants), (select min(id) from embedding_profiles), 'old ' || n, '[1,2,3]'::vector,
            now() - interval '31 days' from generate_series(1, 4500) n
     union all
     select (select min(id) from tenants), (select min(id) from embedding_profiles), 'young', '[1,2,3]'::vector, now()`,
  )
  const { db } = server.running
  const pages: number[] = []
  const service = {
    ...db.service,
    query: async <Row>(text: string, values?: Parameters<Database['service']['query']>[1]) => {
      const rows = await db.service.query<Row>(text, values)
      if (text.includes('delete')) pages.push((rows[0] as { gone: number }).gone)
      return rows
    },
  }
  await pruneCache({ ...db, service })
  expect(await server.sql('select text_hash from embedding_cache')).toEqual([{ text_hash: 'young' }])
  expect(pages.reduce((sum, page) => sum + page, 0)).toBe(4500)
  for (const page of pages) expect(page).toBeLessThanOrEqual(2000)
})

test('a missing partition is recognised by its code, in any language of the database', async () => {
  const { db } = server.running
  const shop = await server.newShop()
  const weeks = await server.sql<{ name: string }>(
    `select relname as name from pg_class where relispartition and relkind = 'r' and relname ~ '^events_\\d{4}'`,
  )
  for (const { name } of weeks) {
    await server.sql(`alter table events detach partition ${name}`)
    await server.sql(`drop table ${name}`)
  }
  let translated = 0
  const service = {
    ...db.service,
    transaction: <T>(work: Parameters<typeof db.service.transaction<T>>[0]) =>
      db.service.transaction(work).catch((error: Error) => {
        translated += 1
        error.message = 'keine Partition von Relation »events« für die Zeile gefunden'
        throw error
      }),
  }
  const payload = anUpdate({ id: 1 }, { event_id: 'without a week' })
  const [row] = await server.sql<{ tenant_id: number }>('select tenant_id from stores where id = $1', [shop.storeId])
  const receipts = await storeEvents({ ...db, service }, { wake: async () => {} } as never, [
    {
      tenantId: row?.tenant_id ?? 0,
      storeId: shop.storeId,
      sourceIp: '127.0.0.1',
      userAgent: '',
      event: {
        eventId: 'without a week',
        eventType: 'product.updated',
        source: 'live',
        productId: 1,
        version: 5,
        isVersioned: true,
        priority: 0,
        payload: Buffer.from(JSON.stringify(payload)),
        bodyHash: 'hash',
      },
    },
  ])
  expect(translated).toBe(1)
  expect(receipts).toEqual(['accepted'])
  await server.settled()
})

test('another check that a row fails makes no partition', async () => {
  const shop = await server.newShop()
  await server.sql(`alter table events add constraint never check (event_id <> 'refused by a check')`)
  const answer = await shop.send(anUpdate({ id: 2 }, { event_id: 'refused by a check' }))
  expect(answer.status).toBe(500)
  await server.sql('alter table events drop constraint never')
  expect((await shop.send(anUpdate({ id: 2 }))).status).toBe(202)
})

test('PostgreSQL names the table and the code in an error, and so does the embedded database', async () => {
  const failure = await server.running.db.service
    .query(
      `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id,
                           payload, version, is_versioned, priority)
       values ('1999-01-01', now(), 1, 1, 'x', 'product.updated', 'live', 1, '{}', 1, true, 0)`,
    )
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: '23514', table: 'events' })
  expect((failure as pg.DatabaseError).constraint).toBeUndefined()
})
