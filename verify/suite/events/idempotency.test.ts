import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate, aProduct } from '../../support/events.ts'
import {
  type Answer,
  databaseKind,
  type Shop,
  shopOf,
  startTestServer,
  type TestServer,
} from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const rowsOf = (eventId: string) =>
  server.sql('select store_id, status, outcome, attempts from events where event_id = $1 order by id', [eventId])
const idRowsOf = (eventId: string) => server.sql('select store_id from event_ids where event_id = $1', [eventId])

function countStatuses(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const answer of answers) counts[answer.status] = (counts[answer.status] ?? 0) + 1
  return counts
}

const statusesOf = (answers: Answer[]) => answers.map((answer) => answer.status)

/** The number of times that a product was written. */
async function countWritesOf(externalId: string): Promise<() => Promise<number>> {
  const table = `writes_of_${externalId}`
  await server.sql(`create table ${table} (at timestamptz)`)
  await server.sql(`create function note_${externalId}() returns trigger language plpgsql security definer as
    $$ begin insert into ${table} values (now()); return new; end $$`)
  await server.sql(`create trigger note_${externalId} after insert or update of version on products for each row
    when (new.external_id = '${externalId}') execute function note_${externalId}()`)
  return async () => {
    const [row] = await server.sql<{ count: number }>(`select count(*)::int as count from ${table}`)
    return row?.count ?? -1
  }
}

test('100 concurrent duplicates are one row and one effect', async () => {
  const writes = await countWritesOf('woo_1')
  const event = anUpdate({ id: 1 }, { event_id: 'hundred' })
  const answers = await Promise.all(Array.from({ length: 100 }, () => shop.send(event)))
  expect(countStatuses(answers)).toEqual({ 200: 99, 202: 1 })
  await server.settled()
  expect(await rowsOf('hundred')).toEqual([
    { store_id: shop.storeId, status: 'processed', outcome: 'created', attempts: 1 },
  ])
  expect(await idRowsOf('hundred')).toHaveLength(1)
  expect(await writes()).toBe(1)
})

test('100 duplicates inside one batch are one row and one effect', async () => {
  const writes = await countWritesOf('woo_2')
  const event = anUpdate({ id: 2 }, { event_id: 'hundred-in-a-batch' })
  const answer = await shop.sendBatch(Array.from({ length: 100 }, () => event))
  expect(answer.status).toBe(202)
  expect(answer.body).toEqual({ accepted: 1, skipped: 99, rejected: [] })
  await server.settled()
  expect(await rowsOf('hundred-in-a-batch')).toHaveLength(1)
  expect(await writes()).toBe(1)
})

test('a duplicate is skipped after any outcome of the first event, and starts nothing', async () => {
  const writes = await countWritesOf('woo_3')
  const event = anUpdate({ id: 3 }, { event_id: 'after-the-fact' })
  await shop.send(event)
  await server.settled()
  await shop.send(aDeletion(3))
  await server.settled()
  expect((await shop.send(event)).status).toBe(200)
  expect((await shop.sendBatch([event])).body).toMatchObject({ accepted: 0, skipped: 1 })
  await server.settled()
  expect(await writes()).toBe(2)
  expect(await server.sql(`select is_active from products where external_id = 'woo_3'`)).toEqual([{ is_active: false }])
})

test('of two bodies with one id sent at once, one is taken with all its duplicates, the other is a conflict with all its', async () => {
  const id = { event_id: 'two-bodies' }
  const bodies = [anUpdate({ id: 4, name: 'Body one' }, id), anUpdate({ id: 4, name: 'Body two' }, id)]
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => shop.send(bodies[n % 2])))
  const [one, two] = [0, 1].map((parity) => countStatuses(answers.filter((_, n) => n % 2 === parity)))
  const taken = { 200: 49, 202: 1 }
  expect([one, two]).toEqual(one?.[202] ? [taken, { 409: 50 }] : [{ 409: 50 }, taken])
  await server.settled()
  expect(await rowsOf('two-bodies')).toHaveLength(1)
  const [product] = await server.sql(`select name from products where external_id = 'woo_4'`)
  expect(product).toEqual({ name: one?.[202] ? 'Body one' : 'Body two' })
})

test('two stores may use the same event id and the same product id: both take effect, and neither sees the other', async () => {
  const other = await server.newShop({ tenantOf: await server.newOwner(), name: 'Other tenant' })
  const id = { event_id: 'shared-id', version: 7 }
  const mine = anUpdate({ id: 5, name: 'Mine', price: '1' }, id)
  const theirs = anUpdate({ id: 5, name: 'Theirs', price: '2' }, id)
  const answers = await Promise.all([shop.send(mine), other.send(theirs), shop.send(mine), other.send(theirs)])
  expect(countStatuses(answers)).toEqual({ 200: 2, 202: 2 })
  expect((await other.send(mine)).status).toBe(409)
  await server.settled()
  expect(await rowsOf('shared-id')).toHaveLength(2)
  expect(
    await server.sql(
      `select p.store_id, p.name, p.price from products p join stores s on s.id = p.store_id and s.tenant_id = p.tenant_id
        where p.external_id = 'woo_5' order by p.store_id`,
    ),
  ).toEqual([
    { store_id: shop.storeId, name: 'Mine', price: '1' },
    { store_id: other.storeId, name: 'Theirs', price: '2' },
  ])
})

