import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rangeOf, type ShownProduct } from '../../support/digests.ts'
import { aDeletion, anUpdate, nextVersion } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const LAST_ID = Number.MAX_SAFE_INTEGER
const ZEROS = '0'.repeat(32)
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ RETRY_DELAY_SECONDS: '86400' })
})
afterAll(() => server.stop())

const reconcile = (shop: Shop, body: unknown) =>
  shop.request('POST', '/api/integrations/woocommerce/reconcile/', body, { 'accept-language': 'en' })

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/** A store whose products 1 to `count` were sent with these hashes and applied; also returns the version of each. */
async function aShopWith(hashes: string[]): Promise<{ shop: Shop; shown: ShownProduct[]; versions: number[] }> {
  const shop = await server.newShop()
  const shown = hashes.map((hash, index) => ({ id: index + 1, hash }))
  const versions = shown.map(() => nextVersion())
  const sent = await shop.sendBatch(
    shown.map(({ id, hash }, index) => anUpdate({ id, product_hash: hash }, { version: versions[index] })),
  )
  expect(sent.body.accepted).toBe(hashes.length)
  await server.settled()
  return { shop, shown, versions }
}

/** Products by SQL, as many as a large shop has, in sync with what is given back. */
async function seed(shop: Shop, count: number): Promise<ShownProduct[]> {
  await server.sql(
    `insert into products (tenant_id, store_id, external_id, version, version_event_id, is_versioned, content_version,
                           content_event_id, is_active, product_hash, chunked_hash, searchable_version)
     select s.tenant_id, s.id, 'woo_' || n, 1000 + n, 'seed', true, 1000 + n, 'seed', true, md5(n::text), '', 1000 + n
       from stores s, generate_series(1, $2::int) n where s.id = $1`,
    [shop.storeId, count],
  )
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, hash: md5(String(index + 1)) }))
}

test('of a catalogue in sync nothing differs, and nothing is missing, stale or extra', async () => {
  const { shop, shown } = await aShopWith(['a1', 'b2', 'هش', ''])
  const ranges = [rangeOf(shown, 1, 2), rangeOf(shown, 3, 4), rangeOf(shown, 5, LAST_ID)]
  expect(ranges.map((range) => range.count)).toEqual([2, 2, 0])
  expect(ranges[2]?.digest).toBe(ZEROS)
  const first = await reconcile(shop, { ranges })
  expect(first.status).toBe(200)
  expect(first.body).toEqual({ differ: [] })
  const second = await reconcile(shop, { from: 1, to: 4, products: shown })
  expect(second.status).toBe(200)
  expect(second.body).toEqual({ missing: [], stale: [], extra: [] })
})

test('the digest is the XOR of md5("id:product_hash"), and of an empty range 32 zeros', async () => {
  const { shop } = await aShopWith(['abc', 'def'])
  const xor = (BigInt(`0x${md5('1:abc')}`) ^ BigInt(`0x${md5('2:def')}`)).toString(16).padStart(32, '0')
  const differ = async (from: number, to: number, count: number, digest: string) =>
    (await reconcile(shop, { ranges: [{ from, to, count, digest }] })).body.differ.length
  expect(await differ(1, 2, 2, xor)).toBe(0)
  expect(await differ(1, 1, 1, md5('1:abc'))).toBe(0)
  expect(await differ(2, 2, 1, md5('2:def'))).toBe(0)
  expect(await differ(3, 9, 0, ZEROS)).toBe(0)
  expect(await differ(1, 2, 2, ZEROS)).toBe(1)
  expect(await differ(1, 2, 3, xor), 'the right digest with another count').toBe(1)
  expect(await differ(3, 9, 0, xor)).toBe(1)
})

test('a product that the shop never hashed counts with the empty string', async () => {
  const shop = await server.newShop()
  const event = anUpdate({ id: 7 })
  expect(event.product).not.toHaveProperty('product_hash')
  await shop.send(event)
  await server.settled()
  expect((await reconcile(shop, { ranges: [rangeOf([{ id: 7, hash: '' }], 1, 9)] })).body.differ).toEqual([])
  const list = { from: 1, to: 9, products: [{ id: 7, hash: 'now it has one' }] }
  expect((await reconcile(shop, list)).body.stale).toEqual([{ id: 7, version: event.version }])
})

