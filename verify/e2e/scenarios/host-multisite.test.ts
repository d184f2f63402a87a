/** A network of two shops: each sends its own products to its own store. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../support/backend.ts'
import { connect, deliver } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import type { Shop } from '../support/shop.ts'

let scenario: Scenario
let second: Shop
let secondStore: Store
let id: number
let secondId: number
beforeAll(async () => {
  scenario = await Scenario.open('network', { network: true, configured: false })
  second = scenario.shop.secondSite()
  secondStore = await scenario.backend.newStore('second of a network')
  await connect(scenario.shop, scenario.way.url, scenario.store.token)
  await connect(second, scenario.way.url, secondStore.token)
  await second.option('e2e_debounce_seconds', 0)
  // Both shops count from here: their products have the same ids.
  for (const table of ['wp_posts', 'wp_2_posts']) await scenario.shop.sql(`alter table ${table} auto_increment = 5000`)
  id = await makeSimple(scenario.shop, { name: 'Of the first shop' })
  secondId = await makeSimple(second, { name: 'Of the second shop' })
  await deliverBoth()
})
afterAll(() => scenario?.close())

async function deliverBoth(): Promise<void> {
  await deliver(scenario.shop)
  await deliver(second)
  await scenario.backend.settled(scenario.store)
  await scenario.backend.settled(secondStore)
}

async function namesAt(store: Store): Promise<string[]> {
  const products = await scenario.backend.products(store)
  return [...products.values()].filter((product) => product.is_active).map((product) => product.name)
}

test('the second shop has an address of its own', async () => {
  const answer = await fetch(`${second.url}/?post_type=product&p=${secondId}`)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('Of the second shop')
  expect((await fetch(`${second.url}/wp-json/`)).status).toBe(200)
  expect((await fetch(`${second.url}/wp-login.php`)).status).toBe(200)
})

test('products of both shops have the same id', () => {
  expect([id, secondId]).toEqual([5000, 5000])
})

test('each shop sends its products to its store', async () => {
  expect(await namesAt(scenario.store)).toEqual(['Of the first shop'])
  expect(await namesAt(secondStore)).toEqual(['Of the second shop'])
})

test('an edit in each shop arrives', async () => {
  const rename = '$p = wc_get_product( $args["id"] ); $p->set_name( $args["name"] ); $p->save(); return true;'
  await scenario.shop.php(rename, { id, name: 'First, edited' })
  await second.php(rename, { id: secondId, name: 'Second, edited' })
  await deliverBoth()
  expect(await namesAt(scenario.store)).toEqual(['First, edited'])
  expect(await namesAt(secondStore)).toEqual(['Second, edited'])
})

test('edits in both shops by one request arrive', async () => {
  await scenario.shop.php(
    `$rename = static function ( $id, $name ) { $p = wc_get_product( $id ); $p->set_name( $name ); $p->save(); };
    $second = get_sites( array( "path" => "/second/", "fields" => "ids" ) )[0];
    $rename( $args["id"], "First, by one request" );
    switch_to_blog( $second );
    $rename( $args["secondId"], "Second, by one request" );
    restore_current_blog();
    return true;`,
    { id, secondId },
  )
  await deliverBoth()
  expect(await namesAt(scenario.store)).toEqual(['First, by one request'])
  expect(await namesAt(secondStore)).toEqual(['Second, by one request'])
})
