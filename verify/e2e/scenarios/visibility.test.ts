/** The AI must not find products that the shop does not show. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Form } from '../support/form.ts'
import { tick } from '../support/plugin.ts'
import { type Made, makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let made: Made[]
beforeAll(async () => {
  scenario = await Scenario.open('visibility')
  made = [{ id: await makeSimple(scenario.shop), variations: [] }, await makeVariable(scenario.shop)]
  await scenario.deliver()
})
afterAll(() => scenario?.close())

const ids = () => made.map(({ id }) => id)
const forEach = async (code: string) => {
  await scenario.shop.php(`foreach ( $args["ids"] as $id ) { ${code} } return true;`, { ids: ids() })
}
const active = async () => {
  const products = await scenario.backend.products(scenario.store)
  return ids().filter((id) => products.get(id)?.is_active)
}

const HIDDEN: Record<string, { hide: string; show: string }> = {
  'a draft': {
    hide: 'wp_update_post( array( "ID" => $id, "post_status" => "draft" ) );',
    show: 'wp_publish_post( $id );',
  },
  'private products': {
    hide: '$product = wc_get_product( $id ); $product->set_status( "private" ); $product->save();',
    show: '$product = wc_get_product( $id ); $product->set_status( "publish" ); $product->save();',
  },
  'products that wait for review': {
    hide: 'wp_update_post( array( "ID" => $id, "post_status" => "pending" ) );',
    show: 'wp_update_post( array( "ID" => $id, "post_status" => "publish" ) );',
  },
  'products planned for later': {
    hide: `$later = gmdate( "Y-m-d H:i:s", time() + 999999 );
      wp_update_post( array( "ID" => $id, "post_status" => "future", "post_date" => $later, "post_date_gmt" => $later, "edit_date" => true ) );`,
    // The same change as cron's at its time.
    show: `$now = gmdate( "Y-m-d H:i:s", time() - 60 );
      $GLOBALS["wpdb"]->update( $GLOBALS["wpdb"]->posts, array( "post_date" => $now, "post_date_gmt" => $now ), array( "ID" => $id ) );
      clean_post_cache( $id ); check_and_publish_future_post( $id );`,
  },
  'products behind a password': {
    hide: 'wp_update_post( array( "ID" => $id, "post_password" => "secret" ) );',
    show: 'wp_update_post( array( "ID" => $id, "post_password" => "" ) );',
  },
  'products hidden from the catalogue': {
    hide: '$product = wc_get_product( $id ); $product->set_catalog_visibility( "hidden" ); $product->save();',
    show: '$product = wc_get_product( $id ); $product->set_catalog_visibility( "visible" ); $product->save();',
  },
  'products in the trash': {
    hide: 'wp_trash_post( $id );',
    show: 'wp_untrash_post( $id ); wp_publish_post( $id );',
  },
  'products trashed through CRUD': {
    hide: 'wc_get_product( $id )->delete( false );',
    show: 'wp_untrash_post( $id ); wp_publish_post( $id );',
  },
}

for (const [name, { hide, show }] of Object.entries(HIDDEN)) {
  test(`${name} leave the backend, and come back`, async () => {
    expect(await active()).toEqual(ids())
    await forEach(hide)
    await scenario.deliver()
    expect(await active()).toEqual([])
    expect(await scenario.backend.search(scenario.store, 'کفش پیراهن')).toEqual([])
    await forEach(show)
    await scenario.expectInSync(...ids())
    expect(await active()).toEqual(ids())
  })
}

test('a draft is never sent, and its duplicate neither, until it is published', async () => {
  const draft = await makeSimple(scenario.shop, { name: 'Unfinished', status: 'draft' })
  const copy = await scenario.shop.php<number>(
    'return ( new WC_Admin_Duplicate_Product() )->product_duplicate( wc_get_product( $args["id"] ) )->get_id();',
    { id: ids()[0] },
  )
  await scenario.deliver()
  const sent = new Set(scenario.way.events.map((event) => event.product.id))
  expect([sent.has(draft), sent.has(copy)]).toEqual([false, false])
  await scenario.shop.php('foreach ( $args["ids"] as $id ) { wp_publish_post( $id ); } return true;', {
    ids: [draft, copy],
  })
  await scenario.expectInSync(draft, copy)
  const products = await scenario.backend.products(scenario.store)
  expect([products.get(draft)?.is_active, products.get(copy)?.is_active]).toEqual([true, true])
})

test('a removal goes with the next cron: it waits for no debounce, and not for the run that was arranged', async () => {
  await scenario.shop.option('e2e_debounce_seconds', 600)
  const id = await makeSimple(scenario.shop, { name: 'Soon gone' })
  await tick(scenario.shop, 3_000)
  expect(scenario.way.taken.at(-1)?.product.id).toBe(id)
  scenario.way.forget()
  await scenario.shop.php('wp_trash_post( $args["id"] ); return true;', { id })
  await tick(scenario.shop, 1)
  expect(scenario.way.taken.map((event) => [event.product.id, event.event_type])).toEqual([[id, 'product.deleted']])
  await scenario.shop.option('e2e_debounce_seconds', 0)
})

test('products kept from the AI: one by its form, all of a category and of those below it by the category', async () => {
  const admin = await scenario.admin()
  const [id = 0] = ids()
  await admin.editProduct(id, { _fiko_sync_kept_from_ai: 'yes' })
  await scenario.deliver()
  expect(await active()).toEqual(ids().slice(1))
  await admin.editProduct(id, { _fiko_sync_kept_from_ai: null })
  await scenario.deliver()
  expect(await active()).toEqual(ids())

  const [parent, child] = await scenario.shop.php<[number, number]>(
    `$parent = wp_insert_term( "Secret", "product_cat" )["term_id"];
    $child = wp_insert_term( "More secret", "product_cat", array( "parent" => $parent ) )["term_id"];
    wp_set_object_terms( $args["id"], array( $child ), "product_cat", true );
    return array( $parent, $child );`,
    { id },
  )
  expect(child).toBeGreaterThan(parent)
  await scenario.expectInSync(id)
  const keep = async (value: string | null) => {
    const path = `/wp-admin/term.php?taxonomy=product_cat&tag_ID=${parent}&post_type=product`
    const form = await Form.read((await admin.get(path)).html, '//form[@id="edittag"]')
    await admin.post('/wp-admin/edit-tags.php', form.fill({ fiko_sync_kept_from_ai: value }).fields)
  }
  await keep('yes')
  await scenario.deliver()
  expect(await active()).toEqual(ids().slice(1))
  await keep(null)
  await scenario.deliver()
  expect(await active()).toEqual(ids())
})

test('a product deleted for good leaves the backend', async () => {
  await forEach('wp_delete_post( $id, true );')
  await scenario.deliver()
  expect(await active()).toEqual([])
})
