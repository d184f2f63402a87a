import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { anUpdate, aProduct } from './events.ts'
import { type Answer, call, type TestServer } from './test-server.ts'

type Json = Record<string, unknown>

/** A client of MCP, with what both official ones have. */
export interface McpClient {
  list(): Promise<{ name: string; inputSchema: Json; outputSchema?: Json; annotations?: Json }[]>
  call(name: string, args?: Json): Promise<{ structuredContent?: Json; content: { text: string }[]; isError?: boolean }>
  instructions(): string | undefined
  close(): Promise<void>
}

export const ERAS = ['modern', 'legacy'] as const

/** An official client of one era, connected with this token. */
export async function connectMcp(server: TestServer, era: (typeof ERAS)[number], token: string): Promise<McpClient> {
  const url = new URL('/mcp', server.url)
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  if (era === 'legacy') {
    const client = new LegacyClient({ name: 'test', version: '1' })
    await client.connect(new LegacyTransport(url, { requestInit }) as never)
    return {
      list: async () => (await client.listTools()).tools as never,
      call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as never,
      instructions: () => client.getInstructions(),
      close: () => client.close(),
    }
  }
  // Without this mode the client begins with the handshake of the earlier revisions.
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }))
  if (client.getProtocolEra() !== 'modern') throw new Error('the client fell back to the handshake')
  return {
    list: async () => (await client.listTools()).tools as never,
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as never,
    instructions: () => client.getInstructions(),
    close: () => client.close(),
  }
}

/** One raw legacy request to /mcp, which needs no handshake. */
export async function rpc(
  server: TestServer,
  token: string,
  method: string,
  params: Json = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = { jsonrpc: '2.0', id: 1, method, params }
  return await call(server.url, 'POST', '/mcp', { authorization: `Bearer ${token}`, ...headers }, body)
}

/** The result of a tool, without a client. */
export async function callTool(server: TestServer, token: string, name: string, args: unknown = {}) {
  return await rpc(server, token, 'tools/call', { name, arguments: args })
}

/** Headers and params of the revision without a handshake. */
export function modernRequest(method: string, params: Json = {}, name?: string) {
  const version = '2026-07-28'
  return {
    headers: {
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': name }),
    } as Record<string, string>,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': version,
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      },
    } as Json,
  }
}

/** A product with a variation for each colour and size. */
export function aVariableProduct(colours: string[], sizes: string[], product: Json = {}): Json {
  const variations = colours.flatMap((colour, c) =>
    sizes.map((size, s) => ({
      id: 10_000 + c * 1_000 + s,
      sku: `VAR-${c}-${s}`,
      attributes: { رنگ: colour, اندازه: size },
      price: String(900_000 + c * 1_000 + s),
      regular_price: '',
      sale_price: '',
      on_sale: false,
      stock_quantity: s % 2 === 0 ? 3 : 0,
      stock_status: s % 2 === 0 ? 'instock' : 'outofstock',
      image: '',
    })),
  )
  return aProduct({
    type: 'variable',
    attributes: [
      { name: 'رنگ', options: colours, variation: true },
      { name: 'اندازه', options: sizes, variation: true },
      { name: 'جنس', options: ['چرم'], variation: false },
    ],
    variations,
    price: '',
    regular_price: '',
    sale_price: '',
    on_sale: false,
    stock_quantity: null,
    ...product,
  })
}

/** The event of a product. */
export const anEvent = (product: Json) => anUpdate(product)
