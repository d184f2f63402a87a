import { afterEach, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { freshDatabase, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

async function provider(dimensions: number): Promise<FakeProvider> {
  const fake = await startFakeProvider({ dimensions })
  open.push({ stop: () => fake.close() })
  return fake
}

function settings(fake: FakeProvider, dimensions: number): Record<string, string> {
  return {
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: fake.url,
    OPENAI_API_KEY: 'key-for-tests',
    EMBEDDING_MODEL: `model-${dimensions}`,
    EMBEDDING_DIMENSIONS: String(dimensions),
  }
}

const states = async (server: TestServer) =>
  Object.fromEntries(
    (await server.sql<{ model: string; state: string }>('select model, state from embedding_profiles')).map((row) => [
      row.model,
      row.state,
    ]),
  )

test('another model is built in the background while search uses the old one; then the new one is active', async () => {
  const database = await freshDatabase()
  open.push({ stop: database.remove })
  const [old, next] = [await provider(32), await provider(48)]
  const first = await startTestServer({ ...database.env, ...settings(old, 32) })
  const shop = await first.newShop()
  await shop.sendBatch(Array.from({ length: 5 }, (_, i) => anUpdate({ id: i + 1, name: `Lamp number ${i + 1}` })))
  await first.settled()
  await first.stop()

  next.behave('error')
  const second = await startTestServer({ ...database.env, ...settings(next, 48) })
  await waitFor('the new model to be asked', async () => next.requests > 0)
  expect(await states(second)).toEqual({ 'model-32': 'active', 'model-48': 'building' })
  const during = await second.search('lamp number 3')
  expect(during.body.degraded).toBe(false)
  expect(during.body.results[0].product.name).toBe('Lamp number 3')
  const progress = await second.admin('GET', '/api/v1/knowledge/profiles/')
  expect(
    progress.body.results.map((row: { model: string; embedded: number; texts: number }) => [
      row.model,
      row.embedded,
      row.texts,
    ]),
  ).toEqual([
    ['model-48', 0, 5],
    ['model-32', 5, 5],
  ])

  next.behave('ok')
  await waitFor('the new model to be active', async () => (await states(second))['model-48'] === 'active')
  expect(await states(second)).toEqual({ 'model-32': 'retired', 'model-48': 'active' })
  await waitFor('search to use it', async () => {
    await second.search(`lamp ${Math.random()}`)
    return next.inputs.some((input) => input.startsWith('lamp 0.'))
  })
  await second.stop()

  const paidBefore = old.inputs.length
  const third = await startTestServer({ ...database.env, ...settings(old, 32) })
  open.push(third)
  await waitFor('the old model to be active again', async () => (await states(third))['model-32'] === 'active')
  expect(old.inputs.length).toBe(paidBefore)
  expect((await third.search('lamp number 4')).body.results[0].product.name).toBe('Lamp number 4')
})

test('reindex embeds every text of a store again, and no other store’s', async () => {
  const fake = await provider(32)
  const server = await startTestServer(settings(fake, 32))
  open.push(server)
  const [shop, other] = [await server.newShop(), await server.newShop()]
  await shop.send(anUpdate({ id: 1, name: 'First of its kind' }))
  await other.send(anUpdate({ id: 1, name: 'Second of its kind' }))
  await server.settled()
  const before = fake.inputs.length
  const answer = await server.admin('POST', '/api/v1/knowledge/reindex/', { store_id: shop.storeId })
  expect(answer.body).toEqual({ texts: 1 })
  await server.settled()
  expect(fake.inputs.slice(before)).toHaveLength(1)
  expect(fake.inputs.at(-1)).toContain('First of its kind')
})
