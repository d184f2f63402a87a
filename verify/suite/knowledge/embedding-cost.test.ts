import { afterAll, beforeAll, expect, test } from 'vitest'
import { leasePending } from '../../../server/src/knowledge/vector-store.ts'
import { readConfig } from '../../../server/src/platform/config.ts'
import { openDatabase } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { aDeletion, anUpdate, aProduct } from '../../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { foundIds } from '../../support/found.ts'
import {
  databaseKind,
  freshDatabase,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

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
  })
  shop = await server.newShop()
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})

/** Sends an event and waits for everything; tells its outcome, and what the provider was asked meanwhile. */
const send = async (event: Record<string, unknown>, by = shop) => {
  const before = { requests: provider.requests, inputs: provider.inputs.length }
  expect((await by.send(event)).status).toBe(202)
  await server.settled()
  const [row] = await server.sql<{ outcome: string }>(
    'select outcome from events where store_id = $1 and event_id = $2',
    [by.storeId, String(event.event_id)],
  )
  return {
    outcome: row?.outcome,
    requests: provider.requests - before.requests,
    inputs: provider.inputs.slice(before.inputs),
  }
}

/** Every chunk of a product with its vector, as the tables hold them. */
const chunksOf = async (id: number, storeId = shop.storeId) =>
  await server.sql<{ position: number; text: string; vector: string; stored_at: Date }>(
    `select c.*, e.text_hash as vector_of, e.embedding::text as vector, e.stored_at
       from knowledge_chunks c join products p on p.id = c.product_id left join chunk_embeddings e on e.chunk_id = c.id
      where p.store_id = $1 and p.external_id = $2 order by c.position`,
    [storeId, `woo_${id}`],
  )

const knowledgeStats = async () => (await server.admin('GET', '/api/v1/knowledge/stats/')).body

const sentences = (count: number, edited = -1) =>
  Array.from({ length: count }, (_, n) =>
    n === edited ? 'This sentence was edited and is longer than it was.' : `Sentence number ${n} stands here.`,
  ).join(' ')

const variation = { id: 901, sku: 'V-1', attributes: { رنگ: 'قرمز' }, price: '850000', stock_quantity: 3 }

const changes: [what: string, change: Record<string, unknown>][] = [
  ['the price', { price: '1', regular_price: '2' }],
  ['a sale', { sale_price: '700000', on_sale: false }],
  ['the stock', { stock_quantity: 0, stock_status: 'outofstock' }],
  ['the image and the gallery', { image: 'https://shop.example/b.jpg', gallery: ['https://shop.example/c.jpg'] }],
  ['the SKU', { sku: 'OTHER-9' }],
  ['the permalink', { permalink: 'https://shop.example/other/' }],
  ['the currency', { currency: 'IRR' }],
  ['the visibility', { catalog_visibility: 'hidden' }],
  ['the status', { status: 'draft' }],
  ['a variant', { variations: [{ ...variation, price: '9', sku: 'V-2' }] }],
  ['a further variant', { variations: [variation, { ...variation, id: 902, attributes: { رنگ: 'آبی' } }] }],
  ['no variants', { variations: [] }],
  ['a review', { average_rating: '4.5', review_count: 2 }],
  ['the GTIN', { gtin: '4006381333931' }],
  ['weight and dimensions', { weight: '2', weight_unit: 'kg', dimensions: { length: '9' }, dimension_unit: 'cm' }],
  ['texts and sizes of images', { image_details: [{ url: 'https://shop.example/a.jpg', alt: 'A shoe', width: 9 }] }],
  ['quantities of an order', { min_quantity: 2, max_quantity: 9 }],
  ['the end of a sale', { sale_ends_at: '2030-01-01T00:00:00Z' }],
  ['language and currency of display', { language: 'fa-IR', display_currency: 'IRT' }],
]

test('changes outside the texts make no request and leave chunks and vectors unchanged', async () => {
  const base = { id: 1, description: sentences(12), variations: [variation] }
  await send(anUpdate(base))
  const before = await chunksOf(1)
  expect(before.length).toBeGreaterThan(2)
  for (const [what, change] of changes) {
    expect(await send(anUpdate({ ...base, ...change })), what).toEqual({
      outcome: 'metadata_updated',
      requests: 0,
      inputs: [],
    })
    expect(await chunksOf(1), what).toEqual(before)
  }
})

