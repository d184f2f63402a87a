/** Hosts that give PHP little memory: products arrive, and no process dies of it. */
import { describe, expect, test } from 'vitest'
import { insertProducts, makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

const MANY = 300

describe.each(['80M', '128M'])('with %s', (memoryLimit) => {
  test(`an edit and ${MANY} changed products arrive`, async () => {
    const scenario = await Scenario.open('memory', { memoryLimit })
    try {
      expect(await scenario.shop.php('return ini_get( "memory_limit" );')).toBe(memoryLimit)
      const id = await makeSimple(scenario.shop)
      await scenario.expectInSync(id)
      const admin = await scenario.admin()
      await scenario.expectToArrive([id], () => admin.editProduct(id, { post_title: 'Edited with little memory' }))

      const ids = await insertProducts(scenario.shop, MANY)
      await scenario.shop.php(
        'foreach ( $args["ids"] as $id ) { wc_get_product( $id )->save(); do_action( "woocommerce_update_product", $id ); } return true;',
        { ids },
      )
      await scenario.deliver()
      const products = await scenario.backend.products(scenario.store)
      expect(ids.filter((one) => !products.get(one)?.is_active)).toEqual([])
      expect(scenario.shop.fatalErrors()).toEqual([])
    } finally {
      await scenario.close()
    }
  })
})
