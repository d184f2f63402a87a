/** Passages of pages and their vectors: an edit embeds one passage, a text is paid for once, meaning finds what words do not. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let provider: FakeProvider
let server: TestServer
let shop: Shop
let token: string
let version = 1_762_768_200_000_000

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: 'test-key',
    EMBEDDING_DIMENSIONS: '64',
  })
})
beforeEach(async () => {
  const owner = await server.newOwner()
  shop = await server.newShop({ tenantOf: owner })
  token = await server.knowledgeToken(owner)
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})

/** A page of twelve paragraphs, three sentences each. */
const paragraphs = (changed = '') =>
  Array.from({ length: 12 }, (_, index) =>
    [1, 2, 3]
      .map(
        (place) =>
          `Sentence ${place} of paragraph ${index} says something about delivery${index === 5 && place === 2 ? changed : ''}.`,
      )
      .join(' '),
  )
const page = (changed = '', more: object = {}) => ({
  id: 7,
  kind: 'shipping',
  title: 'Delivery',
  content: paragraphs(changed)
    .map((text) => `<p>${text}</p>`)
    .join(''),
  url: 'https://shop.example/delivery/',
  ...more,
})

/** Sends a set and waits for the vectors; tells which texts the provider was asked for. */
const send = async (documents: object[]) => {
  const before = provider.inputs.length
  version += 1
  const answer = await shop.request('PUT', '/api/integrations/woocommerce/documents/', { version, documents })
  expect(answer.status).toBe(200)
  await server.settled()
  return provider.inputs.slice(before)
}
const rows = async () =>
  await server.sql<{ text: string; vector: string | null }>(
    `select c.text, e.embedding::text as vector from knowledge_chunks c left join chunk_embeddings e on e.chunk_id = c.id
      where c.store_id = $1 order by c.position`,
    [shop.storeId],
  )

test('an edit of one sentence embeds the passage that has it, and no other; a title in another kind embeds none', async () => {
  expect((await send([page()])).length).toBeGreaterThanOrEqual(10)
  const edited = await send([page(' by night')])
  expect(edited).toHaveLength(1)
  expect(edited[0]).toContain('Sentence 2 of paragraph 5 says something about delivery by night.')
  expect(await send([page(' by night', { kind: 'faq', url: 'https://shop.example/faq/' })])).toEqual([])
  expect((await rows()).every(({ vector }) => vector !== null)).toBe(true)
})

test('a page that was taken out and comes back is not paid for again, and its copy neither', async () => {
  await send([page()])
  await send([])
  expect(await rows()).toEqual([])
  expect(await send([page(), page('', { id: 8 })])).toEqual([])
})

test('passages are counted in the statistics and in the cost of the tenant', async () => {
  const stats = async () =>
    (await call(server.url, 'GET', '/api/v1/knowledge/stats/', { authorization: `Bearer ${token}` })).body
  await send([page()])
  const first = await stats()
  expect(first.chunks).toBe((await rows()).length)
  expect(first.embedding_inputs).toBe(first.chunks)
  await send([page(' at noon')])
  expect(await stats()).toMatchObject({
    chunks: first.chunks,
    embedding_inputs: first.embedding_inputs + 1,
    pending_embeddings: 0,
  })
})

test('words find a page while the provider is down, and a refused passage is a dead letter that is replayed', async () => {
  provider.behave({ refuse: (text) => text.includes('paragraph 5') })
  await send([page(' in parcels')])
  provider.behave('ok')
  const ask = await call(server.url, 'GET', '/api/v1/knowledge/documents/?q=delivery', {
    authorization: `Bearer ${token}`,
  })
  expect(ask.body.results[0].title).toBe('Delivery')
  const listed = await server.admin('GET', `/api/v1/stores/${shop.storeId}/documents/`)
  expect(listed.body.results[0].state).toBe('failed')
  const letters = await server.admin('GET', `/api/v1/dead-letters/?store_id=${shop.storeId}`)
  expect(letters.body.results).toMatchObject([{ kind: 'embedding', external_id: 'page_7' }])
  await server.admin('POST', `/api/v1/dead-letters/embedding/${letters.body.results[0].id}/replay/`)
  await server.settled()
  const after = await server.admin('GET', `/api/v1/stores/${shop.storeId}/documents/`)
  expect(after.body.results[0].state).toBe('searchable')
})
