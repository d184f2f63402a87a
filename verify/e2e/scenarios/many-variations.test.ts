/** Products with a hundred variations each are sent in small requests, and a removal does not wait for them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitingIds } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

const PRODUCTS = 12
const VARIATIONS = 100

let scenario: Scenario
let ids: number[]
let removed: number
beforeAll(async () => {
  scenario = await Scenario.open('variations', { memoryLimit: '128M' })
  removed = await makeSimple(scenario.shop, { name: 'Removed' })
  await scenario.deliver()
  ids = []
  for (let made = 0; made < PRODUCTS; made += 1) ids.push(await scenario.shop.php<number>(MAKE, { count: VARIATIONS }))
  await scenario.deliver()
}, 240_000)
afterAll(() => scenario?.close())

const MAKE = `
  $attribute = new WC_Product_Attribute();
  $attribute->set_name( 'Number' );
  $attribute->set_options( array_map( 'strval', range( 1, $args['count'] ) ) );
  $attribute->set_variation( true );
  $product = new WC_Product_Variable();
  $product->set_name( 'Many' );
  $product->set_attributes( array( $attribute ) );
  $id = $product->save();
  foreach ( range( 1, $args['count'] ) as $number ) {
    $variation = new WC_Product_Variation();
    $variation->set_parent_id( $id );
    $variation->set_attributes( array( 'number' => (string) $number ) );
    $variation->set_regular_price( (string) ( 100 + $number ) );
    $variation->save();
  }
  return $id;`

test('1,200 changed variations arrive with 128 MB, at most 300 a request, and a later removal goes first', async () => {
  await scenario.shop.php(
    'foreach ( $args["ids"] as $id ) { foreach ( wc_get_product( $id )->get_children() as $child ) { update_post_meta( $child, "_regular_price", "77" ); update_post_meta( $child, "_price", "77" ); } } return true;',
    { ids },
  )
  await scenario.shop.php('wp_trash_post( $args["id"] ); return true;', { id: removed })
  expect(await waitingIds(scenario.shop)).toHaveLength(PRODUCTS + 1)
  scenario.way.forget()
  await scenario.deliver()
  const requests = scenario.way.requests.filter(({ events }) => events.length > 0)
  expect(requests[0]?.events[0]).toMatchObject({ event_type: 'product.deleted', product: { id: removed } })
  const sizes = requests.map(({ events }) =>
    events.reduce((sum, { product }) => sum + ((product.variations as unknown[] | undefined)?.length ?? 0), 0),
  )
  expect(Math.max(...sizes)).toBeLessThanOrEqual(300)
  const products = await scenario.backend.products(scenario.store)
  expect(ids.map((id) => products.get(id)?.variants.length)).toEqual(ids.map(() => VARIATIONS))
  expect(ids.map((id) => products.get(id)?.price)).toEqual(ids.map(() => '77'))
  expect(products.get(removed)?.is_active).toBe(false)
})
