/** The typed client against a real server. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type FikoClient, FikoError } from '../../../client/src/client.ts'
import { anUpdate } from '../../support/events.ts'
import { startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let token: string
let client: FikoClient

beforeAll(async () => {
  server = await startTestServer()
  const shop = await server.newShop()
  token = await server.knowledgeToken()
  await shop.send(anUpdate({ id: 414, sku: 'PROD-001', name: 'کفش اسپرت مردانه' }))
  await shop.send(anUpdate({ id: 415, sku: 'POT-1', name: 'قوری چینی', categories: ['آشپزخانه'], price: '420000' }))
  await server.settled()
  client = createClient({ url: `${server.url}/`, token })
})
afterAll(() => server.stop())

/** The error of a call; fails for a call that succeeds and for another kind of error. */
async function errorOf(work: Promise<unknown>): Promise<FikoError> {
  const error = await work.then(
    () => new Error('the call succeeded'),
    (cause: unknown) => cause,
  )
  if (!(error instanceof FikoError)) throw error
  return error
}

describe('the typed client', () => {
  test('searches with words and filters', async () => {
    const { results, answered } = await client.search({ q: 'کفش', max_price: '900000', currency: 'IRT' })
    expect(answered).toBe(true)
    expect(results.map(({ product }) => product.name)).toEqual(['کفش اسپرت مردانه'])
    expect(Number(results[0]?.product.price)).toBe(850_000)
  })

  test('looks products up by id and SKU; an unknown one is missing', async () => {
    const found = await client.lookUp({ ids: ['woo_415', 'woo_999'], skus: ['PROD-001'] })
    expect(found.map(({ name }) => name).sort()).toEqual(['قوری چینی', 'کفش اسپرت مردانه'].sort())
  })

  test('reads one product, and an unknown one is not found', async () => {
    const [found] = await client.lookUp({ skus: ['POT-1'] })
    const product = await client.product(found?.id ?? 0)
    expect(product).toMatchObject({ name: 'قوری چینی', external_id: 'woo_415' })
    expect(await errorOf(client.product(999_999))).toMatchObject({ status: 404, code: 'not_found' })
  })

  test('lists the categories, and none of a store that the token does not read', async () => {
    const categories = await client.categories()
    expect(categories).toContainEqual({ name: 'آشپزخانه', products: 1, in_stock: 1 })
    expect(await client.categories(999_999)).toEqual([])
  })

  test('gets a context with citations, within its budget', async () => {
    const { context, citations, tokens } = await client.context({ question: 'قوری', budget_tokens: 500 })
    expect(context).toContain('قوری چینی — ۴۲۰٬۰۰۰ تومان')
    expect(tokens).toBeLessThanOrEqual(500)
    expect(citations[0]).toMatchObject({ title: 'قوری چینی', url: 'https://shop.example/product/414/' })
  })

  test('reports what came of an answer', async () => {
    const { question_id: id } = await client.search({ q: 'قوری' })
    const report = { question_id: id ?? '', kind: 'helpful' } as const
    expect(await client.feedback(report)).toEqual({ status: 'stored', question_id: id })
    expect(await client.feedback(report)).toEqual({ status: 'repeated', question_id: id })
  })

  test('has the status, the code and the sentence of a refusal, in the language that was chosen', async () => {
    const wrong = createClient({ url: server.url, token: 'kb_sk_live_wrong' })
    const error = await errorOf(wrong.search({ q: 'کفش' }))
    expect(error).toMatchObject({ name: 'FikoError', status: 401 })
    expect(error.code).toMatch(/^[a-z_]+$/)
    const persian = createClient({ url: server.url, token: 'kb_sk_live_wrong', language: 'fa' })
    expect((await errorOf(persian.search({ q: 'کفش' }))).detail).toMatch(/[آ-ی]/)
    expect(await errorOf(client.context({ question: 'کفش', budget_tokens: 0 }))).toMatchObject({
      status: 400,
      code: 'invalid_input',
    })
  })

  test('names a server that cannot be reached', async () => {
    const closed = createClient({ url: 'http://127.0.0.1:1', token })
    expect(await errorOf(closed.categories())).toMatchObject({ status: 0, code: 'unreachable' })
  })

  test('refuses a page and a redirect, and sends the token nowhere else', async () => {
    const asked: string[] = []
    const other = createServer((request, response) => {
      asked.push(request.url ?? '')
      if (request.method === 'POST') response.writeHead(307, { location: '/elsewhere' }).end()
      else response.end('<html>Sign in</html>')
    })
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as AddressInfo
    const lost = createClient({ url: `http://127.0.0.1:${port}`, token })
    const page = await errorOf(lost.categories())
    expect(page).toMatchObject({ status: 200, code: 'unexpected_answer' })
    expect(page.detail).toContain('<html>Sign in</html>')
    expect(await errorOf(lost.search({ q: 'x' }))).toMatchObject({ status: 307, code: 'unexpected_answer' })
    expect(asked).toEqual(['/api/v1/knowledge/categories/', '/api/v1/knowledge/search/'])
    other.close()
  })

  test.each([
    { url: 'sync.example.com', token: 'kb_sk_live_0' },
    { url: 'file:///etc', token: 'kb_sk_live_0' },
    { url: 'https://sync.example.com', token: 'kb_sk_live_…' },
    { url: 'https://sync.example.com', token: '' },
  ])('is not made of $url and the token "$token"', (options) => {
    expect(() => createClient(options)).toThrow(FikoError)
  })
})
