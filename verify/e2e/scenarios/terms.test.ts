/** Categories, tags and attributes: one change there is a change of every product that carries them. */
import { afterAll, beforeAll, test } from 'vitest'
import { Form } from '../support/form.ts'
import { makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let ids: number[]
beforeAll(async () => {
  scenario = await Scenario.open('terms')
  const carried = { categories: ['کفش', 'مردانه'], tags: ['ورزشی'] }
  ids = [await makeSimple(scenario.shop, carried), (await makeVariable(scenario.shop, carried)).id]
  await scenario.deliver()
})
afterAll(() => scenario?.close())

const php = (code: string, given = {}) => scenario.shop.php(`${code} return true;`, { ids, ...given })
const term = (name: string, taxonomy = 'product_cat') => `get_term_by( "name", "${name}", "${taxonomy}" )->term_id`

test('a category renamed in wp-admin', async () => {
  const admin = await scenario.admin()
  const id = await scenario.shop.php<number>(`return ${term('کفش')};`)
  const path = `/wp-admin/term.php?taxonomy=product_cat&tag_ID=${id}&post_type=product`
  await scenario.expectToArrive(ids, async () => {
    const form = await Form.read((await admin.get(path)).html, '//form[@id="edittag"]')
    await admin.post('/wp-admin/edit-tags.php', form.fill({ name: 'کفش و کتانی' }).fields)
  })
})

test('a tag renamed', () =>
  scenario.expectToArrive(ids, () =>
    php(`wp_update_term( ${term('ورزشی', 'product_tag')}, "product_tag", array( "name" => "دویدن" ) );`),
  ))

test('two categories merged: one is deleted in favour of another', () =>
  scenario.expectToArrive(ids, () =>
    php(`$other = wp_insert_term( "همه", "product_cat" )["term_id"];
      wp_delete_term( ${term('مردانه')}, "product_cat", array( "default" => $other, "force_default" => true ) );`),
  ))

test('a tag deleted', () =>
  scenario.expectToArrive(ids, () => php(`wp_delete_term( ${term('دویدن', 'product_tag')}, "product_tag" );`)))

test('the last category deleted: the default one takes its place', () =>
  scenario.expectToArrive(ids, () =>
    php(
      `foreach ( array( "همه", "کفش و کتانی" ) as $name ) { wp_delete_term( get_term_by( "name", $name, "product_cat" )->term_id, "product_cat" ); }`,
    ),
  ))

test('a shop-wide attribute given, its value renamed, its label changed', async () => {
  await scenario.shop.php(
    'return wc_create_attribute( array( "name" => "Material", "slug" => "material", "type" => "select" ) );',
  )
  await scenario.expectToArrive(ids, () =>
    php(`$term = wp_insert_term( "Cotton", "pa_material" )["term_id"];
      foreach ( $args["ids"] as $id ) {
        $product = wc_get_product( $id ); $attributes = $product->get_attributes();
        $new = new WC_Product_Attribute(); $new->set_id( wc_attribute_taxonomy_id_by_name( "material" ) );
        $new->set_name( "pa_material" ); $new->set_options( array( $term ) ); $new->set_visible( true );
        $attributes[] = $new; $product->set_attributes( $attributes ); $product->save();
      }`),
  )
  await scenario.expectToArrive(ids, () =>
    php(`wp_update_term( ${term('Cotton', 'pa_material')}, "pa_material", array( "name" => "Linen" ) );`),
  )
  await scenario.expectToArrive(ids, () =>
    php(`$id = wc_attribute_taxonomy_id_by_name( "material" );
      wc_update_attribute( $id, array( "name" => "Fabric", "slug" => "material", "type" => "select" ) );`),
  )
})

test('a shop-wide attribute deleted', () =>
  scenario.expectToArrive(ids, () => php('wc_delete_attribute( wc_attribute_taxonomy_id_by_name( "material" ) );')))
