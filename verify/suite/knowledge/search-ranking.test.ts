import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop
let token: string
let tenant: number

const bare = { short_description: '', description: '', tags: [], attributes: [], categories: [], sku: '', price: '10' }
const catalogue = [
  { id: 1, name: 'Desk lamp', sku: 'LMP-100', categories: ['Lamps'] },
  { id: 2, name: 'Floor lamp with a lamp shade', sku: 'LMP-1000', categories: ['Lamps'] },
  { id: 3, name: 'Lampshade LMP-100 and LMP-100 again', sku: 'X-1', description: 'Fits LMP-100. LMP-100!' },
  { id: 4, name: 'کفش اسپرت نایک مردانه', categories: ['کفش'], attributes: [{ name: 'رنگ', options: ['سفید'] }] },
  { id: 5, name: 'کفش پاشنه بلند', categories: ['کفش'], attributes: [{ name: 'رنگ', options: ['قرمز'] }] },
  { id: 6, name: 'کت زمستانی', description: 'مکس و پرو، مناسب گوشی', categories: ['پوشاک'] },
  { id: 7, name: 'هدفون بی‌سیم Sony WH-1000XM5', sku: 'WH1000XM5/B', categories: ['صوتی'] },
  { id: 8, name: 'Cotton shirt', description: 'A shirt to wear with a lamp.', categories: ['Shirts'] },
  { id: 9, name: 'چادر مسافرتی 6 نفره', categories: ['سفر'] },
  { id: 10, name: 'Memory card 256 GB', categories: ['Storage'] },
  { id: 11, name: 'Memory card 64 GB', categories: ['Storage'] },
]

beforeAll(async () => {
  server = await startTestServer()
  const owner = await server.newOwner()
  shop = await server.newShop({ tenantOf: owner })
  token = await server.knowledgeToken(owner)
  await shop.sendBatch(catalogue.map((product) => anUpdate({ ...bare, ...product })))
  await server.settled()
  const [row] = await server.sql<{ id: number }>(`select tenant_id as id from stores where id = ${shop.storeId}`)
  tenant = row?.id ?? 0
})
afterAll(() => server.stop())

