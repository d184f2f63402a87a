/** Every answer of the tools against its own outputSchema and against the schemas that UCP published; money; sizes; bad input. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aVariableProduct, callTool, rpc } from '../../support/agents.ts'
import { anUpdate, aProduct } from '../../support/events.ts'
import { type Answer, call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'
import { schemaFaults, ucpFaults } from '../../support/ucp-schemas.ts'

type Json = Record<string, unknown>

let server: TestServer
let shop: Shop
let token: string
let schemas: Record<string, object>

const COLOURS = Array.from({ length: 25 }, (_, index) => `رنگ ${index + 1}`)
const SIZES = Array.from({ length: 40 }, (_, index) => String(20 + index))
/** 1,000 variations. */
const HUGE = aVariableProduct(COLOURS, SIZES, {
  id: 9000,
  sku: 'HUGE',
  name: 'پیراهن هزار مدل',
  categories: ['پیراهن'],
})
const SMALL = aVariableProduct(['قرمز', 'آبی'], ['41', '42'], { id: 500, sku: 'BOOT', name: 'پوتین کوهنوردی' })

const PRODUCTS: Json[] = [
  aProduct(),
  aProduct({
    id: 415,
    sku: 'FREE',
    name: 'Free sample of soap',
    price: '0',
    regular_price: '0',
    sale_price: '',
    on_sale: false,
    currency: 'EUR',
    categories: ['Soap'],
  }),
  aProduct({
    id: 416,
    sku: 'ASK',
    name: 'ساعت دست‌ساز سفارشی',
    price: '',
    regular_price: '',
    sale_price: '',
    on_sale: false,
    categories: ['ساعت'],
  }),
  aProduct({
    id: 417,
    sku: 'ESTATE',
    name: 'عمارت تاریخی',
    price: '900000000000000',
    regular_price: '',
    sale_price: '',
    on_sale: false,
    categories: ['ملک'],
  }),
  aProduct({
    id: 418,
    sku: 'LAMP',
    name: 'Desk lamp',
    price: '49.9',
    regular_price: '',
    sale_price: '',
    on_sale: false,
    currency: 'EUR',
    stock_status: 'onbackorder',
    categories: ['Lamps'],
    permalink: 'https://shop.example/چراغ/',
  }),
  SMALL,
  HUGE,
]

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop({ name: 'Boots & more' })
  token = await server.knowledgeToken()
  for (const product of PRODUCTS) expect((await shop.send(anUpdate(product))).status).toBe(202)
  await server.settled()
  const { body } = await rpc(server, token, 'tools/list')
  schemas = Object.fromEntries(
    body.result.tools.map((tool: { name: string; outputSchema: object }) => [tool.name, tool.outputSchema]),
  )
})
afterAll(() => server.stop())

const idOf = async (external: string) => {
  const [row] = await server.sql<{ id: number }>('select id from products where external_id = $1', [external])
  return String(row?.id)
}

/** The result of a tool, held against its outputSchema, its copy as text and the limits of size. */
async function use(name: string, args: unknown): Promise<Json> {
  const answer = await callTool(server, token, name, args)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const { structuredContent, content, isError } = answer.body.result
  expect(isError, content[0].text).toBeUndefined()
  expect(JSON.parse(content[0].text)).toEqual(structuredContent)
  expect(schemaFaults(schemas[name] as object, structuredContent), name).toEqual([])
  expect(JSON.stringify(answer.body).length).toBeLessThan(50_000)
  expect(Buffer.byteLength(JSON.stringify(answer.body)) / 4).toBeLessThan(25_000)
  return structuredContent
}

/** The sentence of a refused call. */
async function refused(name: string, args: unknown): Promise<string> {
  const answer = await callTool(server, token, name, args)
  expect(answer.status).toBe(200)
  expect(answer.body.result?.isError, JSON.stringify(answer.body)).toBe(true)
  return answer.body.result.content[0].text
}

const ucp = (path: string, body: unknown, headers: Json = {}): Promise<Answer> =>
  call(server.url, 'POST', `/ucp/catalog/${path}`, { authorization: `Bearer ${token}`, ...headers }, body)