test('one changed hash: its range alone differs, and in it its product alone is stale, with our version', async () => {
  const { shop, shown, versions } = await aShopWith(['a', 'b', 'c', 'd', 'e', 'f'])
  const changed = shown.map((product) => (product.id === 4 ? { id: 4, hash: 'changed in the shop' } : product))
  const ranges = [rangeOf(changed, 1, 3), rangeOf(changed, 4, 6)]
  expect((await reconcile(shop, { ranges })).body).toEqual({ differ: [{ from: 4, to: 6 }] })
  const answer = await reconcile(shop, { from: 4, to: 6, products: changed.slice(3) })
  expect(answer.body).toEqual({ missing: [], stale: [{ id: 4, version: versions[3] }], extra: [] })
})

test('a product that was never received is missing, one that the shop no longer has is extra', async () => {
  const { shop, shown, versions } = await aShopWith(['a', 'b', 'c'])
  const now = [...shown.filter(({ id }) => id !== 2), { id: 50, hash: 'new' }]
  const ranges = [rangeOf(now, 1, 10), rangeOf(now, 11, 100)]
  expect((await reconcile(shop, { ranges })).body.differ).toEqual([
    { from: 1, to: 10 },
    { from: 11, to: 100 },
  ])
  const low = await reconcile(shop, { from: 1, to: 10, products: now.slice(0, 2) })
  expect(low.body).toEqual({ missing: [], stale: [], extra: [{ id: 2, version: versions[1] }] })
  const high = await reconcile(shop, { from: 11, to: 100, products: now.slice(2) })
  expect(high.body).toEqual({ missing: [50], stale: [], extra: [] })
})

test('two products that changed places with each other do not cancel out', async () => {
  const { shop, shown, versions } = await aShopWith(['one', 'two'])
  const swapped = [
    { id: 1, hash: 'two' },
    { id: 2, hash: 'one' },
  ]
  expect((await reconcile(shop, { ranges: [rangeOf(swapped, 1, 2)] })).body.differ).toHaveLength(1)
  const answer = await reconcile(shop, { from: 1, to: 2, products: swapped })
  expect(answer.body.stale).toEqual(shown.map(({ id }) => ({ id, version: versions[id - 1] })))
})

test('products that are deleted or hidden on the server are not active: missing if the shop lists them, not extra otherwise', async () => {
  const { shop, shown } = await aShopWith(['a', 'b', 'c', 'd'])
  await shop.sendBatch([
    aDeletion(1),
    anUpdate({ id: 2, product_hash: 'b', catalog_visibility: 'hidden' }),
    anUpdate({ id: 3, product_hash: 'c', status: 'draft' }),
  ])
  await server.settled()
  const left = shown.slice(3)
  expect((await reconcile(shop, { ranges: [rangeOf(left, 1, 9)] })).body.differ).toEqual([])
  expect((await reconcile(shop, { from: 1, to: 9, products: left })).body).toEqual({
    missing: [],
    stale: [],
    extra: [],
  })
  expect((await reconcile(shop, { ranges: [rangeOf(shown, 1, 9)] })).body.differ).toEqual([{ from: 1, to: 9 }])
  const answer = await reconcile(shop, { from: 1, to: 9, products: shown })
  expect(answer.body).toEqual({ missing: [1, 2, 3], stale: [], extra: [] })
})

