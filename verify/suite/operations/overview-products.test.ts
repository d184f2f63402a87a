import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
})

const overview = async (query = '', person = owner) =>
  (await person.request('GET', `/api/v1/overview/${query}`)).body as {
    series: { at: string; products: number | null }[]
    products: { active: number }
  }
/** The numbers one after the other, without their repetitions. */
const course = (body: { series: { products: number | null }[] }) =>
  body.series.map(({ products }) => products).filter((count, place, all) => place === 0 || count !== all[place - 1])

const apply = async (events: unknown[], by = shop) => {
  expect((await by.sendBatch(events)).status).toBe(202)
  await server.settled()
}
/** Makes everything that happened until now so much older. */
const later = async (hours: number) => {
  // By way of a time when there is nothing, or a row would meet the one before it.
  await server.sql(`update event_hours set hour = hour + interval '100 years'`)
  await server.sql(`update event_hours set hour = hour - interval '100 years' - $1 * interval '1 hour'`, [hours])
}
const changesOf = async (storeId: number) => {
  const [row] = await server.sql<{ sum: number }>(
    'select coalesce(sum(products_change), 0)::int as sum from event_hours where store_id = $1',
    [storeId],
  )
  return row?.sum
}

test('each part ends with the number of products that were shown then: made, hidden, shown again, deleted', async () => {
  await apply([1, 2, 3, 4].map((id) => anUpdate({ id })))
  await later(3)
  await apply([anUpdate({ id: 1, catalog_visibility: 'hidden' }), anUpdate({ id: 2, status: 'draft' })])
  await later(3)
  await apply([anUpdate({ id: 1 }), anUpdate({ id: 9, status: 'private' })])
  await later(3)
  await apply([aDeletion(3), aDeletion(77), anUpdate({ id: 4, price: '5' })])
  const day = await overview()
  expect(course(day)).toEqual([0, 4, 2, 3, 2])
  expect(day.series.at(-1)?.products).toBe(day.products.active)
  const at = (hoursAgo: number) => day.series.at(-1 - hoursAgo)?.products
  expect([at(0), at(1), at(2)]).toEqual([2, 3, 3])
  expect(course(await overview('?hours=2'))).toEqual([3, 2])
  expect(course(await overview('?hours=720')).at(-1)).toBe(2)
  expect(course(await overview('', await signedIn(server, 'owner')))).toEqual([0])
})

test('a late, repeated or replayed event changes the number as it changes the table', async () => {
  const old = anUpdate({ id: 1, name: 'Old' })
  const deletion = aDeletion(1)
  await apply([anUpdate({ id: 2 }), anUpdate({ id: 2 }), deletion])
  await apply([old, deletion])
  await apply([anUpdate({ id: 1 }), anUpdate({ id: 1, catalog_visibility: 'hidden' }), anUpdate({ id: 1 })])
  await apply([aDeletion(2), anUpdate({ id: 2 }), aDeletion(2)])
  expect((await overview()).products.active).toBe(1)
  expect(await changesOf(shop.storeId)).toBe(1)
})

test('the changes add up to the table after concurrent events of a store, and to nothing when the store is deleted', async () => {
  const kinds = [
    (id: number) => anUpdate({ id }),
    (id: number) => anUpdate({ id, catalog_visibility: 'hidden' }),
    (id: number) => aDeletion(id),
    (id: number) => anUpdate({ id, name: `Again ${id}` }),
  ]
  await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      shop.sendBatch(
        Array.from({ length: 25 }, (_, place) => kinds[(at * 5 + place * 3) % 4]?.(((at * 7 + place) % 30) + 1)),
      ),
    ),
  )
  await server.settled()
  const { active } = (await overview()).products
  expect(active).toBeGreaterThan(0)
  expect(await changesOf(shop.storeId)).toBe(active)
  const second = await server.newShop({ tenantOf: owner.userId })
  await apply([anUpdate({ id: 1 })], second)
  await later(2)
  await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
  expect(await changesOf(shop.storeId)).toBe(0)
  expect(course(await overview())).toEqual([0, active + 1, 1])
  expect(course(await overview(`?store_id=${second.storeId}`))).toEqual([0, 1])
})

test('the number is null before the first count, and is known for a later store', async () => {
  await apply([1, 2].map((id) => anUpdate({ id })))
  const counted = `update stores set products_counted_since = date_trunc('hour', now(), 'UTC') - interval '5 hours'`
  await server.sql(`${counted} where id = $1`, [shop.storeId])
  const { series } = await overview()
  expect(series.at(-1)?.products).toBe(2)
  const known = series.filter(({ products }) => products !== null)
  expect(known.length).toBeGreaterThanOrEqual(6)
  expect(known.length).toBeLessThanOrEqual(7)
  expect(series.slice(0, -known.length).every(({ products }) => products === null)).toBe(true)
  const young = await server.newShop({ tenantOf: owner.userId })
  expect(course(await overview(`?store_id=${young.storeId}`))).toEqual([0])
  await server.sql(`update stores set products_counted_since = now() + interval '1 hour' where id = $1`, [shop.storeId])
  expect(course(await overview())).toEqual([null, 2])
})