test('a brand and a category path are text: each embeds the first chunk only', async () => {
  const base = { id: 3, name: 'Scarf', description: sentences(12), categories: ['Scarves'] }
  await send(anUpdate(base))
  const [, ...others] = await chunksOf(3)
  expect(others.length).toBeGreaterThan(1)
  const branded = { ...base, brand: 'Zubrovka' }
  for (const [change, text] of [
    [branded, 'Zubrovka'],
    [{ ...branded, category_paths: [['Winter', 'Scarves']] }, 'Winter > Scarves'],
  ] as const) {
    const { outcome, inputs } = await send(anUpdate(change))
    expect([outcome, inputs.length]).toEqual(['content_updated', 1])
    expect(inputs[0]).toContain(text)
    expect((await chunksOf(3)).slice(1)).toEqual(others)
  }
  expect(await send(anUpdate(base)), 'cached').toMatchObject({ outcome: 'content_updated', inputs: [] })
})

test('an event that changes nothing is unchanged and makes no request', async () => {
  const product = { id: 2, name: 'Unchanged hat' }
  await send(anUpdate(product))
  expect(await send(anUpdate(product))).toEqual({ outcome: 'unchanged', requests: 0, inputs: [] })
})

const teapot = {
  id: 20,
  name: 'Café teapot of the seven seas',
  categories: ['Kitchen', 'Tea'],
  tags: ['gift', 'blue'],
  attributes: [
    { name: 'Size', options: ['S', 'M', 'L'], variation: false },
    { name: 'Color', options: ['Red', 'Blue'], variation: false },
  ],
  short_description: '',
  description: `<p>One fine pot. It holds water. It pours well.</p>\n<p>Café handle. Made of steel. Easy to wash.</p>
    <p>Box is flat. Ships fast. Gift ready.</p>`,
}

test('a change of a text’s notation makes no request, and the product shows the shop’s new text', async () => {
  await send(anUpdate(teapot))
  const before = await chunksOf(20)
  expect(before).toHaveLength(3)
  const likewise: [what: string, change: Record<string, unknown>][] = [
    ['another order of categories', { categories: ['Tea', 'Kitchen'] }],
    ['a category twice', { categories: ['Tea', 'Kitchen', 'Tea'] }],
    ['another order of tags', { tags: ['blue', 'gift'] }],
    [
      'another order of options',
      { attributes: teapot.attributes.map((each) => ({ ...each, options: each.options.toReversed() })) },
    ],
    ['another order of attributes', { attributes: teapot.attributes.toReversed() }],
    ['decomposed accents', { name: teapot.name.normalize('NFD'), description: teapot.description.normalize('NFD') }],
    ['zero-width spaces', { name: 'Café\u200b teapot of the seven seas', tags: ['gi\u200bft', 'blue'] }],
    [
      'a byte order mark, soft hyphens, marks of direction',
      { description: `\ufeff${teapot.description.replaceAll('a', 'a\u00ad\u200e')}` },
    ],
    [
      'entities for what they stand for',
      { categories: ['Kitchen', 'T&#101;a'], name: 'Caf&eacute; teapot of the seven seas' },
    ],
    ['other tags and comments', { description: teapot.description.replaceAll('<p>', '<div class="a"><!-- b --><p>') }],
  ]
  for (const [what, change] of likewise) {
    const sent = await send(anUpdate({ ...teapot, ...change }))
    expect({ requests: sent.requests, inputs: sent.inputs }, what).toEqual({ requests: 0, inputs: [] })
    expect(['metadata_updated', 'unchanged'], what).toContain(sent.outcome)
    expect(await chunksOf(20), what).toEqual(before)
  }
  await send(anUpdate({ ...teapot, categories: ['Tea', 'Kitchen'] }))
  const [row] = await server.sql(`select categories from products where store_id = $1 and external_id = 'woo_20'`, [
    shop.storeId,
  ])
  expect(row).toEqual({ categories: ['Tea', 'Kitchen'] })
})

