import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import {
  ADMIN_API_KEY,
  type Answer,
  call,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

type Caller = 'anonymous' | 'shop' | 'knowledge' | 'ownerA' | 'ownerB' | 'admin'
type Row = [
  method: string,
  path: string,
  body: unknown,
  anonymous: number,
  shop: number,
  knowledge: number,
  ownerA: number,
  ownerB: number,
  admin: number,
]

/**
 * The answer of every route to every caller. `{store}`, `{token}`, `{event}`, `{product}`, `{user}` belong to owner A; an object
 * of another tenant answers exactly as an object that does not exist. Requests that change something are last, with bodies that
 * do no harm.
 */
const TABLE: Row[] = [
  ['POST', '/api/integrations/woocommerce/webhook/', {}, 401, 400, 403, 401, 401, 401],
  ['POST', '/api/integrations/woocommerce/webhook/batch/', { events: [] }, 401, 202, 403, 401, 401, 401],
  ['GET', '/api/integrations/woocommerce/health/', undefined, 401, 200, 403, 401, 401, 401],
  ['POST', '/api/integrations/woocommerce/status/', { product_ids: [1] }, 401, 200, 403, 401, 401, 401],
  ['POST', '/api/integrations/woocommerce/reconcile/', { ranges: [] }, 401, 200, 403, 401, 401, 401],
  [
    'POST',
    '/api/integrations/woocommerce/report/',
    { version: '1.1.0', state: 'ok', waiting: 0, failed: 0 },
    401,
    200,
    403,
    401,
    401,
    401,
  ],
  [
    'PUT',
    '/api/integrations/woocommerce/documents/',
    { version: 1_762_768_200_000_000, documents: [] },
    401,
    200,
    403,
    401,
    401,
    401,
  ],
  ['GET', '/api/v1/me/', undefined, 401, 403, 403, 200, 200, 200],
  ['PATCH', '/api/v1/me/', { name: 'renamed' }, 401, 403, 403, 200, 200, 403],
  ['GET', '/api/v1/integrations/tokens/', undefined, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/integrations/tokens/generate/', {}, 401, 400, 400, 400, 400, 400],
  [
    'POST',
    '/api/v1/integrations/tokens/generate/',
    { integration_type: 'woocommerce', name: 'x', store_id: '{store}' },
    401,
    403,
    403,
    201,
    400,
    201,
  ],
  [
    'POST',
    '/api/v1/integrations/tokens/generate/',
    { integration_type: 'woocommerce', name: 'x', user_id: '{user}' },
    401,
    403,
    403,
    201,
    400,
    201,
  ],
  ['GET', '/api/v1/overview/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/overview/?store_id={store}', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/integrations/woocommerce/events/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/integrations/woocommerce/events/{event}/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/integrations/woocommerce/events/stats/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/integrations/woocommerce/events/live/', undefined, 401, 403, 403, 406, 406, 406],
  ['POST', '/api/v1/integrations/woocommerce/events/{event}/replay/', {}, 401, 403, 403, 409, 404, 409],
  ['POST', '/api/v1/integrations/woocommerce/events/replay/', { dry_run: true }, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/dead-letters/', undefined, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/dead-letters/embedding/1/replay/', {}, 401, 403, 403, 404, 404, 404],
  ['GET', '/api/v1/dead-letters/groups/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/dead-letters/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/dead-letters/replay/', { store_id: '{store}', dry_run: true }, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/dead-letters/dismiss/', { store_id: '{store}', dry_run: true }, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/dead-letters/restore/', { store_id: '{store}', dry_run: true }, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/dead-letters/replays/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/dead-letters/replays/{replay}/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/questions/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/questions/?store_id={store}', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/questions/summary/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/questions/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/questions/settings/?user_id={user}', undefined, 401, 403, 403, 200, 400, 200],
  ['PATCH', '/api/v1/questions/settings/', { retention_days: 30, user_id: '{user}' }, 401, 403, 403, 200, 400, 200],
  [
    'POST',
    '/api/v1/knowledge/feedback/',
    { question_id: '01935d4c-7a10-7c3e-9b51-0242ac120002', kind: 'helpful' },
    401,
    403,
    404,
    404,
    404,
    404,
  ],
  ['GET', '/api/v1/alerts/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/alerts/{alert}/', undefined, 401, 403, 403, 200, 404, 200],
  ['POST', '/api/v1/alerts/{alert}/acknowledge/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/alert-channels/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/alert-channels/options/', undefined, 401, 403, 403, 200, 200, 200],
  [
    'POST',
    '/api/v1/alert-channels/',
    { kind: 'email', name: 'x', email: 'one@example.com', user_id: '{user}' },
    401,
    403,
    403,
    201,
    400,
    201,
  ],
  ['GET', '/api/v1/alert-channels/{channel}/', undefined, 401, 403, 403, 200, 404, 200],
  ['PATCH', '/api/v1/alert-channels/{channel}/', { name: 'y' }, 401, 403, 403, 200, 404, 200],
  ['POST', '/api/v1/alert-channels/{channel}/rotate-secret/', undefined, 401, 403, 403, 409, 404, 409],
  ['POST', '/api/v1/alert-channels/{channel}/resume/', undefined, 401, 403, 403, 200, 404, 200],
  ['POST', '/api/v1/alert-channels/{channel}/test/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/alert-channels/{channel}/deliveries/', undefined, 401, 403, 403, 200, 404, 200],
  ['DELETE', '/api/v1/alert-channels/{channel}/', undefined, 401, 403, 403, 204, 404, 404],
  ['DELETE', '/api/v1/questions/?user_id={user}', undefined, 401, 403, 403, 204, 400, 204],
  ['GET', '/api/v1/web-knowledge/products/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/web-knowledge/products/{product}/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/knowledge/stats/', undefined, 401, 403, 200, 200, 200, 200],
  ['POST', '/api/v1/web-knowledge/products/{product}/reset-version/', undefined, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/knowledge/search/?q=x', undefined, 401, 403, 200, 200, 200, 200],
  ['POST', '/api/v1/knowledge/search/', { q: 'x' }, 401, 403, 200, 200, 200, 200],
  ['POST', '/api/v1/knowledge/products/', { ids: [1] }, 401, 403, 200, 200, 200, 200],
  ['GET', '/api/v1/knowledge/documents/?q=x', undefined, 401, 403, 200, 200, 200, 200],
  ['POST', '/api/v1/knowledge/documents/', { q: 'x' }, 401, 403, 200, 200, 200, 200],
  ['GET', '/api/v1/knowledge/categories/', undefined, 401, 403, 200, 200, 200, 200],
  ['GET', '/api/v1/knowledge/products/?ids=1', undefined, 401, 403, 200, 200, 200, 200],
  ['GET', '/api/v1/knowledge/products/{product}/', undefined, 401, 403, 200, 200, 404, 200],
  ['POST', '/api/v1/knowledge/context/', { question: 'scarf', budget_tokens: 500 }, 401, 403, 200, 200, 200, 200],
  ['POST', '/ucp/catalog/search', { query: 'x' }, 401, 403, 200, 200, 200, 200],
  ['POST', '/ucp/catalog/lookup', { ids: ['1'] }, 401, 403, 200, 200, 200, 200],
  ['POST', '/ucp/catalog/product', { id: '1' }, 401, 403, 200, 200, 200, 200],
  ['GET', '/api/v1/knowledge/synonyms/', undefined, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/knowledge/synonyms/', { words: ['one', 'two'] }, 401, 403, 403, 201, 201, 201],
  ['PATCH', '/api/v1/knowledge/synonyms/{synonym}/', { words: ['three', 'four'] }, 401, 403, 403, 200, 404, 200],
  ['DELETE', '/api/v1/knowledge/synonyms/{synonym}/', undefined, 401, 403, 403, 204, 404, 404],
  ['GET', '/api/v1/knowledge/search-rules/', undefined, 401, 403, 403, 200, 200, 200],
  [
    'POST',
    '/api/v1/knowledge/search-rules/',
    { kind: 'hide', query: 'coat', product_id: '{product}' },
    401,
    403,
    403,
    201,
    400,
    409,
  ],
  ['PATCH', '/api/v1/knowledge/search-rules/{rule}/', { position: 1 }, 401, 403, 403, 200, 404, 200],
  ['DELETE', '/api/v1/knowledge/search-rules/{rule}/', undefined, 401, 403, 403, 204, 404, 404],
  ['GET', '/api/v1/oauth/agents/', undefined, 401, 403, 403, 200, 200, 200],
  ['DELETE', '/api/v1/oauth/agents/{agent}/', undefined, 401, 403, 403, 404, 404, 404],
  ['POST', '/api/v1/oauth/request/', { query: 'client_id=x' }, 401, 403, 403, 400, 400, 403],
  ['POST', '/api/v1/oauth/decision/', { query: 'client_id=x', allow: false }, 401, 403, 403, 400, 400, 403],
  ['GET', '/api/v1/stores/{store}/unfindable/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/stores/{store}/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/stores/{store}/readiness/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/stores/{store}/documents/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/stores/{store}/public-address/', undefined, 401, 403, 403, 200, 404, 200],
  ['POST', '/api/v1/stores/{store}/public-address/', undefined, 401, 403, 403, 201, 404, 201],
  ['DELETE', '/api/v1/stores/{store}/public-address/', undefined, 401, 403, 403, 204, 404, 204],
  ['GET', '/api/v1/freshness/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/freshness/?store_id={store}', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/stores/{store}/freshness/', undefined, 401, 403, 403, 200, 404, 200],
  ['PATCH', '/api/v1/stores/{store}/freshness/', { is_on: false }, 401, 403, 403, 200, 404, 200],
  ['POST', '/api/v1/stores/{store}/freshness/check/', undefined, 401, 403, 403, 409, 404, 409],
  ['GET', '/api/v1/stores/{store}/drift/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/stores/{store}/resend/', undefined, 401, 403, 403, 200, 404, 200],
  ['POST', '/api/v1/stores/{store}/resend/', { kind: 'all' }, 401, 403, 403, 202, 404, 202],
  ['DELETE', '/api/v1/stores/{store}/resend/{resend}/', undefined, 401, 403, 403, 204, 404, 204],
  ['GET', '/api/v1/feeds/', undefined, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/feeds/', { store_id: '{store}', kind: 'google' }, 401, 403, 403, 201, 400, 201],
  ['GET', '/api/v1/feeds/{feed}/coverage/', undefined, 401, 403, 403, 200, 404, 200],
  ['POST', '/api/v1/feeds/{feed}/rotate/', undefined, 401, 403, 403, 201, 404, 201],
  ['DELETE', '/api/v1/feeds/{feed}/', undefined, 401, 403, 403, 204, 404, 404],
  ['GET', '/api/v1/knowledge/profiles/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/knowledge/estimate/?store_id={store}', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/knowledge/savings/?store_id={store}', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/knowledge/budget/?user_id={user}', undefined, 401, 403, 403, 200, 400, 200],
  [
    'PUT',
    '/api/v1/knowledge/budget/',
    { unit: 'usd', amount: '1000', user_id: '{user}' },
    401,
    403,
    403,
    403,
    403,
    200,
  ],
  ['DELETE', '/api/v1/knowledge/budget/?user_id={user}', undefined, 401, 403, 403, 403, 403, 204],
  ['GET', '/api/v1/knowledge/prices/', undefined, 401, 403, 403, 403, 403, 200],
  ['PUT', '/api/v1/knowledge/prices/', { prices: [] }, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/knowledge/model/', undefined, 401, 403, 403, 403, 403, 200],
  ['POST', '/api/v1/knowledge/model/', { provider: 'offline' }, 401, 403, 403, 403, 403, 202],
  ['POST', '/api/v1/knowledge/model/undo/', undefined, 401, 403, 403, 403, 403, 404],
  ['DELETE', '/api/v1/knowledge/model/', undefined, 401, 403, 403, 403, 403, 202],
  ['POST', '/api/v1/knowledge/reindex/', { store_id: 999_999 }, 401, 403, 403, 403, 403, 202],
  ['GET', '/api/v1/stores/', undefined, 401, 403, 403, 200, 200, 200],
  ['POST', '/api/v1/stores/', { name: 'x', user_id: '{user}' }, 401, 403, 403, 201, 400, 201],
  ['GET', '/api/v1/stores/{store}/progress/', undefined, 401, 403, 403, 200, 404, 200],
  ['PATCH', '/api/v1/stores/{store}/', { name: 'renamed' }, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/users/', undefined, 401, 403, 403, 403, 403, 200],
  ['POST', '/api/v1/users/', { email: 'taken@example.com', role: 'owner' }, 401, 403, 403, 403, 403, 201],
  ['PATCH', '/api/v1/users/{user}/', { name: 'renamed' }, 401, 403, 403, 403, 403, 200],
  ['POST', '/api/v1/users/{user}/reset-link/', {}, 401, 403, 403, 403, 403, 201],
  ['POST', '/api/v1/users/{user}/reset-two-factor/', {}, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/audit/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/web-knowledge/products/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/integrations/woocommerce/events/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/integrations/tokens/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/stores/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/stores/{store}/documents/export/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/stores/{store}/unfindable/export/', undefined, 401, 403, 403, 200, 404, 200],
  ['GET', '/api/v1/users/export/', undefined, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/audit/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/alerts/export/', undefined, 401, 403, 403, 200, 200, 200],
  ['GET', '/api/v1/diagnosis/', undefined, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/settings/', undefined, 401, 403, 403, 403, 403, 200],
  ['PATCH', '/api/v1/settings/', { values: {} }, 401, 403, 403, 403, 403, 200],
  ['POST', '/api/v1/settings/test-mail/', { to: 'a@example.com' }, 401, 403, 403, 403, 403, 200],
  ['POST', '/api/v1/settings/test-provider/', {}, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/version/', undefined, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/backup/', undefined, 401, 403, 403, 403, 403, 200],
  ['GET', '/api/v1/backups/', undefined, 401, 403, 403, 403, 403, 200],
  ['POST', '/api/v1/backups/', undefined, 401, 403, 403, 403, 403, 409],
  ['GET', '/api/v1/backups/{backup}/', undefined, 401, 403, 403, 403, 403, 409],
  ['POST', '/api/v1/integrations/tokens/{token}/confirm-site/', {}, 401, 403, 403, 404, 404, 404],
  ['POST', '/api/v1/integrations/tokens/{token}/rotate/', { grace_seconds: 60 }, 401, 403, 403, 201, 404, 409],
  ['DELETE', '/api/v1/integrations/tokens/{token}/', undefined, 401, 403, 403, 204, 404, 204],
  ['GET', '/api/v1/tenants/{tenant}/export/', undefined, 401, 403, 403, 200, 404, 200],
  ['DELETE', '/api/v1/tenants/{tenant}/', { confirm: 'x' }, 401, 403, 403, 400, 404, 400],
  ['DELETE', '/api/v1/stores/{spareStore}/', undefined, 401, 403, 403, 204, 404, 404],
]

let server: TestServer
let shop: Shop
let ownerA: Person
let ownerB: Person
let callers: Record<Caller, Record<string, string>>
const ids: Record<string, string | number> = {}

beforeAll(async () => {
  server = await startTestServer()
  ownerA = await signedIn(server, 'owner')
  ownerB = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: ownerA.userId })
  const spare = await server.newShop({ tenantOf: ownerA.userId })
  const target = await server.newShop({ tenantOf: ownerA.userId })
  await shop.send(anUpdate({ id: 1, name: 'Secret scarf' }))
  await server.settled()
  const [event] = await server.sql<{ id: number }>('select id from events where store_id = $1', [shop.storeId])
  const [product] = await server.sql<{ id: number }>('select id from products where store_id = $1', [shop.storeId])
  const [alert] = await server.sql<{ id: number }>(
    `insert into alerts (tenant_id, store_id, kind, group_key, facts, first_seen_at, last_seen_at)
     select tenant_id, id, 'quiet_store', id::text, jsonb_build_object('store', name), now(), now() from stores where id = $1
     returning id`,
    [shop.storeId],
  )
  await server.sql(
    `insert into replays (id, tenant_id, asked_by, asked)
     select '0b6f3a52-7c1d-4e57-9a40-2f8f6f1f3c12', tenant_id, 'owner', 1 from stores where id = $1`,
    [shop.storeId],
  )
  const made = async (path: string, body: object) => (await ownerA.request('POST', path, body)).body.id
  Object.assign(ids, {
    synonym: await made('/api/v1/knowledge/synonyms/', { words: ['five', 'six'] }),
    rule: await made('/api/v1/knowledge/search-rules/', { kind: 'pin', query: 'shawl', product_id: product?.id }),
    agent: 999_999,
    backup: 'x',
    feed: await made('/api/v1/feeds/', { store_id: shop.storeId, kind: 'google' }),
    resend: await made(`/api/v1/stores/${shop.storeId}/resend/`, { kind: 'failed' }),
    channel: await made('/api/v1/alert-channels/', { kind: 'email', name: 'Mail', email: 'two@example.com' }),
    alert: alert?.id ?? 0,
    replay: '0b6f3a52-7c1d-4e57-9a40-2f8f6f1f3c12',
    store: shop.storeId,
    spareStore: spare.storeId,
    token: target.tokenId,
    event: event?.id ?? 0,
    product: product?.id ?? 0,
    user: ownerA.userId,
    tenant: (await ownerA.request('GET', '/api/v1/me/')).body.tenant_id,
  })
  callers = {
    anonymous: {},
    shop: { authorization: `Bearer ${shop.token}` },
    knowledge: { authorization: `Bearer ${await server.knowledgeToken(ownerA.userId)}` },
    ownerA: { cookie: ownerA.cookie, origin: server.url },
    ownerB: { cookie: ownerB.cookie, origin: server.url },
    admin: { authorization: `Bearer ${ADMIN_API_KEY}` },
  }
})
afterAll(() => server.stop())

function filled(value: unknown): unknown {
  const text = JSON.stringify(value)
  if (text === undefined) return undefined
  return JSON.parse(text.replaceAll(/"\{(\w+)\}"/g, (_, name) => JSON.stringify(ids[name])))
}

async function ask(caller: Caller, [method, path, body]: Row): Promise<Answer> {
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name) => String(ids[name]))
  return await call(server.url, method, url, callers[caller], filled(body))
}

const ORDER: Caller[] = ['anonymous', 'shop', 'knowledge', 'ownerB', 'ownerA', 'admin']
const COLUMN: Record<Caller, number> = { anonymous: 3, shop: 4, knowledge: 5, ownerA: 6, ownerB: 7, admin: 8 }

describe('every endpoint answers every caller as the table says', () => {
  for (const row of TABLE) {
    test(`${row[0]} ${row[1]} ${row[2] === undefined ? '' : JSON.stringify(row[2])}`, async () => {
      const answers: Record<string, number> = {}
      for (const caller of ORDER) answers[caller] = (await ask(caller, row)).status
      expect(answers).toEqual(Object.fromEntries(ORDER.map((caller) => [caller, row[COLUMN[caller]]])))
    })
  }
})

test('the table names every operation of the API, and no other', async () => {
  const { body } = await call(server.url, 'GET', '/openapi.json')
  const named = TABLE.map(
    ([method, path]) => `${method} ${path.split('?')[0]?.replaceAll(/\{\w+\}|(?<=embedding\/)1/g, '{}')}`,
  )
  const documented = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`),
  )
  expect([...new Set(named)].sort()).toEqual(documented.sort())
})

test("another tenant's things look exactly like things that do not exist", async () => {
  for (const path of ['/api/v1/web-knowledge/products', '/api/v1/integrations/woocommerce/events']) {
    const kind = path.endsWith('products') ? 'product' : 'event'
    const theirs = await ownerB.request('GET', `${path}/${ids[kind]}/`)
    const none = await ownerB.request('GET', `${path}/999999999/`)
    expect(theirs.body).toEqual(none.body)
    expect(theirs.status).toBe(none.status)
  }
})

test("an owner's lists, searches and totals hold no data of another owner", async () => {
  const products = await ownerB.request('GET', '/api/v1/web-knowledge/products/')
  expect(products.body.results).toEqual([])
  const narrowed = await ownerB.request('GET', `/api/v1/web-knowledge/products/?user_id=${ownerA.userId}`)
  expect(narrowed.body.results).toEqual([])
  const events = await ownerB.request('GET', `/api/v1/integrations/woocommerce/events/?store_id=${shop.storeId}`)
  expect(events.body.results).toEqual([])
  const found = await ownerB.request('GET', '/api/v1/knowledge/search/?q=scarf')
  expect(found.body.results).toEqual([])
  const stats = await ownerB.request('GET', '/api/v1/integrations/woocommerce/events/stats/')
  expect(stats.body.total).toBe(0)
  const tokens = await ownerB.request('GET', '/api/v1/integrations/tokens/')
  expect(tokens.body.results).toEqual([])
  // The same questions do find it for its owner.
  expect((await ownerA.request('GET', '/api/v1/knowledge/search/?q=scarf')).body.results).toHaveLength(1)
  expect((await ownerA.request('GET', '/api/v1/integrations/woocommerce/events/stats/')).body.total).toBe(1)
})

test('an admin sees all tenants and narrows by user', async () => {
  const admin = await signedIn(server, 'admin')
  const all = await admin.request('GET', '/api/v1/web-knowledge/products/')
  expect(all.body.results).toHaveLength(1)
  const narrowed = await admin.request('GET', `/api/v1/web-knowledge/products/?user_id=${ownerB.userId}`)
  expect(narrowed.body.results).toEqual([])
})

test('a session of another origin changes nothing', async () => {
  const before = await ownerA.request('GET', '/api/v1/stores/')
  const forged = await ownerA.request('POST', '/api/v1/stores/', { name: 'forged' }, { origin: 'https://evil.example' })
  expect(forged.status).toBe(403)
  expect(forged.body.error).toBe('other_origin')
  const without = await call(server.url, 'POST', '/api/v1/stores/', { cookie: ownerA.cookie }, { name: 'forged' })
  expect(without.status).toBe(403)
  const after = await ownerA.request('GET', '/api/v1/stores/')
  expect(after.body.count).toBe(before.body.count)
})

test('deactivated users are signed out at once', async () => {
  const person = await signedIn(server, 'owner')
  expect((await person.request('GET', '/api/v1/me/')).status).toBe(200)
  await server.admin('PATCH', `/api/v1/users/${person.userId}/`, { is_active: false })
  await waitFor('the session to end', async () => (await person.request('GET', '/api/v1/me/')).status === 401)
})
