import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const WEBHOOK = '/api/integrations/woocommerce/webhook/'

let server: TestServer
let shop: Shop
let controls = 0

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
// After each test the same process still acknowledges the next event.
afterEach(async () => {
  controls += 1
  expect((await shop.send(anUpdate({ id: 900_000 + controls }))).status).toBe(202)
})
afterAll(() => server.stop())

const sendRaw = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  shop.request('POST', WEBHOOK, body, headers)

async function counts(): Promise<object> {
  const [row] = await server.sql<object>(
    `select (select count(*) from events)::int as events, (select count(*) from event_ids)::int as ids`,
  )
  return row ?? {}
}

/** An update as JSON text in which one product field has this literal. */
function withLiteral(field: string, literal: string, eventId = 'literal'): string {
  const event = anUpdate({ id: 1, [field]: 'LITERAL' }, { event_id: eventId })
  return JSON.stringify(event).replace('"LITERAL"', () => literal)
}

async function storedProduct(id: number): Promise<Record<string, unknown>> {
  await server.settled()
  const [row] = await server.sql('select * from products where store_id = $1 and external_id = $2', [
    shop.storeId,
    `woo_${id}`,
  ])
  if (!row) throw new Error(`no product ${id}`)
  return row
}

const event = JSON.stringify(anUpdate({ id: 1 }, { event_id: 'raw' }))
const bytes = (text: string, encoding?: BufferEncoding) => Buffer.from(text, encoding)

test.each<[string, string | Uint8Array, string]>([
  ['truncated', event.slice(0, -10), 'malformed_json'],
  ['followed by garbage', `${event}garbage`, 'malformed_json'],
  ['two documents', `${event}\n${event}`, 'malformed_json'],
  ['nothing', '', 'malformed_json'],
  ['a single bracket', '[', 'malformed_json'],
  ['a form', 'event_id=raw&event_type=product.updated', 'malformed_json'],
  ['XML', '<event id="raw"/>', 'malformed_json'],
  ['a text', '"event"', 'invalid_input'],
  ['a number', '1', 'invalid_input'],
  ['not UTF-8: latin-1', bytes('{"event_id":"\xe9"}', 'latin1'), 'malformed_json'],
  ['not UTF-8: UTF-16', bytes(event, 'utf16le'), 'malformed_json'],
  ['not UTF-8: a cut character', Buffer.concat([bytes(event).subarray(0, 40), Buffer.of(0xd8)]), 'malformed_json'],
  ['20,000 levels of lists', '['.repeat(20_000) + ']'.repeat(20_000), 'malformed_json'],
  ['20,000 levels of objects', '{"a":'.repeat(20_000) + '1'.padEnd(20_001, '}'), 'malformed_json'],
  ['33 levels inside an event', event.replace('{', `{"deep":${'['.repeat(33)}${']'.repeat(33)},`), 'malformed_json'],
  ['with a prototype', event.replace('{', '{"__proto__":{"event_id":"other"},'), 'malformed_json'],
  ['with an escaped prototype', event.replace('{', '{"\\u005f_proto__":{"event_id":"other"},'), 'malformed_json'],
  ['with bare NUL bytes', event.replace('raw', 'r\0aw'), 'malformed_json'],
])('a body that is %s is a 400, and nothing is stored', async (_what, body, code) => {
  const before = await counts()
  expectProblem(await sendRaw(body), 400, code)
  expect(await counts()).toEqual(before)
})

