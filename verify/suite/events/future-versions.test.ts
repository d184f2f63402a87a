import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { remoteTo, runFiko } from '../../support/fiko-command.ts'
import { signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const HOUR_US = 3_600_000_000
const DAY_US = 24 * HOUR_US
const LAST = Number.MAX_SAFE_INTEGER

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer({ RETRY_DELAY_SECONDS: '86400' })
})
afterEach(() => vi.useRealTimers())
afterAll(() => server.stop())

/** The database's time as a version: the only clock that counts. */
async function databaseNow(): Promise<number> {
  const [row] = await server.sql<{ now: number }>('select (extract(epoch from now()) * 1000000)::bigint as now')
  return row?.now ?? 0
}

const product = async (id: number) => {
  const [row] = await server.sql<{ id: number; name: string; version: number; is_active: boolean; deleted: boolean }>(
    `select id, name, version, is_active, deleted_at is not null as deleted from products where store_id = $1 and external_id = $2`,
    [shop.storeId, `woo_${id}`],
  )
  return row
}

const events = (id: number) =>
  server.sql<{ event_id: string; status: string; version: number }>(
    'select event_id, status, version from events where store_id = $1 and external_product_id = $2 order by id',
    [shop.storeId, id],
  )

const status = async (id: number) => {
  const answer = await shop.request('POST', '/api/integrations/woocommerce/status/', { product_ids: [id] })
  return answer.body.results[0]
}

const reconcile = async (body: unknown) =>
  (await shop.request('POST', '/api/integrations/woocommerce/reconcile/', body)).body

/** A shop whose product has a version that was accepted before the limit existed. */
async function aClosedProduct(id: number, version: number): Promise<void> {
  shop = await server.newShop()
  await shop.send(anUpdate({ id, name: 'Closed', product_hash: 'old' }))
  await server.settled()
  await server.sql(
    `update products set version = $3, content_version = $3, searchable_version = $3 where store_id = $1 and external_id = $2`,
    [shop.storeId, `woo_${id}`, version],
  )
  await server.sql('update events set version = $3 where store_id = $1 and external_product_id = $2', [
    shop.storeId,
    id,
    version,
  ])
}

test.each([
  ['a minute more than 24 hours', 60_000_000],
  ['a year', 365 * DAY_US],
  ['as far as numbers go', Number.POSITIVE_INFINITY],
])('a version that is %s ahead of its receipt is refused with a message about the clock', async (_how, beyond) => {
  shop = await server.newShop()
  const version = Math.min(LAST, (await databaseNow()) + DAY_US + beyond)
  for (const event of [anUpdate({ id: 1 }, { version }), aDeletion(1, { version })]) {
    const refused = await shop.send(event)
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({ error: 'invalid_input', issues: [{ path: 'version' }] })
    expect(refused.body.detail).toMatch(/24 hours in the future.*clock/)
    const persian = await shop.request('POST', '/api/integrations/woocommerce/webhook/', event, {
      'accept-language': 'fa',
    })
    expect(persian.body.detail).toMatch(/ساعت سرور فروشگاه/)
  }
  expect(await events(1)).toEqual([])
  expect(await server.sql('select 1 from event_ids where store_id = $1', [shop.storeId])).toEqual([])
})

test('a version that is almost 24 hours ahead is taken, and in a batch only the one beyond is refused', async () => {
  shop = await server.newShop()
  const now = await databaseNow()
  const beyond = anUpdate({ id: 3 }, { version: now + DAY_US + 60_000_000 })
  const answer = await shop.sendBatch([
    anUpdate({ id: 2 }, { version: now + DAY_US - 60_000_000 }),
    beyond,
    beyond,
    anUpdate({ id: 4 }),
  ])
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({ accepted: 2, skipped: 0 })
  expect(answer.body.rejected).toHaveLength(2)
  for (const [place, rejected] of answer.body.rejected.entries()) {
    expect(rejected).toMatchObject({
      index: place + 1,
      event_id: beyond.event_id,
      error: 'invalid_input',
      issues: [{ path: 'version' }],
    })
  }
  await server.settled()
  expect([(await product(2))?.is_active, (await product(4))?.is_active]).toEqual([true, true])
  expect(await product(3)).toBeUndefined()
  // The id was not used up: the shop sets its clock and sends again.
  expect((await shop.send({ ...beyond, version: now })).status).toBe(202)
})

test('an event that was stored before there was a limit, and is sent again, was taken before', async () => {
  shop = await server.newShop()
  const event = anUpdate({ id: 5 }, { version: 5 })
  await shop.send(event)
  await server.settled()
  const ahead = { ...event, version: LAST }
  await server.sql('delete from events where store_id = $1', [shop.storeId])
  expect((await shop.send(event)).body.status).toBe('skipped')
  expect((await shop.send(ahead)).status, 'the same id, another body').toBe(409)
})

