import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { expectProblem } from '../../support/problems.ts'
import { call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owner: string
let shop: Shop
let token: string

const bare = {
  short_description: '',
  description: '',
  tags: [],
  attributes: [],
  categories: [],
  sku: '',
  currency: 'IRT',
}
const shoeOptions = [
  { name: 'رنگ', options: ['قرمز', 'آبی'], variation: true },
  { name: 'سایز', options: ['41', '42'], variation: true },
]
const variant = (id: number, colour: string, size: string, price: string, stock = 'instock') => ({
  id,
  sku: `SHOE-${id}`,
  attributes: { رنگ: colour, سایز: size },
  price,
  stock_status: stock,
})
const catalogue = [
  {
    id: 1,
    name: 'کفش ورزشی کوهستان',
    categories: ['کفش'],
    price: '',
    attributes: shoeOptions,
    variations: [
      variant(11, 'قرمز', '41', '1500000'),
      variant(12, 'قرمز', '42', '1800000'),
      variant(13, 'آبی', '42', '2500000'),
    ],
  },
  {
    id: 2,
    name: 'کفش ورزشی دریا',
    categories: ['کفش'],
    price: '',
    attributes: shoeOptions,
    variations: [variant(21, 'قرمز', '41', '900000'), variant(22, 'آبی', '42', '1200000')],
  },
  {
    id: 3,
    name: 'کفش ورزشی جنگل',
    categories: ['کفش'],
    price: '',
    attributes: shoeOptions,
    variations: [variant(31, 'قرمز', '42', '1100000', 'outofstock'), variant(32, 'آبی', '41', '1100000')],
  },
  { id: 4, name: 'کیف چرم', categories: ['كيف'], price: '3000000', stock_status: 'instock' },
  { id: 5, name: 'کیف پارچه‌ای', categories: ['کیف'], price: '450000', stock_status: 'outofstock', stock_quantity: 0 },
  { id: 6, name: 'کیف پول', categories: ['کیف'], price: '600000', stock_status: 'instock' },
  {
    id: 7,
    name: 'پیراهن نخی',
    categories: ['پیراهن'],
    price: '',
    attributes: shoeOptions,
    variations: [variant(71, 'قرمز', '', '7000000'), variant(72, 'آبی', '41', '7000000')],
  },
]

beforeAll(async () => {
  server = await startTestServer()
  owner = await server.newOwner()
  shop = await server.newShop({ tenantOf: owner })
  token = await server.knowledgeToken(owner)
  await shop.sendBatch(catalogue.map((product) => anUpdate({ ...bare, stock_quantity: null, ...product })))
  await server.settled()
})
afterAll(() => server.stop())

const ask = async (q: string, params: Record<string, string> = {}) => {
  const answer = await server.search(q, { token, params })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer
}
const post = (body: object, as = token) =>
  call(server.url, 'POST', '/api/v1/knowledge/search/', { authorization: `Bearer ${as}` }, body)

test('colour, size, stock and price are met by one and the same variation, which the answer names', async () => {
  const { body } = await ask('کفش قرمز سایز ۴۲ موجود زیر ۲ میلیون')
  expect(body.understood).toMatchObject({
    text: 'کفش قرمز سایز ۴۲',
    in_stock: true,
    price: { min: null, max: '2000000', currency: 'IRT', applied: true },
  })
  expect(body.results[0]).toMatchObject({
    product: { external_id: 'woo_1' },
    match: 'strong',
    matched_variants: [{ id: 12, attributes: { رنگ: 'قرمز', سایز: '42' }, price: '1800000', in_stock: true }],
    price_range: { min: '1500000', max: '2500000' },
  })
  // The other two have red and 42 only apart, or sold out.
  for (const result of body.results.slice(1)) {
    expect(result.relevance).toBeLessThan(body.results[0].relevance)
    // None of theirs is what was asked for: another size is not named in its place.
    expect(result.matched_variants).toEqual([])
  }
})

test('a variation whose choice is left to the buyer has every option of it', async () => {
  const { body } = await ask('پیراهن سایز ۴۱')
  expect(body.results[0]).toMatchObject({
    product: { external_id: 'woo_7' },
    matched_variants: [{ id: 71 }, { id: 72 }],
  })
})

test('a variation is named by its SKU, and none is when the query asks for no choice', async () => {
  const { body } = await ask('SHOE-22')
  expect(body.results[0]).toMatchObject({ product: { external_id: 'woo_2' }, matched_variants: [{ id: 22 }] })
  expect(
    (await ask('کفش')).body.results.every((each: { matched_variants: [] }) => each.matched_variants.length === 0),
  ).toBe(true)
})

test.each([
  ['کیف زیر ۵۰۰ هزار تومان', ['woo_5']],
  ['کیف زیر ۵۰۰', ['woo_5']],
  ['کیف بین ۵۰۰ هزار تا یک میلیون', ['woo_6']],
  ['کیف حدود ۳ میلیون', ['woo_4']],
  ['کیف زیر ۶۰۰۰۰۰۰ ریال', ['woo_5', 'woo_6']],
  ['کیف بالای ۲ میلیون', ['woo_4']],
  ['bag under 700k', ['woo_5', 'woo_6']],
])('%j finds what costs that', async (q, ids) => {
  expect(foundIds(await ask(q)).sort()).toEqual(ids)
})

test('explicit parameters win over the query, and each part of understanding can be switched off', async () => {
  const explicit = await ask('کیف زیر ۵۰۰ هزار تومان', { max_price: '700000' })
  expect(foundIds(explicit).sort()).toEqual(['woo_5', 'woo_6'])
  expect(explicit.body.understood.price).toBeNull()
  const literal = await ask('کیف زیر ۵۰۰ هزار تومان', { literal: 'price', min_relevance: '0' })
  expect(literal.body.understood).toMatchObject({ price: null, text: 'کیف زیر ۵۰۰ هزار تومان' })
  expect(foundIds(literal)).toContain('woo_4')
  expect((await ask('کیف موجود', { in_stock: 'false' })).body.results.map(idOf)).toEqual(['woo_5'])
  const unknown = await server.search('کیف', { token, params: { literal: 'prices' } })
  expectProblem(unknown, 400, 'invalid_input')
  expect(unknown.body.issues).toMatchObject([{ path: 'literal' }])
})

const idOf = (result: { product: { external_id: string } }) => result.product.external_id

test('a price in a unit that the shop does not sell in is said, and filters nothing', async () => {
  const { body } = await ask('کیف زیر ۵۰ دلار')
  expect(body.understood.price).toMatchObject({ max: '50', currency: 'USD', applied: false })
  expect(body.results).toHaveLength(3)
})

test('the answer says which filter emptied it', async () => {
  expect((await ask('کیف زیر ۱۰۰ هزار تومان')).body).toMatchObject({
    answered: false,
    results: [],
    emptied_by: ['price'],
  })
  expect((await ask('کیف', { category: 'کفش' })).body).toMatchObject({ answered: false, emptied_by: ['category'] })
  const both = await ask('کیف', { category: 'کفش', max_price: '1' })
  expect(both.body.emptied_by).toEqual(['price', 'category'])
  const together = await ask('کیف', { in_stock: 'false', min_price: '500000' })
  expect(together.body).toMatchObject({ answered: false, emptied_by: ['in_stock', 'price'] })
  expect((await ask('کیف', { min_price: '9', max_price: '1' })).body).toMatchObject({ emptied_by: ['price'] })
  expect((await ask('کیف', { store_id: '999999' })).body).toMatchObject({ answered: false, emptied_by: ['store'] })
  // Without a filter nothing was emptied.
  expect((await ask('قایق موتوری')).body).toMatchObject({ answered: false, emptied_by: [] })
})

test('the order can be asked for, in a parameter and in words', async () => {
  expect(foundIds(await ask('کیف', { sort: 'price' }))).toEqual(['woo_5', 'woo_6', 'woo_4'])
  expect(foundIds(await ask('کیف', { sort: '-price' }))).toEqual(['woo_4', 'woo_6', 'woo_5'])
  const cheapest = await ask('ارزان‌ترین کیف')
  expect(foundIds(cheapest)).toEqual(['woo_5', 'woo_6', 'woo_4'])
  expect(cheapest.body.understood.sort).toBe('price')
  expect(foundIds(await ask('ارزان‌ترین کیف', { sort: '-price' }))).toEqual(['woo_4', 'woo_6', 'woo_5'])
})

test('pages follow each other without a gap, up to the end', async () => {
  await shop.sendBatch(
    Array.from({ length: 25 }, (_, n) => anUpdate({ ...bare, id: 100 + n, name: `Stapler ${n}`, price: '10' })),
  )
  await server.settled()
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const answer = await ask('stapler', { limit: '10', ...(cursor !== '' && { cursor }) })
    expect(answer.body.total).toBe(25)
    seen.push(...foundIds(answer))
    cursor = answer.body.next
  }
  expect(seen).toHaveLength(25)
  expect(new Set(seen).size).toBe(25)
  const bad = await server.search('stapler', { token, params: { cursor: 'zzz' } })
  expect(bad.body.issues).toMatchObject([{ path: 'cursor' }])
})

