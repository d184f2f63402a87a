import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { foundIds } from '../../support/found.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const PASSAGE = 'passage: '

let provider: FakeProvider
let server: TestServer
let shop: Shop

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: 'test-key',
    EMBEDDING_DIMENSIONS: '64',
    EMBEDDING_PASSAGE_PREFIX: PASSAGE,
  })
  shop = await server.newShop()
})
afterAll(async () => {
  await provider.close()
  await server.stop()
})

/** Sends an event and waits only until the apply stage has recorded it; what comes after may not have happened. */
const record = async (event: Record<string, unknown>) => {
  expect((await shop.send(event)).status).toBe(202)
  await waitFor('the event to be processed', async () => {
    const [row] = await server.sql('select status from events where event_id = $1', [String(event.event_id)])
    return row?.status === 'processed'
  })
}

const vectorsOf = async (id: number) => {
  const [row] = await server.sql<{ count: number }>(
    `select count(*)::int as count from chunk_embeddings e join knowledge_chunks c on c.id = e.chunk_id
       join products p on p.id = c.product_id where p.external_id = $1`,
    [`woo_${id}`],
  )
  return row?.count
}

/** Queries are answered, texts to store are not: the knowledge stages cannot finish anything. */
const stopEmbedding = () => provider.behave((texts) => (texts.some((text) => text.startsWith(PASSAGE)) ? 'hang' : 'ok'))

const ways: [name: string, id: number, change: Record<string, unknown> | 'delete'][] = [
  ['a draft', 1, { status: 'draft' }],
  ['a private product', 2, { status: 'private' }],
  ['a product pending review', 3, { status: 'pending' }],
  ['a scheduled product', 4, { status: 'future' }],
  ['a product in the trash', 5, { status: 'trash' }],
  ['a password-protected product', 6, { password_protected: true }],
  ['a hidden product', 7, { catalog_visibility: 'hidden' }],
  ['a deleted product', 8, 'delete'],
]

const catalogue = (id: number, change: Record<string, unknown> = {}) => ({
  id,
  name: `Copper kettle ${id}`,
  sku: `KETTLE-${id}`,
  short_description: '',
  description: 'It whistles.',
  ...change,
})

test('the transaction that records it takes a product out of the results, with no later stage at work', async () => {
  await shop.sendBatch([...ways.map(([, id]) => anUpdate(catalogue(id))), anUpdate(catalogue(9))])
  await server.settled()
  const before = await server.search('copper kettle')
  expect(foundIds(before).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => `woo_${id}`))

  // From here on nothing can touch chunks or vectors: what search no longer finds, it does not find by itself.
  stopEmbedding()
  await server.sql(
    'create function keep() returns trigger language plpgsql security definer as $$ begin return null; end $$',
  )
  await server.sql(
    'create trigger keep before delete or update on knowledge_chunks for each row execute function keep()',
  )
  for (const [name, id, change] of ways) {
    await record(change === 'delete' ? aDeletion(id) : anUpdate(catalogue(id, change)))
    for (const query of ['copper kettle', `KETTLE-${id}`, 'whistles']) {
      const found = await server.search(query)
      expect(found.body.degraded, name).toBe(false)
      expect(foundIds(found), `${name}, asked for ${query}`).not.toContain(`woo_${id}`)
    }
    expect(await vectorsOf(id), `${name} still has its vector`).toBe(1)
  }
  expect(foundIds(await server.search('copper kettle'))).toEqual(['woo_9'])
  await server.sql('drop trigger keep on knowledge_chunks')
})

test('hiding and showing again costs no embedding, and the product is found at once', async () => {
  const { requests } = provider
  for (const [name, id] of ways.slice(0, 7)) {
    await record(anUpdate(catalogue(id)))
    expect(foundIds(await server.search('copper kettle')), name).toContain(`woo_${id}`)
  }
  await server.settled()
  expect(provider.requests).toBe(requests)
})

test('search finds the visibilities "visible" and "search", and no status but "publish"', async () => {
  provider.behave('ok')
  await shop.sendBatch([
    anUpdate(catalogue(11, { catalog_visibility: 'catalog' })),
    anUpdate(catalogue(12, { catalog_visibility: 'search' })),
    anUpdate(catalogue(13, { status: 'auto-draft' })),
    anUpdate(catalogue(14, { status: 'inherit' })),
  ])
  await server.settled()
  const found = foundIds(await server.search('copper kettle'))
  expect(found).not.toContain('woo_11')
  expect(found).toContain('woo_12')
  expect(found).not.toContain('woo_13')
  expect(found).not.toContain('woo_14')
})

test('a draft is not embedded until it is published', async () => {
  const { requests } = provider
  await record(anUpdate(catalogue(15, { status: 'draft', name: 'Zinc bucket' })))
  await server.settled()
  expect(provider.requests).toBe(requests)
  expect(await vectorsOf(15)).toBe(0)
  await record(anUpdate(catalogue(15, { name: 'Zinc bucket' })))
  await server.settled()
  expect(await vectorsOf(15)).toBe(1)
  expect(foundIds(await server.search('zinc bucket'))[0]).toBe('woo_15')
})

test('changes of a hidden product are found when it is shown', async () => {
  await record(anUpdate(catalogue(16, { name: 'Iron stove' })))
  await server.settled()
  await record(anUpdate(catalogue(16, { name: 'Iron stove', status: 'draft' })))
  await record(anUpdate(catalogue(16, { name: 'Steel oven', status: 'draft' })))
  await server.settled()
  await record(anUpdate(catalogue(16, { name: 'Steel oven' })))
  await server.settled()
  const found = await server.search('steel oven')
  expect(found.body.results[0]).toMatchObject({ product: { external_id: 'woo_16', name: 'Steel oven' } })
  expect(found.body.results[0].chunk.text).toContain('Steel oven')
})
