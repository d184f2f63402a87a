import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_ATTEMPTS_KEPT } from '../../../server/src/catalog/event-attempts.ts'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const EVENTS = '/api/v1/integrations/woocommerce/events/'

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer({ RETRY_LIMIT: '2' })
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
  await server.sql(`create function curse() returns trigger language plpgsql security definer as $$
    begin if new.name like 'Cursed%' then raise exception 'this name is cursed'; end if; return new; end $$`)
})
afterAll(() => server.stop())

const curse = () =>
  server.sql('create trigger curse before insert or update on products for each row execute function curse()')
const liftCurse = () => server.sql('drop trigger curse on products')

const idOf = async (eventId: string) => {
  const [row] = await server.sql<{ id: number }>('select id from events where event_id = $1', [eventId])
  return row?.id ?? 0
}
const detail = async (eventId: string) => (await owner.request('GET', `${EVENTS}${await idOf(eventId)}/`)).body
const keptOf = async (eventId: string) =>
  await server.sql<{ attempt: number | null; replayed_by: string | null }>(
    'select attempt, replayed_by from event_attempts where log_id = $1 order by id',
    [await idOf(eventId)],
  )

test('an event that failed, became a dead letter and was replayed has its whole history, oldest first', async () => {
  await curse()
  await shop.send(anUpdate({ id: 1, name: 'Cursed lamp' }, { event_id: 'lamp' }))
  await server.settled()
  const failed = (attempt: number, follows: string) => ({
    kind: 'failed',
    at: expect.any(String),
    attempt,
    error: expect.stringContaining('(code P0001)'),
    follows,
  })
  const replayed = (by: string) => ({ kind: 'replayed', at: expect.any(String), by })
  const first = [failed(1, 'retry'), failed(2, 'retry'), failed(3, 'dead_letter')]
  expect((await detail('lamp')).history).toEqual(first)

  const path = `${EVENTS}${await idOf('lamp')}/replay/`
  expect((await owner.request('POST', path, {})).status).toBe(202)
  await server.settled()
  const second = [...first, replayed('owner'), ...first]
  expect((await detail('lamp')).history).toEqual(second)

  await liftCurse()
  expect((await server.admin('POST', `${EVENTS}replay/`, { store_id: shop.storeId })).body.replayed).toBe(1)
  await server.settled()
  const event = await detail('lamp')
  expect(event).toMatchObject({ status: 'processed', outcome: 'created', attempts: 1, error: null })
  expect(event.history).toEqual([...second, replayed('operator')])
  const times = event.history.map((entry: { at: string }) => Date.parse(entry.at))
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

test('an event that succeeds at once leaves nothing, also when others of its batch fail', async () => {
  await curse()
  await shop.sendBatch([
    anUpdate({ id: 2, name: 'Good vase' }, { event_id: 'good' }),
    anUpdate({ id: 3, name: 'Cursed vase' }, { event_id: 'cursed' }),
  ])
  await server.settled()
  await liftCurse()
  expect((await detail('good')).history).toEqual([])
  expect(await keptOf('good')).toEqual([])
  expect(await keptOf('cursed')).toHaveLength(3)
})

test('a replay that is refused, or only counted, leaves no trace', async () => {
  const before = await keptOf('cursed')
  const otherOwner = await signedIn(server, 'owner')
  const path = `${EVENTS}${await idOf('cursed')}/replay/`
  expect((await otherOwner.request('POST', path, {})).status).toBe(404)
  expect((await otherOwner.request('POST', `${EVENTS}replay/`, {})).body.replayed).toBe(0)
  expect((await owner.request('POST', `${EVENTS}replay/`, { dry_run: true })).body.matched).toBe(1)
  expect((await owner.request('POST', `${EVENTS}${await idOf('good')}/replay/`, {})).status).toBe(409)
  expect(await keptOf('cursed')).toEqual(before)
  expect(await keptOf('good')).toEqual([])
})

test(`the newest ${MAX_ATTEMPTS_KEPT} attempts of an event that is replayed without end are kept, and all attempts of others`, async () => {
  await server.sql(
    `insert into event_attempts (log_id, received_at, tenant_id, store_id, attempt, error, follows)
     select id, received_at, tenant_id, store_id, n, 'x', 'retry' from events, generate_series(101, 180) n where event_id = 'cursed'`,
  )
  const others = await keptOf('lamp')
  await curse()
  await owner.request('POST', `${EVENTS}${await idOf('cursed')}/replay/`, {})
  await server.settled()
  await liftCurse()
  const kept = await keptOf('cursed')
  expect(kept).toHaveLength(MAX_ATTEMPTS_KEPT)
  expect(kept.slice(-5)).toEqual([
    { attempt: 180, replayed_by: null },
    { attempt: null, replayed_by: 'owner' },
    ...[1, 2, 3].map((attempt) => ({ attempt, replayed_by: null })),
  ])
  expect(kept[0]).toEqual({ attempt: 135, replayed_by: null })
  expect(await keptOf('lamp')).toEqual(others)
  expect((await detail('cursed')).history).toHaveLength(MAX_ATTEMPTS_KEPT)
})
