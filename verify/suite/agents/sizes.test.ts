/** Sizes of ordinary answers, and answers while the embedding provider is away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogue } from '../../../demo/catalogue.ts'
import { aVariableProduct, callTool } from '../../support/agents.ts'
import { anUpdate } from '../../support/events.ts'
import { call, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const QUERIES = [
  'کفش',
  'کاپشن زمستانی',
  'لباس',
  'هدیه',
  'کتاب',
  'قهوه',
  'لپ‌تاپ',
  'جدید',
  'ارزان',
  'چرم',
  'مردانه',
  'زنانه',
  'سایز 42',
  'shoes',
  'jacket',
  'gift',
  'coffee',
  'kitchen',
  'blue',
  'warm',
  'under 2 million toman',
  'black bag',
]

let server: TestServer
let token: string
let many: string

beforeAll(async () => {
  server = await startTestServer()
  const shop = await server.newShop()
  token = await server.knowledgeToken()
  await shop.sendBatch(catalogue.map((product) => anUpdate({ ...product })))
  const owner = await server.newOwner()
  const large = await server.newShop({ tenantOf: owner })
  many = await server.knowledgeToken(owner)
  const colours = Array.from({ length: 20 }, (_, index) => `سرمه‌ای روشن ${index}`)
  const sizes = Array.from({ length: 15 }, (_, index) => `اندازهٔ ${index}`)
  for (let index = 0; index < 12; index += 1) {
    const name = `کاپشن زمستانی مردانه مدل دماوند ${index}`
    const description = 'داخل کاپشن با الیاف پلی‌استر توخالی پر شده که گرما را نگه می‌دارد. '.repeat(20)
    const permalink = `https://shop.example/product/${encodeURIComponent('کاپشن-زمستانی-مردانه-دماوند')}-${index}/`
    await large.send(
      anUpdate(aVariableProduct(colours, sizes, { id: 100 + index, sku: `J-${index}`, name, description, permalink })),
    )
  }
  await server.settled()
})
afterAll(() => server.stop())

test('a default search of the demo’s catalogue, and of products with 300 variations, has at most 4,000 tokens', async () => {
  const tokensOf = async (bearer: string, query: string) => {
    const { body } = await callTool(server, bearer, 'search_catalog', { query })
    return Buffer.byteLength(body.result.content[0].text) / 4
  }
  const sizes: number[] = []
  for (const query of QUERIES) sizes.push(await tokensOf(token, query))
  sizes.sort((a, b) => a - b)
  expect(sizes.at(-1)).toBeLessThanOrEqual(4_000)
  expect(sizes.at(-1)).toBeGreaterThan(1_500)
  expect(await tokensOf(many, 'کاپشن زمستانی')).toBeLessThanOrEqual(4_000)
})

test('a query that no provider embeds is answered by words, and a message says so', async () => {
  // Nothing listens there.
  const away = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_API_KEY: 'x',
    OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
  })
  try {
    const shop = await away.newShop()
    const bearer = await away.knowledgeToken()
    await shop.send(anUpdate())
    const ask = async () =>
      (await callTool(away, bearer, 'search_catalog', { query: 'کفش اسپرت' })).body.result.structuredContent
    await waitFor('the product', async () => (await ask()).products.length === 1)
    expect((await ask()).messages).toContainEqual(expect.objectContaining({ type: 'info', code: 'degraded' }))
    const context = await call(
      away.url,
      'POST',
      '/api/v1/knowledge/context/',
      { authorization: `Bearer ${bearer}` },
      { question: 'کفش اسپرت' },
    )
    expect(context.body).toMatchObject({ answered: true, degraded: true })
  } finally {
    await away.stop()
  }
})
