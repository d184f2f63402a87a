import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { makeFeed, readTsv } from '../../support/feeds.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

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
  for (const [each, name] of [
    [shop, 'Copper lantern'],
    [second, 'Lantern of another store'],
    [foreign, 'Lantern of another tenant'],
  ] as const)
    await each.send(anUpdate({ id: 1, name }))
  await server.settled()
})
afterAll(() => server.stop())

const get = (path: string | undefined, headers: Record<string, string> = {}, method = 'GET') =>
  call(server.url, method, path ?? '', headers)
const idsOf = async (path: string | undefined) => readTsv((await get(path)).body).map(({ id }) => id)
const change = async (product: Record<string, unknown>) => {
  await shop.send(anUpdate({ permalink: `https://shop.example/product/${product.id}/`, ...product }))
  await server.settled()
}

test('the address is shown once; the database holds its SHA-256, and neither list nor audit log has it', async () => {
  const made = await owner.request('POST', '/api/v1/feeds/', { store_id: shop.storeId, kind: 'google' })
  expect(made.status).toBe(201)
  const [address = ''] = made.body.addresses
  expect(address).toMatch(new RegExp(`^${server.url}/feeds/fd_[\\w-]{43}/google.tsv$`))
  const token = /fd_[\w-]{43}/.exec(address)?.[0] ?? ''
  const list = await owner.request('GET', `/api/v1/feeds/?store_id=${shop.storeId}`)
  expect(list.body.results).toMatchObject([{ id: made.body.id, kind: 'google', reads: 0, last_read_at: null }])
  expect(list.body.results[0].token_preview).toBe(`fd_…${token.slice(-6)}`)
  const log = await owner.request('GET', '/api/v1/audit/?action=feed.made')
  expect(log.body.results).toMatchObject([{ target: { kind: 'feed', id: String(made.body.id) } }])
  const stored = await server.sql('select * from feeds')
  for (const text of [list.body, log.body, stored]) expect(JSON.stringify(text)).not.toContain(token)
  expect((await get(new URL(address).pathname)).status).toBe(200)
  const [read] = (await owner.request('GET', '/api/v1/feeds/')).body.results
  expect(read.reads).toBe(1)
  expect(Date.parse(read.last_read_at)).toBeGreaterThan(0)
})

test('a feed holds its store’s products, and no product of another store or tenant', async () => {
  for (const kind of ['google', 'acp', 'llms']) {
    const feed = await makeFeed(server, shop.storeId, kind)
    const { status, body } = await get(feed.paths[0])
    expect(status).toBe(200)
    expect(body).toContain('Copper lantern')
    expect(body).not.toContain('another')
  }
})

test('another owner sees, rotates, revokes and makes nothing of a store', async () => {
  const feed = await makeFeed(server, shop.storeId, 'google')
  expect((await other.request('GET', '/api/v1/feeds/')).body.results).toEqual([])
  for (const [method, path] of [
    ['GET', `/api/v1/feeds/${feed.id}/coverage/`],
    ['POST', `/api/v1/feeds/${feed.id}/rotate/`],
    ['DELETE', `/api/v1/feeds/${feed.id}/`],
  ] as const)
    expect((await other.request(method, path)).status, path).toBe(404)
  const made = await other.request('POST', '/api/v1/feeds/', { store_id: shop.storeId, kind: 'google' })
  expect([made.status, made.body.issues[0].path]).toEqual([400, 'store_id'])
  expect((await get(feed.paths[0])).status).toBe(200)
})

