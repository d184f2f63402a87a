/** The log of questions: what is stored of every way to ask, what is never stored, and who may read it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pruneQuestions } from '../../../server/src/questions/question-settings.ts'
import { callTool, connectMcp } from '../../support/agents.ts'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { expectProblem } from '../../support/problems.ts'
import {
  type Answer,
  call,
  freshDatabase,
  type Shop,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

// biome-ignore lint/suspicious/noExplicitAny: rows of an answer, which the contract's check holds against their schema.
type Json = any

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
  const plain = { short_description: '', description: '', tags: [], categories: [], attributes: [] }
  await shop.sendBatch([
    anUpdate({ ...plain, id: 1, name: 'Steel teapot', currency: 'EUR', price: '40' }),
    anUpdate({ ...plain, id: 2, name: 'China teapot', currency: 'EUR', price: '60' }),
  ])
  await server.settled()
})
afterAll(() => server.stop())

const bearer = (of = token) => ({ authorization: `Bearer ${of}` })
const post = (path: string, body: object, headers: Record<string, string> = {}, of = token): Promise<Answer> =>
  call(server.url, 'POST', path, { ...bearer(of), ...headers }, body)
const search = (q: string, params: Record<string, string> = {}, of = token) => server.search(q, { token: of, params })
const log = async (params: Record<string, string> = {}, of = owner): Promise<Json[]> =>
  (await of.request('GET', `/api/v1/questions/?${new URLSearchParams(params)}`)).body.results
/** The log when it has this many questions, newest first. */
const logged = async (count: number, of = owner): Promise<Json[]> => {
  let rows: Json[] = []
  await waitFor(`${count} questions in the log`, async () => {
    rows = await log({}, of)
    return rows.length === count
  })
  return rows
}
const summary = async (params: Record<string, string> = {}) =>
  (await owner.request('GET', `/api/v1/questions/summary/?${new URLSearchParams(params)}`)).body
const change = (body: object, of = owner) => of.request('PATCH', '/api/v1/questions/settings/', body)

describe('every way to ask', () => {
  test('a search over HTTP is in the log with its reading, its filters and its result', async () => {
    const answer = await call(
      server.url,
      'GET',
      `/api/v1/knowledge/search/?${new URLSearchParams({ q: 'blorp teapot under 50', currency: 'EUR', in_stock: 'true' })}`,
      { ...bearer(), 'user-agent': 'python-requests/2.31' },
    )
    const [question] = await logged(1)
    expect(question).toMatchObject({
      id: answer.body.question_id,
      query: 'blorp teapot under 50',
      understood: { price: { max: '50', applied: true }, unknown: ['blorp'] },
      filters: { in_stock: true, currency: 'EUR' },
      results: answer.body.total,
      answered: answer.body.answered,
      degraded: false,
      channel: 'search',
      tool: null,
      client: 'python-requests',
      is_guest: false,
      token: { name: 'AI' },
      agent: null,
      store: null,
      user: { email: owner.email },
      clicks: 0,
      conversions: 0,
      helpful: null,
    })
    expect(question.took_ms).toBeGreaterThan(0)
    expect(Date.now() - Date.parse(question.asked_at)).toBeLessThan(60_000)
  })

  test('the first products of an answer are named, the best first, with the relevance of the first', async () => {
    const { body } = await search('steel teapot')
    const [question] = await logged(1)
    expect(question.products.map(({ name }: Json) => name)).toEqual(
      body.results.map(({ product }: Json) => product.name),
    )
    expect(question).toMatchObject({ answered: true, results: body.total, relevance: body.results[0].relevance })
  })

  test('UCP, context, documents and a search by POST are logged under their channel', async () => {
    const ids = [
      (await post('/api/v1/knowledge/search/', { q: 'teapot one' })).body.question_id,
      (await post('/api/v1/knowledge/documents/', { q: 'how long is shipping?' })).body.question_id,
      (await post('/api/v1/knowledge/context/', { question: 'teapot two' })).body.question_id,
      (await post('/ucp/catalog/search', { query: 'teapot three', filters: { available: true } })).body.question_id,
    ]
    const rows = await logged(4)
    expect(rows.map(({ id, channel, query }) => [id, channel, query]).reverse()).toEqual([
      [ids[0], 'search', 'teapot one'],
      [ids[1], 'documents', 'how long is shipping?'],
      [ids[2], 'context', 'teapot two'],
      [ids[3], 'ucp', 'teapot three'],
    ])
    expect(rows[0]).toMatchObject({ filters: { available: true } })
    expect(rows[2]).toMatchObject({ answered: false, results: 0, relevance: null, understood: null })
  })

  test.each(['modern', 'legacy'] as const)('a %s MCP client is logged by its name, with the tool', async (era) => {
    const client = await connectMcp(server, era, token)
    for (const name of ['search_catalog', 'search', 'search_shop_policies_and_faqs'])
      await client.call(name, name === 'search_catalog' ? { catalog: { query: 'teapot' } } : { query: 'teapot' })
    await client.call('list_categories')
    await client.close()
    const rows = await logged(3)
    expect(rows.map(({ channel, tool, client: name }) => [channel, tool, name]).reverse()).toEqual([
      ['mcp', 'search_catalog', 'test'],
      ['mcp', 'search', 'test'],
      ['mcp', 'search_shop_policies_and_faqs', 'test'],
    ])
  })

  test('an answer of MCP has the id in _meta, and the answer of `search` keeps the form of ChatGPT', async () => {
    const titles = (await callTool(server, token, 'search', { query: 'teapot' })).body.result
    const catalog = (await callTool(server, token, 'search_catalog', { query: 'teapot' })).body.result
    const rows = await logged(2)
    expect(rows.map(({ id }) => id).reverse()).toEqual([
      titles._meta['fiko-sync/question_id'],
      catalog._meta['fiko-sync/question_id'],
    ])
    expect(Object.keys(titles.structuredContent)).toEqual(['results'])
    expect(catalog.structuredContent.question_id).toBe(rows[0].id)
  })

  test('a guest of a public address is logged without a credential', async () => {
    const made = await owner.request('POST', `/api/v1/stores/${shop.storeId}/public-address/`)
    const path = new URL(made.body.address).pathname
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'search', arguments: { query: 'teapot' } },
    }
    expect((await call(server.url, 'POST', path, {}, body)).status).toBe(200)
    const [question] = await logged(1)
    expect(question).toMatchObject({ is_guest: true, token: null, agent: null, store: { id: shop.storeId } })
  })
})

