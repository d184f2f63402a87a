/** The words of a product in the columns that search reads: always those of its texts, and written only when they change. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readProduct } from '../../../server/src/catalog/products/product-state.ts'
import { saveProducts } from '../../../server/src/catalog/products/product-store.ts'
import {
  readTerms,
  SEARCHED_COLUMNS,
  type SearchedContent,
  type SearchedVariant,
  stampOf,
  wordsOf,
} from '../../../server/src/catalog/products/search-terms.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop
/** Of another tenant, with the same ids. */
let other: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop({ tenantOf: await server.newOwner() })
  other = await server.newShop({ tenantOf: await server.newOwner() })
})
afterAll(() => server?.stop())

/** External ids of products whose stored words are not those of their texts. */
async function withOtherWords(): Promise<string[]> {
  const rows = await server.sql<
    SearchedContent & { externalId: string; variants: SearchedVariant[]; lexemes: string; terms: string }
  >(
    `select p.external_id as "externalId", ${SEARCHED_COLUMNS}, p.lexemes::text as lexemes, p.search_terms as terms
       from products p order by p.id`,
  )
  const wrong: string[] = []
  for (const row of rows) {
    const words = wordsOf(row, row.variants, stampOf(row, row.variants))
    const [expected] = await server.sql<{ lexemes: string }>('select $1::tsvector::text as lexemes', [words.lexemes])
    if (row.lexemes !== expected?.lexemes || row.terms !== words.search_terms) wrong.push(row.externalId)
  }
  return wrong
}

/** A product with variations, whose every searched field is chosen by a small number. */
const FIELDS = {
  name: (n: number) => ({ name: `Wool coat ${'long '.repeat(n)}` }),
  short_description: (n: number) => ({ short_description: `Warm, number ${n}` }),
  description: (n: number) => ({ description: `<p>Worn for ${n} winters</p>` }),
  sku: (n: number) => ({ sku: `COAT-${n}` }),
  categories: (n: number) => ({ categories: ['Coats', `Line ${n}`] }),
  tags: (n: number) => ({ tags: [`season ${n}`] }),
  attributes: (n: number) => ({ attributes: [{ name: 'Lining', options: [`silk ${n}`] }] }),
  brand: (n: number) => ({ brand: `Maker ${n}` }),
  category_paths: (n: number) => ({ category_paths: [['Clothing', `Outer ${n}`, 'Coats']] }),
  gtin: (n: number) => ({ global_unique_id: `400638133393${n % 2 === 0 ? '1' : ''}` }),
  variation: (n: number) => ({
    variations: [{ id: 71, sku: `V-${n}`, attributes: { size: `${40 + n}` }, price: '10' }],
  }),
  price: (n: number) => ({ price: `${n + 1}` }),
  stock: (n: number) => ({ stock_quantity: n, stock_status: n === 0 ? 'outofstock' : 'instock' }),
  status: (n: number) => ({ status: n % 2 === 0 ? 'publish' : 'draft' }),
}
const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[]

test('they are those of the texts after any changes, in any batches', async () => {
  const change = fc.record({
    field: fc.constantFrom(...names, 'price' as const, 'stock' as const, 'delete' as const),
    value: fc.nat({ max: 3 }),
    product: fc.integer({ min: 1, max: 2 }),
  })
  let version = Date.now() * 1000 - 1e9
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 5 }), { maxLength: 6 }), async (batches) => {
      const products = new Map<number, Record<string, unknown>>()
      for (const batch of batches) {
        const events = batch.map(({ field, value, product }) => {
          version += 1
          if (field === 'delete') return { ...aDeletion(product), version }
          const next = { ...products.get(product), id: product, ...FIELDS[field](value) }
          products.set(product, next)
          return anUpdate({ name: 'Wool coat', ...next }, { version })
        })
        const answers = await Promise.all([shop, other].map((each) => each.sendBatch(events)))
        expect(answers.map(({ status }) => status)).toEqual([202, 202])
        await server.settled()
      }
      expect(await server.sql(`select error from events where status = 'dead'`)).toEqual([])
      expect(await withOtherWords()).toEqual([])
    }),
    { numRuns: 25 },
  )
})

