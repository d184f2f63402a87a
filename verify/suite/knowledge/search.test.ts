import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

const bare = { short_description: '', description: '', tags: [], attributes: [], categories: [], sku: '' }
const catalogue = [
  { id: 1, name: 'کفش اسپرت مردانه', sku: 'SHOE-77', categories: ['کفش', 'مردانه'], price: '850000', currency: 'IRT' },
  { id: 2, name: 'پیراهن نخی زنانه', sku: 'SHIRT-1', categories: ['پوشاک'], price: '9000000', currency: 'IRR' },
  { id: 3, name: 'Hoodie with Zipper', sku: 'woo-hoodie-zip', categories: ['Hoodies'], price: '45', currency: 'USD' },
  { id: 4, name: 'Red V-Neck T-Shirt', sku: 'woo-vneck', categories: ['Tshirts'], price: '20', currency: 'USD' },
  { id: 5, name: 'کتاب‌های کودک', categories: ['کتاب'], price: '50', currency: 'IRHT', stock_status: 'outofstock' },
  { id: 6, name: 'Winter jacket', categories: ['Jackets'], price: '1900000', currency: 'IRT', stock_quantity: 0 },
  { id: 7, name: 'Priceless winter jacket', categories: ['Jackets'], price: '', currency: 'IRT' },
]

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
  await shop.sendBatch(catalogue.map((product) => anUpdate({ ...bare, stock_status: undefined, ...product })))
  await server.settled()
})
afterAll(() => server.stop())

/** Each product of a list of words has only some of them: no answer to all, and still found. */
const ANY = { min_relevance: '0' }

const find = async (query: string, params: Record<string, string> = {}) => {
  const answer = await server.search(query, { params: { limit: '50', ...params } })
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { degraded: false } })
  return foundIds(answer)
}

test.each([
  ['Persian words', 'کفش مردانه', 'woo_1'],
  ['Persian words in another order', 'مردانه کفش اسپرت', 'woo_1'],
  ['Arabic letters for Persian ones', 'كفش مردانه', 'woo_1'],
  ['an Arabic yeh', 'پيراهن نخي', 'woo_2'],
  ['harakat and tatweel', 'کَفـــش', 'woo_1'],
  ['a plural with ZWNJ', 'کتاب‌های', 'woo_5'],
  ['a plural with a space', 'کتاب های کودک', 'woo_5'],
  ['a plural written together', 'کتابهای کودک', 'woo_5'],
  ['the singular of a plural', 'کتاب کودک', 'woo_5'],
  ['English words', 'hoodie with zipper', 'woo_3'],
  ['capitals', 'HOODIE ZIPPER', 'woo_3'],
  ['an English plural', 'hoodies', 'woo_3'],
  ['a compound', 'red v-neck', 'woo_4'],
  ['a compound written together', 'red vneck', 'woo_4'],
  ['a SKU', 'SHOE-77', 'woo_1'],
  ['a SKU in other letters', 'WOO-VNECK', 'woo_4'],
  ['a SKU in Persian digits', 'shoe-۷۷', 'woo_1'],
  ['a category', 'پوشاک', 'woo_2'],
  ['a typing error', 'zippr hodie', 'woo_3'],
])('%s find what they mean', async (_what, query, first) => {
  expect((await find(query))[0]).toBe(first)
})

test('a variant is found by its SKU and by its choice', async () => {
  const variations = [{ id: 81, sku: 'VAR-81', attributes: { Colour: 'turquoise' } }]
  await shop.send(anUpdate({ ...bare, id: 8, name: 'Scarf', variations, price: '1', currency: 'USD' }))
  await server.settled()
  expect((await find('VAR-81'))[0]).toBe('woo_8')
  expect((await find('turquoise'))[0]).toBe('woo_8')
})

test('a result carries the product as it is now, a text and a score, best first', async () => {
  const { body } = await server.search('hoodie with zipper')
  expect(body).toMatchObject({ answered: true, degraded: false, did_you_mean: null, nearest_categories: [] })
  expect(body.took_ms).toBeGreaterThan(0)
  expect(body.results[0]).toMatchObject({
    product: {
      external_id: 'woo_3',
      name: 'Hoodie with Zipper',
      price: '45',
      currency: 'USD',
      in_stock: true,
      variants: [],
    },
    chunk: { text: expect.stringContaining('Hoodie with Zipper') },
  })
  const scores = body.results.map((result: { score: number }) => result.score)
  expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a))
})

test('filters keep out everything else', async () => {
  expect(await find('jacket', { in_stock: 'true' })).not.toContain('woo_6')
  expect(await find('jacket', { in_stock: 'true' })).toContain('woo_7')
  expect(new Set(await find('winter jacket کتاب', { in_stock: 'false', ...ANY }))).toEqual(new Set(['woo_5', 'woo_6']))
  expect(new Set(await find('winter', { category: 'jackets' }))).toEqual(new Set(['woo_6', 'woo_7']))
  expect(await find('winter', { category: 'no such category' })).toEqual([])
  expect(await find('winter jacket', { store_id: '999999' })).toEqual([])
})

