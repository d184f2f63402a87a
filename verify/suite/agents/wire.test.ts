import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callTool, modernRequest, rpc } from '../../support/agents.ts'
import { anUpdate } from '../../support/events.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let token: string
const VERSION = '2026-07-28'

beforeAll(async () => {
  server = await startTestServer()
  const shop = await server.newShop()
  token = await server.knowledgeToken()
  await shop.send(anUpdate())
  await server.settled()
})
afterAll(() => server.stop())

/** A modern request; `change` may spoil it. */
async function modern(
  method: string,
  params: object = {},
  change: { headers?: object; meta?: object; name?: string } = {},
) {
  const made = modernRequest(method, params as never, change.name)
  const meta = made.params._meta as object
  return await rpc(server, token, method, { ...made.params, _meta: { ...meta, ...change.meta } } as never, {
    ...made.headers,
    ...(change.headers as Record<string, string>),
  })
}

const post = (body: unknown, headers: Record<string, string> = {}) =>
  call(server.url, 'POST', '/mcp', { authorization: `Bearer ${token}`, ...headers }, body)

describe('both eras', () => {
  test('a list of requests is refused, so that one body holds one search', async () => {
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    expect(await post([ping, ping])).toMatchObject({ status: 400, body: { jsonrpc: '2.0', error: { code: -32600 } } })
  })

  test('a client that accepts only JSON, or anything, gets JSON', async () => {
    for (const accept of ['application/json', '*/*', 'text/event-stream']) {
      const answer = await rpc(server, token, 'tools/list', {}, { accept })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      expect(answer.body.result.tools).toHaveLength(6)
    }
  })

  test('a notification gets 202 without a body', async () => {
    const answer = await post({ jsonrpc: '2.0', method: 'notifications/initialized' })
    expect(answer).toMatchObject({ status: 202, body: '' })
  })

  test('GET, DELETE and PUT get 405 that names POST', async () => {
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const answer = await call(server.url, method, '/mcp', { authorization: `Bearer ${token}` })
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('POST')
    }
  })

  test('a page of another site is refused, a page of this server and a program are not', async () => {
    const asked = (headers: Record<string, string>) => rpc(server, token, 'tools/list', {}, headers)
    for (const origin of ['https://evil.example', 'null', `${server.url}.evil.example`])
      expect(await asked({ origin })).toMatchObject({ status: 403, body: { error: 'other_origin' } })
    expect(await asked({ origin: server.url })).toMatchObject({ status: 200 })
    expect(await asked({})).toMatchObject({ status: 200 })
  })

  test('without a token the answer is 401 that asks for a Bearer token', async () => {
    for (const headers of [{}, { authorization: 'Bearer kb_sk_live_wrong' }] as Record<string, string>[]) {
      const answer = await call(server.url, 'POST', '/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
      expect(answer).toMatchObject({ status: 401, body: { error: 'unauthorized' } })
      expect(answer.headers.get('www-authenticate')).toContain(
        `resource_metadata="${server.url}/.well-known/oauth-protected-resource/mcp"`,
      )
    }
  })

  test('the token of a shop may not search', async () => {
    const shop = await server.newShop()
    expect(await rpc(server, shop.token, 'tools/list')).toMatchObject({
      status: 403,
      body: { error: 'wrong_token_type' },
    })
  })

  test('a token that is revoked in the middle of a conversation gets 401', async () => {
    const own = await server.knowledgeToken()
    expect((await rpc(server, own, 'tools/list')).status).toBe(200)
    await server.sql(
      `update integration_tokens set is_active = false where id = (select max(id) from integration_tokens)`,
    )
    await expect.poll(async () => (await rpc(server, own, 'tools/list')).status, { timeout: 20_000 }).toBe(401)
  })

  test('too many requests get 429 that says how long to wait', async () => {
    const limited = await startTestServer({ RATE_LIMIT_BURST: '5', RATE_LIMIT_PER_SECOND: '0.01' })
    try {
      const [row] = await limited.sql<{ id: string }>(`select id from users where role = 'admin' limit 1`)
      const own = await limited.knowledgeToken(row?.id)
      const answers = []
      for (let index = 0; index < 8; index += 1) answers.push(await rpc(limited, own, 'tools/list'))
      const last = answers.at(-1)
      expect(last).toMatchObject({ status: 429, body: { error: 'too_many_requests' } })
      expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
    } finally {
      await limited.stop()
    }
  })

  test('text that is not JSON is a parse error', async () => {
    expect(await post('{"jsonrpc":')).toMatchObject({ status: 400, body: { id: null, error: { code: -32700 } } })
    const answer = await post('hello', { 'content-type': 'text/plain' })
    expect(answer).toMatchObject({ status: 415, body: { error: { code: -32600 } } })
  })

  test('a body above 1 MB is refused', async () => {
    const params = { name: 'search', arguments: { query: 'x'.repeat(1_000_000) } }
    expect(await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })).toMatchObject({ status: 413 })
  })

  test.each([
    null,
    7,
    'text',
    {},
    { jsonrpc: '1.0', id: 1, method: 'ping' },
    { jsonrpc: '2.0', id: {}, method: 'ping' },
  ])('a body that is no request gets an error of JSON-RPC: %j', async (body) => {
    const answer = await post(JSON.stringify(body))
    expect(answer.status).toBe(400)
    expect(answer.body.error.code).toBeLessThan(0)
  })
})

