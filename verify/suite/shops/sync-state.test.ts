import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const REPORT = '/api/integrations/woocommerce/report/'
const HEALTH = '/api/integrations/woocommerce/health/'

let server: TestServer
let owner: Person
let shop: Shop
let provider: Awaited<ReturnType<typeof startFakeProvider>>

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    EMBEDDING_DIMENSIONS: '64',
  })
  await server.sql(`create function curse() returns trigger language plpgsql security definer as $$
    begin if new.name like 'Cursed%' then raise exception 'cursed'; end if; return new; end $$`)
  await server.sql('create trigger curse before insert or update on products for each row execute function curse()')
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})
beforeEach(async () => {
  provider.behave('ok')
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'Lamps' })
})

interface Sync {
  state: string
  sentence: string
  causes: string[]
  [figure: string]: unknown
}

const read = async (path: string, language = 'en') => {
  const answer = await owner.request('GET', path, undefined, { 'accept-language': language })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}
const store = (more = '') => `/api/v1/stores/${shop.storeId}/${more}`
const syncNow = async (language = 'en'): Promise<Sync> => (await read(store(), language)).sync
const becomes = (state: string) =>
  waitFor(`the store to be ${state}`, async () => (await syncNow()).state === state).then(() => syncNow())
const unfindable = async (query = '', language = 'en') => (await read(store(`unfindable/${query}`), language)).results
const aReport = (more: object = {}) => ({ version: '1.2.0', state: 'ok', waiting: 0, failed: 0, ...more })
const report = async (more: object = {}, language = 'en') =>
  (await shop.request('POST', REPORT, aReport(more), { 'accept-language': language })).body.sync

/** The state and sentence of every answer that has them; all of them must be equal. */
async function everywhere(language = 'en'): Promise<Pick<Sync, 'state' | 'sentence'>> {
  const list = await read('/api/v1/stores/', language)
  const overview = await read('/api/v1/overview/', language)
  const ofStore = await read(`/api/v1/overview/?store_id=${shop.storeId}`, language)
  const said: Sync[] = [
    await syncNow(language),
    list.results[0].sync,
    (await read(store('progress/'), language)).sync,
    overview.sync,
    ofStore.sync,
    ...overview.other_stores.map((other: { sync: Sync }) => other.sync),
  ]
  const [first, ...others] = said.map(({ state, sentence }) => ({ state, sentence }))
  if (!first) throw new Error('no answer')
  for (const other of others) expect(other).toEqual(first)
  expect(overview.other_stores).toHaveLength(first.state === 'in_sync' ? 0 : 1)
  return first
}

/** Takes every sign of life of the shop `days` back, after the `uses` of its token are written: that happens every 5 s. */
async function fallSilent(days: number, uses: number): Promise<void> {
  await waitFor('the uses of the token to be written', async () => {
    const [row] = await server.sql<{ uses: number }>(
      'select usage_count::int as uses from integration_tokens where id = $1',
      [shop.tokenId],
    )
    return row?.uses === uses
  })
  await server.sql(`update event_hours set hour = hour - $2 * interval '1 day' where store_id = $1`, [
    shop.storeId,
    days,
  ])
  await server.sql('delete from plugin_reports where store_id = $1', [shop.storeId])
  await server.sql(`update integration_tokens set last_used_at = now() - $2 * interval '1 day' where id = $1`, [
    shop.tokenId,
    days,
  ])
}

