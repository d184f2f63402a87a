import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { openPostgres } from '../../../server/src/platform/db/database-postgres.ts'
import { migrate } from '../../../server/src/platform/db/migrate.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { startChild } from '../../support/child-server.ts'
import { anUpdate } from '../../support/events.ts'
import { PASSWORD, signedIn } from '../../support/people.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import {
  ADMIN_API_KEY,
  call,
  databaseKind,
  freshDatabase,
  type Shop,
  shopOf,
  startTestServer,
  waitFor,
} from '../../support/test-server.ts'

const aBatch = (first: number) =>
  Array.from({ length: 50 }, (_, n) =>
    anUpdate({ id: first + n, name: `Tile ${first + n}` }, { event_id: `t${first + n}` }),
  )

/** Sends until it is acknowledged, as a shop does; anything but an outage is an error. */
async function sendUntilAccepted(shop: Shop, events: unknown[]) {
  for (;;) {
    const answer = await shop.sendBatch(events).catch(() => ({ status: 0, headers: new Headers(), body: {} }))
    if (answer.status === 202) return
    expect([0, 503]).toContain(answer.status)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function newShop(url: string): Promise<Shop> {
  const body = { integration_type: 'woocommerce', name: 'Shop' }
  const headers = { authorization: `Bearer ${ADMIN_API_KEY}` }
  const made = await call(url, 'POST', '/api/v1/integrations/tokens/generate/', headers, body)
  expect(made.status).toBe(201)
  return shopOf(url, made.body)
}

const settings = { ADMIN_API_KEY, EMBEDDING_PROVIDER: 'offline', LOG_LEVEL: 'info', RETRY_DELAY_SECONDS: '0' }

test.each([
  ['a batch', 'products'],
  ['storing what it had embedded', 'chunk_embeddings'],
])('a server killed in the middle of %s finishes it at its next start, and no attempt is spent', async (_, table) => {
  const database = await freshDatabase()
  const env: Record<string, string> = { ...settings, ...database.env }
  const first = await startTestServer(env)
  // From now on a worker stops in the middle: the transaction has begun, rows are being written.
  await first.sql(`create function stay() returns trigger language plpgsql security definer as $$
    begin perform pg_sleep(600); return new; end $$`)
  await first.sql(`create trigger stay before insert on ${table} for each row execute function stay()`)
  await first.stop()

  const victim = await startChild(env)
  const shop = await newShop(victim.url)
  const answer = await shop.sendBatch(aBatch(1))
  expect(answer.body).toMatchObject({ accepted: 50 })
  if (databaseKind === 'postgres') {
    const observer = new pg.Client({ connectionString: env.DATABASE_URL ?? '' })
    await observer.connect()
    const inside = `from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`
    await waitFor('the worker to be inside its transaction', async () => {
      const { rows } = await observer.query(`select pid ${inside}`)
      return rows.length > 0
    })
    await victim.kill()
    // The database notices at its next word to the dead client; a network that is cut is noticed by its time limits.
    await observer.query(`select pg_terminate_backend(pid) ${inside}`)
    await observer.query(`drop trigger stay on ${table}`)
    await observer.end()
  } else {
    // One thread does everything here: when it no longer answers, it is inside.
    await waitFor('the worker to be inside its transaction', async () => {
      const alive = fetch(`${victim.url}/healthz`, { signal: AbortSignal.timeout(500) })
      return await alive.then(
        () => false,
        () => true,
      )
    })
    await victim.kill()
    const { openEmbedded } = await import('../../../server/src/platform/db/database-embedded.ts')
    const { createLog } = await import('../../../server/src/platform/log.ts')
    const db = await openEmbedded(env.DATA_DIR ?? '', false, createLog('silent'))
    await db.owner.query(`drop trigger stay on ${table}`)
    await db.close()
  }

  const next = await startTestServer(env)
  // On PostgreSQL the lease of what the dead worker was embedding has to end first.
  await next.settled(60_000)
  const events = await next.sql('select status, outcome, attempts, count(*)::int as count from events group by 1, 2, 3')
  expect(events).toEqual([{ status: 'processed', outcome: 'created', attempts: 1, count: 50 }])
  const [products] = await next.sql('select count(*)::int as count from products')
  expect(products).toEqual({ count: 50 })
  const [vectors] = await next.sql(
    `select count(*)::int as count, count(distinct chunk_id)::int as chunks from chunk_embeddings
      where text_hash in (select text_hash from knowledge_chunks)`,
  )
  expect(vectors).toEqual({ count: 50, chunks: 50 })
  expect((await next.admin('GET', '/api/v1/dead-letters/')).body.results).toEqual([])
  await next.stop()
  await database.remove()
})

/** A database of its own, and the way to it, which can be cut or stalled. */
async function databaseBehindProxy() {
  const database = await freshDatabase()
  const url = new URL(database.env.DATABASE_URL ?? '')
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) || 5432 })
  url.port = String(proxy.port)
  return {
    env: { ...database.env, DATABASE_URL: url.href },
    proxy,
    remove: async () => {
      await proxy.close()
      await database.remove()
    },
  }
}

