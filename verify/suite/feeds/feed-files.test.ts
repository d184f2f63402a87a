import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type MadeFeed, makeFeed, readTsv } from '../../support/feeds.ts'
import { type Answer, call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop
let google: MadeFeed
let acp: MadeFeed
let llms: MadeFeed

const VARIANTS = 300
const LONG = 'بسیار '.repeat(400)

const ODD = {
  tabs: { id: 1, name: 'A\tB\nC\r\nD "quoted"', description: 'first\n\nsecond\tthird "x"', sku: 'S\t1' },
  html: { id: 2, name: '<b>Bold &amp; fine</b>', description: '<p>One</p><script>alert(1)</script><p>Two &lt;3</p>' },
  bidi: { id: 3, name: '\u202eevil\u202c \u2066x\u2069 نیم\u200cفاصله\u200b', description: '\u202etxt' },
  long: {
    id: 4,
    name: LONG,
    description: LONG.repeat(5),
    brand: LONG,
    categories: [LONG.slice(0, 900)],
    sku: 'M'.repeat(200),
  },
  persianDigits: { id: 5, name: 'قیمت فارسی', price: '۱٬۲۵۰٬۰۰۰', regular_price: '', sale_price: '', on_sale: false },
  free: { id: 6, name: 'Free', price: '0', regular_price: '0', sale_price: '', on_sale: false },
  callUs: { id: 7, name: 'Call us', price: '', regular_price: '', sale_price: '', on_sale: false },
  noImage: { id: 8, name: 'No image', image: '', gallery: [] },
  noLink: { id: 9, name: 'No link', permalink: '' },
  euro: {
    id: 10,
    name: 'In euro',
    price: '49.9',
    regular_price: '60',
    on_sale: true,
    currency: 'EUR',
    language: 'en-GB',
  },
  many: {
    id: 11,
    name: 'Three hundred',
    type: 'variable',
    attributes: [
      { name: 'Color', options: ['Red', 'Blue'], variation: true },
      { name: 'سایز', options: ['1', '2'], variation: true },
    ],
    variations: Array.from({ length: VARIANTS }, (_, at) => ({
      id: 1100 + at,
      sku: `V-${at}`,
      attributes: { Color: at % 2 ? 'Red' : 'Blue', سایز: String(at) },
      price: String(1_000 + at),
      regular_price: '',
      stock_status: at % 3 ? 'instock' : 'outofstock',
      image: at === 5 ? 'https://shop.example/v5.jpg' : '',
    })),
  },
  whole: {
    id: 12,
    name: 'کفش کامل',
    brand: 'نایک',
    gtin: '4006381333931',
    category_paths: [['پوشاک', 'کفش']],
    weight: '1.25',
    weight_unit: 'lbs',
    dimensions: { length: 300, width: 20, height: 0.5 },
    dimension_unit: 'mm',
    sale_ends_at: '2035-03-20T20:30:00+03:30',
    attributes: [
      { name: 'رنگ', options: ['قرمز', 'آبی'], variation: false },
      { name: 'جنس', options: ['چرم'], variation: false },
    ],
    gallery: ['https://shop.example/b,1.jpg', 'https://shop.example/c.jpg'],
    image_details: [{ url: 'https://shop.example/a.jpg', alt: 'کفش قرمز', width: 900, height: 600 }],
  },
  backorder: { id: 13, name: 'Later', stock_quantity: 0, stock_status: 'onbackorder' },
  wrongGtin: { id: 14, name: 'Invented code', gtin: '4006381333930', brand: '' },
  dear: { id: 15, name: 'Too dear', price: '900000000000000', regular_price: '', on_sale: false, currency: 'IRT' },
  strange: { id: 16, name: 'Strange money', currency: 'Gold' },
}

const HIDDEN = [
  { id: 50, name: 'Hidden', catalog_visibility: 'hidden' },
  { id: 51, name: 'Draft', status: 'draft' },
  { id: 52, name: 'Shop only', catalog_visibility: 'catalog' },
  { id: 53, name: 'Password', password_protected: true },
]

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop({ name: 'فروشگاه [نمونه]' })
  await server.admin('PATCH', `/api/v1/stores/${shop.storeId}/`, { site: 'https://shop.example' })
  const other = await server.newShop({ name: 'Other' })
  await other.send(anUpdate({ id: 1, name: 'Of another store' }))
  for (const product of [...Object.values(ODD), ...HIDDEN]) {
    const permalink = `https://shop.example/product/${product.id}/`
    const answer = await shop.send(anUpdate({ permalink, ...product }))
    expect([answer.status, answer.body.detail]).toEqual([202, undefined])
  }
  await server.settled()
  google = await makeFeed(server, shop.storeId, 'google', { target_country: 'IR' })
  acp = await makeFeed(server, shop.storeId, 'acp', { target_country: 'IR' })
  llms = await makeFeed(server, shop.storeId, 'llms')
})
afterAll(() => server.stop())

