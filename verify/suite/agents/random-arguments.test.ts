/** Random arguments: each gets an answer that fits the schema, or a sentence; never an error of the server. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aVariableProduct, rpc } from '../../support/agents.ts'
import { anUpdate } from '../../support/events.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'
import { schemaFaults } from '../../support/ucp-schemas.ts'

let server: TestServer
let token: string
let tools: { name: string; outputSchema: object }[]

beforeAll(async () => {
  server = await startTestServer()
  const shop = await server.newShop()
  token = await server.knowledgeToken()
  await shop.send(anUpdate())
  await shop.send(anUpdate(aVariableProduct(['قرمز'], ['41'], { id: 500, sku: 'BOOT' })))
  await server.settled()
  tools = (await rpc(server, token, 'tools/list')).body.result.tools
})
afterAll(() => server.stop())

const text = fc.oneof(
  fc.constantFrom(
    'کفش',
    'woo_414',
    'BOOT',
    '1',
    '1:10000',
    'VAR-0-0',
    'رنگ',
    'قرمز',
    'IRT',
    'EUR',
    'XXX',
    'fa',
    '',
    ' ',
    '\u0000',
    '\ud800',
    '%_',
  ),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const any = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.integer(),
  fc.double(),
  fc.constant(null),
  fc.boolean(),
  fc.jsonValue(),
)
const or = <T>(usual: fc.Arbitrary<T>) => fc.oneof<fc.Arbitrary<unknown>[]>(usual, usual, usual, any)
const optional = { requiredKeys: [] as [] }
const fields = {
  query: or(text),
  id: or(text),
  ids: or(fc.array(text, { maxLength: 60 })),
  filters: or(
    fc.record(
      {
        categories: or(fc.array(text, { maxLength: 4 })),
        price: or(fc.record({ min: or(fc.maxSafeNat()), max: or(fc.maxSafeNat()) }, optional)),
        available: or(fc.boolean()),
      },
      optional,
    ),
  ),
  context: or(fc.record({ currency: or(text), language: or(text) }, optional)),
  pagination: or(fc.record({ limit: or(fc.integer({ min: -1, max: 60 })), cursor: or(text) }, optional)),
  selected: or(fc.array(fc.record({ name: or(text), label: or(text) }), { maxLength: 4 })),
  preferences: or(fc.array(text, { maxLength: 4 })),
  store_id: or(fc.integer()),
  limit: or(fc.integer()),
  cursor: or(text),
}
const flat = fc.record(fields, optional)
const given = fc.oneof(flat, fc.record({ catalog: flat }), fc.record({ catalog: any, query: text }, optional))

test('300 calls of tools', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...tools), given, async ({ name, outputSchema }, args) => {
      const { status, body } = await rpc(server, token, 'tools/call', { name, arguments: args })
      if (body.error) {
        // The second: a key `__proto__`, which the JSON reader refuses on every route.
        expect([
          [200, -32602],
          [400, -32700],
        ]).toContainEqual([status, body.error.code])
        return
      }
      expect(status).toBe(200)
      const { isError, structuredContent, content } = body.result
      if (isError) {
        expect(content[0].text).toMatch(/\S/)
        expect(content[0].text).not.toMatch(/internal error|at .*\.ts/i)
      } else expect(schemaFaults(outputSchema, structuredContent)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('150 requests to UCP and to the context', async () => {
  const paths = ['/ucp/catalog/search', '/ucp/catalog/lookup', '/ucp/catalog/product', '/api/v1/knowledge/context/']
  const bodies = fc.oneof(
    flat,
    fc.record({ question: or(text), budget_tokens: or(fc.integer({ min: 0, max: 30_000 })) }, optional),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), bodies, async (path, body) => {
      const answer = await call(server.url, 'POST', path, { authorization: `Bearer ${token}` }, body)
      expect([200, 400]).toContain(answer.status)
    }),
    { numRuns: 150 },
  )
})
