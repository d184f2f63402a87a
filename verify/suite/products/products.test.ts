import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate, nextVersion } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const PRODUCTS = '/api/v1/web-knowledge/products/'
const EVENTS = '/api/v1/integrations/woocommerce/events/'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const send = async (event: Record<string, unknown>) => {
  const answer = await shop.send(event)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 202 })
  await server.settled()
}

/** The product as the API shows it, with chunks and sync. */
const detail = async (id: number) => {
  const [row] = await server.sql<{ id: number }>('select id from products where store_id = $1 and external_id = $2', [
    shop.storeId,
    `woo_${id}`,
  ])
  return (await server.admin('GET', `${PRODUCTS}${row?.id}/`)).body
}

/** Sends a product exactly as given, with nothing added, and reads it back. */
const sendBare = async (product: Record<string, unknown> & { id: number }) => {
  await send({ event_id: `bare-${product.id}`, event_type: 'product.updated', version: nextVersion(), product })
  return await detail(product.id)
}

test('HTML becomes clean text, and entities the characters they stand for', async () => {
  const product = await sendBare({
    id: 1,
    name: 'Tom &amp; Jerry&#8217;s <b>mug</b>',
    short_description: '<p>Holds <em>350&nbsp;ml</em>.</p>',
    description: '<script>alert(1)</script><ul><li>Red</li><li>Blue</li></ul><p>[gallery ids="1"]نیم‌فاصله می‌ماند</p>',
  })
  expect(product.name).toBe('Tom & Jerry’s mug')
  expect(product.short_description).toBe('Holds 350 ml.')
  expect(product.description).toBe('Red\nBlue\n\nنیم‌فاصله می‌ماند')
  expect(product.chunks[0].text).toContain('Tom & Jerry’s mug')
  expect(JSON.stringify(product.chunks)).not.toContain('alert')
})

test('fields that an event leaves out have their defaults', async () => {
  expect(await sendBare({ id: 2, name: 'Bare' })).toMatchObject({
    external_id: 'woo_2',
    external_source: 'woocommerce',
    store: { id: shop.storeId, name: 'Test shop' },
    type: 'simple',
    name: 'Bare',
    short_description: '',
    description: '',
    sku: '',
    price: null,
    regular_price: null,
    sale_price: null,
    on_sale: false,
    currency: '',
    stock_quantity: null,
    stock_status: 'instock',
    in_stock: true,
    categories: [],
    tags: [],
    attributes: [],
    image: '',
    gallery: [],
    permalink: '',
    status: 'publish',
    is_active: true,
    deleted_at: null,
    variants: [],
  })
})

test('an event is the whole product: what the next one leaves out is gone', async () => {
  const full = anUpdate({ id: 3, variations: [{ id: 31, attributes: {}, price: '1' }] })
  await send(full)
  expect((await detail(3)).variants).toHaveLength(1)
  await send(anUpdate({ id: 3 }, { product: { id: 3, name: 'Less' } }))
  expect(await detail(3)).toMatchObject({
    name: 'Less',
    price: null,
    categories: [],
    attributes: [],
    variants: [],
    sku: '',
  })
})

test.each([
  ['a string', '850000', '850000'],
  ['a string with a fraction', '850000.50', '850000.50'],
  ['a number', 850000.5, '850000.5'],
  ['the largest amount', '1000000000000000', '1000000000000000'],
  ['the largest amount as a number', 1e15, '1000000000000000'],
  ['Persian digits and separators', '۱۲۳٬۰۰۰', '123000'],
  ['Arabic digits and a decimal separator', '١٢٣٫٥', '123.5'],
  ['none', '', null],
  ['zero', '0', '0'],
])('money is exact: %s', async (name, price, expected) => {
  const id = 100 + Math.abs([...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7))
  const product = await sendBare({ id, name: 'Money', price, regular_price: price, sale_price: price })
  expect([product.price, product.regular_price, product.sale_price]).toEqual([expected, expected, expected])
})

test.each([
  [{ stock_quantity: null }, 'instock', true],
  [{ stock_quantity: 5 }, 'instock', true],
  [{ stock_quantity: 0 }, 'outofstock', false],
  [{ stock_quantity: -5 }, 'outofstock', false],
  [{ stock_quantity: '۰' }, 'outofstock', false],
  [{ stock_quantity: 0, stock_status: 'onbackorder' }, 'onbackorder', true],
  [{ stock_quantity: 5, stock_status: 'outofstock' }, 'outofstock', false],
])('stock %j is %s', async (stock, status, inStock) => {
  await send(anUpdate({ id: 4, stock_status: undefined, ...stock }))
  expect(await detail(4)).toMatchObject({ stock_status: status, in_stock: inStock })
})

