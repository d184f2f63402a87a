import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop
beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

/** A product of the word `gazebo` and nothing of the default product's stock, price or currency. */
const gazebo = (id: number, product: Record<string, unknown> = {}) =>
  anUpdate({
    id,
    name: `Gazebo ${id}`,
    sku: '',
    price: '',
    regular_price: '',
    sale_price: '',
    on_sale: false,
    currency: 'EUR',
    stock_quantity: null,
    stock_status: undefined,
    categories: [],
    ...product,
  })

const accept = async (...events: unknown[]) => {
  const { body } = await shop.sendBatch(events)
  expect(body, JSON.stringify(body)).toMatchObject({ accepted: events.length, rejected: [] })
  await server.settled()
}

const find = async (params: Record<string, string> = {}, from: Shop = shop) => {
  const answer = await server.search('gazebo', {
    params: { limit: '50', store_id: String(from.storeId), ...params },
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return new Set(foundIds(answer))
}

const productOf = async (id: number, from: Shop = shop) => {
  const { body } = await server.admin('GET', `/api/v1/web-knowledge/products/?store_id=${from.storeId}&limit=200`)
  return body.results.find((product: { external_id: string }) => product.external_id === `woo_${id}`)
}

test.each([
  ['instock', true],
  ['InStock', true],
  ['in stock', true],
  ['onbackorder', true],
  ['outofstock', false],
  ['OutOfStock', false],
  ['out-of-stock', false],
  ['discontinued', false],
  ['instock?', false],
  ['true', false],
])('the stock status %j is in stock: %s', async (stockStatus, inStock) => {
  await accept(gazebo(1, { stock_status: stockStatus, stock_quantity: 7 }))
  expect((await productOf(1)).in_stock).toBe(inStock)
  expect((await find({ in_stock: 'true' })).has('woo_1')).toBe(inStock)
  expect((await find({ in_stock: 'false' })).has('woo_1')).toBe(!inStock)
})

test.each([
  [{ catalog_visibility: 'Visible' }, true],
  [{ catalog_visibility: 'search' }, true],
  [{ catalog_visibility: 'hidden' }, false],
  [{ catalog_visibility: 'Hidden' }, false],
  [{ catalog_visibility: 'exclude-from-search' }, false],
  [{ status: 'publish' }, true],
  [{ status: 'trash' }, false],
  [{ status: 'published' }, false],
  [{ password_protected: 'yes' }, false],
  [{ password_protected: '1' }, false],
  [{ password_protected: 'no' }, true],
  [{ password_protected: '' }, true],
])('with %j search finds the product: %s', async (product, isFound) => {
  await accept(gazebo(2, product))
  expect((await find()).has('woo_2')).toBe(isFound)
})

test('a word for true or false that is neither is refused, so that it cannot open a product', async () => {
  const answer = await shop.send(gazebo(2, { password_protected: 'maybe' }))
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues).toEqual([expect.objectContaining({ path: 'product.password_protected' })])
})

test('a product of visibility "catalog" is not found by a search, and is looked up by id and SKU', async () => {
  const token = await server.knowledgeToken()
  const other = await server.knowledgeToken(await server.newOwner())
  await accept(
    gazebo(3, { catalog_visibility: 'catalog', sku: 'GAZ-3', variations: [{ id: 31, sku: 'GAZ-3-red' }] }),
    gazebo(4, { catalog_visibility: 'hidden', sku: 'GAZ-4' }),
  )
  expect((await find()).has('woo_3')).toBe(false)
  const { id } = await productOf(3)
  const { id: hidden } = await productOf(4)
  const look = async (query: string, as = token) => {
    const response = await fetch(`${server.url}/api/v1/knowledge/products/${query}`, {
      headers: { authorization: `Bearer ${as}` },
    })
    const body = (await response.json()) as { results?: { external_id: string }[]; external_id?: string }
    return body.results?.map((product) => product.external_id) ?? body.external_id ?? response.status
  }
  expect(await look(`?ids=${id}`)).toEqual(['woo_3'])
  expect(await look('?ids=woo_3,woo_4,woo_999')).toEqual(['woo_3'])
  expect(await look('?skus=gaz-3')).toEqual(['woo_3'])
  expect(await look('?skus=GAZ-3-RED,GAZ-4')).toEqual(['woo_3'])
  expect(await look(`${id}/`)).toBe('woo_3')
  // Products that the shop hides, and products of another tenant, are not found.
  expect(await look(`${hidden}/`)).toBe(404)
  expect(await look(`?ids=${id},woo_3&skus=GAZ-3`, other)).toEqual([])
  expect(await look(`${id}/`, other)).toBe(404)
  expect(await look('')).toBe(400)
  expect(await look(`?ids=${Array.from({ length: 101 }, (_, index) => index + 1).join(',')}`)).toBe(400)
})

test.each(['0000-00-00 00:00:00', '1404-08-19T09:30:00', 'yesterday', false, 0, ''])(
  'beside a version the date %j is not read: the product is hidden all the same',
  async (date) => {
    await accept(gazebo(5))
    expect((await find()).has('woo_5')).toBe(true)
    await accept(gazebo(5, { status: 'draft', date_modified: date }))
    expect((await find()).has('woo_5')).toBe(false)
  },
)

test('PHP’s values for nothing, for a list and for a number are understood', async () => {
  await accept(
    gazebo(6, {
      image: false,
      description: false,
      sku: 12345,
      price: false,
      on_sale: 'no',
      gallery: { '1': 'https://a.example/b.jpg', '3': '//cdn.example.com/c.jpg' },
      categories: { '2': 'Garden', '0': 'Tents' },
      tags: false,
      attributes: { '1': { name: 'Size', options: { '4': 3, '5': '4 m' }, variation: '1' } },
      variations: { '9': { id: 61, price: 12.5, image: false, attributes: { Size: '4 m' } } },
    }),
    gazebo(7, { image: '//cdn.example.com/a.jpg', attributes: '', variations: false, gallery: '' }),
    gazebo(8, { image: '/relative.jpg', permalink: '//', variations: [{ id: 81, attributes: ['red'] }] }),
  )
  expect(await productOf(6)).toMatchObject({
    image: '',
    description: '',
    sku: '12345',
    price: '12.5',
    on_sale: false,
    gallery: ['https://a.example/b.jpg', 'https://cdn.example.com/c.jpg'],
    categories: ['Tents', 'Garden'],
    tags: [],
    attributes: [{ name: 'Size', options: ['3', '4 m'], variation: true }],
    variants: [{ id: 61, price: '12.5', image: '', attributes: { Size: '4 m' } }],
  })
  expect(await productOf(7)).toMatchObject({ image: 'https://cdn.example.com/a.jpg', attributes: [], variants: [] })
  expect(await productOf(8)).toMatchObject({ image: '', permalink: '', variants: [{ attributes: { '0': 'red' } }] })
})

test('a product without a price of its own costs what its cheapest variation costs', async () => {
  await accept(
    gazebo(10, {
      variations: [
        { id: 101, price: '500' },
        { id: 102, price: '300.50' },
        { id: 103, price: '' },
      ],
    }),
    gazebo(11, { price: '250', variations: [{ id: 111, price: '400' }] }),
    gazebo(12, {
      variations: [
        { id: 121, price: '900000000000000' },
        { id: 122, price: '1000000000000000' },
      ],
    }),
  )
  expect((await productOf(10)).price).toBe('300.50')
  expect((await productOf(11)).price).toBe('250')
  expect((await productOf(12)).price).toBe('900000000000000')
  expect((await find({ max_price: '400' })).has('woo_10')).toBe(true)
  expect((await find({ max_price: '300' })).has('woo_10')).toBe(false)
})

test('a product with variations is in stock if one of them is, regardless of its own stock status', async () => {
  const variations = (...statuses: string[]) =>
    statuses.map((status, index) => ({ id: 130 + index, stock_status: status }))
  await accept(
    gazebo(13, { stock_status: 'instock', variations: variations('outofstock', 'discontinued') }),
    gazebo(14, { stock_status: 'outofstock', variations: variations('outofstock', 'onbackorder') }),
  )
  expect((await productOf(13)).in_stock).toBe(false)
  expect((await productOf(14)).in_stock).toBe(true)
  const found = await find({ in_stock: 'true' })
  expect([found.has('woo_13'), found.has('woo_14')]).toEqual([false, true])
})

test('price and stock filters are met by one and the same variation', async () => {
  await accept(
    gazebo(15, {
      price: '100',
      variations: [
        { id: 151, price: '100', stock_status: 'outofstock' },
        { id: 152, price: '900', stock_status: 'instock' },
      ],
    }),
  )
  const isFound = async (params: Record<string, string>) => (await find(params)).has('woo_15')
  expect(await isFound({ min_price: '500' })).toBe(true)
  expect(await isFound({ max_price: '200' })).toBe(true)
  expect(await isFound({ max_price: '200', in_stock: 'true' })).toBe(false)
  expect(await isFound({ min_price: '500', in_stock: 'true' })).toBe(true)
  expect(await isFound({ min_price: '150', max_price: '800' })).toBe(false)
  expect(await isFound({ min_price: '500', in_stock: 'false' })).toBe(false)
})

test.each([
  ['كيف دستي', 'کیف دستی'],
  [' Shoes ', 'Shoes'],
  ['Tea &amp; Coffee', 'Tea & Coffee'],
  ['tea &  coffee', 'Tea & Coffee'],
  ['لباس‌ها', 'لباس‌ها'],
  ['سایز ۴۲', 'سایز 42'],
  ['Cafe\u0301', 'Café'],
])('the category filter %j finds the category %j', async (filter, category) => {
  await accept(gazebo(16, { categories: ['Other', category] }))
  expect(await find({ category: filter })).toContain('woo_16')
  expect(await find({ category: `${filter} x` })).not.toContain('woo_16')
})

test('without a currency a price is in the unit of the store, and stores with different units are a 400', async () => {
  const owner = await server.newOwner()
  const token = await server.knowledgeToken(owner)
  const [toman, dollars] = [await server.newShop({ tenantOf: owner }), await server.newShop({ tenantOf: owner })]
  await toman.sendBatch([
    gazebo(20, { price: '1500000', currency: 'IRT' }),
    gazebo(21, { price: '2500000', currency: 'IRT' }),
    gazebo(22, { price: '12000000', currency: 'IRR' }),
    gazebo(23, { price: '90', currency: 'USD' }),
  ])
  await dollars.sendBatch([gazebo(24, { price: '80', currency: 'USD' })])
  await server.settled()
  const ask = (params: Record<string, string>) => server.search('gazebo', { token, params })
  const inToman = foundIds(await ask({ max_price: '2000000', store_id: String(toman.storeId) }))
  expect(new Set(inToman)).toEqual(new Set(['woo_20', 'woo_22']))
  const inDollars = foundIds(await ask({ max_price: '2000000', store_id: String(dollars.storeId) }))
  expect(inDollars).toEqual(['woo_24'])
  const both = await ask({ max_price: '2000000' })
  expectProblem(both, 400, 'invalid_input')
  expect(both.body.issues).toEqual([{ path: 'currency', detail: expect.stringContaining('IRT, USD') }])
  expect(new Set(foundIds(await ask({ max_price: '100', currency: 'usd' })))).toEqual(new Set(['woo_23', 'woo_24']))
  expect(foundIds(await ask({})).length).toBe(5)
})

test('an unknown currency, status or parameter is refused with a list of those that are known', async () => {
  const refused = async (path: string) => {
    const answer = await server.admin('GET', path)
    expectProblem(answer, 400, 'invalid_input')
    return answer.body.issues[0]
  }
  expect(await refused('/api/v1/knowledge/search/?q=a&currency=TOMAN')).toEqual({
    path: 'currency',
    detail: expect.stringMatching(/IRR, IRT/),
  })
  expect(await refused('/api/v1/knowledge/search/?q=a&max_prise=5')).toEqual({
    path: 'max_prise',
    detail: expect.stringMatching(/known are q, .*max_price/),
  })
  expect(await refused('/api/v1/integrations/woocommerce/events/?status=failed')).toEqual({
    path: 'status',
    detail: expect.stringMatching(/received.*retrying.*dead/),
  })
  expect((await refused('/api/v1/web-knowledge/products/?instock=true')).path).toBe('instock')
})

const megabytes = (count: number, text: string) => text.repeat(Math.ceil((count * 1e6) / text.length))

test.each([
  ['an embedded picture', `Nice.<img src="data:image/png;base64,${'A'.repeat(1_100_000)}">`, 'Nice.'],
  ['a comment', `Nice.<!-- ${megabytes(2, 'old price 99 ')} -->`, 'Nice.'],
  ['a style sheet', `<STYLE>${megabytes(2, '.a { color: red } ')}</STYLE><p>Nice.</p>`, 'Nice.'],
  ['markup', `<p>Nice.</p>${megabytes(2, '<div class="wrapper of a page builder"></div>')}`, 'Nice.'],
])(
  'a description that is too large for %s is stored without it, and costs the product nothing',
  async (_what, description, expected) => {
    await accept(gazebo(30, { price: '10' }))
    expect((await shop.send(gazebo(30, { price: '25', description, stock_status: 'outofstock' }))).status).toBe(202)
    await server.settled()
    expect(await productOf(30)).toMatchObject({ price: '25', in_stock: false, description: expected, texts_cut: [] })
  },
)

test('a text that is still too large is cut and marked, and an unknown field goes before it', async () => {
  const words = megabytes(2, 'روسری ابریشمی گل‌دار ')
  const event = gazebo(31, { price: '25', description: words, short_description: 'Soft.' })
  expect((await shop.send(event)).status).toBe(202)
  const padded = gazebo(32, { price: '26', description: 'Warm.', builder_cache: megabytes(3, 'x y ') })
  expect((await shop.send(padded)).status).toBe(202)
  await server.settled()
  const cut = await productOf(31)
  expect(cut).toMatchObject({ price: '25', short_description: 'Soft.', texts_cut: ['description'] })
  expect(words.startsWith(cut.description)).toBe(true)
  expect(cut.description.length).toBeGreaterThan(400_000)
  expect(await productOf(32)).toMatchObject({ price: '26', description: 'Warm.', texts_cut: [] })
  // The same again is the same event, though what is stored is not what was sent.
  expect((await shop.send(event)).status).toBe(200)
  const [stored] = await server.sql<{ bytes: number }>('select max(octet_length(payload::text)) as bytes from events')
  expect(Number(stored?.bytes)).toBeLessThanOrEqual(1_000_000)
})

test('a product whose lists alone are too large is refused with the name of the list', async () => {
  const options = Array.from({ length: 9000 }, (_, index) => `${index} ${'wide '.repeat(50)}`)
  const answer = await shop.send(gazebo(33, { attributes: [{ name: 'Size', options }] }))
  expectProblem(answer, 413, 'too_large')
  expect(answer.body.issues).toEqual([{ path: 'product.attributes', detail: 'has 2.3 MB' }])
})
