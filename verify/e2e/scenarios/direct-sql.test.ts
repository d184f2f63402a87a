/** Changes that go past every hook are found within a day. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tick } from '../support/plugin.ts'
import { insertProducts, makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

const HOURS = 26

let scenario: Scenario
let simple: number
let variable: number
let plain: number[]
beforeAll(async () => {
  scenario = await Scenario.open('sql')
  simple = await makeSimple(scenario.shop)
  variable = (await makeVariable(scenario.shop)).id
  plain = await insertProducts(scenario.shop, 20)
  await aDay()
})
afterAll(() => scenario?.close())

/** A day of hourly actions, as cron runs them. */
async function aDay(): Promise<void> {
  for (let hour = 0; hour < HOURS; hour += 1) await tick(scenario.shop, 3_600)
  await scenario.deliver()
}

test('products that were in the shop before the plugin are sent', async () => {
  expect(await scenario.differences([simple, variable, ...plain])).toEqual([])
})

test('a price, a title, a trashed and a deleted product, by SQL', async () => {
  const [priced = 0, titled = 0, trashed = 0, deleted = 0] = plain
  await scenario.shop.sql(
    `update wp_postmeta set meta_value = '77' where post_id = ${priced} and meta_key in ('_price', '_regular_price');
     update wp_posts set post_title = 'By SQL' where ID = ${titled};
     update wp_posts set post_status = 'trash' where ID = ${trashed};
     delete from wp_posts where ID = ${deleted};
     update wp_postmeta set meta_value = '66' where meta_key in ('_price', '_regular_price')
        and post_id in (select ID from wp_posts where post_parent = ${variable})`,
  )
  const wrong = (await scenario.differences([priced, titled, trashed, deleted, variable])).map(
    (text) => /\d+/.exec(text)?.[0],
  )
  expect(new Set(wrong).size).toBe(5)
  await aDay()
  expect(await scenario.differences([...plain, variable])).toEqual([])
})

test('products that the backend lost or has too many of are repaired by comparing digests', async () => {
  const [kept = 0, lost = 0] = [simple, variable]
  // The backend hears of two changes that the shop has never made.
  const version = Date.now() * 1000 + 60_000_000
  const event = (id: number, event_type: string, name: string) => ({
    event_id: `foreign_${id}`,
    event_type,
    version,
    product: { id, name, price: '1' },
  })
  const answer = await fetch(`${scenario.backend.url}/api/integrations/woocommerce/webhook/batch/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scenario.store.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      events: [
        event(kept, 'product.updated', 'Not of this shop'),
        event(lost, 'product.deleted', 'Gone'),
        event(999_999, 'product.updated', 'Unknown here'),
      ],
    }),
  })
  expect(answer.status).toBe(202)
  await scenario.backend.settled(scenario.store)
  expect((await scenario.backend.product(scenario.store, kept))?.name).toBe('Not of this shop')
  await aDay()
  expect(await scenario.differences([kept, lost])).toEqual([])
  expect((await scenario.backend.product(scenario.store, 999_999))?.is_active).toBe(false)
})

test('a catalogue in sync costs two requests at most, and no event', async () => {
  await aDay()
  scenario.way.forget()
  await scenario.shop.php('Fiko_Sync_Reconcile::run(); return true;', {}, { context: 'cron' })
  expect(scenario.way.requests.length).toBeLessThanOrEqual(2)
  expect(scenario.way.events).toEqual([])
})
