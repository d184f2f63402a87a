import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop
beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const WORDS =
  'کفشی سبک برای پیاده‌روی و دویدن که زیرهٔ نرم آن پا را در جاده‌های سخت نگه می‌دارد. وزن آن ۲۰۰ گرم است و در آفتاب یک‌ساعته خشک می‌شود.'
const WHOLE = {
  description: `${WORDS} ${WORDS}`,
  gtin: '4006381333931',
  brand: 'Nike',
  image_details: [{ url: 'https://shop.example/a.jpg', alt: 'کفش' }],
}

const apply = async (...events: Record<string, unknown>[]) => {
  for (const event of events) expect((await shop.send(event)).status).toBe(202)
  await server.settled()
}
const readStore = async (id = shop.storeId) => await server.admin('GET', `/api/v1/stores/${id}/readiness/`)
const list = async (query: string) => {
  const { body } = await server.admin('GET', `/api/v1/web-knowledge/products/?store_id=${shop.storeId}&${query}`)
  return body.results.map((product: { external_id: string; readiness: number; readiness_missing: string[] }) => [
    product.external_id,
    product.readiness,
    product.readiness_missing,
  ])
}

test('a product has its score as soon as it is applied, in lists, in filters and for its plugin', async () => {
  await apply(anUpdate({ id: 1, ...WHOLE }), anUpdate({ id: 2, ...WHOLE, brand: '', gtin: '' }))
  await apply(anUpdate({ id: 3, ...WHOLE, price: '', regular_price: '', sale_price: '' }))
  expect(await list('ordering=-readiness')).toEqual([
    ['woo_1', 100, []],
    ['woo_2', 85, ['no_brand', 'no_gtin']],
    ['woo_3', 70, ['no_price']],
  ])
  expect(await list('missing=no_brand')).toEqual([['woo_2', 85, ['no_brand', 'no_gtin']]])
  expect(await list('missing=no_sku')).toEqual([])
  const { body } = await shop.request('POST', '/api/integrations/woocommerce/status/', { product_ids: [1, 3, 99] })
  expect(body.results.map((result: { readiness: number | null }) => result.readiness)).toEqual([100, 70, null])
})

test('the store answers with the average and with what is missing over all shown products', async () => {
  expect((await readStore()).body).toEqual({
    products: 3,
    scored: 3,
    average: 85,
    complete: 1,
    missing: [
      { code: 'no_price', products: 1 },
      { code: 'no_brand', products: 1 },
      { code: 'no_gtin', products: 1 },
    ],
  })
})

test('an edit changes score and sums with the event; a hidden or deleted product does not count', async () => {
  await apply(anUpdate({ id: 2, ...WHOLE }), aDeletion(3), anUpdate({ id: 1, ...WHOLE, status: 'draft' }))
  expect((await readStore()).body).toEqual({ products: 1, scored: 1, average: 100, complete: 1, missing: [] })
})

test('a change of the score alone embeds nothing', async () => {
  const chunks = async () => await server.sql(`select id, text, updated_at from knowledge_chunks order by id`)
  const before = await chunks()
  await apply(anUpdate({ id: 2, ...WHOLE, gtin: '' }))
  expect(await chunks()).toEqual(before)
})

test('products that an earlier release stored are scored by the maintenance', async () => {
  const before = await server.sql('select id, readiness, readiness_missing from products order by id')
  await server.sql('update products set readiness = null, readiness_missing = null')
  expect((await readStore()).body).toMatchObject({ products: 1, scored: 0, average: null })
  await server.sql(`update maintenance_runs set last_success_at = null where task = 'readiness'`)
  expect(await server.running.maintenance.runDue()).toContain('readiness')
  expect(await server.sql('select id, readiness, readiness_missing from products order by id')).toEqual(before)
})

test('a store that is not there and an unknown lack are refused with a sentence', async () => {
  expectProblem(await readStore(999_999), 404, 'not_found')
  expectProblem(await server.admin('GET', '/api/v1/web-knowledge/products/?missing=no_soul'), 400, 'invalid_input')
})