const search = async (catalog: Json) => (await use('search_catalog', { catalog })) as never as SearchAnswer
interface SearchAnswer {
  products: { id: string; title: string; variants: Json[]; metadata: Json; price_range: Json }[]
  pagination: { has_next_page: boolean; cursor?: string; total_count?: number }
  messages?: { type: string; code: string; content: string }[]
}
const codesOf = ({ messages = [] }: { messages?: { code: string }[] }) => messages.map(({ code }) => code)

describe('answers fit the schemas', () => {
  test.each([
    ['found', { query: 'کفش اسپرت' }],
    ['nothing found', { query: 'تراکتور فرگوسن' }],
    ['a price of 0', { query: 'Free sample of soap' }],
    ['no price', { query: 'ساعت دست‌ساز' }],
    ['1,000 variations', { query: 'پیراهن هزار مدل' }],
    ['a price that no JSON number holds', { query: 'عمارت تاریخی' }],
    ['only filters', { filters: { available: true } }],
    ['a filter that removes everything', { query: 'کفش', filters: { categories: ['ساعت'] } }],
    ['a store that the token does not read', { query: 'کفش', store_id: 999_999 }],
  ])('search_catalog: %s', async (_name, catalog) => {
    expect(ucpFaults('search', await search(catalog))).toEqual([])
    const answer = await ucp('search', catalog)
    expect(answer.status).toBe(200)
    expect(ucpFaults('search', answer.body)).toEqual([])
  })

  test.each([
    ['every kind of id', ['woo_414', 'BOOT', 'VAR-0-0', 'woo_500:11000', 'nothing', 'HUGE']],
    ['nothing found', ['nothing', '999999999', '', '\u0000']],
    ['a price that no JSON number holds', ['ESTATE']],
    ['no price', ['ASK', 'FREE']],
  ])('lookup_catalog: %s', async (_name, ids) => {
    const answer = await use('lookup_catalog', { catalog: { ids } })
    expect(ucpFaults('lookup', answer)).toEqual([])
  })

  test.each(['woo_414', 'FREE', 'ASK', 'BOOT', 'VAR-1-1', 'HUGE', 'LAMP'])('get_product: %s', async (id) => {
    expect(ucpFaults('product', await use('get_product', { catalog: { id } }))).toEqual([])
    const answer = await ucp('product', { id })
    expect(ucpFaults('product', answer.body)).toEqual([])
  })

  test.each(['nothing', 'ESTATE'])('get_product without a product: %s', async (id) => {
    const answer = await use('get_product', { catalog: { id } })
    expect(ucpFaults('error', answer)).toEqual([])
    expect(answer).toMatchObject({ ucp: { status: 'error' }, messages: [{ type: 'error', severity: 'unrecoverable' }] })
  })

  test('search, fetch and list_categories', async () => {
    const { results } = (await use('search', { query: 'پوتین' })) as { results: Json[] }
    expect(results).toHaveLength(1)
    for (const id of ['woo_414', 'FREE', 'ASK', 'ESTATE', 'HUGE', 'VAR-0-1']) await use('fetch', { id })
    expect(await use('search', { query: 'تراکتور' })).toEqual({ results: [] })
    await use('list_categories', {})
  })

  test('the profile names both endpoints on the address that was called', async () => {
    const answer = await call(server.url, 'GET', '/.well-known/ucp')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    expect(ucpFaults('profile', answer.body.ucp)).toEqual([])
    const endpoints = answer.body.ucp.services['dev.ucp.shopping'].map(({ endpoint }: { endpoint: string }) => endpoint)
    expect(endpoints).toEqual([`${server.url}/mcp`, `${server.url}/ucp`])
  })

  test('the check by the published schemas finds a missing price', async () => {
    const answer = (await search({ query: 'کفش اسپرت' })) as never as {
      products: { variants: { price?: unknown }[] }[]
    }
    delete answer.products[0]?.variants[0]?.price
    expect(ucpFaults('search', answer)).not.toEqual([])
  })
})

