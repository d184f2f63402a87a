import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../../server/src/platform/log.ts'
import { createUsageCounter } from '../../../server/src/tenants/tokens/count-usage.ts'
import { INSTALLATION } from '../../../server/src/tenants/usage.ts'
import { anUpdate } from '../../support/events.ts'
import { type Behaviour, type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { foundIds } from '../../support/found.ts'
import { startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const PASSAGE = 'passage: '

let provider: FakeProvider
let server: TestServer

beforeAll(async () => {
  provider = await startFakeProvider()
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: 'test-key',
    EMBEDDING_DIMENSIONS: '64',
    EMBEDDING_PASSAGE_PREFIX: PASSAGE,
  })
})
afterAll(async () => {
  await server.stop()
  await provider.close()
})
beforeEach(() => provider.behave('ok'))

/** A tenant with one product, and what its AI is told. Each test has its own, so that none rests because of another test. */
async function newTenant(product = 'Brass doorbell') {
  const owner = await server.newOwner()
  const shop = await server.newShop({ tenantOf: owner })
  await shop.send(anUpdate({ id: 1, name: product }))
  await server.settled()
  const token = await server.knowledgeToken(owner)
  const ask = async (query: string) => {
    const answer = await server.search(query, { token })
    expect(answer.status).toBe(200)
    return { degraded: answer.body.degraded as boolean, found: foundIds(answer) }
  }
  const counted = async () => {
    const headers = { authorization: `Bearer ${token}` }
    const stats = (await (await fetch(`${server.url}/api/v1/knowledge/stats/`, { headers })).json()) as {
      query_embeddings: number
    }
    return stats.query_embeddings
  }
  return { ask, counted }
}

/** Queries with this word meet the behaviour; all other texts are answered. */
const failQueries = (word: string, behaviour: Behaviour) =>
  provider.behave((texts) =>
    texts.some((text) => text.includes(word) && !text.startsWith(PASSAGE)) ? behaviour : 'ok',
  )

test('a query that the provider refuses is answered from words, and costs neither its tenant nor another anything else', async () => {
  const [first, second] = [await newTenant(), await newTenant()]
  provider.behave({ refuse: (text) => text === 'poisoned doorbell' })
  expect(await first.ask('poisoned doorbell')).toEqual({ degraded: true, found: ['woo_1'] })
  expect(await first.ask('polished doorbell')).toMatchObject({ degraded: false })
  expect(await second.ask('polished doorbell')).toMatchObject({ degraded: false })

  // The refusal is remembered for the tenant that asked, and for no other.
  const { requests } = provider
  expect(await first.ask('poisoned doorbell')).toEqual({ degraded: true, found: ['woo_1'] })
  expect(provider.requests).toBe(requests)
  provider.behave('ok')
  expect(await second.ask('poisoned doorbell')).toMatchObject({ degraded: false })
  expect(provider.requests).toBe(requests + 1)
})

const failures: [name: string, behaviour: Behaviour][] = [
  ['does not answer in time', 'hang'],
  ['answers with 500', 'error'],
  ['answers with a web page', 'html'],
  ['answers with a vector of another width', 'wrong-dimensions'],
  ['answers with 429 and names no time', { rateLimited: { retryAfter: '' } }],
]

test.each(failures)('a query that the provider %s pauses its tenant and no other', async (_name, behaviour) => {
  const [first, second] = [await newTenant(), await newTenant()]
  failQueries('heavy', behaviour)
  expect(await first.ask('heavy doorbell')).toEqual({ degraded: true, found: ['woo_1'] })
  // Its tenant does not wait for the provider again at once.
  const { requests } = provider
  expect(await first.ask('light doorbell')).toEqual({ degraded: true, found: ['woo_1'] })
  expect(provider.requests).toBe(requests)
  expect(await second.ask('light doorbell')).toMatchObject({ degraded: false })
  // An admin's query belongs to no tenant, and a tenant's failure does not pause it.
  expect((await server.search('light doorbell')).body.degraded).toBe(false)
  await waitFor('the first tenant to be served again', async () => !(await first.ask('light doorbell')).degraded)
})

