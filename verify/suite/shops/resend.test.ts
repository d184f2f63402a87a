import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const SHOP_PATH = '/api/integrations/woocommerce'

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
})
beforeEach(async () => {
  shop = await server.newShop({ tenantOf: owner.userId })
})
afterAll(() => server.stop())

const path = () => `/api/v1/stores/${shop.storeId}/resend/`
const ask = (body: object, language = 'en', person = owner) =>
  person.request('POST', path(), body, { 'accept-language': language })
const listed = async (language = 'en') =>
  (await owner.request('GET', path(), undefined, { 'accept-language': language })).body.results
const report = async (resend?: object) =>
  await shop.request('POST', `${SHOP_PATH}/report/`, {
    version: '1.2.0',
    state: 'ok',
    waiting: 0,
    failed: 0,
    ...(resend && { resend }),
  })

/** What the plugin reads in each of the answers that it gets anyway. */
const handedOut = async () => {
  const ranges = [{ from: 1, to: 10, count: 0, digest: '0'.repeat(32) }]
  const answers = await Promise.all([
    report(),
    shop.request('POST', `${SHOP_PATH}/status/`, { product_ids: [1] }),
    shop.request('GET', `${SHOP_PATH}/health/`),
    shop.request('POST', `${SHOP_PATH}/reconcile/`, { ranges }),
    shop.request('POST', `${SHOP_PATH}/reconcile/`, { from: 1, to: 10, products: [] }),
  ])
  return answers.map(({ body }) => body.resend)
}

test('without a request the plugin is told nothing', async () => {
  expect(await handedOut()).toEqual(Array(5).fill(undefined))
})

test('a request is handed to the plugin in every answer it reads, until it reports that it is done', async () => {
  const asked = await ask({ kind: 'category', category: ' Boots ' })
  expect(asked.status).toBe(202)
  expect(asked.body).toEqual({
    id: expect.any(Number),
    kind: 'category',
    product_ids: [],
    category: 'Boots',
    since: null,
    state: 'asked',
    done: 0,
    total: null,
    message: 'The plugin takes the request within an hour. “Test connection” in the plugin takes it at once.',
    created_at: expect.any(String),
    taken_at: null,
    ended_at: null,
    reported_at: null,
  })
  const { id } = asked.body
  const task = { id, kind: 'category', product_ids: [], category: 'Boots', since: null }
  expect(await handedOut()).toEqual(Array(5).fill(task))

  expect((await report({ id, state: 'taken', done: 20, total: 50 })).body.resend).toEqual(task)
  expect((await listed())[0]).toMatchObject({
    state: 'taken',
    done: 20,
    total: 50,
    taken_at: expect.any(String),
    reported_at: expect.any(String),
    ended_at: null,
    message: 'The plugin is sending the products: 20 of 50.',
  })
  expect((await listed('fa'))[0].message).toBe('افزونه در حال ارسال محصولات است: ۲۰ از ۵۰.')
  expect(await handedOut(), 'a restored shop begins it again').toEqual(Array(5).fill(task))

  expect((await report({ id, state: 'done', done: 50, total: 50 })).body.resend).toBeUndefined()
  expect((await listed())[0]).toMatchObject({ state: 'done', done: 50, ended_at: expect.any(String) })
  expect(await handedOut()).toEqual(Array(5).fill(undefined))
  const ended = (await listed())[0]
  await report({ id, state: 'taken', done: 1, total: 2 })
  expect((await listed())[0], 'a late report changes nothing').toEqual(ended)
})

test('the same request again is the same; another one takes its place until the plugin has begun', async () => {
  const first = (await ask({ kind: 'products', product_ids: [7, 3, 7] })).body
  expect(first.product_ids).toEqual([3, 7])
  expect((await ask({ kind: 'products', product_ids: [3, 7] })).body.id).toBe(first.id)
  const second = (await ask({ kind: 'all' })).body
  expect(second.id).not.toBe(first.id)
  expect((await listed()).map(({ state }: { state: string }) => state)).toEqual(['asked', 'replaced'])
  await report({ id: second.id, state: 'taken', done: 0, total: 9 })
  expect((await ask({ kind: 'all' })).body.id).toBe(second.id)
  expectProblem(await ask({ kind: 'failed' }), 409, 'resend_under_way')
  expectProblem(await owner.request('DELETE', `${path()}${second.id}/`), 409, 'resend_under_way')
  await server.sql(`update resend_requests set reported_at = now() - interval '3 hours' where id = $1`, [second.id])
  expect((await ask({ kind: 'failed' })).status, 'a plugin that stopped does not block for ever').toBe(202)
})

test('two requests at the same time leave one open', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map((id) => ask({ kind: 'products', product_ids: [id] })))
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202])
  const states = (await listed()).map(({ state }: { state: string }) => state)
  expect(states.sort()).toEqual(['asked', 'replaced', 'replaced', 'replaced'])
})