describe('money', () => {
  const first = async (query: string) => (await search({ query })).products[0]

  test('a price in toman is in minor units of the rial, and in words', async () => {
    const product = await first('کفش اسپرت')
    expect(product?.price_range).toMatchObject({ min: { amount: 850_000_000, currency: 'IRR' } })
    expect(product?.metadata).toMatchObject({ price_text: '۸۵۰٬۰۰۰ تومان', shop_currency: 'IRT', has_price: true })
    expect(product?.variants[0]).toMatchObject({ list_price: { amount: 950_000_000, currency: 'IRR' } })
  })

  test('a price in euros is in cents', async () => {
    const product = await first('Desk lamp')
    expect(product?.price_range).toMatchObject({ min: { amount: 4990, currency: 'EUR' } })
    expect(product?.metadata).toMatchObject({ price_text: '49.90 EUR' })
    expect(product?.variants[0]).toMatchObject({ availability: { available: true, status: 'backorder' } })
  })

  test('a product for nothing is available, a product without a price is not, and a warning says so', async () => {
    const free = await search({ query: 'Free sample of soap' })
    expect(free.products[0]?.variants[0]).toMatchObject({ price: { amount: 0 }, availability: { available: true } })
    expect(codesOf(free)).not.toContain('price_unknown')
    const unknown = await search({ query: 'ساعت دست‌ساز' })
    expect(unknown.products[0]?.variants[0]).toMatchObject({ price: { amount: 0 }, availability: { available: false } })
    expect(unknown.products[0]?.metadata).toMatchObject({ has_price: false })
    expect(unknown.messages).toEqual([expect.objectContaining({ type: 'warning', code: 'price_unknown' })])
  })

  test('a price above 2^53 minor units is left out with its exact price in words', async () => {
    const answer = await search({ query: 'عمارت تاریخی' })
    expect(answer.products).toEqual([])
    const [message] = answer.messages ?? []
    expect(message).toMatchObject({ type: 'warning', code: 'price_too_large' })
    expect(message?.content).toContain('۹۰۰٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰ تومان')
    expect(JSON.stringify(await use('fetch', { id: 'ESTATE' }))).toContain('900000000000000')
  })

  test('a price filter is in minor units of the named currency, or in whole toman', async () => {
    const names = async (max: number, currency?: string) => {
      const context = currency === undefined ? {} : { context: { currency } }
      const { products } = await search({ query: 'کفش اسپرت', filters: { price: { max } }, ...context })
      return products.map(({ title }) => title)
    }
    expect(await names(850_000_000, 'IRR')).toEqual(['کفش اسپرت مردانه'])
    expect(await names(849_999_999, 'IRR')).toEqual([])
    expect(await names(850_000, 'IRT')).toEqual(['کفش اسپرت مردانه'])
    expect(await names(849_999, 'irt')).toEqual([])
    expect(await names(1_000_000, 'EUR')).toEqual([])
    // Most products of this store are in toman.
    expect(await names(850_000_000)).toEqual(['کفش اسپرت مردانه'])
  })
})

describe('what a search says', () => {
  test('nothing that the shop has: an empty list, and messages that say what is near', async () => {
    const answer = await search({ query: 'تراکتور فرگوسن' })
    expect(answer.products).toEqual([])
    expect(answer.pagination).toEqual({ has_next_page: false, total_count: 0 })
    expect(answer.messages?.[0]).toMatchObject({ type: 'info', code: 'no_match' })
    expect(answer.messages?.[0]?.content).toContain('تراکتور فرگوسن')
  })

  test('a filter that removed everything is named', async () => {
    const answer = await search({ query: 'کفش اسپرت', filters: { categories: ['ساعت', 'پیراهن'] } })
    expect(answer.products).toEqual([])
    expect(codesOf(answer)).toEqual(expect.arrayContaining(['no_match', 'emptied_by']))
    expect(answer.messages?.find(({ code }) => code === 'emptied_by')?.content).toContain('category')
  })

  test('a misspelling is answered, and the correction is named', async () => {
    const answer = await search({ query: 'Desk lanp' })
    expect(answer.products[0]?.title).toBe('Desk lamp')
    expect(answer.messages?.find(({ code }) => code === 'did_you_mean')?.content).toContain('Desk lamp')
  })

  test('messages are in the language of the buyer', async () => {
    const answer = await search({ query: 'tractor', context: { language: 'fa-IR' } })
    expect(answer.messages?.[0]?.content).toContain('فروشگاه چیزی مطابق')
    const byHeader = await rpc(
      server,
      token,
      'tools/call',
      { name: 'search_catalog', arguments: { query: 'tractor' } },
      { 'accept-language': 'fa' },
    )
    expect(byHeader.body.result.content[0].text).toContain('فروشگاه چیزی مطابق')
  })

  test('a category of a list, and several of them, narrow the answer', async () => {
    const { categories } = (await use('list_categories', {})) as { categories: { value: string; count: number }[] }
    expect(categories).toContainEqual({ value: 'ساعت', count: 1, in_stock: 1 })
    const { products } = await search({ filters: { categories: ['ساعت', 'Lamps'] } })
    expect(products.map(({ metadata }) => metadata.external_id)).toEqual(['woo_418', 'woo_416'])
  })

  test('flat arguments, unknown arguments and nulls are accepted', async () => {
    for (const args of [
      { query: 'پوتین' },
      { query: 'پوتین', filters: null, pagination: null },
      { meta: { 'ucp-agent': {} }, catalog: { query: 'پوتین', signals: { 'dev.ucp.buyer_ip': '::1' }, colour: 'red' } },
    ]) {
      const { products } = (await use('search_catalog', args)) as never as SearchAnswer
      expect(products.map(({ title }) => title)).toEqual(['پوتین کوهنوردی'])
    }
  })

  test('pages without a query go through all products once', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const pagination: Json = { limit: 2, ...(cursor !== undefined && { cursor }) }
      const page = await search({ filters: { available: true }, pagination })
      seen.push(...page.products.map(({ id }) => id))
      cursor = page.pagination.cursor
      expect(page.pagination.has_next_page).toBe(cursor !== undefined)
    } while (cursor !== undefined)
    expect(new Set(seen).size).toBe(seen.length)
    // One of the seven has no form in UCP.
    expect(seen).toHaveLength(PRODUCTS.length - 1)
  })
})

