/** A category of 10,000 products is renamed: one small write for the owner, all products for the backend. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliver, tick, waitingIds } from '../support/plugin.ts'
import { insertProducts } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

const PRODUCTS = 10_000
const PATIENCE_MS = 240_000

let scenario: Scenario
let category: number
let ids: number[]
beforeAll(async () => {
  scenario = await Scenario.open('category')
  category = await scenario.shop.php<number>('return wp_insert_term( "Everything", "product_cat" )["term_id"];')
  ids = await insertProducts(scenario.shop, PRODUCTS, category)
}, PATIENCE_MS)
afterAll(() => scenario?.close())

test('the rename marks no product in the request, and all of them arrive', { timeout: PATIENCE_MS * 2 }, async () => {
  const queries = await scenario.shop.php<{ count: number }>(
    `global $wpdb; $before = $wpdb->num_queries;
    wp_update_term( $args["category"], "product_cat", array( "name" => "Everything else" ) );
    return array( "count" => $wpdb->num_queries - $before );`,
    { category },
  )
  expect(queries.count).toBeLessThan(100)
  expect(await waitingIds(scenario.shop)).toEqual([])
  // A product edited meanwhile does not wait for the 10,000.
  const last = ids.at(-1) ?? 0
  await scenario.shop.php(
    '$p = wc_get_product( $args["id"] ); $p->set_regular_price( "5" ); $p->save(); return true;',
    {
      id: last,
    },
  )
  await tick(scenario.shop, 40)
  expect(scenario.way.taken.findIndex((event) => event.product.id === last)).toBeLessThan(100)
  await deliver(scenario.shop, PATIENCE_MS)
  expect(new Set(scenario.way.taken.map((event) => event.product.id)).size).toBe(PRODUCTS)
  const others = scenario.way.taken.filter(
    (event) => JSON.stringify(event.product.categories) !== '["Everything else"]',
  )
  expect(others).toEqual([])
  const requests = scenario.way.requests.filter((request) => request.events.length > 0)
  expect(requests.length).toBeLessThanOrEqual(PRODUCTS / 100 + 5)
})
