import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type FakeShop, startFakeShop } from '../../support/fake-shop.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let store: Shop
let shop: FakeShop

beforeAll(async () => {
  server = await startTestServer({ OUTGOING_PRIVATE_ADDRESSES: 'on' })
  owner = await signedIn(server, 'owner')
})
beforeEach(async () => {
  shop = await startFakeShop()
  store = await aStore(server, owner, shop)
})
afterEach(async () => {
  await server.sql('update freshness_schedules set is_on = false')
  await shop.stop()
})
afterAll(() => server.stop())

/** A store whose token is bound to the shop, and whose owner has entered its address. */
async function aStore(at: TestServer, person: Person, of: FakeShop): Promise<Shop> {
  const made = await at.newShop({ tenantOf: person.userId })
  await made.request('GET', '/api/integrations/woocommerce/health/', undefined, { 'x-fiko-site': of.siteHash })
  await person.request('PATCH', `/api/v1/stores/${made.storeId}/`, { site: `${of.url}/` })
  return made
}

const path = (of = store) => `/api/v1/stores/${of.storeId}/freshness/`
const read = async (language = 'en', person = owner) =>
  (await person.request('GET', path(), undefined, { 'accept-language': language })).body

/** Sends the products and waits until they are applied. */
async function send(...events: object[]): Promise<void> {
  await store.sendBatch(events)
  await server.settled()
}

async function visited(at = server, of = store): Promise<void> {
  await waitFor('a visit of the shop', async () => {
    const [row] = await at.sql('select 1 from freshness_schedules where store_id = $1 and last_visit_at is not null', [
      of.storeId,
    ])
    return row !== undefined
  })
}

/** A sample now. */
async function sample(at = server, person = owner, of = store): Promise<void> {
  await at.sql(
    'update freshness_schedules set last_visit_at = null, hour_requests = 0, is_on = true where store_id = $1',
    [of.storeId],
  )
  const asked = await person.request('POST', `${path(of)}check/`)
  expect(asked.status, JSON.stringify(asked.body)).toBe(202)
  await visited(at, of)
}

/** The time of the next look has come, and no sample is due. */
async function lookAgain(): Promise<void> {
  await server.sql('update freshness_findings set look_at = now() where look_at is not null and store_id = $1', [
    store.storeId,
  ])
  await server.sql(
    `update freshness_schedules set last_visit_at = null, hour_requests = 0, visit_at = now(), sample_at = now() + interval '1 hour'
      where store_id = $1`,
    [store.storeId],
  )
  await visited()
}

