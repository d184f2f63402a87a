/** Answers are compared with the shop's public product list. Drift made by SQL is reported, sent again from the dashboard, and repaired. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StoreFreshness } from '../../../server/src/freshness/freshness-schemas.ts'
import type { Wire } from '../../../server/src/platform/http/contract.ts'
import type { Resend } from '../../../server/src/plugin-api/resend.ts'
import { makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { waitFor } from '../support/wait-for.ts'

type Freshness = Wire<StoreFreshness>

let scenario: Scenario
let ids: number[]
let variable: number
let category: string

beforeAll(async () => {
  scenario = await Scenario.open('freshness')
  ids = []
  for (let count = 0; count < 4; count += 1) ids.push(await makeSimple(scenario.shop))
  variable = (await makeVariable(scenario.shop)).id
  await scenario.deliver()
  await scenario.backend.admin('PATCH', `${path()}freshness/`, { is_on: true })
})
afterAll(() => scenario?.close())

const path = () => `/api/v1/stores/${scenario.store.storeId}/`
const read = () => scenario.backend.admin<Freshness>('GET', `${path()}freshness/`)

/** A comparison now, and the second look at what differed. */
async function compare(): Promise<Freshness> {
  const before = (await read()).checked_at
  await waitFor('the shop may be asked again', () =>
    scenario.backend.admin('POST', `${path()}freshness/check/`).then(
      () => true,
      () => false,
    ),
  )
  await waitFor('a comparison', async () => {
    const { checked_at: at, undecided } = await read()
    return at !== before && undecided === 0
  })
  return await read()
}

/** The connection test of the settings page, in which the plugin takes a request. */
const testConnection = () => scenario.shop.php('Fiko_Sync_Settings::connect(); return true;', {}, { context: 'cron' })

const embeddings = async () =>
  (await scenario.backend.admin<{ embedding_inputs: number }>('GET', '/api/v1/knowledge/stats/')).embedding_inputs

const lastRequest = async () =>
  (await scenario.backend.admin<{ results: Wire<Resend>[] }>('GET', `${path()}resend/`)).results[0]

test('what the shop shows a guest is what the server answers', async () => {
  expect(await compare()).toMatchObject({ state: 'checked', percent: 100, sampled: 5, wrong: 0, wrong_now: 0 })
})

test('a price, a stock and a trashed product by SQL are reported with both sides', async () => {
  const [priced = 0, sold = 0, trashed = 0] = ids
  await scenario.shop.sql(
    `update wp_postmeta set meta_value = '77' where post_id = ${priced} and meta_key in ('_price', '_regular_price', '_sale_price');
     update wp_postmeta set meta_value = 'outofstock' where post_id = ${sold} and meta_key = '_stock_status';
     update wp_posts set post_status = 'trash' where ID = ${trashed}`,
  )
  const found = await compare()
  expect(found.wrong_now).toBe(3)
  const told = new Map(found.findings.map((finding) => [finding.product.external_id, finding]))
  expect(told.get(`woo_${priced}`)).toMatchObject({ field: 'price', theirs: expect.stringMatching(/^77 /) })
  expect(told.get(`woo_${sold}`)).toMatchObject({ field: 'stock', ours: 'in_stock', theirs: 'out_of_stock' })
  expect(told.get(`woo_${trashed}`)).toMatchObject({ field: 'visibility', ours: 'shown', theirs: 'not_shown' })
  expect(found.message).toContain('the wrong ones')
})

test('the wrong ones are sent again from the dashboard, by the plugin, and are right afterwards', async () => {
  const wrong = ids.slice(0, 3)
  await scenario.backend.admin('POST', `${path()}resend/`, { kind: 'products', product_ids: wrong })
  await testConnection()
  await scenario.deliver()
  expect(await lastRequest()).toMatchObject({ state: 'done', done: 3, total: 3 })
  expect(await scenario.differences(ids)).toEqual([])
  expect(await compare()).toMatchObject({ wrong_now: 0, findings: [] })
})

test('a request is carried out once, sends unchanged products again as new events, and embeds nothing', async () => {
  const before = await scenario.backend.eventCount(scenario.store)
  const embedded = await embeddings()
  await scenario.backend.admin('POST', `${path()}resend/`, { kind: 'all' })
  await testConnection()
  await testConnection()
  await scenario.deliver()
  const after = await scenario.backend.eventCount(scenario.store)
  // The trashed product is told to the server again, too.
  expect(after - before).toBeGreaterThanOrEqual(4)
  expect(after - before).toBeLessThanOrEqual(5)
  await testConnection()
  await scenario.deliver()
  expect(await scenario.backend.eventCount(scenario.store)).toBe(after)
  expect(await lastRequest()).toMatchObject({ kind: 'all', state: 'done' })
  expect(await embeddings()).toBe(embedded)
})

test('a category by its name: its products and those of the categories below it, and no others', async () => {
  category = 'Boots & more'
  await scenario.shop.php(
    `$above = wp_insert_term( 'Boots & more', 'product_cat' );
     $below = wp_insert_term( 'Rubber', 'product_cat', array( 'parent' => $above['term_id'] ) );
     wp_set_object_terms( $args['one'], array( $above['term_id'] ), 'product_cat' );
     wp_set_object_terms( $args['two'], array( $below['term_id'] ), 'product_cat' );
     return true;`,
    { one: ids[0] ?? 0, two: variable },
  )
  await scenario.deliver()
  scenario.way.forget()
  await scenario.backend.admin('POST', `${path()}resend/`, { kind: 'category', category })
  await testConnection()
  await scenario.deliver()
  expect(await lastRequest()).toMatchObject({ state: 'done', done: 2, total: 2 })
  const sent = scenario.way.events.map(({ product }) => product.id)
  expect([...new Set(sent)].sort()).toEqual([ids[0], variable].sort())
})

test('the history of drift names the comparison and its cause', async () => {
  await scenario.shop.php('Fiko_Sync_Reconcile::run(); return true;', {}, { context: 'cron' })
  const { results } = await scenario.backend.admin<{ results: { cause: string; compared: number }[] }>(
    'GET',
    `${path()}drift/`,
  )
  expect(results[0]).toMatchObject({ cause: 'manual', compared: 4 })
})