describe('look-up and choices', () => {
  test('each variant says which ids named it, and how', async () => {
    const ids = ['woo_500', 'VAR-0-0', 'var-1-1', 'nothing', 'woo_414', 'PROD-001']
    const own = await idOf('woo_500')
    const answer = (await use('lookup_catalog', { catalog: { ids: [...ids, own, own] } })) as never as {
      products: { id: string; variants: { id: string; inputs: Json[] }[] }[]
      messages: Json[]
    }
    const inputs = Object.fromEntries(
      answer.products.flatMap(({ variants }) => variants.map((variant) => [variant.id, variant.inputs])),
    )
    const shoe = await idOf('woo_414')
    expect(inputs).toMatchObject({
      [shoe]: [
        { id: 'woo_414', match: 'exact' },
        { id: 'PROD-001', match: 'exact' },
      ],
      [`${own}:10000`]: [
        { id: 'woo_500', match: 'featured' },
        { id: 'VAR-0-0', match: 'exact' },
        { id: own, match: 'featured' },
      ],
      [`${own}:11001`]: [{ id: 'var-1-1', match: 'exact' }],
    })
    expect(answer.messages).toContainEqual({ type: 'info', code: 'not_found', content: 'nothing' })
  })

  test('filters apply after the look-up', async () => {
    const answer = await use('lookup_catalog', {
      catalog: { ids: ['VAR-1-1', 'woo_414'], filters: { available: true } },
    })
    const { products, messages } = answer as never as SearchAnswer
    expect(products.map(({ title }) => title)).toEqual(['کفش اسپرت مردانه'])
    expect(messages).toContainEqual({ type: 'info', code: 'not_found', content: 'VAR-1-1' })
  })

  const product = async (catalog: Json) =>
    ((await use('get_product', { catalog })) as never as { product: Chosen; messages?: { code: string }[] }).product
  interface Chosen {
    selected: Json[]
    options: { name: string; values: Json[] }[]
    variants: { id: string; title: string }[]
  }
  const red = { name: 'رنگ', label: 'قرمز' }
  const size = (label: string) => ({ name: 'اندازه', label })

  test('choices narrow the variants and say what can be bought with them', async () => {
    const { variants, selected, options } = await product({ id: 'BOOT', selected: [red] })
    expect(selected).toEqual([red])
    expect(variants.map(({ title }) => title)).toEqual(['قرمز / 41', 'قرمز / 42'])
    expect(options).toEqual([
      {
        name: 'رنگ',
        values: [
          { label: 'قرمز', available: true, exists: true },
          { label: 'آبی', available: true, exists: true },
        ],
      },
      {
        name: 'اندازه',
        values: [
          { label: '41', available: true, exists: true },
          { label: '42', available: false, exists: true },
        ],
      },
    ])
  })

  test('without choices all variants come, and the featured one’s options are the selection', async () => {
    const { variants, selected } = await product({ id: 'BOOT' })
    expect(variants).toHaveLength(4)
    expect(selected).toEqual([red, size('41')])
  })

  test('choices that exist nowhere together are given up from the end of the preferences', async () => {
    const asked = [red, size('60')]
    expect((await product({ id: 'BOOT', selected: asked, preferences: ['رنگ', 'اندازه'] })).selected).toEqual([red])
    expect(
      (await product({ id: 'BOOT', selected: [size('41'), { name: 'رنگ', label: 'بنفش' }], preferences: ['اندازه'] }))
        .selected,
    ).toEqual([size('41')])
  })

  test('the id of a variant fixes its own options, whatever is selected', async () => {
    const { variants, selected } = await product({ id: `${await idOf('woo_500')}:11001`, selected: [red] })
    expect(variants.map(({ title }) => title)).toEqual(['آبی / 42'])
    expect(selected).toEqual([{ name: 'رنگ', label: 'آبی' }, size('42')])
  })
})