async function metric(name: string, label: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(new RegExp(`^${name}\\{${label}\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
}

test('before the first visit the owner reads that it comes within an hour', async () => {
  expect(await read()).toMatchObject({
    state: 'waiting',
    is_on: true,
    sampled: 0,
    percent: null,
    history: [],
    findings: [],
    message: 'The first comparison with the shop comes within an hour.',
  })
  await waitFor('a time of the first visit', async () => (await read()).next_at !== null)
  expect(Date.parse((await read()).next_at)).toBeLessThan(Date.now() + 3_700_000)
})

test('answers that equal the shop are right: price, stock, a low quantity, and a product that neither shows', async () => {
  await send(
    anUpdate({ id: 1, price: '850000' }),
    anUpdate({ id: 2, price: '1200.5', currency: 'EUR', stock_quantity: 2 }),
    anUpdate({ id: 3, stock_quantity: 0, stock_status: 'outofstock' }),
    anUpdate({ id: 4, catalog_visibility: 'hidden' }),
  )
  shop.products = [
    { id: 1, price: '850000' },
    { id: 2, price: '120050', currency: 'EUR', minorUnit: 2, lowStock: 2 },
    { id: 3, inStock: false, lowStock: 0 },
    { id: 4, isHidden: true, price: '5' },
  ]
  const before = await metric('fiko_freshness_answers_total', 'result="right"')
  await sample()
  const found = await read()
  expect(found).toMatchObject({
    state: 'checked',
    reason: null,
    sampled: 4,
    right: 4,
    wrong: 0,
    late: 0,
    undecided: 0,
    percent: 100,
    wrong_now: 0,
    findings: [],
    message: '100 % of 4 sampled answers were right.',
  })
  expect(found.history).toEqual([{ day: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/), sampled: 4, right: 4, wrong: 0 }])
  expect((await read('fa')).message).toBe('۱۰۰٪ از ۴ پاسخ نمونه درست بود.')
  expect(Date.parse(found.next_at)).toBeGreaterThan(Date.now() + 3_000_000)
  expect(await metric('fiko_freshness_answers_total', 'result="right"')).toBe(before + 4)
})

test('a shop is asked without a key or cookies, by a robot that says its name, robots.txt first', async () => {
  await send(anUpdate({ id: 1 }))
  shop.products = [{ id: 1 }]
  await sample()
  expect(shop.requests.map((request) => request.path.split('?')[0])).toEqual([
    '/robots.txt',
    '/wp-json/wc/store/v1/products',
    '/wp-json/wc/store/v1/products',
  ])
  for (const { headers } of shop.requests) {
    expect(headers['user-agent']).toMatch(/^FikoSync\/[\d.]+ \(freshness check/)
    expect(headers).not.toHaveProperty('authorization')
    expect(headers).not.toHaveProperty('cookie')
  }
  await sample()
  expect(shop.requests.filter((request) => request.path === '/robots.txt')).toHaveLength(1)
})

test('a difference counts after a second look; the wrong answer is named until a later visit finds it repaired', async () => {
  await send(anUpdate({ id: 1, name: 'Green boots' }), anUpdate({ id: 2 }))
  shop.products = [{ id: 1, price: '900000' }, { id: 2 }]
  await sample()
  expect(await read()).toMatchObject({ sampled: 1, right: 1, wrong: 0, undecided: 1, wrong_now: 0, findings: [] })
  await lookAgain()
  const found = await read()
  expect(found).toMatchObject({ sampled: 2, right: 1, wrong: 1, undecided: 0, percent: 50, wrong_now: 1 })
  expect(found.findings).toEqual([
    {
      id: expect.any(Number),
      product: {
        id: expect.any(Number),
        external_id: 'woo_1',
        name: 'Green boots',
        image: 'https://shop.example/a.jpg',
        permalink: 'https://shop.example/product/414/',
      },
      field: 'price',
      ours: '850000 IRT',
      theirs: '900000 IRT',
      since: expect.any(String),
      confirmed_at: expect.any(String),
    },
  ])
  expect(Date.parse(found.findings[0].since)).toBeLessThanOrEqual(Date.parse(found.findings[0].confirmed_at))
  expect(found.message).toBe('50 % of 2 sampled answers were right; the wrong ones: “Green boots” (price).')
  expect((await read('fa')).message).toBe('۵۰٪ از ۲ پاسخ نمونه درست بود؛ پاسخ‌های نادرست: «Green boots» (قیمت).')
  const summary = await owner.request('GET', `/api/v1/freshness/?store_id=${store.storeId}`)
  expect(summary.body).toEqual({
    days: 30,
    sampled: 2,
    right: 1,
    wrong: 1,
    percent: 50,
    wrong_now: 1,
    stores: 1,
    silent_stores: 0,
    worst: [{ id: store.storeId, name: 'Test shop', percent: 50, wrong_now: 1 }],
  })
  await send(anUpdate({ id: 1, name: 'Green boots', price: '900000' }))
  await sample()
  expect(await read()).toMatchObject({ sampled: 4, right: 3, wrong: 1, percent: 75, wrong_now: 0, findings: [] })
})

test('a difference that an event on its way explains is no wrong answer', async () => {
  await send(anUpdate({ id: 1 }))
  shop.products = [{ id: 1, price: '900000' }]
  await sample()
  expect(await read()).toMatchObject({ sampled: 0, undecided: 1, percent: null })
  await send(anUpdate({ id: 1, price: '900000' }))
  await lookAgain()
  expect(await read()).toMatchObject({
    sampled: 1,
    right: 1,
    wrong: 0,
    late: 1,
    undecided: 0,
    percent: 100,
    wrong_now: 0,
  })
})

test('stock, quantity, currency and visibility are compared, and each difference is told', async () => {
  await send(
    anUpdate({ id: 1, stock_quantity: null, stock_status: 'instock' }),
    anUpdate({ id: 2, stock_quantity: 9 }),
    anUpdate({ id: 3, price: '10', currency: 'EUR' }),
    anUpdate({ id: 4 }),
    anUpdate({ id: 5 }),
    anUpdate({ id: 6, catalog_visibility: 'hidden' }),
  )
  shop.products = [
    { id: 1, inStock: false },
    { id: 2, lowStock: 1 },
    { id: 3, price: '1000', currency: 'USD', minorUnit: 2 },
    { id: 5, isHidden: true },
    { id: 6 },
  ]
  await sample()
  await lookAgain()
  const { findings, sampled, wrong } = await read()
  expect([sampled, wrong]).toEqual([6, 6])
  const told = findings.map(
    (finding: { product: { external_id: string }; field: string; ours: string; theirs: string }) => [
      finding.product.external_id,
      finding.field,
      finding.ours,
      finding.theirs,
    ],
  )
  expect(told.sort()).toEqual([
    ['woo_1', 'stock', 'in_stock', 'out_of_stock'],
    ['woo_2', 'quantity', '9', '1'],
    ['woo_3', 'currency', 'EUR', 'USD'],
    ['woo_4', 'visibility', 'shown', 'not_shown'],
    ['woo_5', 'visibility', 'shown', 'not_shown'],
    ['woo_6', 'visibility', 'not_shown', 'shown'],
  ])
})

test('a deleted product that the shop shows is wrong only if the plugin did not keep it from the AI on purpose', async () => {
  await send(anUpdate({ id: 1 }), anUpdate({ id: 2 }), anUpdate({ id: 3 }), anUpdate({ id: 4 }))
  await send(
    aDeletion(1, { product: { id: 1, reason: 'kept' } }),
    aDeletion(2, { product: { id: 2, reason: 'not_published' } }),
    aDeletion(3),
    aDeletion(4, { product: { id: 4, reason: 'not_published' } }),
  )
  shop.products = [{ id: 1 }, { id: 2 }, { id: 3 }]
  await sample()
  await lookAgain()
  const { findings, sampled, right } = await read()
  expect(findings.map(({ product }: { product: { external_id: string } }) => product.external_id)).toEqual(['woo_2'])
  // The third has no reason, and the first one is kept: neither is an answer that could be right or wrong.
  expect([sampled, right]).toEqual([2, 1])
})

test('a shop without readable addresses is asked by rest_route, which is remembered', async () => {
  await send(anUpdate({ id: 1 }))
  shop.products = [{ id: 1 }]
  shop.isPlain = true
  await sample()
  expect(await read()).toMatchObject({ state: 'checked', right: 1 })
  shop.requests.length = 0
  await sample()
  expect(shop.requests.every((request) => request.path.startsWith('/?rest_route=/wc/store/v1/products&'))).toBe(true)
})

describe('a shop that is not to be asked, or does not answer', () => {
  const answer = (status: number, type: string, body: string, headers: Record<string, string> = {}): void => {
    shop.respond = (response) => response.writeHead(status, { 'content-type': type, ...headers }).end(body)
  }
  const silence = async () => {
    await send(anUpdate({ id: 1 }))
    shop.products = [{ id: 1 }]
    await sample()
    const found = await read()
    expect(found).toMatchObject({ state: 'silent', sampled: 0, undecided: 0, percent: null, findings: [] })
    expect(found.message.length).toBeGreaterThan(40)
    expect((await read('fa')).message).toMatch(/[\u0600-\u06ff]/)
    expect(Date.parse(found.next_at), 'it is left alone').toBeGreaterThan(Date.now() + 3_000_000)
    return found
  }

  test('robots.txt disallows the product list: nothing else is requested', async () => {
    shop.robots = 'User-agent: *\nDisallow: /wp-json/\n'
    expect(await silence()).toMatchObject({ reason: 'robots' })
    expect(shop.requests.map((request) => request.path)).toEqual(['/robots.txt'])
  })

  test('robots.txt allows this robot, and disallows others', async () => {
    shop.robots = 'User-agent: *\nDisallow: /\n\nUser-agent: FikoSync\nDisallow: /wp-admin/\n'
    await send(anUpdate({ id: 1 }))
    shop.products = [{ id: 1 }]
    await sample()
    expect(await read()).toMatchObject({ state: 'checked', right: 1 })
  })

  test('429 is obeyed: the next visit comes after Retry-After', async () => {
    answer(429, 'application/json', '{}', { 'retry-after': '20000' })
    const found = await silence()
    expect(found).toMatchObject({ reason: 'busy', detail: 'HTTP 429' })
    expect(Date.parse(found.next_at)).toBeGreaterThan(Date.now() + 19_000_000)
  })

  test('403 is obeyed, and each further one doubles the pause', async () => {
    answer(403, 'text/html', 'no')
    expect(await silence()).toMatchObject({ reason: 'refused', detail: 'HTTP 403' })
    await sample()
    expect(Date.parse((await read()).next_at)).toBeGreaterThan(Date.now() + 7_000_000)
    shop.respond = null
    await sample()
    expect(await read()).toMatchObject({ state: 'checked', right: 1, reason: null })
    const [row] = await server.sql<{ failures: number }>(
      'select failures from freshness_schedules where store_id = $1',
      [store.storeId],
    )
    expect(row?.failures).toBe(0)
  })

  test('a redirect to another host is not followed; within the host it is', async () => {
    const other = await startFakeShop()
    const elsewhere = other.url.replace('127.0.0.1', 'localhost')
    answer(302, 'text/html', '', { location: `${elsewhere}/wp-json/wc/store/v1/products` })
    expect(await silence()).toMatchObject({ reason: 'other_host' })
    expect(other.requests).toEqual([])
    await other.stop()
    shop.respond = (response, request) => {
      shop.respond = null
      response.writeHead(301, { location: request.url }).end()
    }
    await sample()
    expect(await read()).toMatchObject({ state: 'checked', right: 1 })
  })

  test('an answer above 1 MB is not read to its end', async () => {
    answer(200, 'application/json', `["${'x'.repeat(3_000_000)}"]`)
    expect(await silence()).toMatchObject({ reason: 'too_large' })
  })

  test('a page instead of JSON, and JSON that is no list', async () => {
    answer(200, 'text/html', '<h1>Maintenance</h1>')
    expect(await silence()).toMatchObject({ reason: 'not_json' })
    answer(200, 'application/json', '{"products":[]}')
    await sample()
    expect(await read()).toMatchObject({ state: 'silent', reason: 'not_json' })
  })

  test('a shop that is gone', async () => {
    await shop.stop()
    expect(await silence()).toMatchObject({ reason: 'unreachable' })
    shop = await startFakeShop()
  })
})

test('only an address whose hash the plugin has sent is visited, whatever the owner enters', async () => {
  const victim = await startFakeShop()
  await owner.request('PATCH', `/api/v1/stores/${store.storeId}/`, { site: victim.url })
  await send(anUpdate({ id: 1, permalink: `${victim.url}/product/1/` }))
  await sample()
  expect(await read()).toMatchObject({ state: 'silent', reason: 'no_address' })
  expect(victim.requests).toEqual([])
  expect(shop.requests).toEqual([])
  await victim.stop()
})

test('without an entered address the shop is found by the addresses of its products', async () => {
  await owner.request('PATCH', `/api/v1/stores/${store.storeId}/`, { site: '' })
  await send(anUpdate({ id: 1, permalink: `${shop.url}/product/boots/` }))
  shop.products = [{ id: 1 }]
  await sample()
  expect(await read()).toMatchObject({ state: 'checked', right: 1 })
})

test('the switch of a store: nothing is visited while it is off, and the audit log keeps the change', async () => {
  await send(anUpdate({ id: 1 }))
  const off = await owner.request('PATCH', path(), { is_on: false })
  expect(off).toMatchObject({ status: 200, body: { state: 'off', is_on: false, next_at: null } })
  expectProblem(await owner.request('POST', `${path()}check/`), 409, 'freshness_off')
  await server.sql('update freshness_schedules set visit_at = now(), sample_at = now() where store_id = $1', [
    store.storeId,
  ])
  // The visit of another store, due later: by then this one would have been claimed, which moves its time ahead.
  const other = await aStore(server, owner, shop)
  await sample(server, owner, other)
  expect(
    await server.sql('select visit_at < now() as "isStillDue" from freshness_schedules where store_id = $1', [
      store.storeId,
    ]),
  ).toEqual([{ isStillDue: true }])
  expect(shop.requests).toEqual([])
  expect(await owner.request('PATCH', path(), { is_on: true })).toMatchObject({ body: { is_on: true } })
  await visited()
  const entries = await owner.request('GET', '/api/v1/audit/?action=store.freshness_changed')
  expect(entries.body.results.slice(0, 2).map(({ detail }: { detail: object }) => detail)).toEqual([
    { is_on: true },
    { is_on: false },
  ])
  const bad = await owner.request('PATCH', path(), { is_on: 'no' }, { 'accept-language': 'fa' })
  expectProblem(bad, 400, 'invalid_input')
  expect(bad.body.issues[0]).toMatchObject({ path: 'is_on', detail: expect.stringMatching(/[\u0600-\u06ff]/) })
})

test('a second visit at once is refused', async () => {
  await send(anUpdate({ id: 1 }))
  shop.products = [{ id: 1 }]
  await sample()
  expectProblem(await owner.request('POST', `${path()}check/`), 409, 'visited_just_now')
})

test('a shop gets at most 20 requests in an hour', async () => {
  await send(anUpdate({ id: 1 }))
  shop.products = [{ id: 1 }]
  await sample()
  shop.requests.length = 0
  await server.sql(
    `update freshness_schedules set hour_requests = 17, visit_at = now(), sample_at = now() where store_id = $1`,
    [store.storeId],
  )
  await waitFor('the visit to be put off', async () => {
    const [row] = await server.sql(
      `select 1 from freshness_schedules where store_id = $1 and visit_at = hour_began_at + interval '1 hour'`,
      [store.storeId],
    )
    return row !== undefined
  })
  expect(shop.requests).toEqual([])
})

test('a test copy is not visited', async () => {
  await owner.request('PATCH', `/api/v1/stores/${store.storeId}/`, { environment: 'test' })
  expect(await read()).toMatchObject({ state: 'unavailable', next_at: null })
  expectProblem(await owner.request('POST', `${path()}check/`), 409, 'freshness_off')
})

test('another owner reads, changes and starts nothing, and has no part in the figures', async () => {
  await send(anUpdate({ id: 1 }))
  shop.products = [{ id: 1, price: '1' }]
  await sample()
  await lookAgain()
  const stranger = await signedIn(server, 'owner')
  for (const [method, at, body] of [
    ['GET', path(), undefined],
    ['PATCH', path(), { is_on: false }],
    ['POST', `${path()}check/`, undefined],
    ['GET', `/api/v1/freshness/?store_id=${store.storeId}`, undefined],
  ] as const)
    expectProblem(await stranger.request(method, at, body), 404, 'not_found')
  expect((await stranger.request('GET', '/api/v1/freshness/')).body).toMatchObject({
    sampled: 0,
    wrong_now: 0,
    worst: [],
  })
  expect(await read()).toMatchObject({ is_on: true, wrong_now: 1 })
})

test('deleting a store takes its samples and differences along', async () => {
  await send(anUpdate({ id: 1 }))
  shop.products = [{ id: 1, price: '1' }]
  await sample()
  await owner.request('DELETE', `/api/v1/stores/${store.storeId}/`)
  for (const table of ['freshness_checks', 'freshness_findings', 'freshness_schedules'])
    expect(await server.sql(`select 1 from ${table} where store_id = $1`, [store.storeId]), table).toEqual([])
})

test('the daily maintenance deletes old samples, settled differences, and differences that were never looked at again', async () => {
  await server.sql(
    `insert into freshness_checks (tenant_id, store_id, sampled, correct, created_at)
     select tenant_id, id, 5, 5, now() - days * interval '1 day' from stores, unnest(array[1, 34, 36]) days where id = $1`,
    [store.storeId],
  )
  await server.sql(
    `insert into freshness_findings (tenant_id, store_id, external_product_id, field, look_at, settled_at, created_at)
     select s.tenant_id, s.id, f.product, 'price', f.look_at, f.settled_at, f.at from stores s, (values
       (1, null, now() - interval '91 days', now() - interval '91 days'), (2, null, now() - interval '89 days', now() - interval '91 days'),
       (3, now(), null, now() - interval '3 days'), (4, now(), null, now() - interval '1 day')) f (product, look_at, settled_at, at)
      where s.id = $1`,
    [store.storeId],
  )
  await server.sql(`delete from maintenance_runs where task = 'freshness'`)
  await server.running.maintenance.runDue()
  expect(await server.sql('select 1 from freshness_checks where store_id = $1', [store.storeId])).toHaveLength(2)
  const left = await server.sql<{ id: number }>(
    'select external_product_id as id from freshness_findings where store_id = $1 order by 1',
    [store.storeId],
  )
  expect(left.map(({ id }) => Number(id))).toEqual([2, 4])
})

describe('settings of the installation', () => {
  test('private addresses are not visited unless the operator allows them', async () => {
    const strict = await startTestServer()
    try {
      const person = await signedIn(strict, 'owner')
      const made = await aStore(strict, person, shop)
      await made.send(anUpdate({ id: 1 }))
      await strict.settled()
      await sample(strict, person, made)
      const found = await person.request('GET', path(made))
      expect(found.body).toMatchObject({ state: 'silent', reason: 'private_address' })
      expect(shop.requests).toEqual([])
    } finally {
      await strict.stop()
    }
  })

  test('FRESHNESS_CHECKS=off: no shop is visited, and the owner reads why', async () => {
    const quiet = await startTestServer({ FRESHNESS_CHECKS: 'off', OUTGOING_PRIVATE_ADDRESSES: 'on' })
    try {
      const person = await signedIn(quiet, 'owner')
      const made = await aStore(quiet, person, shop)
      expect((await person.request('GET', path(made))).body).toMatchObject({
        state: 'unavailable',
        message: expect.stringContaining('FRESHNESS_CHECKS'),
      })
      expectProblem(await person.request('POST', `${path(made)}check/`), 409, 'freshness_off')
      expect(await quiet.sql('select 1 from freshness_schedules')).toEqual([])
    } finally {
      await quiet.stop()
    }
  })
})
