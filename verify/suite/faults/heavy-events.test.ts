import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { databaseKind, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer({ RETRY_LIMIT: '1' })
  shop = await server.newShop({ tenantOf: await server.newOwner() })
})
afterAll(() => server.stop())

const eventsOf = async (of: Shop) =>
  await server.sql<{ event_id: string; status: string; attempts: number; error: string | null }>(
    'select event_id, status, attempts, error from events where store_id = $1 order by id',
    [of.storeId],
  )

const haveEnded = async (of: Shop) => (await eventsOf(of)).every((event) => !/received|retrying/.test(event.status))

/** A shop of another tenant sends an event: it is applied within 5 s in every case. */
async function anotherIsApplied() {
  const other = await server.newShop({ tenantOf: await server.newOwner() })
  await other.send(anUpdate({ id: 1, name: 'Feather' }))
  await waitFor('the event of another tenant', async () => (await eventsOf(other))[0]?.status === 'processed')
}

/** So many words that no other event has. */
const words = (count: number, event: number) =>
  Array.from({ length: count }, (_, n) => `w${(event * 100_000 + n).toString(36)}`).join(' ')

const variations = (count: number, attributes: number) => ({
  attributes: Array.from({ length: attributes }, (_, n) => ({
    name: `Attribute ${n}`,
    options: Array.from({ length: 20 }, (_, option) => `Option ${option}`),
    variation: true,
  })),
  variations: Array.from({ length: count }, (_, n) => ({
    id: n + 1,
    attributes: Object.fromEntries(
      Array.from({ length: attributes }, (_, at) => [`attribute_pa_attribute-${at}`, `option-${n % 20}`]),
    ),
  })),
})

const kinds: [name: string, batches: () => Record<string, unknown>[][]][] = [
  ['many variations with many attributes', () => [[anUpdate({ id: 1, ...variations(100, 20) })]]],
  [
    'sixty products with 20,000 different words each',
    () =>
      [0, 20, 40].map((first) =>
        Array.from({ length: 20 }, (_, n) =>
          anUpdate({ id: 100 + first + n, status: 'draft', description: words(20_000, first + n) }),
        ),
      ),
  ],
  ['markup that never closes', () => [[anUpdate({ id: 200, status: 'draft', description: '<p>\n\n'.repeat(60_000) })]]],
  [
    'payloads of 40 MB in all',
    () =>
      Array.from({ length: 10 }, (_, batch) =>
        Array.from({ length: 4 }, (_, n) =>
          anUpdate({ id: 300 + 4 * batch + n, status: 'draft', unknown: 'x'.repeat(950_000) }),
        ),
      ),
  ],
]

test.each(kinds)('%s: the events are applied, and another tenant waits for none of them', async (_, batches) => {
  for (const batch of batches()) expect((await shop.sendBatch(batch)).body).toMatchObject({ rejected: [] })
  await anotherIsApplied()
  await waitFor('the heavy events', () => haveEnded(shop))
  for (const event of await eventsOf(shop)) expect(event).toMatchObject({ status: 'processed', attempts: 1 })
})

test('an event whose payload cannot be read fails alone', async () => {
  const broken = await server.newShop({ tenantOf: await server.newOwner() })
  await server.sql(`create function spoil() returns trigger language plpgsql security definer as $$
    begin if new.event_id = 'spoiled' then new.payload = '{"product": null}'; end if; return new; end $$`)
  await server.sql('create trigger spoil before insert on events for each row execute function spoil()')
  await broken.sendBatch(
    ['before', 'spoiled', 'after'].map((id, n) => anUpdate({ id: n + 1, name: id }, { event_id: id })),
  )
  await waitFor('the events', () => haveEnded(broken))
  await server.sql('drop trigger spoil on events')
  expect(await eventsOf(broken)).toMatchObject([
    { event_id: 'before', status: 'processed', attempts: 1 },
    { event_id: 'spoiled', status: 'dead', attempts: 2 },
    { event_id: 'after', status: 'processed', attempts: 1 },
  ])
})