describe('never stored', () => {
  test('personal data is masked in the query, in its reading and in filters, and the credential is in no column', async () => {
    await search('teapot for sara@example.org call ۰۹۱۲ ۳۴۵ ۶۷۸۹', { category: 'of 09351234567' })
    const [question] = await logged(1)
    expect(question).toMatchObject({
      query: 'teapot for [email] call [phone]',
      understood: null,
      filters: { category: 'of [phone]' },
    })
    const [row] = await server.sql<{ text: string }>('select q::text as text from questions q where question_id = $1', [
      question.id,
    ])
    for (const part of ['sara', 'example.org', '۳۴۵', '۶۷۸۹', '0935', token, token.slice(-34)])
      expect(row?.text).not.toContain(part)
  })

  test('a search of a user and of the operator is no question, and a further page belongs to its first', async () => {
    const own = await owner.request('GET', '/api/v1/knowledge/search/?q=teapot')
    expect(own.body.question_id).toBeNull()
    expect((await server.search('teapot')).body.question_id).toBeNull()
    const first = await search('teapot', { limit: '1' })
    expect(first.body.next).not.toBeNull()
    expect((await search('teapot', { limit: '1', cursor: first.body.next })).body.question_id).toBeNull()
    await search('the last one')
    expect((await logged(2)).map(({ query }) => query)).toEqual(['the last one', 'teapot'])
  })

  test('a tenant that keeps no questions has none, and others keep theirs', async () => {
    expect((await change({ is_on: false })).body).toMatchObject({ is_on: false, retention_days: 90, stored: 0 })
    const other = await signedIn(server, 'owner')
    const otherToken = await server.knowledgeToken(other.userId)
    await search('private question')
    await search('kept question', {}, otherToken)
    // Written by the same or a later batch.
    expect(await logged(1, other)).toMatchObject([{ query: 'kept question' }])
    expect(await log()).toEqual([])
    await change({ is_on: true })
    await search('public question')
    expect(await logged(1)).toMatchObject([{ query: 'public question' }])
  })

  test('texts with NUL, lone surrogates and 4,000 characters are stored, bounded', async () => {
    await post('/api/v1/knowledge/search/', { q: `teapot \ud800 ${'word '.repeat(700)}` })
    const [question] = await logged(1)
    expect(question.query.length).toBeLessThanOrEqual(500)
    expect(question.query.isWellFormed()).toBe(true)
  })
})

