import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../server/src/platform/config.ts'
import { type Database, openDatabase } from '../../../server/src/platform/db/database.ts'
import { migrate } from '../../../server/src/platform/db/migrate.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { anUpdate } from '../../support/events.ts'
import { call, type FreshDatabase, freshDatabase, startTestServer, type TestServer } from '../../support/test-server.ts'

const root = new URL('../../../', import.meta.url).pathname
const fixture = readFileSync(join(root, 'verify/fixtures/schema-0005.sql'), 'utf8')
const tokenOf = (whose: string) => new RegExp(`${whose} ((?:wc|kb)_sk_live_[a-z0-9]{40})`).exec(fixture)?.[1] ?? ''

/** Every table that the schema of then has, but for the list of what has run. */
const TABLES = [...new Set([...fixture.matchAll(/^insert into (\w+)/gm)].map((match) => match[1] ?? ''))]
const SITE = { 'x-fiko-site': 'a'.repeat(64) }
const log = createLog('silent')

let database: FreshDatabase
let server: TestServer
/** Rows of each table, as text of the columns that it had then: before the upgrade, and after it before any work. */
let before: Record<string, string[]>
let after: Record<string, string[]>
/** The upgrade's counts of the log, before any work. */
let hours: Record<string, unknown>[]

/** A database of an earlier schema: with the migrations whose file names are less than `end`. */
async function openEarlier(fresh: FreshDatabase, end: string): Promise<Database> {
  const earlier = mkdtempSync(join(tmpdir(), 'fiko-schema-'))
  for (const file of readdirSync(join(root, 'server/migrations'))) {
    if (file < end) cpSync(join(root, 'server/migrations', file), join(earlier, file))
  }
  const db = await openDatabase(readConfig({ ...fresh.env, PORT: '0' }), log)
  await migrate(db, log, `${earlier}/`)
  rmSync(earlier, { recursive: true })
  return db
}

beforeAll(async () => {
  database = await freshDatabase('empty')
  const db = await openEarlier(database, '0006')
  const columns = await columnsOf(db)
  await db.script(fixture)
  // Received in one hour, ended in the next.
  await db.owner.query(`update events set processed_at = '2026-11-23T06:00:00Z' where event_id = 'then-6'`)
  before = await rowsOf(db, columns)
  await migrate(db, log)
  // One column of then was replaced: the test below says by what.
  after = await rowsOf(db, {
    ...columns,
    embedding_profiles: columns.embedding_profiles?.replace('is_active, ', '') ?? '',
  })
  hours = await db.owner.query('select * from event_hours order by store_id, hour')
  await db.close()
  server = await startTestServer({ ...database.env, EMBEDDING_DIMENSIONS: '16' })
  await server.settled()
})
afterAll(async () => {
  await server.stop()
  await database.remove()
})

async function columnsOf(db: Database): Promise<Record<string, string>> {
  const rows = await db.owner.query<{ name: string; columns: string }>(
    `select table_name as name, string_agg(column_name, ', ' order by column_name) as columns
       from information_schema.columns where table_schema = current_schema() group by table_name`,
  )
  return Object.fromEntries(rows.map((row) => [row.name, row.columns]))
}

async function rowsOf(db: Database, columns: Record<string, string>): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {}
  for (const table of TABLES) {
    const found = await db.owner.query<{ row: string }>(
      `select row_to_json(t)::text as row from (select ${columns[table]} from ${table}) t order by 1`,
    )
    rows[table] = found.map(({ row }) => row)
  }
  return rows
}

test('the fixture has rows in every table of the old schema', () => {
  expect(TABLES.length).toBe(16)
  for (const table of TABLES) expect(before[table]?.length, table).toBeGreaterThan(0)
})

const CHANGED = ['embedding_profiles', 'usage_counters']

test.each(TABLES.filter((table) => !CHANGED.includes(table)))('every row of %s is what it was', (table) => {
  expect(after[table]).toEqual(before[table])
})

test('usage of the installation has no tenant any more; before, it had tenant 0', () => {
  const withoutZero = before.usage_counters?.map((row) => row.replace('"tenant_id":0,', '"tenant_id":null,'))
  expect(after.usage_counters?.toSorted()).toEqual(withoutZero?.toSorted())
  expect(after.usage_counters?.filter((row) => row.includes('null'))).toHaveLength(2)
})

test('the model that was active is active, with its vectors, and no new one is built', async () => {
  expect(await server.sql('select dimensions, state from embedding_profiles')).toEqual([
    { dimensions: 16, state: 'active' },
  ])
  const [shoe] = await server.sql<{ text_hash: string; kept: boolean }>(
    `select e.text_hash, e.stored_at < c.created_at + interval '1 minute' as kept
       from chunk_embeddings e join knowledge_chunks c on c.id = e.chunk_id join products p on p.id = c.product_id
      where p.external_id = 'woo_1'`,
  )
  expect(shoe?.kept).toBe(true)
  expect(before.chunk_embeddings?.join()).toContain(shoe?.text_hash)
})

test('events that were open before the upgrade are applied, also one that had failed once, and no other event', async () => {
  const rows = await server.sql(`select event_id, status, outcome, attempts from events order by id`)
  expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
    'then-1 processed created 1',
    'then-2 processed created 1',
    'then-3 processed created 1',
    'then-4 processed created 1',
    'then-5 processed deleted 1',
    'then-6 superseded superseded 1',
    'then-7 dead  2',
    'then-8 processed created 1',
    'then-9 processed metadata_updated 1',
    'then-10 processed created 2',
    'then-11 processed content_updated 1',
  ])
})

