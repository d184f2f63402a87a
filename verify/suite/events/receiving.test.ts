import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate, aProduct } from '../../support/events.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Answer, call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const BATCH = `${WEBHOOK}batch/`

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

async function storedCount(eventId: string): Promise<number> {
  const [row] = await server.sql<{ count: number }>(
    `select (select count(*) from events where event_id = $1)::int + (select count(*) from event_ids where event_id = $1)::int as count`,
    [eventId],
  )
  return row?.count ?? -1
}

const paths = (answer: Answer): string[] => answer.body.issues.map((issue: { path: string }) => issue.path)

test('a new event is answered 202 accepted, with and without the trailing slash', async () => {
  for (const path of [WEBHOOK, WEBHOOK.slice(0, -1)]) {
    const event = anUpdate({ id: 1 })
    const answer = await shop.request('POST', path, event)
    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({ status: 'accepted', event_id: event.event_id, message: 'Stored and queued.' })
    expect(await storedCount(String(event.event_id))).toBe(2)
  }
})

test('an event that was taken before is answered 200 skipped and stored once', async () => {
  const event = anUpdate({ id: 2 })
  expect((await shop.send(event)).status).toBe(202)
  const again = await shop.send(event)
  expect(again.status).toBe(200)
  expect(again.body).toEqual({
    status: 'skipped',
    event_id: event.event_id,
    message: 'This event was already received.',
  })
  expect(await storedCount(String(event.event_id))).toBe(2)
})

test('the same body with other whitespace and another order of keys is the same event', async () => {
  const product = { id: 3, name: 'Order of keys', attributes: [{ name: 'a', options: ['b'], variation: false }] }
  const event = { event_id: 'keys', event_type: 'product.updated', version: 5, product }
  expect((await shop.send(event)).status).toBe(202)
  const reordered = `{ "product" : {"attributes":[{"variation":false,"options":["b"],"name":"a"}],
    "name":"Order \\u006ff keys",  "id":3}, "version":5.0, "event_type":"product.updated", "event_id":"keys" }\n`
  const again = await shop.send(reordered)
  expect(again.status).toBe(200)
  expect(again.body.status).toBe('skipped')
})

test('the same event id with another body is answered 409 and changes nothing', async () => {
  const event = anUpdate({ id: 4, name: 'First body' }, { event_id: 'twice' })
  expect((await shop.send(event)).status).toBe(202)
  const answer = await shop.send({ ...event, product: aProduct({ id: 4, name: 'Second body' }) })
  expectProblem(answer, 409, 'event_id_conflict')
  expect(answer.body.detail).toContain('twice')
  await server.settled()
  expect(await server.sql(`select name from products where external_id = 'woo_4'`)).toEqual([{ name: 'First body' }])
  expect(await storedCount('twice')).toBe(2)
})

test('every invalid field is named with its rule, and nothing is stored', async () => {
  const answer = await shop.send({
    event_id: 'wrong-fields',
    event_type: 'product.sold',
    version: -1,
    product: { name: '', price: '12 rials', tags: 'sport', variations: [{ id: 0 }] },
  })
  expectProblem(answer, 400, 'invalid_input')
  expect(paths(answer).sort()).toEqual([
    'event_type',
    'product.id',
    'product.name',
    'product.tags',
    'product.variations.0.id',
    'version',
  ])
  for (const issue of answer.body.issues) expect(issue.detail).toMatch(/^(must be|is required)/)
  expect(answer.body.detail).toMatch(/^The plugin sent the event type .*“product\.sold”/)
  expect(await storedCount('wrong-fields')).toBe(0)
})