test('a body of 10 MB is a 413, with and without its length announced', async () => {
  const before = await counts()
  const large = 'x'.repeat(10_000_000)
  expectProblem(await sendRaw(`{"event_id":"${large}"}`), 413, 'too_large')
  const chunks = new Response(large).body
  const chunked = await fetch(`${server.url}${WEBHOOK}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' },
    body: chunks,
    duplex: 'half',
  } as RequestInit)
  expect(chunked.status).toBe(413)
  expect(await counts()).toEqual(before)
})

test('a compressed body, a bomb or not, is a 415', async () => {
  for (const body of [gzipSync(event), gzipSync(Buffer.alloc(100_000_000))]) {
    expectProblem(await sendRaw(body, { 'content-encoding': 'gzip' }), 415, 'unsupported_encoding')
  }
})

test('a byte order mark is taken off', async () => {
  const body = JSON.stringify(anUpdate({ id: 2, name: 'With a mark' }))
  expect((await sendRaw(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), bytes(body)]))).status).toBe(202)
  expect(await sendRaw(body)).toMatchObject({ status: 200, body: { status: 'skipped' } })
  expect((await storedProduct(2)).name).toBe('With a mark')
})

test('of a key given twice the last counts', async () => {
  const body = JSON.stringify(anUpdate({ id: 3, name: 'Last' })).replace(
    '"name":"Last"',
    '"name":"First","name":"Last"',
  )
  expect((await sendRaw(body)).status).toBe(202)
  expect((await storedProduct(3)).name).toBe('Last')
})

test.each(['constructor', 'prototype', 'toString', 'hasOwnProperty'])(
  'the key %s is an ordinary unknown field',
  async (key) => {
    expect((await shop.send({ ...anUpdate({ id: 4, [key]: { x: 1 } }), [key]: 'y' })).status).toBe(202)
    expect(({} as { x?: unknown }).x).toBeUndefined()
  },
)

/** Text fields of a product that are stored as they come, with what makes a value of the right form. */
const TEXT_FIELDS: [field: string, form: (text: string) => unknown, stored: string][] = [
  ['name', (text) => text, 'name'],
  ['short_description', (text) => text, 'short_description'],
  ['description', (text) => text, 'description'],
  ['sku', (text) => text, 'sku'],
  ['categories', (text) => [text], 'categories'],
  ['tags', (text) => [text], 'tags'],
  ['attributes', (text) => [{ name: text, options: [text], variation: false }], 'attributes'],
  ['image', (text) => `https://shop.example/${text}`, 'image'],
  ['gallery', (text) => [`https://shop.example/${text}`], 'gallery'],
  ['permalink', (text) => `https://shop.example/${text}`, 'permalink'],
  ['status', (text) => text.slice(0, 40), 'status'],
  ['type', (text) => text.slice(0, 40), 'type'],
  ['catalog_visibility', (text) => text.slice(0, 40), 'catalog_visibility'],
  ['stock_status', (text) => text.slice(0, 40), 'stock_status'],
  ['product_hash', (text) => text.slice(0, 60), 'product_hash'],
]

const slug = encodeURIComponent('کفش‌ورزشی-'.repeat(12)).slice(0, 600)

test.each([
  ['a zero-width non-joiner', 'می‌خواهم', 'می‌خواهم'],
  ['emoji and their joiners', '👟👨‍👩‍👧🇮🇷', '👟👨‍👩‍👧🇮🇷'],
  ['marks of direction', '\u200fقیمت\u200e 12\u202b', '\u200fقیمت\u200e 12\u202b'],
  ['a percent-encoded slug of 600 characters', slug, slug],
  ['NUL, which is left out', 'a\0b\0', 'ab'],
  ['lone surrogates, which become U+FFFD', 'x\ud800y\udc00', 'x\ufffdy\ufffd'],
  ['quotes, backslashes and SQL', `'); drop table events; -- "\\u0000"`, `'); drop table events; -- "\\u0000"`],
])('every text field takes %s', async (_what, text, stored) => {
  expect(slug).toHaveLength(600)
  const id = 1000 + controls
  const product = Object.fromEntries(TEXT_FIELDS.map(([field, form]) => [field, form(text)]))
  const sent = anUpdate({ id, ...product }, { source: text.slice(0, 40) })
  expect((await shop.send(sent)).status).toBe(202)
  const row = await storedProduct(id)
  for (const [field, form, column] of TEXT_FIELDS) expect(row[column], field).toEqual(form(stored))
  const [log] = await server.sql<{ payload: { product: Record<string, unknown> }; source: string }>(
    'select payload, source from events where event_id = $1',
    [String(sent.event_id)],
  )
  expect(log?.source).toBe(stored.slice(0, 40))
  for (const [field, form] of TEXT_FIELDS) {
    expect(log?.payload.product[field], `payload ${field}`).toEqual(form(stored))
  }
  // The repaired event is the same event when it comes again.
  expect((await shop.send(sent)).status).toBe(200)
})

test('text of a variation takes the same round trip', async () => {
  const text = 'سایز‌بزرگ 👟'
  const variation = {
    id: 71,
    sku: `${text}\0`,
    attributes: { [`${text}\0`]: text },
    image: `https://x.example/${text}`,
  }
  expect((await shop.send(anUpdate({ id: 70, variations: [variation] }))).status).toBe(202)
  const { id } = await storedProduct(70)
  expect(
    await server.sql('select sku, attributes, image from product_variants where product_id = $1', [Number(id)]),
  ).toEqual([{ sku: text, attributes: { [text]: text }, image: `https://x.example/${text}` }])
})

test.each([
  ['a NUL', 'a\0b'],
  ['a line break', 'a\nb'],
  ['a lone surrogate', 'a\ud800b'],
])('an event id with %s is a 400 that names it, because it could be mistaken for another', async (_what, eventId) => {
  const answer = await shop.send(anUpdate({ id: 5 }, { event_id: eventId }))
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues[0].path).toBe('event_id')
})

test.each(['می‌خواهم-👟', 'a b/c?d=e&f', "' or 1=1 --", '../../etc/passwd', '%00'])(
  'an event id may be any other text: %s',
  async (eventId) => {
    const sent = anUpdate({ id: 6 }, { event_id: eventId })
    expect(await shop.send(sent)).toMatchObject({ status: 202, body: { event_id: eventId } })
    expect((await shop.send(sent)).status).toBe(200)
  },
)

test('10,000 categories are taken, 10,001 are a 400', async () => {
  const categories = (count: number) => Array.from({ length: count }, (_, n) => `دسته ${n}`)
  expect((await shop.send(anUpdate({ id: 7, categories: categories(10_000) }))).status).toBe(202)
  expect((await storedProduct(7)).categories).toHaveLength(10_000)
  const answer = await shop.send(anUpdate({ id: 7, categories: categories(10_001) }))
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues[0].path).toBe('product.categories')
})

