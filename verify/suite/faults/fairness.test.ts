import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate, aProduct } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { ADMIN_API_KEY, call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
/** Its one event wakes the stage, which would otherwise find what became due at its next sweep. */
let bell: Shop

beforeAll(async () => {
  // A pause longer than the delay counts as an effect of the clock.
  server = await startTestServer({ RETRY_DELAY_SECONDS: '86400' })
  bell = await server.newShop()
  await server.sql('create table gate (closed boolean)')
  await server.sql(`create function hold() returns trigger language plpgsql security definer as $$ begin
    if exists (select 1 from gate) then new.next_attempt_at := now() + interval '1 hour'; end if; return new; end $$`)
  await server.sql('create trigger hold before insert on events for each row execute function hold()')
})
afterAll(() => server.stop())

/** Events sent meanwhile are stored but not due; afterwards all of them are due at one moment. */
async function atOnce(send: () => Promise<void>) {
  await server.sql('insert into gate values (true)')
  await send()
  await server.sql('delete from gate')
  await server.sql(`update events set next_attempt_at = now() where status = 'received'`)
  await bell.send(anUpdate({ status: 'draft' }))
}

const backlog = (count: number, event: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, n) => anUpdate({ id: n + 1, name: `Brick ${n}`, status: 'draft' }, event))

async function sendAll(shop: Shop, events: Record<string, unknown>[]) {
  const batches = []
  for (let i = 0; i < events.length; i += 100) batches.push(shop.sendBatch(events.slice(i, i + 100)))
  for (const answer of await Promise.all(batches)) expect(answer.body.rejected).toEqual([])
}

/** The transactions in which events were applied, in order: the store of each, and the number of events. */
const turnsOf = (...shops: Shop[]) =>
  server.sql<{ store_id: number; count: number; priority: number }>(
    `select store_id, priority, count(*)::int as count from events
      where store_id = any(string_to_array($1, ',')::bigint[]) group by processed_at, store_id, priority order by processed_at`,
    [shops.map((shop) => shop.storeId).join()],
  )

test("a store's single live event does not wait for another store's backlog of 2,000", async () => {
  const loud = await server.newShop()
  const quiet = await server.newShop()
  await atOnce(async () => {
    await sendAll(loud, backlog(2000, { source: 'backfill' }))
    await quiet.send(anUpdate({ id: 1 }))
  })
  await server.settled()
  const turns = await turnsOf(loud, quiet)
  const live = turns.findIndex((turn) => turn.store_id === quiet.storeId)
  expect(live, 'at most the turn in progress comes before it').toBeLessThanOrEqual(1)
  expect(turns.toSpliced(live, 1).map((turn) => turn.count)).toEqual(Array(20).fill(100))
})

test('stores take turns of at most a hundred events', async () => {
  const shops = [await server.newShop(), await server.newShop(), await server.newShop()]
  await atOnce(async () => {
    await Promise.all(shops.map((shop, index) => sendAll(shop, backlog([400, 250, 120][index] ?? 0))))
  })
  await server.settled()
  const turns = await turnsOf(...shops)
  const [a, b, c] = shops.map((shop) => shop.storeId)
  // In any order: in every round each store with events left has one turn.
  for (const [round, stores] of [
    [turns.slice(0, 3), [a, b, c]],
    [turns.slice(3, 6), [a, b, c]],
    [turns.slice(6, 8), [a, b]],
    [turns.slice(8), [a]],
  ] as const) {
    expect(round.map((turn) => turn.store_id).sort()).toEqual(stores)
  }
  expect(Math.max(...turns.map((turn) => turn.count))).toBe(100)
})

test('live goes before backfill, of the same store and of all others', async () => {
  const shops = [await server.newShop(), await server.newShop()]
  await atOnce(async () => {
    for (const shop of shops) {
      await sendAll(shop, backlog(150, { source: 'backfill' }))
      await sendAll(shop, backlog(30))
    }
  })
  await server.settled()
  const turns = await turnsOf(...shops)
  const priorities = turns.map((turn) => turn.priority)
  expect(priorities.toSorted()).toEqual([0, 0, 1, 1, 1, 1])
  expect(priorities.lastIndexOf(0), 'at most the turn in progress comes before them').toBeLessThanOrEqual(2)
})

test("a store that only has hidden products with unfinished chunks takes no other store's turn", async () => {
  // Twenty stores whose one pending chunk belongs to a draft, so that none of them can be embedded.
  const [tenant] = await server.sql<{ id: number }>('select id from tenants limit 1')
  const hidden = await server.sql<{ id: number }>(
    `insert into stores (tenant_id, platform, name, environment)
     select $1, 'woocommerce', 'Hidden ' || n, 'live' from generate_series(1, 20) n returning id`,
    [tenant?.id ?? 0],
  )
  const shop = await server.newShop()
  await server.sql(
    `with made as (
       insert into products (tenant_id, store_id, external_id, version, version_event_id, is_versioned, content_version,
                             content_event_id, is_active)
       select tenant_id, id, 'woo_1', 1, 'e', true, 1, 'e', false from stores where name like 'Hidden %'
       returning id, tenant_id, store_id)
     insert into knowledge_chunks (tenant_id, store_id, product_id, position, text, text_hash, language)
     select tenant_id, store_id, id, 0, 'x', 'x', 'en' from made`,
  )
  await shop.send(anUpdate({ id: 1, name: 'Patient pillow' }))
  await server.settled()
  expect(hidden).toHaveLength(20)
  expect(foundIds(await server.search('patient pillow'))[0]).toBe('woo_1')
})

async function tokenFor(body: object): Promise<string> {
  const made = await server.admin('POST', '/api/v1/integrations/tokens/generate/', { name: 'AI', ...body })
  expect(made.status).toBe(201)
  return made.body.token
}