describe('size', () => {
  test('1,000 variations: ten at most in a list, twenty in a whole product, and the true number', async () => {
    const listed = (await search({ query: 'پیراهن هزار مدل' })).products[0]
    expect(listed?.variants.length).toBeLessThanOrEqual(10)
    expect(listed?.metadata.variants_total).toBe(1_000)
    const answer = (await use('get_product', { catalog: { id: 'HUGE' } })) as never as {
      product: { variants: Json[] }
    } & SearchAnswer
    expect(answer.product.variants).toHaveLength(20)
    expect(codesOf(answer)).toContain('variants_cut')
  })

  test('50 ids of large products are one bounded answer', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `VAR-${index % 25}-${index % 40}`)
    await use('lookup_catalog', { catalog: { ids } })
  })

  test('a page of 25 products with long texts is bounded, and nothing is skipped', async () => {
    const own = await server.newShop({ name: 'Long' })
    const long = 'توضیح بسیار بلند این محصول که در فهرست کوتاه می‌شود. '.repeat(200)
    for (let index = 0; index < 30; index += 1) {
      const name = `کمد چوبی ${index} ${'بسیار '.repeat(60)}`
      await own.send(
        anUpdate(
          aVariableProduct(COLOURS.slice(0, 15), SIZES.slice(0, 20), {
            id: 2000 + index,
            sku: `C-${index}`,
            name,
            description: long,
            short_description: long,
            categories: ['کمد'],
          }),
        ),
      )
    }
    await server.settled()
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await search({
        query: 'کمد چوبی',
        pagination: { limit: 25, ...(cursor !== undefined && { cursor }) },
      })
      seen.push(...page.products.map(({ id }) => id))
      cursor = page.pagination.cursor
    } while (cursor !== undefined)
    expect(new Set(seen).size).toBe(30)
    expect(seen).toHaveLength(30)
    // 300 variations a product, ten products: the ordinary page.
    const page = await search({ query: 'کمد چوبی' })
    expect(page.products).toHaveLength(10)
    expect(Buffer.byteLength(JSON.stringify(page)) / 4).toBeLessThanOrEqual(4_000)
  })
})

