import { Client, type OAuthClientProvider, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aProduct } from '../../support/events.ts'
import { decide } from '../../support/oauth.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'Lamps' })
  await shop.send({
    event_id: 'a',
    event_type: 'product.updated',
    product: aProduct({ id: 1, name: 'Copper lantern' }),
  })
  await server.settled()
})
afterAll(() => server.stop())

const CALLBACK = 'http://127.0.0.1:49152/callback'

/** What a client of MCP stores of OAuth, and the address to which it sends the user. */
function storage() {
  const kept: { client?: unknown; tokens?: { access_token: string }; verifier?: string; address?: URL; saves: number } =
    { saves: 0 }
  const provider = {
    redirectUrl: CALLBACK,
    clientMetadata: { client_name: 'Official client', redirect_uris: [CALLBACK] },
    clientInformation: () => kept.client,
    saveClientInformation: (client: unknown) => {
      kept.client = client
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens: { access_token: string }) => {
      kept.tokens = tokens
      kept.saves += 1
    },
    redirectToAuthorization: (address: URL) => {
      kept.address = address
    },
    saveCodeVerifier: (verifier: string) => {
      kept.verifier = verifier
    },
    codeVerifier: () => kept.verifier ?? '',
  }
  return { kept, provider: provider as unknown as OAuthClientProvider }
}

const ERAS = {
  modern: {
    transport: (provider: OAuthClientProvider) =>
      new StreamableHTTPClientTransport(new URL('/mcp', server.url), { authProvider: provider }),
    client: () => new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } }),
  },
  legacy: {
    transport: (provider: OAuthClientProvider) =>
      new LegacyTransport(new URL('/mcp', server.url), {
        authProvider: provider as never,
      }) as never as StreamableHTTPClientTransport,
    client: () => new LegacyClient({ name: 'test', version: '1' }) as never as Client,
  },
}

describe.each(['modern', 'legacy'] as const)('the official client of the %s era', (era) => {
  test('connects from the address alone, after the consent of the owner, and refreshes an expired token by itself', async () => {
    const { kept, provider } = storage()
    const { transport, client } = ERAS[era]
    const first = transport(provider)
    await expect(client().connect(first)).rejects.toThrow(/unauthorized/i)
    expect(kept.address?.origin + (kept.address?.pathname ?? '')).toBe(`${server.url}/oauth/authorize`)
    expect(kept.address?.searchParams.get('resource')).toBe(`${server.url}/mcp`)
    const back = await decide(owner, kept.address?.search.slice(1) ?? '', { allow: true, store_id: shop.storeId })
    if (era === 'modern') await first.finishAuth(back)
    else await first.finishAuth(back.get('code') ?? '')
    const connected = client()
    await connected.connect(transport(provider))
    const found = async () =>
      JSON.stringify(await connected.callTool({ name: 'search', arguments: { query: 'lantern' } }))
    expect(await found()).toContain('Copper lantern')

    const before = kept.tokens?.access_token
    await server.sql(`update oauth_tokens set expires_at = now() - interval '1 second' where kind = 'access'`)
    await waitFor(
      'the token to end',
      async () => (await server.search('lantern', { token: before ?? '' })).status === 401,
    )
    expect(await found()).toContain('Copper lantern')
    expect(kept.tokens?.access_token).not.toBe(before)
    expect(kept.saves).toBe(2)
    await connected.close()
  })
})
