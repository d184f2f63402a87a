/** Pages of a shop: received as a whole set, stored, deleted, and found by words. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { anUpdate, aProduct } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { expectProblem } from '../../support/problems.ts'
import { call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const PATH = '/api/integrations/woocommerce/documents/'
const VERSION = 1_762_768_200_000_000

const SHIPPING = {
  id: 12,
  kind: 'shipping',
  title: 'ارسال کالا',
  content:
    '<h2>زمان</h2><p>سفارش‌ها در تهران یک روز کاری و در شهرستان‌ها سه روز کاری طول می‌کشد.</p><p>هزینهٔ ارسال با پست پیشتاز ۴۵ هزار تومان است.</p>',
  url: 'https://shop.example/shipping/',
  language: 'fa-IR',
  date_modified: '2025-11-10T09:30:00Z',
}
const RETURNS = {
  id: 13,
  kind: 'returns',
  title: 'Returns and refunds',
  content: '<p>You can send back any order within seven days. Refunds are paid to the same card.</p>',
  url: 'https://shop.example/returns/',
  language: 'en-US',
}
const FACTS = {
  name: 'فروشگاه آزمایش',
  phone: '021-1234',
  hours: '9-17',
  shipping_zones: ['تهران', 'ایران'],
  payment_methods: ['زرین‌پال'],
}

let server: TestServer
let owner: Person
let shop: Shop
let token: string

beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(async () => {
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
  token = await server.knowledgeToken(owner.userId)
})
afterAll(() => server.stop())

const send = (documents: object[], version = VERSION, more: object = {}) =>
  shop.request('PUT', PATH, { version, documents, ...more })
const bearer = (of = token) => ({ authorization: `Bearer ${of}` })
const ask = async (q: string, more = '', of = token) =>
  (await call(server.url, 'GET', `/api/v1/knowledge/documents/?q=${encodeURIComponent(q)}${more}`, bearer(of))).body
const search = async (q: string, more = '', of = token) =>
  (await call(server.url, 'GET', `/api/v1/knowledge/search/?q=${encodeURIComponent(q)}${more}`, bearer(of))).body
const titles = (answer: { results: { title: string }[] }) => answer.results.map(({ title }) => title)
const listed = async () => (await owner.request('GET', `/api/v1/stores/${shop.storeId}/documents/`)).body

describe('a set of pages', () => {
  test('is found as soon as it is acknowledged, in the words of the question', async () => {
    const answer = await send([SHIPPING, RETURNS])
    expect(answer).toMatchObject({ status: 200, body: { status: 'stored', version: VERSION, documents: 2 } })
    const found = await ask('هزینه ارسال چقدره؟')
    expect(found).toMatchObject({ answered: true, has_documents: true, message: '' })
    expect(found.results[0]).toMatchObject({
      external_id: 'page_12',
      kind: 'shipping',
      title: 'ارسال کالا',
      url: 'https://shop.example/shipping/',
      store: { id: shop.storeId },
    })
    expect(found.results[0].text).toContain('۴۵ هزار تومان')
    expect(found.results[0].text).not.toContain('<')
    expect(titles(await ask('how long does shipping take?'))).toEqual(['ارسال کالا'])
    expect(titles(await ask('can I get a refund'))).toEqual(['Returns and refunds'])
    expect(titles(await ask('مرجوعی دارید؟'))).toEqual(['Returns and refunds'])
  })

  test('with the same version and content is answered as unchanged; another content with that version is refused', async () => {
    await send([SHIPPING])
    expect((await send([SHIPPING])).body).toMatchObject({ status: 'unchanged', documents: 1 })
    expect((await send([SHIPPING], VERSION + 1)).body).toMatchObject({ status: 'unchanged', version: VERSION + 1 })
    const refused = await send([RETURNS], VERSION + 1)
    expectProblem(refused, 409, 'version_conflict')
    expect(refused.body.stored_version).toBe(String(VERSION + 1))
    expect(titles(await listed())).toEqual(['ارسال کالا'])
  })

  test('that is older than the stored one is refused and changes nothing', async () => {
    await send([SHIPPING], VERSION + 5)
    expectProblem(await send([], VERSION + 4), 409, 'version_conflict')
    expect(titles(await ask('ارسال'))).toEqual(['ارسال کالا'])
  })

  test('without a page deletes the page and its passages in the same transaction', async () => {
    await send([SHIPPING, RETURNS])
    expect((await send([RETURNS], VERSION + 1)).body).toMatchObject({ status: 'stored', documents: 1 })
    expect(titles(await ask('ارسال چقدر طول می‌کشد؟'))).toEqual([])
    expect(
      await server.sql('select document_id from knowledge_chunks where store_id = $1 and text like $2', [
        shop.storeId,
        '%پیشتاز%',
      ]),
    ).toEqual([])
    expect((await send([], VERSION + 2)).body).toMatchObject({ status: 'stored', documents: 0 })
    expect(await ask('refund')).toMatchObject({ answered: false, has_documents: false, results: [] })
  })

  test('is the newest one, in every order in which twenty of them arrive', async () => {
    const versions = Array.from({ length: 20 }, (_, index) => VERSION + ((index * 7) % 20))
    const answers = await Promise.all(
      versions.map((version) => send([{ ...RETURNS, title: `Returns ${version}` }], version)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]))
    expect(titles(await listed())).toEqual([`Returns ${VERSION + 19}`])
  })

  test('more than 24 hours ahead is refused', async () => {
    expectProblem(await send([SHIPPING], Date.now() * 1000 + 25 * 3600 * 1_000_000), 400, 'invalid_input')
    expect((await listed()).received_at).toBeNull()
  })
})

describe('limits', () => {
  test.each([
    ['51 pages', { documents: Array.from({ length: 51 }, (_, id) => ({ ...RETURNS, id: id + 1 })) }, 'documents'],
    ['a content above 200 KB', { documents: [{ ...RETURNS, content: 'é'.repeat(100_001) }] }, 'documents.0.content'],
    ['an unknown kind', { documents: [{ ...RETURNS, kind: 'news' }] }, 'documents.0.kind'],
    ['the same id twice', { documents: [RETURNS, RETURNS] }, 'documents.1.id'],
    ['no list', {}, 'documents'],
    ['a version of 0', { version: 0, documents: [] }, 'version'],
    ['facts that are a text', { documents: [], shop: 'x' }, 'shop'],
  ])('%s is refused, and nothing is stored', async (_, body, path) => {
    const answer = await shop.request('PUT', PATH, { version: VERSION, ...body })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.issues.map((issue: { path: string }) => issue.path)).toContain(path)
    expect((await listed()).results).toEqual([])
  })

  test('a body above 2 MB is refused with 413', async () => {
    const documents = Array.from({ length: 20 }, (_, id) => ({ ...RETURNS, id: id + 1, content: 'x'.repeat(110_000) }))
    expectProblem(await send(documents), 413, 'too_large')
  })

  test('a full set is stored, and each page is found', async () => {
    const documents = Array.from({ length: 50 }, (_, index) => ({
      ...RETURNS,
      id: index + 1,
      title: `Chapter${index}`,
      kind: 'other',
      content: `<p>Word${index} stands here. ${'A sentence of the page. '.repeat(1_500)}</p>`,
    }))
    expect((await send(documents)).body).toMatchObject({ status: 'stored', documents: 50 })
    expect(titles(await ask('Word37'))).toEqual(['Chapter37'])
  })

  test('a knowledge token, a wrong token and no token are refused', async () => {
    const body = { version: VERSION, documents: [] }
    expectProblem(await call(server.url, 'PUT', PATH, bearer(), body), 403, 'wrong_token_type')
    expect((await call(server.url, 'PUT', PATH, {}, body)).status).toBe(401)
  })

  test('addresses that are no web addresses, lone surrogates and markup are not stored', async () => {
    const answer = await send(
      [
        {
          ...RETURNS,
          title: '<b>Returns</b>\ud800',
          content: 'A <script>x()</script>refund',
          url: 'javascript:alert(1)',
        },
      ],
      VERSION,
      {
        shop: { ...FACTS, name: '<i>Shop</i>', links: { home: 'data:text/html,x', blog: 'https://shop.example/b' } },
      },
    )
    expect([answer.status, answer.body.issues]).toEqual([200, undefined])
    const { results, shop: facts } = await listed()
    expect(results[0]).toMatchObject({ title: 'Returns\ufffd', url: '' })
    expect(facts).toMatchObject({ name: 'Shop', links: { blog: 'https://shop.example/b' } })
    expect((await ask('refund')).results[0].text).toBe('Returns\ufffd\n\nA refund')
  })
})

describe('another tenant', () => {
  test('never finds the pages and facts of a shop, and may have the same page numbers', async () => {
    await send([SHIPPING, RETURNS], VERSION, { shop: FACTS })
    const other = await server.newOwner()
    const otherShop = await server.newShop({ tenantOf: other })
    const otherToken = await server.knowledgeToken(other)
    expect(await ask('ارسال', '', otherToken)).toMatchObject({ answered: false, has_documents: false, facts: [] })
    await otherShop.request('PUT', PATH, { version: VERSION, documents: [{ ...RETURNS, title: 'Other returns' }] })
    expect(titles(await ask('refund', '', otherToken))).toEqual(['Other returns'])
    expect(titles(await ask('refund'))).toEqual(['Returns and refunds'])
    expect(titles(await ask('refund', `&store_id=${otherShop.storeId}`))).toEqual([])
    expect((await owner.request('GET', `/api/v1/stores/${otherShop.storeId}/documents/`)).status).toBe(404)
  })

  test('a deleted store loses its pages in the same transaction', async () => {
    await send([RETURNS], VERSION, { shop: FACTS })
    await owner.request('DELETE', `/api/v1/stores/${shop.storeId}/`)
    expect(await ask('refund')).toMatchObject({ has_documents: false, facts: [] })
    expect(await server.sql('select 1 from documents where store_id = $1', [shop.storeId])).toEqual([])
    expect(await server.sql('select 1 from document_sets where store_id = $1', [shop.storeId])).toEqual([])
  })
})

describe('search for products', () => {
  beforeEach(async () => {
    await send([SHIPPING, RETURNS], VERSION, { shop: FACTS })
    await shop.send(anUpdate(aProduct({ id: 414, name: 'یخچال ساید با گارانتی' })))
    await server.settled()
  })

  test('answers a question about the shop with passages beside the products', async () => {
    const found = await search('هزینه ارسال چقدره؟')
    expect(found.answered).toBe(true)
    expect(found.documents[0]).toMatchObject({ kind: 'shipping', title: 'ارسال کالا' })
    expect(found.documents[0].text).toContain('۴۵ هزار تومان')
    expect((await search('how long does shipping take?')).documents).toHaveLength(1)
  })

  test('shows no passages for a product, with a filter, or on another page', async () => {
    const found = await search('یخچال')
    expect(found.documents).toEqual([])
    expect(found.results).toHaveLength(1)
    expect((await search('ارسال', '&in_stock=true')).documents).toEqual([])
    expect(await search('تراکتور فرگوسن')).toMatchObject({ answered: false, documents: [], results: [] })
  })

  test('says through facts and pages what it knows, by kind and without a question', async () => {
    expect(await ask('شماره تماس شما چیه؟')).toMatchObject({ answered: true, facts: [{ shop: FACTS }] })
    expect(await ask('do you repair drones?')).toMatchObject({ answered: false, has_documents: true, results: [] })
    const byKind = await call(server.url, 'GET', '/api/v1/knowledge/documents/?kind=returns', bearer())
    expect(titles(byKind.body)).toEqual(['Returns and refunds'])
    const posted = await call(server.url, 'POST', '/api/v1/knowledge/documents/', bearer(), { q: 'refund', limit: 1 })
    expect(titles(posted.body)).toEqual(['Returns and refunds'])
    expectProblem(await call(server.url, 'GET', '/api/v1/knowledge/documents/', bearer()), 400, 'invalid_input')
  })
})

test('the owner sees the pages of a store, their state and the facts', async () => {
  expect(await listed()).toEqual({ results: [], received_at: null, shop: null })
  await send([SHIPPING], VERSION, { shop: FACTS })
  await server.settled()
  expect(await listed()).toMatchObject({
    results: [{ external_id: 'page_12', kind: 'shipping', title: 'ارسال کالا', state: 'searchable', passages: 1 }],
    received_at: expect.any(String),
    shop: FACTS,
  })
})
