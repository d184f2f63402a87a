import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../../../server/src/platform/config.ts'
import { type ChildServer, expectRefusal, killChildren, startChild } from '../../support/child-server.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import {
  ADMIN_API_KEY,
  call,
  databaseKind,
  freshDatabase,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const HEALTH = '/api/integrations/woocommerce/health/'

let server: TestServer
let shop: Shop
const removals: (() => Promise<void>)[] = []

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterEach(async () => {
  for (const remove of removals.splice(0)) await remove()
})
afterAll(async () => {
  killChildren()
  await server.stop()
})

async function ownDatabase(): Promise<Record<string, string>> {
  const { env, remove } = await freshDatabase()
  removals.push(remove)
  return env
}

async function refuse(name: string, statement: string): Promise<void> {
  await server.sql(`create or replace function ${name}() returns trigger language plpgsql security definer as
    $$ begin raise exception 'refused by ${name}'; end $$`)
  await server.sql(statement)
}

const storedRows = (eventId: string) =>
  server.sql(
    'select event_id from events where event_id = $1 union all select event_id from event_ids where event_id = $1',
    [eventId],
  )

test('an event whose wake-up job cannot be stored is neither acknowledged nor stored', async () => {
  await refuse('no_job', 'create trigger no_job before insert on pgboss.job for each row execute function no_job()')
  const alone = await shop.send(anUpdate({ id: 1 }, { event_id: 'no-job' }))
  const batch = await shop.sendBatch([anUpdate({ id: 2 }, { event_id: 'no-job-in-batch' })])
  await server.sql('drop trigger no_job on pgboss.job')
  expect(alone.status).toBe(500)
  expect(batch.body).toMatchObject({ accepted: 0, skipped: 0, rejected: [{ error: 'internal' }] })
  expect(await storedRows('no-job')).toEqual([])
  expect(await storedRows('no-job-in-batch')).toEqual([])
})

test('an event that cannot be stored leaves no wake-up job', async () => {
  await server.settled()
  await server.sql('create table jobs_seen (id text)')
  await server.sql(`create function see_job() returns trigger language plpgsql security definer as
    $$ begin insert into jobs_seen values (new.id::text); return new; end $$`)
  await server.sql('create trigger see_job before insert on pgboss.job for each row execute function see_job()')
  await refuse('no_log', 'create trigger no_log before insert on events for each row execute function no_log()')
  expect((await shop.send(anUpdate({ id: 3 }, { event_id: 'no-log' }))).status).toBe(500)
  await server.sql('drop trigger no_log on events')
  expect(await server.sql('select id from jobs_seen')).toEqual([])
  expect(await storedRows('no-log')).toEqual([])
  expect((await shop.send(anUpdate({ id: 3 }, { event_id: 'with-log' }))).status).toBe(202)
  expect(await server.sql('select count(*)::int > 0 as seen from jobs_seen')).toEqual([{ seen: true }])
  await server.sql('drop trigger see_job on pgboss.job')
})

test('an event is not acknowledged before its transaction is committed', async () => {
  // Raises at the commit itself: every statement of the transaction has gone well by then.
  await refuse(
    'no_commit',
    `create constraint trigger no_commit after insert on event_ids deferrable initially deferred
       for each row execute function no_commit()`,
  )
  const answer = await shop.send(anUpdate({ id: 4 }, { event_id: 'no-commit' }))
  await server.sql('drop trigger no_commit on event_ids')
  expect(answer.status).toBe(500)
  expect(await storedRows('no-commit')).toEqual([])
})

