/** A shop with Redis as its object cache: options and posts come from there, in the web server and in cron alike. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let id: number
beforeAll(async () => {
  scenario = await Scenario.open('redis', { objectCache: 'redis' })
  id = await makeSimple(scenario.shop)
  await scenario.deliver()
})
afterAll(() => scenario?.close())

test('the cache is Redis, and connected', async () => {
  const code =
    'global $wp_object_cache; return array( wp_using_ext_object_cache(), method_exists( $wp_object_cache, "redis_status" ) && $wp_object_cache->redis_status() );'
  expect(await scenario.shop.php(code)).toEqual([true, true])
  await scenario.shop.php('wp_cache_set( "kept", "by Redis", "e2e" ); return true;')
  expect(await scenario.shop.php('return wp_cache_get( "kept", "e2e" );')).toBe('by Redis')
})

test('an edit in wp-admin and a save from a terminal arrive', async () => {
  const admin = await scenario.admin()
  await scenario.expectToArrive([id], () => admin.editProduct(id, { post_title: 'Edited in a browser' }))
  const save = '$p = wc_get_product( $args["id"] ); $p->set_regular_price( "77" ); $p->save(); return true;'
  await scenario.expectToArrive([id], () => scenario.shop.php(save, { id }))
})