test('an old knowledge token finds the products that were shown, at the price of the last event, and no hidden or deleted ones', async () => {
  const find = async (query: string) => {
    const { body } = await server.search(query, { token: tokenOf('AI') })
    return body.results.map(({ product }: { product: { name: string; price: string } }) => [
      product.name,
      product.price,
    ])
  }
  expect((await find('کفش ورزشی'))[0]).toEqual(['کفش اسپرت مردانه', '799000'])
  expect((await find('light boot'))[0]).toEqual(['Winter boot', '850000'])
  expect((await find('teapot'))[0]?.[0]).toBe('Teapot on its way')
  expect((await find('cursed'))[0]?.[0]).toBe('No longer cursed')
  const everything = JSON.stringify([await find('draft of then'), await find('gone by then')])
  expect(everything).not.toContain('Draft of then')
  expect(everything).not.toContain('Gone by then')
})

test('an old shop keeps sending with its token; its event ids and its tombstone are known', async () => {
  const send = (event: unknown, token = tokenOf('shop')) =>
    call(
      server.url,
      'POST',
      '/api/integrations/woocommerce/webhook/',
      { authorization: `Bearer ${token}`, ...SITE },
      event,
    )
  expect((await send(anUpdate({ id: 1 }, { event_id: 'then-1' }))).body.error).toBe('event_id_conflict')
  expect((await send(anUpdate({ id: 4, name: 'Late' }, { version: 1762768200000004 }))).status).toBe(202)
  expect((await send(anUpdate({ id: 9, name: 'New after the upgrade' }))).status).toBe(202)
  expect((await send(anUpdate({ id: 10 }), tokenOf('revoked'))).status).toBe(401)
  await server.settled()
  expect((await server.search('late')).body.results.map(({ product }: Found) => product.name)).not.toContain('Late')
  expect((await server.search('after the upgrade')).body.results[0].product.name).toBe('New after the upgrade')
})

test('the number of products before the upgrade is unknown, and the number now is known', async () => {
  const { series, products } = (await server.admin('GET', '/api/v1/overview/')).body
  const told = series.map((bucket: { products: number | null }) => bucket.products)
  expect(products.active).toBeGreaterThan(0)
  expect(told).toEqual([...told.slice(1).map(() => null), products.active])
})

interface Found {
  product: { name: string }
}

test('users from before the upgrade sign in with their passwords, and no user is created', async () => {
  expect(server.running.firstStart).toBeNull()
  for (const [email, password, status] of [
    ['owner@old.example', 'an-old-password', 200],
    ['admin@old.example', 'kept-since-schema-5', 200],
    ['owner@old.example', 'another-password', 401],
  ] as const) {
    const headers = { origin: new URL(server.url).origin }
    const answer = await call(server.url, 'POST', '/api/auth/sign-in/email', headers, { email, password })
    expect(answer.status, `${email} ${password}`).toBe(status)
  }
})

test('an old dead letter has its reason, and can be replayed', async () => {
  const { body } = await server.admin('GET', '/api/v1/dead-letters/')
  expect(body.results).toHaveLength(1)
  expect(body.results[0]).toMatchObject({ kind: 'event', reason: 'cursed then' })
  const [row] = await server.sql<{ id: number }>(`select id from events where event_id = 'then-7'`)
  expect((await server.admin('POST', `/api/v1/integrations/woocommerce/events/${row?.id}/replay/`)).status).toBe(202)
  await server.settled()
  const [ended] = await server.sql(`select status from events where event_id = 'then-7'`)
  expect(ended).toEqual({ status: 'superseded' })
})

test('the hours before the upgrade are counted from the log: received events by their hour of receipt, outcomes by their hour of processing', () => {
  const times = (slots: Record<number, number>) => Array.from({ length: 15 }, (_, slot) => slots[slot] ?? 0)
  const none = {
    tenant_id: 2,
    store_id: 2,
    received: 0,
    received_backfill: 0,
    type_created: 0,
    type_deleted: 0,
    retries: 0,
    created: 0,
    content_updated: 0,
    metadata_updated: 0,
    unchanged: 0,
    deleted: 0,
    superseded: 0,
    failures: 0,
    dead: 0,
    products_change: 0,
  }
  expect(hours).toEqual([
    {
      ...none,
      hour: new Date('2026-11-23T05:00:00Z'),
      // The four that were open are counted where they are: in the log; so is the dead one, until it ends.
      received: 6,
      received_backfill: 1,
      type_created: 1,
      type_deleted: 1,
      created: 4,
      deleted: 1,
      dead: 1,
      processing_ms: expect.closeTo(126.855, 2),
      processing_times: times({ 8: 5 }),
      last_ended_at: new Date('2026-11-23T05:33:54.544Z'),
    },
    {
      ...none,
      hour: new Date('2026-11-23T06:00:00Z'),
      superseded: 1,
      processing_ms: expect.closeTo(9.086, 2),
      processing_times: times({ 7: 1 }),
      last_ended_at: new Date('2026-11-23T06:00:00Z'),
    },
  ])
})

test('audit entries of anonymous callers get the new name of their actor, and entries of servers before the upgrade as well', async () => {
  const fresh = await freshDatabase('empty')
  const db = await openEarlier(fresh, '0021')
  const add = (kind: string) =>
    db.service.query(`insert into audit_log (actor_kind, action) values ($1, 'session.refused')`, [kind])
  await add('nobody')
  await add('operator')
  await migrate(db, log)
  await add('nobody')
  const rows = await db.owner.query<{ actor_kind: string }>('select actor_kind from audit_log order by id')
  expect(rows.map((row) => row.actor_kind)).toEqual(['anonymous', 'operator', 'anonymous'])
  await expect(db.owner.query(`update audit_log set actor_kind = 'operator'`)).rejects.toThrow('append-only')
  await db.close()
  await fresh.remove()
})
