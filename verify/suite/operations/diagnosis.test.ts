import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Finding } from '../../../server/src/operations/diagnosis.ts'
import { ADMIN_API_KEY, call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

async function diagnosis(language?: string): Promise<Finding[]> {
  const headers = { authorization: `Bearer ${ADMIN_API_KEY}`, ...(language && { 'accept-language': language }) }
  return (await call(server.url, 'GET', '/api/v1/diagnosis/', headers)).body.results
}

const PERSIAN = /[\u0600-\u06ff]/

test('a diagnosis is in the caller’s language, and its codes are the same in both', async () => {
  const [english, persian] = [await diagnosis('en'), await diagnosis('fa-IR,fa;q=0.9,en;q=0.5')]
  const codes = (findings: Finding[]) => findings.map(({ check, state }) => `${check} ${state}`)
  expect(codes(persian)).toEqual(codes(english))
  expect(english.length).toBeGreaterThan(7)
  for (const { check, seen, advice } of english) {
    expect(seen, check).not.toMatch(PERSIAN)
    expect(advice ?? '', check).not.toMatch(PERSIAN)
  }
  for (const { check, seen, advice } of persian) {
    // Names and settings are what they are in every language.
    if (check !== 'extension' && !seen.includes('synchronous_commit')) expect(seen, check).toMatch(PERSIAN)
    if (advice !== null) expect(advice, check).toMatch(PERSIAN)
    expect(seen, `${check}: digits beside Persian words are Persian`).not.toMatch(/\d [\u0600-\u06ff]/)
  }
  const provider = persian.find((finding) => finding.check === 'provider')
  expect(provider).toMatchObject({ state: 'warning', advice: expect.stringContaining('OPENAI_BASE_URL') })
})

test('without a language a diagnosis is in English', async () => {
  for (const { check, seen } of await diagnosis()) expect(seen, check).not.toMatch(PERSIAN)
})

test('an index, a constraint or a policy that was dropped by hand is named, and nothing else is', async () => {
  const schema = async () => (await diagnosis()).find(({ check }) => check === 'schema')
  expect(await schema()).toMatchObject({ state: 'ok', advice: null, seen: expect.stringMatching(/none missing$/) })
  await server.sql('drop index products_by_sku')
  await server.sql('alter table stores drop constraint stores_name_check')
  await server.sql('drop policy tenant_rows on audit_log')
  expect(await schema()).toMatchObject({
    state: 'failed',
    seen: 'missing or invalid: index products.products_by_sku, constraint stores.stores_name_check, policy audit_log.tenant_rows',
    advice: expect.stringContaining('server/migrations'),
  })
})