test('a label more embeds the one chunk that holds the labels', async () => {
  const product = { ...teapot, id: 21, name: 'Teapot on sale' }
  const labels = [
    { categories: ['Kitchen', 'Sale', 'Tea'] },
    { tags: ['-20 %', 'blue', 'gift'] },
    { attributes: [{ name: 'Size', options: ['S', 'M', 'L', 'XL'], variation: false }] },
  ]
  await send(anUpdate(product))
  for (const change of labels) {
    const sent = await send(anUpdate({ ...product, ...change }))
    expect(sent).toMatchObject({ outcome: 'content_updated', requests: 1 })
    expect(sent.inputs).toHaveLength(1)
    await send(anUpdate(product))
  }
})

test('a changed sentence in the middle of a long description embeds the one chunk it is in', async () => {
  const product = { id: 3, name: 'Long coat' }
  await send(anUpdate({ ...product, description: sentences(40) }))
  const before = await chunksOf(3)
  expect(before.length).toBeGreaterThan(8)
  const edit = await send(anUpdate({ ...product, description: sentences(40, 20) }))
  expect(edit).toMatchObject({ outcome: 'content_updated', requests: 1 })
  expect(edit.inputs).toHaveLength(1)
  expect(edit.inputs[0]).toContain('This sentence was edited')
  const after = await chunksOf(3)
  const changed = after.filter((chunk, index) => chunk.text !== before[index]?.text)
  expect(changed).toHaveLength(1)
  expect(changed[0]?.vector).not.toBe(before[changed[0]?.position ?? 0]?.vector)
  const untouched = (chunk: { position: number }) => chunk.position !== changed[0]?.position
  expect(after.filter(untouched)).toEqual(before.filter(untouched))
})

test('a text that is put back costs nothing while its vector is cached', async () => {
  const product = { id: 4, name: 'Reversible jacket' }
  await send(anUpdate({ ...product, description: sentences(8) }))
  const before = await chunksOf(4)
  expect((await send(anUpdate({ ...product, description: sentences(8, 2) }))).inputs).toHaveLength(1)
  const back = await send(anUpdate({ ...product, description: sentences(8) }))
  expect(back).toEqual({ outcome: 'content_updated', requests: 0, inputs: [] })
  expect((await chunksOf(4)).map((chunk) => chunk.vector)).toEqual(before.map((chunk) => chunk.vector))
})

test('a deleted product that is restored with its text costs nothing', async () => {
  const product = { id: 5, name: 'Returning boots', description: sentences(6) }
  await send(anUpdate(product))
  await send(aDeletion(5))
  expect(await chunksOf(5)).toEqual([])
  expect(await send(anUpdate(product))).toEqual({ outcome: 'created', requests: 0, inputs: [] })
  expect(foundIds(await server.search('returning boots'))).toContain('woo_5')
})

test('the same text in two products of a tenant is paid for once, in two tenants twice', async () => {
  const twin = { name: 'Twin socks', description: 'Warm and long.' }
  const batch = { requests: provider.requests, inputs: provider.inputs.length }
  await shop.sendBatch([anUpdate({ ...twin, id: 6 }), anUpdate({ ...twin, id: 7, sku: 'TWIN-2', price: '5' })])
  await server.settled()
  expect(provider.inputs.length - batch.inputs).toBe(1)
  expect((await send(anUpdate({ ...twin, id: 8 }))).inputs).toEqual([])
  const sameTenant = await server.newShop()
  expect((await send(anUpdate({ ...twin, id: 8 }), sameTenant)).inputs).toEqual([])

  const otherShop = await server.newShop({ tenantOf: await server.newOwner() })
  expect((await send(anUpdate({ ...twin, id: 6 }), otherShop)).inputs).toHaveLength(1)
  const vectors = [...(await chunksOf(6)), ...(await chunksOf(7)), ...(await chunksOf(6, otherShop.storeId))]
  expect(new Set(vectors.map((chunk) => chunk.vector)).size).toBe(1)
})

test('two tenants with equal texts in one turn each pay for their own', async () => {
  const twin = { id: 1, name: 'Twin gloves', description: 'Soft.' }
  const owners = [await server.newOwner(), await server.newOwner()]
  const shops = [
    await server.newShop({ tenantOf: owners[0] ?? '' }),
    await server.newShop({ tenantOf: owners[1] ?? '' }),
  ]
  // Both wait, so that one turn takes both.
  provider.behave('error')
  await Promise.all(shops.map((each) => each.send(anUpdate(twin))))
  await waitFor('both texts to wait', async () => {
    const rows = await server.sql(
      `select 1 from knowledge_chunks where embedding_status = 'pending' and leased_until is null`,
    )
    return rows.length === 2
  })
  const before = provider.inputs.length
  provider.behave('ok')
  await server.settled()
  expect(provider.inputs.length - before).toBe(2)
  for (const [index, each] of shops.entries()) {
    const token = await server.knowledgeToken(owners[index])
    const found = await server.search('twin gloves', { token })
    expect(found.body.results.map((hit: { product: { store: { id: number } } }) => hit.product.store.id)).toEqual([
      each.storeId,
    ])
  }
})

