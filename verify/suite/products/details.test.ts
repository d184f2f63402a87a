import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop
beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const apply = async (product: Record<string, unknown>) => {
  const answer = await shop.send(anUpdate(product))
  expect([answer.status, answer.body.detail]).toEqual([202, undefined])
  await server.settled()
}

const detailOf = async (id: number) => {
  const { body } = await server.admin('GET', `/api/v1/web-knowledge/products/?store_id=${shop.storeId}&limit=200`)
  const { id: ours } = body.results.find((product: { external_id: string }) => product.external_id === `woo_${id}`)
  return (await server.admin('GET', `/api/v1/web-knowledge/products/${ours}/`)).body
}

const SHOE = {
  gtin: '۴-۰۰۶۳۸۱-۳۳۳۹۳-۱',
  brand: ' <b>نایک</b> &amp; Co ',
  category_paths: [['پوشاک', 'کفش'], ['حراج']],
  image_details: [
    { url: '//cdn.example/a.jpg', alt: 'کفش <i>قرمز</i>', width: '1200', height: 900 },
    { url: 'https://cdn.example/b.jpg', alt: '', width: 0, height: null },
    { url: 'ftp://cdn.example/c.jpg', alt: 'no web address' },
  ],
  average_rating: '۴٫۵',
  review_count: 12,
  weight: '1.25',
  weight_unit: 'KG',
  dimensions: { length: '30', width: '', height: 12.5 },
  dimension_unit: 'cm',
  sale_ends_at: '2030-03-20T20:30:00+03:30',
  min_quantity: 2,
  max_quantity: '10',
  language: 'fa_IR',
  display_currency: 'irt',
}

test('the details that a shop sends are stored and shown, with any digits and spellings', async () => {
  await apply({
    id: 1,
    ...SHOE,
    variations: [
      {
        id: 2,
        price: '5',
        gtin: 4006381333948,
        weight: 2,
        dimensions: { length: 1, width: 2, height: 3 },
        sale_ends_at: '2030-01-01 00:00:00',
        image_alt: 'آبی',
        min_quantity: '0.5',
        max_quantity: -1,
      },
      { id: 3, price: '5' },
    ],
  })
  const product = await detailOf(1)
  expect(product).toMatchObject({
    gtin: '4006381333931',
    brand: 'نایک & Co',
    category_paths: [['پوشاک', 'کفش'], ['حراج']],
    image_details: [
      { url: 'https://cdn.example/a.jpg', alt: 'کفش قرمز', width: 1200, height: 900 },
      { url: 'https://cdn.example/b.jpg', alt: '', width: null, height: null },
    ],
    average_rating: 4.5,
    review_count: 12,
    weight: 1.25,
    weight_unit: 'kg',
    dimensions: { length: 30, width: null, height: 12.5 },
    dimension_unit: 'cm',
    sale_ends_at: '2030-03-20T17:00:00.000Z',
    min_quantity: 2,
    max_quantity: 10,
    language: 'fa-IR',
    display_currency: 'IRT',
  })
  expect(product.variants).toMatchObject([
    {
      gtin: '4006381333948',
      weight: 2,
      dimensions: { length: 1, width: 2, height: 3 },
      sale_ends_at: '2030-01-01T00:00:00.000Z',
      image_alt: 'آبی',
      min_quantity: 0.5,
      max_quantity: null,
    },
    { gtin: null, weight: null, dimensions: null, sale_ends_at: null, image_alt: null, min_quantity: null },
  ])
})

test('an absent detail is null, and a later event without it removes it', async () => {
  await apply({ id: 5, ...SHOE })
  await apply({ id: 5 })
  const product = await detailOf(5)
  for (const name of Object.keys(SHOE)) expect([name, product[name]]).toEqual([name, null])
})

test.each([
  ['a rating above 5', { average_rating: '7' }, 'average_rating'],
  ['a rating without reviews', { average_rating: '4', review_count: 0 }, 'average_rating'],
  ['a weight of zero', { weight: '0' }, 'weight'],
  ['a weight in stones', { weight: '3', weight_unit: 'st' }, 'weight_unit'],
  ['a GTIN of nine digits', { gtin: '123456789' }, 'gtin'],
  ['a GTIN of zeros', { gtin: '00000000' }, 'gtin'],
  ['a highest quantity below the lowest', { min_quantity: 5, max_quantity: 3 }, 'max_quantity'],
  ['a word as a language', { language: 'Persian language' }, 'language'],
  ['a sentence as a currency', { display_currency: 'the toman' }, 'display_currency'],
])('%s counts as absent', async (_, fields, name) => {
  await apply({ id: 6, ...fields })
  expect((await detailOf(6))[name]).toBeNull()
})

