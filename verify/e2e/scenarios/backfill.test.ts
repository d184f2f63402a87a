/** The first sync of 1,000 products: interrupted, disturbed, and complete all the same. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tick, waitingIds } from '../support/plugin.ts'
import { insertProducts, makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { waitFor } from '../support/wait-for.ts'

const PRODUCTS = 1_000

let scenario: Scenario
let ids: number[]
beforeAll(async () => {
  scenario = await Scenario.open('backfill')
  ids = await insertProducts(scenario.shop, PRODUCTS)
})
afterAll(() => scenario?.close())

const start = () => scenario.shop.php('Fiko_Sync_Backfill::start(); return true;')
const progress = () =>
  scenario.shop.php<{ is_active: boolean; done: number; total: number }>('return Fiko_Sync_Backfill::progress();')
const activeIds = async () => {
  const products = await scenario.backend.products(scenario.store)
  return [...products].filter(([, product]) => product.is_active).map(([id]) => id)
}

test('a backfill that was killed at 40 % continues where it stopped', async () => {
  await start()
  const sender = scenario.shop.startPhp('do_action( "fiko_sync_run" ); return true;', {}, { context: 'cron' })
  scenario.way.onRequest = () => {
    if (scenario.way.taken.length >= PRODUCTS * 0.4) sender.kill('SIGKILL')
  }
  await waitFor('40 % to be sent and the sender to be dead', async () => sender.signalCode !== null)
  scenario.way.onRequest = undefined
  const first = new Set(scenario.way.taken.map((event) => event.product.id))
  expect(first.size).toBeGreaterThanOrEqual(PRODUCTS * 0.4)
  expect(first.size).toBeLessThan(PRODUCTS)
  expect((await progress()).is_active).toBe(true)

  scenario.way.forget()
  await tick(scenario.shop, 3_700)
  await scenario.deliver()
  const again = scenario.way.taken.map((event) => event.product.id).filter((id) => first.has(id))
  // Only the requests without a receipt when PHP died are sent again.
  expect(again.length).toBeLessThanOrEqual(100)
  expect((await activeIds()).sort((a, b) => a - b)).toEqual(ids)
  expect(await progress()).toEqual({ is_active: false, done: PRODUCTS, total: PRODUCTS })
  expect(await scenario.differences(ids.slice(0, 20))).toEqual([])
})

test('a second backfill of a catalogue in sync sends nothing', async () => {
  scenario.way.forget()
  await start()
  await scenario.deliver()
  expect(scenario.way.events).toEqual([])
  expect((await progress()).done).toBe(PRODUCTS)
})

test('ten products that are trashed during a backfill are removed, and no other is missing', async () => {
  // Every product differs from what was acknowledged, so that all are sent again.
  await scenario.shop.sql(`update wp_posts set post_title = concat(post_title, '!') where post_type = 'product'`)
  const trashed = ids.slice(500, 510)
  scenario.way.forget()
  let isTrashed = false
  scenario.way.onRequest = async () => {
    if (isTrashed || scenario.way.taken.length < 200) return
    isTrashed = true
    await scenario.shop.php('foreach ( $args["ids"] as $id ) { wp_trash_post( $id ); } return true;', { ids: trashed })
  }
  await start()
  await scenario.deliver()
  scenario.way.onRequest = undefined
  expect(isTrashed).toBe(true)
  expect((await activeIds()).sort((a, b) => a - b)).toEqual(ids.filter((id) => !trashed.includes(id)))
  expect((await progress()).is_active).toBe(false)
})

test('an edit during a backfill is sent before the waiting products', async () => {
  await scenario.shop.sql(`update wp_posts set post_title = concat(post_title, '?') where post_type = 'product'`)
  scenario.way.forget()
  let made = 0
  scenario.way.onRequest = async () => {
    if (made) return
    made = -1
    made = await makeSimple(scenario.shop, { name: 'Urgent news' })
  }
  await start()
  await scenario.deliver()
  scenario.way.onRequest = undefined
  const order = scenario.way.taken.map((event) => event.product.id)
  expect(order.indexOf(made)).toBeGreaterThan(-1)
  expect(order.indexOf(made)).toBeLessThan(PRODUCTS / 2)
  expect(await waitingIds(scenario.shop)).toEqual([])
})

test('its events are marked as such, live ones are not', () => {
  const sources = new Map(scenario.way.taken.map((event) => [event.source, event.product.name]))
  expect([...sources.keys()].sort()).toEqual(['backfill', 'live'])
  expect(sources.get('live')).toBe('Urgent news')
})
