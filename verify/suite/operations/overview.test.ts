import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pruneHours } from '../../../server/src/catalog/prune-hours.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'Counted' })
})

const overview = async (query = '', person = owner) => {
  const answer = await person.request('GET', `/api/v1/overview/${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

const FIGURES = [
  'received',
  'applied',
  'superseded',
  'failed',
  'dead',
  'created',
  'content_updated',
  'metadata_updated',
]
const totals = (body: { series: Record<string, number>[] }) =>
  Object.fromEntries(
    [...FIGURES, 'unchanged', 'deleted'].map((name) => [
      name,
      body.series.reduce((sum, bucket) => sum + (bucket[name] ?? 0), 0),
    ]),
  )

/** Makes every product of this name fail in the database, for ever or until it is renamed. */
async function curse(name: string, where = server): Promise<void> {
  await where.sql(`create or replace function curse() returns trigger language plpgsql security definer as $$
    begin if new.name = '${name}' then raise exception 'cursed'; end if; return new; end $$`)
  await where.sql(
    'create or replace trigger curse before insert or update on products for each row execute function curse()',
  )
}

test('the overview counts the outcome of every event, in buckets without gaps, and no data of another owner', async () => {
  const stale = anUpdate({ id: 1, name: 'Old news' })
  for (const event of [
    anUpdate({ id: 1, name: 'Kettle' }),
    anUpdate({ id: 2, name: 'Teapot' }),
    anUpdate({ id: 1, name: 'Kettle', price: '7' }),
    anUpdate({ id: 1, name: 'Copper kettle', price: '7' }),
    stale,
    aDeletion(2),
  ]) {
    expect((await shop.send(event)).status).toBe(202)
    await server.settled()
  }
  const body = await overview('?hours=24')
  expect(totals(body)).toEqual({
    received: 6,
    applied: 5,
    superseded: 1,
    failed: 0,
    dead: 0,
    created: 2,
    content_updated: 1,
    metadata_updated: 1,
    unchanged: 0,
    deleted: 1,
  })
  expect(body).toMatchObject({
    bucket_hours: 1,
    products: { active: 1, hidden: 0, deleted: 1 },
    pending_embeddings: 0,
    queue: { open: 0, retrying: 0, oldest_open_at: null },
    dead_letters: { events: 0, embeddings: 0 },
    processing: { count: 6 },
    stores: 1,
    quiet_stores: [],
  })
  expect(body.chunks).toBeGreaterThan(0)
  expect(body.processing.mean_ms).toBeGreaterThan(0)
  expect(body.processing.p95_ms).toBeGreaterThan(0)
  expect(body.embeddings.inputs).toBeGreaterThan(0)
  const [last] = await server.sql<{ at: Date }>('select max(processed_at) as at from events where store_id = $1', [
    shop.storeId,
  ])
  expect(new Date(body.last_applied_at)).toEqual(last?.at)
  const starts = body.series.map((bucket: { at: string }) => Date.parse(bucket.at))
  expect(starts.length).toBeGreaterThanOrEqual(24)
  for (const [place, at] of starts.entries()) expect(at - starts[0]).toBe(place * 3600 * 1000)

  const other = await overview('', await signedIn(server, 'owner'))
  expect(totals(other)).toEqual(Object.fromEntries(Object.keys(totals(other)).map((name) => [name, 0])))
  expect(other).toMatchObject({ products: { active: 0, deleted: 0 }, chunks: 0, stores: 0, last_applied_at: null })
})

test('a year has no more buckets than a chart can show, and they hold all events', async () => {
  await shop.send(anUpdate({ id: 1 }))
  await server.settled()
  for (const hours of [1, 48, 168, 720, 8784]) {
    const body = await overview(`?hours=${hours}`)
    expect(body.series.length).toBeLessThanOrEqual(61)
    expect(totals(body)).toMatchObject({ received: 1, created: 1 })
    expect(Date.parse(body.to) - Date.parse(body.from)).toBeGreaterThanOrEqual((hours - 1) * 3600 * 1000)
  }
  for (const hours of ['0', '8785', 'x']) {
    expect((await owner.request('GET', `/api/v1/overview/?hours=${hours}`)).status).toBe(400)
  }
})

test('failed attempts and dead letters are counted once each, and a replayed event is received once', async () => {
  await curse('Doomed')
  await shop.send(anUpdate({ id: 9, name: 'Doomed' }))
  await waitFor('the dead letter', async () => (await overview()).dead_letters.events === 1)
  const dead = await overview()
  expect(totals(dead)).toMatchObject({ received: 1, applied: 0, failed: 4, dead: 1, created: 0 })
  expect(dead.queue.open).toBe(0)
  await curse('nobody')
  const replayed = await owner.request('POST', '/api/v1/integrations/woocommerce/events/replay/', {})
  expect(replayed.body.replayed).toBe(1)
  await server.settled()
  const after = await overview()
  expect(after.dead_letters.events).toBe(0)
  expect(totals(after)).toMatchObject({ received: 1, applied: 1, failed: 4, dead: 1, created: 1 })
})

test('an event that waits is received, open and as old as it is, and ends with its store', async () => {
  const patient = await startTestServer({ RETRY_DELAY_SECONDS: '3600' })
  const waiting = await patient.newShop()
  await curse('Waits', patient)
  await waiting.send(anUpdate({ id: 1, name: 'Waits' }))
  const read = async () => (await patient.admin('GET', `/api/v1/overview/?store_id=${waiting.storeId}`)).body
  await waitFor('the event to wait for its next attempt', async () => (await read()).queue.retrying === 1)
  const [row] = await patient.sql<{ at: Date }>('select received_at as at from events')
  const body = await read()
  expect(body.queue).toEqual({ open: 1, retrying: 1, oldest_open_at: row?.at.toISOString() })
  expect(totals(body)).toMatchObject({ received: 1, applied: 0, failed: 1, dead: 0 })
  expect(body.last_applied_at).toBe(null)
  await patient.admin('DELETE', `/api/v1/stores/${waiting.storeId}/`)
  const sums = 'select sum(received)::int as received, sum(superseded)::int as superseded from event_hours'
  expect(await patient.sql(sums)).toEqual([{ received: 1, superseded: 1 }])
  await patient.stop()
})

test('stores that were never connected, sent nothing, or went quiet are named with the reason; busy ones are not', async () => {
  expect((await overview()).quiet_stores).toMatchObject([{ name: 'Counted', state: 'never_connected' }])
  await shop.request('GET', '/api/integrations/woocommerce/health/')
  await server.sql('update integration_tokens set last_used_at = now() where id = $1', [shop.tokenId])
  expect((await overview()).quiet_stores).toMatchObject([{ state: 'no_events', last_event_at: null }])
  await shop.send(anUpdate({ id: 1 }))
  await server.settled()
  expect((await overview()).quiet_stores).toEqual([])
  await server.sql(`update event_hours set hour = hour - interval '4 days' where store_id = $1`, [shop.storeId])
  expect((await overview()).quiet_stores, 'its token was used: a shop without edits is not quiet').toEqual([])
  await waitFor('both uses of the token to be written', async () => {
    const [row] = await server.sql<{ uses: number }>(
      'select usage_count::int as uses from integration_tokens where id = $1',
      [shop.tokenId],
    )
    return row?.uses === 2
  })
  await server.sql(`update integration_tokens set last_used_at = now() - interval '4 days' where id = $1`, [
    shop.tokenId,
  ])
  const quiet = await overview()
  expect(quiet.quiet_stores).toMatchObject([{ id: shop.storeId, state: 'quiet' }])
  expect(quiet.quiet_after_days).toBe(3)
  await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
  expect((await overview()).quiet_stores).toEqual([])
})

test('it narrows to a store or, for an admin, to a user; what is not theirs does not exist for an owner', async () => {
  const second = await server.newShop({ tenantOf: owner.userId, name: 'Second' })
  await shop.send(anUpdate({ id: 1 }))
  await second.sendBatch([anUpdate({ id: 1 }), anUpdate({ id: 2 })])
  await server.settled()
  expect(totals(await overview()).created).toBe(3)
  const one = await overview(`?store_id=${second.storeId}`)
  expect(one).toMatchObject({ products: { active: 2 }, stores: 1, embeddings: null })
  expect(totals(one).created).toBe(2)
  const admin = await signedIn(server, 'admin')
  expect(totals(await overview(`?user_id=${owner.userId}`, admin)).created).toBe(3)
  expect(totals(await overview('', admin)).created).toBeGreaterThan(3)
  const otherOwner = await signedIn(server, 'owner')
  for (const query of [`?user_id=${owner.userId}`, `?store_id=${shop.storeId}`, '?store_id=999999']) {
    expect((await otherOwner.request('GET', `/api/v1/overview/${query}`)).status, query).toBe(404)
  }
})

test('the hours agree with the log for every way in which an event ends', async () => {
  const doomed = await server.newShop({ tenantOf: owner.userId })
  await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      doomed.sendBatch(
        Array.from({ length: 25 }, (_, place) => anUpdate({ id: ((at * 7 + place) % 40) + 1, name: `N${at}` })),
      ),
    ),
  )
  await owner.request('DELETE', `/api/v1/stores/${doomed.storeId}/`)
  await server.settled()
  const [counted] = await server.sql(
    `select sum(received)::int as received, sum(superseded)::int as superseded,
            sum(created + content_updated + metadata_updated + unchanged + deleted)::int as applied
       from event_hours where store_id = $1`,
    [doomed.storeId],
  )
  const [logged] = await server.sql(
    `select count(*)::int as received, (count(*) filter (where outcome = 'superseded'))::int as superseded,
            (count(*) filter (where outcome <> 'superseded'))::int as applied from events where store_id = $1`,
    [doomed.storeId],
  )
  expect(counted).toEqual(logged)
})

test('hours are forgotten after 400 days, and not before', async () => {
  const [tenant] = await server.sql<{ id: number }>('select tenant_id as id from stores where id = $1', [shop.storeId])
  const hour = `date_trunc('hour', now(), 'UTC') - make_interval(days => $2::int, hours => 1)`
  for (const daysAgo of [399, 400, 3_000]) {
    await server.sql(`insert into event_hours (store_id, hour, tenant_id, received) values ($1, ${hour}, $3, $2)`, [
      shop.storeId,
      daysAgo,
      tenant?.id ?? 0,
    ])
    await server.sql(`insert into usage_hours (tenant_id, counter, hour, value) values ($1, 'pruned', ${hour}, $2)`, [
      tenant?.id ?? 0,
      daysAgo,
    ])
  }
  await pruneHours(server.running.db)
  expect(await server.sql('select received from event_hours where store_id = $1', [shop.storeId])).toEqual([
    { received: 399 },
  ])
  expect(await server.sql(`select value::int from usage_hours where counter = 'pruned'`)).toEqual([{ value: 399 }])
})