test('a store walks from its first day through every state, and every answer says the same in both languages', async () => {
  expect((await syncNow()).causes).toEqual(['never_connected'])
  expect(await everywhere()).toMatchObject({
    state: 'quiet',
    sentence: 'Your shop has not connected yet: install the plugin and enter the token.',
  })

  await shop.request('GET', HEALTH)
  await server.sql('update integration_tokens set last_used_at = now() where id = $1', [shop.tokenId])
  expect((await syncNow()).causes).toEqual(['nothing_sent'])
  expect((await everywhere('fa')).sentence).toContain('«ارسال همهٔ محصولات»')

  provider.behave('error')
  await shop.sendBatch([1, 2, 3].map((id) => anUpdate({ id, name: `Lamp ${id}`, description: `Light ${id}.` })))
  await waitFor('the three texts to wait', async () => (await syncNow()).products === 3 && !(await syncNow()).moving)
  expect(await syncNow()).toMatchObject({ state: 'syncing', total: 3, searchable: 0, waiting: 3, attention: 0 })
  expect((await everywhere()).sentence).toMatch(
    /^Your shop is syncing: 0 of 3 products are current\. The embedding service/,
  )
  const waiting = await unfindable()
  expect(waiting.map((row: { external_id: string }) => row.external_id).sort()).toEqual(['woo_1', 'woo_2', 'woo_3'])
  expect(waiting[0]).toMatchObject({ group: 'waiting', reason: 'provider_fails', event_id: null })
  expect(await unfindable('?group=attention')).toEqual([])

  provider.behave('ok')
  await becomes('in_sync')
  const calm = await syncNow()
  expect(calm).toMatchObject({ products: 3, searchable: 3, waiting: 0, attention: 0, moving: false, causes: [] })
  expect(calm.median_seconds_to_searchable).toBeGreaterThan(0)
  expect((await everywhere()).sentence).toMatch(
    /^Your shop is in sync: 3 products, last change a moment ago, searchable in (less than 1 s|\d+ s) \(median\)\.$/,
  )
  expect((await everywhere('fa')).sentence).toMatch(
    /^فروشگاه شما همگام است: ۳ محصول، آخرین تغییر لحظاتی پیش، قابل جست‌وجو در [^0-9]+\(میانه\)\.$/,
  )
  expect(await report({}, 'fa')).toMatchObject(await everywhere('fa'))
  expect(await unfindable()).toEqual([])

  await fallSilent(4, 3)
  expect((await syncNow()).causes).toEqual(['silent'])
  expect((await everywhere()).sentence).toContain('its last sign of life was 4 days ago')
  const [quiet] = (await read('/api/v1/overview/')).quiet_stores
  expect(quiet).toMatchObject({ id: shop.storeId, state: 'quiet' })

  await owner.request('DELETE', `/api/v1/integrations/tokens/${shop.tokenId}/`)
  expect((await syncNow()).causes).toEqual(['tokens_ended', 'silent'])
  expect(await everywhere()).toMatchObject({ state: 'paused', sentence: expect.stringContaining('Create a token') })
})

test('a refused text needs attention, with its product and the reason, until the text is another one', async () => {
  provider.behave({ refuse: (text) => text.includes('forbidden') })
  await shop.sendBatch([
    anUpdate({ id: 1, name: 'Kettle', description: 'A forbidden word.' }),
    anUpdate({ id: 2, name: 'Teapot', description: 'Allowed.' }),
  ])
  await becomes('needs_attention')
  await server.settled()
  expect(await syncNow()).toMatchObject({ attention: 1, waiting: 0, moving: false, causes: ['products_failed'] })
  expect((await everywhere()).sentence).toMatch(/^1 product needs your attention/)
  const rows = await unfindable()
  expect(rows).toMatchObject([
    {
      external_id: 'woo_1',
      name: 'Kettle',
      group: 'attention',
      reason: 'refused_text',
      product_id: expect.any(Number),
    },
  ])
  expect(rows[0].why).toContain('refused a text of this product')
  expect((await unfindable('', 'fa'))[0].why).toMatch(/[\u0600-\u06ff]/)
  await shop.send(anUpdate({ id: 1, name: 'Kettle', description: 'Another word.' }))
  await becomes('in_sync')
  expect(await unfindable()).toEqual([])
})

test('a failed event needs attention until a later event of its product is applied', async () => {
  await shop.send(anUpdate({ id: 7, name: 'Vase' }))
  await server.settled()
  await shop.send(anUpdate({ id: 7, name: 'Cursed vase' }))
  await shop.send(anUpdate({ id: 8, name: 'Cursed bowl' }))
  await waitFor('two failed products', async () => (await syncNow()).attention === 2)
  expect(await syncNow()).toMatchObject({ state: 'needs_attention', products: 1, waiting: 0 })
  const rows = await unfindable()
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual(expect.objectContaining({ external_id: 'woo_7', name: 'Vase', reason: 'failed_event' }))
  expect(rows).toContainEqual(
    expect.objectContaining({ external_id: 'woo_8', product_id: null, event_id: expect.any(Number) }),
  )
  await shop.send(anUpdate({ id: 7, name: 'Blessed vase' }))
  await shop.send(aDeletion(8))
  await becomes('in_sync')
  expect(await unfindable()).toEqual([])
  const letters = await read('/api/v1/dead-letters/')
  expect(letters.count, 'the failed events are kept').toBe(2)
})