test('variations are variants, with the names that customers see and money of their own', async () => {
  const escaped = (text: string) => encodeURIComponent(text).toLowerCase()
  await send(
    anUpdate({
      id: 5,
      type: 'variable',
      attributes: [
        { name: 'رنگ', options: ['قرمز', 'آبی تیره'], variation: true },
        { name: 'Size', options: ['XL', 'One Size'], variation: true },
      ],
      variations: [
        {
          id: 51,
          sku: 'V-51',
          attributes: { رنگ: escaped('قرمز'), pa_size: 'one-size' },
          price: '۱۲۳٬۰۰۰',
          stock_quantity: 2,
        },
        {
          id: 52,
          sku: '',
          attributes: { [`pa_${escaped('رنگ')}`]: 'آبی-تیره', size: '' },
          price: 0.1,
          stock_quantity: 0,
        },
        { id: 53, attributes: [], regular_price: '', image: 'javascript:alert(1)' },
      ],
    }),
  )
  const { variants, type } = await detail(5)
  expect(type).toBe('variable')
  expect(variants).toMatchObject([
    {
      id: 51,
      sku: 'V-51',
      attributes: { رنگ: 'قرمز', Size: 'One Size' },
      price: '123000',
      stock_quantity: 2,
      in_stock: true,
    },
    { id: 52, attributes: { رنگ: 'آبی تیره', Size: '' }, price: '0.1', stock_quantity: 0, in_stock: false },
    { id: 53, attributes: {}, price: null, regular_price: null, stock_quantity: null, in_stock: true, image: '' },
  ])
})

test('unknown fields are kept in the payload and ignored', async () => {
  await send(anUpdate({ id: 6, upsell_ids: [1, 2], name: 'Known' }, { event_id: 'unknown-fields', plugin: { a: 1 } }))
  const list = await server.admin('GET', `${EVENTS}?woo_product_id=6`)
  expect(list.body.results[0]).toMatchObject({ event_id: 'unknown-fields', outcome: 'created', source: 'live' })
  expect(list.body.results[0].payload).toBeUndefined()
  const one = await server.admin('GET', `${EVENTS}${list.body.results[0].id}/`)
  expect(one.body.payload).toMatchObject({ plugin: { a: 1 }, product: { upsell_ids: [1, 2] } })
  expect(JSON.stringify(await detail(6))).not.toContain('upsell')
})

test('addresses that are not http are dropped, wherever they stand', async () => {
  await send(
    anUpdate({
      id: 7,
      image: 'file:///etc/passwd',
      permalink: 'javascript:alert(1)',
      gallery: ['https://shop.example/1.jpg', 'data:image/png;base64,xx', '', 'HTTP://shop.example/2.jpg'],
    }),
  )
  expect(await detail(7)).toMatchObject({
    image: '',
    permalink: '',
    gallery: ['https://shop.example/1.jpg', 'HTTP://shop.example/2.jpg'],
  })
})

test('ten thousand categories are kept, every one of them', async () => {
  const categories = Array.from({ length: 10_000 }, (_, n) => `Category ${n}`)
  await send(anUpdate({ id: 8, name: 'Everywhere', categories }))
  const product = await detail(8)
  expect(product.categories).toEqual(categories)
  expect(product.chunks.length).toBeGreaterThan(0)
  const list = await server.admin('GET', `${PRODUCTS}?category=category%209999`)
  expect(list.body.results.map((each: { external_id: string }) => each.external_id)).toEqual(['woo_8'])
})

test('every type of product is stored by its name', async () => {
  for (const [id, type] of [
    [9, 'grouped'],
    [10, 'external'],
    [11, 'subscription'],
  ] as const) {
    await send(anUpdate({ id, type, price: '' }))
    expect(await detail(id)).toMatchObject({ type, price: null, is_active: true })
  }
})

test('a deletion keeps the row and its texts, and removes its chunks', async () => {
  await send(anUpdate({ id: 12, name: 'Kept', variations: [{ id: 121, attributes: {} }] }))
  const before = await detail(12)
  expect(before.chunks).toHaveLength(1)
  await send(aDeletion(12, { version: before.version + 1 }))
  const after = await detail(12)
  expect(after).toMatchObject({
    id: before.id,
    name: 'Kept',
    is_active: false,
    chunks: [],
    version: before.version + 1,
  })
  expect(Date.parse(after.deleted_at)).toBeGreaterThan(0)
  expect(after.sync).toEqual({
    state: 'removed',
    received_version: before.version + 1,
    applied_version: before.version + 1,
    searchable_version: before.version + 1,
    last_error: null,
  })
})

test('the detail shows the chunks and the received, applied and searchable versions', async () => {
  const event = anUpdate({
    id: 13,
    name: 'Synchronised',
    short_description: '',
    categories: [],
    tags: [],
    attributes: [],
    description: 'One. Two. Three. Four. Five. Six. Seven.',
  })
  await send(event)
  const product = await detail(13)
  expect(product.chunks.length).toBeGreaterThan(1)
  expect(product.chunks.map((chunk: { position: number }) => chunk.position)).toEqual([...product.chunks.keys()])
  expect(product.chunks[0]).toMatchObject({ embedding_status: 'stored', embedding_error: null, language: 'en' })
  const version = Number(event.version)
  expect(product.sync).toEqual({
    state: 'searchable',
    received_version: version,
    applied_version: version,
    searchable_version: version,
    last_error: null,
  })
  expect((await server.admin('GET', `${PRODUCTS}99999999/`)).status).toBe(404)
  expect((await server.admin('GET', `${PRODUCTS}nonsense/`)).status).toBe(400)
})
