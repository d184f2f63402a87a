import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { signedIn } from '../../support/people.ts'
import { connected, openSocket, sendRaw } from '../../support/raw-http.ts'
import { call, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const WEBHOOK = '/api/integrations/woocommerce/webhook/'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const head = (method: string, path: string, headers: Record<string, string | number> = {}) =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`
/** A header that announces a body which is never sent. */
const announcing = (bytes: number, headers: Record<string, string> = {}) => ({
  'Content-Type': 'application/json',
  'Content-Length': bytes,
  ...headers,
})

test('unknown callers are refused before the body is read, on every route that accepts one', async () => {
  const { body } = await call(server.url, 'GET', '/openapi.json')
  const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, '1')] as const),
  )
  expect(routes.length).toBeGreaterThan(30)
  for (const [method, path] of routes) {
    if (method === 'GET') continue
    for (const credential of ['', 'Bearer nonsense']) {
      const headers = announcing(100_000, credential === '' ? {} : { Authorization: credential })
      const answer = await sendRaw(server.url, head(method, path, headers))
      expect(answer.status, `${method} ${path}`).toBe(401)
    }
  }
})

test('a body that is announced too large is refused before any of it arrives', async () => {
  const person = await signedIn(server, 'owner')
  const byToken = { Authorization: `Bearer ${shop.token}` }
  const bySession = { Cookie: person.cookie, Origin: 'http://localhost' }
  const limits: [path: string, bytes: number, headers: Record<string, string>][] = [
    [WEBHOOK, 5_000_001, byToken],
    [`${WEBHOOK}batch/`, 5_000_001, byToken],
    ['/api/v1/stores/', 1_000_001, bySession],
    ['/api/auth/sign-in/email', 20_001, {}],
  ]
  for (const [path, bytes, headers] of limits) {
    const answer = await sendRaw(server.url, head('POST', path, announcing(bytes, headers)))
    expect(answer.status, path).toBe(413)
    expect(answer.text).toContain('too_large')
    expect(answer.text.toLowerCase()).toContain('connection: close')
  }
})

test('addresses and headers are bounded in size and number, and the refusal names the limit', async () => {
  const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`a${index}`, '1']))
  const requests = {
    'a long address': head('GET', `/openapi.json?${'x'.repeat(20_000)}`),
    'a long header': head('GET', '/openapi.json', { 'X-Long': 'x'.repeat(20_000) }),
    'many headers': head('GET', '/openapi.json', many),
  }
  for (const [name, request] of Object.entries(requests)) {
    const answer = await sendRaw(server.url, request)
    expect(answer.status, name).toBe(431)
    expect(answer.text).toContain('application/problem+json')
    expect(answer.text).toContain('header_too_large')
  }
  const noHttp = await sendRaw(server.url, 'hello\r\n\r\n')
  expect([noHttp.status, noHttp.text.includes('bad_request')]).toEqual([400, true])
  expect((await shop.send(anUpdate())).status).toBe(202)
})

test('500 connections that send nothing, half a header or half a body, drop by drop, are closed, while others are served', async () => {
  const starts = [
    '',
    `POST ${WEBHOOK} HTTP/1.1\r\nHost: localhost\r\nX-Slow: `,
    head('POST', WEBHOOK, announcing(1_000, { Authorization: `Bearer ${shop.token}` })),
  ]
  const sockets = await Promise.all(Array.from({ length: 500 }, () => connected(openSocket(server.url))))
  for (const [index, socket] of sockets.entries()) {
    socket.resume()
    const start = starts[index % starts.length]
    if (start) socket.write(start)
  }
  const dripping = setInterval(() => {
    for (const [index, socket] of sockets.entries()) if (index % starts.length > 0 && socket.writable) socket.write(' ')
  }, 500)
  expect((await shop.send(anUpdate())).status).toBe(202)
  await waitFor('every slow connection to be closed', async () => sockets.every((socket) => socket.closed))
  clearInterval(dripping)
  expect((await call(server.url, 'GET', '/readyz')).status).toBe(200)
  expect((await shop.send(anUpdate())).status).toBe(202)
  expect(await server.sql(`select 1 from events where status = 'dead'`)).toEqual([])
})

test('a connection on which nothing was ever asked, as browsers keep in reserve, does not keep a server from stopping', async () => {
  const stopping = await startTestServer()
  const reserve = await connected(openSocket(stopping.url))
  // Once an answer has come on another, this one is accepted, too.
  expect((await call(stopping.url, 'GET', '/healthz')).status).toBe(200)
  const ended = once(reserve.resume(), 'close')
  await stopping.stop()
  await ended
})