test.each([LAST, 4_000_000_000_000_000])('a product at version %d accepts any next event', async (far) => {
  await aClosedProduct(10, far)
  const version = await databaseNow()
  expect((await shop.send(anUpdate({ id: 10, name: 'Open again' }, { version }))).status).toBe(202)
  await server.settled()
  expect(await product(10)).toMatchObject({ name: 'Open again', version, is_active: true })

  await aClosedProduct(10, far)
  expect((await shop.send(aDeletion(10, { version: undefined }))).status).toBe(202)
  await server.settled()
  expect(await product(10)).toMatchObject({ deleted: true, is_active: false })
  expect((await product(10))?.version).toBeLessThanOrEqual(await databaseNow())
  expect((await shop.send(anUpdate({ id: 10, name: 'Made again' }))).status).toBe(202)
  await server.settled()
  expect(await product(10), 'after an unversioned deletion').toMatchObject({ name: 'Made again', is_active: true })

  await aClosedProduct(10, far)
  expect((await shop.send(anUpdate({ id: 10, name: 'No version' }, { version: undefined }))).status).toBe(202)
  await server.settled()
  expect(await product(10), 'an event without version').toMatchObject({ name: 'No version' })
})

test('an open event that was stored with a version from the future closes no product', async () => {
  shop = await server.newShop()
  // As a release without the limit stored it.
  await server.sql(`create or replace function far_version() returns trigger language plpgsql as
    $$ begin new.version = ${LAST}; return new; end $$`)
  await server.sql('create trigger far before insert on events for each row execute function far_version()')
  expect((await shop.send(anUpdate({ id: 20, name: 'From the future' }))).status).toBe(202)
  expect((await shop.send(aDeletion(21))).status).toBe(202)
  await server.sql('drop trigger far on events')
  await server.settled()
  const now = await databaseNow()
  expect(await product(20)).toMatchObject({ name: 'From the future', is_active: true })
  expect(await product(21)).toMatchObject({ deleted: true })
  for (const id of [20, 21]) expect((await product(id))?.version).toBeLessThanOrEqual(now)
  expect((await events(20))[0]?.version, 'the log says as what it counted').toBeLessThanOrEqual(now)

  await shop.sendBatch([anUpdate({ id: 20, name: 'Later' }), anUpdate({ id: 21, name: 'Alive' })])
  await server.settled()
  expect(await product(20)).toMatchObject({ name: 'Later' })
  expect(await product(21)).toMatchObject({ name: 'Alive', is_active: true })
})

test('reconciliation and status name a version to continue from that is accepted, and the product is repaired', async () => {
  await aClosedProduct(30, LAST)
  const now = await databaseNow()
  const list = (products: object[]) => ({ from: 1, to: 99, products })
  const { stale } = await reconcile(list([{ id: 30, hash: 'new' }]))
  const { extra } = await reconcile(list([]))
  for (const told of [stale, extra]) {
    expect(told).toEqual([{ id: 30, version: expect.any(Number) }])
    expect(told[0].version).toBeLessThanOrEqual((await databaseNow()) + HOUR_US)
  }
  expect((await status(30)).received_version).toBeLessThanOrEqual((await databaseNow()) + HOUR_US)

  const version = stale[0].version + 1
  const repair = anUpdate({ id: 30, name: 'Repaired', product_hash: 'new' }, { version, source: 'reconcile' })
  expect((await shop.send(repair)).status).toBe(202)
  await server.settled()
  expect(await product(30)).toMatchObject({ name: 'Repaired', version })
  expect(version).toBeGreaterThanOrEqual(now)
  expect(await reconcile(list([{ id: 30, hash: 'new' }]))).toEqual({ missing: [], stale: [], extra: [] })
  expect(await status(30)).toMatchObject({ state: 'searchable', received_version: version, applied_version: version })
})

test('of a product from the future an open event settles the drift: the shop is not asked to send twice', async () => {
  await aClosedProduct(31, LAST)
  await server.sql(
    `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id,
                         payload, version, is_versioned, priority, source_ip, user_agent, status, attempts, error)
     select now(), now() + interval '1 hour', tenant_id, id, 'waits', 'product.updated', 'live', 31,
            '{"event_id":"waits","event_type":"product.updated","product":{"id":31,"name":"Waits"}}',
            (extract(epoch from now()) * 1000000)::bigint, true, 0, '127.0.0.1', '', 'retrying', 1, 'It failed once.'
       from stores where id = $1`,
    [shop.storeId],
  )
  expect((await reconcile({ from: 1, to: 99, products: [{ id: 31, hash: 'new' }] })).stale).toEqual([])
  await server.sql('update events set next_attempt_at = now() where store_id = $1', [shop.storeId])
  await server.settled()
  expect(await product(31)).toMatchObject({ name: 'Waits' })
})