test('a new price, stock, picture or status writes neither texts nor words, and search has it', async () => {
  await shop.send(anUpdate({ id: 5, name: 'Felt hat', price: '30' }))
  await server.settled()
  await server.sql(`create function refuse_words() returns trigger language plpgsql as $$ begin
    raise exception 'words were written'; end $$`)
  await server.sql(
    'create trigger refuse_words before update of name, description, lexemes, search_terms on products for each row execute function refuse_words()',
  )
  try {
    for (const fields of [
      { price: '20' },
      { price: '20', stock_quantity: 3 },
      { price: '20', image: 'https://a.example/b.png' },
    ])
      await shop.send(anUpdate({ id: 5, name: 'Felt hat', ...fields }))
    await server.settled()
    expect(await server.sql(`select distinct status from events where payload::text like '%Felt hat%'`)).toEqual([
      { status: 'processed' },
    ])
    const found = await server.search('felt hat')
    expect(found.body.results[0].product).toMatchObject({ name: 'Felt hat', price: '20' })
  } finally {
    await server.sql('drop function refuse_words() cascade')
  }
})

test('a new price and a deletion in one batch leave a tombstone', async () => {
  const hat = { id: 8, name: 'Straw hat', price: '9' }
  const version = Date.now() * 1000
  await shop.send(anUpdate(hat, { version }))
  await server.settled()
  const batch = [anUpdate({ ...hat, price: '8' }, { version: version + 1 }), { ...aDeletion(8), version: version + 2 }]
  expect((await shop.sendBatch(batch)).status).toBe(202)
  await server.settled()
  expect(
    await server.sql(`select is_active, deleted_at is not null as gone from products where external_id = 'woo_8'`),
  ).toEqual([{ is_active: false, gone: true }])
  expect((await server.search('straw hat')).body.results).toEqual([])
})

test('a product whose words the database refuses is set aside, and its next event writes them', async () => {
  const cap = { id: 7, name: 'Tweed cap', price: '15' }
  await shop.send(anUpdate(cap))
  await server.settled()
  const { storeId } = shop
  const stored = async () =>
    (
      await server.sql<{ terms: string | null }>(
        `select search_terms as terms from products where external_id = 'woo_7' and store_id = $1`,
        [storeId],
      )
    )[0]?.terms ?? null
  const words = await stored()
  await server.sql(`create function refuse_tweed() returns trigger language plpgsql as $$ begin
    if new.search_terms like '%tweed%' then raise exception 'refused'; end if; return new; end $$`)
  await server.sql('create trigger refuse_tweed before update on products for each row execute function refuse_tweed()')
  // As after a migration that changes the form of the index.
  await server.sql(`update products set search_terms = null where external_id = 'woo_7' and store_id = $1`, [storeId])
  await waitFor('the product to be set aside', async () => (await stored()) !== null)
  expect(readTerms(await stored(), '')).toMatchObject({ name: [], text: '' })
  expect((await server.search('tweed cap')).status).toBe(200)
  await server.sql('drop function refuse_tweed() cascade')
  await shop.send(anUpdate({ ...cap, price: '14' }))
  await server.settled()
  expect(await stored()).toBe(words)
  expect((await server.search('tweed cap')).body.results[0].product).toMatchObject({ name: 'Tweed cap', price: '14' })
})

test('words that another worker has changed since the event was read are written again', async () => {
  await shop.send(anUpdate({ id: 6, name: 'Linen shirt' }))
  await server.settled()
  const state = readProduct({ id: 6, name: 'Linen shirt' })
  const read = readProduct({ id: 6, name: 'Linen shirt' }, state.words_stamp)
  expect(read).toMatchObject({ lexemes: null, search_terms: null })
  await shop.send(anUpdate({ id: 6, name: 'Cotton blouse' }))
  await server.settled()
  const [row] = await server.sql<{ tenantId: number; storeId: number; id: number; terms: string }>(
    `select tenant_id as "tenantId", store_id as "storeId", id, search_terms as terms from products where external_id = 'woo_6'`,
  )
  if (!row) throw new Error('no product')
  const order = { isVersioned: true, eventId: 'z', contentEventId: 'z', isDelete: false }
  const version = Date.now() * 1000 + 60_000_000
  const known = {
    ...{ ...order, id: row.id, version: 1, contentVersion: 1, isActive: true, chunkCount: 0, productHash: '' },
    ...{ state: { content_hash: 'x', state_hash: 'x' }, searchTerms: row.terms },
  }
  const write = {
    externalId: 'woo_6',
    product: { ...order, version, contentVersion: version, state: read },
    priority: 0,
  }
  await server.running.db.service.transaction((tx) => saveProducts(tx, row, [write], new Map([['woo_6', known]])))
  const [saved] = await server.sql('select name from products where id = $1', [row.id])
  expect(saved).toEqual({ name: 'Linen shirt' })
  expect(await withOtherWords()).toEqual([])
})
