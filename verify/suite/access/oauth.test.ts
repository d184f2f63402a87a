import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aProduct } from '../../support/events.ts'
import { connected, decide, form, fromAnywhere, programOf, REDIRECT, registered } from '../../support/oauth.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { call, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let other: Person
let shop: Shop
let second: Shop
let foreign: Shop

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' })
  owner = await signedIn(server, 'owner')
  other = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'Hats' })
  second = await server.newShop({ tenantOf: owner.userId, name: 'Boots' })
  foreign = await server.newShop({ tenantOf: other.userId, name: 'Rugs' })
  for (const [index, one] of [shop, second, foreign].entries())
    await one.send({
      event_id: 'a',
      event_type: 'product.updated',
      product: aProduct({ id: 1, name: `Red lantern ${index}` }),
    })
  await server.settled()
})
afterAll(() => server.stop())

const search = (token: string, at = server) => at.search('lantern', { token })
const found = async (token: string) =>
  (await search(token)).body.results.map((result: { product: { name: string } }) => result.product.name).sort()
const isRefused = (token: string) =>
  waitFor('the token to end', async () => (await search(token)).status === 401, 20_000)
const agentsOf = async (user: Person) => (await user.request('GET', '/api/v1/oauth/agents/')).body.results

describe('the way to a token', () => {
  test('a client finds the server from the 401, registers, gets the consent of the user and reads the shop', async () => {
    const refused = await call(server.url, 'GET', '/api/v1/knowledge/search/?q=lantern')
    expect(refused.status).toBe(401)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    expect(challenge).toBe(
      `Bearer resource_metadata="${server.url}/.well-known/oauth-protected-resource/mcp", scope="knowledge:read"`,
    )
    const resource = (await call(server.url, 'GET', '/.well-known/oauth-protected-resource/mcp')).body
    expect(resource).toMatchObject({
      resource: `${server.url}/mcp`,
      authorization_servers: [server.url],
      scopes_supported: ['knowledge:read'],
    })
    expect((await call(server.url, 'GET', '/.well-known/oauth-protected-resource')).body).toEqual(resource)
    const metadata = (await call(server.url, 'GET', '/.well-known/oauth-authorization-server')).body
    expect(metadata).toMatchObject({
      issuer: server.url,
      authorization_endpoint: `${server.url}/oauth/authorize`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    })
    const program = await registered(server)
    const asked = await owner.request('POST', '/api/v1/oauth/request/', { query: program.query() })
    expect(asked.body).toMatchObject({
      client: { name: 'Test agent', host: 'agent.example', is_loopback: false },
      error: null,
      redirect_to: null,
      stores: [{ name: 'Hats' }, { name: 'Boots' }],
    })
    const back = await decide(owner, program.query(), { allow: true, store_id: shop.storeId })
    expect(Object.fromEntries(back)).toEqual({
      code: expect.stringMatching(/^fo_code_/),
      state: 'st/ate',
      iss: server.url,
    })
    const answer = await program.exchange(back.get('code') ?? '')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^fo_access_/),
      refresh_token: expect.stringMatching(/^fo_refresh_/),
      token_type: 'Bearer',
      expires_in: expect.toSatisfy((seconds: number) => seconds > 3590 && seconds <= 3600),
      scope: 'knowledge:read',
    })
    expect(await found(answer.body.access_token)).toEqual(['Red lantern 0'])
    const [agent] = await agentsOf(owner)
    expect(agent).toMatchObject({
      client: { name: 'Test agent', host: 'agent.example' },
      store: { id: shop.storeId, name: 'Hats' },
      environment: 'live',
      user: { email: owner.email },
    })
  })

  test('a user who denies sends the client back without a code, and nothing is stored', async () => {
    const program = await registered(server)
    const back = await decide(owner, program.query(), { allow: false })
    expect(Object.fromEntries(back)).toEqual({ error: 'access_denied', state: 'st/ate', iss: server.url })
    expect(await server.sql('select 1 from oauth_grants where client_id = $1', [program.id])).toEqual([])
    const log = await owner.request('GET', '/api/v1/audit/?action=agent.denied')
    expect(log.body.results).toMatchObject([{ detail: { name: 'Test agent', host: 'agent.example' } }])
  })

  test('no scope, more scopes and no resource give the same access', async () => {
    for (const changes of [{ scope: null }, { scope: 'openid knowledge:read offline_access' }, { resource: null }]) {
      const program = await registered(server)
      const back = await decide(owner, program.query(changes), { allow: true })
      const { body } = await program.exchange(back.get('code') ?? '')
      expect(body.scope).toBe('knowledge:read')
      expect(await found(body.access_token)).toEqual(['Red lantern 0', 'Red lantern 1'])
    }
  })

  test('a client with a secret proves it, in the form or in the header, also to refresh and to revoke', async () => {
    for (const method of ['client_secret_post', 'client_secret_basic']) {
      const metadata = { redirect_uris: [REDIRECT], token_endpoint_auth_method: method }
      const { body } = await call(server.url, 'POST', '/oauth/register', fromAnywhere(), metadata)
      const program = programOf(server, body.client_id)
      const proof = (secret: string) => ({
        form: method === 'client_secret_post' ? { client_secret: secret } : {},
        headers: {
          authorization: method === 'client_secret_post' ? '' : `Basic ${btoa(`${body.client_id}:${secret}`)}`,
        },
      })
      const send = (fields: Record<string, string>, secret: string) => {
        const { form: inForm, headers } = proof(secret)
        return program.token({ client_id: program.id, ...fields, ...inForm }, headers.authorization ? headers : {})
      }
      const back = await decide(owner, program.query(), { allow: true })
      const exchange = {
        grant_type: 'authorization_code',
        code: back.get('code') ?? '',
        redirect_uri: REDIRECT,
        code_verifier: program.verifier,
      }
      const wrong = await send(exchange, 'fo_secret_wrong')
      expect(wrong.body.error).toBe('invalid_client')
      expect((await program.token({ ...exchange, client_id: program.id })).body.error).toBe('invalid_client')
      const made = await send(exchange, body.client_secret)
      expect(made.status).toBe(200)
      const refresh = { grant_type: 'refresh_token', refresh_token: made.body.refresh_token }
      expect((await program.refresh(made.body.refresh_token)).body.error).toBe('invalid_client')
      expect((await send(refresh, body.client_secret)).status).toBe(200)
      const { form: inForm, headers } = proof(body.client_secret)
      const bare = await form(server, '/oauth/revoke', { client_id: program.id, token: made.body.access_token })
      expect([bare.status, bare.body.error]).toEqual([401, 'invalid_client'])
      const revoked = await form(
        server,
        '/oauth/revoke',
        { client_id: program.id, token: made.body.access_token, ...inForm },
        headers.authorization ? headers : {},
      )
      expect(revoked.status).toBe(200)
      await isRefused(made.body.access_token)
    }
  })

  test('secrets, codes and tokens are stored as hashes only', async () => {
    const { access, refresh } = await connected(server, owner)
    const rows = await server.sql(
      'select g::text as g, t::text as t from oauth_grants g join oauth_tokens t on t.grant_id = g.id',
    )
    const clients = await server.sql('select c::text as c from oauth_clients c')
    const text = JSON.stringify([rows, clients])
    for (const secret of [access, refresh, 'fo_code_', 'fo_secret_', 'fo_access_', 'fo_refresh_'])
      expect(text).not.toContain(secret)
  })
})