test('what earlier plugins send is read: the first brand, the number of ratings, units with variations only', async () => {
  await apply({
    id: 7,
    brands: ['', 'Puma', 'Reebok'],
    average_rating: '4.00',
    rating_count: 3,
    variations: [{ id: 8, price: '1', weight: '3', weight_unit: 'g' }],
  })
  expect(await detailOf(7)).toMatchObject({ brand: 'Puma', average_rating: 4, review_count: 3, weight_unit: 'g' })
})

test('lists are bounded: 50 paths of 10 names, 50 images', async () => {
  await apply({
    id: 9,
    category_paths: Array.from({ length: 80 }, (_, at) => [...Array.from({ length: 20 }, (_, n) => `${at}.${n}`)]),
    image_details: Array.from({ length: 80 }, (_, at) => ({
      url: `https://cdn.example/${at}.jpg`,
      alt: 'x'.repeat(900),
    })),
  })
  const product = await detailOf(9)
  expect([product.category_paths.length, product.category_paths[0].length]).toEqual([50, 10])
  expect([product.image_details.length, product.image_details[0].alt.length]).toEqual([50, 500])
})

test('brand, categories above and GTIN are found by words and by look-up, and the category filter knows paths', async () => {
  await apply({
    id: 20,
    name: 'Gazebo',
    sku: 'GZ-20',
    categories: ['Tents'],
    brand: 'Zubrovka',
    category_paths: [['Garden', 'Tents']],
    gtin: '4006381333931',
    variations: [{ id: 21, price: '5', gtin: '9780306406157' }],
  })
  await apply({ id: 22, name: 'Pavilion', sku: 'PV-22', categories: ['Tents'], gtin: '96385074' })
  const find = async (q: string, params: Record<string, string> = {}) =>
    foundIds(await server.search(q, { params: { store_id: String(shop.storeId), ...params } }))
  expect(await find('zubrovka')).toEqual(['woo_20'])
  expect(await find('gazebo garden')).toContain('woo_20')
  expect(await find('4006381333931')).toContain('woo_20')
  expect(await find('978-0-306-40615-7')).toEqual(['woo_20'])
  expect(await find('96385074')).toEqual(['woo_22'])
  expect(await find('gazebo', { category: 'garden' })).toEqual(['woo_20'])
  expect(await find('gazebo', { category: 'Garden > Tents' })).toEqual(['woo_20'])
  expect(await find('gazebo', { category: 'Tents > Garden' })).toEqual([])
  const skus = async (code: string) => {
    const { body } = await server.admin('GET', `/api/v1/knowledge/products/?skus=${encodeURIComponent(code)}`)
    return body.results.map((product: { external_id: string }) => product.external_id)
  }
  expect(await skus('0-306-40615-2')).toEqual(['woo_20'])
  expect(await skus('۴۰۰۶۳۸۱۳۳۳۹۳۱')).toContain('woo_20')
  expect(await skus('5901234123457')).toEqual([])
})

test('the first chunk names the brand and the path in the language of the product', async () => {
  await apply({ id: 30, brand: 'نایک', categories: ['کفش', 'حراج'], category_paths: [['پوشاک', 'کفش'], ['حراج']] })
  const [chunk] = (await detailOf(30)).chunks
  expect(chunk.text).toContain('پوشاک > کفش، حراج')
  expect(chunk.text).toContain('برند: نایک')
})

test('search answers hold the details that fields asks for, and no others', async () => {
  await apply({ id: 40, name: 'Zeppelin', sku: '', brand: 'Graf', average_rating: '4', review_count: 2 })
  const asked = await server.search('zeppelin', { params: { fields: 'brand,average_rating,gtin' } })
  expect(asked.body.results[0].product).toEqual({ brand: 'Graf', average_rating: 4, gtin: null })
  const named = await server.search('zeppelin', { params: { fields: 'name' } })
  expect(named.body.results[0].product).toEqual({ name: 'Zeppelin' })
})
