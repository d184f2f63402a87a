import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectProblem } from '../../support/problems.ts'
import { startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

/** Sends these bytes on a connection of their own; gives what comes back until the server closes it. */
async function exchange(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(bytes)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

test.each([
  ['bad percent-encoding', '/api/v1/dead-letters/%zz', 400, 'bad_request'],
  ['an id that is not UTF-8', '/api/v1/web-knowledge/products/%ff/', 400, 'bad_request'],
  ['an id of 300 digits', `/api/v1/web-knowledge/products/${'1'.repeat(300)}/`, 414, 'address_too_long'],
])('%s in an address, for which no route can be found, is a problem document', async (_name, path, status, code) => {
  expectProblem(await server.admin('GET', path), status, code)
})

test.each([
  ['headers of 20 KB', `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Padding: ${'p'.repeat(20_000)}\r\n\r\n`, 431],
  ['what is not HTTP', 'Hello?\r\n\r\n', 400],
])('%s: a problem document, and the connection is closed', async (_name, bytes, status) => {
  const [head = '', body = ''] = (await exchange(bytes)).split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\n`))
  expect(head).toMatch(/^content-type: application\/problem\+json$/im)
  expect(head).toMatch(/^connection: close$/im)
  expect(JSON.parse(body)).toMatchObject({ status, error: expect.any(String), detail: expect.any(String) })
})

test.each([
  '/api/v1/integrations/woocommerce/events/?status=%00',
  '/api/v1/integrations/woocommerce/events/?woo_product_id=9007199254740993',
  '/api/v1/integrations/woocommerce/events/99999999999999999999/',
  '/api/v1/integrations/woocommerce/events/%00/',
  '/api/v1/integrations/woocommerce/events/?page=-1',
  '/api/v1/integrations/woocommerce/events/?cursor=WyJuZXh0Iiwibm9uc2Vuc2UiLDFd',
  '/api/v1/integrations/woocommerce/events/?cursor=nonsense',
  '/api/v1/web-knowledge/products/?cursor=WyJuZXh0Iiwibm9uc2Vuc2UiLDFd',
  '/api/v1/web-knowledge/products/?category=%00',
  '/api/v1/web-knowledge/products/?min_price=1e400',
  '/api/v1/web-knowledge/products/?ordering=price;drop',
  '/api/v1/web-knowledge/products/?user_id=me',
  '/api/v1/knowledge/search/?q=%00',
  '/api/v1/knowledge/search/?q=x&limit=1000000',
  '/api/v1/knowledge/search/?q=x&store_id=99999999999999999999',
  '/api/v1/integrations/tokens/-1/',
])('GET %s is a 4xx problem, never a 5xx', async (path) => {
  const method = path.includes('/tokens/') ? 'DELETE' : 'GET'
  const answer = await server.admin(method, path)
  expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
  expect(answer.body.detail.length).toBeGreaterThan(10)
})