test('a repaired difference does not appear again', async () => {
  const { shop, shown, versions } = await aShopWith(['a', 'b', 'c'])
  await server.sql(`update products set product_hash = 'drifted' where store_id = $1 and external_id = 'woo_1'`, [
    shop.storeId,
  ])
  await server.sql(`delete from products where store_id = $1 and external_id = 'woo_2'`, [shop.storeId])
  const now = shown.slice(0, 2)
  const found = (await reconcile(shop, { from: 1, to: 9, products: now })).body
  expect(found).toEqual({
    missing: [2],
    stale: [{ id: 1, version: versions[0] }],
    extra: [{ id: 3, version: versions[2] }],
  })
  await shop.sendBatch([
    anUpdate({ id: 1, product_hash: 'a' }, { version: found.stale[0].version + 1, source: 'reconcile' }),
    anUpdate({ id: 2, product_hash: 'b' }, { source: 'reconcile' }),
    aDeletion(3, { version: found.extra[0].version + 1, source: 'reconcile' }),
  ])
  await server.settled()
  expect((await reconcile(shop, { ranges: [rangeOf(now, 1, LAST_ID)] })).body.differ).toEqual([])
})

test('another store and another tenant with the same product ids change nothing and see nothing', async () => {
  const { shop, shown } = await aShopWith(['a', 'b'])
  const owner = await server.newOwner()
  const others = [await server.newShop(), await server.newShop({ tenantOf: owner })]
  for (const other of others) {
    expect((await reconcile(other, { ranges: [rangeOf([], 1, LAST_ID)] })).body.differ).toEqual([])
    const none = await reconcile(other, { from: 1, to: 9, products: [] })
    expect(none.body).toEqual({ missing: [], stale: [], extra: [] })
    const theirs = await reconcile(other, { from: 1, to: 9, products: [{ id: 1, hash: 'x' }] })
    expect(theirs.body).toEqual({ missing: [1], stale: [], extra: [] })
    await other.sendBatch([anUpdate({ id: 1, product_hash: 'theirs' }), anUpdate({ id: 3, product_hash: 'theirs' })])
  }
  await server.settled()
  expect((await reconcile(shop, { ranges: [rangeOf(shown, 1, LAST_ID)] })).body.differ).toEqual([])
  expect((await reconcile(shop, { from: 1, to: 9, products: shown })).body.extra).toEqual([])
})

/** An event that no worker takes for an hour. */
async function insertWaitingEvent(shop: Shop, productId: number, version: number, status = 'received'): Promise<void> {
  await server.sql(
    `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source,
                         external_product_id, payload, version, is_versioned, priority, status, error)
     select now(), now() + interval '1 hour', tenant_id, id, 'waiting-' || $2, 'product.updated', 'live', $2::bigint,
            '{}', $3::bigint, true, 0, $4::text, 'why it failed'
       from stores where id = $1::bigint`,
    [shop.storeId, String(productId), version, status],
  )
}

test('differences that an open event will settle are not reported; those of dead letters and of older events are', async () => {
  const { shop, shown, versions } = await aShopWith(['a', 'b', 'c', 'd', 'e'])
  const newest = nextVersion()
  await insertWaitingEvent(shop, 1, newest)
  await insertWaitingEvent(shop, 2, newest, 'retrying')
  await insertWaitingEvent(shop, 3, newest, 'dead')
  await insertWaitingEvent(shop, 4, (versions[3] ?? 0) - 1)
  await insertWaitingEvent(shop, 5, newest)
  await insertWaitingEvent(shop, 90, newest)
  const other = await server.newShop()
  await insertWaitingEvent(other, 91, newest)
  try {
    const now = [...shown.slice(0, 4), { id: 90, hash: 'new' }, { id: 91, hash: 'new' }].map(({ id }) => ({
      id,
      hash: 'changed in the shop',
    }))
    expect((await reconcile(shop, { ranges: [rangeOf(now, 1, 99)] })).body.differ).toHaveLength(1)
    expect((await reconcile(shop, { from: 1, to: 99, products: now })).body).toEqual({
      missing: [91],
      stale: [
        { id: 3, version: versions[2] },
        { id: 4, version: versions[3] },
      ],
      extra: [],
    })
  } finally {
    await server.sql(`delete from events where event_id like 'waiting-%'`)
  }
})

