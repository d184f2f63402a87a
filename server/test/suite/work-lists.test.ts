import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimEvents, openEvents } from '../../src/catalog/event-log.ts'
import { readConfig } from '../../src/platform/config.ts'
import { type Database, openDatabase, type Sql } from '../../src/platform/database.ts'
import { storesInTurn } from '../../src/platform/fair-turns.ts'
import { createLog } from '../../src/platform/log.ts'
import { type FreshDatabase, freshDatabase, type Shop, startTestServer } from '../support/test-server.ts'

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

/** How many rows the statements of `work` read and threw away. */
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

test('whose turn it is, and what is next, is read from open events only, however many came before', async () => {
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
