/** Changes by programs: other plugins, WooCommerce itself, a line in functions.php. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Made, makeExternal, makeGrouped, makeImage, makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let simple: number
let variable: Made
let image: number
beforeAll(async () => {
  scenario = await Scenario.open('code')
  simple = await makeSimple(scenario.shop, { image: 'shoe' })
  variable = await makeVariable(scenario.shop, { image: 'shirt' })
  image = await makeImage(scenario.shop, 'another')
})
afterAll(() => scenario?.close())

/** Runs with `$id`, the product's id, `$first`, `$second`, its variations', and `$image`, a picture's. */
async function change(made: Made, code: string): Promise<void> {
  const [first = 0, second = 0] = made.variations
  const variables = '$id = $args["id"]; $first = $args["first"]; $second = $args["second"]; $image = $args["image"];'
  await scenario.shop.php(`${variables} ${code} return true;`, { id: made.id, first, second, image })
}

const edit = (setters: string) => `$product = wc_get_product( $id ); $product->${setters}; $product->save();`
const editFirst = (setters: string) =>
  `$variation = wc_get_product( $first ); $variation->${setters}; $variation->save();`

const CHANGES: Record<string, string> = {
  'a new name': edit('set_name( "نام تازه & نو" )'),
  'a new text': edit('set_description( "<p>متن تازه.</p>" )'),
  'a new SKU': edit('set_sku( "NEW-" . $id )'),
  'a picture by set_post_thumbnail': 'set_post_thumbnail( $id, $image );',
  'a picture taken away': 'delete_post_thumbnail( $id );',
  'a gallery': edit('set_gallery_image_ids( array( $image ) )'),
  'a title by wp_update_post': 'wp_update_post( array( "ID" => $id, "post_title" => "By wp_update_post" ) );',
  'a slug by wp_update_post': 'wp_update_post( array( "ID" => $id, "post_name" => "new-slug-$id" ) );',
  'categories by wp_set_object_terms': 'wp_set_object_terms( $id, array( "کفش", "مردانه" ), "product_cat" );',
  'tags by wp_set_object_terms': 'wp_set_object_terms( $id, array( "ورزشی" ), "product_tag" );',
  'a tag taken away by wp_remove_object_terms': 'wp_remove_object_terms( $id, array( "ورزشی" ), "product_tag" );',
  'an attribute': `$product = wc_get_product( $id ); $attributes = $product->get_attributes();
    $new = new WC_Product_Attribute(); $new->set_name( "جنس" ); $new->set_options( array( "نخ", "پشم" ) ); $new->set_visible( true );
    $attributes[] = $new; $product->set_attributes( $attributes ); $product->save();`,
}

const SIMPLE_CHANGES: Record<string, string> = {
  'a new price': edit('set_regular_price( "870000" )'),
  'a sale': edit('set_sale_price( "790000" )'),
  'the end of a sale': edit('set_sale_price( "" )'),
  'a price by update_post_meta':
    'update_post_meta( $id, "_price", "123" ); update_post_meta( $id, "_regular_price", "123" );',
  'stock by wc_update_product_stock': 'wc_update_product_stock( $id, 5 );',
  'stock by update_post_meta': 'update_post_meta( $id, "_stock", "4" );',
  'selling out': 'wc_update_product_stock( $id, 0 );',
  'stock that comes back': 'wc_update_product_stock( $id, 9, "set" );',
  'an order, when it is paid': `$order = wc_create_order(); $order->add_product( wc_get_product( $id ), 2 ); $order->calculate_totals();
    $order->update_status( "processing" ); update_option( "e2e_order", $order->get_id() );`,
  'a refund that restocks': `$order = wc_get_order( get_option( "e2e_order" ) ); $items = array();
    foreach ( $order->get_items() as $item_id => $item ) { $items[ $item_id ] = array( "qty" => 1, "refund_total" => $item->get_total() / 2 ); }
    wc_create_refund( array( "order_id" => $order->get_id(), "amount" => $order->get_total() / 2, "line_items" => $items, "restock_items" => true ) );`,
  'a cancelled order': 'wc_get_order( get_option( "e2e_order" ) )->update_status( "cancelled" );',
  'stock that is no longer counted': edit('set_manage_stock( false )'),
  'back orders': `$product = wc_get_product( $id ); $product->set_manage_stock( false ); $product->set_stock_status( "onbackorder" ); $product->save();`,
}

