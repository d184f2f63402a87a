import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../../server/src/tenants/tokens/token-format.ts'
import { anUpdate } from '../../support/events.ts'
import { expectProblem } from '../../support/problems.ts'
import { call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const BATCH = `${WEBHOOK}batch/`

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

async function storedCount(eventId: string): Promise<number> {
  const [row] = await server.sql<{ count: number }>(
    `select (select count(*) from events where event_id = $1)::int + (select count(*) from event_ids where event_id = $1)::int as count`,
    [eventId],
  )
  return row?.count ?? -1
}

async function tokenWith(options: object): Promise<string> {
  const body = { integration_type: 'woocommerce', name: 'Special', ...options }
  const made = await server.admin('POST', '/api/v1/integrations/tokens/generate/', body)
  expect(made.status).toBe(201)
  return made.body.token
}

const sendWith = (token: string, event: unknown, headers: Record<string, string> = {}) =>
  call(server.url, 'POST', WEBHOOK, { authorization: `Bearer ${token}`, ...headers }, event)

test('without a valid token the answer is 401 and nothing is stored', async () => {
  const mistyped = shop.token.slice(0, -1) + (shop.token.endsWith('a') ? 'b' : 'a')
  const expired = await tokenWith({ name: 'Expired', expires_at: '2099-01-01T00:00:00Z' })
  await server.sql(`update integration_tokens set expires_at = now() - interval '1 second' where name = 'Expired'`)
  const authorizations: [string, string | undefined][] = [
    ['no header', undefined],
    ['no scheme', shop.token],
    ['another scheme', `Basic ${shop.token}`],
    ['a mistyped token', `Bearer ${mistyped}`],
    ['an unknown token', `Bearer ${makeToken('woocommerce', 'live')}`],
    ['an expired token', `Bearer ${expired}`],
    ['the hash of a token', `Bearer ${createHash('sha256').update(shop.token).digest('hex')}`],
  ]
  for (const [what, authorization] of authorizations) {
    const event = anUpdate({ id: 7 })
    const answer = await call(server.url, 'POST', WEBHOOK, authorization ? { authorization } : {}, event)
    expect(answer.status, what).toBe(401)
    expectProblem(answer, 401, 'unauthorized')
    expect(await storedCount(String(event.event_id)), what).toBe(0)
  }
})

test('a token is refused before the body is looked at', async () => {
  const answer = await call(server.url, 'POST', WEBHOOK, { authorization: 'Bearer nobody' }, '{"not json')
  expectProblem(answer, 401, 'unauthorized')
})

test('a token that is valid for years more is taken', async () => {
  expect((await sendWith(await tokenWith({ expires_at: '2099-01-01T00:00:00Z' }), anUpdate())).status).toBe(202)
})

test.each([
  ['shopify', 'sp_sk_live_'],
  ['knowledge', 'kb_sk_live_'],
])('a %s token is answered 403 on every endpoint of a shop, and stores nothing', async (integration_type, prefix) => {
  const token = await tokenWith({ integration_type })
  expect(token.startsWith(prefix)).toBe(true)
  const event = anUpdate({ id: 8 })
  expectProblem(await sendWith(token, event), 403, 'wrong_token_type')
  const authorization = `Bearer ${token}`
  expectProblem(await call(server.url, 'POST', BATCH, { authorization }, { events: [event] }), 403, 'wrong_token_type')
  const health = await call(server.url, 'GET', '/api/integrations/woocommerce/health/', { authorization })
  expectProblem(health, 403, 'wrong_token_type')
  expect(await storedCount(String(event.event_id))).toBe(0)
})

test('a token with a list of addresses works only from those, regardless of a forwarded header', async () => {
  const elsewhere = await tokenWith({ allowed_ips: ['203.0.113.7', '2001:db8::/32'] })
  const event = anUpdate({ id: 9 })
  expectProblem(await sendWith(elsewhere, event), 403, 'address_not_allowed')
  expectProblem(await sendWith(elsewhere, event, { 'x-forwarded-for': '203.0.113.7' }), 403, 'address_not_allowed')
  expect(await storedCount(String(event.event_id))).toBe(0)
  const here = await tokenWith({ allowed_ips: ['127.0.0.0/8', '::1'] })
  expect((await sendWith(here, event)).status).toBe(202)
})

test('a list of addresses with something else in it makes no token', async () => {
  const body = { integration_type: 'woocommerce', name: 'Wrong', allowed_ips: ['203.0.113.7', 'shop.example'] }
  const answer = await server.admin('POST', '/api/v1/integrations/tokens/generate/', body)
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.issues).toMatchObject([{ path: 'allowed_ips.1' }])
})

test('the first site that uses a token owns it; another is answered 403 site_mismatch', async () => {
  const own = await server.newShop()
  const site = (url: string) => ({ 'x-fiko-site': createHash('sha256').update(url).digest('hex') })
  const from = (url: string, event: unknown) => own.request('POST', WEBHOOK, event, site(url))
  expect((await own.send(anUpdate())).status).toBe(202)
  expect((await from('https://shop.example', anUpdate())).status).toBe(202)
  const event = anUpdate({ id: 10 })
  expectProblem(await from('https://staging.example', event), 403, 'site_mismatch')
  expect(await storedCount(String(event.event_id))).toBe(0)
  expect((await from('https://shop.example', event)).status).toBe(202)
  const health = await own.request('GET', '/api/integrations/woocommerce/health/', undefined, site('https://other'))
  expectProblem(health, 403, 'site_mismatch')
})

test('the refusal of another site has the page for its confirmation, at PUBLIC_URL or at the host of the request', async () => {
  const site = (letter: string) => ({ 'x-fiko-site': letter.repeat(64) })
  const refusal = async (on: TestServer, headers: Record<string, string> = {}) => {
    const own = await on.newShop()
    await own.request('GET', '/api/integrations/woocommerce/health/', undefined, site('a'))
    const answer = await own.request('POST', BATCH, { events: [] }, { ...site('b'), ...headers })
    expectProblem(answer, 403, 'site_mismatch')
    const page = `/stores/${own.storeId}?confirm_site=${own.tokenId}`
    return { page, confirmUrl: answer.body.confirm_url, detail: answer.body.detail }
  }
  const here = await refusal(server)
  expect(here.confirmUrl).toBe(`${server.url}${here.page}`)
  expect(here.detail).toMatch(/its owner signs in to the dashboard and confirms this site once/)
  const persian = await refusal(server, { 'accept-language': 'fa' })
  expect(persian.detail).toMatch(/مالک آن یک بار وارد داشبورد شود/)
  const published = await startTestServer({ PUBLIC_URL: 'https://sync.example.com/' })
  try {
    const there = await refusal(published)
    expect(there.confirmUrl).toBe(`https://sync.example.com${there.page}`)
  } finally {
    await published.stop()
  }
})

test('a site that is no SHA-256 is a 400 and binds nothing', async () => {
  const own = await server.newShop()
  const answer = await own.request('POST', WEBHOOK, anUpdate(), { 'x-fiko-site': 'https://shop.example' })
  expectProblem(answer, 400, 'invalid_site')
  expect(await server.sql('select site_hash from integration_tokens where id = $1', [own.tokenId])).toEqual([
    { site_hash: null },
  ])
})
