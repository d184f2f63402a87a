import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Behaviour, type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { foundIds } from '../../support/found.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const PASSAGE = 'passage: '

let provider: FakeProvider
let server: TestServer
let shop: Shop

const settings = (of: FakeProvider) => ({
  EMBEDDING_PROVIDER: 'openai',
  OPENAI_BASE_URL: of.url,
  OPENAI_API_KEY: 'test-key',
  EMBEDDING_DIMENSIONS: '64',
  EMBEDDING_PASSAGE_PREFIX: PASSAGE,
  EMBEDDING_TIMEOUT_SECONDS: '1',
})

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer(settings(provider))
  shop = await server.newShop()
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})

/** Texts to store meet this behaviour, queries are answered. */
const failPassages = (behaviour: Behaviour) =>
  provider.behave((texts) => (texts.some((text) => text.startsWith(PASSAGE)) ? behaviour : 'ok'))

const deadLetters = async () => (await server.admin('GET', '/api/v1/dead-letters/')).body.results

const chunksOf = async (id: number) =>
  await server.sql<{ id: number; status: string; vector: string | null; current: boolean }>(
    `select c.id, c.embedding_status as status, e.embedding::text as vector, e.text_hash = c.text_hash as current
       from knowledge_chunks c join products p on p.id = c.product_id left join chunk_embeddings e on e.chunk_id = c.id
      where p.external_id = $1 order by c.position`,
    [`woo_${id}`],
  )

const faults: [name: string, behaviour: Behaviour, oldText: string, newText: string][] = [
  ['429 with Retry-After', 'rate-limited', 'Velvet curtain', 'Linen drape'],
  ['500', 'error', 'Walnut table', 'Marble desk'],
  ['no answer at all', 'hang', 'Silver spoon', 'Bamboo fork'],
  ['a web page with 200', 'html', 'Cotton shirt', 'Woollen jumper'],
  ['one vector too few', 'short', 'Rubber duck', 'Wooden train'],
  ['vectors of another width', 'wrong-dimensions', 'Leather wallet', 'Canvas purse'],
  ['NaN, which is not JSON', 'nan-text', 'Paper lantern', 'Glass candle'],
  ['401', 'unauthorized', 'Tennis racket', 'Yoga mat'],
]

for (const [index, [name, behaviour, oldText, newText]] of faults.entries()) {
  test(`while the provider gives ${name}, words find the new text, the old vector serves, and nothing is spent`, async () => {
    const id = index + 1
    const product = { id, sku: '', short_description: '', description: '', categories: [], tags: [], attributes: [] }
    provider.behave('ok')
    await shop.send(anUpdate({ ...product, name: oldText }))
    await server.settled()
    const before = await chunksOf(id)
    expect(before).toMatchObject([{ status: 'stored', current: true }])

    failPassages(behaviour)
    const { requests } = provider
    const edit = anUpdate({ ...product, name: newText })
    await shop.send(edit)
    await waitFor('the provider to be asked', async () => provider.requests > requests)
    await waitFor('the stage to have given the chunk back', async () => {
      const [row] = await server.sql('select leased_until from knowledge_chunks where id = $1', [before[0]?.id ?? 0])
      return row?.leased_until === null
    })
    expect(await chunksOf(id)).toEqual([{ ...before[0], status: 'pending', current: false }])
    const byWords = await server.search(newText)
    expect(byWords.body.degraded).toBe(false)
    expect(foundIds(byWords)[0]).toBe(`woo_${id}`)
    const byOldVector = await server.search(oldText)
    expect(byOldVector.body.results[0].product).toMatchObject({ external_id: `woo_${id}`, name: newText })
    expect(await deadLetters()).toEqual([])

    provider.behave('ok')
    await server.settled()
    const after = await chunksOf(id)
    expect(after).toMatchObject([{ status: 'stored', current: true }])
    expect(after[0]?.vector).not.toBe(before[0]?.vector)
    const [event] = await server.sql('select status, attempts from events where event_id = $1', [String(edit.event_id)])
    expect(event).toEqual({ status: 'processed', attempts: 1 })
    expect(await deadLetters()).toEqual([])
  })
}