describe('who may read', () => {
  test('another tenant sees nothing of it: not in lists, summaries, exports or by filters', async () => {
    await search('secret teapot')
    await logged(1)
    const stranger = await signedIn(server, 'owner')
    expect(await log({}, stranger)).toEqual([])
    expect(await log({ text: 'secret' }, stranger)).toEqual([])
    const theirs = await stranger.request('GET', '/api/v1/questions/summary/')
    expect(theirs.body).toMatchObject({ questions: 0, top: [], top_unanswered: [], by_client: [] })
    expect(
      String((await stranger.request('GET', '/api/v1/questions/export/')).body)
        .trim()
        .split('\n'),
    ).toHaveLength(1)
    for (const path of ['', 'summary/', 'export/'])
      expect((await stranger.request('GET', `/api/v1/questions/${path}?user_id=${owner.userId}`)).status).toBe(404)
    expect((await stranger.request('GET', `/api/v1/questions/settings/?user_id=${owner.userId}`)).status).toBe(400)
    expect((await stranger.request('DELETE', `/api/v1/questions/?user_id=${owner.userId}`)).status).toBe(400)
    expect((await stranger.request('DELETE', '/api/v1/questions/')).status).toBe(204)
    expect(await log()).toHaveLength(1)
  })

  test('an admin sees the questions of a tenant, and a knowledge token reads no log', async () => {
    await search('secret teapot')
    await logged(1)
    const seen = await server.admin('GET', `/api/v1/questions/?user_id=${owner.userId}`)
    expect(seen.body.results).toMatchObject([{ query: 'secret teapot', user: { email: owner.email } }])
    expectProblem(await call(server.url, 'GET', '/api/v1/questions/', bearer()), 403, 'not_a_person')
  })
})

describe('list and summary', () => {
  test('the list is filtered by answer, client, channel, words and time, and paged', async () => {
    for (const q of ['teapot', 'zeppelin', 'Zeppelin with engine']) await search(q)
    await post('/ucp/catalog/search', { query: 'teapot' }, { 'user-agent': 'curl/8' })
    await logged(4)
    expect((await log({ answered: 'false' })).map(({ query }) => query)).toEqual(['Zeppelin with engine', 'zeppelin'])
    expect(await log({ text: 'ZEPPELIN' })).toHaveLength(2)
    expect(await log({ client: 'curl' })).toMatchObject([{ channel: 'ucp' }])
    expect(await log({ channel: 'ucp' })).toHaveLength(1)
    expect(await log({ until: '2020-01-01T00:00:00Z' })).toEqual([])
    expect(await log({ since: '2020-01-01T00:00:00Z' })).toHaveLength(4)
    const first = (await owner.request('GET', '/api/v1/questions/?limit=3')).body
    const second = (await owner.request('GET', first.next)).body
    expect([first.count, first.results.length, second.results.length, second.next]).toEqual([4, 3, 1, null])
    for (const wrong of ['since=yesterday', 'channel=phone', 'answered=perhaps', 'colour=red'])
      expect((await owner.request('GET', `/api/v1/questions/?${wrong}`)).status, wrong).toBe(400)
  })

  test('equal questions are counted together, and an answered one leaves the unanswered', async () => {
    for (const q of ['Zeppelin!', 'zeppelin', 'teapot', '  TEAPOT?', 'teapot']) await search(q)
    await post('/ucp/catalog/search', { query: 'zeppelin' }, { 'user-agent': 'curl/8' })
    await logged(6)
    const before = await summary()
    expect(before).toMatchObject({ questions: 6, answered: 3, unanswered: 3, degraded: 0, counted_all: true })
    expect(before.top.map(({ query, questions }: Json) => [query, questions])).toEqual([
      ['zeppelin', 3],
      ['teapot', 3],
    ])
    expect(before.top_unanswered).toMatchObject([
      { query: 'zeppelin', questions: 3, unanswered: 3, answered_now: false, unknown: ['zeppelin'] },
    ])
    const sum = (key: string) => before.series.reduce((total: number, bucket: Json) => total + bucket[key], 0)
    expect([sum('answered'), sum('unanswered')]).toEqual([3, 3])
    expect(before.by_client.map(({ client, questions }: Json) => [client, questions])).toEqual([
      ['node', 5],
      ['curl', 1],
    ])
    await shop.send(anUpdate({ id: 3, name: 'Zeppelin', price: '9', currency: 'EUR' }))
    await server.settled()
    await search('zeppelin')
    await logged(7)
    expect((await summary()).top_unanswered).toEqual([])
    expect((await summary({ hours: '1', limit: '1' })).top).toMatchObject([{ query: 'zeppelin', questions: 4 }])
    expect((await summary({ store_id: String(shop.storeId) })).questions).toBe(0)
  })

  test('the export is a table for spreadsheets, in which no text is a formula', async () => {
    await search('=HYPERLINK("https://evil.example","teapot"), or "china"')
    await search('قوری')
    await logged(2)
    const answer = await owner.request('GET', '/api/v1/questions/export/')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toContain('questions.csv')
    const text = String(answer.body).replace(/^\ufeff/, '')
    const [header = '', first = '', second = '', ...rest] = text.split('\r\n')
    expect(header).toMatch(/^Asked at,Question,Answered,/)
    expect(first).toContain(',قوری,true,2,')
    expect(second).toContain(`,"'=HYPERLINK(""https://evil.example"",""teapot""), or ""china""",`)
    expect(rest).toEqual([''])
    expect(
      String((await owner.request('GET', '/api/v1/questions/export/?text=قوری')).body)
        .trim()
        .split('\r\n'),
    ).toHaveLength(2)
  })

  test('searches, latency, degraded and unanswered ones are figures without a text of a tenant', async () => {
    await search('zeppelin of a customer')
    const figures = await (await fetch(`${server.url}/metrics`)).text()
    const of = (name: string, channel: string) =>
      Number(new RegExp(`^${name}\\{channel="${channel}"\\} (\\d+)$`, 'm').exec(figures)?.[1])
    expect(of('fiko_searches_total', 'search')).toBeGreaterThan(0)
    expect(of('fiko_searches_unanswered_total', 'search')).toBeGreaterThan(0)
    expect(of('fiko_searches_degraded_total', 'search')).toBe(0)
    expect(of('fiko_search_seconds_count', 'search')).toBe(of('fiko_searches_total', 'search'))
    expect(figures).not.toContain('zeppelin')
  })
})