test('every event acknowledged by a server that is killed under load is in the log, and is applied once', async () => {
  const env = await ownDatabase()
  const child = await startChild({ ...env, ADMIN_API_KEY })
  const token = await firstToken(child, env)
  const journal = await sendUntilItIsGone(child, token, () => child.signal('SIGKILL'))
  expect((await child.ended).signal).toBe('SIGKILL')
  expect(journal.acknowledged.size).toBeGreaterThanOrEqual(100)

  const restarted = await startTestServer(env)
  try {
    const logged = await restarted.sql<{ event_id: string }>('select event_id from events')
    const ids = logged.map((row) => row.event_id)
    expect(new Set(ids).size, 'no event is in the log twice').toBe(ids.length)
    expect([...journal.acknowledged.keys()].filter((id) => !ids.includes(id))).toEqual([])

    // Requests without an answer are sent again, as a shop does, and acknowledged ones as well.
    const authorization = `Bearer ${token}`
    for (const event of journal.indefinite.values()) {
      expect([200, 202]).toContain((await call(restarted.url, 'POST', WEBHOOK, { authorization }, event)).status)
    }
    const [known] = journal.acknowledged.values()
    expect((await call(restarted.url, 'POST', WEBHOOK, { authorization }, known)).status).toBe(200)
    // Texts that the killed process was embedding are its own for 25 s; the next sweep after that takes them.
    await restarted.settled(45_000)

    const all = [...journal.acknowledged.values(), ...journal.indefinite.values()]
    const [log] = await restarted.sql(
      `select count(*)::int as events, count(distinct event_id)::int as ids, max(attempts) as attempts,
              count(*) filter (where outcome is null)::int as open from events`,
    )
    expect(log, 'a killed worker costs no attempt').toEqual({
      events: all.length,
      ids: all.length,
      attempts: 1,
      open: 0,
    })
    const newest = new Map<string, number>()
    for (const { version, product } of all) {
      const id = `woo_${product.id}`
      newest.set(id, Math.max(version, newest.get(id) ?? 0))
    }
    const products = await restarted.sql<{ external_id: string; version: number; price: string }>(
      'select external_id, version, price from products',
    )
    expect(new Map(products.map((product) => [product.external_id, product.version]))).toEqual(newest)
    for (const product of products) expect(Number(product.price)).toBe(product.version)
  } finally {
    await restarted.stop()
  }
})

/** The token that a first start leaves in a file, as soon as it says so. */
async function firstToken(child: ChildServer, env: Record<string, string>): Promise<string> {
  const file = join(env.DATA_DIR ?? '', 'first-token.txt')
  await waitFor('the first token to be handed over', async () => child.printed().includes(file))
  return readFileSync(file, 'utf8').trim()
}

interface Sent {
  event_id: string
  version: number
  product: { id: number }
}

