/** The products that a token sees, and their freshness: through every tool, and over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callTool, rpc } from '../../support/agents.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { call, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let own: { shop: Shop; token: string; id: string }
let other: { shop: Shop; token: string; id: string }

beforeAll(async () => {
  server = await startTestServer()
  const tenant = async (name: string, sku: string) => {
    const owner = await server.newOwner()
    const shop = await server.newShop({ tenantOf: owner, name })
    const token = await server.knowledgeToken(owner)
    for (let index = 0; index < 3; index += 1)
      await shop.send(
        anUpdate({ id: 414 + index, sku: `${sku}-${index}`, name: `کفش ${name} ${index}`, categories: [name] }),
      )
    await server.settled()
    const [row] = await server.sql<{ id: number }>('select id from products where store_id = $1 order by id limit 1', [
      shop.storeId,
    ])
    return { shop, token, id: String(row?.id) }
  }
  own = await tenant('Boots', 'OWN')
  other = await tenant('Lamps', 'OTHER')
})
afterAll(() => server.stop())

const result = async (token: string, name: string, args: object) =>
  (await callTool(server, token, name, args)).body.result
const names = async (token: string, args: object) =>
  (await result(token, 'search_catalog', args)).structuredContent.products.map(({ title }: { title: string }) => title)

describe('a token of another tenant', () => {
  test('finds nothing by id, SKU or the shop’s id', async () => {
    for (const id of [other.id, 'OTHER-0', `${other.id}:1`]) {
      expect((await result(own.token, 'get_product', { id })).structuredContent.ucp.status).toBe('error')
      expect((await result(own.token, 'lookup_catalog', { ids: [id] })).structuredContent.products).toEqual([])
      expect((await result(own.token, 'fetch', { id })).isError).toBe(true)
    }
    // Both shops have a product 414.
    const { structuredContent } = await result(own.token, 'lookup_catalog', { ids: ['woo_414'] })
    expect(structuredContent.products.map(({ title }: { title: string }) => title)).toEqual(['کفش Boots 0'])
  })

  test('finds nothing by search, store or category', async () => {
    expect(await names(own.token, { query: 'کفش' })).toHaveLength(3)
    expect((await names(own.token, { query: 'کفش' })).join()).not.toContain('Lamps')
    expect(await names(own.token, { query: 'کفش', store_id: other.shop.storeId })).toEqual([])
    expect(await names(own.token, { filters: { categories: ['Lamps'] } })).toEqual([])
    expect(await names(own.token, { filters: { available: true } })).toHaveLength(3)
    const { structuredContent } = await result(own.token, 'list_categories', {})
    expect(structuredContent.categories).toEqual([{ value: 'Boots', count: 3, in_stock: 3 }])
    const { results } = (await result(own.token, 'search', { query: 'کفش Lamps' })).structuredContent
    expect(JSON.stringify(results)).not.toContain('Lamps')
  })

  test('cannot use a cursor of this tenant', async () => {
    const asked = { filters: { available: true }, pagination: { limit: 1 } }
    const { pagination } = (await result(own.token, 'search_catalog', asked)).structuredContent
    const answer = await callTool(server, other.token, 'search_catalog', {
      ...asked,
      pagination: { limit: 1, cursor: pagination.cursor },
    })
    expect(answer.body.error).toMatchObject({ code: -32602, data: { error: 'invalid_cursor' } })
  })

  test('reads nothing of it in the instructions and in the context', async () => {
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
    const { instructions } = (await rpc(server, own.token, 'initialize', initialize)).body.result
    expect(instructions).toContain('Boots')
    expect(instructions).not.toContain('Lamps')
    const answer = await call(
      server.url,
      'POST',
      '/api/v1/knowledge/context/',
      { authorization: `Bearer ${own.token}` },
      { question: 'کفش Lamps' },
    )
    expect(answer.status).toBe(200)
    expect(answer.body.context).not.toContain('Lamps')
  })
})

test('a token for tests does not see a live store, and sees it after the store is moved to tests', async () => {
  const owner = await server.newOwner()
  const shop = await server.newShop({ tenantOf: owner, name: 'Moving' })
  const made = await server.admin('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'knowledge',
    name: 'AI',
    user_id: owner,
    environment: 'test',
  })
  const token = made.body.token
  expect(token).toMatch(/^kb_sk_test_/)
  await shop.send(anUpdate({ id: 1, sku: 'MOVE', name: 'Moving box' }))
  await server.settled()
  const ask = async () => [
    (await result(token, 'lookup_catalog', { ids: ['MOVE'] })).structuredContent.products.length,
    (await names(token, { query: 'moving box' })).length,
  ]
  expect(await ask()).toEqual([0, 0])
  await server.admin('PATCH', `/api/v1/stores/${shop.storeId}/`, { environment: 'test' })
  expect(await ask()).toEqual([1, 1])
})

test('a changed price and stock are in every answer as soon as the event is applied, a deleted product in none', async () => {
  const { shop, token, id } = own
  const price = async () =>
    (await result(token, 'get_product', { id })).structuredContent.product?.price_range.min.amount
  const before = (await result(token, 'get_product', { id })).structuredContent.product
  expect(before.price_range.min.amount).toBe(850_000_000)
  await shop.send(
    anUpdate({
      id: 414,
      sku: 'OWN-0',
      name: 'کفش Boots 0',
      price: '700000',
      stock_quantity: 0,
      stock_status: 'outofstock',
    }),
  )
  await waitFor('the new price', async () => (await price()) === 700_000_000)
  const { product } = (await result(token, 'get_product', { id })).structuredContent
  expect(product.variants[0].availability).toEqual({ available: false, status: 'out_of_stock' })
  expect(product.metadata.updated_at > before.metadata.updated_at).toBe(true)
  const [found] = (await result(token, 'search', { query: 'کفش Boots 0' })).structuredContent.results
  expect(found.title).toBe('کفش Boots 0 — ۷۰۰٬۰۰۰ تومان — ناموجود')
  const context = await call(
    server.url,
    'POST',
    '/api/v1/knowledge/context/',
    { authorization: `Bearer ${token}` },
    { question: 'کفش Boots 0' },
  )
  expect(context.body.context).toContain('۷۰۰٬۰۰۰ تومان — ناموجود')
  await shop.send(aDeletion(414))
  await waitFor('the deletion', async () => (await price()) === undefined)
  expect((await result(token, 'fetch', { id })).isError).toBe(true)
  expect((await result(token, 'lookup_catalog', { ids: [id, 'OWN-0'] })).structuredContent.products).toEqual([])
})
