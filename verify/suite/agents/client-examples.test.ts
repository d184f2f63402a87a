/** The examples of the typed client as a reader runs them: programs beside a real server, and a model that the test plays. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { root } from '../../support/documents.ts'
import { anUpdate } from '../../support/events.ts'
import { type ChatRequest, type FakeChatServer, startFakeChatServer } from '../../support/fake-chat-server.ts'
import { startTestServer, type TestServer } from '../../support/test-server.ts'

const KEY = 'sk-test'
const PAGE = 'https://shop.example/product/414/'

let server: TestServer
let model: FakeChatServer
let env: Record<string, string>

beforeAll(async () => {
  // The chat must use the address that it was given, and not the one that the server names.
  server = await startTestServer({ PUBLIC_URL: 'https://sync.example.com' })
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 414, name: 'کفش اسپرت مردانه' }))
  await shop.send(anUpdate({ id: 415, sku: 'POT', name: 'Pot\u001b[2J', price: '1', description: 'x'.repeat(4_000) }))
  await server.settled()
  model = await startFakeChatServer(KEY)
  env = {
    FIKO_URL: server.url,
    FIKO_TOKEN: await server.knowledgeToken(),
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: KEY,
    CHAT_MODEL: 'test-model',
  }
})
afterAll(async () => {
  await model.close()
  await server.stop()
})

interface Run {
  args?: string[]
  input?: string
  env?: Record<string, string>
}

/** Runs an example to its end. */
async function run(example: string, { args = [], input = '', env: changed = {} }: Run = {}) {
  const child = spawn(process.execPath, [join(root, 'client/examples', example), ...args], {
    env: { ...env, ...changed },
  })
  child.stdin.on('error', () => {}) // the program may end before it reads
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { out, error, code }
}

const chat = (input: string, changed: Record<string, string> = {}) => run('chat.ts', { input, env: changed })
const lastOf = ({ messages }: ChatRequest) => messages.at(-1) ?? { role: '', content: null }

describe('the example chat', () => {
  let before: number
  const asked = () => model.requests.slice(before)
  beforeEach(() => {
    before = model.requests.length
  })

  test('calls the function that the model names, and prints its answer with the page of the product', async () => {
    model.reply((request) => {
      const { role, content } = lastOf(request)
      if (role === 'user') return [{ name: 'search_catalog', arguments: { query: 'کفش' } }]
      const { products } = JSON.parse(content ?? '')
      return `${products[0].title}: ${products[0].metadata.price_text}`
    })
    const { out, error, code } = await chat('کفش دارید؟\n')
    expect(error).toBe('')
    expect(code).toBe(0)
    expect(out).toContain('Categories: ')
    expect(out).toContain('کفش اسپرت مردانه: ۸۵۰٬۰۰۰ تومان')
    expect(out).toContain(`[1] کفش اسپرت مردانه: ${PAGE}`)
    const [first] = asked()
    expect(first).toMatchObject({ model: 'test-model' })
    expect(first?.tools?.map((tool) => tool.function.name)).toEqual([
      'search_catalog',
      'lookup_catalog',
      'get_product',
      'search_shop_policies_and_faqs',
      'shop_context',
    ])
  })

  test('calls the context as well, and remembers questions and answers without the results', async () => {
    model.reply((request) => {
      const { role, content } = lastOf(request)
      if (content === 'کفش؟') return [{ name: 'shop_context', arguments: { question: 'کفش', budget_tokens: 300 } }]
      return role === 'tool' ? `یافتم: ${JSON.parse(content ?? '').answered}` : 'همان است.'
    })
    const { out } = await chat('کفش؟\nمطمئنید؟\n')
    expect(out).toContain('یافتم: true')
    expect(out).toContain(`[1] کفش اسپرت مردانه: ${PAGE}`)
    expect(asked().at(-1)?.messages.slice(1)).toEqual([
      { role: 'user', content: 'کفش؟' },
      { role: 'assistant', content: 'یافتم: true' },
      { role: 'user', content: 'مطمئنید؟' },
    ])
  })

  test('tells the model of unknown functions, wrong arguments and too many calls', async () => {
    const results: (string | null)[] = []
    model.reply((request) => {
      const tools = request.messages.filter(({ role }) => role === 'tool')
      if (tools.length === 0) {
        return [
          { name: 'buy_product', arguments: {} },
          { name: 'toString', arguments: {} },
          { name: 'search_catalog', arguments: '{"query": ' },
          { name: 'search_catalog', arguments: { query: 12 } },
          { name: 'search_catalog', arguments: {} },
        ]
      }
      results.push(...tools.map(({ content }) => content))
      return 'Sorry.'
    })
    const { out, code } = await chat('?\n')
    expect(code).toBe(0)
    expect(out).toContain('Sorry.')
    expect(results.slice(0, 2)).toEqual(['There is no function buy_product.', 'There is no function toString.'])
    for (const refusal of results.slice(2, 4)) expect(JSON.parse(refusal ?? '')).toMatchObject({ status: 400 })
    expect(results[4]).toContain('At most 4 calls')
  })

  test('ends a question after four rounds, the last one without functions, and goes on with the next', async () => {
    model.reply((request) =>
      lastOf(request).content === 'next' ? 'Here.' : [{ name: 'search_catalog', arguments: { query: 'کفش' } }],
    )
    const { out, error } = await chat('first\nnext\n')
    expect(error).toContain('The model gave no answer within 4 rounds.')
    expect(out).toContain('Here.')
    expect(asked().map(({ tools }) => tools !== undefined)).toEqual([true, true, true, false, true])
  })

  test('prints no control character of a product or of the model', async () => {
    model.reply((request) =>
      lastOf(request).role === 'user' ? [{ name: 'get_product', arguments: { id: 'POT' } }] : 'a\u001b[2J\u202eb',
    )
    const { out } = await chat('pot\n')
    expect(out).toContain('a[2Jb')
    for (const character of ['\u001b', '\u202e']) expect(out).not.toContain(character)
  })

  test.each([
    ['settings are missing', { CHAT_MODEL: '', OPENAI_API_KEY: '' }, 2, 'Set OPENAI_API_KEY, CHAT_MODEL first.'],
    ['the token is wrong', { FIKO_TOKEN: 'kb_sk_live_wrong' }, 1, '401'],
    ['the shop is closed', { FIKO_URL: 'http://127.0.0.1:1' }, 1, 'http://127.0.0.1:1 cannot be reached.'],
    ['the key of the model is wrong', { OPENAI_API_KEY: 'no' }, 0, 'answered 401: Incorrect API key provided'],
    ['the model is closed', { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }, 0, 'http://127.0.0.1:1 cannot be reached.'],
  ])('says in one line that %s', async (_case, changed: Record<string, string>, code, sentence) => {
    const result = await chat('کفش؟\n', changed)
    expect(result.error).toContain(sentence)
    expect(result.error.trim().split('\n')).toHaveLength(1)
    expect(result.code).toBe(code)
  })
})

test.each(['vercel-ai.ts', 'langchain.ts'])('the example %s lists the tools and calls one', async (example) => {
  const { out, error, code } = await run(example, { args: ['کفش', 'اسپرت'] })
  expect(error).toBe('')
  expect(code).toBe(0)
  expect(out).toContain('Tools: search_catalog, lookup_catalog, get_product, search, fetch, list_categories')
  expect(out).toContain('کفش اسپرت مردانه')
  const refused = await run(example, { env: { FIKO_TOKEN: 'kb_sk_live_wrong' } })
  expect(refused.code).not.toBe(0)
  expect(refused.error).toMatch(/401|[Uu]nauthorized|[Aa]uthentication/)
})