test('a bomb of HTML is text in the end, and its product is found', async () => {
  const bomb = `${'<div>'.repeat(60_000)}trampoline${'</div>'.repeat(60_000)}`
  expect((await shop.send(anUpdate({ id: 8, name: 'Bomb', description: bomb }))).status).toBe(202)
  expect((await storedProduct(8)).description).toBe('trampoline')
  const unclosed = '<a href="'.repeat(90_000)
  expect((await shop.send(anUpdate({ id: 9, description: unclosed }))).status).toBe(202)
  await server.settled()
})

test.each([2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])('a product id of %d is exact', async (id) => {
  expect((await shop.send(anUpdate({ id }))).status).toBe(202)
  expect((await storedProduct(id)).external_id).toBe(`woo_${id}`)
})

test.each(['9007199254740992', '9007199254740993', '-1', '0', '"1"', '1.5', '1e400', 'null', 'true', '[1]', '{}'])(
  'a product id of %s is a 400 that names it',
  async (literal) => {
    const before = await counts()
    const answer = await sendRaw(withLiteral('id', literal))
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.issues[0].path).toBe('product.id')
    expect(await counts()).toEqual(before)
  },
)

const EXACT_PRICES: [literal: string, stored: string | null][] = [
  ['""', null],
  ['null', null],
  ['0', '0'],
  ['"0"', '0'],
  ['"0.00"', '0.00'],
  ['850000', '850000'],
  ['15.5', '15.5'],
  ['1e3', '1000'],
  ['1e-7', '0.0000001'],
  ['"۱۲۳٬۰۰۰"', '123000'],
  ['"١٢٣٬٤٥٦٫٧٨"', '123456.78'],
  ['"1,234,567.89"', '1234567.89'],
  ['1000000000000000', '1000000000000000'],
  ['"1000000000000000"', '1000000000000000'],
  ['"999999999999999.99999"', '999999999999999.99999'],
  ['99999999999.9999', '99999999999.9999'],
]

test.each(EXACT_PRICES)('a price of %s is stored to the digit', async (literal, stored) => {
  const eventId = `price ${literal}`
  expect((await sendRaw(withLiteral('price', literal, eventId))).status).toBe(202)
  expect((await storedProduct(1)).price).toBe(stored)
})

