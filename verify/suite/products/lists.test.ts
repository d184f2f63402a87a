import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate, nextVersion } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const PRODUCTS = '/api/v1/web-knowledge/products/'
const EVENTS = '/api/v1/integrations/woocommerce/events/'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

interface Listed {
  name: string
  price: string | null
}

const followed = async (path: string, direction: 'next' | 'previous' = 'next') => {
  const pages: Listed[][] = []
  let last = path
  for (let url: string | null = path; url; ) {
    const page = await server.admin('GET', url)
    expect(page.status, url).toBe(200)
    last = url
    pages.push(page.body.results)
    url = page.body[direction]
  }
  return { pages, last }
}

test('the product list is filtered, ordered and paged by cursor, forwards and backwards', async () => {
  const store = await server.newShop({ name: 'List' })
  await store.sendBatch(
    Array.from({ length: 25 }, (_, n) =>
      anUpdate({
        id: n + 1,
        name: `Item ${String(n).padStart(2, '0')}`,
        price: n === 24 ? '' : String((n % 5) * 1000),
        categories: [n % 2 ? 'Odd' : 'Even'],
        on_sale: n % 3 === 0,
        stock_status: n < 4 ? 'outofstock' : 'instock',
        status: n === 23 ? 'draft' : 'publish',
      }),
    ),
  )
  await server.settled()
  const base = `${PRODUCTS}?store_id=${store.storeId}`
  const count = async (filter: string) => (await server.admin('GET', `${base}&${filter}`)).body.count
  expect(await count('')).toBe(25)
  expect(await count('category=odd')).toBe(12)
  expect(await count('in_stock=false')).toBe(4)
  expect(await count('is_active=false')).toBe(1)
  expect(await count('has_discount=true')).toBe(9)
  expect(await count('min_price=3000')).toBe(9)
  expect(await count('min_price=1000&max_price=1000')).toBe(5)
  expect(await count('search=item%2007')).toBe(1)
  expect(await count('search=nothing-like-it')).toBe(0)
  expect(await count('external_source=woocommerce')).toBe(25)
  expect(await count('external_source=shopify')).toBe(0)

  for (const ordering of ['name', '-name', 'price', '-price', 'id', '-created_at', '-updated_at']) {
    const whole = (await server.admin('GET', `${base}&ordering=${ordering}&limit=100`)).body
    expect(whole).toMatchObject({ count: 25, count_exact: true, next: null, previous: null })
    const names = (whole.results as Listed[]).map((each) => each.name)
    expect(new Set(names).size).toBe(25)
    const forwards = await followed(`${base}&ordering=${ordering}&page_size=10`)
    expect(
      forwards.pages.map((page) => page.length),
      ordering,
    ).toEqual([10, 10, 5])
    expect(forwards.pages.flat().map((each) => each.name)).toEqual(names)
    const backwards = await followed(forwards.last, 'previous')
    expect(
      backwards.pages
        .toReversed()
        .flat()
        .map((each) => each.name),
      `${ordering} backwards`,
    ).toEqual(names)
    const second = await server.admin('GET', `${base}&ordering=${ordering}&page_size=10&page=2`)
    expect(second.body.results.map((each: Listed) => each.name)).toEqual(names.slice(10, 20))
  }
  const byPrice = (await server.admin('GET', `${base}&ordering=price&limit=100`)).body.results as Listed[]
  expect(byPrice.map((each) => Number(each.price ?? -1))).toEqual(
    byPrice.map((each) => Number(each.price ?? -1)).toSorted((a, b) => a - b),
  )
})

test('a list refuses parameters that it does not understand, and names them', async () => {
  for (const [query, path] of [
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['page=0', 'page'],
    ['page=1000000', 'page'],
    ['store_id=x', 'store_id'],
    ['in_stock=perhaps', 'in_stock'],
    ['min_price=much', 'min_price'],
    ['ordering=secret', 'ordering'],
    ['user_id=1', 'user_id'],
    ['cursor=nonsense', 'cursor'],
  ] as const) {
    const answer = await server.admin('GET', `${PRODUCTS}?${query}`)
    expect(answer, query).toMatchObject({ status: 400, body: { error: 'invalid_input', issues: [{ path }] } })
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  }
})

test('the event list is filtered, and each event has its outcome', async () => {
  const store = await server.newShop({ name: 'Events' })
  const version = nextVersion()
  const events = [
    anUpdate({ id: 1 }, { event_id: 'ev-1', event_type: 'product.created', version }),
    anUpdate({ id: 1, price: '5' }, { event_id: 'ev-2', version: version + 2, source: 'backfill' }),
    anUpdate({ id: 1 }, { event_id: 'ev-3', version: version + 1 }),
    aDeletion(2, { event_id: 'ev-4', version }),
  ]
  for (const event of events) {
    await store.send(event)
    await server.settled()
  }
  const base = `${EVENTS}?store_id=${store.storeId}`
  const ids = async (filter: string) =>
    (await server.admin('GET', `${base}&${filter}`)).body.results.map((each: { event_id: string }) => each.event_id)
  expect(await ids('')).toEqual(['ev-4', 'ev-3', 'ev-2', 'ev-1'])
  expect(await ids('event_type=product.created')).toEqual(['ev-1'])
  expect(await ids('status=superseded')).toEqual(['ev-3'])
  expect(await ids('success=true')).toHaveLength(4)
  expect(await ids('success=false')).toEqual([])
  expect(await ids('woo_product_id=2')).toEqual(['ev-4'])
  const owner = await server.newOwner()
  expect(await ids(`user_id=${owner}`)).toEqual([])
  const [event] = (await server.admin('GET', `${base}&status=superseded`)).body.results
  expect(event).toMatchObject({
    event_type: 'product.updated',
    source: 'live',
    woo_product_id: 1,
    version: version + 1,
    status: 'superseded',
    outcome: 'superseded',
    processed_successfully: true,
    attempts: 1,
    next_attempt_at: null,
    error: null,
    source_ip: '127.0.0.1',
    store: { id: store.storeId, name: 'Events' },
  })
  expect(event.processing_time_ms).toBeGreaterThan(0)
  expect(Date.parse(event.processed_at)).toBeGreaterThanOrEqual(Date.parse(event.received_at))
  expect((await server.admin('GET', `${EVENTS}99999999/`)).status).toBe(404)
})

test('the statistics of the event log have the shape that the contract gives, and add up', async () => {
  const { body } = await server.admin('GET', `${EVENTS}stats/`)
  expect(Object.keys(body).sort()).toEqual(
    ['total', 'by_status', 'by_event_type', 'average_processing_time_ms', 'retries', 'dead'].sort(),
  )
  const [row] = await server.sql('select count(*)::int as count from events')
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0)
  expect(body.total).toBe(row?.count)
  expect(sum(body.by_status)).toBe(body.total)
  expect(sum(body.by_event_type)).toBe(body.total)
  expect(body).toMatchObject({ retries: 0, dead: 0 })
  expect(body.average_processing_time_ms).toBeGreaterThan(0)
})

test('lists and details are for operators only', async () => {
  for (const path of [PRODUCTS, `${PRODUCTS}1/`, EVENTS, `${EVENTS}1/`, `${EVENTS}stats/`, '/api/v1/dead-letters/']) {
    expect((await fetch(`${server.url}${path}`)).status, path).toBe(401)
    expect((await shop.request('GET', path)).status, path).toBe(403)
  }
})
