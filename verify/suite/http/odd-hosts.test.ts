import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRoutes } from '../../fuzz/routes.ts'
import { anUpdate } from '../../support/events.ts'
import { PASSWORD, type Person, signedIn } from '../../support/people.ts'
import { sendRaw } from '../../support/raw-http.ts'
import { ADMIN_API_KEY, call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let behindProxy: TestServer

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
  behindProxy = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' })
})
afterAll(async () => {
  await server.stop()
  await behindProxy.stop()
})

const ODD = [
  'a:b@c',
  'user@host',
  'a b',
  '[::1',
  '::1',
  ':',
  '%',
  'x:99999999',
  'x:y',
  'a/b',
  'a?b',
  'a#b',
  'http://x',
  'a,b',
  '\\',
  'é',
  '',
]
const USUAL = [
  'localhost',
  'sync.example.com',
  'sync.example.com:8787',
  '127.0.0.1:1',
  '[::1]:8787',
  '[2001:db8::1]',
  'my_service',
  'xn--mgba.ir',
]

const raw = (method: string, target: string, headers: string[]) =>
  sendRaw(server.url, `${method} ${target} HTTP/1.1\r\n${[...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`)

test('an odd Host is a 400 with a problem document, on every endpoint', async () => {
  const routes = await readRoutes(server.url)
  expect(routes.length).toBeGreaterThan(50)
  for (const [index, route] of routes.entries()) {
    const path = route.path.replaceAll(/\{\w+\}/g, '1')
    const odd = ODD[index % ODD.length] ?? ''
    for (const host of ['a:b@c', odd]) {
      for (const credential of [[], [`Authorization: Bearer ${ADMIN_API_KEY}`], [`Cookie: ${owner.cookie}`]]) {
        const answer = await raw(route.method, path, [`Host: ${host}`, 'Content-Length: 0', ...credential])
        expect([answer.status, answer.text.includes('bad_host')], `${route.method} ${path} ${host}`).toEqual([
          400,
          true,
        ])
      }
    }
  }
})

test('every odd Host is refused, also twice the same one and none at all; usual ones are not', async () => {
  for (const path of ['/healthz', '/api/auth/get-session', '/nowhere', '/', '/openapi.json']) {
    for (const host of ODD) expect((await raw('GET', path, [`Host: ${host}`])).status, `${path} ${host}`).toBe(400)
    for (const hosts of [[], ['Host: localhost', 'Host: localhost'], ['Host: localhost', 'host: evil.example']]) {
      const answer = await raw('GET', path, hosts)
      expect([answer.status, answer.text.includes('bad_host')], `${path} ${hosts}`).toEqual([400, true])
    }
  }
  for (const host of USUAL) {
    expect((await raw('GET', '/api/auth/get-session', [`Host: ${host}`])).status, host).toBe(200)
  }
  const old = await sendRaw(server.url, 'GET /healthz HTTP/1.0\r\n\r\n')
  expect(old.status).toBe(200)
})

test('a target with another authority, or none, leads where its path leads', async () => {
  const targets: [target: string, status: number][] = [
    [`${server.url}/healthz`, 200],
    ['http://evil.example/healthz', 200],
    ['HTTPS://a:b@c:x/healthz', 200],
    ['http://evil.example/api/v1/me/', 401],
    ['http://evil.example/api/auth/get-session', 200],
    ['http://evil.example/nowhere', 404],
    ['//evil.example/api/auth/get-session', 404],
  ]
  for (const [target, status] of targets) {
    expect((await raw('GET', target, ['Host: localhost'])).status, target).toBe(status)
  }
  for (const [method, target] of [
    ['OPTIONS', '*'],
    ['GET', 'http://evil.example'],
    ['GET', '?a=b'],
    ['CONNECT', 'evil.example:443'],
  ] as const) {
    const { status } = await raw(method, target, ['Host: localhost'])
    expect(status, `${method} ${target}`).not.toBeGreaterThanOrEqual(500)
  }
  const page = await raw('GET', 'http://evil.example/api/v1/nothing/', ['Host: localhost', 'Accept: text/html'])
  expect(page.status).toBe(404)
  const list = await raw('GET', 'http://evil.example/api/v1/audit/?limit=1', [
    'Host: localhost',
    `Cookie: ${owner.cookie}`,
  ])
  expect(list.status).toBe(200)
  expect(list.text).not.toContain('evil.example')
})

test('forwarded headers make no 5xx, and count only from a trusted proxy', async () => {
  const odd = ['a:b@c', "'", '', ',,,', '203.0.113.7:80', '[::1', 'x'.repeat(2_000)]
  const made = await behindProxy.admin('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'woocommerce',
    name: 'narrow',
    allowed_ips: ['198.51.100.0/24', '2001:db8::/32'],
  })
  for (const value of odd) {
    for (const name of ['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for', 'forwarded']) {
      for (const url of [server.url, behindProxy.url]) {
        const headers = { [name]: value }
        expect((await call(url, 'GET', '/api/auth/get-session', headers)).status, `${name} ${value}`).toBe(200)
        const credentials = { email: owner.email, password: PASSWORD }
        expect((await call(url, 'POST', '/api/auth/sign-in/email', headers, credentials)).status).toBeLessThan(402)
      }
      const answer = await call(
        behindProxy.url,
        'POST',
        '/api/integrations/woocommerce/webhook/',
        { authorization: `Bearer ${made.body.token}`, [name]: value },
        anUpdate(),
      )
      expect([answer.status, answer.body.error], `${name} ${value}`).toEqual([403, 'address_not_allowed'])
    }
  }
})