test('products that the plugin could not send are counted once and named with the plugin’s reason', async () => {
  await shop.sendBatch([anUpdate({ id: 1, name: 'Clock' }), anUpdate({ id: 2, name: 'Bell' })])
  await becomes('in_sync')
  const failed = [
    { id: 1, name: 'Clock', reason: 'The price must be an amount.' },
    { id: 9, name: 'Gong', reason: '' },
    { id: 9, name: 'again' },
    { id: 'x' },
    null,
  ]
  const answer = await report({ state: 'failed_products', failed: 2, failed_products: failed })
  expect(answer).toMatchObject(await everywhere())
  expect(await syncNow()).toMatchObject({ state: 'needs_attention', attention: 2 })
  const rows = await unfindable('?group=attention')
  expect(rows).toContainEqual(
    expect.objectContaining({ external_id: 'woo_1', reason: 'refused_product', why: 'The price must be an amount.' }),
  )
  expect(rows).toContainEqual(
    expect.objectContaining({ external_id: 'woo_9', name: 'Gong', why: 'The plugin could not send this product.' }),
  )
  expect(rows).toHaveLength(2)

  // The product arrives after the report: it is no longer failed, although the plugin has not reported anew.
  await shop.send(anUpdate({ id: 1, name: 'Clock', price: '9' }))
  await waitFor('one failed product', async () => (await syncNow()).attention === 1)

  // A plugin that names no products.
  await report({ state: 'failed_products', failed: 5 })
  expect(await syncNow()).toMatchObject({ state: 'needs_attention', attention: 5 })
  expect(await unfindable()).toEqual([])
  await report()
  expect(await syncNow()).toMatchObject({ state: 'in_sync', attention: 0 })
})

test('trouble of the plugin needs attention, its queue is syncing, and both end with its next report', async () => {
  await shop.sendBatch([1, 2, 3].map((id) => anUpdate({ id })))
  await becomes('in_sync')
  const stuck = await report({ state: 'stuck', waiting: 6 })
  expect(stuck).toMatchObject({ state: 'needs_attention', sentence: expect.stringContaining('Nothing was sent') })
  expect(stuck).toMatchObject(await everywhere())
  const sending = await report({ state: 'syncing', waiting: 5, details: { backfill_total: 9, backfill_done: 3 } })
  expect(sending).toMatchObject({ state: 'syncing', sentence: 'Your shop is syncing: 3 of 9 products are current.' })
  expect(await syncNow()).toMatchObject({ moving: true, total: 9, waiting: 6 })
  await server.sql(`update plugin_reports set reported_at = now() - interval '16 minutes' where store_id = $1`, [
    shop.storeId,
  ])
  expect((await syncNow()).state, 'an old number is not believed').toBe('in_sync')
  expect(await report({ state: 'no_background' })).toMatchObject({ state: 'in_sync' })
  expect(await report()).toMatchObject({ state: 'in_sync' })
})

test('a budget that is used up pauses the store while texts wait, and failures are named beside it', async () => {
  await shop.send(anUpdate({ id: 1, name: 'Rug' }))
  await becomes('in_sync')
  await server.admin('PUT', '/api/v1/knowledge/budget/', { user_id: owner.userId, unit: 'tokens', amount: '0' })
  expect((await syncNow()).state, 'nothing waits for it').toBe('in_sync')
  await shop.send(anUpdate({ id: 1, name: 'Woven rug' }))
  await becomes('paused')
  expect((await everywhere()).sentence).toMatch(/^The sync of your shop is paused for 1 product\. .*budget/)
  expect((await unfindable())[0]).toMatchObject({ reason: 'embedding_paused', why: expect.stringContaining('budget') })
  await shop.send(anUpdate({ id: 2, name: 'Cursed rug' }))
  await waitFor('the failure', async () => (await syncNow()).attention === 1)
  expect((await everywhere()).sentence).toMatch(/paused for 1 product\..* 1 product needs your attention/)
  await server.admin('DELETE', `/api/v1/knowledge/budget/?user_id=${owner.userId}`)
  await waitFor('the pause to end', async () => (await syncNow()).state === 'needs_attention')
  await shop.send(aDeletion(2))
  await becomes('in_sync')
})

