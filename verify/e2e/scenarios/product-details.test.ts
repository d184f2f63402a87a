/** Brand, GTIN, rating, category paths, picture texts and sizes, measures and quantities: from WooCommerce to search and to agents. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tick } from '../support/plugin.ts'
import { makeImage, makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let cup: number
beforeAll(async () => {
  scenario = await Scenario.open('details')
  await scenario.shop.option('woocommerce_weight_unit', 'g')
  await scenario.shop.option('woocommerce_dimension_unit', 'mm')
  const images = [await makeImage(scenario.shop, 'front'), await makeImage(scenario.shop, 'back')]
  cup = await makeSimple(scenario.shop, {
    name: 'فنجان سفالی',
    regular_price: '1000',
    sale_price: '900',
    date_on_sale_to: Math.floor(Date.now() / 1000) + 86_400,
    weight: '250',
    length: '80',
    width: '75',
    height: '90',
    brands: ['زرین'],
    global_unique_id: '4006381333931',
  })
  await scenario.shop.php(ADORN, { id: cup, images })
  await scenario.deliver()
}, 240_000)
afterAll(() => scenario?.close())

/** Two categories below each other, two pictures with one text, and a rule of a plugin about quantities. */
const ADORN = `
  $top = wp_insert_term( 'Kitchen & table', 'product_cat' )['term_id'];
  $mid = wp_insert_term( 'ظروف', 'product_cat', array( 'parent' => $top ) )['term_id'];
  $low = wp_insert_term( 'فنجان', 'product_cat', array( 'parent' => $mid ) )['term_id'];
  wp_set_object_terms( $args['id'], array( $low ), 'product_cat' );
  update_post_meta( $args['images'][0], '_wp_attachment_image_alt', 'فنجان آبی از جلو' );
  $product = wc_get_product( $args['id'] );
  $product->set_image_id( $args['images'][0] );
  $product->set_gallery_image_ids( array( $args['images'][1] ) );
  $product->save();
  return true;`

const product = async (id: number) => (await scenario.backend.products(scenario.store)).get(id)
const sent = (id: number) => scenario.way.events.findLast((event) => event.product.id === id)?.product

test('the details of a product arrive', async () => {
  expect(await product(cup)).toMatchObject({
    gtin: '4006381333931',
    brand: 'زرین',
    category_paths: [['Kitchen & table', 'ظروف', 'فنجان']],
    image_details: [
      { alt: 'فنجان آبی از جلو', width: 40, height: 40 },
      { alt: '', width: 40, height: 40 },
    ],
    weight: 250,
    weight_unit: 'g',
    dimensions: { length: 80, width: 75, height: 90 },
    dimension_unit: 'mm',
    sale_ends_at: expect.stringMatching(/^20\d\d-/),
    average_rating: null,
    language: 'en-US',
    // The stock of 12 limits no order.
    max_quantity: null,
  })
})

test('a review changes the rating when it is approved, and again when it is deleted', async () => {
  const review = await scenario.shop.php<number>(
    `$review = wp_insert_comment( array( 'comment_post_ID' => $args['id'], 'comment_type' => 'review', 'comment_author' => 'A customer',
       'comment_content' => 'Good.', 'comment_approved' => 0, 'comment_meta' => array( 'rating' => 4 ) ) );
     WC_Comments::clear_transients( $args['id'] );
     return $review;`,
    { id: cup },
  )
  await scenario.deliver()
  expect((await product(cup))?.average_rating).toBeNull()
  await scenario.shop.php('wp_set_comment_status( $args["review"], "approve" ); return true;', { review })
  await scenario.deliver()
  expect(await product(cup)).toMatchObject({ average_rating: 4, review_count: 1 })
  await scenario.shop.php('wp_delete_comment( $args["review"], true ); return true;', { review })
  await scenario.deliver()
  expect(await product(cup)).toMatchObject({ average_rating: null })
})

test('search finds by brand, GTIN and a category above; an agent reads all of it', async () => {
  await scenario.shop.php(
    `wp_insert_comment( array( 'comment_post_ID' => $args['id'], 'comment_type' => 'review', 'comment_author' => 'A customer',
       'comment_content' => 'Good.', 'comment_approved' => 1, 'comment_meta' => array( 'rating' => 5 ) ) );
     WC_Comments::clear_transients( $args['id'] );
     return true;`,
    { id: cup },
  )
  await scenario.deliver()
  for (const query of ['زرین', '4006381333931', 'فنجان kitchen'])
    expect([query, await scenario.backend.search(scenario.store, query)]).toEqual([query, [cup]])
  const ours = (await product(cup))?.id
  const answer = await scenario.backend.admin<{ result: { structuredContent: { product: object } } }>('POST', '/mcp', {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'get_product', arguments: { catalog: { id: String(ours) } } },
  })
  expect(answer.result.structuredContent.product).toMatchObject({
    categories: [{ value: 'Kitchen & table > ظروف > فنجان', taxonomy: 'merchant' }],
    rating: { value: 5, scale_max: 5, count: 1 },
    media: [
      { alt_text: 'فنجان آبی از جلو', width: 40, height: 40 },
      { alt_text: 'فنجان سفالی', width: 40, height: 40 },
    ],
    variants: [{ barcodes: [{ type: 'GTIN', value: '4006381333931' }] }],
    metadata: { brand: 'زرین', weight: { value: 250, unit: 'g' }, dimensions: { length: 80, unit: 'mm' } },
  })
})

