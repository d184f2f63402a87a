import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ RETRY_DELAY_SECONDS: '86400' })
})
afterAll(() => server.stop())

test('deleting a store ends its tokens, its products and its open events, and none of another store', async () => {
  const shop = await server.newShop()
  const other = await server.newShop()
  for (const each of [shop, other]) await each.send(anUpdate({ id: 1, name: 'Velvet curtain' }))
  await server.settled()
  // An event that is open at that moment: resting until tomorrow.
  await shop.send(anUpdate({ id: 2 }))
  await server.settled()
  await server.sql(
    `update events set status = 'retrying', outcome = null, next_attempt_at = now() + interval '1 day' where store_id = $1 and external_product_id = 2`,
    [shop.storeId],
  )
  expect((await server.admin('DELETE', `/api/v1/stores/${shop.storeId}/`)).status).toBe(204)

  const found = await server.search('velvet curtain')
  expect(found.body.results.map((result: { product: { store: { id: number } } }) => result.product.store.id)).toEqual([
    other.storeId,
  ])
  const open = await server.sql('select status, error from events where store_id = $1 and external_product_id = 2', [
    shop.storeId,
  ])
  expect(open).toEqual([{ status: 'superseded', error: 'The store was deleted.' }])
  await waitFor('the token to end', async () => (await shop.send(anUpdate({ id: 3 }))).status === 401)
  expect((await other.send(anUpdate({ id: 3 }))).status).toBe(202)
  const stores = await server.admin('GET', '/api/v1/stores/')
  expect(stores.body.results.map((store: { id: number }) => store.id)).not.toContain(shop.storeId)
  expect((await server.admin('DELETE', `/api/v1/stores/${shop.storeId}/`)).status).toBe(404)
})

test('an event acknowledged just before its store was deleted ends superseded and makes no product', async () => {
  const shop = await server.newShop()
  await server.sql('update stores set deleted_at = now() where id = $1', [shop.storeId])
  // The token is still believed, or the event is inserted as it would have been.
  await server.sql(
    `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload, version, is_versioned, priority)
     select now(), now(), tenant_id, id, 'late', 'product.updated', 'live', 5, $2::json, 5, true, 0 from stores where id = $1`,
    [shop.storeId, JSON.stringify(anUpdate({ id: 5 }))],
  )
  await server.settled()
  expect(await server.sql(`select status from events where event_id = 'late'`)).toEqual([{ status: 'superseded' }])
  expect(await server.sql('select 1 from products where store_id = $1', [shop.storeId])).toEqual([])
})

test('a replay of a filter shows the number of events first, and replays only dead letters of that filter', async () => {
  const shop = await server.newShop()
  const other = await server.newShop()
  for (const each of [shop, other]) {
    await each.send(anUpdate({ id: 1 }))
    await each.send(anUpdate({ id: 2 }))
  }
  await server.settled()
  await server.sql(
    `update events set status = 'dead', outcome = null, error = 'for the test' where external_product_id = 1 and store_id in ($1, $2)`,
    [shop.storeId, other.storeId],
  )
  const replay = (body: object) => server.admin('POST', '/api/v1/integrations/woocommerce/events/replay/', body)
  const asked = await replay({ store_id: shop.storeId, dry_run: true })
  expect(asked.body).toEqual({ dry_run: true, matched: 1, replayed: 0 })
  expect(await server.sql(`select 1 from events where status = 'dead'`)).toHaveLength(2)
  const done = await replay({ store_id: shop.storeId })
  expect([done.status, done.body.replayed]).toEqual([202, 1])
  await server.settled()
  expect(await server.sql(`select store_id from events where status = 'dead'`)).toEqual([{ store_id: other.storeId }])
})

test('stores, tokens and users are listed in pages: each once, also while others are created', async () => {
  const userId = await server.newOwner()
  for (const name of ['Candles', 'Lamps', 'Bulbs']) await server.newShop({ tenantOf: userId, name })
  const [user] = await server.sql<{ email: string }>('select email from users where id = $1::uuid', [userId])

  const walk = async (path: string, eachPage = async () => {}): Promise<Record<string, unknown>[]> => {
    const seen: Record<string, unknown>[] = []
    for (let next: string | null = path; next !== null; ) {
      const { status, body } = await server.admin('GET', next)
      expect(status, next).toBe(200)
      seen.push(...body.results)
      next = body.next
      await eachPage()
    }
    return seen
  }
  const names = (rows: Record<string, unknown>[]) => rows.map((row) => row.name)
  const makeAnother = async () => void (await server.newShop({ tenantOf: userId, name: 'Meanwhile' }))

  expect(names(await walk(`/api/v1/stores/?limit=1&user_id=${userId}`, makeAnother))).toEqual([
    'Bulbs',
    'Lamps',
    'Candles',
  ])
  const tokens = await walk(`/api/v1/integrations/tokens/?limit=2&user_id=${userId}`)
  expect(new Set(tokens.map((token) => token.id)).size).toBe(tokens.length)
  expect(tokens).toHaveLength(6)
  const [store] = tokens.map((token) => token.store as { id: number })
  expect(await walk(`/api/v1/integrations/tokens/?store_id=${store?.id}`)).toHaveLength(1)

  const everybody = await walk('/api/v1/users/?limit=1')
  expect(everybody.map((each) => each.id)).toContain(userId)
  expect(new Set(everybody.map((each) => each.id)).size).toBe(everybody.length)
  const found = await walk(`/api/v1/users/?email=${encodeURIComponent(user?.email.toUpperCase() ?? '')}`)
  expect(found.map((each) => each.id)).toEqual([userId])
  expect((await server.admin('GET', '/api/v1/stores/?limit=0')).status).toBe(400)
})

test('a store that becomes a test copy is found by test tokens only, from then on, and sends on with its own', async () => {
  const userId = await server.newOwner()
  const shop = await server.newShop({ tenantOf: userId, name: 'Lamps' })
  await shop.send(anUpdate({ id: 1, name: 'Marble lamp' }))
  await server.settled()
  const tokenOf = async (environment: string) => {
    const wanted = { integration_type: 'knowledge', name: 'AI', user_id: userId, environment }
    return (await server.admin('POST', '/api/v1/integrations/tokens/generate/', wanted)).body.token
  }
  const [live, copy] = [await tokenOf('live'), await tokenOf('test')]
  const found = async (token: string) => foundIds(await server.search('marble lamp', { token })).includes('woo_1')
  const change = (body: object) => server.admin('PATCH', `/api/v1/stores/${shop.storeId}/`, body)
  expect([await found(live), await found(copy)]).toEqual([true, false])

  const changed = await change({ environment: 'test', name: 'Lamps, copied' })
  expect(changed).toMatchObject({ status: 200, body: { environment: 'test', name: 'Lamps, copied' } })
  expect([await found(live), await found(copy)]).toEqual([false, true])
  expect((await shop.send(anUpdate({ id: 2 }))).status).toBe(202)
  const [entry] = (await server.admin('GET', '/api/v1/audit/?action=store.changed')).body.results
  expect(entry.detail).toEqual({ environment: 'test', name: 'Lamps, copied' })

  expect((await change({ name: 'Lamps' })).body, 'what is not named stays').toMatchObject({ environment: 'test' })
  expect((await change({ environment: 'staging' })).status).toBe(400)
  await change({ environment: 'live' })
  expect([await found(live), await found(copy)]).toEqual([true, false])
})
