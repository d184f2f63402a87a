/** Clicks, conversions and opinions that clients report about answers. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Answer, call, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let shop: Shop
let token: string
let product: number

beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(async () => {
  ;({ owner, shop, token, product } = await aShop())
})
afterAll(() => server.stop())

async function aShop() {
  const person = await signedIn(server, 'owner')
  const own = await server.newShop({ tenantOf: person.userId })
  const knowledge = await server.knowledgeToken(person.userId)
  await own.send(anUpdate({ id: 1, name: 'Steel teapot' }))
  await server.settled()
  const [row] = await server.sql<{ id: number }>('select id from products where store_id = $1', [own.storeId])
  return { owner: person, shop: own, token: knowledge, product: row?.id ?? 0 }
}

const report = (body: object, of = token): Promise<Answer> =>
  call(server.url, 'POST', '/api/v1/knowledge/feedback/', { authorization: `Bearer ${of}` }, body)
const ask = async (q = 'teapot', of = token): Promise<string> =>
  (await server.search(q, { token: of })).body.question_id
const question = async (id: string) =>
  (await owner.request('GET', '/api/v1/questions/')).body.results.find((row: { id: string }) => row.id === id)

test('a click, a conversion and an opinion are stored at once after the answer, and counted', async () => {
  const id = await ask()
  for (const body of [
    { kind: 'click', product_id: product },
    { kind: 'conversion', product_id: product, value: '49.90', currency: 'eur' },
    { kind: 'helpful' },
  ]) {
    expect((await report({ question_id: id, ...body })).body).toEqual({ status: 'stored', question_id: id })
  }
  expect(await question(id)).toMatchObject({ clicks: 1, conversions: 1, helpful: true })
  const summary = (await owner.request('GET', '/api/v1/questions/summary/')).body
  expect(summary).toMatchObject({
    clicks: 1,
    conversions: 1,
    helpful: 1,
    not_helpful: 0,
    values: [{ currency: 'EUR', value: '49.90' }],
    top: [{ clicks: 1, conversions: 1 }],
    by_client: [{ clicks: 1, conversions: 1 }],
  })
})

test('the same report again changes nothing, also a hundred times at once', async () => {
  const id = await ask()
  const click = { question_id: id, kind: 'click', product_id: product }
  // A busy machine refuses some with 503 after a time limit; clients send those again.
  const reportAgain = async (): Promise<Answer> => {
    const answer = await report(click)
    return answer.status === 503 ? await reportAgain() : answer
  }
  const answers = await Promise.all(Array.from({ length: 100 }, reportAgain))
  const statuses = answers.map(({ body }) => body.status).sort()
  expect([statuses.at(-1), new Set(statuses.slice(0, -1))]).toEqual(['stored', new Set(['repeated'])])
  expect(await question(id)).toMatchObject({ clicks: 1 })
})

test('a corrected value replaces the first one, and of two opposite opinions the later one counts', async () => {
  const id = await ask()
  const sale = { question_id: id, kind: 'conversion', product_id: product, currency: 'IRT' }
  await report({ ...sale, value: 850000 })
  expect((await report({ ...sale, value: '900000' })).body.status).toBe('stored')
  expect((await report({ ...sale, value: '۹۰۰٬۰۰۰' })).body.status).toBe('repeated')
  await report({ question_id: id, kind: 'helpful' })
  await report({ question_id: id, kind: 'not_helpful' })
  expect(await question(id)).toMatchObject({ conversions: 1, helpful: false })
  const summary = (await owner.request('GET', '/api/v1/questions/summary/')).body
  expect(summary).toMatchObject({ values: [{ currency: 'IRT', value: '900000' }], helpful: 0, not_helpful: 1 })
})

test('another tenant can neither report about a question nor name a product of another', async () => {
  const stranger = await aShop()
  const id = await ask()
  const strange = await report({ question_id: id, kind: 'helpful' }, stranger.token)
  const unknown = await report({ question_id: '01935d4c-7a10-7c3e-9b51-0242ac120002', kind: 'helpful' }, stranger.token)
  expectProblem(strange, 404, 'question_not_found')
  expect(strange.body).toEqual(unknown.body)
  const foreign = await report({ question_id: id, kind: 'click', product_id: stranger.product })
  expectProblem(foreign, 400, 'invalid_input')
  expect(foreign.body.issues).toMatchObject([{ path: 'product_id' }])
  expect(await question(id)).toMatchObject({ clicks: 0, helpful: null })
})

test('a report that says nothing exact is refused, and names its field', async () => {
  const id = await ask()
  await waitFor('the question in the log', async () => (await question(id)) !== undefined)
  for (const [body, path] of [
    [{ kind: 'click' }, 'product_id'],
    [{ kind: 'buy' }, 'kind'],
    [{ kind: 'helpful', value: '5', currency: 'EUR' }, 'value'],
    [{ kind: 'conversion', value: '5' }, 'currency'],
    [{ kind: 'conversion', currency: 'EUR' }, 'currency'],
    [{ kind: 'conversion', value: '-5', currency: 'EUR' }, 'value'],
    [{ kind: 'conversion', value: '1e400', currency: 'EUR' }, 'value'],
    [{ kind: 'conversion', value: '5', currency: 'much' + 'more' }, 'currency'],
    [{ kind: 'click', product_id: 1.5 }, 'product_id'],
    [{ kind: 'helpful', question_id: 'seven' }, 'question_id'],
    [{ kind: 'helpful', colour: 'red' }, 'colour'],
  ] as const) {
    const answer = await report({ question_id: id, ...body })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.issues[0].path, JSON.stringify(body)).toBe(path)
  }
  expect(await question(id)).toMatchObject({ clicks: 0, conversions: 0, helpful: null })
})

test('a question takes at most a hundred reports', async () => {
  const id = await ask()
  await report({ question_id: id, kind: 'click', product_id: product })
  await server.sql(
    `insert into question_feedback (tenant_id, question_id, kind, product_id)
     select tenant_id, question_id, kind, 1000000 + n from question_feedback, generate_series(1, 99) n where question_id = $1`,
    [id],
  )
  expectProblem(await report({ question_id: id, kind: 'helpful' }), 409, 'too_much_feedback')
  expect((await report({ question_id: id, kind: 'click', product_id: product })).body.status).toBe('repeated')
})

test('a tenant that keeps no questions stores no report, and says so', async () => {
  await owner.request('PATCH', '/api/v1/questions/settings/', { is_on: false })
  const id = await ask()
  expect((await report({ question_id: id, kind: 'helpful' })).body).toEqual({ status: 'not_kept', question_id: id })
  expect(await server.sql('select 1 from question_feedback where question_id = $1', [id])).toEqual([])
})

test('a shop’s token reports nothing', async () => {
  const id = await ask()
  expectProblem(await report({ question_id: id, kind: 'helpful' }, shop.token), 403, 'wrong_token_type')
})