// Without a time limit for statements, as on the embedded database, work is bounded by its size alone.
if (databaseKind === 'postgres') {
  test('an event above the time limit leaves its batch, uses its retries and ends as a dead letter with this reason', async () => {
    const slow = await server.newShop({ tenantOf: await server.newOwner() })
    await server.sql(`create function dawdle() returns trigger language plpgsql security definer as $$
      begin if new.name = 'Anvil' then perform pg_sleep(60); end if; return new; end $$`)
    await server.sql('create trigger dawdle before insert on products for each row execute function dawdle()')
    const names = ['Pillow', 'Cushion', 'Anvil', 'Blanket']
    await slow.sendBatch(names.map((name, n) => anUpdate({ id: n + 1, name }, { event_id: name })))
    await waitFor('the worker to be held up', async () => {
      const held = await server.sql(
        `select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      )
      return held.length > 0
    })
    await anotherIsApplied()
    await waitFor('the retries', () => haveEnded(slow))
    await server.sql('drop trigger dawdle on products')
    const events = await eventsOf(slow)
    for (const event of events.filter(({ event_id }) => event_id !== 'Anvil'))
      expect(event).toMatchObject({ status: 'processed', attempts: 1, error: null })
    expect(events[2]).toMatchObject({ status: 'dead', attempts: 2, error: expect.stringContaining('(code too_heavy)') })
    const path = '/api/v1/dead-letters/'
    const letters = (await server.admin('GET', path)).body.results
    const reason = letters.find((letter: { event_id: string }) => letter.event_id === 'Anvil')?.reason
    expect(reason).toMatch(/^This product is too large: .* save the product in the shop\./)
    const [letter] = await server.sql<{ id: number }>(`select id from events where event_id = 'Anvil'`)
    await server.admin('POST', `/api/v1/integrations/woocommerce/events/${letter?.id}/replay/`)
    await waitFor('the replayed event', () => haveEnded(slow))
    expect((await eventsOf(slow))[2]).toMatchObject({ status: 'processed', attempts: 1 })
  })

  test('a lock of another session delays only its store and uses no attempt', async () => {
    const waiting = await server.newShop({ tenantOf: await server.newOwner() })
    await waiting.send(anUpdate({ id: 1, name: 'Door' }))
    await server.settled()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>()
    const holding = server.running.db.service.transaction(
      async (tx) => {
        await tx.query('select 1 from products where store_id = $1 for update', [waiting.storeId])
        isLocked()
        await gate
      },
      { isLong: true },
    )
    await locked
    await waiting.send(anUpdate({ id: 1, name: 'Door with a lock' }))
    await waitFor('the worker to wait for the lock', async () => {
      const held = await server.sql('select 1 from pg_locks where not granted')
      return held.length > 0
    })
    await anotherIsApplied()
    // The first wait has ended when the worker waits a second time.
    await waitFor(
      'the worker to give up',
      async () => (await server.sql('select 1 from pg_locks where not granted')).length === 0,
    )
    await waitFor(
      'the worker to try again',
      async () => (await server.sql('select 1 from pg_locks where not granted')).length > 0,
    )
    expect((await eventsOf(waiting))[1]).toMatchObject({ status: 'received', attempts: 0 })
    open()
    await holding
    await waitFor('the event', () => haveEnded(waiting))
    expect((await eventsOf(waiting))[1]).toMatchObject({ status: 'processed', attempts: 1, error: null })
  })
}

test('an event without a change updates only the version and rewrites no variants and words', async () => {
  const same = await server.newShop({ tenantOf: await server.newOwner() })
  const product = { id: 1, name: 'Constant', ...variations(3, 1) }
  await same.send(anUpdate(product))
  await server.settled()
  const rows = async () =>
    await server.sql<{ variants: string; version: number; searchable: number }>(
      `select (select string_agg(v.id::text, ',' order by v.id) from product_variants v where v.product_id = p.id) as variants,
              version, searchable_version as searchable from products p where store_id = $1`,
      [same.storeId],
    )
  const [before] = await rows()
  const again = anUpdate(product)
  await same.send(again)
  await server.settled()
  const [after] = await rows()
  expect(after).toEqual({ variants: before?.variants, version: again.version, searchable: again.version })
  const outcomes = await server.sql('select outcome from events where store_id = $1 order by id', [same.storeId])
  expect(outcomes).toEqual([{ outcome: 'created' }, { outcome: 'unchanged' }])
  // An older event comes too late for the new version.
  await same.send(anUpdate({ ...product, name: 'Outdated' }, { version: Number(again.version) - 1 }))
  await server.settled()
  expect((await rows())[0]).toEqual(after)
})