const read = async (path: string | undefined): Promise<Answer> => {
  const answer = await call(server.url, 'GET', path ?? '')
  expect(answer.status).toBe(200)
  return answer
}
const rows = async (feed = google) => readTsv((await read(feed.paths[0])).body)
const products = async (feed = acp) =>
  String((await read(feed.paths[0])).body)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('google.tsv', () => {
  /** The limits of Google's product data specification for the columns that we print. */
  const FIELDS: Record<string, RegExp> = {
    id: /^[\w]{1,50}$/,
    item_group_id: /^\w{0,50}$/,
    title: /^.{1,150}$/u,
    description: /^.{1,5000}$/su,
    link: /^https:\/\/\S{1,1990}$/,
    image_link: /^https:\/\/\S{1,1990}$/,
    additional_image_link: /^(https:\/\/[^\s,]+(,https:\/\/[^\s,]+){0,9})?$/,
    availability: /^(in_stock|out_of_stock|backorder)$/,
    price: /^\d{1,16}\.\d{2} [A-Z]{3}$/,
    sale_price: /^(\d{1,16}\.\d{2} [A-Z]{3})?$/,
    sale_price_effective_date: /^(\d{4}-\d\d-\d\dT\d\d:\d\dZ\/\d{4}-\d\d-\d\dT\d\d:\d\dZ)?$/,
    brand: /^.{0,70}$/u,
    gtin: /^(\d{8}|\d{12,14})?$/,
    mpn: /^.{0,70}$/u,
    identifier_exists: /^(yes|no)$/,
    condition: /^new$/,
    product_type: /^.{0,750}$/u,
    color: /^[^/]{0,40}(\/[^/]{1,40}){0,2}$/u,
    size: /^.{0,100}$/u,
    material: /^.{0,200}$/u,
    shipping_weight: /^(\d+(\.\d+)? (kg|g|lb|oz))?$/,
    shipping_length: /^(\d+(\.\d+)? (cm|in))?$/,
    shipping_width: /^(\d+(\.\d+)? (cm|in))?$/,
    shipping_height: /^(\d+(\.\d+)? (cm|in))?$/,
  }

  test('each field of each line keeps to its length, form and words', async () => {
    const all = await rows()
    expect(all.length).toBeGreaterThan(VARIANTS)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const row of all) {
      expect(Object.keys(row)).toEqual(Object.keys(FIELDS))
      for (const [name, form] of Object.entries(FIELDS)) expect(row[name], `${row.id} ${name}`).toMatch(form)
      // Characters that change what a person sees.
      expect(Object.values(row).join(''), row.id).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\t\r\n]/)
    }
  })

  test('tabs, line ends, quotation marks and HTML do not break a line', async () => {
    const byId = new Map((await rows()).map((row) => [row.id, row]))
    expect(byId.get('1')).toMatchObject({
      title: 'A B C D "quoted"',
      description: 'first second third "x"',
      mpn: 'S 1',
      identifier_exists: 'no',
    })
    expect(byId.get('2')).toMatchObject({ title: 'Bold & fine', description: 'One Two <3' })
    expect(byId.get('3')).toMatchObject({ title: 'evil x نیم\u200cفاصله' })
  })

  test('prices are exact in ISO currencies; a sale keeps the price before it', async () => {
    const byId = new Map((await rows()).map((row) => [row.id, row]))
    expect(byId.get('5')).toMatchObject({ price: '12500000.00 IRR', sale_price: '' })
    expect(byId.get('10')).toMatchObject({ price: '60.00 EUR', sale_price: '49.90 EUR' })
    expect(byId.get('12')).toMatchObject({ price: '9500000.00 IRR', sale_price: '8500000.00 IRR' })
    expect(byId.get('12')?.sale_price_effective_date).toMatch(/^20\d\d-.*Z\/2035-03-20T17:00Z$/)
    expect(byId.get('11_1107')).toMatchObject({ price: '10070.00 IRR', sale_price: '' })
  })

  test('brand, code, category, attributes, images and measures of a whole product', async () => {
    const row = (await rows()).find(({ id }) => id === '12')
    expect(row).toMatchObject({
      item_group_id: '',
      link: 'https://shop.example/product/12/',
      image_link: 'https://shop.example/a.jpg',
      additional_image_link: 'https://shop.example/b%2C1.jpg,https://shop.example/c.jpg',
      availability: 'in_stock',
      brand: 'نایک',
      gtin: '4006381333931',
      identifier_exists: 'yes',
      product_type: 'پوشاک > کفش',
      color: 'قرمز/آبی',
      material: 'چرم',
      shipping_weight: '1.25 lb',
      shipping_length: '30 cm',
      shipping_width: '2 cm',
      shipping_height: '0.05 cm',
    })
    const odd = (await rows()).filter(({ id }) => id === '13' || id === '14')
    expect(odd).toMatchObject([{ availability: 'backorder' }, { gtin: '', identifier_exists: 'no' }])
  })

  test('a product with variations has a line for each, with its own price, stock, choices and image', async () => {
    const own = (await rows()).filter(({ item_group_id: group }) => group === '11')
    expect(own).toHaveLength(VARIANTS)
    expect(own[5]).toMatchObject({
      id: '11_1105',
      title: 'Three hundred - Red / 5',
      color: 'Red',
      size: '5',
      mpn: 'V-5',
      image_link: 'https://shop.example/v5.jpg',
      availability: 'in_stock',
    })
    expect(own[6]).toMatchObject({ availability: 'out_of_stock', image_link: 'https://shop.example/a.jpg' })
  })

  test('what the shop does not show, and what the format does not take, is absent and counted with its reason', async () => {
    const ids = new Set((await rows()).map(({ id }) => id))
    for (const id of ['6', '7', '8', '9', '15', '16', '50', '51', '52', '53']) expect(ids.has(id), id).toBe(false)
    const { body } = await server.admin('GET', `/api/v1/feeds/${google.id}/coverage/`)
    expect(body).toMatchObject({ products: 16, included: 10, items: ids.size })
    const reasons = body.left_out.map(({ reason, products: count, examples }: Record<string, unknown[]>) => [
      reason,
      count,
      (examples as { name: string }[]).map(({ name }) => name),
    ])
    expect(Object.fromEntries(reasons.map(([reason, ...rest]: unknown[]) => [reason, rest]))).toEqual({
      no_price: [2, ['Free', 'Call us']],
      no_image: [1, ['No image']],
      no_link: [1, ['No link']],
      price_too_high: [1, ['Too dear']],
      no_currency: [1, ['Strange money']],
    })
  })

  test('a feed for one currency or language leaves out the products of others', async () => {
    const euro = await rows(await makeFeed(server, shop.storeId, 'google', { currency: 'EUR' }))
    expect(euro.map(({ id }) => id)).toEqual(['10'])
    const persian = await makeFeed(server, shop.storeId, 'google', { language: 'fa' })
    // A product without a language is in the feeds of all languages.
    expect((await rows(persian)).map(({ id }) => id)).not.toContain('10')
    expect((await rows(persian)).map(({ id }) => id)).toContain('12')
    const { body } = await server.admin('GET', `/api/v1/feeds/${persian.id}/coverage/`)
    expect(body.left_out).toContainEqual({
      reason: 'other_language',
      products: 1,
      examples: [{ id: expect.any(Number), name: 'In euro' }],
    })
  })
})