test('the product list shows the score that the backend gives', async () => {
  // The plugin asks for receipts 20 s after it has sent.
  await tick(scenario.shop, 60)
  const score = (await product(cup))?.readiness
  expect(score).toBeGreaterThan(50)
  const list = await (await scenario.admin()).get('/wp-admin/edit.php?post_type=product')
  expect(list.html).toContain(`Ready: ${score} of 100`)
})

test('another name of a category above and another text of a picture arrive', async () => {
  await scenario.shop.php(
    `wp_update_term( get_term_by( 'name', 'Kitchen &amp; table', 'product_cat' )->term_id, 'product_cat', array( 'name' => 'Home' ) );
     update_post_meta( wc_get_product( $args['id'] )->get_gallery_image_ids()[0], '_wp_attachment_image_alt', 'از پشت' );
     return true;`,
    { id: cup },
  )
  await scenario.deliver()
  expect(await product(cup)).toMatchObject({
    category_paths: [['Home', 'ظروف', 'فنجان']],
    image_details: [{}, { alt: 'از پشت' }],
  })
})

test('variations have their own GTIN, measures and pictures; an attribute is the brand where no taxonomy says it', async () => {
  const image = await makeImage(scenario.shop, 'red')
  const { id, variations } = await makeVariable(scenario.shop, {
    attributes: [{ name: 'برند', options: ['آذر'] }],
  })
  await scenario.shop.php(
    `update_post_meta( $args['image'], '_wp_attachment_image_alt', 'قرمز' );
     $variation = wc_get_product( $args['variation'] );
     $variation->set_global_unique_id( '9780306406157' );
     $variation->set_weight( '300' );
     $variation->set_image_id( $args['image'] );
     $variation->save();
     return true;`,
    { variation: variations[0], image },
  )
  await scenario.deliver()
  const shirt = await product(id)
  expect(shirt).toMatchObject({ brand: 'آذر', weight_unit: 'g' })
  expect(shirt?.variants[0]).toMatchObject({ gtin: '9780306406157', weight: 300, image_alt: 'قرمز' })
  expect(shirt?.variants[1]).toMatchObject({ gtin: null, weight: null, image_alt: null })
})

test('limits of an order are those of the page: one for a product sold individually', async () => {
  const id = await makeSimple(scenario.shop, { name: 'Single', sold_individually: true, manage_stock: false })
  await scenario.deliver()
  expect(await product(id)).toMatchObject({ min_quantity: null, max_quantity: 1 })
})

test('a product without any of it is sent without empty fields', async () => {
  const id = await makeSimple(scenario.shop, { name: 'Plain' })
  await scenario.deliver()
  for (const name of ['gtin', 'brand', 'image_details', 'sale_ends_at', 'min_quantity', 'review_count', 'image_alt'])
    expect(sent(id)).not.toHaveProperty(name)
})

test('variations with pictures cost no query each', async () => {
  const queries = async (count: number) => {
    const id = await scenario.shop.php<number>(MAKE, { count, image: await makeImage(scenario.shop, `v${count}`) })
    const code = `
      wp_cache_flush();
      Fiko_Sync_Reader::read( array( $args['id'] ), 'sweep' );
      wp_cache_flush();
      $before = $GLOBALS['wpdb']->num_queries;
      $read   = Fiko_Sync_Reader::read( array( $args['id'] ), 'sweep' );
      return array( $GLOBALS['wpdb']->num_queries - $before, count( $read[ $args['id'] ]['product']['variations'] ) );`
    const [used, read] = await scenario.shop.php<[number, number]>(code, { id }, { context: 'cron' })
    expect(read).toBe(count)
    return used
  }
  const [few, many] = [await queries(5), await queries(45)]
  expect(many - few).toBeLessThan(10)
})

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
    $variation->set_weight( '5' );
    $variation->set_image_id( wp_insert_attachment( array( 'post_mime_type' => 'image/png', 'post_title' => "v$number" ), get_attached_file( $args['image'] ) ) );
    $variation->save();
  }
  return $id;`
