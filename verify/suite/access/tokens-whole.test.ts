import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { shopOf, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const rotate = (id: number, grace: number) =>
  server.admin('POST', `/api/v1/integrations/tokens/${id}/rotate/`, { grace_seconds: grace })

test('a rotation under load loses no event: both tokens work until the grace period ends', async () => {
  const shop = await server.newShop()
  const made = await rotate(shop.tokenId, 3600)
  expect(made.status).toBe(201)
  const successor = shopOf(server.url, made.body)
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => (i % 2 ? shop : successor).send(anUpdate({ id: i + 1 }))),
  )
  expect(answers.map((answer) => answer.status)).toEqual(Array(60).fill(202))
  await server.settled()
  const [row] = await server.sql<{ count: number }>(
    'select count(*)::int as count from products where store_id = $1 and is_active',
    [shop.storeId],
  )
  expect(row?.count).toBe(60)
})

test('after its grace period the old token is refused, and the new one is not', async () => {
  const shop = await server.newShop()
  const made = await rotate(shop.tokenId, 0)
  const successor = shopOf(server.url, made.body)
  await waitFor(
    'the old token to end',
    async () => (await shop.request('GET', '/api/integrations/woocommerce/health/')).status === 401,
  )
  expect((await successor.request('GET', '/api/integrations/woocommerce/health/')).status).toBe(200)
})

test('a revoked token cannot be revived by any call', async () => {
  const shop = await server.newShop()
  await server.admin('DELETE', `/api/v1/integrations/tokens/${shop.tokenId}/`)
  expect((await rotate(shop.tokenId, 60)).status).toBe(409)
  expect((await server.admin('POST', `/api/v1/integrations/tokens/${shop.tokenId}/confirm-site/`, {})).status).toBe(404)
  await waitFor('the revocation', async () => (await shop.send(anUpdate())).status === 401)
  await expect(
    server.sql('update integration_tokens set is_active = true where id = $1', [shop.tokenId]),
  ).rejects.toThrow()
  expect((await shop.send(anUpdate())).status).toBe(401)
})

test('an event acknowledged before a revocation is applied', async () => {
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 7 }))
  await server.admin('DELETE', `/api/v1/integrations/tokens/${shop.tokenId}/`)
  await server.settled()
  expect(await server.sql(`select 1 from products where store_id = $1 and is_active`, [shop.storeId])).toHaveLength(1)
})

test('another site is refused until the owner confirms it, and then the first one is', async () => {
  const shop = await server.newShop()
  const [first, second] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const from = (site: string) =>
    shop.request('GET', '/api/integrations/woocommerce/health/', undefined, { 'x-fiko-site': site })
  expect((await from(first)).status).toBe(200)
  const refused = await from(second)
  expect([refused.status, refused.body.error]).toEqual([403, 'site_mismatch'])
  const list = await server.admin('GET', '/api/v1/integrations/tokens/')
  expect(list.body.results.find((token: { id: number }) => token.id === shop.tokenId).site_waits).toBe(true)
  expect((await server.admin('POST', `/api/v1/integrations/tokens/${shop.tokenId}/confirm-site/`, {})).status).toBe(200)
  await waitFor('the new site to be known', async () => (await from(second)).status === 200)
  expect((await from(first)).status).toBe(403)
})

test('addresses: IPv4, IPv6 and networks; X-Forwarded-For counts for nothing without a trusted proxy', async () => {
  const generate = (allowed_ips: string[]) =>
    server.admin('POST', '/api/v1/integrations/tokens/generate/', {
      integration_type: 'woocommerce',
      name: 'addresses',
      allowed_ips,
    })
  const health = async (allowed: string[], headers = {}) =>
    (
      await shopOf(server.url, (await generate(allowed)).body).request(
        'GET',
        '/api/integrations/woocommerce/health/',
        undefined,
        headers,
      )
    ).status
  expect(await health(['127.0.0.1'])).toBe(200)
  expect(await health(['127.0.0.0/8', '2001:db8::/32'])).toBe(200)
  expect(await health(['203.0.113.7'])).toBe(403)
  expect(await health(['203.0.113.7'], { 'x-forwarded-for': '203.0.113.7' })).toBe(403)
  const bad = await generate(['not an address'])
  expect([bad.status, bad.body.issues[0].path]).toEqual([400, 'allowed_ips.0'])
})

test('behind a trusted proxy the forwarded address counts', async () => {
  const proxied = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' })
  const made = await proxied.admin('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'woocommerce',
    name: 'proxied',
    allowed_ips: ['203.0.113.7'],
  })
  const shop = shopOf(proxied.url, made.body)
  const from = (address: string) =>
    shop.request('GET', '/api/integrations/woocommerce/health/', undefined, { 'x-forwarded-for': address })
  expect((await from('203.0.113.7')).status).toBe(200)
  expect((await from('203.0.113.8')).status).toBe(403)
  expect((await from('203.0.113.7, 198.51.100.1')).status).toBe(403)
  await proxied.stop()
})
