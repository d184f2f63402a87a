import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const BATCH = '/api/integrations/woocommerce/webhook/batch/'
const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const LONG = 'بسیار very <b>long</b>\n'.repeat(400)

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

interface Entry {
  index: number
  event_id: string | null
  error: string
  detail: string
  issues: { path: string; detail: string }[]
}

async function rejected(event: unknown, language = 'en'): Promise<Entry> {
  const body = typeof event === 'string' ? `{"events":[${event}]}` : { events: [event] }
  const answer = await shop.request('POST', BATCH, body, { 'accept-language': language })
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  expect(answer.body.rejected, JSON.stringify(answer.body)).toHaveLength(1)
  return answer.body.rejected[0]
}

/** A product of this kind, as JSON text where a number is larger than JavaScript's. */
const withLiteral = (field: string, literal: string) =>
  JSON.stringify(anUpdate({ id: 1, [field]: 'LITERAL' })).replace('"LITERAL"', literal)

const variations = (change: object) => [{ id: 413 }, { id: 414 }, { id: 415, ...change }]
const SAVE = 'correct it in the shop and save the product.'
const AMOUNT = 'an amount of 0 or more with at most 15 digits, such as 850000 or 15.50'

const REFUSED: [what: string, event: unknown, path: string, english: string, persian: RegExp][] = [
  [
    'a price',
    anUpdate({ id: 1, price: '12 rials' }),
    'product.price',
    `The price must be ${AMOUNT}, but the shop sent “12 rials”: ${SAVE}`,
    /^قیمت باید مبلغی .* باشد، ولی فروشگاه «\u206812 rials\u2069» فرستاده است/,
  ],
  [
    'a price below zero',
    anUpdate({ id: 1, sale_price: -1 }),
    'product.sale_price',
    `The sale price must be ${AMOUNT}, but the shop sent -1: ${SAVE}`,
    /^قیمت فروش ویژه باید/,
  ],
  [
    'a price of a variation',
    anUpdate({ id: 1, variations: variations({ price: '1e3' }) }),
    'product.variations.2.price',
    `The price of variation 3 (#415) must be ${AMOUNT}, but the shop sent “1e3”: ${SAVE}`,
    /^قیمت متغیر ۳ \(شناسهٔ ۴۱۵\) باید/,
  ],
  [
    'a price of a variation in PHP’s list with gaps',
    anUpdate({ id: 1, variations: { 4: { id: 9 }, 7: { id: 8000, regular_price: 'x' } } }),
    'product.variations.7.regular_price',
    `The regular price of variation 2 (#8000) must be ${AMOUNT}, but the shop sent “x”: ${SAVE}`,
    /^قیمت عادی متغیر ۲ \(شناسهٔ ۸۰۰۰\)/,
  ],
  [
    'a price with too many digits',
    withLiteral('price', '3.33333333333333333'),
    'product.price',
    'The price has more than 15 digits (3.33333333333333333): round it in the shop and save the product.',
    /^قیمت بیش از ۱۵ رقم دارد/,
  ],
  [
    'a stock',
    anUpdate({ id: 1, stock_quantity: 'many' }),
    'product.stock_quantity',
    `The stock quantity must be a number, such as 12, or empty, but the shop sent “many”: ${SAVE}`,
    /^تعداد موجودی باید یک عدد/,
  ],
  [
    'a name of white space',
    anUpdate({ id: 1, name: ' \n' }),
    'product.name',
    'The product has no name: give it a name in the shop and save it.',
    /^محصول نام ندارد/,
  ],
  [
    'no name',
    { ...anUpdate(), product: { id: 1 } },
    'product.name',
    'The product has no name: give it a name in the shop and save it.',
    /^محصول نام ندارد/,
  ],
  [
    'PHP’s null for a name',
    anUpdate({ id: 1, name: null }),
    'product.name',
    'The product has no name: give it a name in the shop and save it.',
    /^محصول نام ندارد/,
  ],
  [
    'a name of markup',
    anUpdate({ id: 1, name: '[vc_row]' }),
    'product.name',
    'The name “[vc_row]” has no readable characters: give it a name in the shop and save it.',
    /^از نام «\u2068\[vc_row\]\u2069» چیزی برای خواندن نمی‌ماند/,
  ],
  [
    'a long name',
    anUpdate({ id: 1, name: 'x'.repeat(5001) }),
    'product.name',
    'The name has 5,001 characters, and at most 5,000 are possible: shorten it in the shop and save the product.',
    /^نام ۵٬۰۰۱ نویسه دارد و حداکثر ۵٬۰۰۰ ممکن است/,
  ],
  [
    'a list for a name',
    anUpdate({ id: 1, name: ['x'] }),
    'product.name',
    `The name must be a text, but the shop sent a list: ${SAVE}`,
    /^نام باید یک متن باشد، ولی فروشگاه یک فهرست فرستاده است/,
  ],
  [
    'a description that is no text',
    anUpdate({ id: 1, description: { rendered: LONG } }),
    'product.description',
    `The description must be a text, but the shop sent several values: ${SAVE}`,
    /^توضیحات باید یک متن/,
  ],
  [
    'tags that are no list',
    anUpdate({ id: 1, tags: LONG }),
    'product.tags',
    `The tags must be a list, but the shop sent “${shown(LONG)}”: ${SAVE}`,
    /^برچسب‌ها باید یک فهرست/,
  ],
  [
    'a category that is no text',
    anUpdate({ id: 1, categories: ['Tea', { name: 'Coffee' }] }),
    'product.categories.1',
    `Category 2 must be a text, but the shop sent several values: ${SAVE}`,
    /^دستهٔ ۲ باید یک متن/,
  ],
  [
    'too many tags',
    anUpdate({ id: 1, tags: Array(10_001).fill('x') }),
    'product.tags',
    'The product has 10,001 tags, and at most 10,000 are possible: remove some in the shop and save the product.',
    /^محصول ۱۰٬۰۰۱ برچسب دارد و حداکثر ۱۰٬۰۰۰ ممکن است/,
  ],
  [
    'too many variations',
    anUpdate({ id: 1, variations: Array.from({ length: 1001 }, (_, at) => ({ id: at + 1 })) }),
    'product.variations',
    'The product has 1,001 variations, and at most 1,000 are possible: remove some in the shop and save the product.',
    /^محصول ۱٬۰۰۱ متغیر دارد/,
  ],
  [
    'an option that is no text',
    anUpdate({ id: 1, attributes: [{ name: 'Colour', options: ['red', [LONG]] }] }),
    'product.attributes.0.options.1',
    `Option 2 of attribute 1 “Colour” must be a text, but the shop sent a list: ${SAVE}`,
    /^گزینهٔ ۲ ویژگی ۱ «\u2068Colour\u2069» باید یک متن/,
  ],
  [
    'an attribute without a name',
    anUpdate({ id: 1, attributes: [{ name: 'Size', options: [] }, { options: ['x'] }] }),
    'product.attributes.1.name',
    `The name of attribute 2 must be a text, but the shop sent an empty value: ${SAVE}`,
    /^نام ویژگی ۲ باید یک متن/,
  ],
  [
    'a variation’s attribute whose name has points',
    anUpdate({ id: 1, variations: [{ id: 7, attributes: { 'a.b.c': { x: 1 } } }] }),
    'product.variations.0.attributes.a.b.c',
    `Attribute “a.b.c” of variation 1 (#7) must be a text, but the shop sent several values: ${SAVE}`,
    /^ویژگی «\u2068a\.b\.c\u2069» متغیر ۱ \(شناسهٔ ۷\)/,
  ],
  [
    'an image',
    anUpdate({ id: 1, image: `https://a.example/${'x'.repeat(5000)}` }),
    'product.image',
    'The image has 5,018 characters, and at most 5,000 are possible: shorten it in the shop and save the product.',
    /^تصویر ۵٬۰۱۸ نویسه دارد/,
  ],
  [
    'a word for yes or no',
    anUpdate({ id: 1, on_sale: 'perhaps' }),
    'product.on_sale',
    `The on-sale mark must be yes or no, but the shop sent “perhaps”: ${SAVE}`,
    /^نشان حراج باید بله یا خیر/,
  ],
  [
    'a product without an id',
    { ...anUpdate(), product: { name: 'x' } },
    'product.id',
    'The plugin sent the id of the product in an unsupported form (an empty value): update the Fiko Sync plugin; if that does not help, contact the operator of the server.',
    /^افزونه شناسهٔ محصول را به شکلی فرستاده/,
  ],
  [
    'a variation without an id',
    anUpdate({ id: 1, variations: [{ id: 0 }] }),
    'product.variations.0.id',
    'The plugin sent the id of variation 1 in an unsupported form (0): update the Fiko Sync plugin; if that does not help, contact the operator of the server.',
    /^افزونه شناسهٔ متغیر ۱/,
  ],
  [
    'an event type',
    { ...anUpdate(), event_type: 'product.sold' },
    'event_type',
    'The plugin sent the event type in an unsupported form (“product.sold”): update the Fiko Sync plugin; if that does not help, contact the operator of the server.',
    /^افزونه نوع رویداد را/,
  ],
  [
    'no event',
    'null',
    'body',
    'The plugin sent the event in an unsupported form (an empty value): update the Fiko Sync plugin; if that does not help, contact the operator of the server.',
    /^افزونه رویداد را/,
  ],
  [
    'a version of the future',
    { ...anUpdate({ id: 1 }), version: Number.MAX_SAFE_INTEGER },
    'version',
    'The date of this change is more than 24 hours in the future: the clock of the shop’s server is wrong. Ask the hosting provider to correct it, then save the product again.',
    /^تاریخ تغییر محصول بیش از ۲۴ ساعت جلوتر است، پس ساعت سرور فروشگاه درست نیست/,
  ],
  [
    'a number that another plugin added',
    withLiteral('vendor_reference', '9007199254740993'),
    'vendor_reference',
    'The field “vendor_reference” has a number of more than 15 digits: round it in the shop (another plugin may have added it) and save the product.',
    /^فیلد «\u2068vendor_reference\u2069» عددی با بیش از ۱۵ رقم دارد/,
  ],
]