describe('the era without a handshake', () => {
  test('server/discover says versions, tools, instructions and how long to keep them', async () => {
    const { status, body } = await modern('server/discover')
    expect(status).toBe(200)
    expect(body.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: [VERSION],
      capabilities: { tools: {} },
      ttlMs: 300_000,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'fiko-sync' } },
    })
    expect(body.result.instructions).toContain('The catalogue of')
    expect(body.result.capabilities.tools.listChanged).toBeUndefined()
  })

  test('tools/list may be kept by the client, for its token only', async () => {
    const { body } = await modern('tools/list')
    expect(body.result).toMatchObject({ resultType: 'complete', ttlMs: 300_000, cacheScope: 'private' })
  })

  test('tools/call answers a call', async () => {
    const { status, body } = await modern(
      'tools/call',
      { name: 'search', arguments: { query: 'کفش' } },
      { name: 'search' },
    )
    expect(status).toBe(200)
    expect(body.result.structuredContent.results).toHaveLength(1)
  })

  test.each([
    ['Mcp-Method', { 'mcp-method': 'tools/list' }],
    ['Mcp-Name', { 'mcp-name': 'fetch' }],
    ['MCP-Protocol-Version', { 'mcp-protocol-version': '2025-11-25' }],
  ])('a header %s that differs from the body is refused', async (_name, headers) => {
    const params = { name: 'search', arguments: { query: 'کفش' } }
    const answer = await modern('tools/call', params, { name: 'search', headers })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: -32020 } } })
  })

  test('a name in Base64 is decoded before it is compared', async () => {
    const name = `=?base64?${Buffer.from('search').toString('base64')}?=`
    const params = { name: 'search', arguments: { query: 'کفش' } }
    expect((await modern('tools/call', params, { name })).status).toBe(200)
  })

  test('an unknown version is refused, and the answer names the known ones', async () => {
    const version = '2031-01-01'
    const answer = await modern(
      'tools/list',
      {},
      {
        headers: { 'mcp-protocol-version': version },
        meta: { 'io.modelcontextprotocol/protocolVersion': version },
      },
    )
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: -32022, data: { supported: [VERSION], requested: version } } },
    })
  })

  test('an unknown method is 404', async () => {
    expect(await modern('tools/destroy')).toMatchObject({ status: 404, body: { error: { code: -32601 } } })
  })

  test('no stream of changes is opened', async () => {
    const answer = await modern('subscriptions/listen', { notifications: { toolsListChanged: true } })
    expect(answer).toMatchObject({ status: 404, body: { error: { code: -32601 } } })
  })

  test('an unknown tool and an unknown page of tools are invalid parameters', async () => {
    const tool = await modern('tools/call', { name: 'buy' }, { name: 'buy' })
    expect(tool.body.error).toMatchObject({ code: -32602 })
    expect(tool.body.error.message).toContain('search_catalog')
    expect((await modern('tools/list', { cursor: 'x' })).body.error).toMatchObject({ code: -32602 })
  })

  test('a header of this era without its metadata in the body is refused', async () => {
    const answer = await rpc(
      server,
      token,
      'tools/list',
      {},
      { 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/list' },
    )
    expect(answer).toMatchObject({ status: 400, body: { error: { code: -32602 } } })
  })
})

describe('the era with a handshake', () => {
  const initialize = (protocolVersion: string) =>
    rpc(server, token, 'initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } })

  test.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'initialize answers version %s',
    async (version) => {
      const { status, body, headers } = await initialize(version)
      expect(status).toBe(200)
      expect(body.result).toMatchObject({
        protocolVersion: version,
        capabilities: { tools: {} },
        serverInfo: { name: 'fiko-sync' },
      })
      expect(body.result.instructions).toContain('The catalogue of')
      expect(headers.get('mcp-session-id')).toBeNull()
    },
  )

  test('initialize answers an unknown version with the latest one', async () => {
    expect((await initialize('1999-01-01')).body.result.protocolVersion).toBe('2025-11-25')
  })

  test('ping is answered, and a session id is ignored', async () => {
    const answer = await rpc(
      server,
      token,
      'ping',
      {},
      { 'mcp-session-id': 'any', 'mcp-protocol-version': '2025-06-18' },
    )
    expect(answer).toMatchObject({ status: 200, body: { result: {} } })
  })

  test('an unknown version in the header of a later request is refused', async () => {
    expect((await rpc(server, token, 'tools/list', {}, { 'mcp-protocol-version': '1999-01-01' })).status).toBe(400)
  })

  test('a later request without a version is answered', async () => {
    const { body } = await callTool(server, token, 'search', { query: 'کفش' })
    expect(body.result.structuredContent.results).toHaveLength(1)
  })
})