test('500 ranges over a large catalogue: exactly the two with a difference differ', async () => {
  const shop = await server.newShop()
  const shown = await seed(shop, 2_000)
  const ranges = (products: ShownProduct[]) =>
    Array.from({ length: 500 }, (_, i) => rangeOf(products, i * 4 + 1, i === 499 ? LAST_ID : i * 4 + 4))
  expect((await reconcile(shop, { ranges: ranges(shown) })).body).toEqual({ differ: [] })
  const changed = shown.map((product) => (product.id === 777 ? { ...product, hash: 'changed' } : product))
  changed.push({ id: 123_456, hash: 'new' })
  const answer = await reconcile(shop, { ranges: ranges(changed).reverse() })
  expect(answer.body.differ, 'in the order asked').toEqual([
    { from: 1997, to: LAST_ID },
    { from: 777, to: 780 },
  ])
})

test('of more than 1,000 extra products the answer has the lowest 1,000, and the shop continues from there', async () => {
  const shop = await server.newShop()
  await seed(shop, 1_100)
  const kept = [{ id: 5, hash: md5('5') }]
  const first = (await reconcile(shop, { from: 1, to: LAST_ID, products: kept })).body
  expect(first.extra).toHaveLength(1_000)
  expect(first.extra[0]).toEqual({ id: 1, version: 1001 })
  const last = first.extra.at(-1).id
  expect(last).toBe(1_001)
  const rest = (await reconcile(shop, { from: last + 1, to: LAST_ID, products: [] })).body
  expect(rest.extra).toHaveLength(99)
})

test('a list of 1,000 products is compared whole', async () => {
  const shop = await server.newShop()
  const shown = await seed(shop, 600)
  const list = [...shown, ...Array.from({ length: 400 }, (_, i) => ({ id: 10_001 + i, hash: 'new' }))]
  const answer = await reconcile(shop, { from: 1, to: 20_000, products: list })
  expect(answer.body.missing).toEqual(list.slice(600).map(({ id }) => id))
  expect(answer.body).toMatchObject({ stale: [], extra: [] })
})

test('products that wait for their deletion do not use the 1,000 places, and the answer has at most 1,000', async () => {
  const shop = await server.newShop()
  await seed(shop, 2_200)
  await server.sql(
    `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source,
                         external_product_id, payload, version, is_versioned, priority)
     select now(), now() + interval '1 hour', s.tenant_id, s.id, 'waiting-' || n, 'product.deleted', 'live', n, '{}',
            5000, true, 0
       from stores s, generate_series(1, 500) n where s.id = $1`,
    [shop.storeId],
  )
  const { extra } = (await reconcile(shop, { from: 1, to: LAST_ID, products: [] })).body
  await server.sql(`delete from events where event_id like 'waiting-%'`)
  expect(extra.map(({ id }: ShownProduct) => id)).toEqual(many(1_000, (n) => 500 + n))
})

const range = (change: object = {}) => ({ from: 1, to: 9, count: 0, digest: ZEROS, ...change })
const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n + 1))

