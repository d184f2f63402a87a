import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate, aProduct, nextVersion } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { databaseKind, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const eventRow = async (eventId: string, storeId = shop.storeId) => {
  const [row] = await server.sql<{ status: string; outcome: string; version: number; is_versioned: boolean }>(
    'select status, outcome, version, is_versioned from events where store_id = $1 and event_id = $2',
    [storeId, eventId],
  )
  return row
}

const productRow = async (id: number) => {
  const [row] = await server.sql<{ name: string; version: number; is_active: boolean; deleted: boolean }>(
    `select name, version, is_active, deleted_at is not null as deleted from products where store_id = $1 and external_id = $2`,
    [shop.storeId, `woo_${id}`],
  )
  return row
}

/** Sends one event and waits until it has ended. */
const apply = async (event: Record<string, unknown>) => {
  expect((await shop.send(event)).status).toBe(202)
  await server.settled()
  return await eventRow(String(event.event_id))
}

test('an older event that arrives late is superseded and never overwrites a newer product', async () => {
  const old = nextVersion()
  await apply(anUpdate({ id: 1, name: 'New name', price: '2' }))
  const late = await apply(anUpdate({ id: 1, name: 'Old name', price: '1' }, { version: old, event_id: 'late' }))
  expect(late).toMatchObject({ status: 'superseded', outcome: 'superseded', version: old })
  expect(await productRow(1)).toMatchObject({ name: 'New name', is_active: true })
})

test('an older event that arrives late in the same batch is superseded, too', async () => {
  const old = nextVersion()
  const events = [
    anUpdate({ id: 2, name: 'New' }, { event_id: 'batch-1', version: nextVersion() }),
    anUpdate({ id: 2, name: 'Old' }, { event_id: 'batch-2', version: old }),
  ]
  expect((await shop.sendBatch(events)).body).toMatchObject({ accepted: 2 })
  await server.settled()
  expect(await eventRow('batch-2')).toMatchObject({ status: 'superseded' })
  expect(await productRow(2)).toMatchObject({ name: 'New' })
})

test('an update older than the deletion does not revive a product, a newer one does', async () => {
  await apply(anUpdate({ id: 3, name: 'Phoenix lamp' }))
  const between = nextVersion()
  expect(await apply(aDeletion(3, { event_id: 'phoenix-gone' }))).toMatchObject({ outcome: 'deleted' })
  const late = await apply(anUpdate({ id: 3, name: 'Phoenix lamp' }, { version: between, event_id: 'phoenix-late' }))
  expect(late).toMatchObject({ status: 'superseded' })
  expect(await productRow(3)).toMatchObject({ is_active: false, deleted: true })
  expect(foundIds(await server.search('phoenix lamp'))).not.toContain('woo_3')
  expect(await apply(anUpdate({ id: 3, name: 'Phoenix lamp' }, { event_id: 'phoenix-new' }))).toMatchObject({
    outcome: 'created',
  })
  expect(await productRow(3)).toMatchObject({ is_active: true, deleted: false })
  expect(foundIds(await server.search('phoenix lamp'))[0]).toBe('woo_3')
})

test('a deletion of a product without a description is stored as a tombstone', async () => {
  const before = nextVersion()
  expect(await apply(aDeletion(4, { event_id: 'never-seen' }))).toMatchObject({ outcome: 'deleted' })
  await apply(anUpdate({ id: 4, name: 'Ghost' }, { version: before, event_id: 'ghost' }))
  expect(await eventRow('ghost')).toMatchObject({ status: 'superseded' })
  expect(await productRow(4)).toMatchObject({ is_active: false, deleted: true })
})

test('the statement also checks the version: an old version that is written directly changes no row', async () => {
  await apply(anUpdate({ id: 5, name: 'Stands' }))
  const { saveProducts } = await import('../../../server/src/catalog/products/product-store.ts')
  const { readProduct } = await import('../../../server/src/catalog/products/product-state.ts')
  const [owner] = await server.sql<{ tenantId: number; storeId: number }>(
    'select tenant_id as "tenantId", id as "storeId" from stores where id = $1',
    [shop.storeId],
  )
  const order = { version: 1, contentVersion: 1, isVersioned: true, eventId: 'x', contentEventId: 'x' }
  const product = { ...order, isDelete: false, state: readProduct({ id: 5, name: 'Falls' }) }
  const hashes = { content_hash: 'x', state_hash: 'x' }
  await server.running.db.owner.transaction(async (tx) => {
    if (!owner) throw new Error('no store')
    await saveProducts(tx, owner, [{ externalId: 'woo_5', product, priority: 0 }])
    const tombstone = { ...product, isDelete: true, state: hashes }
    await saveProducts(tx, owner, [{ externalId: 'woo_5', product: tombstone, priority: 0 }])
  })
  expect(await productRow(5)).toMatchObject({ name: 'Stands', is_active: true, deleted: false })
})

test('without a version the date of the last change decides, in microseconds, and in UTC unless it has an offset', async () => {
  const unversioned = (id: string, date: string) =>
    anUpdate({ id: 6, date_modified: date }, { event_id: id, version: undefined })
  const expected = Date.UTC(2025, 10, 10, 9, 30) * 1000
  for (const [id, date] of [
    ['date-z', '2025-11-10T09:30:00Z'],
    ['date-none', '2025-11-10T09:30:00'],
    ['date-space', '2025-11-10 09:30:00'],
    ['date-tehran', '2025-11-10T13:00:00+03:30'],
  ] as const) {
    expect(await apply(unversioned(id, date)), date).toMatchObject({ version: expected, is_versioned: false })
  }
  await apply(unversioned('date-older', '2025-11-09T00:00:00Z'))
  expect(await eventRow('date-older')).toMatchObject({ status: 'superseded' })
})

test('without version and date, or with a date in the future, the time of receipt is the version', async () => {
  const before = Date.now() * 1000
  const none = await apply(anUpdate({ id: 7 }, { event_id: 'no-date', version: undefined }))
  const future = await apply(
    anUpdate({ id: 7, date_modified: '2099-01-01T00:00:00Z' }, { event_id: 'future', version: null }),
  )
  for (const row of [none, future]) {
    expect(row?.version).toBeGreaterThanOrEqual(before)
    expect(row?.version).toBeLessThanOrEqual(Date.now() * 1000)
  }
})

test('a deletion without version happens at its receipt, or right after what is stored if that is later', async () => {
  const ahead = (Date.now() + 3_600_000) * 1000
  await apply(anUpdate({ id: 8 }, { version: ahead }))
  const gone = await apply(aDeletion(8, { event_id: 'delete-after', version: undefined }))
  expect(gone).toMatchObject({ outcome: 'deleted', version: ahead + 1 })
  expect(await productRow(8)).toMatchObject({ version: ahead + 1, deleted: true })

  const before = Date.now() * 1000
  await apply(anUpdate({ id: 9 }, { version: 5 }))
  const product = { id: 9, date_modified: '2020-01-01T00:00:00Z' }
  const now = await apply(aDeletion(9, { event_id: 'delete-now', version: undefined, product }))
  expect(now?.version).toBeGreaterThanOrEqual(before)
  expect(await productRow(9)).toMatchObject({ deleted: true })
})

test('at equal versions a deletion wins in both orders, and of updates the greater event id', async () => {
  const version = nextVersion()
  await apply(anUpdate({ id: 10 }, { version }))
  await apply(aDeletion(10, { version }))
  await apply(aDeletion(11, { version }))
  await apply(anUpdate({ id: 11 }, { version }))
  expect(await productRow(10)).toMatchObject({ deleted: true })
  expect(await productRow(11)).toMatchObject({ deleted: true })

  await apply(anUpdate({ id: 12, name: 'Of B' }, { version, event_id: 'tie-b' }))
  await apply(anUpdate({ id: 12, name: 'Of A' }, { version, event_id: 'tie-a' }))
  await apply(anUpdate({ id: 13, name: 'Of A' }, { version, event_id: 'tie-c' }))
  await apply(anUpdate({ id: 13, name: 'Of B' }, { version, event_id: 'tie-d' }))
  expect(await productRow(12)).toMatchObject({ name: 'Of B' })
  expect(await productRow(13)).toMatchObject({ name: 'Of B' })
})

test('of unversioned events with one date the later arrival wins, also inside one batch', async () => {
  const dated = (name: string, event_id: string) =>
    anUpdate({ id: 14, name, date_modified: '2025-01-01T00:00:00Z' }, { event_id, version: undefined })
  await apply(dated('First', 'zz-first'))
  await apply(dated('Second', 'aa-second'))
  expect(await productRow(14)).toMatchObject({ name: 'Second' })
  await shop.sendBatch([dated('Third', 'zz-third'), dated('Fourth', 'aa-fourth'), dated('Fifth', 'mm-fifth')])
  await server.settled()
  expect(await productRow(14)).toMatchObject({ name: 'Fifth' })
})

type Event = Record<string, unknown>

function permutationsOf<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items]
  return items.flatMap((item, index) => permutationsOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

const sentences = (word: string, count: number) =>
  Array.from({ length: count }, (_, n) => `The ${word} has property number ${n}.`).join(' ')

/** The life of one product: made, changed, deleted at the version of another change, made again twice at one version. */
function lifeOf(id: number, endsDeleted: boolean): Event[] {
  const base = 1_762_768_200_000_000
  const update = (place: number, version: number, word: string, more: object = {}) =>
    anUpdate(
      { id, name: `The ${word}`, description: sentences(word, place + 3), price: String(place), ...more },
      { event_id: `e${place}-${id}`, version: base + version },
    )
  const variant = (place: number) => ({
    id: place,
    sku: `V${place}`,
    attributes: { رنگ: 'قرمز' },
    price: String(place),
  })
  return [
    update(1, 10, 'lamp', { variations: [variant(1), variant(2)] }),
    update(2, 20, 'lantern', { variations: [variant(2), variant(3)] }),
    aDeletion(id, { event_id: `e3-${id}`, version: base + 30 }),
    update(4, 30, 'candle', { variations: [variant(1)] }),
    update(5, 40, 'torch', { variations: [variant(4)] }),
    endsDeleted
      ? aDeletion(id, { event_id: `e6-${id}`, version: base + 40 })
      : update(6, 40, 'beacon', { variations: [variant(5), variant(6)], status: 'publish' }),
  ]
}

/** Everything about the store's products that must not depend on the order of their events, by number of products. */
async function endStates(storeId: number) {
  const products = await server.sql(
    `select count(distinct p.external_id)::int as products, p.name, p.description, p.price, p.stock_quantity, p.content_hash,
            p.state_hash, p.version, split_part(p.version_event_id, '-', 1) as event, p.is_versioned, p.content_version,
            split_part(p.content_event_id, '-', 1) as content_event, p.is_active, p.deleted_at is not null as deleted,
            p.lexemes::text as lexemes, p.chunked_hash, p.embedded_hash, p.chunk_count, p.searchable_version,
            (select json_agg(json_build_array(v.external_id, v.position, v.sku, v.attributes, v.price) order by v.position)::text
               from product_variants v where v.product_id = p.id) as variants,
            (select json_agg(json_build_array(c.position, c.text, c.text_hash, c.embedding_status, e.text_hash = c.text_hash)
                             order by c.position)::text
               from knowledge_chunks c left join chunk_embeddings e on e.chunk_id = c.id
              where c.product_id = p.id) as chunks
       from products p where p.store_id = $1
      group by 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21`,
    [storeId],
  )
  return products
}

async function sendInBatches(to: Shop, events: Event[]) {
  for (let i = 0; i < events.length; i += 100) {
    const answer = await to.sendBatch(events.slice(i, i + 100))
    expect(answer.body.rejected).toEqual([])
  }
}

test('all 720 orders of six events of a product end in one state, row, variants and chunks', async () => {
  const orders = permutationsOf([0, 1, 2, 3, 4, 5])
  const lives = orders.map((_, index) => lifeOf(index + 1, false))
  const store = await server.newShop()
  // By place in the order: each batch carries one event of a hundred products.
  for (const place of [0, 1, 2, 3, 4, 5]) {
    await sendInBatches(
      store,
      orders.map((order, index) => lives[index]?.[order[place] ?? 0] as Event),
    )
  }
  await server.settled()
  const ends = await endStates(store.storeId)
  expect(ends).toHaveLength(1)
  expect(ends[0]).toMatchObject({ products: 720, name: 'The beacon', event: 'e6', is_active: true, deleted: false })
  expect(JSON.parse(String(ends[0]?.chunks)).length).toBeGreaterThan(1)
})

// The second time over, every sixth order is enough where one thread does everything.
const STEP = databaseKind === 'postgres' ? 1 : 6

test(`so do ${720 / STEP} orders that end in a deletion, sent whole in one batch each: a tombstone without chunks`, async () => {
  const orders = permutationsOf([0, 1, 2, 3, 4, 5]).filter((_, index) => index % STEP === 0)
  const store = await server.newShop()
  await sendInBatches(
    store,
    orders.flatMap((order, index) => {
      const life = lifeOf(index + 1, true)
      return order.map((place) => life[place] as Event)
    }),
  )
  await server.settled()
  const ends = await endStates(store.storeId)
  expect(ends).toHaveLength(1)
  expect(ends[0]).toMatchObject({
    products: 720 / STEP,
    name: 'The torch',
    event: 'e6',
    is_active: false,
    deleted: true,
  })
  expect(ends[0]).toMatchObject({ chunks: null, chunk_count: 0, chunked_hash: null })
})

test('an applied product is the same for each form in which the shop describes it', async () => {
  const version = nextVersion()
  await apply({ event_id: 'same-1', event_type: 'product.created', version, product: aProduct({ id: 20 }) })
  expect(await eventRow('same-1')).toMatchObject({ outcome: 'created' })
  const next = await apply({
    event_id: 'same-2',
    event_type: 'product.created',
    version: version + 1,
    product: aProduct({ id: 20 }),
  })
  expect(next).toMatchObject({ outcome: 'unchanged' })
})