function shown(text: string): string {
  return `${[...text.replaceAll(/\s+/g, ' ')].slice(0, 60).join('')}…`
}

test.each(REFUSED)('%s is refused with a sentence for the owner', async (_what, event, path, english, persian) => {
  const entry = await rejected(event)
  expect(entry).toMatchObject({ index: 0, error: 'invalid_input' })
  expect(entry.detail).toBe(english)
  expect(entry.issues[0]?.path).toBe(path)
  const translated = await rejected(event, 'fa')
  expect(translated.detail).toMatch(persian)
  expect(translated.issues.map((issue) => issue.path)).toEqual(entry.issues.map((issue) => issue.path))
  for (const { detail } of [entry, translated]) {
    expect(detail.length).toBeLessThan(330)
    expect(detail, 'no path').not.toMatch(/product\.\w+\.|variations\.\d/)
  }
})

test('an event alone is refused with the same sentence as in a batch', async () => {
  const event = anUpdate({ id: 1, variations: variations({ price: LONG.slice(0, 70) }) })
  const alone = await shop.request('POST', WEBHOOK, event)
  const entry = await rejected(event)
  expect(alone).toMatchObject({ status: 400, body: { error: 'invalid_input', detail: entry.detail } })
  expect(alone.body.issues).toEqual(entry.issues)
})

