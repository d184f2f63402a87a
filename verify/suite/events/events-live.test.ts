import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { killChildren, startChild } from '../../support/child-server.ts'
import { type Following, follow } from '../../support/event-source.ts'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import {
  databaseKind,
  freshDatabase,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const LIVE = '/api/v1/integrations/woocommerce/events/live/'

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
afterEach(killChildren)
beforeEach(async () => {
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
})

const watch = (person: Person, query = '', headers: Record<string, string> = {}) =>
  follow(`${server.url}${LIVE}${query}`, { cookie: person.cookie, ...headers })
const isReady = (following: Following) =>
  waitFor('the stream to be ready', async () => following.messages.some(({ event }) => event === 'ready'))
const seen = (following: Following) =>
  following.messages.flatMap(({ event, data }) =>
    event === 'events' ? data.map((row: { event_id: string; status: string }) => `${row.event_id} ${row.status}`) : [],
  )
const sees = (following: Following, what: string) =>
  waitFor(`${what} on the stream`, async () => seen(following).includes(what))

test('new events and their outcomes are sent to their owner, and to no other user', async () => {
  await shop.send(anUpdate({ id: 1 }, { event_id: 'before' }))
  await server.settled()
  const otherOwner = await signedIn(server, 'owner')
  const admin = await signedIn(server, 'admin')
  const [own, theirs, all] = await Promise.all([watch(owner), watch(otherOwner), watch(admin)])
  expect(own.status).toBe(200)
  expect(own.headers.get('content-type')).toBe('text/event-stream')
  expect(own.headers.get('x-accel-buffering')).toBe('no')
  expect(own.headers.get('cache-control')).toBe('no-store')
  await Promise.all([isReady(own), isReady(theirs), isReady(all)])
  await shop.send(anUpdate({ id: 1, name: 'Live lamp' }, { event_id: 'fresh' }))
  await Promise.all([sees(own, 'fresh processed'), sees(all, 'fresh processed')])
  expect(seen(own).filter((line) => line.startsWith('before'))).toEqual([])
  expect(theirs.messages.filter(({ event }) => event === 'events')).toEqual([])
  const list = await owner.request('GET', '/api/v1/integrations/woocommerce/events/?limit=1')
  const last = own.messages.filter(({ event }) => event === 'events').at(-1)
  expect(last?.data.at(-1)).toEqual(list.body.results[0])
  for (const one of [own, theirs, all]) one.close()
})

test('store_id limits the stream, and another owner’s store is a 404', async () => {
  const second = await server.newShop({ tenantOf: owner.userId })
  const following = await watch(owner, `?store_id=${second.storeId}`)
  await isReady(following)
  await shop.send(anUpdate({ id: 1 }, { event_id: 'elsewhere' }))
  await second.send(anUpdate({ id: 1 }, { event_id: 'here' }))
  await sees(following, 'here processed')
  expect(seen(following).filter((line) => line.startsWith('elsewhere'))).toEqual([])
  following.close()
  const otherOwner = await signedIn(server, 'owner')
  const refused = await watch(otherOwner, `?store_id=${shop.storeId}`)
  expect(refused.status).toBe(404)
})

test('a client that returns with the last message id gets the missed events once', async () => {
  const first = await watch(owner)
  await isReady(first)
  await shop.send(anUpdate({ id: 1 }, { event_id: 'told' }))
  await sees(first, 'told processed')
  const lastId = first.messages.at(-1)?.id ?? ''
  first.close()
  await shop.send(anUpdate({ id: 2 }, { event_id: 'missed' }))
  await server.settled()
  const again = await watch(owner, '', { 'last-event-id': lastId })
  await sees(again, 'missed processed')
  expect(seen(again).filter((line) => line.startsWith('missed'))).toEqual(['missed processed'])
  again.close()
  const confused = await watch(owner, '', { 'last-event-id': 'nonsense' })
  await isReady(confused)
  expect(seen(confused)).toEqual([])
  confused.close()
})

test('more events than the stream holds are announced as a gap', async () => {
  const first = await watch(owner)
  await isReady(first)
  await shop.send(anUpdate({ id: 1 }, { event_id: 'told' }))
  await sees(first, 'told processed')
  const lastId = first.messages.at(-1)?.id ?? ''
  first.close()
  for (const part of [0, 100])
    await shop.sendBatch(Array.from({ length: 100 }, (_, at) => anUpdate({ id: part + at + 10 })))
  await server.settled()
  const again = await watch(owner, '', { 'last-event-id': lastId })
  await waitFor('the gap', async () => again.messages.some(({ event }) => event === 'gap'))
  again.close()
})

test('one person has five at most; a closed one makes room', async () => {
  const open = await Promise.all(Array.from({ length: 5 }, () => watch(owner)))
  expect(open.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  const sixth = await watch(owner)
  expect(sixth.status).toBe(429)
  expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(0)
  const other = await watch(await signedIn(server, 'owner'))
  expect(other.status).toBe(200)
  other.close()
  open[0]?.close()
  await waitFor('room for another', async () => {
    const next = await watch(owner)
    open.push(next)
    return next.status === 200
  })
  for (const one of open) one.close()
})

test('it ends with the session, and a stopping server ends it', async () => {
  const following = await watch(owner)
  await isReady(following)
  expect(following.hasEnded).toBe(false)
  await server.sql('delete from sessions where user_id = $1::uuid', [owner.userId])
  await waitFor('the stream to end', async () => following.hasEnded)
  const other = await startTestServer()
  const stays = await signedIn(other, 'owner')
  const ended = await follow(`${other.url}${LIVE}`, { cookie: stays.cookie })
  await isReady(ended)
  await other.stop()
  await waitFor('the other stream to end', async () => ended.hasEnded)
})

test('a client that does not ask for a stream gets an answer with an end', async () => {
  const answer = await owner.request('GET', LIVE)
  expect(answer).toMatchObject({ status: 406, body: { error: 'no_stream_wanted' } })
  // The address of an event, as far as HEAD goes.
  expect((await owner.request('HEAD', LIVE)).status).toBe(400)
})

if (databaseKind === 'postgres') {
  test('a server with ROLE=api streams the events that another process applies', async () => {
    const database = await freshDatabase('prepared')
    const api = await startTestServer({ ...database.env, ROLE: 'api' })
    const person = await signedIn(api, 'owner')
    const itsShop = await api.newShop({ tenantOf: person.userId })
    const following = await follow(`${api.url}${LIVE}`, { cookie: person.cookie })
    await isReady(following)
    await itsShop.send(anUpdate({ id: 1 }, { event_id: 'elsewhere' }))
    await sees(following, 'elsewhere received')
    const worker = await startChild({ ...database.env, ROLE: 'worker', EMBEDDING_PROVIDER: 'offline' })
    await sees(following, 'elsewhere processed')
    expect(seen(following)).toEqual(['elsewhere received', 'elsewhere processed'])
    following.close()
    expect(await worker.stop()).toBe(0)
    await api.stop()
    await database.remove()
  })
}