describe('a request for authorization', () => {
  const asked = async (query: string) => await owner.request('POST', '/api/v1/oauth/request/', { query })

  test.each([
    ['without PKCE', { code_challenge: null, code_challenge_method: null }, 'invalid_request'],
    ['with the method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['without a method, which means plain', { code_challenge_method: null }, 'invalid_request'],
    ['with a short challenge', { code_challenge: 'short' }, 'invalid_request'],
    ['for the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['without a response type', { response_type: null }, 'invalid_request'],
    ['for another scope', { scope: 'knowledge:write' }, 'invalid_scope'],
    ['for the resource of another server', { resource: 'https://other.example/mcp' }, 'invalid_target'],
  ])('%s tells the client its error and makes no code', async (_case, changes, error) => {
    const program = await registered(server)
    const answer = await asked(program.query(changes))
    expect(answer.status).toBe(200)
    expect(answer.body.error).toEqual(expect.any(String))
    const url = new URL(answer.body.redirect_to)
    expect(url.origin + url.pathname).toBe(REDIRECT)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ error, state: 'st/ate', iss: server.url })
    const back = await decide(owner, program.query(changes), { allow: true })
    expect([back.get('error'), back.get('code')]).toEqual([error, null])
    expect(await server.sql('select 1 from oauth_grants where client_id = $1', [program.id])).toEqual([])
  })

  test('a repeated parameter makes it invalid', async () => {
    const program = await registered(server)
    const answer = await asked(`${program.query()}&scope=knowledge%3Aread`)
    expect(answer.body.error).toContain('scope')
  })

  test.each([
    ['another path', 'https://agent.example/callback/more'],
    ['another host', 'https://evil.example/callback'],
    ['a host with the registered one as its user name', 'https://agent.example@evil.example/callback'],
    ['a host that begins with the registered one', 'https://agent.example.evil.example/callback'],
    ['plain http', 'http://agent.example/callback'],
    ['another port', 'https://agent.example:8443/callback'],
    ['an added query', 'https://agent.example/callback?next=https://evil.example'],
    ['a traversal', 'https://agent.example/callback/../x'],
    ['another case', 'https://agent.example/Callback'],
    ['a script', 'javascript:alert(1)'],
  ])('with a redirect URI with %s leads nowhere', async (_case, uri) => {
    const program = await registered(server)
    for (const path of ['request', 'decision']) {
      const body = { query: program.query({ redirect_uri: uri }), ...(path === 'decision' && { allow: true }) }
      const answer = await owner.request('POST', `/api/v1/oauth/${path}/`, body)
      expect([answer.status, answer.body.error]).toEqual([400, 'unknown_client'])
      expect(JSON.stringify(answer.body)).not.toContain('evil.example')
    }
  })

  test('without a redirect URI, with two, or of an unknown client leads nowhere', async () => {
    const program = await registered(server)
    const queries = [
      program.query({ redirect_uri: null }),
      `${program.query()}&redirect_uri=https%3A%2F%2Fevil.example`,
      program.query({ client_id: `fo_client_${'A'.repeat(43)}` }),
      program.query({ client_id: 'https://evil.example/client.json' }),
      program.query({ client_id: 'a\0b' }),
    ]
    for (const query of queries) expect((await asked(query)).body.error).toBe('unknown_client')
  })

  test('a program on the own device may use any port of its loopback address, and no other address', async () => {
    const program = await registered(server, { redirect_uris: ['http://127.0.0.1/cb', 'http://localhost:1/cb?x=1'] })
    const isKnown = async (uri: string) => (await asked(program.query({ redirect_uri: uri }))).status === 200
    expect(await isKnown('http://127.0.0.1:49152/cb')).toBe(true)
    expect(await isKnown('http://localhost:49152/cb?x=1')).toBe(true)
    for (const uri of [
      'http://127.0.0.1:49152/other',
      'http://localhost:49152/cb',
      'http://127.0.0.2/cb',
      'https://127.0.0.1/cb',
      'http://127.0.0.1:1@evil.example/cb',
    ])
      expect(await isKnown(uri), uri).toBe(false)
    const back = await owner.request('POST', '/api/v1/oauth/decision/', {
      query: program.query({ redirect_uri: 'http://localhost:49152/cb?x=1' }),
      allow: true,
    })
    expect(back.body.redirect_to).toMatch(/^http:\/\/localhost:49152\/cb\?x=1&code=fo_code_/)
  })

  test('needs a session from a page of this server: neither another site nor a token nor the operator’s key may consent', async () => {
    const program = await registered(server)
    const body = { query: program.query(), allow: true }
    const { access } = await connected(server, owner)
    const send = (headers: Record<string, string>) => call(server.url, 'POST', '/api/v1/oauth/decision/', headers, body)
    expect((await send({})).status).toBe(401)
    expect((await send({ cookie: owner.cookie, origin: 'https://evil.example' })).body.error).toBe('other_origin')
    expect((await send({ cookie: owner.cookie })).body.error).toBe('other_origin')
    expect((await send({ authorization: `Bearer ${access}` })).body.error).toBe('insufficient_scope')
    expect((await send({ authorization: `Bearer ${await server.knowledgeToken(owner.userId)}` })).body.error).toBe(
      'not_a_person',
    )
    expect((await server.admin('POST', '/api/v1/oauth/decision/', body)).body.error).toBe('no_account')
  })

  test('a store of another tenant cannot be granted, not even by an admin', async () => {
    const program = await registered(server)
    const admin = await signedIn(server, 'admin')
    for (const person of [owner, admin]) {
      const body = { query: program.query(), allow: true, store_id: foreign.storeId }
      const answer = await person.request('POST', '/api/v1/oauth/decision/', body)
      expect([answer.status, answer.body.issues[0].path]).toEqual([400, 'store_id'])
    }
    const seen = await admin.request('POST', '/api/v1/oauth/request/', { query: program.query() })
    expect(seen.body.stores).toEqual([])
  })
})

