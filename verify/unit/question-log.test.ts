import { expect, test } from 'vitest'
import type { Database, Sql } from '../../server/src/platform/db/database.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { createMetrics } from '../../server/src/platform/metrics.ts'
import { clientFamily, createMcpClientNames, plainName } from '../../server/src/questions/client-names.ts'
import { makeQuestionId } from '../../server/src/questions/question-id.ts'
import {
  type AskedQuestion,
  type Asking,
  createQuestionLog,
  MAX_WAITING,
} from '../../server/src/questions/question-log.ts'

const asking: Asking = {
  reader: { scope: 1, tenantId: 1, storeId: null, environment: null, tokenId: 7 },
  channel: 'search',
  tool: null,
  client: 'test',
}

function aQuestion(query: string): AskedQuestion {
  return {
    query,
    storeId: null,
    understood: null,
    filters: {},
    results: 0,
    productIds: [],
    documentIds: [],
    relevance: null,
    answered: false,
    degraded: false,
    startedAt: performance.now(),
  }
}

/** A log over a database that answers as the test says, and the questions of each statement. */
function openLog(answer: (queries: string[]) => void) {
  const statements: string[][] = []
  const query: Sql['query'] = async (_text, values = []) => {
    const queries = (JSON.parse(String(values[0])) as { query: string }[]).map((row) => row.query)
    answer(queries)
    statements.push(queries)
    return []
  }
  const metrics = createMetrics()
  const db = { service: { query } } as unknown as Database
  const questions = createQuestionLog({ db, log: createLog('silent'), metrics })
  return { questions, statements, figures: () => metrics.registry.metrics() }
}

const outage = () => Object.assign(new Error('the database is away'), { code: '57P03' })
const refusal = () => Object.assign(new Error('a check refuses the row'), { code: '23514' })

test('questions that the database does not take are kept and written later, in their order', async () => {
  let isAway = true
  const { questions, statements } = openLog(() => {
    if (isAway) throw outage()
  })
  const ids = ['one', 'two'].map((query) => questions.note(asking, aQuestion(query)) ?? '')
  await questions.flush()
  expect(ids.map(questions.isWaiting)).toEqual([true, true])
  isAway = false
  questions.note(asking, aQuestion('three'))
  await questions.stop()
  expect(statements).toEqual([['one', 'two', 'three']])
  expect(ids.map(questions.isWaiting)).toEqual([false, false])
})

test('the memory is bounded: further questions are counted, and get no id', async () => {
  const { questions, statements, figures } = openLog(() => {
    throw outage()
  })
  for (let place = 0; place < MAX_WAITING; place += 1) expect(questions.note(asking, aQuestion('x'))).not.toBeNull()
  expect(questions.note(asking, aQuestion('too many'))).toBeNull()
  await questions.stop()
  expect(statements).toEqual([])
  expect(await figures()).toContain('fiko_questions_dropped_total 1')
  expect(await figures()).toContain(`fiko_questions_waiting ${MAX_WAITING}`)
})

test('a question that the database refuses costs only itself', async () => {
  const { questions, statements } = openLog((queries) => {
    if (queries.includes('poison')) throw refusal()
  })
  for (const query of ['one', 'poison', 'two']) questions.note(asking, aQuestion(query))
  await questions.stop()
  expect(statements).toEqual([['one'], ['two']])
})

test('searches of users, of the operator and of further pages are counted and not kept', async () => {
  const { questions, statements, figures } = openLog(() => undefined)
  const { tokenId: _tokenId, ...user } = asking.reader
  expect(questions.note({ ...asking, reader: user }, aQuestion('user'))).toBeNull()
  expect(questions.note({ ...asking, reader: { ...user, tenantId: null } }, aQuestion('operator'))).toBeNull()
  expect(questions.note(asking, { ...aQuestion('page 2'), isFurtherPage: true })).toBeNull()
  expect(questions.note({ ...asking, reader: { ...user, isGuest: true } }, aQuestion('guest'))).not.toBeNull()
  await questions.stop()
  expect(statements).toEqual([['guest']])
  expect(await figures()).toContain('fiko_searches_total{channel="search"} 4')
  expect(await figures()).toContain('fiko_searches_unanswered_total{channel="search"} 4')
})

test('ids are UUIDs of version 7, different, and ascending by time', () => {
  const before = Date.now()
  const ids = Array.from({ length: 2_000 }, makeQuestionId)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(ids).size).toBe(ids.length)
  const times = ids.map((id) => Number.parseInt(id.slice(0, 13).replace('-', ''), 16))
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times[0]).toBeGreaterThanOrEqual(before)
})

test.each([
  [undefined, ''],
  ['', ''],
  ['python-requests/2.31.0', 'python-requests'],
  ['node', 'node'],
  ['curl/8.5.0', 'curl'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', 'browser'],
  ['Mozilla/5.0 AppleWebKit/537.36 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)', 'ChatGPT-User'],
  ['(none)', ''],
])('the family of the User-Agent %s is %s', (userAgent, family) => {
  expect(clientFamily(userAgent)).toBe(family)
})

test('a name of a client is one short line', () => {
  expect(plainName('  Claude\n\u202eDesktop\ud800 ')).toBe('Claude Desktop\ufffd')
  expect(plainName('x'.repeat(500))).toHaveLength(60)
})

test('the client of a handshake is known in later requests of the same sender only', () => {
  const names = createMcpClientNames()
  const initialize = { method: 'initialize', params: { clientInfo: { name: 'claude-ai', version: '1' } } }
  const call = { method: 'tools/call', params: { name: 'search', arguments: {} } }
  expect(names.nameOf(call, 'a')).toBeUndefined()
  expect(names.nameOf(initialize, 'a')).toBe('claude-ai')
  expect(names.nameOf(call, 'a')).toBe('claude-ai')
  expect(names.nameOf(call, 'b')).toBeUndefined()
  const own = {
    ...call,
    params: { ...call.params, _meta: { 'io.modelcontextprotocol/clientInfo': { name: 'Cursor' } } },
  }
  expect(names.nameOf(own, 'a')).toBe('Cursor')
  for (const body of [
    null,
    5,
    {},
    { params: { _meta: 7 } },
    { method: 'initialize', params: { clientInfo: { name: 3 } } },
  ])
    expect(names.nameOf(body, 'c')).toBeUndefined()
})
