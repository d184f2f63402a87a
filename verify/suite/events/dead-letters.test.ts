import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pruneReplays } from '../../../server/src/catalog/replays.ts'
import { anUpdate } from '../../support/events.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const BASE = '/api/v1/dead-letters/'

let server: TestServer
let owner: Person
let shop: Shop
let stranger: Person
let otherShop: Shop

beforeAll(async () => {
  server = await startTestServer({ RETRY_LIMIT: '0' })
  owner = await signedIn(server, 'owner')
  stranger = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'Tea house' })
  otherShop = await server.newShop({ tenantOf: stranger.userId, name: 'Other house' })
})
afterAll(() => server.stop())

beforeEach(async () => {
  // The database refuses products by their names: an event that fails by its own fault, with a code of each kind.
  await server.sql(`create or replace function curse() returns trigger language plpgsql security definer as $$ begin
    if new.name like 'Cursed%' then raise exception 'cursed'; end if;
    if new.name like 'Jinxed%' then perform 'x'::int; end if;
    return new; end $$`)
  await server.sql('drop trigger if exists curse on products')
  await server.sql('create trigger curse before insert or update on products for each row execute function curse()')
  await server.sql('delete from replays')
  await server.sql('delete from event_attempts')
  await server.sql('delete from events')
  await server.sql('delete from products')
})

const liftCurse = () => server.sql('drop trigger curse on products')
const groups = async (query = '', who = owner) => (await who.request('GET', `${BASE}groups/${query}`)).body
const list = async (query = '', who = owner) => (await who.request('GET', `${BASE}${query}`)).body.results
const post = (action: string, body: object, who = owner) => who.request('POST', `${BASE}${action}/`, body)
const replays = async (who = owner) => (await who.request('GET', `${BASE}replays/`)).body.results

/** Dead letters of two causes: three products of one, one of the other. */
async function fail() {
  for (const id of [1, 2, 3]) await shop.send(anUpdate({ id, name: `Cursed teapot ${id}` }))
  await shop.send(anUpdate({ id: 4, name: 'Jinxed <b>kettle</b>' }))
  await server.settled()
}

/** A text that the provider refused. */
async function refuse(id: number, reason: string, of = shop) {
  await of.send(anUpdate({ id, name: `Refused cup ${id}` }))
  await server.settled()
  await server.sql(
    `update knowledge_chunks set embedding_status = 'refused', embedding_error = $2, updated_at = now()
      where product_id = (select id from products where external_id = $1 and store_id = $3) and position = 0`,
    [`woo_${id}`, reason, of.storeId],
  )
}

describe('groups', () => {
  test('dead letters are grouped by cause, with their products, their number, and when they were first and last seen', async () => {
    await fail()
    const { results, total, total_exact: isExact } = await groups()
    expect([total, isExact, results.length]).toEqual([4, true, 2])
    const cursed = results.find((each: { count: number }) => each.count === 3)
    expect(cursed).toMatchObject({
      kind: 'event',
      products: 3,
      stores: 1,
      reason: expect.stringContaining('(code P0001)'),
    })
    expect(cursed.newest.map((each: { product_name: string }) => each.product_name)).toEqual([
      'Cursed teapot 3',
      'Cursed teapot 2',
      'Cursed teapot 1',
    ])
    expect(Date.parse(cursed.first_failed_at)).toBeLessThan(Date.parse(cursed.last_failed_at))
    const letters = await list(`?group=${cursed.group}`)
    expect(letters).toHaveLength(3)
    for (const letter of letters)
      expect(letter).toMatchObject({ group: cursed.group, product: null, dismissed_at: null })
    expect(await list(`?kind=event&limit=1`)).toMatchObject([{ product_name: 'Jinxed kettle' }])
  })

  test('refused texts are one group whatever numbers and quotations their reason has, and their product is named', async () => {
    await refuse(11, 'The input has 9001 tokens; the limit is 8192 (request req_8f3a1). Text: "cup one"')
    await refuse(12, 'The input has 12000 tokens; the limit is 8192 (request req_77b02). Text: "another"')
    await refuse(13, 'The content is not allowed')
    const { results } = await groups('?kind=embedding')
    expect(results.map((each: { count: number }) => each.count).sort()).toEqual([1, 2])
    expect(results[0].newest[0]).toMatchObject({ external_id: 'woo_13', product: { name: 'Refused cup 13' } })
  })

  test('an unreadable payload costs its name only', async () => {
    await fail()
    await server.sql(
      `update events set payload = '{"product":{"id":1,"name":"\\u0000\\ud800"}}' where external_product_id = 1`,
    )
    const [group] = (await groups('?kind=event')).results.filter((each: { count: number }) => each.count === 3)
    expect(group.newest.map((each: { product_name: string | null }) => each.product_name)).toContain(null)
    expect(await list(`?group=${group.group}`)).toHaveLength(3)
  })

  test('first seen stays the first failure after a replay that fails again', async () => {
    await fail()
    const before = await groups()
    expect((await post('replay', {})).body).toMatchObject({ matched: 4, changed: 4 })
    await server.settled()
    const after = await groups()
    const firsts = ({ results }: typeof before) =>
      results.map((each: { group: string; first_failed_at: string }) => `${each.group} ${each.first_failed_at}`).sort()
    expect(firsts(after)).toEqual(firsts(before))
    expect(
      Math.min(...after.results.map((each: { last_failed_at: string }) => Date.parse(each.last_failed_at))),
    ).toBeGreaterThan(
      Math.max(...before.results.map((each: { last_failed_at: string }) => Date.parse(each.last_failed_at))),
    )
  })
})

