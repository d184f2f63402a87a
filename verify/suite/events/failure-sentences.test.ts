import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

/** The database's failure for the product of each number, and its code. */
const ACCIDENTS = [
  { code: '22P02', sql: `perform ('ledger of ' || new.name)::int` },
  { code: '23502', sql: 'insert into stores (tenant_id) values (null)' },
  { code: '42P01', sql: `execute 'select * from hidden_prices'` },
  { code: 'P0001', sql: `raise exception 'row % of relation products', to_json(new)::text` },
]
/** Words of the database's own messages, and of rows and tables in them. */
const PRIVATE = ['ledger of', 'hidden_prices', 'invalid input', 'violates', 'null value', 'does not exist', 'relation']

let server: TestServer
let owner: Person
let shop: Shop

beforeAll(async () => {
  server = await startTestServer({ RETRY_LIMIT: '0' })
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
  const cases = ACCIDENTS.map(({ sql }, at) => `when 'woo_${at + 1}' then ${sql};`).join(' ')
  await server.sql(`create function fail() returns trigger language plpgsql security definer as $$
    begin case new.external_id ${cases} else null; end case; return new; end $$`)
  // Known before it fails, so that there is a product to look at.
  await shop.send(anUpdate({ id: 1, name: 'Known' }))
  await server.settled()
  await server.sql('create trigger fail before insert or update on products for each row execute function fail()')
  for (const [at, { code }] of ACCIDENTS.entries())
    await shop.send(anUpdate({ id: at + 1, name: `Boiler ${code}` }, { event_id: code }))
  await server.settled()
})
afterAll(() => server.stop())

describe.each(ACCIDENTS)('an event that fails with $code', ({ code }) => {
  const number = ACCIDENTS.findIndex((accident) => accident.code === code) + 1

  test.each(['en', 'fa'])(
    'gives its owner a sentence with that code, and not the database’s message (%s)',
    async (language) => {
      const ask = async (path: string) =>
        (await owner.request('GET', path, undefined, { 'accept-language': language })).body
      const list = await ask(`/api/v1/integrations/woocommerce/events/?woo_product_id=${number}&status=dead`)
      const event = await ask(`/api/v1/integrations/woocommerce/events/${list.results[0].id}/`)
      const letters = await ask('/api/v1/dead-letters/')
      const letter = letters.results.find((each: { event_id: string }) => each.event_id === code)
      const body = { product_ids: [number] }
      const status = await shop.request('POST', '/api/integrations/woocommerce/status/', body, {
        'accept-language': language,
      })
      const sentences = [
        list.results[0].error,
        event.error,
        event.history[0].error,
        letter.reason,
        status.body.results[0].last_error,
      ]
      const [sentence] = sentences
      expect(new Set(sentences).size, sentences.join('\n')).toBe(1)
      expect(sentence).toContain(language === 'fa' ? `(کد ${code})` : `(code ${code})`)
      expect(sentence).toMatch(
        /^2/.test(code) ? /rejected a value|مقدارهای این محصول/ : /the shop did not cause|خطا از فروشگاه نیست/,
      )
      for (const words of PRIVATE) expect(sentence).not.toContain(words)
    },
  )
})

test('a product’s page shows the same sentence, and no export holds the database’s message', async () => {
  const [product] = await server.sql<{ id: number }>(`select id from products where external_id = 'woo_1'`)
  const page = await owner.request('GET', `/api/v1/web-knowledge/products/${product?.id}/`)
  expect(page.body.sync.last_error).toContain('(code 22P02)')
  const tenant = (await owner.request('GET', '/api/v1/me/')).body.tenant_id
  const answers = [page, await owner.request('GET', `/api/v1/tenants/${tenant}/export/`)]
  answers.push(await owner.request('GET', '/api/v1/integrations/woocommerce/events/'))
  for (const { body } of answers)
    for (const words of PRIVATE) expect(typeof body === 'string' ? body : JSON.stringify(body)).not.toContain(words)
})
