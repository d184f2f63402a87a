import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type MadeFeed, makeFeed } from '../../support/feeds.ts'
import { type Answer, call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const HOST = 'shop.example:8443'
const torob = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')

let server: TestServer
let shop: Shop
let feed: MadeFeed

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const seconds = () => Math.floor(Date.now() / 1_000)

/** A token as Torob makes it, or with what the case changes. */
function tokenOf({ claims = {}, header = {}, key = torob.privateKey }: TokenOptions = {}): string {
  const body = { aud: HOST, nbf: seconds() - 10, exp: seconds() + 60, ...claims }
  const signed = `${encode({ alg: 'EdDSA', typ: 'JWT', v: 1, ...header })}.${encode(body)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}
interface TokenOptions {
  claims?: Record<string, unknown>
  header?: Record<string, unknown>
  key?: KeyObject
}

const ask = (body: unknown, token = tokenOf(), headers: Record<string, string> = {}, to = feed): Promise<Answer> =>
  call(
    server.url,
    'POST',
    `/feeds/${to.token}/torob/`,
    { 'x-torob-token': token, 'x-torob-token-version': '1', ...headers },
    body,
  )
const PAGE = { page: 1, sort: 'date_added_desc' }
const change = (product: Record<string, unknown>) =>
  shop.send(anUpdate({ permalink: `https://${HOST}/product/${product.id}/`, ...product }))

beforeAll(async () => {
  server = await startTestServer({
    TOROB_PUBLIC_KEY: torob.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  })
  shop = await server.newShop({ name: 'Torob shop' })
  await server.admin('PATCH', `/api/v1/stores/${shop.storeId}/`, { site: `https://${HOST}/` })
  const other = await server.newShop({ name: 'Other' })
  await other.send(anUpdate({ id: 1, name: 'Of another store' }))
  const attributes = [
    { name: 'رنگ', options: ['قرمز', 'آبی'], variation: true },
    { name: 'گارانتی', options: ['۲۴ ماه'], variation: false },
    { name: 'جنس', options: ['چرم'], variation: false },
  ]
  const variations = Array.from({ length: 130 }, (_, at) => ({
    id: 900 + at,
    attributes: { رنگ: `رنگ ${at}` },
    price: String(1_000 + at),
    regular_price: '',
    on_sale: false,
    stock_status: 'instock',
  }))
  await change({
    id: 1,
    name: 'A\tB "q" <b>x</b>',
    price: '850000',
    regular_price: '950000',
    on_sale: true,
    attributes,
  })
  await change({ id: 2, name: 'In rials', price: '8500004', regular_price: '', on_sale: false, currency: 'IRR' })
  await change({ id: 3, name: 'Thousands of toman', price: '1.5', regular_price: '', on_sale: false, currency: 'IRHT' })
  await change({ id: 4, name: 'Free', price: '0', regular_price: '', on_sale: false })
  await change({ id: 5, name: 'No price', price: '', regular_price: '', sale_price: '', on_sale: false })
  await change({ id: 6, name: 'Sold out', stock_quantity: 0, stock_status: 'outofstock' })
  await change({ id: 7, name: 'Euro', currency: 'EUR' })
  await change({ id: 8, name: 'No page', permalink: '' })
  await change({ id: 9, name: 'Hidden', catalog_visibility: 'hidden' })
  await change({ id: 10, name: 'Many', type: 'variable', attributes, variations })
  await change({ id: 11, name: 'ن'.repeat(900), description: 'م '.repeat(900), short_description: '', image: '' })
  await change({ id: 12, name: 'Persian page', permalink: `https://${HOST}/محصول/کفش/` })
  await change({ id: 13, name: 'Long page', permalink: `https://${HOST}/${'x'.repeat(1_600)}` })
  await server.settled()
  feed = await makeFeed(server, shop.storeId, 'torob')
})
afterAll(() => server.stop())

const pageOf = async (page: number, sort = 'date_added_desc') => {
  const { status, body } = await ask({ page, sort })
  expect(status).toBe(200)
  return body
}
const uniquesOf = (body: { products: { page_unique: string }[] }) => body.products.map((each) => each.page_unique)

describe('the token', () => {
  test.each<[string, () => string]>([
    ['with the signature of another key', () => tokenOf({ key: stranger.privateKey })],
    [
      'with changed claims',
      () => tokenOf().replace(/\.[^.]+\./, `.${encode({ aud: HOST, nbf: 0, exp: 9_999_999_999 })}.`),
    ],
    ['for another host', () => tokenOf({ claims: { aud: 'other.example' } })],
    ['for the host without its port', () => tokenOf({ claims: { aud: 'shop.example' } })],
    ['without an audience', () => tokenOf({ claims: { aud: undefined } })],
    ['that has expired', () => tokenOf({ claims: { exp: seconds() - 120 } })],
    ['that is not valid yet', () => tokenOf({ claims: { nbf: seconds() + 120 } })],
    ['without an end', () => tokenOf({ claims: { exp: undefined } })],
    ['without a beginning', () => tokenOf({ claims: { nbf: undefined } })],
    ['with a time that is no number', () => tokenOf({ claims: { exp: 'tomorrow' } })],
    [
      'without a signature',
      () =>
        `${tokenOf({ header: { alg: 'none' } })
          .split('.')
          .slice(0, 2)
          .join('.')}.`,
    ],
    ['with the algorithm none', () => tokenOf({ header: { alg: 'none' } })],
    ['with the algorithm HS256', () => tokenOf({ header: { alg: 'HS256' } })],
    ['that is no JWT', () => 'abc'],
    ['of four parts', () => `${tokenOf()}.x`],
    ['that is empty', () => ''],
    ['of 5,000 characters', () => `${'a'.repeat(5_000)}.b.c`],
  ])('%s is a 401 with a sentence', async (_case, made) => {
    const { status, body } = await ask(PAGE, made())
    expect([status, Object.keys(body)]).toEqual([401, ['error']])
    expect(body.error).toMatch(/\w{3}/)
  })

  test('of another version is refused; without the header of the version the signature decides', async () => {
    expect((await ask(PAGE, tokenOf(), { 'x-torob-token-version': '2' })).status).toBe(401)
    const bare = await call(server.url, 'POST', `/feeds/${feed.token}/torob/`, { 'x-torob-token': tokenOf() }, PAGE)
    expect(bare.status).toBe(200)
  })

  test('is not enough: an unknown or revoked address is a 401, and a feed of another kind has no such address', async () => {
    const revoked = await makeFeed(server, shop.storeId, 'torob')
    await server.admin('DELETE', `/api/v1/feeds/${revoked.id}/`)
    const refused = await ask(PAGE, tokenOf(), {}, revoked)
    expect([refused.status, refused.body.error]).toEqual([401, 'unauthorized'])
    const google = await makeFeed(server, shop.storeId, 'google')
    expect((await ask(PAGE, tokenOf(), {}, google)).status).toBe(404)
  })

  test('cannot be checked for a store without an address', async () => {
    const bare = await server.newShop({ name: 'No site' })
    const answer = await ask(PAGE, tokenOf(), {}, await makeFeed(server, bare.storeId, 'torob'))
    expect([answer.status, answer.body.error]).toEqual([401, expect.stringContaining('address')])
  })
})

test.each<[string, unknown]>([
  ['an empty object', {}],
  ['a page without a sort', { page: 1 }],
  ['a sort without a page', { sort: 'date_added_desc' }],
  ['an unknown sort', { page: 1, sort: 'price' }],
  ['page 0', { page: 0, sort: 'date_added_desc' }],
  ['a page as text', { page: '1', sort: 'date_added_desc' }],
  ['half a page', { page: 1.5, sort: 'date_added_desc' }],
  ['two forms', { ...PAGE, page_urls: ['https://x.example/'] }],
  ['an empty list', { page_urls: [] }],
  ['a list of numbers', { page_uniques: [1] }],
  ['a text for a list', { page_urls: 'https://x.example/' }],
  ['101 entries', { page_uniques: Array(101).fill('1') }],
  ['a list as the body', [PAGE]],
  ['no JSON', '{'],
])('%s is a 400 with a sentence', async (_case, body) => {
  const { status, body: answer } = await ask(body)
  expect([status, Object.keys(answer)]).toEqual([400, ['error']])
  expect(answer.error.length).toBeGreaterThan(5)
})

test('each field of each product keeps to Torob’s table', async () => {
  const { api_version, current_page, total, max_pages, products } = await pageOf(1)
  expect([api_version, current_page, max_pages]).toEqual(['torob_api_v3', 1, Math.ceil(total / 100)])
  const all = [...products, ...(await pageOf(2)).products]
  expect(all).toHaveLength(total)
  expect(new Set(all.map(({ page_unique: unique }) => unique)).size).toBe(total)
  const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/
  for (const product of all) {
    expect(product.page_unique).toMatch(/^\d+(_\d+)?$/)
    expect(product.page_url).toMatch(/^https:\/\/\S{1,1492}$/)
    expect(product.title.length).toBeLessThanOrEqual(500)
    expect(product.title).not.toMatch(/[\t\n]/)
    expect(Number.isSafeInteger(product.current_price) && product.current_price >= 0).toBe(true)
    if (product.old_price !== undefined) expect(product.old_price).toBeGreaterThan(product.current_price)
    expect(typeof product.availability).toBe('boolean')
    expect(product.availability ? product.current_price > 0 : product.current_price === 0).toBe(true)
    expect((product.category_name ?? '').length).toBeLessThanOrEqual(200)
    for (const image of product.image_links) expect(image).toMatch(/^https:\/\/\S{1,992}$/)
    for (const value of Object.values(product.spec ?? {})) expect(typeof value).toBe('string')
    expect((product.short_desc ?? '').length).toBeLessThanOrEqual(500)
    expect((product.guarantee ?? '').length).toBeLessThanOrEqual(200)
    expect(product.date_added).toMatch(TIME)
    expect(product.date_updated).toMatch(TIME)
  }
})

test('prices are whole toman; a product that cannot be bought has 0 and is not available', async () => {
  const { products } = (await ask({ page_uniques: ['1', '2', '3', '4', '5', '6'] })).body
  const shown = products.map((each: Record<string, unknown>) => [
    each.page_unique,
    each.current_price,
    each.availability,
  ])
  expect(shown).toEqual([
    ['1', 850_000, true],
    ['2', 850_000, true],
    ['3', 1_500, true],
    ['4', 0, false],
    ['5', 0, false],
    ['6', 0, false],
  ])
  expect(products[0]).toMatchObject({
    title: 'A B "q" x',
    old_price: 950_000,
    guarantee: '۲۴ ماه',
    spec: { جنس: 'چرم', گارانتی: '۲۴ ماه' },
    category_name: 'کفش',
  })
  expect(products[0].product_group_id).toBeUndefined()
})

test('pages have 100 items each, variants share the id of their product, and hidden products are absent', async () => {
  const [first, second, third] = [await pageOf(1), await pageOf(2), await pageOf(3)]
  expect(first.products).toHaveLength(100)
  expect([first.total, second.total, first.max_pages, third.products.length]).toEqual([138, 138, 2, 0])
  const uniques = [...uniquesOf(first), ...uniquesOf(second)]
  // The newest first.
  expect(uniques.slice(0, 4)).toEqual(['12', '11', '10_900', '10_901'])
  expect(uniques.at(-1)).toBe('1')
  for (const absent of ['7', '8', '9', '13']) expect(uniques).not.toContain(absent)
  const variants = first.products.filter(({ product_group_id: group }: { product_group_id?: string }) => group === '10')
  expect(variants[0]).toMatchObject({
    title: 'Many رنگ 0',
    current_price: 1_000,
    page_url: `https://${HOST}/product/10/`,
  })
  await change({ id: 2, name: 'In rials, changed', price: '9', currency: 'IRR', regular_price: '', on_sale: false })
  await server.settled()
  expect(uniquesOf(await pageOf(1, 'date_updated_desc'))[0]).toBe('2')
})

test('products are found by address in any spelling and by id; unknown and removed ones are missing', async () => {
  const urls = async (...list: string[]) => uniquesOf((await ask({ page_urls: list })).body)
  expect(await urls(`https://${HOST}/product/1/`)).toEqual(['1'])
  expect(await urls(`https://${HOST}/product/1`, `https://${HOST}/product/404/`)).toEqual(['1'])
  expect(await urls(`https://${HOST}/محصول/کفش`)).toEqual(['12'])
  expect(await urls(encodeURI(`https://${HOST}/محصول/کفش/`))).toEqual(['12'])
  expect(await urls(`https://${HOST}/product/9/`)).toEqual([])
  expect(await urls('no address', '\u0000')).toEqual([])
  const uniques = async (...list: string[]) => uniquesOf((await ask({ page_uniques: list })).body)
  expect(await uniques('10_905', '1', '10_1', '10', 'x', '1; drop')).toEqual(['1', '10_905'])
  await shop.send(aDeletion(6))
  await server.settled()
  const gone = (await ask({ page_uniques: ['6'] })).body
  expect(gone).toEqual({ api_version: 'torob_api_v3', current_page: 1, total: 0, max_pages: 1, products: [] })
})

test('a new price is in the next answer', async () => {
  for (const price of ['100', '200']) {
    await change({ id: 1, name: 'Fresh', price, regular_price: '', on_sale: false })
    await server.settled()
    expect((await ask({ page_uniques: ['1'] })).body.products[0].current_price).toBe(Number(price))
  }
})

test('the first address is that of the shop, where Torob’s token is valid', async () => {
  const { body } = await server.admin('POST', '/api/v1/feeds/', { store_id: shop.storeId, kind: 'torob' })
  expect(body.addresses[0]).toMatch(new RegExp(`^https://${HOST}/wp-json/fiko-sync/v1/torob/fd_[\\w-]{43}$`))
  expect(body.addresses[1]).toMatch(new RegExp(`^${server.url}/feeds/fd_[\\w-]{43}/torob/$`))
})