test('a value of any length and form is cut to 60 characters, on one line and well-formed', async () => {
  for (const price of [
    `${'👟'.repeat(40)}`,
    `\u0000\u0001${'\t'.repeat(9)}x`,
    `${'x'.repeat(59)}👟👟`,
    '‮evil'.repeat(16),
  ]) {
    const { detail } = await rejected(anUpdate({ id: 1, price }))
    expect(detail.isWellFormed()).toBe(true)
    expect(detail).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
    const value = /“(.*)”/su.exec(detail)?.[1] ?? ''
    expect([...value].length, value).toBeLessThanOrEqual(61)
  }
})

test('a product whose lists are too large is refused with the name of the list, not of a text that was left out', async () => {
  const options = Array.from({ length: 9000 }, (_, index) => `${index} ${'wide '.repeat(50)}`)
  const event = anUpdate({ id: 1, description: 'x'.repeat(2_400_000), attributes: [{ name: 'Size', options }] })
  const entry = await rejected(event)
  expect(entry).toMatchObject({ error: 'too_large', issues: [{ path: 'product.attributes' }] })
  expect(entry.detail).toBe(
    'The product is larger than 1 MB even without its texts, and the attributes alone take 2.3 MB: remove some in the shop and save the product.',
  )
  expect((await rejected(event, 'fa')).detail).toMatch(/ویژگی‌ها به‌تنهایی ۲٫۳ مگابایت است/)
})

test('every other refusal names a path, too: a conflict, numbers that grow, a fault of ours', async () => {
  const event = anUpdate({ id: 1 }, { event_id: `taken-${'x'.repeat(90)}` })
  await shop.send(event)
  const conflict = await rejected({ ...event, product: { id: 1, name: 'Other' } })
  expect(conflict).toMatchObject({ error: 'event_id_conflict', issues: [{ path: 'event_id' }] })
  expect(conflict.detail).toMatch(
    /^This change was already sent with different content \(event id “taken-x{54}…”\): save/,
  )

  const grown = JSON.stringify(anUpdate({ id: 1, ratings: Array(150_000).fill(1e20) })).replaceAll(
    `1${'0'.repeat(20)}`,
    '1e20',
  )
  expect(await rejected(grown)).toMatchObject({ error: 'too_large', issues: [{ path: 'product' }] })

  await server.sql(`alter table events add constraint no_poison check (event_id <> 'poison')`)
  const fault = await rejected(anUpdate({ id: 2 }, { event_id: 'poison' }))
  await server.sql('alter table events drop constraint no_poison')
  expect(fault).toMatchObject({ error: 'internal', issues: [{ path: 'body', detail: fault.detail }] })
})

test('the reason of a text that the provider refused names the next step, with 60 characters of the provider’s message', async () => {
  await shop.send(anUpdate({ id: 77, name: 'Refused text' }))
  await server.settled()
  await server.sql(
    `update knowledge_chunks set embedding_status = 'refused', embedding_error = $1
      where product_id = (select id from products where external_id = 'woo_77')`,
    [`the provider answered 400: ${'too long '.repeat(100)}`],
  )
  const ask = async (language: string) => {
    const body = { product_ids: [77] }
    const path = '/api/integrations/woocommerce/status/'
    return (await shop.request('POST', path, body, { 'accept-language': language })).body.results[0]
  }
  const { state, last_error: english } = await ask('en')
  expect(state).toBe('failed')
  expect(english).toMatch(
    /^The embedding provider refused a text of this product \(“the provider answered 400: too .{1,40}…”\), so .* save the product\.$/,
  )
  expect((await ask('fa')).last_error).toMatch(/^سرویس بردار معنایی یکی از متن‌های این محصول را نپذیرفت/)
})