test('texts that differ only in where one ends and the next begins are different texts', async () => {
  const product = { id: 9, name: 'Ambiguous' }
  await send(anUpdate({ ...product, short_description: 'ab', description: 'c' }))
  const moved = await send(anUpdate({ ...product, short_description: 'a', description: 'bc' }))
  expect(moved).toMatchObject({ outcome: 'content_updated' })
  expect(moved.inputs).toHaveLength(1)
  await send(anUpdate({ ...product, id: 10, categories: ['a', 'b'] }))
  expect(await send(anUpdate({ ...product, id: 10, categories: ['a, b'] }))).toMatchObject({
    outcome: 'content_updated',
  })
})

test('a thousand texts go in a few requests, none of them twice', async () => {
  const before = { requests: provider.requests, inputs: provider.inputs.length }
  const batches = Array.from({ length: 10 }, (_, batch) =>
    Array.from({ length: 100 }, (_, n) => anUpdate({ id: 1000 + batch * 100 + n, name: `Bulk product ${batch} ${n}` })),
  )
  await Promise.all(batches.map((batch) => shop.sendBatch(batch)))
  await server.settled()
  const inputs = provider.inputs.slice(before.inputs)
  expect(inputs).toHaveLength(1000)
  expect(new Set(inputs).size).toBe(1000)
  expect(provider.requests - before.requests).toBeLessThanOrEqual(100)
})

if (databaseKind === 'postgres') {
  test('a worker whose transaction began before another’s lease takes none of the leased chunks', async () => {
    const database = await freshDatabase()
    const first = await startTestServer(database.env)
    await (await first.newShop()).send(anUpdate({ id: 1, name: 'Leased once' }))
    await first.settled()
    await first.stop()
    const db = await openDatabase(readConfig(first.env), createLog('silent'))
    await db.owner.query(`update knowledge_chunks set embedding_status = 'pending'`)
    const [earlier, later] = await db.service.transaction(async (tx) => {
      await tx.query('select now()')
      const later = await db.service.transaction((other) => leasePending(other, 0, 100))
      return [await leasePending(tx, 0, 100), later]
    })
    expect(later.chunks.length).toBeGreaterThan(0)
    expect(earlier.chunks).toEqual([])
    await db.close()
    await database.remove()
  })

  test('two workers on one database never pay for the same text twice', async () => {
    const slow = await startFakeProvider({ latencyMs: 100 })
    const env = { ...server.env, PORT: '0', OPENAI_BASE_URL: slow.url, EMBEDDING_BATCH_SIZE: '10' }
    const database = await freshDatabase()
    const workers = [
      await startTestServer({ ...env, ...database.env }),
      await startTestServer({ ...env, ...database.env }),
    ]
    const store = await workers[0]?.newShop()
    const events = Array.from({ length: 300 }, (_, n) => anUpdate({ id: n + 1, name: `Shared work ${n}` }))
    await Promise.all([0, 100, 200].map((from) => store?.sendBatch(events.slice(from, from + 100))))
    await workers[0]?.settled()
    expect(slow.inputs).toHaveLength(300)
    expect(new Set(slow.inputs).size).toBe(300)
    for (const worker of workers) await worker.stop()
    await slow.close()
    await database.remove()
  })
}