describe('a replay', () => {
  test('tells of each dead letter whether it was applied, superseded, or failed again and why', async () => {
    await fail()
    await shop.send(anUpdate({ id: 2, name: 'Blessed teapot' }))
    await server.settled()
    await server.sql(`create or replace function curse() returns trigger language plpgsql security definer as $$ begin
      if new.name like 'Jinxed%' then perform 'x'::int; end if; return new; end $$`)
    const { status, body } = await post('replay', { store_id: shop.storeId })
    expect(status).toBe(202)
    expect(body).toMatchObject({ dry_run: false, matched: 4, changed: 4, replay_id: expect.any(String) })
    await server.settled()
    expect(await replays()).toMatchObject([
      {
        id: body.replay_id,
        asked_by: 'owner',
        asked: 4,
        waiting: 0,
        applied: 2,
        superseded: 1,
        failed: 1,
        gone: 0,
        reason: expect.stringContaining('(code 22P02)'),
      },
    ])
    const items = (await owner.request('GET', `${BASE}replays/${body.replay_id}/`)).body.results
    const outcomes = Object.fromEntries(
      items.map((each: { external_id: string; outcome: string }) => [each.external_id, each.outcome]),
    )
    expect(outcomes).toEqual({ woo_1: 'applied', woo_2: 'superseded', woo_3: 'applied', woo_4: 'failed' })
    const failed = await owner.request('GET', `${BASE}replays/${body.replay_id}/?outcome=failed`, undefined, {
      'accept-language': 'fa',
    })
    expect(failed.body.results).toMatchObject([{ external_id: 'woo_4', reason: expect.stringContaining('(کد 22P02)') }])
    expect(await list()).toHaveLength(1)
  })

  test('keeps its own outcome when a later replay ends otherwise', async () => {
    await fail()
    const first = (await post('replay', {})).body.replay_id
    await server.settled()
    await liftCurse()
    const second = (await post('replay', {})).body.replay_id
    await server.settled()
    const told = await replays()
    expect(told.map((each: { id: string }) => each.id)).toEqual([second, first])
    expect(told).toMatchObject([
      { applied: 4, failed: 0, reason: null },
      { applied: 0, failed: 4 },
    ])
  })

  test('is of both kinds at once, of the named ones, and of one dead letter by its own address', async () => {
    await fail()
    await refuse(11, 'too long')
    await liftCurse()
    const [text] = await list('?kind=embedding')
    const [event] = await list('?kind=event')
    const named = { items: [text, event].map(({ kind, id }) => ({ kind, id })) }
    expect((await post('replay', { ...named, dry_run: true })).body).toMatchObject({
      matched: 2,
      changed: 0,
      replay_id: null,
    })
    expect((await post('replay', named)).body).toMatchObject({ matched: 2, changed: 2 })
    const [one] = await list('?kind=event')
    await owner.request('POST', `/api/v1/integrations/woocommerce/events/${one.id}/replay/`)
    await server.settled()
    await waitFor('the text to be stored', async () =>
      (await replays()).every((each: { waiting: number }) => each.waiting === 0),
    )
    expect(await replays()).toMatchObject([
      { asked: 1, applied: 1 },
      { asked: 2, applied: 2 },
    ])
    expect((await owner.request('POST', `${BASE}embedding/${text.id}/replay/`)).status).toBe(404)
    expect(await list()).toHaveLength(2)
  })

  test('a time range selects what failed in it: recovery after an incident', async () => {
    await fail()
    await server.sql(`update events set processed_at = now() - interval '2 days' where external_product_id in (1, 2)`)
    const since = new Date(Date.now() - 86_400_000).toISOString()
    expect(await list(`?since=${since}`)).toHaveLength(2)
    expect(await list(`?until=${since}`)).toHaveLength(2)
    expect((await groups(`?since=${since}`)).total).toBe(2)
    await liftCurse()
    expect((await post('replay', { since })).body).toMatchObject({ matched: 2, changed: 2 })
    await server.settled()
    expect((await list()).map((each: { external_id: string }) => each.external_id).sort()).toEqual(['woo_1', 'woo_2'])
  })

  test('a pruned event is gone, and old replays are deleted', async () => {
    await fail()
    await post('replay', {})
    await server.settled()
    await server.sql('delete from events where external_product_id = 1')
    expect(await replays()).toMatchObject([{ gone: 1, failed: 3 }])
    await server.sql(`update replays set asked_at = now() - interval '31 days'`)
    await pruneReplays(server.running.db)
    expect(await server.sql('select 1 from replay_items')).toEqual([])
    expect(await replays()).toEqual([])
  })
})

