/** The backend goes away while 1,000 products are edited: nothing is lost, and each is sent once when it is back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliver, tick, waitingIds } from '../support/plugin.ts'
import { insertProducts } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import type { Mode } from '../support/unreliable-backend.ts'

const PRODUCTS = 1_000

let scenario: Scenario
let ids: number[]
beforeAll(async () => {
  scenario = await Scenario.open('outage')
  ids = await insertProducts(scenario.shop, PRODUCTS)
})
afterAll(() => scenario?.close())

const edit = (edited: number[], name: string) =>
  scenario.shop.php(
    `foreach ( $args["ids"] as $id ) {
      $product = wc_get_product( $id ); $product->set_name( $args["name"] . " $id" ); $product->save();
    } return true;`,
    { ids: edited, name },
  )

const PAGE = { headers: { 'content-type': 'text/html' }, body: '<h1>It works!</h1>' }
/** The outage's mode, and the number of products that are edited meanwhile: a save takes WooCommerce at least 10 ms. */
const OUTAGES: Record<string, { mode: Mode; edits: number }> = {
  'refuses connections': { mode: { kind: 'refuse' }, edits: PRODUCTS },
  'answers 500': { mode: { kind: 'answer', status: 500 }, edits: PRODUCTS },
  hangs: { mode: { kind: 'hang' }, edits: PRODUCTS },
  'answers 503': { mode: { kind: 'answer', status: 503, headers: { 'retry-after': '120' } }, edits: 50 },
  'answers 429': { mode: { kind: 'answer', status: 429, headers: { 'retry-after': '300' } }, edits: 50 },
  'shows a page of another server': { mode: { kind: 'answer', status: 200, ...PAGE }, edits: 50 },
}

for (const [name, { mode, edits }] of Object.entries(OUTAGES)) {
  test(`${edits} edits while the backend ${name}: all arrive, one send a product`, async () => {
    const edited = ids.slice(0, edits)
    await scenario.way.set(mode)
    await edit(edited, name)
    for (let attempt = 0; attempt < 2; attempt += 1) await tick(scenario.shop, 400)
    expect(await waitingIds(scenario.shop)).toEqual(edited)
    await scenario.way.set({ kind: 'forward' })
    scenario.way.forget()
    await tick(scenario.shop, 3_700)
    await scenario.deliver()
    expect(scenario.way.taken.map((event) => event.product.id).sort((a, b) => a - b)).toEqual(edited)
    await expectNames(edited, name)
  })
}

test('answers that are lost on the way: the same event ids again, and no second effect', async () => {
  const edited = ids.slice(0, 150)
  await scenario.way.set({ kind: 'cut' })
  await edit(edited, 'is cut off')
  scenario.way.forget()
  await tick(scenario.shop, 130)
  const lost = scenario.way.events.map((event) => event.event_id)
  expect(lost.length).toBeGreaterThan(0)
  const before = await scenario.backend.eventCount(scenario.store)
  await scenario.way.set({ kind: 'forward' })
  scenario.way.forget()
  await tick(scenario.shop, 3_700)
  await scenario.deliver()
  const sent = scenario.way.taken.map((event) => event.event_id)
  expect(lost.filter((eventId) => !sent.includes(eventId))).toEqual([])
  expect(await scenario.backend.eventCount(scenario.store)).toBe(before + edited.length - lost.length)
  await expectNames(edited, 'is cut off')
})

test('a Retry-After is honoured', async () => {
  await scenario.way.set({ kind: 'answer', status: 429, headers: { 'retry-after': '900' } })
  await edit(ids.slice(0, 10), 'later')
  await tick(scenario.shop, 130)
  await scenario.way.set({ kind: 'forward' })
  scenario.way.forget()
  await tick(scenario.shop, 700)
  expect(scenario.way.requests).toEqual([])
  await tick(scenario.shop, 260)
  expect(scenario.way.taken.length).toBeGreaterThan(0)
  await scenario.deliver()
})

test('a product that the backend refuses delays no other, and is sent again after an edit', async () => {
  const [refused = 0, other = 0] = ids
  const name = (id: number, text: string) =>
    scenario.shop.php('$p = wc_get_product( $args["id"] ); $p->set_name( $args["text"] ); $p->save(); return true;', {
      id,
      text,
    })
  // Text of 6,000 characters is more than a name may have.
  await name(refused, 'x'.repeat(6_000))
  await name(other, 'Fine')
  await scenario.expectInSync(other)
  expect(await waitingIds(scenario.shop)).toEqual([])
  const [[reason] = []] = await scenario.shop.sql(
    `select reason from wp_fiko_sync_products where product_id = ${refused}`,
  )
  expect(reason).toMatch(/name/)
  await name(refused, 'Short again')
  await scenario.expectInSync(refused)
})

test('no save has called the backend', () => {
  const foreground = scenario.shop.foregroundCalls()
  expect(foreground.filter((call) => call.url.startsWith(scenario.way.url))).toEqual([])
})

async function expectNames(edited: number[], name: string): Promise<void> {
  await deliver(scenario.shop)
  const products = await scenario.backend.products(scenario.store)
  expect(edited.filter((id) => products.get(id)?.name !== `${name} ${id}`)).toEqual([])
}
