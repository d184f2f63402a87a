/** Sales that begin and end by themselves: WooCommerce's cron calls save() first and writes `_price` afterwards. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSimple, makeVariable } from '../support/products.ts'
import { Scene } from '../support/scene.ts'

let scene: Scene
let simple: number
let variation: number
let variable: number
beforeAll(async () => {
  scene = await Scene.open('sales')
  simple = await makeSimple(scene.shop, { regular_price: '49' })
  const made = await makeVariable(scene.shop)
  variable = made.id
  variation = made.variations[1] ?? 0
})
afterAll(() => scene?.close())

const price = async () => (await scene.backend.product(scene.store, simple))?.price

test('a sale that is planned changes no price yet', async () => {
  await scene.shop.php(
    `foreach ( $args["ids"] as $id ) {
      $product = wc_get_product( $id );
      $product->set_sale_price( "1.50" );
      $product->set_date_on_sale_from( time() + 3600 );
      $product->set_date_on_sale_to( time() + 7200 );
      $product->save();
    } return true;`,
    { ids: [simple, variation] },
  )
  await scene.expectInSync(simple, variable)
  expect(await price()).toBe('49')
})

/** Moves the dates of the sale, as if time had passed, and runs WooCommerce's daily event over HTTP as cron does. */
async function passSaleTime(seconds: number): Promise<void> {
  await scene.shop.php(
    `global $wpdb;
    $wpdb->query( "UPDATE $wpdb->postmeta SET meta_value = meta_value - {$args["seconds"]} WHERE meta_key LIKE '_sale_price_dates%' AND meta_value <> ''" );
    wp_clear_scheduled_hook( "woocommerce_scheduled_sales" );
    wp_schedule_single_event( time() - 10, "woocommerce_scheduled_sales" );
    delete_transient( "doing_cron" );
    return true;`,
    { seconds },
  )
  const answer = await fetch(`${scene.shop.url}/wp-cron.php?doing_wp_cron`)
  expect(answer.status).toBe(200)
}

test('a planned sale begins: the price that the shop sells at arrives', async () => {
  await scene.expectToArrive([simple, variable], () => passSaleTime(3_700))
  expect(await price()).toBe('1.50')
})

test('a planned sale ends: the old price arrives', async () => {
  await scene.expectToArrive([simple, variable], () => passSaleTime(3_600))
  expect(await price()).toBe('49')
})
