import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
  await curseNames(server)
})
afterAll(() => server.stop())

/** From now on the database refuses any product whose name begins with "Cursed": an event that fails by its own fault. */
async function curseNames(on: TestServer) {
  await on.sql(`create function curse() returns trigger language plpgsql security definer as $$
    begin if new.name like 'Cursed%' then raise exception 'this name is cursed'; end if; return new; end $$`)
  await on.sql('create trigger curse before insert or update on products for each row execute function curse()')
}

const liftCurse = (on: TestServer) => on.sql('drop trigger curse on products')

const eventsOf = async (on: TestServer, store: Shop) =>
  await on.sql<{ event_id: string; status: string; attempts: number; error: string | null }>(
    'select event_id, status, attempts, error from events where store_id = $1 order by id',
    [store.storeId],
  )

const deadLetters = async () => (await server.admin('GET', '/api/v1/dead-letters/')).body.results

const aHundred = (cursed: number, first = 1) =>
  Array.from({ length: 100 }, (_, n) =>
    anUpdate(
      { id: first + n, name: n === cursed ? 'Cursed mirror' : `Ordinary mirror ${n}` },
      { event_id: `m${first + n}` },
    ),
  )

test('one event that fails by itself in a batch of a hundred costs only itself', async () => {
  const events = aHundred(42)
  expect((await shop.sendBatch(events)).body).toMatchObject({ accepted: 100 })
  await server.settled()
  const rows = await eventsOf(server, shop)
  const others = rows.filter((row) => row.event_id !== 'm43')
  expect(others).toHaveLength(99)
  for (const row of others) expect(row).toMatchObject({ status: 'processed', attempts: 1, error: null })
  const [products] = await server.sql('select count(*)::int as count from products where store_id = $1', [shop.storeId])
  expect(products?.count).toBe(99)
})

test('a failing event is tried again three times, then it is a dead letter with its reason', async () => {
  const [row] = (await eventsOf(server, shop)).filter((each) => each.event_id === 'm43')
  expect(row).toMatchObject({ status: 'dead', attempts: 4, error: expect.stringContaining('(code P0001)') })

  const list = await server.admin('GET', '/api/v1/integrations/woocommerce/events/?success=false')
  expect(list.body.results).toHaveLength(1)
  expect(list.body.results[0]).toMatchObject({
    event_id: 'm43',
    status: 'dead',
    outcome: null,
    processed_successfully: false,
    attempts: 4,
    next_attempt_at: null,
  })
  expect(list.body.results[0].error).toContain('(code P0001)')
  expect(await deadLetters()).toMatchObject([
    { kind: 'event', event_id: 'm43', external_id: 'woo_43', reason: expect.stringContaining('(code P0001)') },
  ])
  const stats = await server.admin('GET', '/api/v1/integrations/woocommerce/events/stats/')
  expect(stats.body).toMatchObject({ dead: 1, retries: 3, by_status: { processed: 99, dead: 1 } })
  const status = await shop.request('POST', '/api/integrations/woocommerce/status/', { product_ids: [43, 44] })
  expect(status.body.results).toMatchObject([
    { id: 43, state: 'failed', applied_version: null, last_error: expect.stringContaining('(code P0001)') },
    { id: 44, state: 'searchable', last_error: null },
  ])
})

test('a dead letter that is replayed too early has all its retries again, and after the cause is gone it is applied', async () => {
  const [letter] = await deadLetters()
  const path = `/api/v1/integrations/woocommerce/events/${letter.id}/replay/`
  expect((await shop.request('POST', path)).status).toBe(403)
  expect((await server.admin('POST', '/api/v1/integrations/woocommerce/events/99999999/replay/')).status).toBe(404)
  expect((await server.admin('POST', path)).status).toBe(202)
  await server.settled()
  expect((await eventsOf(server, shop))[42]).toMatchObject({ status: 'dead', attempts: 4 })

  await liftCurse(server)
  const replay = await server.admin('POST', path)
  expect(replay).toMatchObject({ status: 202, body: { id: letter.id, event_id: 'm43', status: 'received' } })
  await server.settled()
  expect((await eventsOf(server, shop))[42]).toMatchObject({ status: 'processed', attempts: 1, error: null })
  expect(await deadLetters()).toEqual([])
  const found = await server.search('cursed mirror')
  expect(found.body.results[0].product).toMatchObject({ external_id: 'woo_43', name: 'Cursed mirror' })
  const again = await server.admin('POST', path)
  expect(again).toMatchObject({ status: 409, body: { error: 'not_a_dead_letter' } })
})

