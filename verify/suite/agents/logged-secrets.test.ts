import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type ChildServer, killChildren, startChild } from '../../support/child-server.ts'
import { anUpdate } from '../../support/events.ts'
import { decide, form, REDIRECT, registered } from '../../support/oauth.ts'
import { signedIn } from '../../support/people.ts'
import { call } from '../../support/test-server.ts'

const ADMIN_KEY = 'an-admin-key-of-forty-characters-12345678'
let folder: string
let child: ChildServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logged-secrets-'))
  child = await startChild({ DATA_DIR: folder, ADMIN_API_KEY: ADMIN_KEY, LOG_LEVEL: 'trace' })
})
afterEach(() => expect(child.printed(), 'the log is on').toContain('"level"'))
afterAll(async () => {
  killChildren()
  await rm(folder, { recursive: true, force: true })
})

const admin = (method: string, path: string, body?: unknown) =>
  call(child.url, method, path, { authorization: `Bearer ${ADMIN_KEY}` }, body)
const mcp = (path: string, token: string | null, method = 'tools/list', params: object = {}) =>
  call(child.url, 'POST', path, token === null ? {} : { authorization: `Bearer ${token}` }, {
    jsonrpc: '2.0',
    id: 1,
    method,
    params,
  })

test('no token, code, client secret or public address is in the log, the audit log or an answer that refuses', async () => {
  const secrets = new Map<string, string>([['admin key', ADMIN_KEY]])
  const refusals: string[] = []
  const refused = async (sent: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await sent
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    refusals.push(JSON.stringify(body))
  }
  const owner = await signedIn({ url: child.url, admin }, 'owner')
  secrets.set('session', owner.cookie.split('=')[1] ?? '')
  const shop = await owner.request('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'woocommerce',
    name: 'Lamps',
  })
  expect(shop.status).toBe(201)
  secrets.set('integration token', shop.body.token)
  const knowledge = await owner.request('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'knowledge',
    name: 'Assistant',
  })
  secrets.set('knowledge token', knowledge.body.token)
  const webhook = '/api/integrations/woocommerce/webhook/'
  const bearer = { authorization: `Bearer ${shop.body.token}` }
  expect((await call(child.url, 'POST', webhook, bearer, anUpdate({ id: 1, name: 'Lantern' }))).status).toBe(202)
  const address = await owner.request('POST', `/api/v1/stores/${shop.body.store.id}/public-address/`)
  const path = new URL(address.body.address).pathname
  secrets.set('public address', path.slice('/mcp/'.length))

  const program = await registered(child)
  const back = await decide(owner, program.query(), { allow: true })
  const code = back.get('code') ?? ''
  const tokens = await program.exchange(code)
  expect(tokens.status).toBe(200)
  const renewed = await program.refresh(tokens.body.refresh_token)
  expect(renewed.status).toBe(200)
  secrets.set('code', code).set('verifier', program.verifier)
  for (const [when, { access_token, refresh_token }] of Object.entries({ first: tokens.body, second: renewed.body }))
    secrets.set(`${when} access token`, access_token).set(`${when} refresh token`, refresh_token)
  const confidential = await call(
    child.url,
    'POST',
    '/oauth/register',
    {},
    {
      client_name: 'With a secret',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'client_secret_post',
    },
  )
  expect(confidential.status).toBe(201)
  secrets.set('client secret', confidential.body.client_secret)

  for (const token of [knowledge.body.token, renewed.body.access_token])
    expect((await mcp('/mcp', token)).status).toBe(200)
  expect((await mcp(path, null, 'tools/call', { name: 'search', arguments: { query: 'lantern' } })).status).toBe(200)
  // Requests that fail, with secrets where they do not belong.
  await refused(mcp('/mcp', shop.body.token))
  await refused(mcp('/mcp', `${knowledge.body.token}x`))
  await refused(mcp(`${path}x`, null))
  await refused(call(child.url, 'GET', `/api/v1/knowledge/search/?q=x&token=${knowledge.body.token}`))
  // The sentence of this 404 repeats the path to the caller.
  expect((await call(child.url, 'GET', `/api/nothing/${knowledge.body.token}?code=${code}`)).status).toBe(404)
  await refused(call(child.url, 'POST', webhook, bearer, { token: shop.body.token }))
  await refused(program.exchange(code))
  await refused(program.refresh(tokens.body.refresh_token))
  await refused(
    form(child, '/oauth/token', {
      grant_type: 'authorization_code',
      code,
      client_id: confidential.body.client_id,
      client_secret: confidential.body.client_secret,
      redirect_uri: REDIRECT,
    }),
  )
  await refused(owner.request('POST', '/api/v1/oauth/decision/', { query: `client_id=x&code=${code}`, allow: true }))

  const audit = await admin('GET', '/api/v1/audit/')
  const agents = await owner.request('GET', '/api/v1/oauth/agents/')
  expect(audit.status).toBe(200)
  expect(agents.status).toBe(200)
  await child.stop()
  const places = { log: child.printed(), audit: JSON.stringify(audit.body), agents: JSON.stringify(agents.body) }
  expect(places.log).toContain('/oauth/token')
  for (const [what, secret] of secrets) {
    expect(secret.length, what).toBeGreaterThan(20)
    for (const [where, text] of Object.entries({ ...places, refusals: refusals.join('\n') }))
      expect(text.includes(secret), `${what} in ${where}`).toBe(false)
  }
})