test.each([
  ['no event_id', { event_type: 'product.updated', product: { id: 1, name: 'x' } }, 'event_id'],
  ['an empty event_id', { event_id: '', event_type: 'product.updated', product: { id: 1, name: 'x' } }, 'event_id'],
  [
    'an event_id of 101 characters',
    { event_id: 'x'.repeat(101), event_type: 'product.updated', product: { id: 1, name: 'x' } },
    'event_id',
  ],
  ['no event_type', { event_id: 'b', product: { id: 1, name: 'x' } }, 'event_type'],
  ['no product', { event_id: 'b', event_type: 'product.updated' }, 'product'],
  ['no product.id', { event_id: 'b', event_type: 'product.deleted', product: {} }, 'product.id'],
  [
    'no name of an updated product',
    { event_id: 'b', event_type: 'product.updated', product: { id: 1 } },
    'product.name',
  ],
  [
    'a price that is no amount',
    { event_id: 'b', event_type: 'product.updated', product: { id: 1, name: 'x', price: 'cheap' } },
    'product.price',
  ],
  [
    'a product_hash of 65 characters',
    { event_id: 'b', event_type: 'product.updated', product: { id: 1, name: 'x', product_hash: 'x'.repeat(65) } },
    'product.product_hash',
  ],
  ['a list for an event', [], 'body'],
  ['null for an event', 'null', 'body'],
])('an event with %s is a 400 that names the field', async (_what, event, path) => {
  const answer = await shop.send(event)
  expectProblem(answer, 400, 'invalid_input')
  expect(paths(answer)).toContain(path)
})

test('an event id of 100 characters and a deletion without a name are valid', async () => {
  expect((await shop.send(aDeletion(5, { event_id: 'i'.repeat(100) }))).status).toBe(202)
})

test.each([
  ['truncated', '{"event_id":"x","event_type":'],
  ['with something after it', '{"event_id":"x"} {}'],
  ['empty', ''],
])('a body that is %s is a 400 malformed_json', async (_what, body) => {
  expectProblem(await shop.request('POST', WEBHOOK, body), 400, 'malformed_json')
})

