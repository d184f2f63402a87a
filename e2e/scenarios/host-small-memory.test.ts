/** Hosts that give PHP little memory: products arrive, and no process dies of it. */
import { describe, expect, test } from 'vitest'
import { insertProducts, makeSimple } from '../support/products.ts'
import { Scene } from '../support/scene.ts'

const MANY = 300

describe.each(['80M', '128M'])('with %s', (memoryLimit) => {
  test(`an edit and ${MANY} changed products arrive`, async () => {
    const scene = await Scene.open('memory', { memoryLimit })
    try {
      expect(await scene.shop.php('return ini_get( "memory_limit" );')).toBe(memoryLimit)
      const id = await makeSimple(scene.shop)
      await scene.expectInSync(id)
      const admin = await scene.admin()
      await scene.expectToArrive([id], () => admin.editProduct(id, { post_title: 'Edited with little memory' }))

      const ids = await insertProducts(scene.shop, MANY)
      await scene.shop.php(
        'foreach ( $args["ids"] as $id ) { wc_get_product( $id )->save(); do_action( "woocommerce_update_product", $id ); } return true;',
        { ids },
      )
      await scene.deliver()
      const products = await scene.backend.products(scene.store)
      expect(ids.filter((one) => !products.get(one)?.is_active)).toEqual([])
      expect(scene.shop.fatalErrors()).toEqual([])
    } finally {
      await scene.close()
    }
  })
})