test('a new product is found by its words before it has any vector', async () => {
  failPassages('error')
  await shop.send(anUpdate({ id: 20, name: 'Brass doorbell' }))
  await waitFor('the chunk to wait', async () => (await chunksOf(20)).length > 0)
  expect(await chunksOf(20)).toMatchObject([{ status: 'pending', vector: null }])
  const found = await server.search('brass doorbell')
  expect(found.body.degraded).toBe(false)
  expect(found.body.results[0]).toMatchObject({ product: { external_id: 'woo_20' } })
  expect(found.body.results[0].chunk.text).toContain('Brass doorbell')
  const state = await shop.request('POST', '/api/integrations/woocommerce/status/', { product_ids: [20] })
  expect(state.body.results[0]).toMatchObject({ state: 'applied', searchable_version: null, last_error: null })
  const stats = await server.admin('GET', '/api/v1/knowledge/stats/')
  expect(stats.body.pending_embeddings).toBe(1)
  provider.behave('ok')
  await server.settled()
  const later = await shop.request('POST', '/api/integrations/woocommerce/status/', { product_ids: [20] })
  expect(later.body.results[0].state).toBe('searchable')
})

test('one text that the provider refuses among a hundred costs only itself', async () => {
  provider.behave({ refuse: (text) => text.includes('Poisonous') })
  const events = Array.from({ length: 100 }, (_, n) =>
    anUpdate({ id: 100 + n, name: n === 57 ? 'Poisonous ivy' : `Harmless ivy ${n}`, sku: `IVY-${n}` }),
  )
  await shop.sendBatch(events)
  await server.settled()
  const counted = await server.sql(
    `select c.embedding_status as status, count(*)::int as count, count(e.chunk_id)::int as vectors
       from knowledge_chunks c join products p on p.id = c.product_id left join chunk_embeddings e on e.chunk_id = c.id
      where p.sku like 'IVY-%' group by 1 order by 1`,
  )
  expect(counted).toEqual([
    { status: 'refused', count: 1, vectors: 0 },
    { status: 'stored', count: 99, vectors: 99 },
  ])
  const letters = await deadLetters()
  expect(letters).toHaveLength(1)
  expect(letters[0]).toMatchObject({ kind: 'embedding', external_id: 'woo_157', reason: 'an input was refused' })
  expect(letters[0].store.id).toBe(shop.storeId)
  expect(foundIds(await server.search('poisonous'))[0]).toBe('woo_157')
  const events57 = await server.sql('select distinct status, attempts from events where external_product_id >= 100')
  expect(events57).toEqual([{ status: 'processed', attempts: 1 }])
  const state = await shop.request('POST', '/api/integrations/woocommerce/status/', { product_ids: [157, 158] })
  expect(state.body.results).toMatchObject([
    { state: 'failed', last_error: expect.stringContaining('refused a text of this product (“an input was refused”)') },
    { state: 'searchable', last_error: null },
  ])
})

test('a refused text stays a dead letter until it is replayed, and is then embedded', async () => {
  const [letter] = await deadLetters()
  const path = `/api/v1/dead-letters/embedding/${letter.id}/replay/`
  expect((await shop.request('POST', path)).status).toBe(403)
  expect((await server.admin('POST', '/api/v1/dead-letters/embedding/999999/replay/')).status).toBe(404)
  expect(await deadLetters()).toHaveLength(1)

  expect((await server.admin('POST', path)).status).toBe(202)
  await server.settled()
  expect(await deadLetters(), 'it is refused again').toHaveLength(1)

  provider.behave('ok')
  expect(await server.admin('POST', path)).toMatchObject({ status: 202, body: { id: letter.id, status: 'pending' } })
  await server.settled()
  expect(await deadLetters()).toEqual([])
  expect(await chunksOf(157)).toMatchObject([{ status: 'stored', current: true }])
  expect((await server.admin('POST', path)).status, 'it is no dead letter any more').toBe(404)
})

test('a text that was refused and then rewritten by the shop is embedded without a replay', async () => {
  provider.behave({ refuse: (text) => text.includes('Toxic') })
  await shop.send(anUpdate({ id: 21, name: 'Toxic paint' }))
  await waitFor('the dead letter', async () => (await deadLetters()).length === 1)
  await shop.send(anUpdate({ id: 21, name: 'Gentle paint' }))
  await server.settled()
  expect(await deadLetters()).toEqual([])
  expect(await chunksOf(21)).toMatchObject([{ status: 'stored', current: true }])
})

