import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let other: Person
let shop: Shop
let theirs: Shop

const EVENTS = '/api/v1/integrations/woocommerce/events/'
const PRODUCTS = '/api/v1/web-knowledge/products/'
const TOKENS = '/api/v1/integrations/tokens/'

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
  other = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'شمع‌فروشی, "Lamps"' })
  theirs = await server.newShop({ tenantOf: other.userId, name: 'Their shop' })
  await shop.sendBatch([
    anUpdate({ id: 1, name: '=HYPERLINK("https://evil.example","قوری")', sku: '@cmd', price: '999999999999999.99' }),
    anUpdate({ id: 2, name: 'قوری, «بزرگ»', stock_status: 'outofstock', stock_quantity: 0 }),
    anUpdate({ id: 3, name: 'Hidden teapot', status: 'draft' }),
  ])
  await theirs.send(anUpdate({ id: 9, name: 'Secret scarf' }))
  for (const one of [shop, theirs])
    await one.request('PUT', '/api/integrations/woocommerce/documents/', {
      version: 1_762_768_200_000_000,
      documents: [{ id: 5, kind: 'shipping', title: 'ارسال', content: '<p>In a day.</p>' }],
    })
  await server.settled()
  await server.sql(
    `insert into alerts (tenant_id, kind, group_key, facts, first_seen_at, last_seen_at)
     select tenant_id, 'quiet_store', id::text, json_build_object('store', name), now(), now() from stores`,
  )
  await server.sql(
    `insert into questions (question_id, tenant_id, asked_at, channel, client, is_guest, store_id, query, query_key, filters, results,
                            product_ids, document_ids, answered, degraded, took_ms)
     select gen_random_uuid(), tenant_id, now(), 'search', 'curl', false, id, name, name, '{}', 0, '{}', '{}', false, false, 1 from stores`,
  )
  await server.sql(
    `update events set status = 'dead', outcome = null, error = 'a reason', processed_at = now() where external_product_id in (3, 9)`,
  )
})
afterAll(() => server.stop())

/** The bytes of a file: `fetch` and JavaScript's text drop the mark at its begin. */
async function fileOf(person: Person, path: string) {
  const response = await fetch(`${server.url}${path}`, { headers: { cookie: person.cookie } })
  const bytes = Buffer.from(await response.arrayBuffer())
  return { response, bytes, rows: readCsv(bytes.toString('utf8').slice(1)) }
}

/** RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  for (let at = 0, row: string[] = []; at < text.length; ) {
    const [whole = '', quoted, plain = '', end = ''] =
      /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/.exec(text.slice(at)) ?? []
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    at += whole.length
    if (end !== ',') {
      rows.push(row)
      row = []
    }
    if (whole === '') throw new Error(`no CSV at ${at}: ${text.slice(at, at + 40)}`)
  }
  return rows
}

const ofStore = (part: string) => `/api/v1/stores/${shop.storeId}/${part}/`
const LISTS: [name: string, path: () => string, rows: number, file: string][] = [
  ['products', () => PRODUCTS, 3, 'products.csv'],
  ['events', () => EVENTS, 3, 'events.csv'],
  ['tokens', () => TOKENS, 1, 'tokens.csv'],
  ['stores', () => '/api/v1/stores/', 1, 'stores.csv'],
  ['alerts', () => '/api/v1/alerts/', 1, 'alerts.csv'],
  ['questions', () => '/api/v1/questions/', 1, 'questions.csv'],
  ['dead_letters', () => '/api/v1/dead-letters/', 1, 'dead-letters.csv'],
  ['documents', () => ofStore('documents'), 1, 'documents.csv'],
  ['unfindable_products', () => `${ofStore('unfindable')}?group=hidden`, 1, 'unfindable-products.csv'],
]
const exportOf = (path: string) => path.replace(/\/(\?|$)/, '/export/$1')

test.each(LISTS)(
  '%s: the rows of the list as a file for spreadsheets, and an entry in the audit log',
  async (name, path, count, file) => {
    const list = (await owner.request('GET', path())).body.results as { id: number }[]
    expect(list).toHaveLength(count)
    const { response, bytes, rows } = await fileOf(owner, exportOf(path()))
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('content-disposition'),
    ]).toEqual([200, 'text/csv; charset=utf-8', `attachment; filename="${file}"`])
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
    const [headings = [], ...lines] = rows
    expect(lines).toHaveLength(count)
    for (const line of lines) expect(line).toHaveLength(headings.length)
    expect(new Set(headings).size).toBe(headings.length)
    const [entry] = (await owner.request('GET', '/api/v1/audit/?limit=1')).body.results
    expect(entry).toMatchObject({ action: 'list.exported', detail: { list: name } })
    const persian = await fileOf(owner, `${exportOf(path())}${path().includes('?') ? '&' : '?'}language=fa`)
    expect(persian.rows).toHaveLength(count + 1)
    for (const heading of persian.rows[0] ?? []) expect(heading).toMatch(/[آ-ی]/)
  },
)

test('a text that a spreadsheet would run begins with an apostrophe; signs of CSV and Persian letters stay', async () => {
  const { rows } = await fileOf(owner, `${PRODUCTS}export/?ordering=id`)
  expect(rows[1]?.slice(0, 4)).toEqual([
    `'=HYPERLINK("https://evil.example","قوری")`,
    `'@cmd`,
    'شمع‌فروشی, "Lamps"',
    '999999999999999.99',
  ])
  expect(rows[2]?.[0]).toBe('قوری, «بزرگ»')
})

test('the filters and the order of the list hold; its pages and an unknown parameter are refused', async () => {
  const names = async (query: string) =>
    (await fileOf(owner, `${PRODUCTS}export/?${query}`)).rows.slice(1).map((row) => row[0])
  expect(await names('in_stock=false')).toEqual(['قوری, «بزرگ»'])
  expect(await names('is_active=true&ordering=-id')).toHaveLength(2)
  expect((await fileOf(owner, `${EVENTS}export/?woo_product_id=2`)).rows).toHaveLength(2)
  expect((await fileOf(owner, `${EVENTS}export/?status=dead`)).rows).toHaveLength(2)
  expect((await fileOf(owner, '/api/v1/alerts/export/?state=closed')).rows).toHaveLength(1)
  for (const query of ['page=2', 'limit=5', 'cursor=x', 'language=de', 'in_stok=true'])
    expect((await owner.request('GET', `${PRODUCTS}export/?${query}`)).status, query).toBe(400)
})

test('a file has no row of another tenant and no secret', async () => {
  for (const [name, path] of LISTS) {
    const { bytes } = await fileOf(owner, exportOf(path()))
    expect(bytes.toString(), name).not.toMatch(/Their shop|Secret scarf/)
    expect(bytes.toString(), name).not.toContain(other.email)
    expect(bytes.toString(), name).not.toMatch(/(wc|kb)_sk_(live|test)_[a-z0-9]{10}|[0-9a-f]{64}/)
  }
  for (const path of [ofStore('documents'), ofStore('unfindable')])
    expect((await other.request('GET', exportOf(path))).status).toBe(404)
  expect((await owner.request('GET', '/api/v1/users/export/')).status).toBe(403)
  const audit = await fileOf(owner, '/api/v1/audit/export/')
  expect(audit.bytes.toString()).not.toContain(other.email)
  expect(audit.rows.length).toBeGreaterThan(3)
})

test('an admin exports all tenants, narrows to one, and exports users', async () => {
  const admin = await signedIn(server, 'admin')
  expect((await fileOf(admin, '/api/v1/stores/export/')).bytes.toString()).toMatch(/Their shop.*Lamps/s)
  const narrowed = await fileOf(admin, `/api/v1/stores/export/?user_id=${owner.userId}`)
  expect(narrowed.rows).toHaveLength(2)
  const users = await fileOf(admin, '/api/v1/users/export/')
  expect(users.rows.map((row) => row[0])).toEqual(expect.arrayContaining([owner.email, other.email, admin.email]))
  expect(users.bytes.toString()).not.toMatch(/argon2/)
})

test('a long list comes whole and in order, page after page', async () => {
  await server.sql(
    `insert into audit_log (tenant_id, actor_kind, action, detail)
     select (select id from tenants where owner_id = $1::uuid), 'owner', 'store.changed', json_build_object('name', n)
       from generate_series(1, 1234) n`,
    [owner.userId],
  )
  const { rows } = await fileOf(owner, '/api/v1/audit/export/?action=store.changed&language=en')
  const at = rows[0]?.indexOf('Details') ?? -1
  expect(rows.slice(1).map((row) => JSON.parse(row[at] ?? '').name)).toEqual(
    Array.from({ length: 1234 }, (_, n) => 1234 - n),
  )
})

test('a long list of questions has each one once, and none of another tenant that asked at the same moments', async () => {
  await server.sql(
    `insert into questions (question_id, tenant_id, asked_at, channel, client, is_guest, query, query_key, filters, results,
                            product_ids, document_ids, answered, degraded, took_ms)
     select gen_random_uuid(), tenant_id, now() - n / 3 * interval '1 second', 'search', 'curl', false,
            'asked in ' || name, 'asked in ' || name, '{}', 0, '{}', '{}', false, false, 1
       from stores cross join generate_series(1, 1234) n`,
  )
  const { rows } = await fileOf(owner, '/api/v1/questions/export/?language=en')
  const [headings = [], ...lines] = rows
  const column = (name: string) => lines.map((line) => line[headings.indexOf(name)])
  expect(new Set(column('Question id')).size).toBe(1235)
  expect(lines).toHaveLength(1235)
  expect(column('Question').filter((question) => question?.includes('Their shop'))).toEqual([])
  const times = column('Asked at')
  expect(times).toEqual(times.toSorted().reverse())
})