const ask = async (q: string, params: Record<string, string> = {}) => {
  const answer = await server.search(q, { token, params: { explain: 'true', ...params } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer
}

test.each([
  ['LMP-100', 'woo_1'],
  ['lmp100', 'woo_1'],
  ['lmp 100', 'woo_1'],
  ['LMP-۱۰۰', 'woo_1'],
  ['LMP-1000', 'woo_2'],
  ['x-1', 'woo_3'],
  ['WH1000XM5/B', 'woo_7'],
  ['wh1000', 'woo_7'],
  ['do you have the LMP-100', 'woo_1'],
])('the SKU or model %s is first', async (q, first) => {
  const { body } = await ask(q)
  expect(body.results[0].product.external_id).toBe(first)
  expect(body.results[0]).toMatchObject({ match: 'strong' })
})

test.each([
  ['a name before a description', 'shirt lamp', ['woo_8']],
  ['the other script', 'nike', ['woo_4']],
  ['the other script, the other way', 'سونی', ['woo_7']],
  ['a letter that sounds the same', 'نایک مردانح', ['woo_4']],
  ['a wrong letter', 'کفس نایک', ['woo_4']],
  ['swapped letters', 'hsirt cotton', ['woo_8']],
  ['letters and digits apart', 'xm5', ['woo_7']],
  ['letters and digits together', 'چادر ۶نفره', ['woo_9']],
  ['a unit written together', '256gb memory card', ['woo_10']],
  ['a unit in Persian', 'memory card ۶۴ گیگ', ['woo_11']],
  ['an unfinished word', 'memo', ['woo_10', 'woo_11']],
  ['a compound written apart', 'lamp shade lmp', ['woo_2', 'woo_3']],
])('%s: %j', async (_what, q, first) => {
  expect(first).toContain(foundIds(await ask(q))[0])
})

test('a result says how well it matches, with which words and where', async () => {
  const { body } = await ask('نایک سفید')
  expect(body).toMatchObject({ answered: true, degraded: false })
  expect(body.results[0]).toMatchObject({
    match: 'strong',
    matched: { words: ['نایک', 'سفید'], fields: ['name', 'attribute'] },
    why: [
      { word: 'نایک', found: 'نایک', by: 'exact', fields: ['name'] },
      { word: 'سفید', found: 'سفید', by: 'exact', fields: ['attribute'] },
    ],
  })
  for (const { relevance } of body.results) {
    expect(relevance).toBeGreaterThan(0)
    expect(relevance).toBeLessThanOrEqual(1)
  }
  const latin = await ask('nike', { literal: 'related' })
  expect(latin.body.results[0].why).toEqual([{ word: 'nike', found: 'نایک', by: 'sound', fields: ['name'] }])
})

test.each(['گوشی آیفون ۱۵ پرو مکس', 'playstation 5', 'asdf qwrt zxcv', 'بلیط هواپیما', 'washing machine'])(
  '%s is not sold here, and the answer says so',
  async (q) => {
    const { body } = await ask(q)
    expect(body).toMatchObject({ answered: false, results: [] })
    expect(body.nearest_categories).toBeInstanceOf(Array)
    // Those that came nearest are there for a caller that wants them.
    const { body: all } = await ask(q, { min_relevance: '0' })
    for (const result of all.results) expect(result.match, JSON.stringify(result)).toBe('weak')
  },
)

test.each(['🙂', '؟؟؟', '!!! ---', '\u200c'])('%j contains no word: nothing is found, honestly', async (q) => {
  expect((await ask(q)).body).toMatchObject({ answered: false, results: [], did_you_mean: null })
})

test('a blank question is refused', async () => {
  const answer = await server.search('   ', { token })
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_input', issues: [{ path: 'q' }] } })
})

test('corrected spelling is said, correct spelling is not touched', async () => {
  expect((await ask('coton shirt')).body.did_you_mean).toBe('cotton shirt')
  expect((await ask('cotton shirt')).body.did_you_mean).toBeNull()
  expect((await ask('nike')).body.did_you_mean).toBeNull()
})

test('results with equal words are ordered by what the name says besides', async () => {
  expect(foundIds(await ask('lamp')).slice(0, 2)).toEqual(['woo_1', 'woo_2'])
})

const counts = async () =>
  new Map(
    (
      await server.sql<{ word: string; products: number }>(
        `select word, products from search_words where tenant_id = ${tenant} and products > 0`,
      )
    ).map(({ word, products }) => [word, products]),
  )

test('the vocabulary counts the words of shown products, whatever happens to them', async () => {
  const before = await counts()
  expect(before.get('')).toBe(catalogue.length)
  expect(before.get('lamp')).toBe(2)
  const zeppelin = (change: Record<string, unknown> = {}) =>
    anUpdate({ ...bare, id: 50, name: 'Zeppelin kite', description: 'Unseen', ...change })
  await shop.send(zeppelin())
  await server.settled()
  expect((await counts()).get('zeppelin')).toBe(1)
  expect((await counts()).has('unseen')).toBe(false)
  expect(foundIds(await ask('zepelin'))).toEqual(['woo_50'])
  // Another price is no other word.
  await shop.send(zeppelin({ price: '12' }))
  await shop.send(zeppelin({ name: 'Zeppelin balloon', price: '12' }))
  await server.settled()
  expect((await counts()).get('zeppelin')).toBe(1)
  expect((await counts()).has('kite')).toBe(false)
  await shop.send(zeppelin({ name: 'Zeppelin balloon', status: 'draft' }))
  await server.settled()
  expect(await counts()).toEqual(before)
  expect((await ask('zepelin')).body).toMatchObject({ answered: false, results: [], did_you_mean: null })
  await shop.send(zeppelin())
  await shop.send(aDeletion(50))
  await server.settled()
  expect(await counts()).toEqual(before)
})

test('a deleted store takes its words with it, and another tenant never has them', async () => {
  const before = await counts()
  const second = await server.newShop({ tenantOf: (await ownerOf()) ?? '' })
  await second.send(anUpdate({ ...bare, id: 1, name: 'Quagmire boots' }))
  await server.settled()
  expect((await counts()).get('quagmire')).toBe(1)
  const stranger = await server.knowledgeToken(await server.newOwner())
  const answer = await server.search('quagmire bots', { token: stranger })
  expect(answer.body).toMatchObject({ answered: false, results: [], did_you_mean: null, nearest_categories: [] })
  expect((await server.admin('DELETE', `/api/v1/stores/${second.storeId}/`)).status).toBe(204)
  expect(await counts()).toEqual(before)
})

const ownerOf = async () => {
  const [row] = await server.sql<{ id: string }>(`select owner_id as id from tenants where id = ${tenant}`)
  return row?.id
}

test('products of an older index are found while their words are written again, and counted once', async () => {
  const before = await counts()
  const ids = foundIds(await ask('lamp'))
  await server.sql(
    `create function keep_terms() returns trigger language plpgsql as $$ begin new.search_terms := null; return new; end $$`,
  )
  await server.sql(
    'create trigger keep_terms before update on products for each row when (old.search_terms is null) execute function keep_terms()',
  )
  // As after a migration: words of the older form, no terms, no counts.
  await server.sql(`delete from search_words where tenant_id = ${tenant}`)
  await server.sql(`update products set search_terms = null where tenant_id = ${tenant}`)
  expect(foundIds(await ask('lamp'))).toEqual(ids)
  expect(foundIds(await ask('LMP-100'))[0]).toBe('woo_1')
  await server.sql('drop trigger keep_terms on products')
  await server.sql('drop function keep_terms')
  await waitFor('the words to be written again', async () => {
    const [row] = await server.sql<{ open: number }>(
      `select count(*)::int as open from products where tenant_id = ${tenant} and search_terms is null`,
    )
    return row?.open === 0
  })
  expect(await counts()).toEqual(before)
  expect(foundIds(await ask('lamp'))).toEqual(ids)
})
