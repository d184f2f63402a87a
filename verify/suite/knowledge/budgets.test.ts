import { afterEach, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { remoteTo, runFiko } from '../../support/fiko-command.ts'
import { signedIn } from '../../support/people.ts'
import { resolveHere } from '../../support/resolve-here.ts'
import {
  databaseKind,
  freshDatabase,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const BUDGET = '/api/v1/knowledge/budget/'
const PRICES = '/api/v1/knowledge/prices/'
const MODEL = 'text-embedding-3-small'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

function settings(fake: FakeProvider, more: Record<string, string> = {}): Record<string, string> {
  return {
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: fake.url,
    OPENAI_API_KEY: 'key-for-tests',
    EMBEDDING_DIMENSIONS: '32',
    EMBEDDING_BATCH_SIZE: '4',
    ...more,
  }
}

async function setUp(more: Record<string, string> = {}) {
  const provider = await startFakeProvider({ dimensions: 32 })
  open.push(() => provider.close())
  const server = await startTestServer(settings(provider, more))
  open.push(() => server.stop())
  const owner = await signedIn(server, 'owner')
  const shop = await server.newShop({ tenantOf: owner.userId })
  const other = await server.newShop()
  return { provider, server, owner, shop, other }
}

const products = (count: number, from = 1) =>
  Array.from({ length: count }, (_, n) =>
    anUpdate({ id: from + n, name: `Lamp number ${from + n} of this shop`, short_description: '', description: '' }),
  )

const budgetOf = async (server: TestServer, userId: string) =>
  (await server.admin('GET', `${BUDGET}?user_id=${userId}`)).body

const setBudget = async (server: TestServer, userId: string, unit: 'usd' | 'tokens', amount: string) => {
  const answer = await server.admin('PUT', BUDGET, { user_id: userId, unit, amount })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

const pendingOf = async (server: TestServer, shop: Shop): Promise<number> => {
  const [row] = await server.sql<{ count: number }>(
    `select count(*)::int as count from knowledge_chunks where store_id = $1 and embedding_status = 'pending'`,
    [shop.storeId],
  )
  return row?.count ?? 0
}

const paused = (server: TestServer, userId: string) =>
  waitFor('the budget to pause the tenant', async () => (await budgetOf(server, userId)).state === 'paused')

/** No text is with the provider, or on the way back from it. */
const nothingUnderWay = (server: TestServer) =>
  waitFor('no text to be under way', async () => {
    const leased = await server.sql('select 1 from knowledge_chunks where leased_until > now()')
    return leased.length === 0
  })

/** A charge is corrected after the vectors were stored. */
const charged = (server: TestServer, userId: string, { tokens }: FakeProvider) =>
  waitFor('the spending to be what the provider counted', async () => {
    return (await budgetOf(server, userId)).spent_tokens === tokens
  })

test('a budget that is reached in the middle of a backfill pauses its tenant only; lifted, the rest is embedded', async () => {
  const { server, provider, owner, shop, other } = await setUp()
  // About 20 tokens a text: some of the forty texts, not all.
  await setBudget(server, owner.userId, 'tokens', '300')
  await shop.sendBatch(products(40))
  await paused(server, owner.userId)
  await waitFor('the allowed texts to be embedded', async () => (await pendingOf(server, shop)) < 40)
  expect(await pendingOf(server, shop)).toBeGreaterThan(0)
  const spent = await budgetOf(server, owner.userId)
  expect(spent).toMatchObject({ unit: 'tokens', amount: '300', reason: 'budget', time_zone: 'UTC' })
  expect(spent.spent_tokens).toBeLessThanOrEqual(300)
  expect(spent.spent_tokens).toBeGreaterThan(0)

  // Another tenant is not affected, and nothing more is sent for the paused one.
  await other.send(anUpdate({ id: 1, name: 'Carpet of the other shop' }))
  await waitFor('the other tenant’s text', async () => (await pendingOf(server, other)) === 0)
  await nothingUnderWay(server)
  const sent = provider.inputs.filter((text) => text.includes('Lamp number')).length
  await shop.send(anUpdate({ id: 99, name: 'Lamp number 99 of this shop' }))
  await waitFor('the new product to be found by words', async () => {
    const { body } = await owner.request('GET', '/api/v1/knowledge/search/?q=lamp+number+99')
    return body.results[0]?.product.name === 'Lamp number 99 of this shop'
  })
  expect(provider.inputs.filter((text) => text.includes('Lamp number'))).toHaveLength(sent)

  // The owner sees the state, in the API and in the plugin's connection test, and cannot change it.
  expect((await owner.request('GET', BUDGET)).body).toMatchObject({
    state: 'paused',
    message: expect.stringContaining('used up'),
  })
  const health = await shop.request('GET', '/api/integrations/woocommerce/health/')
  expect(health.body).toMatchObject({ status: 'ok', message: expect.stringContaining('used up') })
  expect((await owner.request('PUT', BUDGET, { unit: 'tokens', amount: '1000000' })).status).toBe(403)

  await setBudget(server, owner.userId, 'tokens', '1000000')
  await server.settled()
  expect(await pendingOf(server, shop)).toBe(0)
  expect((await budgetOf(server, owner.userId)).state).toBe('open')
})

test('fiko reindex ends although a budget is spent, and names the texts that wait', async () => {
  const { server, owner, shop, other } = await setUp()
  await shop.sendBatch(products(3))
  await other.send(anUpdate({ id: 1, name: 'Carpet of the other shop' }))
  await server.settled()
  await setBudget(server, owner.userId, 'tokens', '1')
  const { code, out } = await runFiko(['reindex'], remoteTo(server))
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(
      /^4 texts were marked, and all that may be embedded were\. 3 texts wait: the monthly budget/,
    ),
  })
  expect((await server.admin('GET', '/api/v1/knowledge/stats/')).body).toMatchObject({
    pending_embeddings: 3,
    paused_embeddings: 3,
  })
  // The other tenant's shop alone: the texts that wait are not its own.
  const alone = await runFiko(['reindex', '--store', String(other.storeId)], remoteTo(server))
  expect(alone.out).toMatch(/^1 texts were marked.* 3 texts wait/)
  expect(await pendingOf(server, other)).toBe(0)
})

test('a pause ends with the month, by the clock of the database in UTC', async () => {
  const { server, owner, shop } = await setUp()
  await setBudget(server, owner.userId, 'tokens', '300')
  await shop.sendBatch(products(40))
  await paused(server, owner.userId)
  await nothingUnderWay(server)
  const before = await pendingOf(server, shop)
  expect(before).toBeGreaterThan(0)
  // As if everything so far had happened in the month before.
  await server.sql(
    `update embedding_budgets set month = month - interval '1 month', paused_since = paused_since - interval '32 days' where amount = 300`,
  )
  expect(await budgetOf(server, owner.userId)).toMatchObject({ amount: '300' })
  await waitFor('more texts to be embedded', async () => (await pendingOf(server, shop)) < before)
  await waitFor('the new month to have its own spending', async () => {
    const { spent_tokens: tokens, state } = await budgetOf(server, owner.userId)
    return tokens > 0 && (tokens <= 300 || state === 'paused')
  })
})

test('a budget of 0 embeds nothing, and a query above the budget is answered by words', async () => {
  const { server, provider, owner, shop } = await setUp()
  await setBudget(server, owner.userId, 'usd', '0')
  await shop.send(anUpdate({ id: 1, name: 'Walled garden lamp' }))
  await paused(server, owner.userId)
  const { body } = await owner.request('GET', '/api/v1/knowledge/search/?q=walled+garden')
  expect(body.degraded).toBe(true)
  expect(body.results[0].product.name).toBe('Walled garden lamp')
  expect(provider.inputs).toEqual([])
  expect((await budgetOf(server, owner.userId)).spent_tokens).toBe(0)

  expect((await server.admin('DELETE', `${BUDGET}?user_id=${owner.userId}`)).status).toBe(204)
  await server.settled()
  await waitFor('the query to be embedded', async () => {
    const found = await owner.request('GET', '/api/v1/knowledge/search/?q=walled+garden')
    return found.body.degraded === false
  })
})

test('queries count: their tokens are charged to the tenant that asks', async () => {
  const { server, owner } = await setUp()
  await setBudget(server, owner.userId, 'tokens', '1000000')
  expect((await owner.request('GET', '/api/v1/knowledge/search/?q=a+lamp+without+a+window')).body.degraded).toBe(false)
  expect((await budgetOf(server, owner.userId)).spent_tokens).toBe(6)
})

test('money is counted at the price of the operator, and corrected to the tokens that the provider counts', async () => {
  const { server, provider, owner, shop } = await setUp()
  await server.admin('PUT', PRICES, { prices: [{ model: MODEL, usd_per_million_tokens: '10' }] })
  await setBudget(server, owner.userId, 'usd', '1000000')
  await shop.sendBatch(products(10))
  await server.settled()
  await charged(server, owner.userId, provider)
  expect(Number((await budgetOf(server, owner.userId)).spent_usd)).toBeCloseTo(provider.tokens * 1e-5, 9)
})

test('a request that fails is not charged', async () => {
  const { server, provider, owner, shop } = await setUp()
  provider.behave('error')
  await setBudget(server, owner.userId, 'tokens', '1000000')
  await shop.sendBatch(products(5))
  await waitFor('the provider to be asked', async () => provider.requests > 0)
  await waitFor('the charge to be taken back', async () => (await budgetOf(server, owner.userId)).spent_tokens === 0)
  expect(await pendingOf(server, shop)).toBe(5)
})

test('a hole in the price table is an unknown price: it is never 0, and a budget in dollars then allows nothing', async () => {
  const resolveAsBefore = resolveHere('models.example')
  open.push(resolveAsBefore)
  const provider = await startFakeProvider({ dimensions: 32 })
  open.push(() => provider.close())
  const url = provider.url.replace('127.0.0.1', 'models.example')
  const server = await startTestServer({ ...settings(provider), OPENAI_BASE_URL: url })
  open.push(() => server.stop())
  const owner = await signedIn(server, 'owner')
  const shop = await server.newShop({ tenantOf: owner.userId })
  const list = await server.admin('PUT', PRICES, { prices: [{ model: 'another-model', usd_per_million_tokens: '1' }] })
  expect(list.body.in_use).toEqual({ model: MODEL, usd_per_million_tokens: null, source: 'unknown' })
  await setBudget(server, owner.userId, 'usd', '1000000')
  await shop.send(anUpdate({ id: 1 }))
  await paused(server, owner.userId)
  expect(await budgetOf(server, owner.userId)).toMatchObject({ reason: 'price_unknown', spent_tokens: 0 })
  expect((await server.admin('GET', '/api/v1/knowledge/estimate/')).body).toMatchObject({
    price_per_million_tokens: null,
    all: { texts: 1, cost_usd: null },
  })
  expect(provider.inputs).toEqual([])

  await server.admin('PUT', PRICES, { prices: [{ model: MODEL, usd_per_million_tokens: '0.02' }] })
  await server.settled()
  await charged(server, owner.userId, provider)
})

test.each([
  ['a negative price', [{ model: MODEL, usd_per_million_tokens: '-1' }], 'prices/0/usd_per_million_tokens'],
  ['NaN', [{ model: MODEL, usd_per_million_tokens: 'NaN' }], 'prices/0/usd_per_million_tokens'],
  ['a number', [{ model: MODEL, usd_per_million_tokens: 0.02 }], 'prices/0/usd_per_million_tokens'],
  ['a missing price', [{ model: 'a', usd_per_million_tokens: '1' }, { model: 'b' }], 'prices/1'],
  ['null', [{ model: MODEL, usd_per_million_tokens: null }], 'prices/0/usd_per_million_tokens'],
  [
    'two prices of one model',
    [
      { model: 'a', usd_per_million_tokens: '1' },
      { model: 'a', usd_per_million_tokens: '2' },
    ],
    'prices/1/model',
  ],
])('a price table with %s is refused with its place, and nothing changes', async (_, prices, path) => {
  const server = await startTestServer()
  open.push(() => server.stop())
  const answer = await server.admin('PUT', PRICES, { prices })
  expect(answer.status).toBe(400)
  expect(answer.body.issues.map((issue: { path: string }) => issue.path.replaceAll('.', '/')).join()).toContain(path)
  expect(await server.sql('select 1 from embedding_prices')).toEqual([])
})

test('a budget is an amount from 0 to 10^12', async () => {
  const server = await startTestServer()
  open.push(() => server.stop())
  for (const body of [
    { unit: 'usd', amount: '-1' },
    { unit: 'usd', amount: 'NaN' },
    { unit: 'usd', amount: 5 },
    { unit: 'usd', amount: '1e3' },
    { unit: 'usd', amount: '1000000000001' },
    { unit: 'tokens', amount: '0.5' },
    { unit: 'toman', amount: '5' },
    { unit: 'usd' },
  ])
    expect((await server.admin('PUT', BUDGET, body)).status, JSON.stringify(body)).toBe(400)
  expect((await server.admin('PUT', BUDGET, { unit: 'usd', amount: '1000000' })).body.amount).toBe('1000000')
  const actions = await server.admin('GET', '/api/v1/audit/')
  expect(actions.body.results[0]).toMatchObject({
    action: 'embedding_budget.changed',
    detail: { unit: 'usd', amount: '1000000' },
  })
})

test('savings are counted for each store, and have the price of the model', async () => {
  const { server, owner, shop } = await setUp()
  await server.admin('PUT', PRICES, { prices: [{ model: MODEL, usd_per_million_tokens: '1' }] })
  await shop.send(anUpdate({ id: 1, name: 'Lamp', price: '1' }))
  await server.settled()
  for (const price of ['2', '3']) {
    await shop.send(anUpdate({ id: 1, name: 'Lamp', price }))
    await server.settled()
  }
  const { body } = await owner.request('GET', '/api/v1/knowledge/savings/')
  expect(body.results).toEqual([
    { store: { id: shop.storeId, name: 'Test shop' }, embeddings_avoided: 2, saved_usd: expect.any(String) },
  ])
  expect(Number(body.results[0].saved_usd)).toBeGreaterThan(0)
})

if (databaseKind === 'postgres') {
  test('two processes together spend no more than the budget', async () => {
    const provider = await startFakeProvider({ dimensions: 32, latencyMs: 20 })
    open.push(() => provider.close())
    const database = await freshDatabase('prepared')
    open.push(() => database.remove())
    const [one, two] = await Promise.all([
      startTestServer({ ...database.env, ...settings(provider) }),
      startTestServer({ ...database.env, ...settings(provider) }),
    ])
    open.push(
      () => one.stop(),
      () => two.stop(),
    )
    const owner = await signedIn(one, 'owner')
    const shop = await one.newShop({ tenantOf: owner.userId })
    await setBudget(one, owner.userId, 'tokens', '500')
    await shop.sendBatch(products(100))
    await paused(two, owner.userId)
    await nothingUnderWay(one)
    await charged(two, owner.userId, provider)
    expect(provider.tokens).toBeLessThanOrEqual(500)
    expect(await pendingOf(one, shop)).toBeGreaterThan(0)
  })
}