/** Eight clients send until the server no longer answers; `whenLoaded` is called when 100 events were acknowledged. */
async function sendUntilItIsGone(child: ChildServer, token: string, whenLoaded: () => void) {
  const acknowledged = new Map<string, Sent>()
  const indefinite = new Map<string, Sent>()
  let version = 0
  const client = async () => {
    for (;;) {
      version += 1
      const event = anUpdate({ id: 1 + (version % 20), price: version }, { version }) as unknown as Sent
      indefinite.set(event.event_id, event)
      const answer = await call(child.url, 'POST', WEBHOOK, { authorization: `Bearer ${token}` }, event).catch(
        () => null,
      )
      if (!answer) return
      expect(answer.status).toBe(202)
      indefinite.delete(event.event_id)
      acknowledged.set(event.event_id, event)
      if (acknowledged.size === 100) whenLoaded()
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  return { acknowledged, indefinite }
}

describe('a process from its first start to SIGTERM', () => {
  let env: Record<string, string>
  let child: ChildServer
  let token: string

  beforeAll(async () => {
    const database = await freshDatabase()
    env = database.env
    child = await startChild(env)
    token = await firstToken(child, env)
    return database.remove
  })

  test('leaves the first token in a file for this user only', async () => {
    const file = join(env.DATA_DIR ?? '', 'first-token.txt')
    expect(token).toMatch(/^wc_sk_live_[a-z0-9]{40}$/)
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
    const authorization = `Bearer ${token}`
    expect((await call(child.url, 'GET', HEALTH, { authorization })).status).toBe(200)
    expect((await call(child.url, 'POST', WEBHOOK, { authorization }, { token })).status).toBe(400)
    expect((await call(child.url, 'GET', `/api/nothing?token=${token}`, { authorization })).status).toBe(404)
  })

  test('finishes accepted work at SIGTERM, accepts no new work, and exits with 0', async () => {
    const body = JSON.stringify(anUpdate({ id: 1 }, { event_id: 'under-way' }))
    const socket = connect(Number(new URL(child.url).port), '127.0.0.1')
    let answer = ''
    const answered = once(socket.setEncoding('utf8'), 'close')
    socket.on('data', (text: string) => {
      answer += text
    })
    const head = `POST ${WEBHOOK} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`
    socket.write(`${head}expect: 100-continue\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`)
    await waitFor('the server to have accepted the request', async () => answer.includes('100 Continue'))
    child.signal('SIGTERM')
    await waitFor('new connections to be refused', () =>
      call(child.url, 'GET', '/healthz').then(
        () => false,
        () => true,
      ),
    )
    child.signal('SIGTERM')
    socket.write(body)
    await answered
    expect(answer).toMatch(/\r\nHTTP\/1.1 202 /)
    expect(answer).toContain('"event_id":"under-way"')
    expect(await child.ended).toMatchObject({ code: 0, signal: null })
  })

  test('has printed where the token is and never the token', async () => {
    const { stdout, stderr } = await child.ended
    expect(stderr).toContain('first-token.txt')
    expect(stdout, 'the log is on').toContain('events.stored')
    expect(stdout + stderr).not.toContain(token.slice('wc_sk_live_'.length))
  })

  test('and its successor applies what it acknowledged, and makes no other token', async () => {
    const restarted = await startTestServer(env)
    try {
      expect(restarted.running.firstStart).toBeNull()
      await restarted.settled()
      expect(await restarted.sql('select event_id, outcome, attempts from events')).toEqual([
        { event_id: 'under-way', outcome: 'created', attempts: 1 },
      ])
    } finally {
      await restarted.stop()
    }
  })
})

test('a port in use stops the start with a message that names it, and the first token is not lost', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => holder.once('listening', resolve))
  const { port } = holder.address() as AddressInfo
  const env = await ownDatabase()
  const ended = await expectRefusal({ ...env, PORT: String(port) })
  await new Promise((resolve) => holder.close(resolve))
  expect(ended.code).toBe(1)
  expect(ended.stderr.trim()).toBe(`Port ${port} is in use by another program: stop it, or set PORT to a free port.`)
  const next = await startTestServer(env)
  await next.stop()
  expect(next.running.firstStart?.token).toMatch(/^wc_sk_live_/)
})

test('a wrong setting stops the start with one sentence and exit code 1', async () => {
  const ended = await expectRefusal({ RETRY_LIMIT: 'often' })
  expect(ended.code).toBe(1)
  expect(ended.stderr).toBe('RETRY_LIMIT must be a number from 0 to 100, but it is "often".\n')
  expect(ended.stdout).toBe('')
})

test('a schema newer than the program is refused and left alone', async () => {
  const env = await ownDatabase()
  const newer = await startTestServer(env)
  await newer.sql(`insert into schema_migrations (number, name) values (9999, '9999_of_tomorrow')`)
  await newer.stop()
  const start = startTestServer(env)
  await expect(start).rejects.toThrow(ConfigError)
  await expect(start).rejects.toThrow(
    /^The database's schema is version 9999, this program knows up to \d+: start the newer/,
  )
})

