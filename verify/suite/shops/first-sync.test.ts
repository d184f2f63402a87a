import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

test('a new product is acknowledged, applied and found with its present price and stock', async () => {
  const answer = await shop.send(anUpdate({ id: 1 }, { event_id: 'first', event_type: 'product.created' }))
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({ status: 'accepted', event_id: 'first' })
  await server.settled()
  const found = await server.search('کفش ورزشی مردانه')
  expect(found.body.degraded).toBe(false)
  expect(found.body.results[0].product).toMatchObject({
    external_id: 'woo_1',
    price: '850000',
    stock_quantity: 12,
    in_stock: true,
    currency: 'IRT',
  })
})

test('a deleted product is a tombstone that no search finds', async () => {
  await shop.send(anUpdate({ id: 2, name: 'Unfindable umbrella' }))
  await server.settled()
  expect((await server.search('umbrella')).body.results[0].product.external_id).toBe('woo_2')
  await shop.send(aDeletion(2))
  await server.settled()
  const found = await server.search('umbrella')
  expect(
    found.body.results.map((result: { product: { external_id: string } }) => result.product.external_id),
  ).not.toContain('woo_2')
  const [row] = await server.sql(
    `select is_active, deleted_at is not null as deleted from products where external_id = 'woo_2'`,
  )
  expect(row).toEqual({ is_active: false, deleted: true })
})
