/** Sales that begin and end by themselves: WooCommerce's cron calls save() first and writes `_price` afterwards. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let simple: number
let variation: number
let variable: number
beforeAll(async () => {
  scenario = await Scenario.open('sales')
  simple = await makeSimple(scenario.shop, { regular_price: '49' })
  const made = await makeVariable(scenario.shop)
  variable = made.id
  variation = made.variations[1] ?? 0
})
afterAll(() => scenario?.close())

const price = async () => (await scenario.backend.product(scenario.store, simple))?.price

test('a sale that is planned changes no price yet', async () => {
  await scenario.shop.php(
    `foreach ( $args["ids"] as $id ) {
      $product = wc_get_product( $id );
      $product->set_sale_price( "1.50" );
      $product->set_date_on_sale_from( time() + 3600 );
      $product->set_date_on_sale_to( time() + 7200 );
      $product->save();
    } return true;`,
    { ids: [simple, variation] },
  )
  await scenario.expectInSync(simple, variable)
  expect(await price()).toBe('49')
})

/** Moves the dates of the sale, as if time had passed, and runs WooCommerce's daily event over HTTP as cron does. */
async function passSaleTime(seconds: number): Promise<void> {
  await scenario.shop.php(
    `global $wpdb;
    $wpdb->query( "UPDATE $wpdb->postmeta SET meta_value = meta_value - {$args["seconds"]} WHERE meta_key LIKE '_sale_price_dates%' AND meta_value <> ''" );
    wp_clear_scheduled_hook( "woocommerce_scheduled_sales" );
    wp_schedule_single_event( time() - 10, "woocommerce_scheduled_sales" );
    delete_transient( "doing_cron" );
    return true;`,
    { seconds },
  )
  const answer = await fetch(`${scenario.shop.url}/wp-cron.php?doing_wp_cron`)
  expect(answer.status).toBe(200)
}

test('a planned sale begins: the price that the shop sells at arrives', async () => {
  await scenario.expectToArrive([simple, variable], () => passSaleTime(3_700))
  expect(await price()).toBe('1.50')
})

test('a planned sale ends: the old price arrives', async () => {
  await scenario.expectToArrive([simple, variable], () => passSaleTime(3_600))
  expect(await price()).toBe('49')
})
