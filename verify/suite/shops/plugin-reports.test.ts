import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Person, signedIn } from '../../support/people.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const PATH = '/api/integrations/woocommerce/report/'
const HOUR = 3600

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

const seconds = (hoursAgo: number) => Math.floor(Date.now() / 1000) - hoursAgo * HOUR
const aReport = (more: object = {}) => ({ version: '1.1.0', state: 'ok', waiting: 0, failed: 0, ...more })
const report = (more: object = {}) => shop.request('POST', PATH, aReport(more))
const listed = async (language = 'en', person = owner) => {
  const answer = await person.request('GET', '/api/v1/stores/', undefined, { 'accept-language': language })
  return answer.body.results.find((store: { id: number }) => store.id === shop.storeId)?.plugin
}
const shown = async (language = 'en') =>
  (await owner.request('GET', `/api/v1/stores/${shop.storeId}/progress/`, undefined, { 'accept-language': language }))
    .body.plugin
const rowOf = async () =>
  (
    await server.sql<{ reported: string; row: string }>(
      `select reported_at::text as reported, xmin::text || ctid::text as row from plugin_reports where store_id = $1`,
      [shop.storeId],
    )
  )[0]

test('a report is shown to the owner, in their language, in the list and on the store’s page', async () => {
  expect([await listed(), await shown()]).toEqual([null, null])
  const answer = await report({
    state: 'stuck',
    since: seconds(20),
    waiting: 6,
    oldest_waiting_at: seconds(26),
    details: { what: 'queue', status: 0 },
  })
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({ message: 'The report was received.', sync: { state: 'needs_attention' } })
  const plugin = await listed()
  expect(plugin).toEqual({
    version: '1.1.0',
    state: 'stuck',
    since: expect.any(String),
    waiting: 6,
    failed: 0,
    oldest_waiting_at: expect.any(String),
    reported_at: expect.any(String),
    needs_owner: true,
    message:
      'Nothing was sent for 26 hours although 6 products wait. The reason is shown in the shop’s wp-admin under WooCommerce → Fiko Sync.',
  })
  expect(Math.abs(Date.parse(plugin.oldest_waiting_at) / 1000 - seconds(26))).toBeLessThan(60)
  expect(Math.abs(Date.parse(plugin.reported_at) / 1000 - seconds(0))).toBeLessThan(60)
  expect(await shown()).toEqual(plugin)
  expect((await shown('fa')).message).toMatch(/^۲۶ ساعت است که چیزی فرستاده نشده، با اینکه ۶ محصول در صف است/)
  expect((await listed('fa')).message).toBe((await shown('fa')).message)
  const renamed = await owner.request('PATCH', `/api/v1/stores/${shop.storeId}/`, { name: 'Renamed' })
  expect(renamed.body.plugin).toEqual(plugin)
})

test('the path works without its slash, the answer is in the caller’s language, and the last report counts', async () => {
  const persian = await shop.request('POST', PATH.slice(0, -1), aReport({ state: 'paused' }), {
    'accept-language': 'fa',
  })
  expect(persian).toMatchObject({ status: 200, body: { message: 'گزارش دریافت شد.' } })
  await report({ version: '1.2.0', state: 'syncing', waiting: 3, failed: 1 })
  expect(await listed()).toMatchObject({
    version: '1.2.0',
    state: 'syncing',
    since: null,
    waiting: 3,
    failed: 1,
    oldest_waiting_at: null,
    needs_owner: true,
  })
  await report({ state: 'ok' })
  expect(await listed()).toMatchObject({ state: 'ok', needs_owner: false })
})

test('a report that says the same again writes nothing for 10 minutes; anything new is written at once', async () => {
  const same = { state: 'wall', since: 1_762_768_200, waiting: 6, details: { status: 403, what: 'x' } }
  await report(same)
  const first = await rowOf()
  expect(first).toBeDefined()
  await report(same)
  await report({ ...same, details: { what: 'x', status: 403 } })
  expect(await rowOf(), 'neither written nor locked').toEqual(first)
  await server.sql(`update plugin_reports set reported_at = now() - interval '11 minutes' where store_id = $1`, [
    shop.storeId,
  ])
  const old = await rowOf()
  await report(same)
  const again = await rowOf()
  expect(Date.parse(again?.reported ?? '')).toBeGreaterThan(Date.parse(old?.reported ?? '') + 600_000)
  for (const change of [{ waiting: 7 }, { since: 1_762_768_201 }, { since: null }, { details: { status: 401 } }, {}]) {
    const before = await rowOf()
    await report({ ...same, ...change })
    expect(await rowOf(), JSON.stringify(change)).not.toEqual(before)
  }
})