test('a body of up to 5 MB is taken, a larger one is answered 413 and not stored', async () => {
  const padded = (eventId: string, bytes: number) => {
    const event = { event_id: eventId, event_type: 'product.updated', product: { id: 6, name: 'Large', notes: '' } }
    event.product.notes = 'x'.repeat(bytes - JSON.stringify(event).length)
    return JSON.stringify(event)
  }
  expect((await shop.send(padded('just-fits', 5_000_000))).status).toBe(202)
  expectProblem(await shop.send(padded('too-large', 5_000_001)), 413, 'too_large')
  expect(await storedCount('too-large')).toBe(0)
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json-ish'])(
  'a body of type %s is answered 415',
  async (type) => {
    const answer = await shop.request('POST', WEBHOOK, JSON.stringify(anUpdate()), { 'content-type': type })
    expectProblem(answer, 415, 'not_json')
  },
)

test('JSON is taken with a charset and under a +json type', async () => {
  for (const type of ['application/json; charset=utf-8', 'application/vnd.api+json']) {
    const answer = await shop.request('POST', WEBHOOK, JSON.stringify(anUpdate()), { 'content-type': type })
    expect(answer.status).toBe(202)
  }
})

test('sentences are Persian for a request in Persian; codes and field names stay the same', async () => {
  const persian = { 'accept-language': 'fa-IR,fa;q=0.9,en;q=0.5' }
  const event = anUpdate({ id: 13 })
  const accepted = await shop.request('POST', WEBHOOK, event, persian)
  expect(accepted.body).toEqual({
    status: 'accepted',
    event_id: event.event_id,
    message: 'ذخیره شد و در صف است.',
  })
  const pairs: [Answer, Answer][] = [
    [
      await shop.request('POST', WEBHOOK, { ...event, version: 1 }),
      await shop.request('POST', WEBHOOK, { ...event, version: 1 }, persian),
    ],
    [await shop.send({}), await shop.request('POST', WEBHOOK, {}, persian)],
    [await call(server.url, 'POST', WEBHOOK), await call(server.url, 'POST', WEBHOOK, persian)],
    [await shop.send('{'), await shop.request('POST', WEBHOOK, '{', persian)],
    [await call(server.url, 'GET', '/nothing'), await call(server.url, 'GET', '/nothing', persian)],
  ]
  for (const [english, translated] of pairs) {
    expect(translated.status).toBe(english.status)
    expect(translated.body.error).toBe(english.body.error)
    expect(english.body.detail).not.toMatch(/[\u0600-\u06ff]/)
    expect(translated.body.detail).toMatch(/[\u0600-\u06ff]/)
    if (!english.body.issues) continue
    expect(paths(translated)).toEqual(paths(english))
    for (const issue of translated.body.issues) expect(issue.detail).toMatch(/[\u0600-\u06ff]/)
  }
})

test('the smallest payload of a shop is valid, and its other fields have their defaults', async () => {
  const answer = await shop.send({
    event_id: 'wc_2025_11_10_54321',
    event_type: 'product.created',
    product: { id: 54321, name: 'Seed product', price: '850000', stock_quantity: 3 },
  })
  expect(answer.status).toBe(202)
  await shop.send({
    event_id: 'sold-out',
    event_type: 'product.updated',
    product: { id: 54322, name: 'Sold out', stock_quantity: 0 },
  })
  await server.settled()
  const [product, soldOut] = await server.sql(
    `select status, catalog_visibility, stock_status, type, price, regular_price, is_active, is_versioned
       from products where external_id in ('woo_54321', 'woo_54322') order by external_id`,
  )
  expect(product).toEqual({
    status: 'publish',
    catalog_visibility: 'visible',
    stock_status: 'instock',
    type: 'simple',
    price: '850000',
    regular_price: null,
    is_active: true,
    is_versioned: false,
  })
  expect(soldOut).toMatchObject({ stock_status: 'outofstock', price: null, is_active: true })
})

test('unknown fields are kept in the payload and ignored', async () => {
  const event = anUpdate({ id: 14, vendor: { rating: 4.5 } }, { event_id: 'unknown-fields', plugin: '1.0' })
  expect((await shop.send(event)).status).toBe(202)
  const [row] = await server.sql<{ payload: object }>(`select payload from events where event_id = 'unknown-fields'`)
  expect(row?.payload).toEqual(event)
})

test('a batch is answered 202 with counts, and one bad event never costs the others', async () => {
  const known = anUpdate({ id: 20 })
  await shop.send(known)
  const good = [anUpdate({ id: 21 }), anUpdate({ id: 22 })]
  const events = [
    good[0],
    { ...anUpdate({ id: 23 }), event_type: 'product.sold' },
    known,
    'not an event',
    good[1],
    null,
    { ...known, version: 1 },
    { event_id: 77, event_type: 'product.deleted', product: { id: 24 } },
  ]
  const answer = await shop.sendBatch(events)
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({ accepted: 2, skipped: 1 })
  expect(answer.body.rejected.map((entry: object) => ({ ...entry, detail: '', issues: undefined }))).toEqual([
    { index: 1, event_id: (events[1] as { event_id: string }).event_id, error: 'invalid_input', detail: '' },
    { index: 3, event_id: null, error: 'invalid_input', detail: '' },
    { index: 5, event_id: null, error: 'invalid_input', detail: '' },
    { index: 6, event_id: known.event_id, error: 'event_id_conflict', detail: '' },
    { index: 7, event_id: 77, error: 'invalid_input', detail: '' },
  ])
  expect(answer.body.rejected[0]).toMatchObject({
    detail: expect.stringContaining('event type'),
    issues: [{ path: 'event_type' }],
  })
  await server.settled()
  const applied = await server.sql(
    `select external_id from products where external_id in ('woo_21', 'woo_22', 'woo_23', 'woo_24') order by external_id`,
  )
  expect(applied).toEqual([{ external_id: 'woo_21' }, { external_id: 'woo_22' }])
})

test('a number that cannot be held exactly costs only its own event of a batch', async () => {
  const good = anUpdate({ id: 25 })
  const bad = JSON.stringify(anUpdate({ id: 26, price: 0 }, { event_id: 'inexact' })).replace(
    '"price":0',
    '"price":1e400',
  )
  const answer = await shop.request('POST', BATCH, `{"events":[${bad},${JSON.stringify(good)}]}`)
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({ accepted: 1, skipped: 0 })
  expect(answer.body.rejected).toHaveLength(1)
  expect(answer.body.rejected[0]).toMatchObject({ index: 0, event_id: 'inexact', error: 'invalid_input' })
  expect(answer.body.rejected[0]).toMatchObject({
    detail: expect.stringMatching(/^The price has more than 15 digits/),
    issues: [{ path: 'product.price' }],
  })
})

test('duplicates inside one batch are one event, another body with the same id is a conflict', async () => {
  const event = anUpdate({ id: 27, name: 'First of the batch' }, { event_id: 'batch-twins' })
  const other = { ...event, product: aProduct({ id: 27, name: 'Other of the batch' }) }
  const answer = await shop.sendBatch([event, other, event])
  expect(answer.body).toMatchObject({ accepted: 1, skipped: 1 })
  expect(answer.body.rejected).toHaveLength(1)
  expect(answer.body.rejected[0]).toMatchObject({ index: 1, event_id: 'batch-twins', error: 'event_id_conflict' })
  expect(await storedCount('batch-twins')).toBe(2)
  await server.settled()
  expect(await server.sql(`select name from products where external_id = 'woo_27'`)).toEqual([
    { name: 'First of the batch' },
  ])
})

test('100 events are a batch, 101 are a 400 and none of them is stored', async () => {
  const events = Array.from({ length: 101 }, (_, index) => anUpdate({ id: 1000 + index }))
  const tooMany = await shop.sendBatch(events)
  expectProblem(tooMany, 400, 'invalid_input')
  expect(paths(tooMany)).toEqual(['events'])
  expect(tooMany.body.detail).toContain('101')
  expect(await storedCount(String(events[0]?.event_id))).toBe(0)
  const enough = await shop.request('POST', BATCH.slice(0, -1), { events: events.slice(0, 100) })
  expect(enough.status).toBe(202)
  expect(enough.body).toEqual({ accepted: 100, skipped: 0, rejected: [] })
})

test('an event that would be stored as more than 1 MB is answered 413, and in a batch it costs no other', async () => {
  // 4 bytes on the wire, 21 in the text: 750 KB become 3.3 MB.
  const bloated = (eventId: string) => anUpdate({ id: 2100, ratings: Array(150_000).fill(1e20) }, { event_id: eventId })
  const onTheWire = (event: object) => JSON.stringify(event).replaceAll('100000000000000000000', '1e20')
  expectProblem(await shop.request('POST', WEBHOOK, onTheWire(bloated('bloated-alone'))), 413, 'too_large')
  // Options of 2 MB: a batch has room for them, an event has not.
  const options = Array.from({ length: 8000 }, (_, index) => `${index} ${'x'.repeat(245)}`)
  const large = anUpdate({ id: 2101, attributes: [{ name: 'Size', options }] }, { event_id: 'large-in-batch' })
  const fits = anUpdate({ id: 2102 }, { event_id: 'fits-beside' })
  const persian = { 'accept-language': 'fa' }
  const answer = await shop.request('POST', BATCH, onTheWire({ events: [bloated('bloated'), large, fits] }), persian)
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 0, event_id: 'bloated', error: 'too_large', detail: expect.stringContaining('مگابایت') },
      { index: 1, event_id: 'large-in-batch', error: 'too_large' },
    ],
  })
  for (const id of ['bloated-alone', 'bloated', 'large-in-batch']) expect(await storedCount(id)).toBe(0)
  expect(await storedCount('fits-beside')).toBeGreaterThan(0)
})

test('a batch without events is accepted, one that is no list is a 400', async () => {
  expect((await shop.sendBatch([])).body).toEqual({ accepted: 0, skipped: 0, rejected: [] })
  for (const body of [{}, { events: null }, { events: { 0: anUpdate() } }, []]) {
    const answer = await shop.request('POST', BATCH, body)
    expectProblem(answer, 400, 'invalid_input')
    expect(paths(answer)).toEqual(['events'])
  }
})

test('a batch of up to 5 MB is accepted, a larger one is answered 413 and none of it is stored', async () => {
  const events = [1, 2, 3, 4, 5].map((n) => anUpdate({ id: 2000 + n, notes: 'x'.repeat(980_000) }))
  expect((await shop.sendBatch(events)).body).toMatchObject({ accepted: 5 })
  const larger = [1, 2, 3, 4, 5].map((n) => anUpdate({ id: 2000 + n, notes: 'x'.repeat(1_000_000) }))
  expectProblem(await shop.sendBatch(larger), 413, 'too_large')
  expect(await storedCount(String(larger[0]?.event_id))).toBe(0)
})