test('facets count what was found', async () => {
  expect((await ask('کیف')).body.facets).toBeNull()
  const { facets } = (await ask('کیف', { facets: 'true' })).body
  expect(facets).toMatchObject({
    in_stock: { true: 2, false: 1 },
    prices: [{ currency: 'IRT', min: '450000', max: '3000000', products: 3 }],
  })
  const shoes = (await ask('کفش', { facets: 'true' })).body.facets
  expect(shoes.categories).toEqual([{ value: 'کفش', products: 3 }])
  expect(shoes.attributes).toContainEqual({
    name: 'سایز',
    values: [
      { value: '41', products: 3 },
      { value: '42', products: 3 },
    ],
  })
})

test('POST answers as GET does, with lists as lists, and refuses unknown fields', async () => {
  const got = await ask('کفش قرمز', { max_price: '2000000' })
  const posted = await post({ q: 'کفش قرمز', max_price: 2000000, store_id: [shop.storeId], fields: ['full'] })
  expect(posted.status, JSON.stringify(posted.body)).toBe(200)
  expect(foundIds(posted)).toEqual(foundIds(got))
  expect((await post({ q: `کیف ${'و '.repeat(1_900)}` })).status).toBe(200)
  const misspelt = await post({ q: 'کیف', max_prise: 5 })
  expectProblem(misspelt, 400, 'invalid_input')
  expect(misspelt.body.issues).toEqual([
    { path: 'max_prise', detail: expect.stringMatching(/^is not a parameter here; known are q, .*max_price/) },
  ])
  expectProblem(await post({ q: 'a'.repeat(10_000) }), 400, 'invalid_input')
  expectProblem(await post({ q: ' ' }), 400, 'invalid_input')
})