test('another site that waits for its confirmation needs attention', async () => {
  await shop.request('GET', HEALTH, undefined, { 'x-fiko-site': 'a'.repeat(64) })
  await shop.request('POST', '/api/integrations/woocommerce/webhook/', anUpdate({ id: 1 }), {
    'x-fiko-site': 'a'.repeat(64),
  })
  await becomes('in_sync')
  await shop.request('GET', HEALTH, undefined, { 'x-fiko-site': 'b'.repeat(64) })
  expect((await becomes('needs_attention')).causes).toEqual(['site_waits'])
  await owner.request('POST', `/api/v1/integrations/tokens/${shop.tokenId}/confirm-site/`, {})
  await becomes('in_sync')
})

test('a refused text of a page needs attention as well, and is listed as a page', async () => {
  provider.behave({ refuse: (text) => text.includes('forbidden') })
  await shop.request('PUT', '/api/integrations/woocommerce/documents/', {
    version: Date.now() * 1000,
    documents: [
      { id: 12, kind: 'faq', title: 'Questions', content: 'A forbidden answer.', url: 'https://shop.example/' },
    ],
  })
  await shop.send(anUpdate({ id: 1 }))
  await becomes('needs_attention')
  await server.settled()
  expect((await syncNow()).sentence).toMatch(/^1 page needs your attention/)
  expect(await unfindable()).toMatchObject([
    {
      external_id: 'page_12',
      name: 'Questions',
      product_id: null,
      reason: 'refused_text',
      why: expect.stringContaining('this page'),
    },
  ])
})

test('hidden products are no failure, and are listed on request with what hides them', async () => {
  await shop.sendBatch([
    anUpdate({ id: 1 }),
    anUpdate({ id: 2, status: 'draft' }),
    anUpdate({ id: 3, catalog_visibility: 'hidden' }),
    anUpdate({ id: 4, password_protected: true }),
    anUpdate({ id: 5, catalog_visibility: 'catalog' }),
    aDeletion(6),
  ])
  await becomes('in_sync')
  await server.settled()
  expect(await unfindable()).toEqual([])
  const hidden = await unfindable('?group=hidden')
  expect(
    Object.fromEntries(hidden.map((row: { external_id: string; reason: string }) => [row.external_id, row.reason])),
  ).toEqual({ woo_2: 'not_published', woo_3: 'hidden', woo_4: 'password', woo_5: 'not_in_search' })
})

test('the list is read page by page, and another owner sees neither it nor the store', async () => {
  await shop.sendBatch(Array.from({ length: 7 }, (_, at) => anUpdate({ id: at + 1, name: `Cursed ${at}` })))
  await waitFor('all to fail', async () => (await syncNow()).attention === 7)
  const seen: string[] = []
  for (let path: string | null = store('unfindable/?group=attention&limit=3'); path !== null; ) {
    const page: { next: string | null; count: number; results: { external_id: string }[] } = await read(path)
    expect(page.count).toBe(7)
    seen.push(...page.results.map(({ external_id: id }) => id))
    path = page.next
  }
  expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => `woo_${id}`))
  const other = await signedIn(server, 'owner')
  for (const path of [store(), store('unfindable/')]) expect((await other.request('GET', path)).status).toBe(404)
  expect((await other.request('GET', '/api/v1/overview/')).body).toMatchObject({ sync: null, other_stores: [] })
  expect((await owner.request('GET', store('unfindable/?group=all'))).status).toBe(400)
})

test('while another model is built, products that search finds with the active one are in sync', async () => {
  await shop.sendBatch([anUpdate({ id: 1 }), anUpdate({ id: 2 })])
  await becomes('in_sync')
  // No provider answers at this address, so the build goes on as long as the test needs.
  await server.sql(
    `insert into embedding_profiles (provider, url, model, dimensions, state)
     values ('openai', 'http://127.0.0.1:9/v1', 'another', 64, 'building')`,
  )
  await server.sql(`update knowledge_chunks set embedding_status = 'pending' where store_id = $1`, [shop.storeId])
  expect(await syncNow()).toMatchObject({ state: 'in_sync', waiting: 0, searchable: 2 })
  expect(await unfindable()).toEqual([])
  await server.sql(`update embedding_profiles set state = 'retired', retired_at = now() where model = 'another'`)
  await becomes('in_sync')
})