test.each([
  ['no state', { state: undefined }, 'state'],
  ['a state of other letters', { state: 'Stuck!' }, 'state'],
  ['a state of 41 letters', { state: 'x'.repeat(41) }, 'state'],
  ['an empty state', { state: '' }, 'state'],
  ['no version', { version: undefined }, 'version'],
  ['a version with markup', { version: '<b>1</b>' }, 'version'],
  ['no waiting', { waiting: undefined }, 'waiting'],
  ['less than none waiting', { waiting: -1 }, 'waiting'],
  ['more waiting than can be counted', { waiting: 2 ** 31 }, 'waiting'],
  ['a number as text', { failed: '3' }, 'failed'],
  ['a time after all times', { since: 253_402_300_800 }, 'since'],
  ['a time as text', { oldest_waiting_at: '2026-11-23' }, 'oldest_waiting_at'],
])('a report with %s is a 400 that names it, in both languages, and nothing is stored', async (_what, change, path) => {
  const answer = await report(change)
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues).toMatchObject([{ path }])
  const persian = await shop.request('POST', PATH, aReport(change), { 'accept-language': 'fa' })
  expect(persian.body.issues[0].detail).toMatch(/[\u0600-\u06ff]/)
  expect(await listed()).toBeNull()
})

test('a state of a newer plugin is kept, and named as one that is not known', async () => {
  expect((await report({ state: 'waits_for_moon' })).status).toBe(200)
  expect(await listed()).toMatchObject({
    state: 'waits_for_moon',
    needs_owner: true,
    message: expect.stringContaining('“waits_for_moon”'),
  })
})

test.each([
  ['PHP’s empty list', []],
  ['nothing', null],
  ['false', false],
  ['a text', 'x'],
  ['more than is kept', Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`key${at}`, at]))],
  ['long texts and other values', { what: 'ف'.repeat(5000), status: 403, deep: { a: [1] }, yes: true, no: null }],
  ['half a character', { what: '\ud83d', '\ud83d': 1 }],
  ['names of every object', { constructor: 'x', toString: 1 }],
])('details never refuse a report: %s', async (_what, details) => {
  expect((await report({ state: 'wall', details })).status).toBe(200)
  expect((await listed()).message.length).toBeLessThan(300)
  const [row] = await server.sql<{ bytes: number; keys: number }>(
    `select octet_length(details::text) as bytes, (select count(*)::int from jsonb_object_keys(details)) as keys
       from plugin_reports where store_id = $1`,
    [shop.storeId],
  )
  expect(row?.keys).toBeLessThanOrEqual(20)
  expect(row?.bytes).toBeLessThan(15_000)
})

test('times that PHP does not know, as 0 or null, are none', async () => {
  await report({ since: 0, oldest_waiting_at: null })
  expect(await listed()).toMatchObject({ since: null, oldest_waiting_at: null })
})

test('another site, another kind of token and a person report nothing; another owner sees nothing', async () => {
  await report({ state: 'stuck', waiting: 6 })
  const site = { 'x-fiko-site': 'a'.repeat(64) }
  await shop.request('POST', PATH, aReport({ state: 'stuck', waiting: 6 }), site)
  const copy = await shop.request('POST', PATH, aReport(), { 'x-fiko-site': 'b'.repeat(64) })
  expectProblem(copy, 403, 'site_mismatch')
  expect((await owner.request('POST', PATH, aReport())).status).toBe(401)
  expect(await listed()).toMatchObject({ state: 'stuck' })
  const otherOwner = await signedIn(server, 'owner')
  expect(await listed('en', otherOwner)).toBeUndefined()
})

test('deleting the store takes its report along, and none comes after', async () => {
  await report({ state: 'stuck', waiting: 6 })
  expect(await rowOf()).toBeDefined()
  await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
  expect(await rowOf()).toBeUndefined()
  // For up to a second the token is still believed.
  await report({ state: 'stuck', waiting: 6 })
  expect(await rowOf()).toBeUndefined()
})
