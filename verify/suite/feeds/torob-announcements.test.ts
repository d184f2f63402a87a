import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type FakeTorob, startFakeTorob } from '../../support/fake-torob.ts'
import { type MadeFeed, makeFeed } from '../../support/feeds.ts'
import {
  type FreshDatabase,
  freshDatabase,
  type Shop,
  shopOf,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const HOST = 'shop.example'
let torob: FakeTorob
let server: TestServer
let shop: Shop
let quiet: Shop
let database: FreshDatabase
let feed: MadeFeed

beforeAll(async () => {
  torob = await startFakeTorob()
  database = await freshDatabase('prepared')
  // The setting names a store, so the store is made first.
  const before = await startTestServer(database.env)
  const made = await before.newShop({ name: 'Announced' })
  const other = await before.newShop({ name: 'Quiet' })
  await before.stop()
  server = await startTestServer({
    ...database.env,
    TOROB_WEBHOOK_URL: torob.url,
    TOROB_WEBHOOK_TOKENS: `${made.storeId}:secret-of-torob`,
  })
  const again = ({ token, tokenId, storeId }: Shop) =>
    shopOf(server.url, { token, id: tokenId, store: { id: storeId } })
  shop = again(made)
  quiet = again(other)
  for (const { storeId } of [shop, quiet]) {
    await server.admin('PATCH', `/api/v1/stores/${storeId}/`, { site: `https://${HOST}` })
    await makeFeed(server, storeId, 'torob')
  }
  await change({ id: 1, name: 'From before' })
  await server.settled()
  feed = await makeFeed(server, shop.storeId, 'torob')
  await waitFor('the first turn', async () => (await stateOf()).announced_until !== null)
})
afterAll(async () => {
  await server.stop()
  await torob.stop()
  await database.remove()
})

const change = (product: Record<string, unknown>, of = shop) =>
  of.send(anUpdate({ permalink: `https://${HOST}/product/${product.id}/`, ...product }))
const stateOf = async () => {
  const [row] = await server.sql<{ announced_until: Date | null; announce_failures: number; is_done: boolean }>(
    `select f.announced_until, f.announce_failures, f.announced_revision is not distinct from r.revision as is_done
       from feeds f join catalog_revisions r on r.store_id = f.store_id where f.id = $1`,
    [feed.id],
  )
  if (!row) throw new Error('the feed is missing')
  return row
}
const uniques = () => torob.requests.flatMap(({ items }) => items.map(({ page_unique: unique }) => unique))

test('a changed, a hidden and a deleted product are announced with the store’s token, and those of other stores are not', async () => {
  const variations = Array.from({ length: 150 }, (_, at) => ({ id: 500 + at, attributes: {}, price: '5' }))
  await change({ id: 2, name: 'Changed' })
  await change({ id: 3, name: 'Hidden' })
  await change({ id: 3, name: 'Hidden', catalog_visibility: 'hidden' })
  await change({ id: 4, name: 'Gone' })
  await server.settled()
  await shop.send(aDeletion(4))
  await change({ id: 5, name: 'Many', variations })
  await change({ id: 6, name: 'Elsewhere', permalink: 'https://other.example/product/6/' })
  await change({ id: 7, name: 'Of the quiet store' }, quiet)
  await change({ id: 14, name: 'The last one' })
  await server.settled()
  await waitFor('the last one to be announced', async () => uniques().includes('14'))
  const told = new Set(uniques())
  for (const unique of ['2', '3', '4', '5_500', '5_649']) expect(told, unique).toContain(unique)
  for (const unique of ['6', '7']) expect(told, unique).not.toContain(unique)
  for (const { authorization, items } of torob.requests) {
    expect(authorization).toBe('Bearer secret-of-torob')
    expect(items.length).toBeGreaterThan(0)
    expect(items.length).toBeLessThanOrEqual(100)
    for (const { page_url: url } of items) expect(new URL(url).host).toBe(HOST)
  }
  // Twenty requests a minute: one in three seconds.
  const gaps = torob.requests.slice(1).map(({ atMs }, at) => atMs - (torob.requests[at]?.atMs ?? 0))
  for (const gap of gaps) expect(gap).toBeGreaterThan(2_500)
})

test('a failure is repeated after the time that Torob names, and the pipeline goes on meanwhile', async () => {
  torob.requests.length = 0
  torob.next.push({ status: 429, headers: { 'retry-after': '3600' } })
  await change({ id: 8, name: 'Refused once' })
  await waitFor('the refusal', async () => (await stateOf()).announce_failures === 1)
  const [row] = await server.sql<{ seconds: number }>(
    'select extract(epoch from announce_after - now())::float8 as seconds from feeds where id = $1',
    [feed.id],
  )
  expect(row?.seconds).toBeGreaterThan(3_000)
  // An event is applied as ever.
  await change({ id: 9, name: 'Meanwhile' })
  await server.settled()
  expect(await server.sql(`select 1 from products where external_id = 'woo_9' and is_active`)).toHaveLength(1)
  expect(torob.requests.slice(0, 1)).toEqual(torob.requests)
  await server.sql('update feeds set announce_after = now() where id = $1', [feed.id])
  await waitFor('the next attempt', async () => torob.requests.length >= 2)
  expect(torob.requests[1]?.items).toEqual(torob.requests[0]?.items)
  await waitFor('no failure to be left', async () => (await stateOf()).announce_failures === 0)
})

test('a request that Torob finds invalid does not stop the ones after it', async () => {
  torob.requests.length = 0
  torob.next.push({ status: 400 })
  await change({ id: 10, name: 'Invalid' })
  await waitFor('the request', async () => uniques().includes('10'))
  await change({ id: 11, name: 'After it' })
  await waitFor('the next one', async () => uniques().includes('11'))
  expect((await stateOf()).announce_failures).toBe(0)
})

test('a change while no feed existed is not announced; a new feed begins at its own time', async () => {
  for (const { id } of (await server.admin('GET', `/api/v1/feeds/?store_id=${shop.storeId}`)).body.results)
    await server.admin('DELETE', `/api/v1/feeds/${id}/`)
  await change({ id: 12, name: 'Silent' })
  await server.settled()
  torob.requests.length = 0
  feed = await makeFeed(server, shop.storeId, 'torob')
  await waitFor('the first turn', async () => (await stateOf()).announced_until !== null)
  await change({ id: 13, name: 'Announced again' })
  await waitFor('the change after it', async () => uniques().includes('13'))
  expect(uniques()).not.toContain('12')
  await waitFor('no work to be left', async () => (await stateOf()).is_done)
})