test('a replayed event that is older than its product by now is superseded', async () => {
  await server.sql('create trigger curse before insert or update on products for each row execute function curse()')
  await shop.send(anUpdate({ id: 500, name: 'Cursed chair' }, { event_id: 'cursed-chair' }))
  await server.settled()
  await shop.send(anUpdate({ id: 500, name: 'Better chair' }))
  await server.settled()
  await liftCurse(server)
  const [letter] = await deadLetters()
  await server.admin('POST', `/api/v1/integrations/woocommerce/events/${letter.id}/replay/`)
  await server.settled()
  const rows = await eventsOf(server, shop)
  expect(rows.find((row) => row.event_id === 'cursed-chair')).toMatchObject({ status: 'superseded' })
  const [product] = await server.sql(`select name from products where external_id = 'woo_500'`)
  expect(product).toEqual({ name: 'Better chair' })
})

test('a lost job loses no work: open events are found without it', async () => {
  // Held back as if it had to rest, so that its wake-up is used up (or thrown away) before there is anything to do.
  const patient = await startTestServer({ RETRY_DELAY_SECONDS: '86400' })
  const store = await patient.newShop()
  await patient.sql(`create function hold() returns trigger language plpgsql security definer as $$
    begin new.next_attempt_at := now() + interval '1 hour'; return new; end $$`)
  await patient.sql('create trigger hold before insert on events for each row execute function hold()')
  await store.send(anUpdate({ id: 600, name: 'Forgotten vase' }, { event_id: 'forgotten' }))
  await patient.sql('drop trigger hold on events')
  await patient.sql('delete from pgboss.job')
  await patient.sql(`update events set next_attempt_at = now() where event_id = 'forgotten'`)
  await patient.settled()
  const rows = await eventsOf(patient, store)
  expect(rows).toMatchObject([{ event_id: 'forgotten', status: 'processed', attempts: 1 }])
  await patient.stop()
})

test('an outage in the middle of a batch parks it: no attempt is spent, no event is blamed', async () => {
  // A sequence counts on when its transaction is rolled back: the first two tries meet a database that is going down.
  await server.sql('create sequence tries')
  await server.sql(`create function go_down() returns trigger language plpgsql security definer as $$ begin
    if nextval('tries') <= 2 then
      raise exception 'terminating connection due to administrator command' using errcode = '57P01';
    end if; return new; end $$`)
  await server.sql('create trigger go_down before insert on products for each row execute function go_down()')
  const store = await server.newShop()
  await store.sendBatch(aHundred(-1, 700).slice(0, 10))
  await server.settled()
  await server.sql('drop trigger go_down on products')
  const [tries] = await server.sql<{ tries: number }>('select last_value as tries from tries')
  expect(tries?.tries).toBe(12)
  const rows = await eventsOf(server, store)
  expect(rows).toHaveLength(10)
  for (const row of rows) expect(row).toMatchObject({ status: 'processed', attempts: 1, error: null })
  expect(await deadLetters()).toEqual([])
})

test('a failed event waits for the retry delay, while the others of its store are applied', async () => {
  const patient = await startTestServer({ RETRY_DELAY_SECONDS: '600', RETRY_LIMIT: '1' })
  try {
    const store = await patient.newShop()
    await curseNames(patient)
    await store.send(anUpdate({ id: 1, name: 'Cursed clock' }, { event_id: 'cursed' }))
    const cursed = async () => {
      const [row] = await patient.sql<{ status: string; attempts: number; rest: number }>(
        `select status, attempts, extract(epoch from next_attempt_at - now())::float8 as rest
           from events where event_id = 'cursed'`,
      )
      return row
    }
    await waitFor('the first failure', async () => (await cursed())?.attempts === 1)
    const first = await cursed()
    expect(first?.status).toBe('retrying')
    expect(first?.rest).toBeGreaterThan(500)
    expect(first?.rest).toBeLessThanOrEqual(600)
    const open = await patient.admin('GET', '/api/v1/integrations/woocommerce/events/')
    expect(open.body.results[0]).toMatchObject({ processed_successfully: null, attempts: 1 })
    expect(Date.parse(open.body.results[0].next_attempt_at)).toBeGreaterThan(Date.now())

    await store.send(anUpdate({ id: 2, name: 'Other clock' }, { event_id: 'other' }))
    await waitFor('the other event', async () =>
      (await eventsOf(patient, store)).some((row) => row.event_id === 'other' && row.status === 'processed'),
    )
    expect(await cursed()).toMatchObject({ status: 'retrying', attempts: 1 })

    await patient.sql(`update events set next_attempt_at = now() where event_id = 'cursed'`)
    await store.send(anUpdate({ id: 3, name: 'Third clock' }))
    await waitFor('the last attempt', async () => (await cursed())?.status === 'dead')
    expect(await cursed()).toMatchObject({ attempts: 2 })
  } finally {
    await patient.stop()
  }
})
