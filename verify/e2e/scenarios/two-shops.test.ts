/** Two shops with the same product ids, and a copy of a shop at another address. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Form } from '../support/form.ts'
import { tick, waitingIds } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import type { Shop } from '../support/shop.ts'
import { WpAdmin } from '../support/wp-admin.ts'

const SETTINGS = '/wp-admin/admin.php?page=fiko-sync'

let one: Scenario
let other: Scenario
beforeAll(async () => {
  ;[one, other] = await Promise.all([Scenario.open('one'), Scenario.open('other')])
})
afterAll(async () => {
  await one?.close()
  await other?.close()
})

const rename = (shop: Shop, id: number, name: string) =>
  shop.php('$p = wc_get_product( $args["id"] ); $p->set_name( $args["name"] ); $p->save(); return true;', { id, name })

test('the same ids in two shops are two products', async () => {
  const id = await makeSimple(one.shop, { name: 'Of the first' })
  expect(await makeSimple(other.shop, { name: 'Of the other' })).toBe(id)
  await one.expectInSync(id)
  await other.expectInSync(id)
  expect((await one.backend.product(one.store, id))?.name).toBe('Of the first')
  expect((await other.backend.product(other.store, id))?.name).toBe('Of the other')
  await other.shop.php('wp_trash_post( $args["id"] ); return true;', { id })
  await other.deliver()
  expect((await one.backend.product(one.store, id))?.is_active).toBe(true)
  expect((await other.backend.product(other.store, id))?.is_active).toBe(false)
})

test('a copy of a shop at another address sends nothing and asks; the original continues', async () => {
  const id = await makeSimple(one.shop, { name: 'Original' })
  await one.expectInSync(id)
  const copy = await one.shop.clone('staging')
  try {
    one.way.forget()
    await rename(copy, id, 'Changed on staging')
    for (let run = 0; run < 3; run += 1) await tick(copy, 3_700)
    expect(one.way.events).toEqual([])
    expect(await waitingIds(copy)).toContain(id)
    const admin = await WpAdmin.signIn(copy.url)
    const page = await admin.get('/wp-admin/index.php')
    expect(page.html).toMatch(/Fiko/)
    expect(page.html).toMatch(/notice[^>]*>.*Fiko/s)
    // The owner says what it is. Even if they err, the backend does not let another site in.
    const answer = async (given: string) => {
      const form = await Form.read((await admin.get(SETTINGS)).html, '//form[.//input[@value="fiko_sync_site"]]')
      return await admin.post('/wp-admin/admin-post.php', form.fill({ answer: given }).fields)
    }
    expect((await answer('copy')).html).toContain('This site is a copy')
    await tick(copy, 3_700)
    expect(one.way.events).toEqual([])
    await answer('same')
    await tick(copy, 3_700)
    expect(one.way.taken).toEqual([])
    expect((await admin.get(SETTINGS)).html).toContain('The token is connected to another address')

    await rename(one.shop, id, 'Still the original')
    await one.expectInSync(id)
    expect((await one.backend.product(one.store, id))?.name).toBe('Still the original')
  } finally {
    await copy.stop()
  }
})

test('the site goes with every request as a hash, never its address', () => {
  for (const request of one.way.requests) {
    expect(request.headers['x-fiko-site']).toMatch(/^[0-9a-f]{64}$/)
  }
  expect(one.way.requests.length).toBeGreaterThan(0)
})
