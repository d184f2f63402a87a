import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { writeStaticModel } from '../../support/fake-models.ts'
import { signedIn } from '../../support/people.ts'
import { databaseKind, freshDatabase, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const MODEL = '/api/v1/knowledge/model/'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function startProvider(): Promise<FakeProvider> {
  const provider = await startFakeProvider({ dimensions: 32 })
  open.push(() => provider.close())
  return provider
}

const settings = (provider: FakeProvider) => ({
  EMBEDDING_PROVIDER: 'openai',
  OPENAI_BASE_URL: provider.url,
  OPENAI_API_KEY: 'key-for-tests',
  EMBEDDING_MODEL: 'first-model',
  EMBEDDING_DIMENSIONS: '32',
})

const inUse = async (server: TestServer) => {
  const { body } = await server.admin('GET', MODEL)
  return `${body.in_use.model} ${body.in_use.state} by ${body.chosen_by}`
}

async function fill(server: TestServer, count: number) {
  const shop = await server.newShop()
  await shop.sendBatch(
    Array.from({ length: count }, (_, n) => anUpdate({ id: n + 1, name: `Lamp number ${n + 1}`, description: '' })),
  )
  await server.settled()
  return shop
}

test('a model is estimated, chosen, built in the background with progress, and undone without paying again', async () => {
  const provider = await startProvider()
  const server = await startTestServer(settings(provider))
  open.push(() => server.stop())
  await fill(server, 6)
  expect(await inUse(server)).toBe('first-model active by environment')

  await server.admin('PUT', '/api/v1/knowledge/prices/', {
    prices: [{ model: 'second-model', usd_per_million_tokens: '0.1' }],
  })
  const choice = { provider: 'openai', model: 'second-model', dimensions: 32 }
  const estimate = await server.admin(
    'GET',
    `/api/v1/knowledge/estimate/?${new URLSearchParams({ ...choice, dimensions: '32' })}`,
  )
  expect(estimate.body).toMatchObject({
    model: 'second-model',
    price_source: 'operator',
    kept: { texts: 0, tokens: 0 },
  })
  expect(estimate.body.to_embed.texts).toBe(6)
  const { tokens, cost_usd: cost } = estimate.body.to_embed
  expect(Number(cost)).toBeCloseTo(tokens * 1e-7, 12)

  // The test request is answered, the texts are not: the old model serves meanwhile.
  provider.behave((texts) => (texts.length === 1 && !texts[0]?.includes('Lamp number') ? 'ok' : 'error'))
  const chosen = await server.admin('POST', MODEL, choice)
  expect(chosen.status).toBe(202)
  expect(chosen.body).toMatchObject({ chosen_by: 'dashboard', in_use: { model: 'second-model', state: 'building' } })
  expect(chosen.body.previous).toMatchObject({ model: 'first-model', state: 'active' })
  const found = await server.search('walled lamp')
  expect(found.body.degraded).toBe(false)
  const progress = await server.admin('GET', '/api/v1/knowledge/profiles/')
  expect(progress.body.results[0]).toMatchObject({ model: 'second-model', state: 'building', embedded: 0, texts: 6 })

  provider.behave('ok')
  await waitFor(
    'the second model to be active',
    async () => (await inUse(server)) === 'second-model active by dashboard',
  )
  const settingsRows = (await server.admin('GET', '/api/v1/settings/')).body.results
  expect(settingsRows.find((row: { name: string }) => row.name === 'EMBEDDING_MODEL')).toMatchObject({
    value: 'first-model',
    overridden_by: 'openai second-model',
  })

  const paid = provider.inputs.filter((text) => text.includes('Lamp number')).length
  expect((await server.admin('POST', `${MODEL}undo/`)).status).toBe(202)
  await waitFor(
    'the first model to be active again',
    async () => (await inUse(server)) === 'first-model active by environment',
  )
  expect(provider.inputs.filter((text) => text.includes('Lamp number'))).toHaveLength(paid)
  const { body } = await server.admin('GET', '/api/v1/audit/?action=model.chosen')
  expect(body.results.map((row: { detail: { how: string } }) => row.detail.how)).toEqual(['undo', 'choice'])
})

test('a model that is undone while it is built leaves the old one in use', async () => {
  const provider = await startProvider()
  const server = await startTestServer(settings(provider))
  open.push(() => server.stop())
  const shop = await fill(server, 3)
  provider.behave((texts) => (texts[0] === 'test' ? 'ok' : 'error'))
  await server.admin('POST', MODEL, { provider: 'openai', model: 'second-model', dimensions: 32 })
  await server.admin('POST', `${MODEL}undo/`)
  expect(await inUse(server)).toBe('first-model active by environment')
  provider.behave('ok')
  await shop.send(anUpdate({ id: 9, name: 'Lamp after the undo' }))
  await server.settled()
  const rows = await server.sql(`select model, state from embedding_profiles order by id`)
  expect(rows).toContainEqual({ model: 'first-model', state: 'active' })
  expect(rows).toContainEqual({ model: 'second-model', state: 'retired' })
})

test('the choice outlives a restart, and is taken back for the model of the settings', async () => {
  const provider = await startProvider()
  const database = await freshDatabase('prepared')
  open.push(() => database.remove())
  const first = await startTestServer({ ...database.env, ...settings(provider) })
  await first.admin('POST', MODEL, { provider: 'openai', model: 'second-model', dimensions: 32 })
  await first.stop()
  const second = await startTestServer({ ...database.env, ...settings(provider) })
  open.push(() => second.stop())
  expect(await inUse(second)).toBe('second-model active by dashboard')
  expect((await second.admin('DELETE', MODEL)).status).toBe(202)
  expect(await inUse(second)).toBe('first-model active by environment')
})

test.each([
  ['error', 'answered 500'],
  ['unauthorized', 'API key'],
  ['html', 'did not answer with JSON'],
  ['short', '0 embeddings for 1 texts'],
  ['wrong-dimensions', '33 dimensions instead of 32'],
  ['nan', 'not a list of numbers'],
  ['rate-limited', 'answered 429'],
] as const)(
  'a model whose provider answers with "%s" is refused by the test request, and nothing changes',
  async (behaviour, sentence) => {
    const provider = await startProvider()
    const server = await startTestServer(settings(provider))
    open.push(() => server.stop())
    provider.behave(behaviour)
    const refused = await server.admin('POST', MODEL, { provider: 'openai', model: 'second-model', dimensions: 32 })
    expect(refused).toMatchObject({ status: 409, body: { error: 'model_not_reachable' } })
    expect(refused.body.detail).toContain(sentence)
    expect(await inUse(server)).toBe('first-model active by environment')
    expect(await server.sql(`select 1 from embedding_profiles where model = 'second-model'`)).toEqual([])
  },
)

test('only what the settings allow is offered, with the missing setting or command', async () => {
  const server = await startTestServer()
  open.push(() => server.stop())
  const { body } = await server.admin('GET', MODEL)
  const offered = Object.fromEntries(
    body.providers.map((row: { provider: string; is_available: boolean; reason: string | null }) => [
      row.provider,
      row,
    ]),
  )
  expect(offered.offline).toMatchObject({ is_available: true, reason: null })
  expect(offered.openai).toMatchObject({ is_available: false, reason: expect.stringContaining('OPENAI_API_KEY') })
  expect(offered.static).toMatchObject({
    is_available: false,
    reason: expect.stringContaining('EMBEDDING_STATIC_PATH'),
  })
  expect(offered.local).toMatchObject({ is_available: false, reason: expect.stringContaining('npm install') })
  for (const provider of ['openai', 'static', 'local'])
    expect(await server.admin('POST', MODEL, { provider })).toMatchObject({
      status: 409,
      body: { error: 'model_not_available' },
    })
  const owner = await signedIn(server, 'owner')
  expect((await owner.request('GET', MODEL)).status).toBe(403)
})

test('from offline vectors to a static model: texts are embedded in the background, without a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fiko-static-'))
  open.push(() => rmSync(folder, { recursive: true, force: true }))
  writeStaticModel(join(folder, 'tiny'), [['lamp', [1, 0, 0, 0, 0, 0, 0, 0]]])
  const server = await startTestServer({ EMBEDDING_STATIC_PATH: join(folder, 'tiny') })
  open.push(() => server.stop())
  await fill(server, 3)
  expect((await server.admin('POST', MODEL, { provider: 'static' })).status).toBe(202)
  await waitFor('the static model to be active', async () =>
    /^tiny-\w{8} active by dashboard$/.test(await inUse(server)),
  )
  await waitFor('search to use it', async () => (await server.search('a lamp')).body.degraded === false)
})