test('a paid answer is stored, even if it cannot be stored with its product at first', async () => {
  await server.sql('create sequence tries')
  await server.sql(`create function refuse_once_more() returns trigger language plpgsql security definer as $$
    begin perform nextval('tries'); raise exception 'not now'; end $$`)
  await server.sql(
    'create trigger refuse before insert on chunk_embeddings for each row execute function refuse_once_more()',
  )
  const before = provider.inputs.length
  await shop.send(anUpdate({ id: 70, name: 'Hammock of the seven knots' }))
  await waitFor('storing to be tried twice', async () => {
    const [row] = await server.sql<{ tries: number }>('select last_value::int as tries from tries')
    return (row?.tries ?? 0) >= 2
  })
  await server.sql('drop trigger refuse on chunk_embeddings')
  await server.settled()
  const asked = provider.inputs.slice(before)
  expect(asked.length).toBeGreaterThan(0)
  expect(new Set(asked).size).toBe(asked.length)
  expect((await chunksOf(70)).every((chunk) => chunk.vector !== null)).toBe(true)
})

// The embedded database does one thing after the other.
if (databaseKind === 'postgres') {
  test('a batch that changes one product and deletes another does not wait in a circle with the embedding stage', async () => {
    await shop.sendBatch([anUpdate({ id: 81 }), anUpdate({ id: 82 })])
    await server.settled()
    const lock = 'select 1 from products where store_id = $1 and external_id = $2 for update'
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>()
    // Locks as the embedding stage does: in the order of the products' external ids.
    const storing = server.running.db.service.transaction(async (tx) => {
      await tx.query(lock, [shop.storeId, 'woo_81'])
      isLocked()
      await gate
      await tx.query(`${lock} nowait`, [shop.storeId, 'woo_82'])
    })
    await locked
    await shop.sendBatch([aDeletion(81), anUpdate({ id: 82, name: 'Changed beside a deletion' })])
    await waitFor('the batch to wait for a product', async () => {
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      return (await server.sql(waiting)).length > 0
    })
    open()
    await storing
    await server.settled()
    const found = foundIds(await server.search('changed beside a deletion'))
    expect(found[0]).toBe('woo_82')
    expect(found).not.toContain('woo_81')
  })
}

test('the statistics of paid and avoided texts equal the provider’s count', async () => {
  const owner = await server.newOwner()
  const own = await server.newShop({ tenantOf: owner })
  const before = await knowledgeStats()
  const seen = { requests: provider.requests, inputs: provider.inputs.length }
  const product = { ...aProduct({ id: 1, name: 'Counted coat' }), description: sentences(20) }
  await send(anUpdate(product), own) // every chunk is embedded
  const chunks = (await chunksOf(1, own.storeId)).length
  await send(anUpdate({ ...product, price: '7' }), own) // every chunk is avoided
  await send(anUpdate({ ...product, price: '7' }), own) // and again
  await send(anUpdate({ ...product, description: sentences(20, 10) }), own) // one embedded, the others avoided
  await send(anUpdate({ ...product, description: sentences(20) }), own) // all avoided: one by the cache
  const avoided = chunks + chunks + (chunks - 1) + chunks
  await waitFor('what was avoided to be counted', async () => {
    return (await knowledgeStats()).embeddings_avoided - before.embeddings_avoided >= avoided
  })
  const after = await knowledgeStats()
  const requests = provider.requests - seen.requests
  const inputs = provider.inputs.length - seen.inputs
  expect(inputs).toBe(chunks + 1)
  expect(after.embedding_requests - before.embedding_requests).toBe(requests)
  expect(after.embedding_inputs - before.embedding_inputs).toBe(inputs)
  expect(after.embeddings_avoided - before.embeddings_avoided).toBe(avoided)

  const token = await server.knowledgeToken(owner)
  const headers = { authorization: `Bearer ${token}` }
  const mine = await (await fetch(`${server.url}/api/v1/knowledge/stats/`, { headers })).json()
  expect(mine).toEqual({
    products: 1,
    chunks,
    pending_embeddings: 0,
    paused_embeddings: 0,
    embedding_requests: requests,
    embedding_inputs: inputs,
    embeddings_avoided: avoided,
    query_embeddings: 0,
    products_to_index: 0,
  })
})

test('over the whole life of the server, requests and inputs are exactly those that the provider counted', async () => {
  await server.search('a question of its own')
  await waitFor('the last query to be counted', async () => {
    const stats = await knowledgeStats()
    return stats.embedding_requests + stats.query_embeddings >= provider.requests
  })
  const stats = await knowledgeStats()
  expect(stats.embedding_requests + stats.query_embeddings).toBe(provider.requests)
  expect(stats.embedding_inputs + stats.query_embeddings).toBe(provider.inputs.length)
})
