/** WooCommerce switched off, or the plugin's table gone: a notice at most, never a broken site. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TABLE } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
beforeAll(async () => {
  scenario = await Scenario.open('without')
})
afterAll(() => scenario?.close())

test('without its table, a save goes through and the edit arrives', async () => {
  await scenario.shop.sql(`drop table ${TABLE}`)
  const id = await makeSimple(scenario.shop)
  await scenario.expectInSync(id)
})

test('without WooCommerce, wp-admin opens and names the missing plugin', async () => {
  const admin = await scenario.admin()
  // The plugin requires WooCommerce, so wp-admin does not deactivate it; the scenario removes its folder.
  await scenario.shop.php(
    `update_option( "active_plugins", array_values( array_diff( get_option( "active_plugins" ), array( "woocommerce/woocommerce.php" ) ) ) );
    return true;`,
  )
  const page = await admin.get('/wp-admin/plugins.php')
  expect(page.status).toBe(200)
  expect(page.html).toContain('Fiko Sync needs WooCommerce')
  expect((await fetch(`${scenario.shop.url}/wp-json/`)).status).toBe(200)
  const id = await scenario.shop.php<number>(
    'return wp_insert_post( array( "post_title" => "A post", "post_status" => "publish" ) );',
  )
  expect(id).toBeGreaterThan(0)
})
