/** Many edits of a product in a row are one send, of its last state. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TABLE, tick } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

const DEBOUNCE_SECONDS = 30

let scenario: Scenario
let id: number
beforeAll(async () => {
  scenario = await Scenario.open('debounce', { debounceSeconds: DEBOUNCE_SECONDS })
  id = await makeSimple(scenario.shop)
  await scenario.deliver()
})
afterAll(() => scenario?.close())

const price = (amount: number) =>
  scenario.shop.php(
    '$product = wc_get_product( $args["id"] ); $product->set_regular_price( $args["amount"] ); $product->save(); return true;',
    {
      id,
      amount: String(amount),
    },
  )
const sentPrices = () =>
  scenario.way.taken.filter((event) => event.product.id === id).map((event) => event.product.price)

test('three edits within 30 s: one send, and it carries the last', async () => {
  scenario.way.forget()
  for (const amount of [101, 102, 103]) {
    await price(amount)
    await tick(scenario.shop, 7)
    expect(sentPrices()).toEqual([])
  }
  // Half the debounce since the last edit, and a slow machine's few seconds.
  await tick(scenario.shop, 8)
  expect(sentPrices()).toEqual([])
  await scenario.deliver()
  expect(sentPrices()).toEqual(['103'])
  expect(await scenario.differences([id])).toEqual([])
})

test('edits without end are sent all the same, two minutes after the first', async () => {
  scenario.way.forget()
  for (let amount = 1; amount <= 14 && sentPrices().length === 0; amount += 1) {
    await price(200 + amount)
    await tick(scenario.shop, 12)
  }
  expect(sentPrices()).toHaveLength(1)
  await scenario.expectInSync(id)
})

test('an edit that arrives while its product is being sent is sent afterwards', async () => {
  await price(300)
  scenario.way.forget()
  let hasEdited = false
  scenario.way.onRequest = async (request) => {
    if (hasEdited || request.events.length === 0) return
    hasEdited = true
    await price(301)
  }
  await scenario.deliver()
  scenario.way.onRequest = undefined
  expect(sentPrices()).toEqual(['300', '301'])
  await scenario.expectInSync(id)
})

test('versions only grow, event ids never repeat, and a version is older than what it carries', async () => {
  const versions = scenario.way.taken.filter((event) => event.product.id === id).map((event) => event.version)
  expect(versions).toEqual([...versions].sort((a, b) => a - b))
  expect(new Set(scenario.way.events.map((event) => event.event_id)).size).toBe(scenario.way.events.length)
  const [[last] = []] = await scenario.shop.sql(`select acked_version from ${TABLE} where product_id = ${id}`)
  expect(Number(last)).toBe(versions.at(-1))
})

test('an order of two products is one request', async () => {
  const other = await makeSimple(scenario.shop, { name: 'Other' })
  await scenario.deliver()
  scenario.way.forget()
  await scenario.shop.php(
    `$order = wc_create_order();
    foreach ( $args["ids"] as $id ) { $order->add_product( wc_get_product( $id ), 1 ); }
    $order->calculate_totals(); $order->update_status( "processing" ); return true;`,
    { ids: [id, other] },
  )
  await scenario.expectInSync(id, other)
  expect(scenario.way.requests.filter((request) => request.events.length > 0)).toHaveLength(1)
})