test('a server that starts again on its own database changes nothing there', async () => {
  const env = await ownDatabase()
  const first = await startTestServer(env)
  const owned = await first.newShop()
  await owned.send(anUpdate({ id: 1 }))
  await owned.send(aDeletion(2))
  await first.settled()
  const state = (of: TestServer) =>
    of.sql(
      `select (select json_agg(m order by number) from schema_migrations m)::text as migrations,
              (select count(*) from integration_tokens)::int as tokens, (select count(*) from users)::int as users,
              (select json_agg(p order by id) from products p)::text as products`,
    )
  const before = await state(first)
  await first.stop()
  const second = await startTestServer(env)
  try {
    expect(second.running.firstStart).toBeNull()
    expect(await state(second)).toEqual(before)
  } finally {
    await second.stop()
  }
})

if (databaseKind === 'embedded') {
  test('a second process on the same directory is refused, and the first continues', async () => {
    const database = await freshDatabase('prepared')
    const server = await startTestServer(database.env)
    const shop = await server.newShop()
    const ended = await expectRefusal({ DATA_DIR: server.env.DATA_DIR ?? '' })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^DATA_DIR \S+ is in use by another process\. .+\n$/)
    expect(ended.stderr).toContain(server.env.DATA_DIR)
    expect((await shop.send(anUpdate({ id: 5 }))).status).toBe(202)
    await server.settled()
    await server.stop()
    await database.remove()
  })
}

if (databaseKind === 'postgres') {
  test('a database with synchronous_commit=off is refused and not changed', async () => {
    const env = await ownDatabase()
    const client = new pg.Client({ connectionString: env.DATABASE_URL })
    await client.connect()
    await client.query(`alter database ${client.database} set synchronous_commit = off`)
    const ended = await expectRefusal(env)
    const { rows } = await client.query(`select count(*)::int as tables from pg_tables where schemaname = 'public'`)
    await client.end()
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^The database has synchronous_commit=off: .+Set it to on.+\n$/)
    expect(rows).toEqual([{ tables: 0 }])
  })

  test('servers that start at once on an empty database all serve, and one of them migrates', async () => {
    const env = await ownDatabase()
    const all = await Promise.all([1, 2, 3].map(() => startTestServer(env)))
    try {
      const [one, two] = all as [TestServer, TestServer]
      expect(all.filter((each) => each.running.firstStart !== null)).toHaveLength(1)
      const [made] = await one.sql(
        `select (select count(*) from users)::int as users, (select count(*) from stores)::int as stores,
                (select count(*) from schema_migrations)::int as migrations`,
      )
      expect(made).toEqual({
        users: 1,
        stores: 1,
        migrations: readdirSync('server/migrations').filter((file) => file.endsWith('.sql')).length,
      })
      const owned = await one.newShop()
      const authorization = `Bearer ${owned.token}`
      expect((await owned.send(anUpdate({ id: 1 }))).status).toBe(202)
      expect((await call(two.url, 'POST', WEBHOOK, { authorization }, anUpdate({ id: 2 }))).status).toBe(202)
      await two.settled()
      expect(await two.sql(`select external_id, version > 0 as applied from products order by external_id`)).toEqual([
        { external_id: 'woo_1', applied: true },
        { external_id: 'woo_2', applied: true },
      ])
    } finally {
      for (const each of all) await each.stop()
    }
  })

  test('a statement above its time limit is also cancelled by the database server and releases its locks', async () => {
    const endless = server.running.db.service.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(5, 5)')
      await tx.query('select pg_sleep(60)')
    })
    await expect(endless).rejects.toMatchObject({ code: '57014' })
    const locks = await server.sql(`select 1 from pg_locks where locktype = 'advisory' and classid = 5 and objid = 5`)
    expect(locks).toEqual([])
  })

  test('a database that cannot be reached stops the start with a sentence', async () => {
    const ended = await expectRefusal({ DATABASE_URL: 'postgres://nobody:secret-word@127.0.0.1:1/none' })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^DATABASE_URL: the database cannot be used: .+\n$/)
    expect(ended.stdout + ended.stderr).not.toContain('secret-word')
  })
}
