import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aProduct } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { call, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let other: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
  other = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'Lamps' })
  const second = await server.newShop({ tenantOf: owner.userId, name: 'Boots' })
  const foreign = await server.newShop({ tenantOf: other.userId, name: 'Rugs' })
  const product = (name: string, more = {}) => ({
    event_id: name,
    event_type: 'product.updated',
    product: aProduct({ id: 1, name, stock_quantity: 7654, ...more }),
  })
  const variations = [{ id: 11, attributes: { colour: 'red' }, price: '5', stock_quantity: 7654 }]
  await shop.send(
    product('Copper lantern', { attributes: [{ name: 'colour', options: ['red'], variation: true }], variations }),
  )
  await shop.send({ ...product('Secret lantern', { id: 2, catalog_visibility: 'hidden' }), event_id: 'b' })
  await second.send(product('Lantern of another store'))
  await foreign.send(product('Lantern of another tenant'))
  await server.settled()
})
afterAll(() => server.stop())

const path = () => `/api/v1/stores/${shop.storeId}/public-address/`
const made = async () => new URL((await owner.request('POST', path())).body.address)
const ask = (address: URL, method: string, params: object = {}, headers: Record<string, string> = {}) =>
  call(server.url, 'POST', address.pathname, headers, { jsonrpc: '2.0', id: 1, method, params })
const tool = (address: URL, name: string, args: object) => ask(address, 'tools/call', { name, arguments: args })

test('is off until the owner makes it; the owner sees it again, no other owner can see, make or end it', async () => {
  expect((await owner.request('GET', path())).body).toEqual({ address: null })
  const address = await made()
  expect(address.href).toMatch(new RegExp(`^${server.url}/mcp/[\\w-]{27}$`))
  expect((await owner.request('GET', path())).body).toEqual({ address: address.href })
  for (const method of ['GET', 'POST', 'DELETE']) expect((await other.request(method, path())).status).toBe(404)
  expect((await ask(address, 'tools/list')).status).toBe(200)
  const log = await owner.request('GET', '/api/v1/audit/?action=store.published')
  expect(log.body.results).toMatchObject([{ target: { kind: 'store', id: String(shop.storeId) } }])
  expect(JSON.stringify(log.body)).not.toContain(address.pathname.slice(5))
})

test('reads this store and no other, without stock quantities and hidden products', async () => {
  const address = await made()
  for (const [name, args] of [
    ['search_catalog', { query: 'lantern' }],
    ['search_catalog', { filters: { available: true } }],
    ['search', { query: 'lantern' }],
    ['lookup_catalog', { ids: ['woo_1', 'woo_2'] }],
    ['get_product', { id: 'woo_1' }],
    ['fetch', { id: 'woo_1' }],
  ] as const) {
    const answer = await tool(address, name, args)
    const text = JSON.stringify(answer.body)
    expect(answer.status, name).toBe(200)
    expect(text, name).toContain('Copper lantern')
    for (const hidden of ['Secret', 'another', '7654', 'stock_quantity']) expect(text, name).not.toContain(hidden)
  }
  const token = await server.knowledgeToken(owner.userId)
  const whole = await call(
    server.url,
    'POST',
    '/mcp',
    { authorization: `Bearer ${token}` },
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'get_product', arguments: { id: 'woo_1', store_id: shop.storeId } },
    },
  )
  expect(JSON.stringify(whole.body), 'a token sees the quantity').toContain('7654')
})

test('the official client needs no credential', async () => {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(await made()))
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('search_catalog')
  await client.close()
})

const ends = (address: URL) =>
  waitFor('the address to end', async () => (await ask(address, 'tools/list')).status === 404, 20_000)

test('a new address ends the old one, and the end of the last one or of the store ends it too', async () => {
  const first = await made()
  const second = await made()
  await ends(first)
  expect((await ask(second, 'tools/list')).status).toBe(200)
  expect((await owner.request('DELETE', path())).status).toBe(204)
  await ends(second)
  const store = await owner.request('POST', '/api/v1/stores/', { name: 'Short-lived' })
  const shortLived = await owner.request('POST', `/api/v1/stores/${store.body.id}/public-address/`)
  const address = new URL(shortLived.body.address)
  expect((await ask(address, 'tools/list')).status).toBe(200)
  await owner.request('DELETE', `/api/v1/stores/${store.body.id}/`)
  await ends(address)
})

test('the erasure of the tenant ends the address as soon as it begins', async () => {
  const user = await signedIn(server, 'owner')
  const store = await user.request('POST', '/api/v1/stores/', { name: 'Leaving' })
  const published = await user.request('POST', `/api/v1/stores/${store.body.id}/public-address/`)
  const erasing = 'update tenants set erasing_since = now() where id = (select tenant_id from stores where id = $1)'
  await server.running.db.owner.query(erasing, [store.body.id])
  // The first request, so that no cached look-up answers, and before the store itself is deleted.
  expect((await ask(new URL(published.body.address), 'tools/list')).status).toBe(404)
})

test('unknown addresses, pages of other sites and other methods are refused', async () => {
  const address = await made()
  for (const guess of ['x', 'A'.repeat(27), `${'A'.repeat(26)}'`, '%00'.repeat(9)])
    expect((await ask(new URL(`${server.url}/mcp/${guess}`), 'tools/list')).status, guess).toBe(404)
  expect((await ask(address, 'tools/list', {}, { origin: 'https://evil.example' })).status).toBe(403)
  const read = await call(server.url, 'GET', address.pathname)
  expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST'])
  const page = await fetch(address, { headers: { accept: 'text/html' } })
  expect(page.status).toBe(405)
})

test('requests are limited by address, and by store from all addresses', async () => {
  const strict = await startTestServer({
    RATE_LIMIT_BURST: '20',
    RATE_LIMIT_PER_SECOND: '0.01',
    TRUSTED_PROXIES: '127.0.0.1',
  })
  const store = await strict.admin('POST', '/api/v1/stores/', { name: 'Limited' })
  const answer = await strict.admin('POST', `/api/v1/stores/${store.body.id}/public-address/`)
  const { pathname } = new URL(answer.body.address)
  const from = async (address: string) =>
    (
      await call(
        strict.url,
        'POST',
        pathname,
        { 'x-forwarded-for': address },
        { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      )
    ).status
  const statuses: number[] = []
  for (let i = 0; i < 15; i += 1) statuses.push(await from('203.0.113.1'))
  for (let i = 0; i < 15; i += 1) statuses.push(await from(`203.0.113.${i + 2}`))
  expect(statuses.filter((status) => status === 200)).toHaveLength(20)
  expect(statuses.slice(20)).toEqual(Array(10).fill(429))
  await strict.stop()
})