test('a vector of the old model that arrives after a switch is not taken for one of the new model', async () => {
  const opened = Promise.withResolvers<void>()
  let requests = 0
  const slow = createServer(async (request, response) => {
    requests += 1
    const { input } = JSON.parse(await readText(request)) as { input: string[] }
    await opened.promise
    const data = input.map((_, index) => ({ index, embedding: Array(32).fill(0.1) }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  slow.listen(0, '127.0.0.1')
  await once(slow, 'listening')
  open.push(() => slow.close())
  const server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: `http://127.0.0.1:${(slow.address() as AddressInfo).port}/v1`,
    EMBEDDING_MODEL: 'first-model',
    EMBEDDING_DIMENSIONS: '32',
  })
  open.push(() => server.stop())
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Lamp' }))
  await waitFor('the old model to be asked', async () => requests > 0)
  expect((await server.admin('POST', MODEL, { provider: 'offline' })).status).toBe(202)
  await waitFor('all texts to be marked for the new model', async () => {
    const marked = await server.sql(`select 1 from embedding_profiles where state = 'building' and marked_to is null`)
    return marked.length === 1
  })
  opened.resolve()
  await waitFor('the new model to be active', async () => (await inUse(server)).includes(' active by dashboard'))
  await server.settled()
  const vectors = await server.sql(
    `select f.provider from chunk_embeddings e join embedding_profiles f on f.id = e.profile_id`,
  )
  expect(vectors).toContainEqual({ provider: 'offline' })
})

if (databaseKind === 'postgres') {
  test('another process follows the choice, and no text keeps a vector of the wrong model', async () => {
    const provider = await startProvider()
    const database = await freshDatabase('prepared')
    open.push(() => database.remove())
    const env = { ...database.env, ...settings(provider) }
    const [one, two] = [await startTestServer(env), await startTestServer(env)]
    open.push(
      () => one.stop(),
      () => two.stop(),
    )
    const shop = await one.newShop()
    const sending = Array.from({ length: 20 }, (_, batch) =>
      shop.sendBatch(
        Array.from({ length: 20 }, (_, n) => anUpdate({ id: batch * 20 + n + 1, name: `Lamp ${batch * 20 + n}` })),
      ),
    )
    expect((await one.admin('POST', MODEL, { provider: 'openai', model: 'second-model', dimensions: 32 })).status).toBe(
      202,
    )
    await Promise.all(sending)
    await waitFor('the other process to follow', async () => (await inUse(two)).startsWith('second-model'))
    await waitFor(
      'the second model to be active',
      async () => (await inUse(two)) === 'second-model active by dashboard',
    )
    await one.settled()
    const missing = await one.sql(
      `select c.id from knowledge_chunks c where not exists (
       select 1 from chunk_embeddings e join embedding_profiles f on f.id = e.profile_id
        where e.chunk_id = c.id and e.text_hash = c.text_hash and f.model = 'second-model')`,
    )
    expect(missing).toEqual([])
  })
}