test('while the provider itself names a time, no request is sent to it', async () => {
  const [first, second] = [await newTenant(), await newTenant()]
  failQueries('doorbell', { rateLimited: { retryAfter: '2' } })
  expect(await first.ask('red doorbell')).toEqual({ degraded: true, found: ['woo_1'] })
  provider.behave('ok')
  const { requests } = provider
  expect(await second.ask('blue doorbell')).toEqual({ degraded: true, found: ['woo_1'] })
  expect(provider.requests).toBe(requests)
  await waitFor('both to be served again', async () => {
    const answers = [await first.ask('green doorbell'), await second.ask('blue doorbell')]
    return answers.every(({ degraded }) => !degraded)
  })
})

test('a vector that one tenant has asked for is not there for another', async () => {
  const [first, second] = [await newTenant(), await newTenant()]
  const { requests } = provider
  await first.ask('secret wishes')
  await first.ask('secret wishes')
  expect(provider.requests).toBe(requests + 1)
  await second.ask('secret wishes')
  expect(provider.requests).toBe(requests + 2)
  await server.search('secret wishes')
  expect(provider.requests).toBe(requests + 3)
  await waitFor('the queries to be counted', async () => (await first.counted()) + (await second.counted()) === 2)
})

test('one query asked many times at once is one request', async () => {
  const tenant = await newTenant()
  const { requests } = provider
  const answers = await Promise.all(Array.from({ length: 20 }, () => tenant.ask('many at once')))
  expect(answers.every(({ degraded }) => !degraded)).toBe(true)
  expect(provider.requests).toBe(requests + 1)
})

test('many slow queries of one tenant leave the others the provider', async () => {
  const [loud, quiet] = [await newTenant(), await newTenant()]
  failQueries('slow', 'hang')
  const { requests } = provider
  const slow = Array.from({ length: 60 }, (_, n) => loud.ask(`slow doorbell ${n}`))
  await waitFor('the provider to be asked', async () => provider.requests > requests)
  // On a busy machine even a quick answer may take more than the 500 ms of a search; the provider is asked all the same.
  await quiet.ask('quick doorbell')
  expect(provider.inputs.some((input) => input.includes('quick doorbell'))).toBe(true)
  for (const answer of await Promise.all(slow)) expect(answer).toEqual({ degraded: true, found: ['woo_1'] })
  // Eight of the loud tenant, and the one of the quiet one.
  expect(provider.requests - requests).toBeLessThanOrEqual(9)
})

test('a usage counter that cannot be written degrades no search, and is written later', async () => {
  const [first, second] = [await newTenant(), await newTenant()]
  await server.sql(
    `create function refuse_usage() returns trigger language plpgsql as $$ begin raise exception 'no room for counts'; end $$`,
  )
  await server.sql(
    'create trigger refuse_usage before insert or update on usage_counters for each row execute function refuse_usage()',
  )
  try {
    expect(await first.ask('counted doorbell')).toEqual({ degraded: false, found: ['woo_1'] })
    expect(await first.ask('another counted doorbell')).toMatchObject({ degraded: false })
    expect(await second.ask('counted doorbell')).toMatchObject({ degraded: false })
    expect(await first.counted()).toBe(0)
  } finally {
    await server.sql('drop trigger refuse_usage on usage_counters')
    await server.sql('drop function refuse_usage')
  }
  await waitFor('the counts', async () => (await first.counted()) === 2 && (await second.counted()) === 1)
})

test('counts of the last moment are written before a counter stops, for the installation without a tenant', async () => {
  const inAll = async () => {
    const [row] = await server.sql<{ count: number }>(
      `select coalesce(sum(value), 0)::int as count from usage_counters where counter = 'query_embeddings' and tenant_id is null`,
    )
    return row?.count ?? 0
  }
  const before = await inAll()
  const counter = createUsageCounter(server.running.db, createLog('silent'))
  for (let nth = 0; nth < 5; nth += 1) counter.count([{ tenantId: INSTALLATION, counter: 'query_embeddings', by: 1 }])
  await counter.stop()
  expect(await inAll()).toBe(before + 5)
  for (const table of ['usage_counters', 'usage_hours'])
    expect(await server.sql(`select 1 from ${table} where tenant_id = 0`), table).toEqual([])
})