if (databaseKind === 'postgres') {
  test('users get the same 503 as shops in an outage, at the sign-in and in a session, and stay signed in after it', async () => {
    const { env, proxy, remove } = await databaseBehindProxy()
    const server = await startTestServer(env)
    const owner = await signedIn(server, 'owner')
    const me = () => owner.request('GET', '/api/v1/me/')
    const credentials = { email: owner.email, password: PASSWORD }
    const signIn = () => call(server.url, 'POST', '/api/auth/sign-in/email', { origin: server.url }, credentials)
    proxy.cut()
    for (const ask of [me, signIn]) {
      const refused = await ask()
      expect(refused).toMatchObject({ status: 503, body: { error: 'unavailable' } })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    proxy.restore()
    await waitFor('the session to be known again', async () => (await me()).status === 200)
    expect((await signIn()).status).toBe(200)
    await server.stop()
    await remove()
  })

  test('a network that drops packets does not block a start, and LISTEN works again when it is back', async () => {
    const { env, proxy, remove } = await databaseBehindProxy()
    const db = await openPostgres(env.DATABASE_URL, 5, createLog('silent'))
    proxy.stall()
    const heard: string[] = []
    const listening = await db.listen(
      'news',
      (payload) => heard.push(payload),
      () => heard.push('reconnected'),
    )
    proxy.restore()
    await waitFor('the listener to be there', async () => heard.includes('reconnected'))
    await db.owner.query(`select pg_notify('news', 'good')`)
    await waitFor('the notice', async () => heard.includes('good'))
    await listening.close()
    await db.close()
    await remove()
  })

  test('connections that the database ends all the time cost no event, no attempt and no dead letter', async () => {
    const server = await startTestServer({ LOG_LEVEL: 'silent' })
    const shop = await server.newShop()
    const database = new URL(server.env.DATABASE_URL ?? '').pathname.slice(1)
    const executioner = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL ?? '' })
    await executioner.connect()
    let kills = 0
    const killing = (async () => {
      // Not for ever: the stages pause for longer after every failure, as they should.
      for (let round = 0; round < 10; round++) {
        const { rowCount } = await executioner.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
          [database],
        )
        kills += rowCount ?? 0
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })()
    for (let first = 1; first < 1000; first += 200) {
      const batches = [0, 50, 100, 150].map((further) => aBatch(first + further))
      await Promise.all(batches.map((batch) => sendUntilAccepted(shop, batch)))
    }
    await killing
    await executioner.end()
    expect(kills).toBeGreaterThan(0)
    await server.settled()
    const events = await server.sql(
      'select status, outcome, attempts, count(*)::int as count from events group by 1, 2, 3',
    )
    expect(events).toEqual([{ status: 'processed', outcome: 'created', attempts: 1, count: 1000 }])
    const [products] = await server.sql('select count(*)::int as count from products where is_active')
    expect(products).toEqual({ count: 1000 })
    expect((await server.admin('GET', '/api/v1/dead-letters/')).body.results).toEqual([])
    await server.stop()
  })

  test('a worker that is killed leaves its store to another one, which applies the batch', async () => {
    const database = await freshDatabase()
    const env: Record<string, string> = { ...settings, ...database.env }
    const victim = await startChild(env)
    const shop = await newShop(victim.url)
    const observer = new pg.Client({ connectionString: env.DATABASE_URL ?? '' })
    await observer.connect()
    await observer.query('select pg_advisory_lock(1, 1)')
    await observer.query(`create function stay() returns trigger language plpgsql security definer as $$
      begin perform pg_advisory_xact_lock_shared(1, 1); return new; end $$`)
    await observer.query('create trigger stay before insert on products for each row execute function stay()')
    await shop.sendBatch(aBatch(1))
    await waitFor('the worker to be inside its transaction', async () => {
      const { rows } = await observer.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)
      return rows.length > 0
    })
    const other = await startTestServer(env)
    await victim.kill()
    // Released only now: what the dead worker's connection was in the middle of is rolled back with it.
    await observer.query('select pg_advisory_unlock(1, 1)')
    await observer.end()
    await other.settled()
    const events = await other.sql('select status, attempts, count(*)::int as count from events group by 1, 2')
    expect(events).toEqual([{ status: 'processed', attempts: 1, count: 50 }])
    await other.stop()
    await database.remove()
  })

  test('while the database does not answer, every request gets a 503 instead of waiting', async () => {
    const { env, proxy, remove } = await databaseBehindProxy()
    const server = await startTestServer(env)
    const shop = await server.newShop()
    // A request that waits longer than this stops, and the test fails with that.
    const send = async (id: number) =>
      await fetch(`${server.url}/api/integrations/woocommerce/webhook/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(anUpdate({ id })),
        signal: AbortSignal.timeout(60_000),
      })
    expect((await send(1)).status).toBe(202)
    proxy.stall()
    const refused = await Promise.all([2, 3, 4, 5].map(send))
    for (const answer of refused) {
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    proxy.restore()
    await waitFor('events to be taken again', async () => (await send(6)).status === 202)
    await server.settled(60_000)
    await server.stop()
    await remove()
  })

  test('200 clients at two busy connections get an answer, and are served when the connections are free', async () => {
    const server = await startTestServer({ DATABASE_POOL_SIZE: '2' })
    await (await server.newShop()).send(anUpdate({ id: 1, name: 'Crowded tram' }))
    await server.settled()
    const holder = new pg.Client({ connectionString: server.env.DATABASE_URL ?? '' })
    await holder.connect()
    await holder.query('begin; lock table products in access exclusive mode')
    const search = () => server.search('crowded tram')
    const answers = await Promise.all(Array.from({ length: 200 }, search))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]))
    await holder.query('rollback')
    await holder.end()
    await waitFor('searches to be answered again', async () => (await search()).status === 200)
    await server.stop()
  })

  test('a change of the schema, as the next version’s start makes it, costs a server under load no answer', async () => {
    const server = await startTestServer()
    const shops = await Promise.all(Array.from({ length: 4 }, () => server.newShop()))
    let isChanging = true
    const statuses = new Set<number>()
    const load = shops.map(async (shop) => {
      for (let id = 1; isChanging; id = (id % 50) + 1) {
        statuses.add((await shop.send(anUpdate({ id }))).status)
        statuses.add((await server.search('shoe', { params: { store_id: String(shop.storeId) } })).status)
      }
    })
    const folder = mkdtempSync(join(tmpdir(), 'fiko-migrations-'))
    cpSync('server/migrations', folder, { recursive: true })
    for (let number = 9001; number <= 9002; number++) {
      // A migration's statements, in another order.
      writeFileSync(
        join(folder, `${number}_later.sql`),
        `alter table products add column later_${number} text not null default '';
         create index later_${number} on events (store_id, received_at);
         alter table knowledge_chunks add constraint later_${number} check (position >= 0);
         alter table stores add column later_${number} int;
         create policy later_${number} on events to fiko_service using (true);\n`,
      )
      await migrate(server.running.db, createLog('silent'), `${folder}/`)
    }
    rmSync(folder, { recursive: true })
    isChanging = false
    await Promise.all(load)
    expect(statuses).toEqual(new Set([202, 200]))
    await server.settled()
    expect(await server.sql(`select 1 from events where attempts <> 1 or status = 'dead'`)).toEqual([])
    await server.stop()
  })
}