describe('how long it is kept', () => {
  const age = (days: number) =>
    server.sql(
      `update questions set asked_at = now() - ${days} * interval '1 day' - interval '1 minute'
        where tenant_id = (select id from tenants where owner_id = '${owner.userId}')`,
    )

  test('a question is deleted after 90 days, or after the days that its tenant chose', async () => {
    await search('old question')
    await logged(1)
    await age(89)
    await pruneQuestions(server.running.db)
    expect(await log()).toHaveLength(1)
    await change({ retention_days: 89 })
    await pruneQuestions(server.running.db)
    expect(await log()).toEqual([])
    for (const days of [0, -1, 731, 1.5, 'ten']) expect((await change({ retention_days: days })).status).toBe(400)
    expect((await change({ retention: 5 })).status).toBe(400)
  })

  test('an owner deletes the whole log with its feedback, also what waits to be written', async () => {
    const { body } = await search('teapot')
    await logged(1)
    await post('/api/v1/knowledge/feedback/', { question_id: body.question_id, kind: 'helpful' })
    await search('just asked')
    expect((await owner.request('DELETE', '/api/v1/questions/')).status).toBe(204)
    expect(await log()).toEqual([])
    expect(await server.sql('select 1 from question_feedback where question_id = $1', [body.question_id])).toEqual([])
    const entries = (await owner.request('GET', '/api/v1/audit/?action=questions.deleted')).body.results
    expect(entries).toMatchObject([{ detail: { questions: 2 } }])
  })

  test('a normal stop writes what was asked just before it', async () => {
    const database = await freshDatabase('prepared')
    try {
      const first = await startTestServer(database.env)
      const own = await first.knowledgeToken()
      const ids: string[] = []
      for (const q of ['one', 'two', 'three']) ids.push((await first.search(q, { token: own })).body.question_id)
      await first.stop()
      const second = await startTestServer(database.env)
      const kept = (await second.admin('GET', '/api/v1/questions/')).body.results
      await second.stop()
      expect(kept.map(({ id }: Json) => id).reverse()).toEqual(ids)
    } finally {
      await database.remove()
    }
  })
})