test('several stores can be named, and those of another tenant are none', async () => {
  const second = await server.newShop({ tenantOf: owner })
  const strange = await server.newShop({ tenantOf: await server.newOwner() })
  for (const each of [second, strange]) await each.send(anUpdate({ ...bare, id: 1, name: 'کیف مدرسه', price: '1' }))
  await server.settled()
  const stores = (...ids: number[]) => ask('کیف مدرسه', { store_id: ids.join(',') })
  expect((await stores(shop.storeId, second.storeId)).body.results[0].product.store.id).toBe(second.storeId)
  expect((await stores(strange.storeId)).body.results).toEqual([])
  expect(
    (await stores(shop.storeId, strange.storeId)).body.results.map(
      (r: { product: { store: { id: number } } }) => r.product.store.id,
    ),
  ).not.toContain(strange.storeId)
})

test('a compact answer of ten results is at most 4 KB; fields name what is wanted', async () => {
  const answer = await fetch(`${server.url}/api/v1/knowledge/search/?${new URLSearchParams({ q: 'stapler' })}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const text = await answer.text()
  const body = JSON.parse(text)
  expect(body.results).toHaveLength(10)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096)
  expect(Object.keys(body.results[0].product)).toEqual(['id', 'external_id', 'name', 'price', 'currency', 'in_stock'])
  const some = await ask('stapler', { fields: 'name,permalink' })
  expect(Object.keys(some.body.results[0].product)).toEqual(['name', 'permalink'])
  expect((await server.search('x', { token, params: { fields: 'nmae' } })).body.issues).toMatchObject([
    { path: 'fields' },
  ])
})

test('products are looked up by lists, and categories are counted', async () => {
  const headers = { authorization: `Bearer ${token}` }
  const looked = await call(server.url, 'POST', '/api/v1/knowledge/products/', headers, {
    ids: ['woo_4'],
    skus: ['shoe-22'],
  })
  expect(looked.body.results.map((product: { external_id: string }) => product.external_id)).toEqual(['woo_2', 'woo_4'])
  expectProblem(await call(server.url, 'POST', '/api/v1/knowledge/products/', headers, {}), 400, 'invalid_input')
  expectProblem(await call(server.url, 'POST', '/api/v1/knowledge/products/', headers, { id: 1 }), 400, 'invalid_input')
  const categories = await call(server.url, 'GET', `/api/v1/knowledge/categories/?store_id=${shop.storeId}`, headers)
  expect(categories.body.results).toContainEqual({ name: 'کفش', products: 3, in_stock: 3 })
  const stranger = await server.knowledgeToken(await server.newOwner())
  const none = await call(server.url, 'GET', '/api/v1/knowledge/categories/', { authorization: `Bearer ${stranger}` })
  expect(none.body.results).toEqual([])
})

test('the other keyboard layout is read, and said', async () => {
  const { body } = await ask(';ta rvlc')
  expect(body).toMatchObject({ answered: true, did_you_mean: 'کفش قرمز', understood: { layout: 'کفش قرمز' } })
  expect(body.results[0].product.categories).toEqual(['کفش'])
  expect((await ask(';ta rvlc', { literal: 'layout' })).body.answered).toBe(false)
})

test.each([
  "'; drop table products; --",
  '<script>alert(1)</script>',
  '& | ! ( ) : * <->',
  '🙂🙂🙂',
  '\u0001\u0002',
  'آ'.repeat(500),
  '1'.repeat(500),
  'a b c d e f g h i j k l m n o p q r s t u v w x y z '.repeat(9),
  'کفش '.repeat(120),
  '٪٪٪ $$$ +++',
  'زیر زیر زیر ۲ ۳ ۴ تا تا و و میلیون هزار',
])('%j is answered, and never fails', async (q) => {
  const { body } = await ask(q.slice(0, 500))
  expect(body.understood).toMatchObject({ text: expect.any(String) })
})