test.each<[string, unknown, string[]]>([
  ['nothing', {}, ['ranges']],
  ['a list', [], ['body']],
  ['no list', { ranges: 'all' }, ['ranges']],
  ['no ranges at all', { ranges: null }, ['ranges']],
  ['501 ranges', { ranges: many(501, (n) => range({ from: n, to: n })) }, ['ranges']],
  ['from after to', { ranges: [range(), range({ from: 20, to: 19 })] }, ['ranges.1.to']],
  ['equal ranges', { ranges: [range(), range()] }, ['ranges.1.from']],
  ['ranges that share one id', { ranges: [range({ from: 9, to: 12 }), range()] }, ['ranges.0.from']],
  [
    'a range inside a wide one before its neighbour',
    { ranges: [range({ to: 100 }), range({ from: 5, to: 6 }), range({ from: 50, to: 60 })] },
    ['ranges.1.from', 'ranges.2.from'],
  ],
  ['a short digest', { ranges: [range({ digest: 'abc' })] }, ['ranges.0.digest']],
  ['a digest in capitals', { ranges: [range({ digest: 'A'.repeat(32) })] }, ['ranges.0.digest']],
  ['a digest with another letter', { ranges: [range({ digest: `${'0'.repeat(31)}g` })] }, ['ranges.0.digest']],
  ['a line break behind the digest', { ranges: [range({ digest: `${ZEROS}\n` })] }, ['ranges.0.digest']],
  ['no digest', { ranges: [{ from: 1, to: 2, count: 0 }] }, ['ranges.0.digest']],
  ['a negative count', { ranges: [range({ count: -1 })] }, ['ranges.0.count']],
  ['half a product', { ranges: [range({ count: 0.5 })] }, ['ranges.0.count']],
  ['ids as text', { ranges: [range({ from: '1' })] }, ['ranges.0.from']],
  ['an id beyond 2^53-1', { ranges: [range({ to: 2 ** 53 })] }, ['ranges.0.to']],
  ['both steps at once', { ranges: [range()], from: 1, to: 9, products: [] }, ['ranges']],
  ['both steps, one in part', { ranges: [], from: 1 }, ['ranges']],
  ['step two without products', { from: 1, to: 9 }, ['products']],
  ['step two without its range', { products: [] }, ['from', 'to']],
  ['step two from after to', { from: 9, to: 1, products: [] }, ['to']],
  ['1,001 products', { from: 1, to: 2_000, products: many(1_001, (id) => ({ id, hash: '' })) }, ['products']],
  [
    'a product twice',
    { from: 1, to: 9, products: [1, 2, 1, 1].map((id) => ({ id, hash: '' })) },
    ['products.2.id', 'products.3.id'],
  ],
  [
    'products outside the range',
    { from: 2, to: 3, products: [1, 2, 3, 4].map((id) => ({ id, hash: '' })) },
    ['products.0.id', 'products.3.id'],
  ],
  ['a product without hash', { from: 1, to: 9, products: [{ id: 1 }] }, ['products.0.hash']],
  ['a hash that is no text', { from: 1, to: 9, products: [{ id: 1, hash: 7 }] }, ['products.0.hash']],
  ['a hash too long', { from: 1, to: 9, products: [{ id: 1, hash: 'x'.repeat(65) }] }, ['products.0.hash']],
  ['a hash with NUL', { from: 1, to: 9, products: [{ id: 1, hash: 'a\0' }] }, ['products.0.hash']],
  ['the id 0', { from: 0, to: 9, products: [{ id: 0, hash: '' }] }, ['products.0.id']],
])('%s is refused, and the answer names the field', async (_what, body, paths) => {
  const shop = await sharedShop()
  const answer = await reconcile(shop, body)
  expect(answer.status).toBe(400)
  expect(answer.body.error).toBe('invalid_input')
  expect(answer.body.issues.map((issue: { path: string }) => issue.path).sort()).toEqual(paths)
  const persian = await shop.request('POST', '/api/integrations/woocommerce/reconcile/', body, {
    'accept-language': 'fa',
  })
  for (const { detail } of persian.body.issues) expect(detail).toMatch(/[\u0600-\u06ff]/)
})

let shared: Promise<Shop> | undefined
function sharedShop(): Promise<Shop> {
  shared ??= server.newShop()
  return shared
}

test('however much is wrong, the answer names 20 fields', async () => {
  const products = many(1_000, (id) => ({ id: 1_000 + id, hash: '' }))
  const answer = await reconcile(await sharedShop(), { from: 1, to: 9, products })
  expect(answer.status).toBe(400)
  expect(answer.body.issues).toHaveLength(20)
})

test('only a token of a WooCommerce shop may ask', async () => {
  const body = { ranges: [range()] }
  const path = '/api/integrations/woocommerce/reconcile/'
  const made = await server.admin('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'shopify',
    name: 'S',
  })
  const ask = (token: string) => sharedShop().then((shop) => shop.request('POST', path, body, authorized(token)))
  expect((await ask(made.body.token)).body).toMatchObject({ status: 403, error: 'wrong_token_type' })
  expect((await ask(await server.knowledgeToken())).body).toMatchObject({ status: 403, error: 'wrong_token_type' })
  expect((await ask('wc_sk_live_nonsense')).status).toBe(401)
})

const authorized = (token: string) => ({ authorization: `Bearer ${token}` })
