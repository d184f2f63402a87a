/** Reconciliation costs what differs: 50,000 products in sync are one question, 1,100 unknown ones are removed in one go. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TABLE } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

const FOREIGN = 1_100
const FIRST_FOREIGN = 900_001
const ACKNOWLEDGED = 50_000
const FIRST_ACKNOWLEDGED = 2_000_001

let scenario: Scenario
let own: number
beforeAll(async () => {
  scenario = await Scenario.open('reconcile')
  own = await makeSimple(scenario.shop)
  await scenario.deliver()
})
afterAll(() => scenario?.close())

const reconcile = () =>
  scenario.shop.php<{ missing: number; stale: number; extra: number; requests: number; error: string }>(
    'return Fiko_Sync_Reconcile::run();',
    {},
    { context: 'cron' },
  )

test('more products than an answer lists, which the shop does not have, are all removed by one reconciliation', async () => {
  const ids = Array.from({ length: FOREIGN }, (_, index) => FIRST_FOREIGN + index)
  for (let i = 0; i < ids.length; i += 100) {
    const events = ids.slice(i, i + 100).map((id) => ({
      event_id: `foreign_${id}`,
      event_type: 'product.updated',
      product: { id, name: `Foreign ${id}` },
    }))
    const answer = await fetch(`${scenario.backend.url}/api/integrations/woocommerce/webhook/batch/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scenario.store.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    })
    expect(answer.status).toBe(202)
  }
  await scenario.backend.settled(scenario.store)
  expect(await reconcile()).toMatchObject({ missing: 0, stale: 0, extra: FOREIGN, error: '' })
  await scenario.deliver()
  const products = await scenario.backend.products(scenario.store)
  expect(ids.filter((id) => products.get(id)?.is_active !== false)).toEqual([])
  expect(products.get(own)?.is_active).toBe(true)
})

test('50,000 acknowledged products are one question of at most 500 ranges, which covers them all', async () => {
  await scenario.shop.sql(
    `insert into ${TABLE} (product_id, version, acked_version, acked_hash, searchable_version)
     select ${FIRST_ACKNOWLEDGED} + seq, 1, 1, md5(seq), 1 from seq_0_to_${ACKNOWLEDGED - 1}`,
  )
  scenario.way.forget()
  // The backend's half is measured by its own benchmark; here it says that nothing differs.
  await scenario.way.set({ kind: 'answer', status: 200, body: '{"differ":[]}' })
  expect(await reconcile()).toMatchObject({ requests: 1, error: '' })
  await scenario.way.set({ kind: 'forward' })
  const { ranges } = JSON.parse(scenario.way.requests[0]?.body ?? '{}') as {
    ranges: { from: number; to: number; count: number }[]
  }
  expect(ranges.length).toBeLessThanOrEqual(500)
  expect(ranges.reduce((sum, range) => sum + range.count, 0)).toBe(ACKNOWLEDGED + 1)
  for (const [index, range] of ranges.entries()) expect(range.from).toBe((ranges[index - 1]?.to ?? 0) + 1)
  expect(scenario.way.events).toEqual([])
})
