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
  'brands',
  'weight',
  'dimensions',
  'weight_unit',
  'dimension_unit',
  'average_rating',
  'rating_count',
  'purchasable',
]
const VARIATION = ['description', 'weight', 'dimensions', 'purchasable']
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
]

const rowOf = async (id: number) =>
  (
    await server.sql<{ content_hash: string; state_hash: string; version: number }>(
      `select content_hash, state_hash, version from products where external_id = $1`,
      [`woo_${id}`],
    )
  )[0]

test('optional fields in any form refuse no event, and neither product nor content changes by them', async () => {
  const id = 1
  const plain = anUpdate({ id, variations: [{ id: 2 }] })
  expect((await shop.send(plain)).status).toBe(202)
  await server.settled()
  const before = await rowOf(id)
  for (const [at, form] of FORMS.entries()) {
    const of = (names: string[]) => Object.fromEntries(names.map((name) => [name, form]))
    const event = anUpdate(
      { id, variations: [{ id: 2, ...of(VARIATION) }], ...of(PRODUCT) },
      { event_id: `form-${at}` },
    )
    const answer = await shop.send(event)
    expect([answer.status, answer.body.detail], JSON.stringify(form).slice(0, 60)).toEqual([202, undefined])
    const [stored] = await server.sql<{ payload: object }>('select payload from events where event_id = $1', [
      `form-${at}`,
    ])
    expect(stored?.payload, 'kept as it was sent').toEqual(event)
  }
  await server.settled()
  const after = await rowOf(id)
  expect(after).toMatchObject({ content_hash: before?.content_hash, state_hash: before?.state_hash })
  const outcomes = await server.sql(`select distinct status, outcome from events where event_id like 'form-%'`)
  expect(outcomes).toEqual([{ status: 'processed', outcome: 'unchanged' }])
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
