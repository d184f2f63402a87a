import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { embedWords, type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import {
  type Answer,
  databaseKind,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const DIMENSIONS = 64
/** Above this number of vectors not all of a tenant's vectors are compared with a query. */
const MANY = 20_100
const PORTION = 2_000
let server: TestServer
let provider: FakeProvider
let shop: Shop
let other: Shop
let token: string

beforeAll(async () => {
  provider = await startFakeProvider({ dimensions: DIMENSIONS })
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: 'key-for-tests',
    EMBEDDING_MODEL: 'model',
    EMBEDDING_DIMENSIONS: String(DIMENSIONS),
    QUERY_EMBEDDING_TIMEOUT_MS: '4000',
  })
  const [owner, another] = [await server.newOwner(), await server.newOwner()]
  shop = await server.newShop({ tenantOf: owner })
  other = await server.newShop({ tenantOf: another })
  token = await server.knowledgeToken(owner)
  const lamps = Array.from({ length: 110 }, (_, at) =>
    anUpdate({ id: at + 1, name: `Lamp ${at + 1}`, price: String(at + 1), currency: 'EUR', stock_status: 'instock' }),
  )
  await shop.sendBatch(lamps.slice(0, 100))
  await shop.sendBatch(lamps.slice(100))
  await other.sendBatch([anUpdate({ id: 1, name: 'Lamp of another shop' })])
  await server.settled()
  await addVectors(shop.storeId, MANY)
  // The product that stands out: its chunk says what the query says, in words that no product has in its word index.
  await setVector(shop.storeId, 77, 'qqxxa wwzzo')
  await setVector(other.storeId, 1, 'qqxxa wwzzo')
})

afterAll(async () => {
  await server?.stop()
  await provider?.close()
})

/** More chunks for the products of a store, each with an arbitrary vector, evenly over the products. */
async function addVectors(storeId: number, number: number): Promise<void> {
  // In portions: on a busy machine one statement for all of them comes near the time limit of a statement.
  for (let from = 0; from < number; from += PORTION)
    await addPortion(storeId, from, Math.min(from + PORTION, number) - 1)
}

async function addPortion(storeId: number, from: number, to: number): Promise<void> {
  await server.sql(
    `with products_of as (select id, tenant_id, store_id, row_number() over (order by id) - 1 as place from products where store_id = $1),
          total as (select count(*) as products from products_of),
          chunk as (
            insert into knowledge_chunks (tenant_id, store_id, product_id, position, text, text_hash, language, embedding_status)
            select p.tenant_id, p.store_id, p.id, 10 + made / total.products, 'more', md5(made::text), 'en', 'stored'
              from generate_series($2::int, $3::int) as made cross join total
              join products_of p on p.place = made % total.products
            returning id, tenant_id, text_hash)
     insert into chunk_embeddings (chunk_id, profile_id, tenant_id, text_hash, embedding)
     select id, (select id from embedding_profiles where state = 'active'), tenant_id, text_hash,
            (select array_agg(sin(chunk.id * place) order by place) from generate_series(1, ${DIMENSIONS}) as place)::vector
       from chunk`,
    [storeId, from, to],
  )
}

async function setVector(storeId: number, productId: number, text: string): Promise<void> {
  await server.sql(
    `update chunk_embeddings e set embedding = $3::text::vector from knowledge_chunks c join products p on p.id = c.product_id
      where c.id = e.chunk_id and p.store_id = $1 and p.external_id = $2 and c.position = 0`,
    [storeId, `woo_${productId}`, `[${Array.from(embedWords(text, DIMENSIONS)).join()}]`],
  )
}

const namesFor = async (params: Record<string, string> = {}): Promise<string[]> => {
  let found: Answer | undefined
  // A query that gets no vector is answered by words alone, says so, and is asked again.
  await waitFor('an answer with vectors', async () => {
    found = await server.search('qqxxa wwzzo', { token, params })
    return found.body.degraded === false
  })
  return found?.body.results.map((result: { product: { name: string } }) => result.product.name)
}

const indexes = async () =>
  (
    await server.sql<{ name: string }>(
      `select c.relname as name from pg_class c where c.relname like 'chunk\\_embeddings\\_nearest%' order by 1`,
    )
  ).map(({ name }) => name)

async function maintain(): Promise<void> {
  // The server's own look at its tasks, up to two minutes after the start, may be under way.
  await waitFor('the task to run here', async () => {
    await server.sql(`delete from maintenance_runs where task = 'vector_indexes'`)
    return (await server.running.maintenance.runDue()).includes('vector_indexes')
  })
  const [run] = await server.sql<{ error: string | null }>(
    `select last_error as error from maintenance_runs where task = 'vector_indexes'`,
  )
  expect(run?.error).toBe(null)
}

test('a tenant with many vectors gets an index over its own ones, and the query finds what only a vector says', async () => {
  expect(await indexes()).toEqual([])
  expect(await namesFor(), 'not all vectors are compared, and there is no index yet').toEqual([])
  await maintain()
  if (databaseKind === 'embedded') {
    expect(await indexes(), 'building one would stop the only thread').toEqual([])
    return
  }
  expect(await indexes()).toHaveLength(1)
  expect((await namesFor())[0]).toBe('Lamp 77')
  expect(await namesFor(), 'another tenant has the same vector').not.toContain('Lamp of another shop')
})

if (databaseKind === 'postgres') {
  test('the index obeys filters, also one that few products meet', async () => {
    expect((await namesFor({ min_price: '2', currency: 'EUR' }))[0]).toBe('Lamp 77')
    expect((await namesFor({ min_price: '77', max_price: '77', currency: 'EUR' }))[0]).toBe('Lamp 77')
    expect(await namesFor({ max_price: '76', currency: 'EUR' })).not.toContain('Lamp 77')
    expect(await namesFor({ min_price: '78', max_price: '79', currency: 'EUR' })).not.toContain('Lamp 77')
    await shop.send(anUpdate({ id: 77, name: 'Lamp 77', price: '77', currency: 'EUR', status: 'draft' }))
    await server.settled()
    expect(await namesFor(), 'hidden').not.toContain('Lamp 77')
  })

  test('an index that is no longer needed or was interrupted goes away', async () => {
    const [name] = await indexes()
    await server.sql(`update pg_index set indisvalid = false where indexrelid = '${name}'::regclass`)
    await maintain()
    const [row] = await server.sql<{ isValid: boolean }>(
      `select indisvalid as "isValid" from pg_index where indexrelid = '${name}'::regclass`,
    )
    expect(row?.isValid, 'built again').toBe(true)
    await server.sql(`delete from chunk_embeddings where text_hash <> ''`)
    await maintain()
    expect(await indexes()).toEqual([])
  })
}
