import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimEvents, lockEvents, lockStore, openEvents, readAhead } from '../../../server/src/catalog/event-log.ts'
import { readConfig } from '../../../server/src/platform/config.ts'
import { type Database, openDatabase, type Sql } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { storesInTurn } from '../../../server/src/platform/runtime/fair-turns.ts'
import { type FreshDatabase, freshDatabase, type Shop, startTestServer } from '../../support/test-server.ts'

const ENDED = 1_000
const OPEN = 20_000

let database: FreshDatabase
let db: Database
let shop: Shop
let tenantId: number

/** The log of a shop in the middle of a large first sync, as the planner knows it. No server works on it. */
beforeAll(async () => {
  database = await freshDatabase('prepared')
  const server = await startTestServer(database.env)
  shop = await server.newShop()
  await server.stop()
  db = await openDatabase(readConfig(server.env), createLog('silent'))
  const [store] = await db.owner.query<{ tenantId: number }>(
    'select tenant_id as "tenantId" from stores where id = $1',
    [shop.storeId],
  )
  tenantId = store?.tenantId ?? 0
  await db.owner.query(
    `insert into events (received_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload, version,
                         is_versioned, priority, next_attempt_at, status, outcome)
     select now(), $1::bigint, $2::bigint, 'backlog_' || n, 'product.updated', 'backfill', n, '{}', n, true, 1, now(),
            case when n <= ${ENDED} then 'processed' else 'received' end, case when n <= ${ENDED} then 'created' end
       from generate_series(1, ${ENDED + OPEN}) n`,
    [tenantId, shop.storeId],
  )
  await db.owner.query('analyze events')
})
afterAll(async () => {
  await db.close()
  await database.remove()
})

/** The number of rows that the statements of `work` read and discarded. */
async function readInVain(work: (explained: Sql) => Promise<unknown>): Promise<number> {
  let inVain = 0
  await db.forTenant(tenantId).transaction(async (tx) => {
    // As a prepared statement is planned once it was used a few times.
    await tx.query('set local plan_cache_mode = force_generic_plan')
    await work({
      query: async (text, values) => {
        const plan = await tx.query<{ 'QUERY PLAN': string }>(`explain (analyze, timing off) ${text}`, values)
        for (const row of plan) inVain += Number(/Rows Removed by Filter: (\d+)/.exec(row['QUERY PLAN'])?.[1] ?? 0)
        return []
      },
    })
  })
  return inVain
}

test('the next store and the next events are read from open events only, with any number of finished ones', async () => {
  const list = openEvents(30_000)
  expect(await readInVain((tx) => storesInTurn(tx, list, 1, 0, 8))).toBeLessThan(10)
  expect(await readInVain((tx) => storesInTurn(tx, list, 0, 0, 8))).toBeLessThan(10)
  expect(await readInVain((tx) => claimEvents(tx, list, shop.storeId, 1, 100))).toBeLessThan(10)
})

test('the work that is found is the store with the backlog, and its oldest open events', async () => {
  const list = openEvents(30_000)
  expect(await storesInTurn(db.service, list, 1, 0, 8)).toEqual([{ storeId: shop.storeId, tenantId }])
  expect(await storesInTurn(db.service, list, 0, 0, 8)).toEqual([])
  const events = await db.forTenant(tenantId).transaction((tx) => claimEvents(tx, list, shop.storeId, 1, 3))
  expect(events.map((event) => event.eventId)).toEqual([1, 2, 3].map((n) => `backlog_${ENDED + n}`))
})

test('a claim is bounded by the bytes of its payloads, but one event in any case', async () => {
  const list = openEvents(30_000)
  // Each of these payloads is '{}': 2 bytes, and a header.
  const sizes = await db.owner.query<{ bytes: number }>('select pg_column_size(payload) as bytes from events limit 1')
  const bytes = sizes[0]?.bytes ?? 0
  const claimed = async (limit: number) => {
    const events = await db.forTenant(tenantId).transaction((tx) => claimEvents(tx, list, shop.storeId, 1, 100, limit))
    return events.length
  }
  expect(await claimed(bytes * 10)).toBe(10)
  expect(await claimed(bytes * 10 - 1)).toBe(9)
  expect(await claimed(1)).toBe(1)
})

test('an event that failed before is claimed alone, and never with those before it', async () => {
  const list = openEvents(30_000)
  const claimed = async () =>
    (await db.forTenant(tenantId).transaction((tx) => claimEvents(tx, list, shop.storeId, 1, 4))).map(
      (event) => event.eventId,
    )
  const failed = `backlog_${ENDED + 2}`
  await db.owner.query('update events set attempts = 1 where event_id = $1', [failed])
  expect(await claimed()).toEqual([1, 3, 4].map((n) => `backlog_${ENDED + n}`))
  await db.owner.query(`update events set status = 'dead', error = 'x' where event_id = $1`, [`backlog_${ENDED + 1}`])
  expect(await claimed()).toEqual([failed])
  await db.owner.query(
    `update events set status = 'received', error = null, attempts = 0 where id <= (select id from events where event_id = $1)
                           and status <> 'processed'`,
    [failed],
  )
})

test('events that are read ahead are all of a store’s, or none; and another tenant’s cannot be locked', async () => {
  const list = openEvents(30_000)
  // This store has 20,000.
  expect(await readAhead(db.service, list, [shop.storeId], 1)).toEqual(new Map())
  await db.owner.query(`update events set priority = 0 where event_id in ('backlog_${OPEN}', 'backlog_${OPEN + 1}')`)
  const ahead = (await readAhead(db.service, list, [shop.storeId, 999_999], 0)).get(shop.storeId) ?? []
  expect(ahead.map((event) => event.eventId)).toEqual([`backlog_${OPEN}`, `backlog_${OPEN + 1}`])
  const lockedBy = async (tenant: number) =>
    await db.forTenant(tenant).transaction(async (tx) => {
      await lockStore(tx, shop.storeId)
      return (await lockEvents(tx, ahead)).size
    })
  expect(await lockedBy(tenantId)).toBe(2)
  expect(await lockedBy(tenantId + 1)).toBe(0)
  const withoutStore = await db.forTenant(tenantId).transaction((tx) => lockEvents(tx, ahead))
  expect(withoutStore.size).toBe(0)
})