describe('a code', () => {
  const aCode = async (program: Awaited<ReturnType<typeof registered>>) =>
    (await decide(owner, program.query(), { allow: true })).get('code') ?? ''
  const errorOf = ({ status, body }: { status: number; body: { error: string } }) => [status, body.error]

  test('works once: a second use revokes the tokens of the first', async () => {
    const program = await registered(server)
    const code = await aCode(program)
    const first = await program.exchange(code)
    expect(await found(first.body.access_token)).not.toEqual([])
    expect(errorOf(await program.exchange(code))).toEqual([400, 'invalid_grant'])
    await isRefused(first.body.access_token)
    expect(errorOf(await program.refresh(first.body.refresh_token))).toEqual([400, 'invalid_grant'])
    const log = await owner.request('GET', '/api/v1/audit/?action=agent.revoked')
    expect(log.body.results[0]).toMatchObject({ actor: { kind: 'anonymous' }, detail: { reused: 'code' } })
  })

  test('of twenty uses at once at most one gets tokens, and they end', async () => {
    const program = await registered(server)
    const code = await aCode(program)
    const answers = await Promise.all(Array.from({ length: 20 }, () => program.exchange(code)))
    const made = answers.filter(({ status }) => status === 200)
    expect(made).toHaveLength(1)
    await isRefused(made[0]?.body.access_token)
  })

  test('belongs to its client and its redirect URI', async () => {
    const program = await registered(server)
    const thief = await registered(server)
    const code = await aCode(program)
    expect(errorOf(await thief.exchange(code, { code_verifier: program.verifier }))).toEqual([400, 'invalid_grant'])
    expect((await program.exchange(code, { redirect_uri: 'https://agent.example/other' })).status).toBe(400)
  })

  test.each([
    ['missing', ''],
    ['wrong', 'x'.repeat(43)],
    ['too short', 'short'],
  ])('with a PKCE verifier that is %s gives no token and is used up', async (_case, verifier) => {
    const program = await registered(server)
    const code = await aCode(program)
    const refused = await program.exchange(code, { code_verifier: verifier })
    expect(refused.status).toBe(400)
    expect(refused.body.access_token).toBeUndefined()
    expect(errorOf(await program.exchange(code))).toEqual([400, 'invalid_grant'])
  })

  test('ends after a minute', async () => {
    const program = await registered(server)
    const code = await aCode(program)
    const [row] = await server.sql<{ seconds: number }>(
      'select extract(epoch from expires_at - created_at)::int as seconds from oauth_grants where client_id = $1',
      [program.id],
    )
    expect(row?.seconds).toBeLessThanOrEqual(60)
    await server.sql(`update oauth_grants set expires_at = now() - interval '1 second' where client_id = $1`, [
      program.id,
    ])
    expect(errorOf(await program.exchange(code))).toEqual([400, 'invalid_grant'])
  })

  test('gives no token for another resource', async () => {
    const program = await registered(server)
    const code = await aCode(program)
    expect(errorOf(await program.exchange(code, { resource: 'https://other.example/mcp' }))).toEqual([
      400,
      'invalid_target',
    ])
    await server.sql(`update oauth_grants set resource = 'https://other.example/mcp' where client_id = $1`, [
      program.id,
    ])
    expect(errorOf(await program.exchange(code))).toEqual([400, 'invalid_grant'])
  })

  test('the token endpoint answers bad requests as the RFC says', async () => {
    const program = await registered(server)
    const send = async (fields: Record<string, string> | string) => errorOf(await form(server, '/oauth/token', fields))
    expect(await send({ grant_type: 'password', client_id: program.id, username: 'a', password: 'b' })).toEqual([
      400,
      'unsupported_grant_type',
    ])
    expect(await send({ grant_type: 'client_credentials', client_id: program.id })).toEqual([
      400,
      'unsupported_grant_type',
    ])
    expect(await send({ client_id: program.id })).toEqual([400, 'invalid_request'])
    expect(await send(`grant_type=refresh_token&refresh_token=a&refresh_token=b&client_id=${program.id}`)).toEqual([
      400,
      'invalid_request',
    ])
    expect((await send({ grant_type: 'refresh_token', refresh_token: 'x', client_id: 'unknown' }))[1]).toBe(
      'invalid_client',
    )
    expect(errorOf(await call(server.url, 'POST', '/oauth/token', {}, { grant_type: 'refresh_token' }))).toEqual([
      400,
      'invalid_request',
    ])
    expect(await send({ grant_type: 'refresh_token', refresh_token: 'a\0b', client_id: program.id })).toEqual([
      400,
      'invalid_request',
    ])
  })
})
