/** Details that agents read beside texts, price and stock: brand, barcodes, rating, paths, image texts, measures, quantities, end of a sale. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callTool, rpc } from '../../support/agents.ts'
import { anUpdate } from '../../support/events.ts'
import { startTestServer, type TestServer } from '../../support/test-server.ts'
import { schemaFaults, ucpFaults } from '../../support/ucp-schemas.ts'

let server: TestServer
let token: string
let schemas: Record<string, object>

const SHOE = {
  id: 1,
  sku: 'SHOE',
  name: 'کفش کوهنوردی',
  image: 'https://shop.example/a.jpg',
  gallery: ['https://shop.example/b.jpg', 'https://shop.example/c.jpg'],
  categories: ['کفش', 'حراج'],
  category_paths: [['پوشاک', 'کفش']],
  gtin: '4006381333931',
  brand: 'نایک',
  image_details: [
    { url: 'https://shop.example/a.jpg', alt: 'کفش \u202eقرمز', width: 1200, height: 900 },
    { url: 'https://shop.example/b.jpg', alt: '', width: 600, height: null },
  ],
  average_rating: '4.5',
  review_count: 12,
  weight: '1.25',
  weight_unit: 'kg',
  dimensions: { length: '30', width: '20', height: '' },
  dimension_unit: 'cm',
  on_sale: true,
  sale_ends_at: '2099-01-01T00:00:00Z',
  min_quantity: 2,
  max_quantity: 10,
  language: 'fa-IR',
  // A shop that does not count, or sells beyond its stock.
  stock_quantity: 0,
  stock_status: 'instock',
}
const SHIRT = {
  id: 2,
  sku: 'SHIRT',
  name: 'Shirt',
  gtin: '4006381333932',
  on_sale: true,
  sale_ends_at: '2001-01-01T00:00:00Z',
  weight: '1',
  average_rating: '5',
  review_count: 0,
  attributes: [{ name: 'Colour', options: ['Red', 'Blue'], variation: true }],
  variations: [
    {
      id: 21,
      price: '5',
      gtin: '9780306406157',
      attributes: { Colour: 'Red' },
      image: 'https://shop.example/r.jpg',
      image_alt: 'A red shirt',
      weight: '2',
      min_quantity: 3,
    },
    { id: 22, price: '6', attributes: { Colour: 'Blue' } },
  ],
}

beforeAll(async () => {
  server = await startTestServer()
  const shop = await server.newShop()
  token = await server.knowledgeToken()
  for (const product of [SHOE, SHIRT]) expect((await shop.send(anUpdate(product))).status).toBe(202)
  await server.settled()
  const { body } = await rpc(server, token, 'tools/list')
  schemas = Object.fromEntries(
    body.result.tools.map((tool: { name: string; outputSchema: object }) => [tool.name, tool.outputSchema]),
  )
})
afterAll(() => server.stop())

// biome-ignore lint/suspicious/noExplicitAny: an answer of a tool, checked against its schema
async function use(name: string, args: unknown): Promise<any> {
  const answer = await callTool(server, token, name, args)
  const { structuredContent, isError } = answer.body.result
  expect(isError, JSON.stringify(answer.body)).toBeUndefined()
  expect(schemaFaults(schemas[name] as object, structuredContent)).toEqual([])
  return structuredContent
}

test('a whole product has brand, rating, barcode, paths, image texts and sizes, measures, quantities and the end of its sale', async () => {
  const answer = await use('get_product', { catalog: { id: '4006381333931' } })
  expect(ucpFaults('product', answer)).toEqual([])
  expect(answer.product).toMatchObject({
    rating: { value: 4.5, scale_min: 1, scale_max: 5, count: 12 },
    categories: [
      { value: 'پوشاک > کفش', taxonomy: 'merchant' },
      { value: 'حراج', taxonomy: 'merchant' },
    ],
    media: [
      { url: 'https://shop.example/a.jpg', alt_text: 'کفش قرمز', width: 1200, height: 900 },
      { url: 'https://shop.example/b.jpg', alt_text: 'کفش کوهنوردی' },
      { url: 'https://shop.example/c.jpg', alt_text: 'کفش کوهنوردی' },
    ],
    variants: [{ barcodes: [{ type: 'GTIN', value: '4006381333931' }] }],
    metadata: {
      brand: 'نایک',
      weight: { value: 1.25, unit: 'kg' },
      dimensions: { length: 30, width: 20, unit: 'cm' },
      min_quantity: 2,
      max_quantity: 10,
      sale_ends_at: '2099-01-01T00:00:00.000Z',
      language: 'fa-IR',
    },
  })
  expect(answer.product.media[1], 'a size of which one side is unknown').not.toHaveProperty('width')
})

test('a list in a Persian text has Persian commas, and "in stock" has no quantity of 0', async () => {
  const { results } = await use('search', { query: 'کفش کوهنوردی' })
  const { text } = await use('fetch', { id: results[0].id })
  expect(text).toContain('دسته‌ها: پوشاک > کفش، حراج')
  expect(text).not.toMatch(/\p{Script=Arabic}, /u)
  expect(text).toContain('موجودی: موجود\n')
  const { product } = await use('get_product', { catalog: { id: 'SHOE' } })
  expect(product.metadata).toMatchObject({ in_stock: true })
  expect(product.metadata).not.toHaveProperty('stock_quantity')
})

test('a wrong check digit, a sale that is over, a weight without a unit and a rating without reviews are not told', async () => {
  const { product } = await use('get_product', { catalog: { id: 'SHIRT' } })
  expect(product).not.toHaveProperty('rating')
  for (const name of ['sale_ends_at', 'weight', 'brand', 'min_quantity'])
    expect(product.metadata).not.toHaveProperty(name)
  const [red, blue] = product.variants
  expect(red).toMatchObject({
    barcodes: [{ type: 'GTIN', value: '9780306406157' }],
    media: [{ url: 'https://shop.example/r.jpg', alt_text: 'A red shirt' }],
    metadata: { min_quantity: 3 },
  })
  expect(blue).not.toHaveProperty('barcodes')
})

test('a GTIN names a variation in a look-up, and a category of an answer is a filter of the next search', async () => {
  const looked = await use('lookup_catalog', { catalog: { ids: ['978-0-306-40615-7', '۴۰۰۶۳۸۱۳۳۳۹۳۱'] } })
  expect(ucpFaults('lookup', looked)).toEqual([])
  const inputs = looked.products.flatMap((product: { variants: { inputs: object[] }[] }) => product.variants[0]?.inputs)
  expect(inputs).toEqual([
    { id: '۴۰۰۶۳۸۱۳۳۳۹۳۱', match: 'exact' },
    { id: '978-0-306-40615-7', match: 'exact' },
  ])
  for (const category of ['پوشاک > کفش', 'پوشاک', 'حراج']) {
    const found = await use('search_catalog', { catalog: { filters: { categories: [category] } } })
    expect(ucpFaults('search', found)).toEqual([])
    expect([category, found.products.map((product: { title: string }) => product.title)]).toEqual([
      category,
      [SHOE.name],
    ])
  }
})

test('fetch tells the details in the language of the product', async () => {
  const { id } = (await use('get_product', { catalog: { id: 'SHOE' } })).product
  const { text, metadata } = await use('fetch', { id })
  for (const line of [
    'دسته‌ها: پوشاک > کفش، حراج',
    'برند: نایک',
    'GTIN: 4006381333931',
    'امتیاز: 4.5 / 5 (12 دیدگاه)',
    'وزن: 1.25 kg',
    'ابعاد: طول 30، عرض 20 cm',
    'پایان قیمت فروش ویژه: 2099-01-01T00:00:00.000Z',
    'کمترین تعداد در یک سفارش: 2',
    'بیشترین تعداد در یک سفارش: 10',
  ])
    expect(text.split('\n')).toContain(line)
  expect(metadata).toMatchObject({ gtin: '4006381333931', brand: 'نایک', rating: { value: 4.5, count: 12 } })
})
