import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const EVENTS = '/api/v1/integrations/woocommerce/events/'

let server: TestServer
let owner: Person
let otherOwner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
  otherOwner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
})
afterAll(() => server.stop())

const find = async (query: Record<string, string>, person = owner) => {
  const { status, body } = await person.request('GET', `${EVENTS}?${new URLSearchParams(query)}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.results.map((event: { event_id: string }) => event.event_id)
}
const detail = async (eventId: string, person = owner) => {
  const [row] = await server.sql<{ id: number }>('select id from events where event_id = $1', [eventId])
  return await person.request('GET', `${EVENTS}${row?.id}/`)
}

async function inTurn(...events: Record<string, unknown>[]): Promise<void> {
  for (const event of events) {
    expect((await shop.send(event)).status).toBe(202)
    await server.settled()
  }
}

test('an event shows the changed fields with their earlier values, and no unchanged ones', async () => {
  const late = anUpdate({ id: 10, name: 'Old kettle', price: '1' }, { event_id: 'late' })
  await inTurn(
    anUpdate({ id: 10, name: 'Kettle', price: '10' }, { event_id: 'first' }),
    anUpdate({ id: 10, name: 'Kettle', price: '12', stock_quantity: 3 }, { event_id: 'dearer' }),
    anUpdate({ id: 10, name: 'Kettle', price: '12', stock_quantity: 3 }, { event_id: 'same' }),
    late,
    aDeletion(10, { event_id: 'gone' }),
  )
  expect((await detail('first')).body).toMatchObject({ outcome: 'created', changes: null, superseded_by: null })
  const dearer = (await detail('dearer')).body
  expect(dearer.changes).toEqual([
    { field: 'price', before: '10', after: '12' },
    { field: 'stock_quantity', before: '12', after: '3' },
  ])
  expect(dearer).toMatchObject({ outcome: 'metadata_updated', product_name: 'Kettle', payload: { event_id: 'dearer' } })
  expect((await detail('same')).body).toMatchObject({ outcome: 'unchanged', changes: [] })
  expect((await detail('late')).body).toMatchObject({
    outcome: 'superseded',
    changes: null,
    superseded_by: { event_id: 'same', event_type: 'product.updated' },
  })
  expect((await detail('gone')).body).toMatchObject({
    outcome: 'deleted',
    changes: null,
    product: { name: 'Kettle', is_active: false, deleted_at: expect.any(String) },
  })
  expect((await detail('dearer', otherOwner)).status).toBe(404)
})

test('events are found by their id, by their product’s number and by its words, in one’s own stores only', async () => {
  await inTurn(
    anUpdate({ id: 7001, name: 'Copper samovar' }, { event_id: 'order of the shop' }),
    anUpdate({ id: 7002, name: 'Brass samovar' }, { event_id: 'another' }),
    anUpdate({ id: 7003, name: 'Teapot' }, { event_id: 'unrelated' }),
  )
  expect(await find({ search: 'order of the shop' })).toEqual(['order of the shop'])
  expect(await find({ search: 'samovar' })).toEqual(['another', 'order of the shop'])
  expect(await find({ search: 'samovar', woo_product_id: '7001' })).toEqual(['order of the shop'])
  expect(await find({ search: 'samovar', status: 'dead' })).toEqual([])
  for (const number of ['7003', '۷۰۰۳', '٧٠٠٣']) expect(await find({ search: number }), number).toEqual(['unrelated'])
  expect(await find({ search: 'nothing like it' })).toEqual([])
  expect(await find({ search: "'); drop table events; --" })).toEqual([])
  const page = await owner.request('GET', `${EVENTS}?search=samovar&limit=1`)
  expect(page.body).toMatchObject({ count: 2, count_exact: true })
  const next = await owner.request('GET', page.body.next)
  expect(next.body.results.map((event: { event_id: string }) => event.event_id)).toEqual(['order of the shop'])
  for (const search of ['samovar', 'order of the shop', '7001']) {
    expect(await find({ search }, otherOwner), search).toEqual([])
    expect((await server.admin('GET', `${EVENTS}?search=${search}`)).body.count, search).toBeGreaterThan(0)
  }
})

test('dead letters name their product and are narrowed to a store', async () => {
  await server.sql(`create function curse() returns trigger language plpgsql security definer as $$
    begin if new.name = 'Doomed' then raise exception 'cursed'; end if; return new; end $$`)
  await server.sql('create trigger curse before insert or update on products for each row execute function curse()')
  await inTurn(anUpdate({ id: 20, name: 'Spared' }))
  await shop.send(anUpdate({ id: 20, name: 'Doomed' }, { event_id: 'doomed' }))
  const letters = async (query = '') => (await owner.request('GET', `/api/v1/dead-letters/${query}`)).body.results
  await waitFor('the dead letter', async () => (await letters()).length === 1)
  expect(await letters(`?store_id=${shop.storeId}`)).toMatchObject([
    {
      kind: 'event',
      event_id: 'doomed',
      reason: expect.stringContaining('(code P0001)'),
      product: { name: 'Spared' },
      text: null,
    },
  ])
  const empty = await server.newShop({ tenantOf: owner.userId })
  expect(await letters(`?store_id=${empty.storeId}`)).toEqual([])
  expect(await letters(`?user_id=${otherOwner.userId}`)).toEqual([])
})

test('an admin asks the knowledge base as one tenant; an owner only ever as their own', async () => {
  const found = async (userId: string, token?: Person) => {
    const path = `/api/v1/knowledge/search/?q=samovar&user_id=${userId}`
    const answer = token ? await token.request('GET', path) : await server.admin('GET', path)
    return answer.body.results.some((result: { product: { name: string } }) => result.product.name === 'Copper samovar')
  }
  expect(await found(owner.userId)).toBe(true)
  expect(await found(otherOwner.userId)).toBe(false)
  expect(await found(owner.userId, owner)).toBe(true)
  expect(await found(owner.userId, otherOwner)).toBe(false)
})