test('an admin sets a product’s version back, which is in the audit log; an owner and a shop may not', async () => {
  shop = await server.newShop()
  const near = (await databaseNow()) + 20 * HOUR_US
  await shop.send(anUpdate({ id: 40, name: 'Too early' }, { version: near }))
  await server.settled()
  await shop.send(anUpdate({ id: 40, name: 'Not taken' }))
  await server.settled()
  expect(await product(40)).toMatchObject({ name: 'Too early' })

  const { id = 0 } = (await product(40)) ?? {}
  const path = `/api/v1/web-knowledge/products/${id}/reset-version/`
  expect((await shop.request('POST', path, {})).status).toBe(403)
  const owner = await signedIn(server, 'owner')
  expect((await owner.request('POST', path, {})).status).toBe(403)
  expect((await product(40))?.version).toBe(near)
  expect((await server.admin('POST', '/api/v1/web-knowledge/products/999999999/reset-version/', {})).status).toBe(404)

  const reset = await server.admin('POST', path, {})
  expect(reset.status).toBe(200)
  expect(reset.body).toEqual({ id, external_id: 'woo_40', previous_version: near, version: 0 })
  expect(await status(40)).toMatchObject({ applied_version: 0, received_version: 0, state: 'searchable' })
  const { results } = (await server.admin('GET', '/api/v1/audit/?action=product.version_reset')).body
  expect(results[0]).toMatchObject({
    actor: { kind: 'operator' },
    target: { kind: 'product', id: String(id) },
    detail: { external_id: 'woo_40', previous_version: near },
  })

  await shop.send(anUpdate({ id: 40, name: 'Taken' }, { version: 7 }))
  await server.settled()
  expect(await product(40)).toMatchObject({ name: 'Taken', version: 7, is_active: true })
  expect(await status(40)).toMatchObject({ state: 'searchable', received_version: 7, applied_version: 7 })
})

test('fiko product reset-version does it from a terminal', async () => {
  shop = await server.newShop()
  await shop.send(anUpdate({ id: 41, name: 'Cornerstone lamp' }, { version: (await databaseNow()) + HOUR_US }))
  await server.settled()
  const { id = 0 } = (await product(41)) ?? {}
  const listed = await runFiko(['product', 'list', '--search', 'Cornerstone'], remoteTo(server))
  expect(listed).toMatchObject({ code: 0, out: expect.stringContaining('woo_41') })
  const unasked = await runFiko(['product', 'reset-version', String(id)], remoteTo(server))
  expect(unasked).toMatchObject({ code: 2, error: expect.stringContaining('--yes') })
  const reset = await runFiko(['product', 'reset-version', String(id), '--yes'], remoteTo(server))
  expect(reset).toMatchObject({ code: 0, out: expect.stringContaining('woo_41') })
  expect((await product(41))?.version).toBe(0)
})

test('the time of receipt is the database’s: a clock of this process that is off moves no derived version, and refuses nothing', async () => {
  if (server.running.db.kind === 'embedded') return
  shop = await server.newShop()
  for (const days of [-400, 400]) {
    vi.useRealTimers()
    const before = await databaseNow()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * 24 * 3_600_000, shouldAdvanceTime: true })
    const id = 50 + Math.sign(days)
    expect((await shop.send(anUpdate({ id, name: 'Now' }, { version: before }))).status).toBe(202)
    const derived = [
      anUpdate({ id: id + 10 }, { version: undefined }),
      anUpdate({ id: id + 20, date_modified: '2099-01-01T00:00:00Z' }, { version: undefined }),
      aDeletion(id + 30, { version: undefined }),
    ]
    for (const event of derived) expect((await shop.send(event)).status).toBe(202)
    await server.settled()
    vi.useRealTimers()
    for (const offset of [10, 20, 30]) {
      const [event] = await events(id + offset)
      expect(event?.version).toBeGreaterThanOrEqual(before)
      expect(event?.version).toBeLessThanOrEqual(await databaseNow())
    }
  }
})

test('a derived version is never stored above the time of receipt, not even until the event is applied', async () => {
  shop = await server.newShop()
  await server.sql(
    'alter table events add constraint derived check (is_versioned or version <= extract(epoch from received_at) * 1000000) not valid',
  )
  const derived = [
    anUpdate({ id: 90 }, { version: undefined }),
    anUpdate({ id: 91, date_modified: '2099-01-01T00:00:00Z' }, { version: null }),
    aDeletion(92, { version: undefined }),
  ]
  for (const event of derived) expect((await shop.send(event)).status).toBe(202)
  await server.settled()
  await server.sql('alter table events drop constraint derived')
  expect(await events(90)).toHaveLength(1)
})
