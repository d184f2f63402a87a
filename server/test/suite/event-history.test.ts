import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_ATTEMPTS_KEPT, replayingDead } from '../../src/catalog/event-attempts.ts'
import { dropOldPartitions, partitionFor } from '../../src/ingest/partitions.ts'
import { createLog } from '../../src/platform/log.ts'
import { anUpdate } from '../support/events.ts'
import { type Person, signedIn } from '../support/people.ts'
import { databaseKind, type Shop, startTestServer, type TestServer, waitFor } from '../support/test-server.ts'

const EVENTS = '/api/v1/integrations/woocommerce/events/'
const DAY_MS = 86_400_000

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

test('an event that fails, is given up and is replayed tells all of it, the oldest first', async () => {
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
  const stranger = await signedIn(server, 'owner')
  const path = `${EVENTS}${await idOf('cursed')}/replay/`
  expect((await stranger.request('POST', path, {})).status).toBe(404)
  expect((await stranger.request('POST', `${EVENTS}replay/`, {})).body.replayed).toBe(0)
  expect((await owner.request('POST', `${EVENTS}replay/`, { dry_run: true })).body.matched).toBe(1)
  expect((await owner.request('POST', `${EVENTS}${await idOf('good')}/replay/`, {})).status).toBe(409)
  expect(await keptOf('cursed')).toEqual(before)
  expect(await keptOf('good')).toEqual([])
})

test(`of an event that is replayed without end the newest ${MAX_ATTEMPTS_KEPT} are kept, and of others nothing is forgotten`, async () => {
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

/** A dead letter of half a year ago, with one attempt. */
async function anOldDeadLetter(): Promise<Date> {
  const at = new Date(Date.now() - 200 * DAY_MS)
  await partitionFor(server.running.db.owner, at.getTime())
  await server.sql(
    `with old as (
       insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id,
                           payload, version, is_versioned, priority, status, error)
       select $2::timestamptz, 'infinity', tenant_id, id, 'old', 'product.updated', 'live', 9, '{}', 5, true, 0, 'dead', 'x'
         from stores where id = $1 returning id, received_at, tenant_id, store_id)
     insert into event_attempts (log_id, received_at, tenant_id, store_id, attempt, error, follows)
     select id, received_at, tenant_id, store_id, 1, 'x', 'dead_letter' from old`,
    [shop.storeId, at.toISOString()],
  )
  return at
}

test('what an event went through is forgotten with its week, and what belongs to other weeks stays', async () => {
  const at = await anOldDeadLetter()
  expect(await keptOf('old')).toHaveLength(1)
  const old = await idOf('old')
  const others = await keptOf('cursed')
  expect(await dropOldPartitions(server.running.db, 90, createLog('silent'))).toHaveLength(1)
  expect(await server.sql('select 1 from event_attempts where log_id = $1', [old])).toEqual([])
  expect(await server.sql(`select 1 from events where event_id = 'old'`)).toEqual([])
  expect(await keptOf('cursed')).toEqual(others)
  // The log goes on: the week of then can be made again.
  await partitionFor(server.running.db.owner, at.getTime())
})

// The embedded database does one thing after the other.
if (databaseKind === 'postgres') {
  test('a dead letter that is being replayed keeps its week, although nothing of it is open yet', async () => {
    await anOldDeadLetter()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: replayed, resolve: isReplayed } = Promise.withResolvers<void>()
    const replaying = server.running.db.service.transaction(async (tx) => {
      await tx.query(replayingDead(`e.event_id = 'old'`, '$1'), ['owner'])
      isReplayed()
      await gate
    })
    await replayed
    const dropping = dropOldPartitions(server.running.db, 90, createLog('silent'))
    await waitFor('the dropping to wait for the replay', async () => {
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      return (await server.sql(waiting)).length > 0
    })
    open()
    await replaying
    expect(await dropping).toEqual([])
    expect(await keptOf('old')).toHaveLength(2)
    expect(await server.sql(`select 1 from events where event_id = 'old'`)).toHaveLength(1)
  })
}
