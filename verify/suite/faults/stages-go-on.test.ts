import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { freshDatabase, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let provider: FakeProvider
let server: TestServer

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer(settings(provider))
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})

const settings = (of: FakeProvider) => ({
  EMBEDDING_PROVIDER: 'openai',
  OPENAI_BASE_URL: of.url,
  OPENAI_API_KEY: 'test-key',
  EMBEDDING_DIMENSIONS: '64',
  EMBEDDING_TIMEOUT_SECONDS: '20',
})

const plain = { sku: '', short_description: '', description: '', categories: [], tags: [], attributes: [] }

const newShop = async () => await server.newShop({ tenantOf: await server.newOwner() })

const chunksOf = async (shop: Shop) =>
  await server.sql<{ text: string; status: string; error: string | null }>(
    `select text, embedding_status as status, embedding_error as error from knowledge_chunks where store_id = $1 order by product_id, position`,
    [shop.storeId],
  )

/** The database refuses rows of this table that fit `condition`. */
async function refuse(table: string, condition: string) {
  await server.sql(`create function refuse() returns trigger language plpgsql security definer as $$
    begin if ${condition} then raise exception 'not this row'; end if; return new; end $$`)
  await server.sql(`create trigger refuse before insert or update on ${table} for each row execute function refuse()`)
  return () => server.sql('drop function refuse() cascade')
}

const deadLetterOf = async (shop: Shop) =>
  (await server.admin('GET', `/api/v1/dead-letters/?store_id=${shop.storeId}`)).body.results

test('a product whose chunks cannot be written becomes a dead letter, and the others are embedded', async () => {
  const [shop, other] = [await newShop(), await newShop()]
  const letItBe = await refuse('knowledge_chunks', `new.text like '%unspeakable%'`)
  const product = (id: number, description: string) => anUpdate({ ...plain, id, name: `Vase ${id}`, description })
  await shop.sendBatch([product(1, 'Blue.'), product(2, 'It is unspeakable.'), product(3, 'Red.')])
  await other.send(product(1, 'Green.'))
  await server.settled()
  await letItBe()
  expect(await chunksOf(other)).toMatchObject([{ status: 'stored' }])
  const chunks = await chunksOf(shop)
  expect(chunks).toMatchObject([
    { text: 'Vase 1\n\nBlue.', status: 'stored' },
    { text: 'Vase 2', status: 'refused', error: expect.stringContaining('(code P0001)') },
    { text: 'Vase 3\n\nRed.', status: 'stored' },
  ])
  expect(await deadLetterOf(shop)).toMatchObject([{ kind: 'embedding', external_id: 'woo_2' }])
  // Its words are found, and its next change is cut as usual.
  const found = await server.search('unspeakable')
  expect(found.body.results[0].product).toMatchObject({ external_id: 'woo_2' })
  await shop.send(product(2, 'It is yellow.'))
  await server.settled()
  expect((await chunksOf(shop))[1]).toMatchObject({ text: 'Vase 2\n\nIt is yellow.', status: 'stored', error: null })
  expect(await deadLetterOf(shop)).toEqual([])
})

test('a vector that cannot be stored costs its own chunk a dead letter, and no other tenant anything', async () => {
  const [shop, other] = [await newShop(), await newShop()]
  const letItBe = await refuse(
    'chunk_embeddings',
    `exists (select 1 from knowledge_chunks c where c.id = new.chunk_id and c.text like 'Anchor%')`,
  )
  await shop.sendBatch(
    ['Sail', 'Anchor', 'Mast'].map((name, n) => anUpdate({ ...plain, id: n + 1, name: `${name} of oak` })),
  )
  await other.send(anUpdate({ ...plain, id: 1, name: 'Rudder of oak' }))
  await waitFor('the other tenant’s vector', async () => (await chunksOf(other))[0]?.status === 'stored')
  await waitFor('the chunk to be given up', async () => (await chunksOf(shop))[1]?.status === 'refused')
  await server.settled()
  await letItBe()
  expect(await chunksOf(shop)).toMatchObject([
    { text: 'Sail of oak', status: 'stored' },
    { text: 'Anchor of oak', status: 'refused', error: expect.stringContaining('(code P0001)') },
    { text: 'Mast of oak', status: 'stored' },
  ])
  const [letter] = await deadLetterOf(shop)
  const replay = await server.admin('POST', `/api/v1/dead-letters/embedding/${letter.id}/replay/`)
  expect(replay.status).toBe(202)
  await server.settled()
  expect((await chunksOf(shop))[1]).toMatchObject({ status: 'stored', error: null })
})

