import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { rangeOf } from '../../support/digests.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
})
beforeEach(async () => {
  shop = await server.newShop({ tenantOf: owner.userId })
})
afterAll(() => server.stop())

const reconcile = (body: object) => shop.request('POST', '/api/integrations/woocommerce/reconcile/', body)
const listed = async () => (await owner.request('GET', `/api/v1/stores/${shop.storeId}/drift/`)).body.results
const send = async (...events: object[]) => {
  await shop.sendBatch(events)
  await server.settled()
}

test('a reconciliation without drift is one entry: when, why, and how many products were compared', async () => {
  await send(anUpdate({ id: 1, product_hash: 'a' }), anUpdate({ id: 2, product_hash: 'b' }))
  const range = rangeOf(
    [
      { id: 1, hash: 'a' },
      { id: 2, hash: 'b' },
    ],
    1,
    100,
  )
  await reconcile({ ranges: [range], cause: 'daily' })
  expect(await listed()).toEqual([
    {
      id: expect.any(Number),
      at: expect.any(String),
      cause: 'daily',
      compared: 2,
      missing: 0,
      stale: 0,
      extra: 0,
      recorded: 0,
      repaired: 0,
      products: [],
    },
  ])
})

test('drift is told product by product, and becomes repaired when the events of the plugin are applied', async () => {
  await send(
    anUpdate({ id: 1, name: 'Stale boots', product_hash: 'old' }),
    anUpdate({ id: 3, name: 'Extra hat', product_hash: 'c' }),
  )
  const shown = [
    { id: 1, hash: 'new' },
    { id: 2, hash: 'b' },
  ]
  await reconcile({ ranges: [rangeOf(shown, 1, 2), rangeOf([], 3, 100)], cause: 'manual' })
  const found = await reconcile({ from: 1, to: 2, products: shown })
  expect(found.body).toMatchObject({ missing: [2], stale: [{ id: 1 }] })
  await reconcile({ from: 3, to: 100, products: [] })
  const [before] = await listed()
  expect(before).toMatchObject({
    cause: 'manual',
    compared: 2,
    missing: 1,
    stale: 1,
    extra: 1,
    recorded: 3,
    repaired: 0,
  })
  expect(before.products).toEqual([
    { id: null, external_id: 'woo_2', name: '', kind: 'missing', is_repaired: false },
    { id: expect.any(Number), external_id: 'woo_1', name: 'Stale boots', kind: 'stale', is_repaired: false },
    { id: expect.any(Number), external_id: 'woo_3', name: 'Extra hat', kind: 'extra', is_repaired: false },
  ])
  await send(
    anUpdate({ id: 1, name: 'New boots', product_hash: 'new' }, { source: 'reconcile' }),
    aDeletion(3, { source: 'reconcile' }),
  )
  expect((await listed())[0]).toMatchObject({ recorded: 3, repaired: 2 })
  await send(anUpdate({ id: 2, product_hash: 'b' }, { source: 'reconcile' }))
  expect((await listed())[0]).toMatchObject({ recorded: 3, repaired: 3 })
})

test('a plugin that does not say why has the cause unknown, as has a word of a newer plugin', async () => {
  const ranges = [rangeOf([], 1, 100)]
  expect((await reconcile({ ranges })).status).toBe(200)
  expect((await reconcile({ ranges, cause: 'by_moonlight' })).status).toBe(200)
  expect((await listed()).map(({ cause }: { cause: string }) => cause)).toEqual(['unknown', 'unknown'])
  expectProblem(await reconcile({ ranges, cause: 'Not a word' }), 400, 'invalid_input')
  expect(await listed()).toHaveLength(2)
})

test('of much drift the counts are complete, and the first 200 products are recorded', async () => {
  const products = Array.from({ length: 300 }, (_, index) => ({ id: index + 1, hash: 'x' }))
  await reconcile({ ranges: [rangeOf(products, 1, 300)] })
  await reconcile({ from: 1, to: 150, products: products.slice(0, 150) })
  await reconcile({ from: 151, to: 300, products: products.slice(150) })
  const [entry] = await listed()
  expect(entry).toMatchObject({ compared: 300, missing: 300, recorded: 200 })
  expect(entry.products).toHaveLength(10)
})

test('another owner reads nothing, and a deleted store has no history', async () => {
  await reconcile({ ranges: [rangeOf([], 1, 100)] })
  const stranger = await signedIn(server, 'owner')
  const path = `/api/v1/stores/${shop.storeId}/drift/`
  expectProblem(await stranger.request('GET', path), 404, 'not_found')
  await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
  expectProblem(await owner.request('GET', path), 404, 'not_found')
  expect(await server.sql('select 1 from reconciliations where store_id = $1', [shop.storeId])).toEqual([])
})

test('the daily maintenance deletes old history with its products', async () => {
  const products = [{ id: 1, hash: 'x' }]
  await reconcile({ ranges: [rangeOf(products, 1, 10)] })
  await reconcile({ from: 1, to: 10, products })
  await server.sql(`update reconciliations set created_at = now() - interval '91 days' where store_id = $1`, [
    shop.storeId,
  ])
  await server.sql(`delete from maintenance_runs where task = 'drift_history'`)
  await server.running.maintenance.runDue()
  expect(await listed()).toEqual([])
  expect(await server.sql('select 1 from reconciliation_differences where store_id = $1', [shop.storeId])).toEqual([])
})
