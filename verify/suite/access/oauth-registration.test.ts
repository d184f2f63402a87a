import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromAnywhere, REDIRECT } from '../../support/oauth.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' })
})
afterAll(() => server.stop())

describe('a registration', () => {
  const send = (metadata: unknown, at = server) => call(at.url, 'POST', '/oauth/register', fromAnywhere(), metadata)

  test.each([
    ['no address', []],
    ['an address without https', ['http://agent.example/cb']],
    ['a script', ['javascript:alert(1)']],
    ['a file', ['file:///etc/passwd']],
    ['an address of a program on the device', ['cursor://callback']],
    ['a fragment', ['https://agent.example/cb#x']],
    ['a user name', ['https://a:b@agent.example/cb']],
    ['a loopback address that is a name of another host', ['http://localhost.evil.example/cb']],
    ['a backslash', ['https://agent.example\\@evil.example/cb']],
    ['a line break', ['https://agent.example/\r\ncb']],
    ['eleven addresses', Array.from({ length: 11 }, (_, i) => `https://agent.example/${i}`)],
    ['a number', [7]],
    ['a text', 'https://agent.example/cb'],
  ])('with %s for its redirect URIs is refused', async (_case, uris) => {
    const answer = await send({ redirect_uris: uris })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_redirect_uri'])
  })

  test.each([
    ['a list', []],
    ['an unknown way to prove the client', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['only another grant', { grant_types: ['client_credentials'] }],
    ['only the implicit flow', { response_types: ['token'] }],
    ['a name that is no text', { client_name: { en: 'x' } }],
  ])('with %s is refused', async (_case, metadata) => {
    const body = Array.isArray(metadata) ? metadata : { redirect_uris: [REDIRECT], ...metadata }
    expect((await send(body)).body.error).toBe('invalid_client_metadata')
  })

  test('that is no JSON is refused in the form of OAuth', async () => {
    const answer = await call(server.url, 'POST', '/oauth/register', fromAnywhere(), '{')
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    expect(answer.body.error_description).toEqual(expect.any(String))
  })

  test('keeps no character that changes how its name reads', async () => {
    const answer = await send({
      redirect_uris: [REDIRECT],
      client_name: ` Clau\u202Ede\u200B\n\u0007 ${'x'.repeat(500)}`,
    })
    expect(answer.body.client_name).toMatch(/^Claude x+$/)
    expect(answer.body.client_name.length).toBeLessThanOrEqual(80)
  })

  test('is limited for each address by the hour, and in all; a full table makes room for new clients', async () => {
    const small = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' })
    const from = (address: string) =>
      call(small.url, 'POST', '/oauth/register', { 'x-forwarded-for': address }, { redirect_uris: [REDIRECT] })
    const answers = await Promise.all(Array.from({ length: 61 }, () => from('203.0.113.7')))
    const refused = answers.filter(({ status }) => status !== 201)
    expect(refused.map(({ status, body }) => [status, body.error])).toEqual([[429, 'temporarily_unavailable']])
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await from('203.0.113.8')).status).toBe(201)
    await small.sql(`insert into oauth_clients (id, name, redirect_uris, auth_method)
      select 'filler ' || n, '', '{https://a.example/}', 'none' from generate_series(1, 10000) n`)
    const full = await from('203.0.113.9')
    expect([full.status, full.body.error]).toEqual([503, 'temporarily_unavailable'])
    await small.sql(`update oauth_clients set created_at = now() - interval '2 hours' where id = 'filler 1'`)
    await small.sql(
      `delete from oauth_clients where id = any(array(select id from oauth_clients where id <> 'filler 1' limit 61))`,
    )
    expect((await from('203.0.113.10')).status).toBe(201)
    await small.stop()
  })
})

describe('the address of the server', () => {
  test('is PUBLIC_URL where it is set, and a trusted proxy’s otherwise', async () => {
    const named = await startTestServer({ PUBLIC_URL: 'https://sync.example.com' })
    const metadata = await call(named.url, 'GET', '/.well-known/oauth-authorization-server')
    expect(metadata.body.issuer).toBe('https://sync.example.com')
    expect((await call(named.url, 'GET', '/.well-known/oauth-protected-resource/mcp')).body.resource).toBe(
      'https://sync.example.com/mcp',
    )
    await named.stop()
    const proxied = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' })
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' }
    const behind = await call(proxied.url, 'GET', '/.well-known/oauth-authorization-server', headers)
    expect(behind.body.token_endpoint).toBe('https://shop.example/oauth/token')
    await proxied.stop()
  })

  test('an untrusted sender cannot name another one', async () => {
    const direct = await startTestServer()
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' }
    const answer = await call(direct.url, 'GET', '/.well-known/oauth-authorization-server', headers)
    expect(answer.body.issuer).toBe(direct.url)
    await direct.stop()
  })
})