test.each([
  '1e400',
  '-1e400',
  'NaN',
  '"NaN"',
  '"Infinity"',
  '-1',
  '"-1"',
  '1000000000000001',
  '"1000000000000001"',
  '"1000000000000000.01"',
  '9007199254740993',
  '1234567890123456',
  '0.1234567890123456',
  '123456789012345678901234567890',
  '"1e3"',
  '"12 rials"',
  '"1.234,56"',
  '"0x10"',
  'true',
  '[850000]',
  '{"amount":850000}',
])('a price of %s is a 400 that names it, never capped and never rounded', async (literal) => {
  const before = await counts()
  for (const field of ['price', 'regular_price', 'sale_price']) {
    const answer = await sendRaw(withLiteral(field, literal))
    if (literal === 'NaN') expectProblem(answer, 400, 'malformed_json')
    else {
      expectProblem(answer, 400, 'invalid_input')
      expect(answer.body.issues[0].path).toBe(`product.${field}`)
    }
  }
  expect(await counts()).toEqual(before)
})

test('a price that is wrong in a variation is named with its place', async () => {
  const variations = [{ id: 1 }, { id: 2, price: '1e3', stock_quantity: 'many' }]
  const answer = await shop.send(anUpdate({ id: 10, variations }))
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues.map((issue: { path: string }) => issue.path)).toEqual([
    'product.variations.1.price',
    'product.variations.1.stock_quantity',
  ])
})

test.each([
  ['-5', -5, 'instock'],
  ['"-5"', -5, 'instock'],
  ['0', 0, 'instock'],
  ['2.5', 2.5, 'instock'],
  ['"۱۲"', 12, 'instock'],
  ['null', null, 'instock'],
])('a stock of %s is kept as it is', async (literal, quantity, status) => {
  expect((await sendRaw(withLiteral('stock_quantity', literal, `stock ${literal}`))).status).toBe(202)
  const row = await storedProduct(1)
  expect(row.stock_quantity === null ? null : Number(row.stock_quantity)).toBe(quantity)
  expect(row.stock_status).toBe(status)
})

test('a negative stock without a status is out of stock', async () => {
  const { stock_status, ...product } = anUpdate({ id: 11, stock_quantity: -5 }).product as Record<string, unknown>
  expect(stock_status).toBe('instock')
  expect((await shop.send(anUpdate({}, { product }))).status).toBe(202)
  expect((await storedProduct(11)).stock_status).toBe('outofstock')
})

test('an inexact number in an unknown field is a 400, because it would be stored with another value', async () => {
  const answer = await sendRaw(withLiteral('vendor_reference', '9007199254740993'))
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues[0].path).toBe('vendor_reference')
})

test.each(['yesterday', '2025-13-01T00:00:00Z', '2025-11-10T25:00:00Z', '1404-08-19T09:30:00', '12345', '-1'])(
  'without a version a date of %j is a 400 that names it',
  async (date) => {
    const answer = await shop.send(anUpdate({ id: 12, date_modified: date }, { version: undefined }))
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.issues[0].path).toBe('product.date_modified')
  },
)

test.each(['-1', '9007199254740992', '1.5', '"1"', 'true'])(
  'a version of %s is a 400 that names it',
  async (literal) => {
    const body = JSON.stringify(anUpdate({ id: 13 }, { version: 'LITERAL' })).replace('"LITERAL"', literal)
    const answer = await sendRaw(body)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.issues[0].path).toBe('version')
  },
)

test('a batch with all of these stores its valid events', async () => {
  const good = [anUpdate({ id: 20 }), anUpdate({ id: 21 })]
  const literals = ['1e400', '"cheap"', '-1', '9007199254740993', '[]', '{}', 'true']
  const bad = literals.map((literal, n) => withLiteral('price', literal, `bad-${n}`))
  const body = `{"events":[${[JSON.stringify(good[0]), ...bad, JSON.stringify(good[1])].join(',')}]}`
  const answer = await shop.request('POST', `${WEBHOOK}batch/`, body)
  expect(answer.status).toBe(202)
  expect(answer.body).toMatchObject({ accepted: 2, skipped: 0 })
  expect(answer.body.rejected.map((entry: { event_id: string }) => entry.event_id)).toEqual(
    literals.map((_, n) => `bad-${n}`),
  )
  for (const entry of answer.body.rejected) expect(entry.issues[0].path).toBe('product.price')
  expect(await server.sql(`select 1 from event_ids where event_id like 'bad-%'`)).toEqual([])
})

test('after all of it every event that was acknowledged is applied, and none is dead', async () => {
  await server.settled()
  expect(
    await server.sql(`select event_id, status, error from events where status not in ('processed', 'superseded')`),
  ).toEqual([])
  expect(await server.sql(`select 1 from knowledge_chunks where embedding_status <> 'stored'`)).toEqual([])
})