test('a store cannot be chosen by the payload: the token decides', async () => {
  const other = await server.newShop({ tenantOf: await server.newOwner() })
  const event = { ...anUpdate({ id: 6, store_id: shop.storeId }), store_id: shop.storeId, tenant_id: 1 }
  expect((await other.send(event)).status).toBe(202)
  await server.settled()
  expect(await server.sql(`select store_id from products where external_id = 'woo_6'`)).toEqual([
    { store_id: other.storeId },
  ])
})

test('one row that cannot be stored costs only its own caller', async () => {
  // A check that an event of a shop can break in no other way; it stands for unforeseen faults.
  await server.sql(`alter table events add constraint no_poison check (event_id <> 'poison')`)
  const others = Array.from({ length: 60 }, (_, n) => anUpdate({ id: 100 + n }))
  const poison = anUpdate({ id: 99 }, { event_id: 'poison' })
  const [poisoned, ...answers] = await Promise.all([poison, ...others].map((event) => shop.send(event)))
  const batch = await shop.sendBatch([anUpdate({ id: 200 }), poison, anUpdate({ id: 201 })])
  await server.sql('alter table events drop constraint no_poison')
  expect(poisoned?.status).toBe(500)
  expect(poisoned?.body.error).toBe('internal')
  expect(JSON.stringify(poisoned?.body)).not.toContain('no_poison')
  expect(countStatuses(answers)).toEqual({ 202: 60 })
  expect(batch.status).toBe(202)
  expect(batch.body).toMatchObject({
    accepted: 2,
    skipped: 0,
    rejected: [{ index: 1, event_id: 'poison', error: 'internal' }],
  })
  expect(await idRowsOf('poison'), 'an id without its event would make the next delivery a duplicate').toEqual([])
  expect((await shop.send(poison)).status).toBe(202)
  await server.settled()
  const [row] = await server.sql(
    `select count(*)::int as count from products where store_id = $1 and substr(external_id, 5)::int between 99 and 201`,
    [shop.storeId],
  )
  expect(row).toEqual({ count: 63 })
})

test('ids that differ only in case, in form or in similar letters are different events', async () => {
  const ids = ['Same', 'same', 'same ', 'ي', 'ی', 'e\u0301', '\u00e9', 'ﬁ', 'fi']
  const answer = await shop.sendBatch(ids.map((event_id) => anUpdate({ id: 300 }, { event_id })))
  expect(answer.body).toEqual({ accepted: ids.length, skipped: 0, rejected: [] })
})

if (databaseKind === 'postgres') {
  test('two servers that get the same ids in opposite order at once neither deadlock nor store one twice', async () => {
    // It says what stands behind a 503.
    const second = await startTestServer({ ...server.env, ROLE: 'api', LOG_LEVEL: 'warn' })
    try {
      const made = { token: shop.token, id: shop.tokenId, store: { id: shop.storeId } }
      const elsewhere = shopOf(second.url, made)
      // Rows that take their time, so that the two transactions surely meet halfway.
      await server.sql(`create function dawdle() returns trigger language plpgsql security definer as
        $$ begin perform pg_sleep(0.003); return new; end $$`)
      await server.sql('create trigger dawdle before insert on event_ids for each row execute function dawdle()')
      for (let round = 0; round < 2; round++) {
        const events = Array.from({ length: 100 }, (_, n) =>
          anUpdate({ id: 1000 + n }, { event_id: `r${round}-${String(n).padStart(3, '0')}` }),
        )
        // Batches, so that each side commits many ids in one transaction.
        const [here, there] = await Promise.all([shop.sendBatch(events), elsewhere.sendBatch(events.toReversed())])
        expect(statusesOf([here, there])).toEqual([202, 202])
        expect(here.body.accepted + there.body.accepted).toBe(100)
        expect(here.body.skipped + there.body.skipped).toBe(100)
        expect([...here.body.rejected, ...there.body.rejected]).toEqual([])
      }
      await server.sql('drop trigger dawdle on event_ids')
      const conflicts = await Promise.all(
        [shop, elsewhere].flatMap((side, which) =>
          Array.from({ length: 50 }, () =>
            side.send({ ...anUpdate({}, { event_id: 'across', version: 1 }), product: aProduct({ id: 7 + which }) }),
          ),
        ),
      )
      expect(countStatuses(conflicts)).toEqual({ 200: 49, 202: 1, 409: 50 })
      await server.settled()
      const [row] = await server.sql(
        `select count(*)::int as rows, count(distinct event_id)::int as ids, max(attempts) as attempts
           from events where event_id ~ '^r[0-9]-'`,
      )
      expect(row).toEqual({ rows: 200, ids: 200, attempts: 1 })
    } finally {
      await second.stop()
    }
  })
}