test('a revoked, a rotated, a deleted store’s and an unknown address answer 401 at once', async () => {
  const refused = async (path: string | undefined) => {
    const answer = await get(path)
    expect([answer.status, answer.body.error]).toEqual([401, 'unauthorized'])
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  }
  const revoked = await makeFeed(server, shop.storeId, 'google')
  expect((await get(revoked.paths[0])).status).toBe(200)
  expect((await owner.request('DELETE', `/api/v1/feeds/${revoked.id}/`)).status).toBe(204)
  await refused(revoked.paths[0])
  const rotated = await makeFeed(server, shop.storeId, 'acp')
  const fresh = await owner.request('POST', `/api/v1/feeds/${rotated.id}/rotate/`)
  expect(fresh.status).toBe(201)
  for (const path of rotated.paths) await refused(path)
  for (const address of fresh.body.addresses) expect((await get(new URL(address).pathname)).status).toBe(200)
  const store = await owner.request('POST', '/api/v1/stores/', { name: 'Short-lived' })
  const shortLived = await makeFeed(server, store.body.id, 'llms')
  expect((await get(shortLived.paths[0])).status).toBe(200)
  await owner.request('DELETE', `/api/v1/stores/${store.body.id}/`)
  await refused(shortLived.paths[0])
  for (const guess of ['x', `fd_${'A'.repeat(43)}`, `fd_${'A'.repeat(42)}'`])
    await refused(`/feeds/${guess}/google.tsv`)
})

test('a file of another kind, an unknown file and other methods are 404', async () => {
  const feed = await makeFeed(server, shop.storeId, 'google')
  const folder = `/feeds/${feed.token}`
  for (const file of ['products.jsonl', 'google.csv', 'constructor', 'x/y', ''])
    expect((await get(`${folder}/${file}`)).status, file).toBe(404)
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await get(feed.paths[0], {}, method)).status, method).toBe(404)
})

test('the ETag changes when what is printed changes, and only then; 304 and HEAD have no body', async () => {
  await change({ id: 20, name: 'Steady' })
  const feed = await makeFeed(server, shop.storeId, 'google')
  const etagNow = async () => {
    const head = await get(feed.paths[0], {}, 'HEAD')
    expect([head.status, head.body]).toEqual([200, ''])
    return head.headers.get('etag') ?? ''
  }
  const whole = await get(feed.paths[0])
  expect(whole.headers.get('etag')).toBe(await etagNow())
  const known = await get(feed.paths[0], { 'if-none-match': `"other", ${await etagNow()}` })
  expect([known.status, known.body]).toEqual([304, ''])

  let before = await etagNow()
  const changes = async (what: string, work: () => Promise<unknown>) => {
    await work()
    await server.settled()
    const after = await etagNow()
    expect(after, what).not.toBe(before)
    before = after
  }
  const keeps = async (what: string, work: () => Promise<unknown>) => {
    await work()
    await server.settled()
    expect(await etagNow(), what).toBe(before)
  }
  await keeps('the same product again', () => change({ id: 20, name: 'Steady' }))
  await keeps('a product that is not shown', () => change({ id: 21, name: 'Draft', status: 'draft' }))
  await keeps('a change of it', () => change({ id: 21, name: 'Draft again', status: 'draft' }))
  await changes('a new price', () => change({ id: 20, name: 'Steady', price: '7', regular_price: '9' }))
  expect(await idsOf(feed.paths[0])).toContain('20')
  await changes('a sold-out product', () => change({ id: 20, name: 'Steady', stock_status: 'outofstock' }))
  await changes('a hidden product', () => change({ id: 20, name: 'Steady', catalog_visibility: 'hidden' }))
  expect(await idsOf(feed.paths[0])).not.toContain('20')
  await changes('a product that is shown again', () => change({ id: 20, name: 'Steady' }))
  await changes('a deleted product', () => shop.send(aDeletion(20)))
  expect(await idsOf(feed.paths[0])).not.toContain('20')
  const [{ id: ours } = { id: 0 }] = await server.sql<{ id: number }>(
    `select id from products where store_id = $1 and external_id = 'woo_1'`,
    [shop.storeId],
  )
  const hide = await owner.request('POST', '/api/v1/knowledge/search-rules/', { kind: 'hide', product_id: ours })
  await changes('a product that the owner hides from every search', async () => expect(hide.status).toBe(201))
  expect(await idsOf(feed.paths[0])).not.toContain('1')
  await changes('the end of that', () => owner.request('DELETE', `/api/v1/knowledge/search-rules/${hide.body.id}/`))
  expect(await idsOf(feed.paths[0])).toContain('1')
})