test('a provider that refuses everything is misconfigured: the work waits and no text is blamed', async () => {
  provider.behave({ refuse: () => true })
  const { requests } = provider
  await shop.sendBatch([1, 2, 3].map((n) => anUpdate({ id: 300 + n, name: `Blameless bench ${n}` })))
  // The batch, its halves down to one text, and the harmless text that tells the difference.
  await waitFor('the provider to have refused the harmless text, too', async () => provider.requests - requests >= 3)
  await waitFor('the chunks to have been given back', async () => {
    const rows = await server.sql(`select 1 from knowledge_chunks where leased_until is not null`)
    return rows.length === 0
  })
  expect(await deadLetters()).toEqual([])
  expect(await chunksOf(301)).toMatchObject([{ status: 'pending' }])
  expect(foundIds(await server.search('blameless bench'))).toContain('woo_301')
  provider.behave('ok')
  await server.settled()
  expect(await deadLetters()).toEqual([])
  expect(await chunksOf(301)).toMatchObject([{ status: 'stored', current: true }])
})

test('a chunk that another worker has leased is left to it until the lease ends', async () => {
  failPassages('error')
  const { requests } = provider
  await shop.send(anUpdate({ id: 22, name: 'Leased ladder' }))
  await waitFor('the provider to be asked', async () => provider.requests > requests)
  const leased = async (until: string) =>
    await server.sql(
      `update knowledge_chunks c set leased_until = now() + $1::interval from products p
        where p.id = c.product_id and p.external_id = 'woo_22'`,
      [until],
    )
  await waitFor('the stage to have given the chunk back', async () => {
    const rows = await server.sql(`select 1 from knowledge_chunks where leased_until is not null`)
    return rows.length === 0
  })
  await leased('24 seconds')
  provider.behave('ok')
  await shop.send(anUpdate({ id: 23, name: 'Free ladder' }))
  await waitFor('the other chunk', async () => (await chunksOf(23))[0]?.status === 'stored')
  expect(await chunksOf(22)).toMatchObject([{ status: 'pending', vector: null }])
  await leased('-1 second')
  await server.settled()
  expect(await chunksOf(22)).toMatchObject([{ status: 'stored', current: true }])
})

test('a query that the provider does not answer is answered from words, with degraded: true', async () => {
  provider.behave('hang')
  const found = await server.search('brass doorbell once more')
  expect(found.status).toBe(200)
  expect(found.body.degraded).toBe(true)
  expect(foundIds(found)).toContain('woo_20')
  // It is left alone for a while: the next question does not wait for it, and does not ask.
  const { requests } = provider
  const next = await server.search('another brass doorbell')
  expect(next.body.degraded).toBe(true)
  expect(foundIds(next)).toContain('woo_20')
  expect(provider.requests).toBe(requests)
  // A query with a cached vector needs no provider.
  expect((await server.search('Velvet curtain')).body.degraded).toBe(false)
  provider.behave('ok')
})

test('a provider with smaller batches and base64 answers gets every text and gives the same vectors', async () => {
  const small = await startFakeProvider({ maxBatch: 10, latencyMs: 100 })
  const other = await startTestServer({ ...settings(small), EMBEDDING_ENCODING_FORMAT: 'base64' })
  try {
    const otherShop = await other.newShop()
    const events = Array.from({ length: 40 }, (_, n) => anUpdate({ id: 400 + n, name: `Small batch ${n}` }))
    await otherShop.sendBatch(events)
    await shop.send(events[0])
    await Promise.all([other.settled(), server.settled()])
    const dead = await other.admin('GET', '/api/v1/dead-letters/')
    expect(dead.body.results).toEqual([])
    expect(small.inputs).toHaveLength(40)
    const stored = await other.sql<{ embedding: string }>(
      `select e.embedding::text as embedding from chunk_embeddings e join knowledge_chunks c on c.id = e.chunk_id
         join products p on p.id = c.product_id order by p.external_id`,
    )
    expect(stored).toHaveLength(40)
    expect(stored[0]?.embedding).toBe((await chunksOf(400))[0]?.vector)

    // A text that changes while the provider thinks about the one before gets its own vector, not that one's.
    const { requests } = small
    await otherShop.send(anUpdate({ id: 400, name: 'First thought' }))
    await waitFor('the provider to be asked', async () => small.requests > requests)
    await otherShop.send(anUpdate({ id: 400, name: 'Second thought' }))
    await other.settled()
    expect(small.inputs.at(-1)).toContain('Second thought')
    const mismatched = await other.sql(
      `select c.id from knowledge_chunks c left join chunk_embeddings e on e.chunk_id = c.id
        where e.text_hash is distinct from c.text_hash or c.embedding_status <> 'stored'`,
    )
    expect(mismatched).toEqual([])
  } finally {
    await other.stop()
    await small.close()
  }
})