test('a reindex of many texts in batches asks for each text once', async () => {
  const shop = await newShop()
  await shop.sendBatch(Array.from({ length: 70 }, (_, n) => anUpdate({ ...plain, id: n + 1, name: `Tile ${n >> 1}` })))
  await server.settled()
  const before = provider.inputs.length
  const answer = await server.admin('POST', '/api/v1/knowledge/reindex/', { store_id: shop.storeId })
  expect(answer.body).toEqual({ texts: 70 })
  await server.settled()
  expect(provider.inputs.slice(before).sort()).toEqual(Array.from({ length: 35 }, (_, n) => `Tile ${n}`).sort())
})

test('deleting a store with many products and open events removes all of them, and an interrupted deletion is finished', async () => {
  const shop = await newShop()
  const batch = Array.from({ length: 70 }, (_, n) => anUpdate({ ...plain, id: n + 1, name: `Button ${n}` }))
  await shop.sendBatch(batch)
  await server.settled()
  await server.sql(
    `update events set status = 'retrying', outcome = null, next_attempt_at = now() + interval '9 seconds' where store_id = $1`,
    [shop.storeId],
  )
  expect((await server.admin('DELETE', `/api/v1/stores/${shop.storeId}/`)).status).toBe(204)
  const state = async () => {
    const [row] = await server.sql(
      `select (select count(*)::int from products where store_id = s.id and is_active) as shown,
              (select count(*)::int from events where store_id = s.id and status in ('received', 'retrying')) as open,
              (select sum(products_change)::int from event_hours where store_id = s.id) as counted, emptied_at is not null as emptied
         from stores s where id = $1`,
      [shop.storeId],
    )
    return row
  }
  const whole = { shown: 0, open: 0, counted: 0, emptied: true }
  expect(await state()).toEqual(whole)

  // As a server leaves it that is killed in between: half of the products are still shown, and found by no search.
  await server.sql('update stores set emptied_at = null where id = $1', [shop.storeId])
  await server.sql(
    `update products set is_active = true, deleted_at = null where store_id = $1 and external_product_id > 35`,
    [shop.storeId],
  )
  await server.sql('update event_hours set products_change = products_change + 35 where store_id = $1', [shop.storeId])
  const found = (await server.search('button 60', { params: { limit: '50' } })).body.results
  expect(found.filter((hit: { product: { store: { id: number } } }) => hit.product.store.id === shop.storeId)).toEqual(
    [],
  )
  const { resumeErasing } = await import('../../../server/src/operations/erase-tenant.ts')
  const { createLog } = await import('../../../server/src/platform/log.ts')
  await resumeErasing(server.running.db, createLog('silent'))
  expect(await state()).toEqual(whole)
})

test('texts that an interrupted start has not marked are marked by the next one', async () => {
  const database = await freshDatabase()
  const env = { ...database.env, ...settings(provider) }
  const first = await startTestServer(env)
  const shop = await first.newShop()
  await shop.sendBatch(Array.from({ length: 30 }, (_, n) => anUpdate({ ...plain, id: n + 1, name: `Peg ${n}` })))
  await first.settled()
  // The chosen profile has lost its vectors, and the start that was to mark their texts as pending came as far as the tenth.
  await first.sql('delete from chunk_embeddings')
  await first.sql(
    'update embedding_profiles set marked_to = (select id from knowledge_chunks order by id offset 9 limit 1)',
  )
  await first.stop()
  const second = await startTestServer(env)
  await second.settled()
  expect(await second.sql('select count(*)::int as count from chunk_embeddings')).toEqual([{ count: 20 }])
  expect(await second.sql('select marked_to from embedding_profiles')).toEqual([{ marked_to: null }])
  await second.stop()
  await database.remove()
})

test('a stopping server does not wait for the provider and returns its leases', async () => {
  const database = await freshDatabase()
  const silent = await startFakeProvider()
  const first = await startTestServer({ ...database.env, ...settings(silent) })
  const shop = await first.newShop()
  silent.behave('hang')
  await shop.send(anUpdate({ ...plain, id: 1, name: 'Patience' }))
  await waitFor('the provider to be asked', async () => silent.requests > 0)
  const stopped = first.stop().then(() => 'stopped')
  // The provider would have 20 s for its answer.
  const deadline = new Promise((resolve) => setTimeout(resolve, 15_000, 'waited'))
  expect(await Promise.race([stopped, deadline])).toBe('stopped')

  const { openDatabase } = await import('../../../server/src/platform/db/database.ts')
  const { readConfig } = await import('../../../server/src/platform/config.ts')
  const { createLog } = await import('../../../server/src/platform/log.ts')
  const db = await openDatabase(readConfig(first.env), createLog('silent'))
  const chunks = await db.owner.query('select embedding_status, embedding_error, leased_until from knowledge_chunks')
  expect(chunks).toEqual([{ embedding_status: 'pending', embedding_error: null, leased_until: null }])
  await db.close()
  await silent.close()
  await database.remove()
})