test('prices are compared as amounts', async () => {
  const inDollars = (query: string, params: Record<string, string>) =>
    find(query, { ...params, ...ANY, currency: 'USD' })
  expect(new Set(await inDollars('red hoodie scarf', { max_price: '45' }))).toEqual(
    new Set(['woo_3', 'woo_4', 'woo_8']),
  )
  expect(await inDollars('hoodie', { min_price: '45', max_price: '45.00' })).toEqual(['woo_3'])
  expect(await inDollars('hoodie', { min_price: '45.01', max_price: '46' })).toEqual([])
  expect(await find('winter jacket', { max_price: '۲٬۰۰۰٬۰۰۰', currency: 'IRT' })).not.toContain('woo_7')
})

test('toman and rial are converted into each other, other currencies are not', async () => {
  const upTo = async (max_price: string, currency: string) =>
    new Set(await find('کفش پیراهن کتاب winter hoodie red scarf', { max_price, currency, ...ANY }))
  // 850,000 toman; 9,000,000 rial = 900,000 toman; 50 thousand-toman; 1,900,000 toman.
  expect(await upTo('2000000', 'IRT')).toEqual(new Set(['woo_1', 'woo_2', 'woo_5', 'woo_6']))
  expect(await upTo('900000', 'IRT')).toEqual(new Set(['woo_1', 'woo_2', 'woo_5']))
  expect(await upTo('8999999', 'IRR')).toEqual(new Set(['woo_1', 'woo_5']))
  expect(await upTo('2000', 'irht')).toEqual(new Set(['woo_1', 'woo_2', 'woo_5', 'woo_6']))
  expect(await upTo('5000', 'IRHR')).toEqual(new Set(['woo_5']))
  expect(await upTo('45', 'USD')).toEqual(new Set(['woo_3', 'woo_4', 'woo_8']))
  expect(await upTo('45', 'EUR')).toEqual(new Set())
})

test('the next search shows and filters by a changed price and stock', async () => {
  const before = await find('hoodie', { max_price: '40', currency: 'USD' })
  expect(before).not.toContain('woo_3')
  const product = catalogue[2]
  await shop.send(anUpdate({ ...bare, ...product, price: '39.90', stock_quantity: 0, stock_status: 'outofstock' }))
  await server.settled()
  expect(await find('hoodie', { max_price: '40', currency: 'USD' })).toContain('woo_3')
  expect(await find('hoodie', { in_stock: 'true' })).not.toContain('woo_3')
  const { body } = await server.search('hoodie with zipper')
  expect(body.results[0].product).toMatchObject({ price: '39.90', stock_quantity: 0, in_stock: false })
})

test('a new text is found and the old one is not, at once', async () => {
  await shop.send(anUpdate({ ...bare, id: 9, name: 'Aubergine grill' }))
  await server.settled()
  expect((await find('aubergine'))[0]).toBe('woo_9')
  await shop.send(anUpdate({ ...bare, id: 9, name: 'Courgette oven' }))
  await server.settled()
  expect((await find('courgette'))[0]).toBe('woo_9')
  expect(
    await server.sql(`select 1 from products where external_id = 'woo_9' and lexemes @@ 'aubergine'::tsquery`),
  ).toEqual([])
})

test('the limit bounds the results; the default is ten', async () => {
  await shop.sendBatch(
    Array.from({ length: 15 }, (_, n) => anUpdate({ ...bare, id: 100 + n, name: `Limited lamp ${n}` })),
  )
  await server.settled()
  expect(foundIds(await server.search('limited lamp'))).toHaveLength(10)
  expect(await find('limited lamp', { limit: '3' })).toHaveLength(3)
  expect((await find('limited lamp', { limit: '50' })).length).toBeGreaterThanOrEqual(15)
})

test.each([
  ['a missing question', '', 'q'],
  ['an empty question', 'q=', 'q'],
  ['a question that is too long', `q=${'a'.repeat(501)}`, 'q'],
  ['a limit of nothing', 'q=a&limit=0', 'limit'],
  ['a limit that is too high', 'q=a&limit=51', 'limit'],
  ['a limit that is no number', 'q=a&limit=ten', 'limit'],
  ['a store that is none', 'q=a&store_id=-1', 'store_id'],
  ['neither true nor false', 'q=a&in_stock=maybe', 'in_stock'],
  ['a price that is none', 'q=a&min_price=cheap', 'min_price'],
  ['an infinite price', 'q=a&max_price=1e400', 'max_price'],
])('%s is a 400 that names the parameter', async (_what, query, path) => {
  const answer = await server.admin('GET', `/api/v1/knowledge/search/?${query}`)
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_input', issues: [{ path }] } })
  expect(answer.body.results).toBeUndefined()
})

test.each(["'", '";--', 'a & b | !c', '\\', '<->', '()', '%', '؟', '🙂', '\u200c', "') or 1=1 --", ':* <1>'])(
  'the question %j is only text',
  async (query) => {
    expect((await server.search(query)).status).toBe(200)
    const category = await server.search('lamp', { params: { category: query } })
    expect(category).toMatchObject({ status: 200, body: { results: [] } })
    const currency = await server.search('lamp', { params: { currency: query.slice(0, 10) } })
    expect(currency).toMatchObject({ status: 400, body: { issues: [{ path: 'currency' }] } })
  },
)