describe('dismissing', () => {
  test('takes dead letters out of the list and its counts, keeps them, and can be undone', async () => {
    await fail()
    await refuse(11, 'too long')
    const attention = async () => {
      const { sync } = (await owner.request('GET', `/api/v1/stores/${shop.storeId}/progress/`)).body
      const list = (await owner.request('GET', `/api/v1/stores/${shop.storeId}/unfindable/?group=attention`)).body
      return [sync.attention, list.results.length]
    }
    expect(await attention()).toEqual([5, 5])
    const { results } = await groups('?kind=event')
    const cursed = results.find((each: { count: number }) => each.count === 3)
    expect((await post('dismiss', { group: cursed.group })).body).toMatchObject({
      matched: 3,
      changed: 3,
      replay_id: null,
    })
    const [text] = await list('?kind=embedding')
    expect((await post('dismiss', { items: [{ kind: 'embedding', id: text.id }] })).body).toMatchObject({ changed: 1 })
    expect(await list()).toHaveLength(1)
    expect(await list('?dismissed=true')).toHaveLength(4)
    expect((await groups('?dismissed=true')).total).toBe(4)
    const overview = (await owner.request('GET', '/api/v1/overview/')).body
    expect(overview.dead_letters).toEqual({ events: 1, embeddings: 0 })
    const metrics = await server.admin('GET', '/metrics')
    expect(metrics.body).toContain('fiko_dead_letters{kind="event"} 1')
    // Neither the sentence about the store nor its list names what was dismissed, and no alert is opened about it.
    expect(await attention()).toEqual([1, 1])
    await server.sql(`update events set processed_at = processed_at - interval '1 minute' where status = 'dead'`)
    await server.sql(`update knowledge_chunks set updated_at = updated_at - interval '1 minute'`)
    await server.running.alerts.check()
    const alerts = (await owner.request('GET', '/api/v1/alerts/')).body.results
    expect(alerts.map(({ kind, count }: { kind: string; count: number }) => [kind, count])).toEqual([
      ['failed_events', 1],
    ])
    // Replaying what is open leaves the dismissed ones alone.
    expect((await post('replay', { dry_run: true })).body.matched).toBe(1)
    expect((await post('restore', { group: cursed.group })).body).toMatchObject({ changed: 3 })
    expect(await list()).toHaveLength(4)
    await liftCurse()
    expect((await post('replay', { dismissed: true })).body).toMatchObject({ changed: 1 })
    await server.settled()
    await waitFor('the text to be stored', async () => (await list('?dismissed=true')).length === 0)
    const actions = (await owner.request('GET', '/api/v1/audit/?limit=5')).body.results
    expect(actions.map((each: { action: string }) => each.action)).toEqual(
      expect.arrayContaining(['dead_letters.dismissed', 'dead_letters.restored', 'dead_letters.replayed']),
    )
  })

  test('an event that fails again after its dismissal and replay is open again', async () => {
    await fail()
    await post('dismiss', {})
    expect(await list()).toEqual([])
    await post('replay', { dismissed: true })
    await server.settled()
    expect(await list()).toHaveLength(4)
  })
})

