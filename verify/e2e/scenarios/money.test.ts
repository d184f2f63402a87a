/** Settings that change every price at once, and prices that must stay exact. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let ids: number[]
beforeAll(async () => {
  scenario = await Scenario.open('money')
  ids = [await makeSimple(scenario.shop, { sale_price: '850000' }), (await makeVariable(scenario.shop)).id]
  await scenario.deliver()
})
afterAll(() => scenario?.close())

const set = (options: Record<string, string>) =>
  scenario.shop.php(
    'foreach ( $args["options"] as $name => $value ) { update_option( $name, $value ); } return true;',
    {
      options,
    },
  )
const price = async () => (await scenario.backend.product(scenario.store, ids[0] ?? 0))?.price

test('another currency', () => scenario.expectToArrive(ids, () => set({ woocommerce_currency: 'USD' })))

test('prices shown with tax', async () => {
  await scenario.shop.php(`WC_Tax::_insert_tax_rate( array( 'tax_rate_country' => 'IR', 'tax_rate_state' => '', 'tax_rate' => '10', 'tax_rate_name' => 'VAT', 'tax_rate_priority' => 1, 'tax_rate_compound' => 0, 'tax_rate_shipping' => 1, 'tax_rate_order' => 0, 'tax_rate_class' => '' ) );
    return true;`)
  await scenario.deliver()
  await scenario.expectToArrive(ids, () => set({ woocommerce_calc_taxes: 'yes', woocommerce_tax_display_shop: 'incl' }))
  expect(await price()).toMatch(/^935000(\.0+)?$/)
})

test('a tax rate that changes', () =>
  scenario.expectToArrive(ids, () =>
    scenario.shop.php(`global $wpdb;
      $id = (int) $wpdb->get_var( "SELECT tax_rate_id FROM {$wpdb->prefix}woocommerce_tax_rates" );
      WC_Tax::_update_tax_rate( $id, array( 'tax_rate' => '20' ) ); return true;`),
  ))

test('prices shown without tax again', () =>
  scenario.expectToArrive(ids, () => set({ woocommerce_tax_display_shop: 'excl' })))

test('prices of fifteen digits and of fractions arrive exactly', async () => {
  await set({ woocommerce_calc_taxes: 'no' })
  const exact = ['999999999999999', '123456789012.34', '0.01']
  for (const amount of exact) {
    const id = await makeSimple(scenario.shop, { regular_price: amount })
    await scenario.deliver()
    expect((await scenario.backend.product(scenario.store, id))?.price).toBe(amount)
  }
})
