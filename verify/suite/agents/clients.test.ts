import { createMCPClient } from '@ai-sdk/mcp'
import { MultiServerMCPClient } from '@langchain/mcp-adapters'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectMcp, ERAS } from '../../support/agents.ts'
import { anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const TOOL_NAMES = ['search_catalog', 'lookup_catalog', 'get_product', 'search', 'fetch', 'list_categories']
const WRONG_TOKEN = 'kb_sk_live_wrong'

let server: TestServer
let shop: Shop
let token: string
let id: string

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop({ name: 'کفش «نمونه»' })
  token = await server.knowledgeToken()
  for (let index = 0; index < 12; index += 1) {
    await shop.send(anUpdate({ id: 414 + index, sku: `PROD-${index}`, name: `کفش اسپرت مدل ${index}` }))
  }
  await server.settled()
  const [row] = await server.sql<{ id: number }>(`select id from products where external_id = 'woo_414'`)
  id = String(row?.id)
})
afterAll(() => server.stop())

describe.each(ERAS)('the official client of the %s era', (era) => {
  test('lists the tools in a fixed order, all of them read-only', async () => {
    const client = await connectMcp(server, era, token)
    const tools = await client.list()
    expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES)
    for (const { annotations, outputSchema, inputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, openWorldHint: false })
      expect(outputSchema).toMatchObject({ type: 'object' })
      expect(inputSchema).toMatchObject({ type: 'object' })
      expect(JSON.stringify(inputSchema)).not.toContain('x-fa')
    }
    await client.close()
  })

  test('reads the shop, the currency and the freshness in the instructions', async () => {
    const client = await connectMcp(server, era, token)
    expect(client.instructions()).toContain('کفش «نمونه»')
    expect(client.instructions()).toContain('1 toman = 10 rials = 1000 minor units of IRR')
    expect(client.instructions()).toContain('metadata.updated_at')
    expect(client.instructions()).toContain('Not here: orders')
    await client.close()
  })

  test('calls a tool and gets the same answer as an object and as text', async () => {
    const client = await connectMcp(server, era, token)
    const { structuredContent, content, isError } = await client.call('get_product', { catalog: { id } })
    expect(isError).toBeUndefined()
    expect(JSON.parse(content[0]?.text ?? '')).toEqual(structuredContent)
    expect(structuredContent?.product).toMatchObject({
      id,
      title: 'کفش اسپرت مدل 0',
      price_range: { min: { amount: 850_000_000, currency: 'IRR' } },
      metadata: { price_text: '۸۵۰٬۰۰۰ تومان', external_id: 'woo_414' },
    })
    await client.close()
  })

  test('reads a second page with the cursor of the first', async () => {
    const client = await connectMcp(server, era, token)
    const first = await client.call('search_catalog', { catalog: { query: 'کفش اسپرت' } })
    const { products, pagination } = first.structuredContent as never as Found
    expect(products).toHaveLength(10)
    expect(pagination).toMatchObject({ has_next_page: true, total_count: 12 })
    const next = await client.call('search_catalog', {
      catalog: { query: 'کفش اسپرت', pagination: { cursor: pagination.cursor } },
    })
    const second = next.structuredContent as never as Found
    expect(second.products).toHaveLength(2)
    expect(second.pagination.has_next_page).toBe(false)
    const ids = [...products, ...second.products].map((product) => product.id)
    expect(new Set(ids).size).toBe(12)
    await client.close()
  })

  test('gets a sentence that names the path for a wrong argument', async () => {
    const client = await connectMcp(server, era, token)
    const answer = await client.call('search_catalog', { catalog: { query: 12 } })
    expect(answer.isError).toBe(true)
    expect(answer.content[0]?.text).toMatch(/^query: must be what the buyer wants/)
    await client.close()
  })

  test('gets an error of the protocol for an unknown tool and for a cursor of another question', async () => {
    const client = await connectMcp(server, era, token)
    await expect(client.call('buy_product')).rejects.toMatchObject({ code: -32602 })
    const first = await client.call('search_catalog', { catalog: { query: 'کفش' } })
    const { cursor } = (first.structuredContent as never as Found).pagination
    await expect(
      client.call('search_catalog', { catalog: { query: 'کفش اسپرت', pagination: { cursor } } }),
    ).rejects.toMatchObject({ code: -32602 })
    await client.close()
  })

  test('cannot connect with a wrong token', async () => {
    await expect(connectMcp(server, era, WRONG_TOKEN)).rejects.toThrow(/401|[Uu]nauthorized/)
  })
})

interface Found {
  products: { id: string }[]
  pagination: { has_next_page: boolean; cursor?: string }
}

test('the client of the Vercel AI SDK lists and calls the tools, and fails with a wrong token', async () => {
  const connect = (bearer: string) =>
    createMCPClient({
      transport: { type: 'http', url: `${server.url}/mcp`, headers: { authorization: `Bearer ${bearer}` } },
    })
  const client = await connect(token)
  const tools = await client.tools()
  expect(Object.keys(tools)).toEqual(TOOL_NAMES)
  const options = { messages: [], toolCallId: '1', context: undefined } as never
  const answer = await tools.search?.execute?.({ query: 'کفش اسپرت' }, options)
  expect(JSON.stringify(answer)).toContain('کفش اسپرت مدل')
  const wrong = (await tools.fetch?.execute?.({ id: 'nothing' }, options)) as { isError?: boolean }
  expect(wrong.isError).toBe(true)
  await client.close()
  await expect(connect(WRONG_TOKEN)).rejects.toThrow(/401|[Uu]nauthorized/)
})

test('the adapters of LangChain list and call the tools, and fail with a wrong token', async () => {
  const connect = (bearer: string) =>
    new MultiServerMCPClient({
      mcpServers: { shop: { url: `${server.url}/mcp`, headers: { authorization: `Bearer ${bearer}` } } },
    })
  const client = connect(token)
  const tools = await client.getTools()
  expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES)
  const fetchTool = tools.find(({ name }) => name === 'fetch')
  expect(JSON.stringify(await fetchTool?.invoke({ id }))).toContain('۸۵۰٬۰۰۰ تومان')
  await expect(fetchTool?.invoke({ id: 'nothing' })).rejects.toThrow('Take ids from the results of search')
  await client.close()
  await expect(connect(WRONG_TOKEN).getTools()).rejects.toThrow(/401|[Uu]nauthorized|[Aa]uthentication/)
})