describe('the CSV file', () => {
  test('has a line for each dead letter, with the product’s name, and no cell that a spreadsheet would run', async () => {
    await fail()
    await shop.send(anUpdate({ id: 5, name: 'Cursed =HYPERLINK("http://x","y"), "big"' }))
    await shop.send(anUpdate({ id: 6, name: 'Blessed' }))
    await server.settled()
    await server.sql(`update stores set name = '=1+1' where id = $1`, [shop.storeId])
    const answer = await owner.request('GET', `${BASE}export/?language=fa`)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toContain('dead-letters.csv')
    const response = await fetch(`${server.url}${BASE}export/?language=fa`, { headers: { cookie: owner.cookie } })
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).slice(1).trimEnd().split('\r\n')
    expect(lines).toHaveLength(6)
    expect(lines[0]).toContain('زمان شکست')
    expect(lines.find((line) => line.includes(',5,'))).toContain(
      `,'=1+1,"Cursed =HYPERLINK(""http://x"",""y""), ""big""",5,`,
    )
    expect(lines.join('\n')).toContain('Jinxed kettle')
    await server.sql(`update stores set name = 'Tea house' where id = $1`, [shop.storeId])
  })

  test('is complete over three pages, and obeys the filters', async () => {
    await fail()
    await server.sql(
      `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id,
                           payload, version, is_versioned, priority, status, error, processed_at)
       select received_at, next_attempt_at, tenant_id, store_id, 'copy' || n, event_type, source, 1000 + n, payload, version,
              is_versioned, priority, status, error, processed_at
         from events cross join generate_series(1, 1050) n where external_product_id = 1`,
    )
    const lines = async (query = '') => {
      const text: string = (await owner.request('GET', `${BASE}export/${query}`)).body
      return text.trimEnd().split('\r\n').slice(1)
    }
    const all = await lines()
    expect(all).toHaveLength(1054)
    expect(new Set(all).size).toBe(1054)
    expect(await lines('?kind=embedding')).toHaveLength(0)
  })
})

describe('another tenant', () => {
  test('neither sees nor changes what is not theirs', async () => {
    await fail()
    const [letter] = await list()
    const mine = { items: [{ kind: letter.kind, id: letter.id }] }
    expect((await groups('', stranger)).results).toEqual([])
    expect(await list(`?store_id=${shop.storeId}`, stranger)).toEqual([])
    for (const action of ['replay', 'dismiss', 'restore'])
      for (const body of [mine, { store_id: shop.storeId }, { user_id: owner.userId }, {}])
        expect((await post(action, body, stranger)).body, action).toMatchObject({ matched: 0, changed: 0 })
    const replay = (await post('replay', mine)).body.replay_id
    expect((await stranger.request('GET', `${BASE}replays/${replay}/`)).status).toBe(404)
    expect(await replays(stranger)).toEqual([])
    const text: string = (await stranger.request('GET', `${BASE}export/`)).body
    expect(text.trimEnd().split('\r\n')).toHaveLength(1)
    await server.settled()
    expect(await list()).toHaveLength(4)
  })

  test('a replay of an admin over several tenants is one replay, and each owner sees their part', async () => {
    await fail()
    await otherShop.send(anUpdate({ id: 1, name: 'Cursed mug' }))
    await server.settled()
    expect((await server.admin('GET', `${BASE}groups/`)).body.results).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ count: 4, stores: 2 })]),
    )
    await liftCurse()
    const { body } = await server.admin('POST', `${BASE}replay/`, {})
    expect(body).toMatchObject({ matched: 5, changed: 5 })
    await server.settled()
    const ofAdmin = (await server.admin('GET', `${BASE}replays/`)).body.results
    expect(ofAdmin).toMatchObject([{ id: body.replay_id, asked: 5, applied: 5, asked_by: 'operator' }])
    expect(await replays(stranger)).toMatchObject([{ id: body.replay_id, asked: 1, applied: 1 }])
    expect(await replays()).toMatchObject([{ id: body.replay_id, asked: 4, applied: 4 }])
  })
})

test('bad input is refused before anything changes, with the field', async () => {
  await fail()
  for (const [body, path] of [
    [{ sinze: '2027-01-31T00:00:00Z' }, 'sinze'],
    [{ since: 'yesterday' }, 'since'],
    [{ since: '0000-01-01T00:00:00Z' }, 'since'],
    [{ group: 'x' }, 'group'],
    [{ items: [] }, 'items'],
    [{ items: [{ kind: 'event', id: 0 }] }, 'items.0.id'],
    [{ items: [{ kind: 'mail', id: 1 }] }, 'items.0.kind'],
  ] as const)
    expect(await post('replay', body), path).toMatchObject({ status: 400, body: { issues: [{ path }] } })
  expect(await list()).toHaveLength(4)
  expect((await owner.request('GET', `${BASE}export/?since=0000-01-01T00:00:00Z`)).status).toBe(400)
  expect((await owner.request('GET', `${BASE}replays/nothing/`)).status).toBe(400)
  expect((await shop.request('GET', `${BASE}groups/`)).status).toBe(403)
})
