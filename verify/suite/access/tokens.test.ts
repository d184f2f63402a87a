import { createHash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../../server/src/tenants/tokens/token-format.ts'
import { anUpdate } from '../../support/events.ts'
import {
  ADMIN_API_KEY,
  call,
  databaseKind,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const TOKENS = '/api/v1/integrations/tokens/'
const HEALTH = '/api/integrations/woocommerce/health/'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const generate = (body: object) => server.admin('POST', `${TOKENS}generate/`, body)
const health = (token: string, url = server.url) => call(url, 'GET', HEALTH, { authorization: `Bearer ${token}` })

/** Everything that the database holds as text, to look for what must not be there. */
async function databaseText(): Promise<string> {
  const tables = await server.sql<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
      where schemaname in ('public', 'pgboss')`,
  )
  const texts: string[] = []
  for (const { name } of tables) texts.push(JSON.stringify(await server.sql(`select t::text as row from ${name} t`)))
  return texts.join('\n')
}

test('a token is generated in its form, answered once, and makes a store of its name', async () => {
  const made = await generate({ integration_type: 'woocommerce', name: 'کفش‌فروشی' })
  expect(made.status).toBe(201)
  expect(Object.keys(made.body).sort()).toEqual(
    ['id', 'token', 'token_preview', 'integration_type', 'name', 'store', 'user', 'created_at', 'message'].sort(),
  )
  const { token } = made.body
  expect(token).toMatch(/^wc_sk_live_[a-z0-9]{40}$/)
  expect(made.body).toMatchObject({
    token_preview: `wc_sk_live_…${token.slice(-6)}`,
    integration_type: 'woocommerce',
    name: 'کفش‌فروشی',
    store: { id: expect.any(Number), name: 'کفش‌فروشی' },
    user: { id: expect.any(String), email: 'admin@fiko.local' },
  })
  expect((await health(token)).status).toBe(200)
})

test('of a token the database holds the hash and never the token', async () => {
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1 }))
  await server.settled()
  expect(await server.sql('select token_hash from integration_tokens where id = $1', [shop.tokenId])).toEqual([
    { token_hash: sha256(shop.token) },
  ])
  const everything = await databaseText()
  expect(everything).toContain(sha256(shop.token))
  expect(everything).not.toContain(shop.token)
  expect(everything).not.toContain(shop.token.slice('wc_sk_live_'.length, -6))
  expect(everything).not.toMatch(/wc_sk_live_[a-z0-9]{40}/)
})

test('the list shows previews, never a token or its hash', async () => {
  const shop = await server.newShop({ name: 'Listed shop' })
  const list = await server.admin('GET', TOKENS)
  expect(list.status).toBe(200)
  expect(list.body).toMatchObject({ count_exact: true, next: null, previous: null })
  expect(list.body.count).toBe(list.body.results.length)
  const entry = list.body.results.find((result: { id: number }) => result.id === shop.tokenId)
  expect(entry).toMatchObject({ name: 'Listed shop', is_active: true, store: { id: shop.storeId } })
  expect(entry.token_preview).toBe(`wc_sk_live_…${shop.token.slice(-6)}`)
  const text = JSON.stringify(list.body)
  expect(text).not.toMatch(/[a-z]{2}_sk_(live|test)_[a-z0-9]{10}/)
  expect(text).not.toContain(sha256(shop.token))
})

test.each([
  [{ integration_type: 'woocommerce', name: 'T', environment: 'test' }, /^wc_sk_test_[a-z0-9]{40}$/],
  [{ integration_type: 'shopify', name: 'S' }, /^sp_sk_live_[a-z0-9]{40}$/],
  [{ integration_type: 'knowledge', name: 'K' }, /^kb_sk_live_[a-z0-9]{40}$/],
])('the first letters of a token tell what it is for: %o', async (body, form) => {
  expect((await generate(body)).body.token).toMatch(form)
})

test.each([
  [{}, ['integration_type', 'name']],
  [{ integration_type: 'magento', name: 'x' }, ['integration_type']],
  [{ integration_type: 'woocommerce', name: '' }, ['name']],
  [{ integration_type: 'woocommerce', name: 'x\0y' }, ['name']],
  [{ integration_type: 'woocommerce', name: 'x', environment: 'staging' }, ['environment']],
  [{ integration_type: 'woocommerce', name: 'x', expires_at: 'tomorrow' }, ['expires_at']],
  ...[
    '2020-01-01T00:00:00Z',
    '2027-01-31',
    '2099-02-30T00:00:00Z',
    '2099-01-31T23:59:60Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '',
    new Date(Date.now() - 1_000).toISOString(),
  ].map((expires_at): [object, string[]] => [
    { integration_type: 'woocommerce', name: 'x', expires_at },
    ['expires_at'],
  ]),
  [{ integration_type: 'woocommerce', name: 'x', store_id: 999999 }, ['store_id']],
  [{ integration_type: 'woocommerce', name: 'x', user_id: 'me' }, ['user_id']],
  [{ integration_type: 'woocommerce', name: 'x', user_id: '00000000-0000-4000-8000-000000000000' }, ['user_id']],
])('a token cannot be made of %o, and the answer names what is wrong', async (body, paths) => {
  const before = await server.sql('select count(*)::int as count from integration_tokens')
  const answer = await generate(body)
  expect(answer.status).toBe(400)
  expect(answer.body.error).toBe('invalid_input')
  expect(answer.body.issues.map((issue: { path: string }) => issue.path).sort()).toEqual(paths)
  expect(await server.sql('select count(*)::int as count from integration_tokens')).toEqual(before)
})

test('a mistyped token is refused without a look-up', async () => {
  const shop = await server.newShop()
  const mistyped = shop.token.slice(0, 20) + (shop.token[20] === 'a' ? 'b' : 'a') + shop.token.slice(21)
  // Without the table a look-up fails, which the unknown but well-formed token shows.
  await server.sql('alter table integration_tokens rename to hidden_tokens')
  const refused = await health(mistyped)
  const lookedUp = await health(makeToken('woocommerce', 'live'))
  await server.sql('alter table hidden_tokens rename to integration_tokens')
  expect(refused.status).toBe(401)
  expect(lookedUp.status).toBe(500)
})

test('requests that show one token at the same time share one look-up', async () => {
  const shop = await server.newShop()
  const { service } = server.running.db
  const { query } = service
  // The look-up is answered when all requests have come in, however long a busy machine takes for that.
  let arrived = 0
  let letGo = () => {}
  const allCame = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const count = () => {
    arrived += 1
    if (arrived === 100) setImmediate(letGo)
  }
  subscribe('http.server.request.start', count)
  let lookUps = 0
  service.query = async (text, values) => {
    if (text.includes('token_hash = $1')) {
      lookUps += 1
      await allCame
    }
    return await query(text, values)
  }
  const answers = await Promise.all(Array.from({ length: 100 }, () => health(shop.token)))
  service.query = query
  unsubscribe('http.server.request.start', count)
  expect(answers.map((answer) => answer.status)).toEqual(Array(100).fill(200))
  expect(lookUps).toBe(1)
})

test('uses of a token are counted without a write for each request', async () => {
  const shop = await server.newShop()
  await server.sql('create table token_writes (at timestamptz)')
  await server.sql(`create function note_write() returns trigger language plpgsql security definer as
    $$ begin insert into token_writes values (now()); return new; end $$`)
  await server.sql(`create trigger note_write after update on integration_tokens for each row
    when (new.id = ${shop.tokenId}) execute function note_write()`)
  for (let n = 0; n < 59; n++) expect((await health(shop.token)).status).toBe(200)
  expect((await call(server.url, 'GET', HEALTH, { authorization: `Bearer ${shop.token.slice(0, -1)}-` })).status).toBe(
    401,
  )
  await waitFor('all uses to be written', async () => {
    const [row] = await server.sql('select usage_count, last_used_at from integration_tokens where id = $1', [
      shop.tokenId,
    ])
    return row?.usage_count === 59 && row.last_used_at !== null
  })
  const [writes] = await server.sql<{ count: number }>('select count(*)::int as count from token_writes')
  expect(writes?.count).toBeLessThan(20)
  await server.sql('drop trigger note_write on integration_tokens')
  expect((await health(shop.token)).body.token.usage_count).toBe(60)
})

test('a revoked token is refused everywhere, its row stays, and its events are applied', async () => {
  const shop = await server.newShop()
  expect((await health(shop.token)).status).toBe(200)
  expect((await shop.send(anUpdate({ id: 5 }))).status).toBe(202)
  const revoked = await server.admin('DELETE', `${TOKENS}${shop.tokenId}/`)
  expect(revoked.status).toBe(204)
  expect(revoked.body).toBe('')
  await refusedSoon(server.url, shop.token)
  expect((await shop.send(anUpdate({ id: 6 }))).status).toBe(401)
  const list = await server.admin('GET', TOKENS)
  expect(list.body.results.find((token: { id: number }) => token.id === shop.tokenId)).toMatchObject({
    is_active: false,
  })
  await server.settled()
  expect(await server.sql('select external_id from products where store_id = $1', [shop.storeId])).toEqual([
    { external_id: 'woo_5' },
  ])
  expect((await server.admin('DELETE', `${TOKENS}999999/`)).status).toBe(404)
})

/** The promise is one second; 20 s leave room for a busy machine. The token is in use all the while, so a cache that kept it would show. */
async function refusedSoon(url: string, token: string): Promise<void> {
  await waitFor('the revoked token to be refused', async () => (await health(token, url)).status === 401, 20_000)
}

if (databaseKind === 'postgres') {
  test('a token revoked at one server is refused by another on the same database', async () => {
    const second = await startTestServer(server.env)
    try {
      const shop = await server.newShop()
      expect((await health(shop.token, second.url)).status).toBe(200)
      await server.admin('DELETE', `${TOKENS}${shop.tokenId}/`)
      await refusedSoon(second.url, shop.token)
    } finally {
      await second.stop()
    }
  })
}

test('the operator needs the exact key; a token is no operator', async () => {
  const shop = await server.newShop()
  const attempts: [string | undefined, number][] = [
    [undefined, 401],
    ['', 401],
    [`Bearer ${ADMIN_API_KEY}x`, 401],
    [`Bearer ${ADMIN_API_KEY.slice(0, -1)}`, 401],
    [`Bearer ${ADMIN_API_KEY.toUpperCase()}`, 401],
    [`Basic ${ADMIN_API_KEY}`, 401],
    [`Bearer ${shop.token}`, 403],
    [`Bearer ${await server.knowledgeToken()}`, 403],
    [`Bearer ${ADMIN_API_KEY}`, 200],
  ]
  for (const [authorization, status] of attempts) {
    const answer = await call(server.url, 'GET', TOKENS, authorization === undefined ? {} : { authorization })
    expect(answer.status, authorization).toBe(status)
    if (status !== 200) expect(answer.body.results).toBeUndefined()
  }
})

test('a server without ADMIN_API_KEY refuses every key, and its answer names the missing setting', async () => {
  const closed = await startTestServer(
    databaseKind === 'postgres' ? { ...server.env, ADMIN_API_KEY: '' } : { ADMIN_API_KEY: '' },
  )
  try {
    for (const authorization of [undefined, 'Bearer ', 'Bearer null', 'Bearer undefined', `Bearer ${ADMIN_API_KEY}`]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      expect((await call(closed.url, 'GET', TOKENS, headers)).status, authorization).toBe(401)
      const made = await call(closed.url, 'POST', `${TOKENS}generate/`, headers, {
        integration_type: 'woocommerce',
        name: 'x',
      })
      expect(made.status, authorization).toBe(401)
    }
    const refusal = async (authorization: string, path: string, language = 'en') => {
      const answer = await call(closed.url, 'GET', path, { authorization, 'accept-language': language })
      expect([answer.status, answer.body.error]).toEqual([401, 'unauthorized'])
      return answer.body.detail
    }
    const unset = 'This server was started without ADMIN_API_KEY; set it and restart, or sign in with a session.'
    const mistyped = 'The token is missing, mistyped, expired or revoked. Send it as: Authorization: Bearer …'
    expect(await refusal(`Bearer ${ADMIN_API_KEY}`, TOKENS)).toBe(unset)
    expect(await refusal(`Bearer ${ADMIN_API_KEY}`, TOKENS, 'fa')).toMatch(
      /^این سرور بدون ADMIN_API_KEY راه‌اندازی شده است/,
    )
    expect(await refusal(`Bearer wc_sk_live_${'a'.repeat(40)}`, TOKENS)).toBe(mistyped)
    expect(await refusal('Bearer ', TOKENS)).toBe(mistyped)
    expect(await refusal(`Bearer ${ADMIN_API_KEY}`, '/api/integrations/woocommerce/health/')).toBe(mistyped)
    expect((await call(server.url, 'GET', TOKENS, { authorization: 'Bearer wrong' })).body.detail).toBe(mistyped)
  } finally {
    await closed.stop()
  }
})