test('a request that was not taken can be cancelled', async () => {
  const { id } = (await ask({ kind: 'since', since: '2026-01-02T03:04:05Z' })).body
  expect((await report()).body.resend.since).toBe(Date.parse('2026-01-02T03:04:05Z') / 1000)
  expect((await owner.request('DELETE', `${path()}${id}/`)).status).toBe(204)
  expect((await owner.request('DELETE', `${path()}${id}/`)).status, 'again').toBe(204)
  expect((await listed())[0]).toMatchObject({ state: 'cancelled', message: 'The request was cancelled.' })
  expect((await report()).body.resend).toBeUndefined()
  expectProblem(await owner.request('DELETE', `${path()}999999/`), 404, 'not_found')
})

test('the failed products of the server are named to the plugin', async () => {
  await shop.sendBatch([anUpdate({ id: 11 }), anUpdate({ id: 12 }), anUpdate({ id: 13 })])
  await server.settled()
  await server.sql(
    `update events set status = 'dead', outcome = null, error = 'code 22P02' where store_id = $1 and external_product_id = 12`,
    [shop.storeId],
  )
  await server.sql(
    `update knowledge_chunks set embedding_status = 'refused', embedding_error = 'too long'
      where product_id = (select id from products where store_id = $1 and external_id = 'woo_11')`,
    [shop.storeId],
  )
  expect((await ask({ kind: 'failed' })).body.product_ids).toEqual([11, 12])
})

test.each([
  ['no kind', {}, 'kind'],
  ['an unknown kind', { kind: 'some' }, 'kind'],
  ['products without ids', { kind: 'products' }, 'product_ids'],
  ['an empty list', { kind: 'products', product_ids: [] }, 'product_ids'],
  ['501 products', { kind: 'products', product_ids: Array.from({ length: 501 }, (_, id) => id + 1) }, 'product_ids'],
  ['an id that is no number', { kind: 'products', product_ids: ['woo_1'] }, 'product_ids.0'],
  ['a category without a name', { kind: 'category', category: '   ' }, 'category'],
  ['no category', { kind: 'category' }, 'category'],
  ['ids of another kind', { kind: 'all', product_ids: [1] }, 'product_ids'],
  ['a time in the future', { kind: 'since', since: '2999-01-01T00:00:00Z' }, 'since'],
  ['a time that is none', { kind: 'since', since: 'yesterday' }, 'since'],
  ['an unknown field', { kind: 'all', sku: 'A' }, 'sku'],
])('%s is a 400 that names the field, in both languages, and nothing is asked', async (_what, body, field) => {
  const answer = await ask(body)
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues).toMatchObject([{ path: field }])
  expect((await ask(body, 'fa')).body.issues[0].detail).toMatch(/[\u0600-\u06ff]/)
  expect(await listed()).toEqual([])
})

test.each([
  ['an unknown state', { id: 1, state: 'begun', done: 0, total: 0 }, 'resend.state'],
  ['less than nothing', { id: 1, state: 'taken', done: -1, total: 0 }, 'resend.done'],
  ['no id', { state: 'taken', done: 0, total: 0 }, 'resend.id'],
])('a report of progress with %s is a 400', async (_what, progress, field) => {
  const answer = await report(progress)
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues).toMatchObject([{ path: field }])
})

test('another owner asks and reads nothing; a report of another store has no effect; a deleted store hands out nothing', async () => {
  const stranger = await signedIn(server, 'owner')
  expectProblem(await ask({ kind: 'all' }, 'en', stranger), 404, 'not_found')
  expectProblem(await stranger.request('GET', path()), 404, 'not_found')
  const { id } = (await ask({ kind: 'all' })).body
  expectProblem(await stranger.request('DELETE', `${path()}${id}/`), 404, 'not_found')
  const other = await server.newShop({ tenantOf: stranger.userId })
  const body = { version: '1', state: 'ok', waiting: 0, failed: 0, resend: { id, state: 'done', done: 1, total: 1 } }
  const answer = await other.request('POST', `${SHOP_PATH}/report/`, body)
  expect([answer.status, answer.body.resend]).toEqual([200, undefined])
  expect((await listed())[0].state).toBe('asked')
  await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
  expect(await server.sql('select 1 from resend_requests where store_id = $1', [shop.storeId])).toEqual([])
})

test('a store without a plugin cannot be asked', async () => {
  const made = await owner.request('POST', '/api/v1/stores/', { name: 'By hand', platform: 'manual' })
  const answer = await owner.request('POST', `/api/v1/stores/${made.body.id}/resend/`, { kind: 'all' })
  expectProblem(answer, 409, 'not_a_woocommerce_store')
})

test('a request that no plugin takes says so after two hours, and ends after a week; old ones are deleted', async () => {
  const { id } = (await ask({ kind: 'all' })).body
  await server.sql(`update resend_requests set created_at = now() - interval '3 hours' where id = $1`, [id])
  expect((await listed())[0].message).toMatch(/^The plugin has not taken the request\./)
  const maintain = async () => {
    await server.sql(`delete from maintenance_runs where task = 'drift_history'`)
    await server.running.maintenance.runDue()
  }
  await server.sql(`update resend_requests set created_at = now() - interval '8 days' where id = $1`, [id])
  await maintain()
  expect((await listed())[0]).toMatchObject({ state: 'expired', ended_at: expect.any(String) })
  await server.sql(`update resend_requests set ended_at = now() - interval '91 days' where id = $1`, [id])
  await maintain()
  expect(await listed()).toEqual([])
})