describe('products.jsonl and metadata.json', () => {
  /** The schema of the Agentic Commerce Protocol of 2026-04-17: the known fields, and the required ones with an asterisk. */
  const PRODUCT = ['id*', 'title', 'description', 'url', 'media', 'variants*']
  const VARIANT = [
    ...['id*', 'title*', 'description', 'url', 'barcodes', 'price', 'list_price', 'unit_price', 'availability'],
    ...['categories', 'condition', 'variant_options', 'media', 'seller', 'marketplace'],
  ]
  const keysFit = (value: object, fields: string[]) => {
    const known = fields.map((field) => field.replace('*', ''))
    for (const key of Object.keys(value)) expect(known).toContain(key)
    for (const field of fields) if (field.endsWith('*')) expect(Object.keys(value)).toContain(field.slice(0, -1))
  }

  test('each line is a product of the schema, with no other field', async () => {
    const all = await products()
    expect(all.map(({ id }) => id)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
      '12',
      '13',
      '14',
      '15',
      '16',
    ])
    for (const product of all) {
      keysFit(product, PRODUCT)
      expect(product.title.length).toBeLessThanOrEqual(150)
      keysFit(product.description, ['plain*'])
      expect(product.variants.length).toBeGreaterThan(0)
      for (const image of product.media ?? []) keysFit(image, ['type*', 'url*', 'alt_text', 'width', 'height'])
      for (const variant of product.variants) {
        keysFit(variant, VARIANT)
        for (const price of [variant.price, variant.list_price]) {
          if (price === undefined) continue
          keysFit(price, ['amount*', 'currency*'])
          expect(Number.isSafeInteger(price.amount) && price.amount > 0).toBe(true)
          expect(price.currency).toMatch(/^[A-Z]{3}$/)
        }
        keysFit(variant.availability, ['available', 'status'])
        for (const option of variant.variant_options ?? []) keysFit(option, ['name*', 'value*'])
        for (const barcode of variant.barcodes ?? []) keysFit(barcode, ['type*', 'value*'])
        for (const category of variant.categories ?? []) keysFit(category, ['value*', 'taxonomy'])
        keysFit(variant.seller, ['name', 'links'])
        for (const link of variant.seller.links ?? []) keysFit(link, ['type*', 'title', 'url*'])
      }
    }
  })

  test('prices are minor units, a product without a price cannot be bought, images have their texts and sizes', async () => {
    const byId = new Map((await products()).map((product) => [product.id, product]))
    expect(byId.get('12').variants[0]).toMatchObject({
      price: { amount: 850_000_000, currency: 'IRR' },
      list_price: { amount: 950_000_000, currency: 'IRR' },
      barcodes: [{ type: 'GTIN', value: '4006381333931' }],
      categories: [{ value: 'پوشاک > کفش', taxonomy: 'merchant' }],
      seller: { name: 'فروشگاه [نمونه]', links: [{ type: 'shop', url: 'https://shop.example/' }] },
    })
    expect(byId.get('12').media[0]).toEqual({
      type: 'image',
      url: 'https://shop.example/a.jpg',
      alt_text: 'کفش قرمز',
      width: 900,
      height: 600,
    })
    for (const id of ['6', '7', '15']) {
      expect(byId.get(id).variants[0].price).toBeUndefined()
      expect(byId.get(id).variants[0].availability.available).toBe(false)
    }
    expect(byId.get('11').variants).toHaveLength(VARIANTS)
    expect(byId.get('11').variants[5].variant_options).toEqual([
      { name: 'Color', value: 'Red' },
      { name: 'سایز', value: '5' },
    ])
  })

  test('the metadata has the country and the time of the last change', async () => {
    const { body, headers } = await read(acp.paths[1])
    expect(headers.get('content-type')).toContain('application/json')
    keysFit(body, ['id*', 'target_country', 'updated_at'])
    expect(body.target_country).toBe('IR')
    expect(Date.parse(body.updated_at)).toBeGreaterThan(0)
  })
})

test('llms.txt names the shop, its categories, its MCP address if it has one, and its products', async () => {
  const text: string = (await read(llms.paths[0])).body
  const lines = text.split('\n')
  expect(lines[0]).toBe('# فروشگاه \\[نمونه\\]')
  expect(lines[2]).toMatch(/^> \S/)
  expect(text).toContain('- کفش (')
  expect(text).toContain('- [کفش کامل](https://shop.example/product/12/): ۸۵۰٬۰۰۰ تومان\n')
  expect(text).not.toContain('/mcp/')
  for (const absent of ['Hidden', 'Draft', 'Shop only', 'No link', 'another store']) expect(text).not.toContain(absent)
  const made = await server.admin('POST', `/api/v1/stores/${shop.storeId}/public-address/`)
  expect((await read(llms.paths[0])).body).toContain(`](${made.body.address})`)
})