const namesFound = async (token: string, params: Record<string, string> = {}) => {
  const found = await server.search('shared carpet', { token, params: { limit: '50', ...params } })
  expect(found.status).toBe(200)
  return found.body.results
    .map((hit: { product: { name: string; store: { id: number } } }) => hit.product.name)
    .filter((name: string) => name.startsWith('Shared carpet'))
    .sort()
}

test('two tenants may use the same product ids and event ids, and neither finds the other', async () => {
  const owners = [await server.newOwner(), await server.newOwner()]
  const shops = await Promise.all(owners.map((tenantOf) => server.newShop({ tenantOf })))
  const version = 1_762_768_200_000_000
  for (const [index, shop] of shops.entries()) {
    const product = aProduct({ id: 1, name: `Shared carpet ${index}`, price: String(index + 1) })
    const answer = await shop.send({ event_id: 'same', event_type: 'product.updated', version, product })
    expect(answer.body.status).toBe('accepted')
  }
  await server.settled()
  const tokens = await Promise.all(owners.map((owner) => server.knowledgeToken(owner)))
  for (const [index, token] of tokens.entries()) {
    expect(await namesFound(token)).toEqual([`Shared carpet ${index}`])
    const other = String(shops[1 - index]?.storeId)
    expect(await namesFound(token, { store_id: other }), "another tenant's store").toEqual([])
    const everything = await server.search('a', { token, params: { limit: '50' } })
    for (const hit of everything.body.results) expect(hit.product.store.id).toBe(shops[index]?.storeId)
    const stats = await call(server.url, 'GET', '/api/v1/knowledge/stats/', { authorization: `Bearer ${token}` })
    expect(stats.body).toMatchObject({ products: 1, chunks: 1 })
  }
  const events = await server.sql('select status from events where event_id = $1', ['same'])
  expect(events).toEqual([{ status: 'processed' }, { status: 'processed' }])

  // A deletion by one is none for the other.
  await shops[0]?.send({ event_id: 'gone', event_type: 'product.deleted', version: version + 1, product: { id: 1 } })
  await server.settled()
  expect(await namesFound(tokens[0] ?? '')).toEqual([])
  expect(await namesFound(tokens[1] ?? '')).toEqual(['Shared carpet 1'])
  const status = await shops[1]?.request('POST', '/api/integrations/woocommerce/status/', { product_ids: [1] })
  expect(status?.body.results[0]).toMatchObject({ received_version: version, state: 'searchable' })
})

test('a knowledge token for tests finds only test stores, a live one only live stores', async () => {
  const user_id = await server.newOwner()
  for (const environment of ['live', 'test']) {
    const token = await tokenFor({ integration_type: 'woocommerce', user_id, environment })
    const event = anUpdate({ id: 1, name: `Shared carpet ${environment}` })
    const sent = await call(
      server.url,
      'POST',
      '/api/integrations/woocommerce/webhook/',
      { authorization: `Bearer ${token}` },
      event,
    )
    expect(sent.status).toBe(202)
  }
  await server.settled()
  const knowledge = (environment: string) => tokenFor({ integration_type: 'knowledge', user_id, environment })
  const [live, test] = [await knowledge('live'), await knowledge('test')]
  expect(live.slice(0, 11)).toBe('kb_sk_live_')
  expect(test.slice(0, 11)).toBe('kb_sk_test_')
  expect(await namesFound(test)).toEqual(['Shared carpet test'])
  expect(await namesFound(live)).toEqual(['Shared carpet live'])
})

test('a search can be narrowed to a store, and the token of one store cannot leave it', async () => {
  const owner = await server.newOwner()
  const [one, two] = [await server.newShop({ tenantOf: owner }), await server.newShop({ tenantOf: owner })]
  await one.send(anUpdate({ id: 1, name: 'Shared carpet one' }))
  await two.send(anUpdate({ id: 1, name: 'Shared carpet two' }))
  await server.settled()
  const whole = await server.knowledgeToken(owner)
  expect(await namesFound(whole)).toEqual(['Shared carpet one', 'Shared carpet two'])
  expect(await namesFound(whole, { store_id: String(two.storeId) })).toEqual(['Shared carpet two'])
  const narrow = await tokenFor({ integration_type: 'knowledge', store_id: one.storeId })
  expect(await namesFound(narrow)).toEqual(['Shared carpet one'])
  expect(await namesFound(narrow, { store_id: String(one.storeId) })).toEqual(['Shared carpet one'])
  expect(await namesFound(narrow, { store_id: String(two.storeId) })).toEqual([])
  expect(await namesFound(ADMIN_API_KEY, { store_id: String(two.storeId) })).toEqual(['Shared carpet two'])
})

test('a payload cannot name its tenant or store', async () => {
  const [victim, attacker] = [await server.newShop({ tenantOf: await server.newOwner() }), await server.newShop()]
  const event = anUpdate({ id: 77, name: 'Trojan horse', store_id: victim.storeId, tenant_id: 1 })
  await attacker.send({ ...event, store_id: victim.storeId, tenant_id: 1 })
  await server.settled()
  const rows = await server.sql(`select store_id from products where name = 'Trojan horse'`)
  expect(rows).toEqual([{ store_id: attacker.storeId }])
})

test('searches without a token, with a shop token or with a token of another kind get no results', async () => {
  const shop = await server.newShop()
  for (const [token, status] of [
    ['', 401],
    ['kb_sk_live_mistyped', 401],
    [shop.token, 403],
  ] as const) {
    const answer = await server.search('carpet', { token })
    expect(answer.status).toBe(status)
    expect(answer.body.results).toBeUndefined()
  }
})
