import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const PRODUCT = [
  'gtin',
  'brand',
  'brands',
  'category_paths',
  'image_details',
  'weight',
  'dimensions',
  'weight_unit',
  'dimension_unit',
  'average_rating',
  'rating_count',
  'review_count',
  'sale_ends_at',
  'min_quantity',
  'max_quantity',
  'language',
  'display_currency',
  'purchasable',
]
const VARIATION = [
  'description',
  'gtin',
  'weight',
  'dimensions',
  'sale_ends_at',
  'image_alt',
  'min_quantity',
  'max_quantity',
  'purchasable',
]
/** Texts among them that answer questions: they are part of the content. */
const CONTENT = ['brand', 'brands', 'category_paths']
/** Values that PHP, other plugins and other shops may write into any of them. */
const FORMS: unknown[] = [
  null,
  false,
  true,
  '',
  '0',
  'yes',
  '1,5',
  '۱٫۵',
  0,
  -1,
  4.5,
  [],
  {},
  ['Nike'],
  { 1: 'Nike', 3: null },
  [{ name: 'Nike', id: 3 }, 7, false],
  { length: '10', width: 20, height: '' },
  { length: false, width: null, height: [1] },
  'x'.repeat(20_000),
  '9'.repeat(200),
  1e300,
  [[['deep']], [null, 'Shoes', 7], 'Clothing > Shoes'],
  [{ url: 'javascript:alert(1)', alt: [], width: -1 }, { url: { a: 1 } }, 'https://shop.example/a.jpg'],
  '2026-13-45T99:99:99',
  '\u200c\u200f ',
]

const rowOf = async (id: number) =>
  (
    await server.sql<{ content_hash: string; price: string }>(
      `select content_hash, price from products where external_id = $1`,
      [`woo_${id}`],
    )
  )[0]

test('optional fields in any form refuse no event, and the price of each event is applied', async () => {
  const id = 1
  for (const [at, form] of FORMS.entries()) {
    const of = (names: string[]) => Object.fromEntries(names.map((name) => [name, form]))
    const event = anUpdate(
      { id, price: String(at + 1), variations: [{ id: 2, ...of(VARIATION) }], ...of(PRODUCT) },
      { event_id: `form-${at}` },
    )
    const answer = await shop.send(event)
    expect([answer.status, answer.body.detail], JSON.stringify(form).slice(0, 60)).toEqual([202, undefined])
    const [stored] = await server.sql<{ payload: object }>('select payload from events where event_id = $1', [
      `form-${at}`,
    ])
    expect(stored?.payload, 'kept as it was sent').toEqual(event)
    await server.settled()
    expect(await rowOf(id), JSON.stringify(form).slice(0, 60)).toMatchObject({ price: String(at + 1) })
  }
  const statuses = await server.sql(`select distinct status from events where event_id like 'form-%'`)
  expect(statuses).toEqual([{ status: 'processed' }])
})

test('no optional field but the brand and the category paths changes the content', async () => {
  const id = 11
  await shop.send(anUpdate({ id, variations: [{ id: 12 }] }))
  await server.settled()
  const before = await rowOf(id)
  const product = { id, gtin: '4006381333931', weight: '2', weight_unit: 'kg', average_rating: '4.5', review_count: 3 }
  const details = { image_details: [{ url: 'https://shop.example/a.jpg', alt: 'A shoe', width: 9, height: 9 }] }
  const others = { min_quantity: 2, max_quantity: 9, language: 'fa_IR', sale_ends_at: '2030-01-01T00:00:00Z' }
  const variations = [{ id: 12, gtin: '4006381333948', image_alt: 'Red', weight: 1 }]
  await shop.send(anUpdate({ ...product, ...details, ...others, variations }, { event_id: 'details' }))
  await server.settled()
  expect(await rowOf(id)).toEqual(before)
  const [{ outcome } = { outcome: '' }] = await server.sql<{ outcome: string }>(
    `select outcome from events where event_id = 'details'`,
  )
  expect(outcome).toBe('metadata_updated')
  await shop.send(anUpdate({ ...product, ...details, ...others, variations, brand: 'Adidas' }))
  await server.settled()
  expect((await rowOf(id))?.content_hash).not.toBe(before?.content_hash)
})

test('fields that cannot be read leave a product as it was without them', async () => {
  const id = 21
  await shop.send(anUpdate({ id }))
  await server.settled()
  const unread = Object.fromEntries(PRODUCT.filter((name) => !CONTENT.includes(name)).map((name) => [name, '?!']))
  await shop.send(anUpdate({ id, ...unread, brand: '<br>', category_paths: [['']] }, { event_id: 'unread' }))
  await server.settled()
  const outcomes = await server.sql(`select outcome from events where event_id = 'unread'`)
  expect(outcomes).toEqual([{ outcome: 'unchanged' }])
})

test('numbers that PHP computed are stored digit for digit, as text', async () => {
  const event = anUpdate({
    id: 3,
    weight: 'W',
    average_rating: 'R',
    dimensions: { length: 'L', width: '2', height: 3 },
    variations: [{ id: 4, weight: 'W', dimensions: ['L'], description: 'with a \0' }],
  })
  const body = JSON.stringify({ ...event, event_id: 'computed' })
    .replaceAll('"W"', '0.30000000000000004')
    .replaceAll('"R"', '4.333333333333333333')
    .replaceAll('"L"', '12.345678901234567890')
  expect((await shop.send(body)).status).toBe(202)
  expect((await shop.send(body)).status, 'the same event').toBe(200)
  const [stored] = await server.sql<{ payload: { product: object } }>(
    `select payload from events where event_id = 'computed'`,
  )
  expect(stored?.payload.product).toMatchObject({
    weight: '0.30000000000000004',
    average_rating: '4.333333333333333333',
    dimensions: { length: '12.345678901234567890', width: '2', height: 3 },
    variations: [{ weight: '0.30000000000000004', dimensions: ['12.345678901234567890'], description: 'with a ' }],
  })
  await server.settled()
  expect(await rowOf(3)).toBeDefined()
})

test('of a product that is too large they go before any text of it', async () => {
  const variations = Array.from({ length: 600 }, (_, at) => ({
    id: 100 + at,
    price: '5',
    description: `<p>${'Long words. '.repeat(200)}</p>`,
  }))
  const event = anUpdate(
    { id: 5, description: 'The whole of it.', brands: { cache: 'x '.repeat(300_000) }, variations },
    { event_id: 'large' },
  )
  expect((await shop.send(event)).status).toBe(202)
  await server.settled()
  const [product] = await server.sql<{ description: string; texts_cut: string[]; variant_count: number }>(
    `select description, texts_cut, variant_count from products where external_id = 'woo_5'`,
  )
  expect(product).toEqual({ description: 'The whole of it.', texts_cut: [], variant_count: 600 })
})
