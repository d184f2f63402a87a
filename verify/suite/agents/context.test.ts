import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countTokens } from '../../../server/src/agents/context/count-tokens.ts'
import { anUpdate } from '../../support/events.ts'
import { call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop
let token: string

const LONG = 'این کفش برای کوهنوردی در برف ساخته شده است. رویهٔ آن ضدآب است و گرما را نگه می‌دارد. '.repeat(30)

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
  token = await server.knowledgeToken()
  for (let index = 0; index < 15; index += 1) {
    const name = `کفش کوهنوردی مدل ${index}`
    await shop.send(anUpdate({ id: 100 + index, sku: `C-${index}`, name, short_description: '', description: LONG }))
  }
  await server.settled()
})
afterAll(() => server.stop())

const ask = (body: object, bearer = token) =>
  call(server.url, 'POST', '/api/v1/knowledge/context/', { authorization: `Bearer ${bearer}` }, body)

describe('the context of a question', () => {
  test.each([100, 150, 400, 2_000, 8_000, 20_000])('has at most its budget of %i tokens', async (budget) => {
    const { status, body } = await ask({ question: 'کفش کوهنوردی', budget_tokens: budget })
    expect(status).toBe(200)
    expect(body.tokens).toBeLessThanOrEqual(budget)
    expect(countTokens(body.context)).toBe(body.tokens)
    expect(body.answered).toBe(true)
    expect(body.citations.length).toBeGreaterThan(0)
    for (const [index, { title, url, id }] of body.citations.entries()) {
      expect(body.context).toContain(`<source n="${index + 1}">\n[${index + 1}] ${title} — ۸۵۰٬۰۰۰ تومان — موجود`)
      expect(url).toBe('https://shop.example/product/414/')
      expect(id).toMatch(/^\d+$/)
    }
  })

  test('is the same for the same question', async () => {
    const [one, other] = [await ask({ question: 'کفش کوهنوردی' }), await ask({ question: 'کفش کوهنوردی' })]
    expect(one.body.context).toBe(other.body.context)
  })

  test('has more text where the budget allows it', async () => {
    const length = async (budget: number) =>
      (await ask({ question: 'کفش مدل 3', budget_tokens: budget })).body.context.length
    expect(await length(20_000)).toBeGreaterThan(await length(2_000))
  })

  test('is empty for something that the shop does not have, and says so', async () => {
    const { body } = await ask({ question: 'تراکتور فرگوسن' })
    expect(body).toMatchObject({ context: '', citations: [], tokens: 0, answered: false, degraded: false })
    expect(body.understood.words.map(({ word }: { word: string }) => word)).toContain('تراکتور')
  })

  test('of a store that the token does not read is empty', async () => {
    const { body } = await ask({ question: 'کفش کوهنوردی', store_id: 999_999 })
    expect(body).toMatchObject({ context: '', answered: false })
    expect((await ask({ question: 'کفش کوهنوردی', store_id: shop.storeId })).body.answered).toBe(true)
  })

  test.each([
    [{ question: 'کفش', budget_tokens: 0 }, 'budget_tokens'],
    [{ question: 'کفش', budget_tokens: 1_000_000 }, 'budget_tokens'],
    [{ question: 'کفش', budget_tokens: '500' }, 'budget_tokens'],
    [{ question: '' }, 'question'],
    [{ question: ' \u200b ' }, 'question'],
    [{ question: 'x'.repeat(4_001) }, 'question'],
    [{}, 'question'],
    [{ question: 'کفش', budget: 500 }, 'budget'],
    [{ question: 'کفش', store_id: 'a' }, 'store_id'],
  ])('%j is refused with the name of the field', async (body, path) => {
    const answer = await ask(body)
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_input', issues: [{ path }] } })
  })

  test('needs a token', async () => {
    const answer = await ask({ question: 'کفش' }, 'kb_sk_live_wrong')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain(
      `resource_metadata="${server.url}/.well-known/oauth-protected-resource/mcp"`,
    )
  })
})

describe('the functions for chat APIs', () => {
  test('are public, in the forms of three APIs, and made of the same schemas', async () => {
    const { status, body, headers } = await call(server.url, 'GET', '/agents/tools.json')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('public, max-age=3600')
    const names = ['search_catalog', 'lookup_catalog', 'get_product', 'search_shop_policies_and_faqs', 'shop_context']
    expect(body.openai.responses.map(({ name }: { name: string }) => name)).toEqual(names)
    expect(body.openai.chat_completions[0]).toMatchObject({ type: 'function', function: { name: 'search_catalog' } })
    expect(body.anthropic.map(({ name }: { name: string }) => name)).toEqual(names)
    expect(body.anthropic[0].input_schema).toEqual(body.openai.responses[0].parameters)
    expect(body.gemini[0].function_declarations.map(({ name }: { name: string }) => name)).toEqual(names)
    expect(JSON.stringify(body.gemini)).not.toMatch(/additionalProperties|maxLength|x-fa|\$id/)
    expect(JSON.stringify(body)).not.toContain('x-fa')
    for (const { name } of body.anthropic) expect(body.requests[name]).toMatchObject({ method: 'POST' })
  })

  test('name the address to which the arguments of the model go unchanged', async () => {
    const { requests } = (await call(server.url, 'GET', '/agents/tools.json')).body
    const send = (name: string, body: object) =>
      call(server.url, 'POST', requests[name].url.replace(server.url, ''), { authorization: `Bearer ${token}` }, body)
    expect((await send('search_catalog', { query: 'کفش مدل 3' })).body.products.length).toBeGreaterThan(0)
    expect((await send('lookup_catalog', { ids: ['C-1'] })).body.products).toHaveLength(1)
    expect((await send('get_product', { id: 'C-1' })).body.product.title).toBe('کفش کوهنوردی مدل 1')
    expect((await send('shop_context', { question: 'کفش' })).body.answered).toBe(true)
  })
})