describe('bad input', () => {
  test.each([
    ['search_catalog', { catalog: { query: ['a'] } }, /^query: must be/],
    ['search_catalog', { catalog: 'shoes' }, /^arguments: must be an object with query or filters/],
    [
      'search_catalog',
      { query: 'x', filters: { price: { max: '100' } } },
      /^filters\.price\.max: must be the highest price/,
    ],
    ['search_catalog', { query: 'x', filters: { price: { max: -1 } } }, /^filters\.price\.max/],
    ['search_catalog', { query: 'x', filters: { price: { max: 1.5 } } }, /^filters\.price\.max/],
    ['search_catalog', { query: 'x', filters: { categories: 'shoes' } }, /^filters\.categories: must be a list/],
    [
      'search_catalog',
      { query: 'x', filters: { price: { max: 5 } }, context: { currency: 'ZZZZ' } },
      /currency: must be a currency/,
    ],
    ['search_catalog', { query: 'x', pagination: { limit: 0 } }, /^pagination\.limit/],
    ['search_catalog', { query: 'x'.repeat(1_001) }, /^query/],
    ['search_catalog', { query: 'x', store_id: 'a' }, /^store_id/],
    ['lookup_catalog', {}, /^ids: is required/],
    ['lookup_catalog', { ids: [] }, /^ids/],
    ['lookup_catalog', { ids: [12] }, /^ids\.0/],
    ['get_product', { id: 12 }, /^id: must be/],
    ['get_product', { id: 'BOOT', selected: { name: 'رنگ' } }, /^selected/],
    [
      'get_product',
      {
        id: 'BOOT',
        selected: [
          { name: 'رنگ', label: 'a' },
          { name: 'رنگ', label: 'b' },
        ],
      },
      /^selected: names "رنگ" more than once/,
    ],
    ['search', {}, /^query: is required/],
    ['fetch', {}, /^id: is required/],
    ['fetch', { id: 'nothing' }, /Take ids from the results of search/],
    ['list_categories', { limit: 'all' }, /^limit/],
  ])('%s %j gets a sentence that names the path', async (name, args, sentence) => {
    expect(await refused(name, args)).toMatch(sentence)
  })

  test('1,000 ids, a foreign cursor and an empty question are invalid parameters, over HTTP 400', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => String(index))
    const { pagination } = await search({ filters: { available: true }, pagination: { limit: 1 } })
    const cases: [string, string, Json, string][] = [
      ['lookup_catalog', 'lookup', { ids }, 'request_too_large'],
      ['search_catalog', 'search', { query: 'کفش', pagination: { cursor: pagination.cursor } }, 'invalid_cursor'],
      ['search_catalog', 'search', { query: 'کفش', pagination: { cursor: 'AAAA' } }, 'invalid_cursor'],
      ['search_catalog', 'search', { query: ' … ' }, 'nothing_asked'],
      ['search_catalog', 'search', {}, 'nothing_asked'],
    ]
    for (const [tool, path, args, code] of cases) {
      expect((await callTool(server, token, tool, args)).body.error).toMatchObject({
        code: -32602,
        data: { error: code },
      })
      expect(await ucp(path, args)).toMatchObject({ status: 400, body: { error: code } })
    }
  })

  test('arguments that are no object are invalid parameters', async () => {
    for (const args of ['shoes', 7, ['shoes']])
      expect((await callTool(server, token, 'search_catalog', args)).body.error).toMatchObject({ code: -32602 })
  })

  test('an empty id or SKU names nothing, also in the API', async () => {
    await shop.send(anUpdate(aProduct({ id: 419, sku: '', name: 'Nameless' })))
    await server.settled()
    expect(await use('lookup_catalog', { ids: ['', ' '] })).toMatchObject({ products: [] })
    const path = '/api/v1/knowledge/products/'
    const answer = await call(server.url, 'POST', path, { authorization: `Bearer ${token}` }, { skus: [''] })
    expect(answer).toMatchObject({ status: 200, body: { results: [] } })
  })

  test('odd texts are not found, and never an error of the server', async () => {
    const odd = [
      '\u0000',
      '\ud800',
      '%',
      "'; drop table products; --",
      '\u202e\u2066',
      'a'.repeat(200),
      '9'.repeat(200),
      '12:',
      ':',
      '12:99999999999999999',
    ]
    for (const id of odd) {
      const answer = await callTool(server, token, 'get_product', { id })
      expect(answer.body.result?.structuredContent?.ucp?.status ?? answer.body.result?.isError, id).toBeTruthy()
      expect((await callTool(server, token, 'lookup_catalog', { ids: [id] })).body.result.isError).toBeUndefined()
      expect((await callTool(server, token, 'fetch', { id })).body.result.isError).toBe(true)
      for (const name of ['search', 'search_catalog'])
        expect([200, 400]).toContain((await callTool(server, token, name, { query: `${id} کفش` })).status)
      expect([200, 400]).toContain((await ucp('product', { id })).status)
    }
  })

  test('UCP over HTTP names the fields of a bad body, and asks for a token', async () => {
    const answer = await ucp('lookup', { ids: 'woo_414' })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_input', issues: [{ path: 'ids' }] } })
    const anonymous = await call(server.url, 'POST', '/ucp/catalog/search', {}, { query: 'x' })
    expect(anonymous.status).toBe(401)
    expect(anonymous.headers.get('www-authenticate')).toContain(
      `resource_metadata="${server.url}/.well-known/oauth-protected-resource/mcp"`,
    )
  })
})