const VARIABLE_CHANGES: Record<string, string> = {
  'a new price of a variation': editFirst('set_regular_price( "155000" )'),
  'the end of a sale of a variation': editFirst('set_sale_price( "" )'),
  'stock of a variation by wc_update_product_stock': 'wc_update_product_stock( $second, 1 );',
  'a variation that sells out by an order': `$order = wc_create_order(); $order->add_product( wc_get_product( $second ), 1 );
    $order->calculate_totals(); $order->update_status( "completed" );`,
  'a price of a variation by update_post_meta':
    'update_post_meta( $first, "_regular_price", "88000" ); update_post_meta( $first, "_price", "88000" );',
  'a picture of a variation': editFirst('set_image_id( $image )'),
  'a SKU of a variation': editFirst('set_sku( "V-" . $first )'),
  'a variation added': `$new = new WC_Product_Variation(); $new->set_parent_id( $id ); $new->set_regular_price( "5" );
    $new->set_attributes( array( sanitize_title( "رنگ" ) => "آبی" ) ); $new->save(); update_option( "e2e_added", $new->get_id() );`,
  'a variation switched off': `$variation = wc_get_product( get_option( "e2e_added" ) ); $variation->set_status( "private" ); $variation->save();`,
  'a variation removed': 'wc_get_product( $second )->delete( true );',
  'another colour of a variation': editFirst('set_attributes( array( sanitize_title( "رنگ" ) => "آبی" ) )'),
  'a variation for any colour': editFirst('set_attributes( array( sanitize_title( "رنگ" ) => "" ) )'),
}

test('products just made are at the backend as the shop shows them', async () => {
  await scenario.expectInSync(simple, variable.id)
})

for (const [name, code] of [...Object.entries(CHANGES), ...Object.entries(SIMPLE_CHANGES)]) {
  test(`simple product: ${name}`, () =>
    scenario.expectToArrive([simple], () => change({ id: simple, variations: [] }, code)))
}

for (const [name, code] of [...Object.entries(CHANGES), ...Object.entries(VARIABLE_CHANGES)]) {
  test(`variable product: ${name}`, () => scenario.expectToArrive([variable.id], () => change(variable, code)))
}

test('a grouped and an external product, made and edited', async () => {
  const external = { id: await makeExternal(scenario.shop, { sale_price: '250' }), variations: [] }
  const grouped = { id: await makeGrouped(scenario.shop, [simple]), variations: [] }
  await scenario.expectInSync(external.id, grouped.id)
  await scenario.expectToArrive([external.id], () => change(external, edit('set_regular_price( "280" )')))
  await scenario.expectToArrive([grouped.id], () => change(grouped, edit('set_name( "Another set" )')))
})

test('a simple product that becomes a variable one, and back', async () => {
  const made = { id: await makeSimple(scenario.shop, { name: 'Turncoat' }), variations: [] }
  await scenario.deliver()
  await scenario.expectToArrive([made.id], () =>
    change(made, 'wp_set_object_terms( $id, "external", "product_type" );'),
  )
  await scenario.expectToArrive([made.id], () => change(made, 'wp_set_object_terms( $id, "simple", "product_type" );'))
})

test('a picture deleted from the library leaves the products that showed it', async () => {
  const shown = await makeImage(scenario.shop, 'deleted')
  const set = `$product = wc_get_product( $id ); $product->set_image_id( ${shown} ); $product->save();`
  await change({ id: simple, variations: [] }, set)
  await change(variable, set)
  await scenario.expectInSync(simple, variable.id)
  await scenario.expectToArrive([simple, variable.id], () =>
    scenario.shop.php(`return (bool) wp_delete_attachment( ${shown}, true );`),
  )
})

test('a product saved without any change is not sent again', async () => {
  await scenario.deliver()
  scenario.way.forget()
  await change({ id: simple, variations: [] }, '$product = wc_get_product( $id ); $product->save();')
  await change({ id: simple, variations: [] }, 'wp_update_post( array( "ID" => $id ) );')
  await scenario.deliver()
  expect(scenario.way.events).toEqual([])
})