test('a price is printed as soon as its event is applied', async () => {
  const feed = await makeFeed(server, shop.storeId, 'google')
  for (const price of ['100', '200', '300']) {
    await change({ id: 30, name: 'Fresh', price, regular_price: '', on_sale: false })
    const row = readTsv((await get(feed.paths[0])).body).find(({ id }) => id === '30')
    expect(row?.price).toBe(`${price}0.00 IRR`)
  }
})

test('gzip on request holds the same text', async () => {
  const feed = await makeFeed(server, shop.storeId, 'google')
  const plain = await fetch(server.url + feed.paths[0], { headers: { 'accept-encoding': 'gzip;q=0' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
  const { request } = await import('node:http')
  const packed = await new Promise<{ encoding: unknown; bytes: Buffer }>((resolve, reject) => {
    const asked = request(server.url + feed.paths[0], { headers: { 'accept-encoding': 'br, gzip' } }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => resolve({ encoding: answer.headers['content-encoding'], bytes: Buffer.concat(parts) }))
    })
    asked.on('error', reject).end()
  })
  expect(packed.encoding).toBe('gzip')
  expect(gunzipSync(packed.bytes).toString()).toBe(await plain.text())
})

test('a feed that is revoked while it is read breaks off instead of ending early', async () => {
  const many = await server.newShop({ name: 'Many' })
  // Twenty megabytes: more than the buffers between the database and a reader that has stopped hold.
  const variations = Array.from({ length: 100 }, (_, at) => ({ id: at + 1, attributes: {}, price: '5' }))
  const events = Array.from({ length: 40 }, (_, at) =>
    anUpdate({ id: at + 1, name: 'Page', description: 'word '.repeat(1_000), variations }),
  )
  await many.sendBatch(events)
  await server.settled()
  const feed = await makeFeed(server, many.storeId, 'google')
  const answer = await fetch(server.url + feed.paths[0], { headers: { 'accept-encoding': 'identity' } })
  const reader = answer.body?.getReader()
  await reader?.read()
  await server.admin('DELETE', `/api/v1/feeds/${feed.id}/`)
  const rest = async () => {
    for (;;) {
      const part = await reader?.read()
      if (part === undefined || part.done) return 'the file ended'
    }
  }
  expect(await rest().catch(() => 'the connection broke')).toBe('the connection broke')
})

test('requests of a feed are limited from all addresses together, and a store has a bounded number of feeds', async () => {
  const strict = await startTestServer({
    RATE_LIMIT_BURST: '20',
    RATE_LIMIT_PER_SECOND: '0.01',
    TRUSTED_PROXIES: '127.0.0.1',
  })
  const store = await strict.admin('POST', '/api/v1/stores/', { name: 'Limited' })
  const feed = await makeFeed(strict, store.body.id, 'google')
  const statuses: number[] = []
  for (let at = 0; at < 25; at += 1) {
    const headers = { 'x-forwarded-for': `203.0.113.${at + 1}` }
    statuses.push((await call(strict.url, 'HEAD', feed.paths[0] ?? '', headers)).status)
  }
  expect(statuses).toEqual([...Array(20).fill(200), ...Array(5).fill(429)])
  await strict.stop()

  const full = await owner.request('POST', '/api/v1/stores/', { name: 'Full' })
  for (let at = 0; at < 20; at += 1) await makeFeed(server, full.body.id, 'llms')
  const more = await owner.request('POST', '/api/v1/feeds/', { store_id: full.body.id, kind: 'llms' })
  expect([more.status, more.body.error]).toEqual([409, 'too_many_feeds'])
})

test('options that are no country, language or currency are refused', async () => {
  for (const options of [
    { target_country: 'ir' },
    { language: 'fa-IR' },
    { currency: 'IRT' },
    { currency: 'QQQ' },
    { kind: 'xml' },
  ]) {
    const answer = await owner.request('POST', '/api/v1/feeds/', { store_id: shop.storeId, kind: 'google', ...options })
    expect([answer.status, answer.body.issues?.[0]?.path], JSON.stringify(options)).toEqual([
      400,
      Object.keys(options)[0],
    ])
  }
})
