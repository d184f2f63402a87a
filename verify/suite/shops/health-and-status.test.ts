import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate, nextVersion } from '../../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { call, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const HEALTH = '/api/integrations/woocommerce/health/'
const STATUS = '/api/integrations/woocommerce/status/'

let provider: FakeProvider
let server: TestServer

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    EMBEDDING_DIMENSIONS: '64',
    // Nothing is due again while a test looks on.
    RETRY_DELAY_SECONDS: '86400',
    RETRY_LIMIT: '0',
  })
})
afterAll(async () => {
  await provider.close()
  await server.stop()
})

const health = (token: string, url = server.url) => call(url, 'GET', HEALTH, { authorization: `Bearer ${token}` })

test('health answers OK with the account of the token, and nothing else', async () => {
  const shop = await server.newShop({ name: 'Healthy shop' })
  const answer = await health(shop.token)
  expect(answer.status).toBe(200)
  const [owner] = await server.sql<{ id: string }>(`select id from users where role = 'admin'`)
  expect(answer.body).toEqual({
    status: 'ok',
    message: 'Connected. Your shop can send its products.',
    user: { id: owner?.id, email: 'admin@fiko.local' },
    store: { id: shop.storeId, name: 'Healthy shop', environment: 'live' },
    token: { name: 'Healthy shop', last_used_at: expect.any(String), usage_count: 1 },
    integration_type: 'woocommerce',
    last_applied_at: null,
    timestamp: expect.any(String),
  })
  await shop.send(anUpdate({ id: 2 }))
  await server.settled()
  const after = await health(shop.token)
  expect(Date.parse(after.body.last_applied_at)).toBeLessThanOrEqual(Date.parse(after.body.timestamp))
  const persian = await shop.request('GET', HEALTH.slice(0, -1), undefined, { 'accept-language': 'fa' })
  expect(persian.body.message).toMatch(/[\u0600-\u06ff]/)
})

test('health is degraded when events are received and none was applied for a minute, and recovers', async () => {
  const shop = await server.newShop()
  const quiet = await server.newShop()
  await shop.send(anUpdate({ id: 3 }))
  await server.settled()
  // As two minutes after the worker died: nothing was applied since, and one event waits.
  await server.sql('create table events_of_any_time partition of events default')
  await server.sql(`update events set processed_at = now() - interval '2 minutes'`)
  await insertWaitingEvent(shop, 4, 1)
  expect((await health(shop.token)).body.status, 'an event that came just now').toBe('ok')
  await server.sql(`update events set received_at = now() - interval '2 minutes' where event_id = 'waiting-4'`)
  const degraded = await health(shop.token)
  expect(degraded.status).toBe(200)
  expect(degraded.body.status).toBe('degraded')
  expect(degraded.body.message).toContain('worker')
  expect((await health(quiet.token)).body.status, 'a shop that has sent nothing').toBe('ok')
  // The worker is back.
  await server.sql(`update events set next_attempt_at = now() where event_id = 'waiting-4'`)
  await shop.send(anUpdate({ id: 3 }))
  await server.settled()
  expect((await health(shop.token)).body.status).toBe('ok')
})

/** An event that no worker takes for an hour. */
async function insertWaitingEvent(shop: Shop, productId: number, version: number): Promise<void> {
  const event = anUpdate({ id: productId }, { event_id: `waiting-${productId}`, version })
  await server.sql(
    `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source,
                         external_product_id, payload, version, is_versioned, priority)
     select now(), now() + interval '1 hour', tenant_id, id, $2::text, 'product.updated', 'live', $3::bigint, $4::json,
            $5::bigint, true, 0
       from stores where id = $1::bigint`,
    [shop.storeId, String(event.event_id), productId, JSON.stringify(event), version],
  )
}

test('status has the state of each product, in the order of the request: unknown, received, applied, searchable, removed, failed', async () => {
  const shop = await server.newShop()
  const ask = async (ids: number[]) => (await shop.request('POST', STATUS, { product_ids: ids })).body.results
  expect(await ask([404])).toEqual([
    {
      id: 404,
      received_version: null,
      applied_version: null,
      searchable_version: null,
      state: 'unknown',
      last_error: null,
      readiness: null,
    },
  ])

  const found = nextVersion()
  await shop.send(anUpdate({ id: 10, name: 'Searchable' }, { version: found }))
  const removed = nextVersion()
  await shop.send(aDeletion(11, { version: removed }))
  await server.sql(`create function refuse_twelve() returns trigger language plpgsql security definer as
    $$ begin if new.external_id = 'woo_12' then raise exception 'twelve is refused'; end if; return new; end $$`)
  await server.sql(
    'create trigger refuse_twelve before insert on products for each row execute function refuse_twelve()',
  )
  const failed = nextVersion()
  await shop.send(anUpdate({ id: 12 }, { version: failed }))
  await server.settled()
  await server.sql('drop trigger refuse_twelve on products')

  provider.behave('error')
  const applied = nextVersion()
  await shop.send(anUpdate({ id: 13, name: 'No vector yet' }, { version: applied }))
  await waitFor('the product to be applied', async () => (await ask([13]))[0].applied_version === applied)
  const received = nextVersion()
  await insertWaitingEvent(shop, 14, received)

  const states = await ask([14, 13, 12, 11, 10, 404])
  expect(states).toEqual([
    {
      id: 14,
      received_version: received,
      applied_version: null,
      searchable_version: null,
      state: 'received',
      last_error: null,
      readiness: null,
    },
    {
      id: 13,
      received_version: applied,
      applied_version: applied,
      searchable_version: null,
      state: 'applied',
      last_error: null,
      readiness: expect.any(Number),
    },
    {
      id: 12,
      received_version: failed,
      applied_version: null,
      searchable_version: null,
      state: 'failed',
      last_error: expect.stringContaining('(code P0001)'),
      readiness: null,
    },
    {
      id: 11,
      received_version: removed,
      applied_version: removed,
      searchable_version: removed,
      state: 'removed',
      last_error: null,
      readiness: null,
    },
    {
      id: 10,
      received_version: found,
      applied_version: found,
      searchable_version: found,
      state: 'searchable',
      last_error: null,
      readiness: expect.any(Number),
    },
    expect.objectContaining({ id: 404, state: 'unknown' }),
  ])
  await server.sql('delete from events where store_id = $1 and external_product_id = 14', [shop.storeId])
  provider.behave('ok')
  await waitFor('the vector to be stored after the outage', async () => (await ask([13]))[0].state === 'searchable')
})

test("another store's products are unknown to a shop", async () => {
  const [one, other] = [await server.newShop(), await server.newShop()]
  await one.send(anUpdate({ id: 20 }))
  await server.settled()
  const answer = await other.request('POST', STATUS, { product_ids: [20] })
  expect(answer.body.results).toEqual([expect.objectContaining({ id: 20, state: 'unknown', received_version: null })])
})

test('status takes at most 500 ids, and only ids', async () => {
  const shop = await server.newShop()
  const ids = Array.from({ length: 501 }, (_, index) => index + 1)
  expect((await shop.request('POST', STATUS, { product_ids: ids.slice(0, 500) })).body.results).toHaveLength(500)
  for (const body of [
    { product_ids: ids },
    { product_ids: ['1'] },
    { product_ids: [0] },
    { product_ids: [2 ** 53] },
    {},
  ]) {
    const answer = await shop.request('POST', STATUS, body)
    expect(answer.status, JSON.stringify(body).slice(0, 40)).toBe(400)
    expect(answer.body.issues[0].path).toMatch(/^product_ids/)
  }
})
