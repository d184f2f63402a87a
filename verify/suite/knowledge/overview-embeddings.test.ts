import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type FakeProvider, openAiUsage, startFakeProvider, tokensOf } from '../../support/fake-embedding-provider.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { resolveHere } from '../../support/resolve-here.ts'
import { databaseKind, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let provider: FakeProvider
let server: TestServer
let admin: Person
let owners: [Person, Person]
let shops: [Shop, Shop]

const settings = (url: string) => ({
  EMBEDDING_PROVIDER: 'openai',
  OPENAI_BASE_URL: url,
  OPENAI_API_KEY: 'sk-the-providers-key',
  EMBEDDING_DIMENSIONS: '64',
})

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer({ ...settings(provider.url), EMBEDDING_PRICE_PER_MILLION_TOKENS: '0.02' })
  admin = await signedIn(server, 'admin')
  owners = [await signedIn(server, 'owner'), await signedIn(server, 'owner')]
  shops = [await server.newShop({ tenantOf: owners[0].userId }), await server.newShop({ tenantOf: owners[1].userId })]
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})

const overview = async (person = admin, query = '') => {
  const answer = await person.request('GET', `/api/v1/overview/${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}
const seriesTokens = (body: { series: { embedding_tokens: number }[] }) =>
  body.series.reduce((sum, bucket) => sum + bucket.embedding_tokens, 0)
/** The price of so many tokens at two cents a million, computed in another way than by the server. */
const dollars = (tokens: number) => (tokens * 2e-8).toFixed(8).replace(/\.?0+$/, '')
const providerState = async () => (await overview()).provider?.state

test('a provider that was never asked is idle, and no business of an owner’s', async () => {
  const never = { state: 'idle', since: null, last_success_at: null, last_failure_at: null, last_error: null }
  expect((await overview()).provider).toEqual(never)
  expect((await overview(owners[0])).provider).toBe(null)
  expect((await overview()).embeddings).toMatchObject({ tokens: 0, cost_usd: null, avoided_cost_usd: null })
})

test('tokens are counted as the provider reports them, with their price, and the tenants’ shares add up', async () => {
  await Promise.all(
    shops.map((shop, at) =>
      shop.sendBatch(
        Array.from({ length: 20 + 7 * at }, (_, n) => anUpdate({ id: n + 1, name: `Lamp ${at} of ${n} rooms` })),
      ),
    ),
  )
  await server.settled()
  const all = await overview()
  expect(provider.tokens).toBeGreaterThan(0)
  expect(all.embeddings).toMatchObject({
    tokens: provider.tokens,
    inputs: provider.inputs.length,
    cost_usd: dollars(provider.tokens),
    avoided_cost_usd: '0',
  })
  expect(seriesTokens(all)).toBe(provider.tokens)
  const [one, other] = [await overview(owners[0]), await overview(owners[1])]
  expect(one.embeddings.tokens + other.embeddings.tokens).toBe(provider.tokens)
  for (const own of [one, other]) {
    const textOf = own === one ? 'Lamp 0' : 'Lamp 1'
    const exact = provider.inputs.filter((text) => text.includes(textOf)).map(tokensOf)
    // A share by length, where each text is rounded up by the provider: near, and never the other's.
    expect(Math.abs(own.embeddings.tokens - exact.reduce((sum, some) => sum + some, 0))).toBeLessThan(20)
    expect(own.embeddings.cost_usd).toBe(dollars(own.embeddings.tokens))
    expect(seriesTokens(own)).toBe(own.embeddings.tokens)
  }
  expect((await overview(admin, `?user_id=${owners[0].userId}`)).embeddings).toEqual(one.embeddings)
})

test('avoided texts are worth the mean of the texts so far, and cost no token', async () => {
  const before = await overview(owners[0])
  for (const price of ['1', '2', '3']) await shops[0].send(anUpdate({ id: 1, name: 'Lamp 0 of 0 rooms', price }))
  await server.settled()
  const after = await overview(owners[0])
  const avoided = after.embeddings.avoided - before.embeddings.avoided
  expect(avoided).toBeGreaterThanOrEqual(3)
  expect(after.embeddings.tokens).toBe(before.embeddings.tokens)
  const mean = after.embeddings.tokens / after.embeddings.inputs
  expect(Number(after.embeddings.avoided_cost_usd)).toBeCloseTo(after.embeddings.avoided * mean * 2e-8, 7)
  expect(Number(after.embeddings.avoided_cost_usd)).toBeGreaterThan(0)
  expect((await overview(owners[1])).embeddings.avoided_cost_usd).toBe('0')
})

test('a query costs its tenant and the installation once while its vector is cached, and does not change the mean', async () => {
  const token = await server.knowledgeToken(owners[1].userId)
  const before = await Promise.all([overview(), overview(owners[0]), overview(owners[1])])
  const question = 'A lamp for a room that has no window'
  await server.search(question, { token })
  await server.search(question, { token })
  const after = await Promise.all([overview(), overview(owners[0]), overview(owners[1])])
  const grew = after.map((body, at) => body.embeddings.tokens - before[at].embeddings.tokens)
  expect(grew).toEqual([tokensOf(question), 0, tokensOf(question)])
  expect(after[0].embeddings.queries - before[0].embeddings.queries).toBe(1)
  expect(after[0].embeddings.avoided_cost_usd).toBe(before[0].embeddings.avoided_cost_usd)
})

test('a usage that is missing or nonsense counts nothing, and every text gets its vector all the same', async () => {
  const before = await overview()
  for (const [n, usage] of [undefined, null, {}, { total_tokens: -1 }, { total_tokens: 1e300 }].entries()) {
    provider.tellUsage(() => usage)
    await shops[0].send(anUpdate({ id: 900 + n, name: `Nonsense number ${n}` }))
    await server.settled()
  }
  const after = await overview()
  expect(after.embeddings.inputs).toBe(before.embeddings.inputs + 5)
  expect(after.embeddings.tokens).toBe(before.embeddings.tokens)
  expect(after.embeddings.avoided_cost_usd, 'their tokens are not taken for 0').toBe(before.embeddings.avoided_cost_usd)
  provider.tellUsage((tokens) => ({ prompt_tokens: tokens }))
  await shops[0].send(anUpdate({ id: 910, name: 'Prompt alone' }))
  await server.settled()
  expect((await overview()).embeddings.tokens).toBe(before.embeddings.tokens + tokensOf(provider.inputs.at(-1) ?? ''))
  provider.tellUsage(openAiUsage)
})

test('of one store nothing is counted, and without a price tokens cost null, except on the own machine', async () => {
  const one = await overview(owners[0], `?store_id=${shops[0].storeId}`)
  expect(one.embeddings).toBe(null)
  expect(seriesTokens(one)).toBe(0)
  const resolveAsBefore = resolveHere('models.example')
  for (const [host, cost] of [
    ['models.example', null],
    ['127.0.0.1', '0'],
  ] as const) {
    const other = await startTestServer(settings(provider.url.replace('127.0.0.1', host)))
    const shop = await other.newShop()
    await shop.send(anUpdate({ id: 1 }))
    await other.settled()
    const { embeddings } = (await other.admin('GET', '/api/v1/overview/')).body
    expect(embeddings, host).toMatchObject({ cost_usd: cost, avoided_cost_usd: cost })
    expect(embeddings.tokens).toBeGreaterThan(0)
    await other.stop()
  }
  resolveAsBefore()
})

test('a provider that fails is failing with its own words until it answers again', async () => {
  const well = (await overview()).provider
  expect(well).toMatchObject({ state: 'ok', last_failure_at: null, last_error: null })
  expect(Date.parse(well.last_success_at)).toBeGreaterThanOrEqual(Date.parse(well.since))
  provider.behave('error')
  await shops[0].send(anUpdate({ id: 1, name: 'Lamp in the dark' }))
  await waitFor('the failure to be told', async () => (await providerState()) === 'failing')
  const failing = (await overview()).provider
  expect(failing.last_error).toContain('answered 500')
  expect(failing.last_success_at).toBe(well.last_success_at)
  expect(Date.parse(failing.since)).toBeGreaterThan(Date.parse(well.since))
  expect(failing.last_failure_at).toBe(failing.since)
  expect((await overview(owners[0])).provider).toBe(null)
  provider.behave('ok')
  await server.settled()
  await waitFor('the answer to be told', async () => (await providerState()) === 'ok')
  const again = (await overview()).provider
  expect(Date.parse(again.since)).toBeGreaterThan(Date.parse(failing.since))
  expect(again).toMatchObject({ last_error: failing.last_error, last_failure_at: failing.last_failure_at })
  // Written by the process that sends the request: an hour ago and not since.
  await server.sql(`update provider_health set last_success_at = last_success_at - interval '61 minutes'`)
  const idle = (await overview()).provider
  expect(idle.state).toBe('idle')
  expect(idle.since).toBe(idle.last_success_at)
})

test('where its health cannot be written, texts get their vectors all the same', async () => {
  await server.sql('alter table provider_health rename to out_of_reach')
  const { requests } = provider
  provider.behave('error')
  await shops[0].send(anUpdate({ id: 1, name: 'Lamp in another dark' }))
  await waitFor('the provider to be asked', async () => provider.requests > requests)
  provider.behave('ok')
  await server.settled()
  await server.sql('alter table out_of_reach rename to provider_health')
  expect((await overview()).pending_embeddings).toBe(0)
})

// The embedded database has one connection, so no other session can hold a lock there.
if (databaseKind === 'postgres') {
  test('while its health waits to be written, texts get their vectors', async () => {
    await server.running.db.owner.transaction(async (tx) => {
      await tx.query('lock table provider_health in exclusive mode')
      const { requests } = provider
      provider.behave('error')
      await shops[0].send(anUpdate({ id: 1, name: 'Lamp behind a lock' }))
      await waitFor('the provider to be asked', async () => provider.requests > requests)
      provider.behave('ok')
      await server.settled()
    })
    await waitFor('what is known in the end to be written', async () => (await providerState()) === 'ok')
  })
}

test('a provider that repeats the key in its refusal does not bring it onto the page', async () => {
  const parrot = createServer((request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `no such thing for ${request.headers.authorization}` } }))
  })
  await new Promise<void>((resolve) => parrot.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(parrot.address() as AddressInfo).port}/v1`
  const other = await startTestServer(settings(url))
  const shop = await other.newShop()
  await shop.send(anUpdate({ id: 1 }))
  const read = async () => (await other.admin('GET', '/api/v1/overview/')).body.provider
  await waitFor('the failure to be told', async () => (await read()).state === 'failing')
  const { last_error: error } = await read()
  expect(error).toContain('Bearer [API key]')
  expect(error).not.toContain('sk-the-providers-key')
  await other.stop()
  parrot.closeAllConnections()
  await new Promise((resolve) => parrot.close(resolve))
})
