import { afterAll, beforeAll, expect, test } from 'vitest'
import { replayDead } from '../../../server/src/catalog/event-attempts.ts'
import { dropOldPartitions, partitionFor } from '../../../server/src/ingest/partitions.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { anUpdate } from '../../support/events.ts'
import { databaseKind, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const DAY_MS = 86_400_000

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const trim = () => dropOldPartitions(server.running.db, 90, createLog('silent'))

/** The stored parts of an event: its row in the log, its id, and its attempts. */
async function keptOf(eventId: string) {
  const [row] = await server.sql<{ events: number; ids: number; attempts: number }>(
    `select (select count(*)::int from events where event_id = $1) as events,
            (select count(*)::int from event_ids where event_id = $1) as ids,
            (select count(*)::int from event_attempts where log_id = (select id from events where event_id = $1)) as attempts`,
    [eventId],
  )
  return row
}

/** An event of so many days ago, with its id, and one attempt where it is a dead letter. */
async function anOldEvent(eventId: string, daysAgo: number, status: 'dead' | 'received' | 'processed'): Promise<Date> {
  const at = new Date(Date.now() - daysAgo * DAY_MS)
  await partitionFor(server.running.db.owner, at.getTime())
  await server.sql(
    `with old as (
       insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id,
                           payload, version, is_versioned, priority, status, outcome, error)
       select $2::timestamptz, 'infinity', tenant_id, id, $3, 'product.updated', 'live', 9, '{}', 5, true, 0, $4,
              case when $4 = 'processed' then 'created' end, case when $4 = 'dead' then 'x' end
         from stores where id = $1 returning id, received_at, tenant_id, store_id, status), noted as (
       insert into event_attempts (log_id, received_at, tenant_id, store_id, attempt, error, follows)
       select id, received_at, tenant_id, store_id, 1, 'x', 'dead_letter' from old where status = 'dead')
     insert into event_ids values ($1, $3, 'hash', $2::timestamptz)`,
    [shop.storeId, at.toISOString(), eventId, status],
  )
  return at
}

test('the event log forgets whole weeks, with their ids and attempts, but never an open event', async () => {
  await anOldEvent('open', 140, 'received')
  const at = await anOldEvent('given up', 210, 'dead')
  await anOldEvent('young', 60, 'dead')
  expect(await trim()).toHaveLength(1)
  expect(await keptOf('open')).toEqual({ events: 1, ids: 1, attempts: 0 })
  expect(await keptOf('given up')).toEqual({ events: 0, ids: 0, attempts: 0 })
  expect(await keptOf('young')).toEqual({ events: 1, ids: 1, attempts: 1 })
  expect(
    await server.sql(`select 1 from event_attempts a where not exists (select 1 from events e where e.id = a.log_id)`),
  ).toEqual([])
  // The week of then can be made again.
  await partitionFor(server.running.db.owner, at.getTime())
  await server.sql(`delete from events where event_id in ('open', 'young')`)
})

test('a week that a server took out of the log before it was killed is forgotten by the next, with its ids', async () => {
  const at = await anOldEvent('taken out', 210, 'processed')
  const [week] = await server.sql<{ name: string }>(
    `select tableoid::regclass::text as name from events where received_at = $1::timestamptz`,
    [at.toISOString()],
  )
  await server.sql(`alter table events detach partition ${week?.name}`)
  expect(await keptOf('taken out')).toEqual({ events: 0, ids: 1, attempts: 0 })
  expect(await trim()).toContain(week?.name)
  expect(await keptOf('taken out')).toEqual({ events: 0, ids: 0, attempts: 0 })
  expect(await server.sql('select 1 from pg_class where relname = $1', [week?.name ?? null])).toEqual([])
})

// The embedded database does one thing after the other.
if (databaseKind === 'postgres') {
  test('a long read of the log lets a week be dropped without delaying receiving or applying', async () => {
    await anOldEvent('behind a reader', 210, 'processed')
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: read, resolve: isRead } = Promise.withResolvers<void>()
    const reading = server.running.db.service.transaction(async (tx) => {
      await tx.query('select count(*) from events')
      isRead()
      await gate
    })
    await read
    const trimming = trim()
    await waitFor('the trimming to wait for the reader', async () => (await locksWaitedFor()).length > 0)
    expect((await shop.send(anUpdate({ id: 1 }))).status).toBe(202)
    await server.settled()
    expect(await keptOf('behind a reader')).toMatchObject({ events: 1 })
    open()
    await reading
    await trimming
    expect(await keptOf('behind a reader')).toEqual({ events: 0, ids: 0, attempts: 0 })
  })

  test('a dead letter that is being replayed keeps its week, although nothing of it is open yet', async () => {
    await anOldEvent('replayed', 210, 'dead')
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: replayed, resolve: isReplayed } = Promise.withResolvers<void>()
    const replaying = server.running.db.service.transaction(async (tx) => {
      await replayDead(tx, () => `e.event_id = 'replayed'`, 'owner')
      isReplayed()
      await gate
    })
    await replayed
    const trimming = trim()
    await waitFor('the trimming to wait for the replay', async () => (await locksWaitedFor()).length > 0)
    open()
    await replaying
    expect(await trimming).toEqual([])
    expect(await keptOf('replayed')).toEqual({ events: 1, ids: 1, attempts: 2 })
  })
}

const locksWaitedFor = () =>
  server.sql(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
