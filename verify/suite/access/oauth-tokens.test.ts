import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aProduct } from '../../support/events.ts'
import { connected, form, programOf, registered } from '../../support/oauth.ts'
import { type Person, signedIn } from '../../support/people.ts'
import {
  call,
  databaseKind,
  freshDatabase,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

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

describe('tokens', () => {
  test('a refresh replaces the refresh token; a second use of the old one ends the grant', async () => {
    const { program, access, refresh } = await connected(server, owner)
    const next = await program.refresh(refresh)
    expect(next.status).toBe(200)
    expect(next.body.refresh_token).not.toBe(refresh)
    expect(await found(next.body.access_token)).not.toEqual([])
    expect(await found(access)).not.toEqual([])
    expect((await program.refresh(refresh)).body.error).toBe('invalid_grant')
    await isRefused(next.body.access_token)
    await isRefused(access)
    expect((await program.refresh(next.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  test('of twenty refreshes with one token at once, on all servers of the database, one succeeds and the grant ends', async () => {
    const database = await freshDatabase('prepared')
    const first = await startTestServer(database.env)
    // The embedded database has one server. Both servers have one public address: a token belongs to an address.
    const next = databaseKind === 'postgres' ? await startTestServer({ ...database.env, PUBLIC_URL: first.url }) : first
    const user = await signedIn(first, 'owner')
    const { program, access, refresh } = await connected(first, user)
    const there = programOf(next, program.id)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? program : there).refresh(refresh)),
    )
    const made = answers.filter(({ status }) => status === 200)
    expect(made).toHaveLength(1)
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body.error]).toEqual([400, 'invalid_grant'])
    for (const token of [access, made[0]?.body.access_token])
      for (const at of [first, next])
        await waitFor('the token to end', async () => (await search(token, at)).status === 401, 20_000)
    expect((await there.refresh(made[0]?.body.refresh_token)).body.error).toBe('invalid_grant')
    if (next !== first) await next.stop()
    await first.stop()
    await database.remove()
  })

  test('a refresh token belongs to its client, and is no access token', async () => {
    const { access, refresh } = await connected(server, owner)
    const thief = await registered(server)
    expect((await thief.refresh(refresh)).body.error).toBe('invalid_grant')
    expect((await search(refresh)).status).toBe(401)
    expect((await thief.refresh(access)).body.error).toBe('invalid_grant')
    expect((await search(access)).status).toBe(200)
  })

  test('an expired access token gets a 401 that leads to the metadata, however often, and the refresh token still works', async () => {
    const strict = await startTestServer({ FAILED_AUTH_PER_MINUTE: '3' })
    const user = await signedIn(strict, 'owner')
    const { program, access, refresh } = await connected(strict, user)
    await strict.sql(`update oauth_tokens set expires_at = now() - interval '1 second' where kind = 'access'`)
    for (let i = 0; i < 8; i += 1) {
      const refused = await search(access, strict)
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toBe(
        `Bearer error="invalid_token", resource_metadata="${strict.url}/.well-known/oauth-protected-resource/mcp", scope="knowledge:read"`,
      )
    }
    expect((await program.refresh(refresh)).status).toBe(200)
    await strict.stop()
  })

  test('a token of another resource is refused', async () => {
    const { program, access } = await connected(server, owner)
    await server.sql(`update oauth_grants set resource = 'https://other.example/mcp' where client_id = $1`, [
      program.id,
    ])
    await isRefused(access)
  })

  test('an agent reads the knowledge base and nothing else', async () => {
    const { access } = await connected(server, owner)
    const send = (method: string, path: string, body?: unknown) =>
      call(server.url, method, path, { authorization: `Bearer ${access}` }, body)
    for (const [method, path, body] of [
      ['GET', '/api/v1/stores/'],
      ['GET', '/api/v1/oauth/agents/'],
      ['POST', '/api/v1/integrations/tokens/generate/', { integration_type: 'knowledge', name: 'x' }],
      [
        'POST',
        '/api/integrations/woocommerce/webhook/',
        { event_id: 'x', event_type: 'product.deleted', product: { id: 1 } },
      ],
    ] as const) {
      const refused = await send(method, path, body)
      expect([refused.status, refused.body.error], path).toEqual([403, 'insufficient_scope'])
      expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    }
  })

  test('a grant for one store sees that store only, one for all stores those of its environment, none another tenant', async () => {
    const trial = await owner.request('POST', '/api/v1/stores/', { name: 'Trial', environment: 'test' })
    const made = await owner.request('POST', '/api/v1/integrations/tokens/generate/', {
      integration_type: 'woocommerce',
      name: 'trial',
      store_id: trial.body.id,
    })
    await call(
      server.url,
      'POST',
      '/api/integrations/woocommerce/webhook/',
      { authorization: `Bearer ${made.body.token}` },
      {
        event_id: 'a',
        event_type: 'product.updated',
        product: aProduct({ id: 1, name: 'Red lantern of the trial' }),
      },
    )
    await server.settled()
    const of = async (decision: object) => found((await connected(server, owner, decision)).access)
    expect(await of({ store_id: second.storeId })).toEqual(['Red lantern 1'])
    expect(await of({})).toEqual(['Red lantern 0', 'Red lantern 1'])
    expect(await of({ environment: 'test' })).toEqual(['Red lantern of the trial'])
    // The store decides, not the field beside it.
    expect(await of({ store_id: trial.body.id, environment: 'live' })).toEqual(['Red lantern of the trial'])
    const { access } = await connected(server, owner)
    const foreignAnswer = await server.search('lantern', {
      token: access,
      params: { store_id: String(foreign.storeId) },
    })
    expect(foreignAnswer.body.results ?? []).toEqual([])
  })

  test('the use of an agent is counted', async () => {
    const { program, access } = await connected(server, other)
    await search(access)
    await search(access)
    await waitFor('the count', async () => {
      const [row] = await server.sql<{ n: number; at: Date | null }>(
        'select usage_count as n, last_used_at as at from oauth_grants where client_id = $1',
        [program.id],
      )
      return Number(row?.n) === 2 && row?.at !== null
    })
  })
})

describe('access ends', () => {
  test('when the owner revokes the agent, and no other owner can', async () => {
    const { access, refresh, program } = await connected(server, owner)
    const [agent] = await agentsOf(owner)
    expect((await agentsOf(other)).map(({ id }: { id: number }) => id)).not.toContain(agent.id)
    expect((await other.request('DELETE', `/api/v1/oauth/agents/${agent.id}/`)).status).toBe(404)
    expect((await search(access)).status).toBe(200)
    expect((await owner.request('DELETE', `/api/v1/oauth/agents/${agent.id}/`)).status).toBe(204)
    await isRefused(access)
    expect((await program.refresh(refresh)).body.error).toBe('invalid_grant')
    expect((await agentsOf(owner)).map(({ id }: { id: number }) => id)).not.toContain(agent.id)
    expect((await owner.request('DELETE', `/api/v1/oauth/agents/${agent.id}/`)).status).toBe(404)
    const log = await owner.request('GET', '/api/v1/audit/')
    const actions = log.body.results.map(({ action }: { action: string }) => action)
    expect(actions).toEqual(expect.arrayContaining(['agent.allowed', 'agent.revoked']))
  })

  test('when the client revokes it; the token of another client stays', async () => {
    const mine = await connected(server, owner)
    const theirs = await connected(server, other)
    const send = (client: string, token: string) => form(server, '/oauth/revoke', { client_id: client, token })
    expect((await send(mine.program.id, theirs.refresh)).body.error).toBe('invalid_grant')
    expect((await send(mine.program.id, 'fo_refresh_unknown')).status).toBe(200)
    expect((await send(mine.program.id, mine.refresh)).status).toBe(200)
    await isRefused(mine.access)
    expect((await search(theirs.access)).status).toBe(200)
  })

  test('when the user is deactivated', async () => {
    const user = await signedIn(server, 'owner')
    const { access, refresh, program } = await connected(server, user)
    expect((await search(access)).status).toBe(200)
    await server.admin('PATCH', `/api/v1/users/${user.userId}/`, { is_active: false })
    await isRefused(access)
    expect((await program.refresh(refresh)).body.error).toBe('invalid_grant')
  })

  test('when its store is deleted; access to all stores stays', async () => {
    const user = await signedIn(server, 'owner')
    const store = await user.request('POST', '/api/v1/stores/', { name: 'Short-lived' })
    const ofAll = await connected(server, user)
    const ofOne = await connected(server, user, { store_id: store.body.id })
    expect((await search(ofOne.access)).status).toBe(200)
    await user.request('DELETE', `/api/v1/stores/${store.body.id}/`)
    await isRefused(ofOne.access)
    expect((await ofOne.program.refresh(ofOne.refresh)).body.error).toBe('invalid_grant')
    expect((await search(ofAll.access)).status).toBe(200)
  })

  test('when its tenant is erased', async () => {
    const user = await signedIn(server, 'owner')
    const { access, refresh, program } = await connected(server, user)
    const me = await user.request('GET', '/api/v1/me/')
    const exported = await server.admin('GET', `/api/v1/tenants/${me.body.tenant_id}/export/`)
    expect(String(exported.body)).toContain('"kind":"connected_agent"')
    expect(String(exported.body)).not.toContain('code_hash')
    await server.running.db.owner.query('update tenants set erasing_since = now() where id = $1', [me.body.tenant_id])
    await isRefused(access)
    expect((await program.refresh(refresh)).body.error).toBe('invalid_grant')
    await server.running.db.owner.query('update tenants set erasing_since = null where id = $1', [me.body.tenant_id])
    expect(await server.sql('select 1 from oauth_grants where client_id = $1', [program.id])).toHaveLength(1)
  })

  test('maintenance deletes expired tokens, ended grants and unused clients, and nothing else', async () => {
    const kept = await connected(server, owner)
    const ended = await connected(server, owner)
    const unused = await registered(server)
    const fresh = await registered(server)
    await server.sql(`update oauth_grants set expires_at = now() - interval '2 days' where client_id = $1`, [
      ended.program.id,
    ])
    await server.sql(`update oauth_clients set created_at = now() - interval '2 days' where id = any($1::text[])`, [
      `{${unused.id},${kept.program.id}}`,
    ])
    await waitFor('maintenance, which the server may be doing just now', async () => {
      await server.sql(`update maintenance_runs set last_success_at = null where task = 'oauth'`)
      return (await server.running.maintenance.runDue()).includes('oauth')
    })
    const grants = await server.sql<{ id: string }>('select client_id as id from oauth_grants')
    const clients = await server.sql<{ id: string }>('select id from oauth_clients')
    expect(grants.map(({ id }) => id)).not.toContain(ended.program.id)
    expect(grants.map(({ id }) => id)).toContain(kept.program.id)
    expect(clients.map(({ id }) => id)).not.toContain(unused.id)
    expect(clients.map(({ id }) => id)).toEqual(expect.arrayContaining([fresh.id, kept.program.id, ended.program.id]))
    expect((await search(kept.access)).status).toBe(200)
  })
})
