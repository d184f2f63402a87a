import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bare, type CuratedShops, catalogue, openCuratedShops, RULES } from '../../support/curated-shops.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { call } from '../../support/test-server.ts'

let server: CuratedShops['server']
let owner: CuratedShops['owner']
let shop: CuratedShops['shop']
let token: CuratedShops['token']
let strangersToken: CuratedShops['strangersToken']
let tenant: CuratedShops['tenant']
let idOf: CuratedShops['idOf']
let ask: CuratedShops['ask']
let found: CuratedShops['found']
let addRule: CuratedShops['addRule']
let drop: CuratedShops['drop']
let withRules: CuratedShops['withRules']

beforeAll(async () => {
  ;({ server, owner, shop, token, strangersToken, tenant, idOf, ask, found, addRule, drop, withRules } =
    await openCuratedShops())
})
afterAll(() => server.stop())

describe('pins', () => {
  test('pinned products come first in their order, with any spelling of the query', async () => {
    const before = await found('garden')
    expect(before).toHaveLength(5)
    await withRules(
      [
        { kind: 'pin', query: 'Garden', product_id: idOf(8) },
        { kind: 'pin', query: 'garden', product_id: idOf(3) },
      ],
      async ([lamp = 0, cutter = 0]) => {
        const { body } = await ask('Do you have  GARDENS?', { facets: 'true' })
        expect(foundIds({ body } as never).slice(0, 2)).toEqual(['woo_8', 'woo_3'])
        expect(foundIds({ body } as never).sort()).toEqual([...before, 'woo_3'].sort())
        expect(body.results[1]).toMatchObject({ pinned: true, match: 'strong', relevance: 1, matched: { words: [] } })
        expect(body.results[2]).toMatchObject({ pinned: false })
        expect(body.total).toBe(6)
        expect(body.facets.categories).toContainEqual({ value: 'Tools', products: 1 })
        // Another query is another query.
        expect(await found('garden zarbin', { min_relevance: '0.3' })).not.toEqual(['woo_8', 'woo_3'])
        expect((await ask('cheapest garden')).body.results.some((result: { pinned: boolean }) => result.pinned)).toBe(
          false,
        )
        const moved = await owner.request('PATCH', `${RULES}${cutter}/`, { position: 1 })
        expect(moved).toMatchObject({ status: 200, body: { position: 1 } })
        expect((await found('garden')).slice(0, 2)).toEqual(['woo_3', 'woo_8'])
        await drop(RULES, cutter)
        const { body: list } = await owner.request('GET', `${RULES}?kind=pin&query=gardens`)
        expect(list.results).toMatchObject([
          { id: lamp, position: 1, query: 'Garden', product: { name: 'Garden lamp' } },
        ])
      },
    )
    expect(await found('garden')).toEqual(before)
  })

  test('a query that finds nothing is answered by its pins', async () => {
    expect((await ask('present for uncle')).body.answered).toBe(false)
    await withRules([{ kind: 'pin', query: 'present for uncle', product_id: idOf(9) }], async () => {
      const { body } = await ask('present for uncle')
      expect(body).toMatchObject({
        answered: true,
        total: 1,
        results: [{ pinned: true, product: { external_id: 'woo_9' } }],
      })
    })
  })

  test('pages do not repeat or miss a product, and an order by price wins over pins', async () => {
    await withRules(
      [
        { kind: 'pin', query: 'garden', product_id: idOf(7) },
        { kind: 'pin', query: 'garden', product_id: idOf(3), position: 1 },
      ],
      async () => {
        const all = await found('garden')
        expect(all.slice(0, 2)).toEqual(['woo_3', 'woo_7'])
        const pages: string[] = []
        let cursor: string | null = ''
        while (cursor !== null) {
          const page = await ask('garden', { limit: '2', ...(cursor && { cursor }) })
          pages.push(...foundIds(page))
          cursor = page.body.next
        }
        expect(pages).toEqual(all)
        const sorted = await ask('garden', { sort: '-price' })
        expect(foundIds(sorted).slice(0, 2)).toEqual(['woo_8', 'woo_7'])
        expect(sorted.body.results[1].pinned).toBe(true)
      },
    )
  })

  test('a pinned product must meet the filters and be shown; sold out it stays first', async () => {
    await withRules(
      [
        { kind: 'pin', query: 'garden', product_id: idOf(8) },
        { kind: 'pin', query: 'garden', product_id: idOf(7) },
      ],
      async () => {
        expect((await found('garden', { max_price: '80' }))[0]).toBe('woo_7')
        expect(await found('garden', { category: 'Garden' })).toEqual(['woo_5', 'woo_4'])
        expect(await found('garden', { store_id: '999999' })).toEqual([])
        const lamp = (change: object) => shop.send(anUpdate({ ...bare, ...catalogue[7], ...change }))
        await lamp({ stock_status: 'outofstock', stock_quantity: 0 })
        await server.settled()
        expect((await found('garden'))[0]).toBe('woo_8')
        expect((await found('garden', { in_stock: 'true' }))[0]).toBe('woo_7')
        for (const hidden of [
          { status: 'draft' },
          { catalog_visibility: 'hidden' },
          { catalog_visibility: 'catalog' },
        ]) {
          await lamp(hidden)
          await server.settled()
          expect((await found('garden'))[0], JSON.stringify(hidden)).toBe('woo_7')
          expect(await found('garden')).not.toContain('woo_8')
        }
        await lamp({})
        await server.settled()
        expect((await found('garden'))[0]).toBe('woo_8')
      },
    )
  })

  test('a test token gets no pinned product of a live store', async () => {
    const made = await server.admin('POST', '/api/v1/integrations/tokens/generate/', {
      integration_type: 'knowledge',
      name: 'Test AI',
      user_id: owner.userId,
      environment: 'test',
    })
    await withRules([{ kind: 'pin', query: 'garden', product_id: idOf(8) }], async () => {
      expect(foundIds(await ask('garden', {}, made.body.token))).toEqual([])
    })
  })

  test('a deleted product takes its rules with it, until it returns; a product that is erased takes them for good', async () => {
    const kept = anUpdate({ ...bare, id: 30, name: 'Garden gnome' })
    await shop.send(kept)
    await server.settled()
    const [row] = await server.sql<{ id: number }>(
      `select id from products where store_id = ${shop.storeId} and external_id = 'woo_30'`,
    )
    const id = row?.id ?? 0
    const count = async () => (await owner.request('GET', `${RULES}?product_id=${id}`)).body.count
    await withRules([{ kind: 'pin', query: 'garden', product_id: id }], async ([rule]) => {
      expect((await found('garden'))[0]).toBe('woo_30')
      await shop.send(aDeletion(30))
      await server.settled()
      expect(await found('garden')).not.toContain('woo_30')
      expect(await count()).toBe(0)
      expect((await owner.request('DELETE', `${RULES}${rule}/`)).status).toBe(404)
      const again = await addRule({ kind: 'pin', query: 'hose', product_id: id })
      expect(again).toMatchObject({ status: 400, body: { issues: [{ path: 'product_id' }] } })
      await shop.send(anUpdate({ ...bare, id: 30, name: 'Garden gnome' }))
      await server.settled()
      expect((await found('garden'))[0]).toBe('woo_30')
      expect(await count()).toBe(1)
      await server.sql(`delete from products where id = ${id}`)
      expect(await server.sql(`select 1 from search_rules where product_id = ${id}`)).toEqual([])
      expect((await ask('garden')).body.answered).toBe(true)
    })
  })

  test('a query has at most ten pins, a tenant at most 500 rules; those of deleted products make room', async () => {
    const ids = Array.from({ length: 500 }, (_, at) => 1000 + at)
    for (let from = 0; from < ids.length; from += 100) {
      await shop.sendBatch(ids.slice(from, from + 100).map((id) => anUpdate({ ...bare, id, name: `Filler ${id}` })))
    }
    await server.settled()
    const rows = await server.sql<{ id: number }>(
      `select id from products where store_id = ${shop.storeId} and name like 'Filler%' order by id`,
    )
    await withRules(
      rows.slice(0, 10).map(({ id }) => ({ kind: 'pin', query: 'filler', product_id: id })),
      async () => {
        const answer = await addRule({ kind: 'pin', query: 'filler', product_id: rows[10]?.id })
        expect(answer).toMatchObject({ status: 409, body: { error: 'too_many_pins' } })
        const { body } = await owner.request('GET', `${RULES}?query=filler&limit=20`)
        expect(body.results.map((rule: { position: number }) => rule.position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      },
    )
    await server.sql(
      `insert into search_rules (tenant_id, kind, product_id, created_by)
       select tenant_id, 'hide', id, 'owner' from products where store_id = ${shop.storeId} and name like 'Filler%'`,
    )
    expect(await addRule({ kind: 'hide', product_id: idOf(5) })).toMatchObject({
      status: 409,
      body: { error: 'too_many_rules' },
    })
    await shop.sendBatch([aDeletion(1000), aDeletion(1001)])
    await server.settled()
    await withRules([{ kind: 'hide', product_id: idOf(5) }], async () => {
      expect(await found('filler')).toEqual([])
    })
    // The products that the word index reads first stay hidden; the others are found all the same.
    await server.sql(
      `delete from search_rules where product_id in (
         select id from products where store_id = ${shop.storeId} and name like 'Filler%' and is_active order by ctid desc limit 40)`,
    )
    await withRules([{ kind: 'hide', product_id: idOf(5) }], async () => {
      // A token's search is bounded as one with filters; a user's has none.
      const { body } = await owner.request('GET', '/api/v1/knowledge/search/?q=filler&limit=50')
      expect(body.results).toHaveLength(40)
    })
    await server.sql(`delete from search_rules where tenant_id = ${tenant}`)
    await shop.sendBatch(ids.slice(2, 99).map((id) => aDeletion(id)))
    for (let from = 99; from < ids.length; from += 100)
      await shop.sendBatch(ids.slice(from, from + 100).map((id) => aDeletion(id)))
    await server.settled()
  })
})

describe('hides', () => {
  test('a hidden product is in no search, and look-ups find it', async () => {
    expect(await found('hose')).toEqual(['woo_5'])
    await withRules([{ kind: 'hide', product_id: idOf(5) }], async () => {
      expect((await ask('hose')).body).toMatchObject({ answered: false, results: [] })
      const { body } = await ask('garden', { facets: 'true' })
      expect(foundIds({ body } as never)).not.toContain('woo_5')
      expect([body.total, body.facets.in_stock.true]).toEqual([4, 4])
      const looked = await call(server.url, 'GET', '/api/v1/knowledge/products/?ids=woo_5', {
        authorization: `Bearer ${token}`,
      })
      expect(looked.body.results).toMatchObject([{ external_id: 'woo_5' }])
      expect(foundIds(await ask('hose', {}, strangersToken))).toEqual(['woo_5'])
    })
    expect(await found('hose')).toEqual(['woo_5'])
  })

  test('hidden from one query, it is found by others', async () => {
    await withRules([{ kind: 'hide', query: 'garden', product_id: idOf(5) }], async () => {
      expect(await found('gardens')).not.toContain('woo_5')
      expect((await found('garden hose'))[0]).toBe('woo_5')
    })
  })

  test('rules that repeat or contradict another one are refused with a sentence', async () => {
    const pin = { kind: 'pin', query: 'garden', product_id: idOf(5) }
    await withRules([pin], async () => {
      expect(await addRule({ ...pin, query: 'GARDENS' })).toMatchObject({ status: 409, body: { error: 'rule_exists' } })
      for (const query of ['garden', null])
        expect(await addRule({ kind: 'hide', query, product_id: idOf(5) })).toMatchObject({
          status: 409,
          body: { error: 'rule_contradicts', detail: expect.stringContaining('“garden”') },
        })
      await withRules([{ kind: 'hide', query: 'hose', product_id: idOf(5) }], async () => {})
    })
    await withRules([{ kind: 'hide', product_id: idOf(5) }], async ([id]) => {
      expect((await addRule(pin)).body.error).toBe('rule_contradicts')
      expect((await addRule({ kind: 'hide', product_id: idOf(5) })).body.error).toBe('rule_exists')
      expect((await addRule({ kind: 'hide', query: 'x1', product_id: idOf(5) })).body.error).toBe('rule_exists')
      const moved = await owner.request('PATCH', `${RULES}${id}/`, { position: 2 })
      expect(moved).toMatchObject({ status: 400, body: { issues: [{ path: 'position' }] } })
      const persian = await owner.request('POST', RULES, pin, { 'accept-language': 'fa' })
      expect(persian.body.detail).toMatch(/پنهان/)
    })
  })

  test.each([
    ['a pin without a query', { kind: 'pin', product_id: 1 }, 'query'],
    ['a query without words', { kind: 'hide', product_id: 1, query: '؟!' }, 'query'],
    ['a place for a hide', { kind: 'hide', product_id: 1, position: 1 }, 'position'],
    ['a place beyond the last', { kind: 'pin', query: 'x', product_id: 1, position: 11 }, 'position'],
    ['another kind', { kind: 'boost', query: 'x', product_id: 1 }, 'kind'],
    ['a long query', { kind: 'pin', query: 'x'.repeat(201), product_id: 1 }, 'query'],
    ['an unknown product', { kind: 'pin', query: 'x', product_id: 999_999_999 }, 'product_id'],
  ])('refused: %s', async (_what, body, path) => {
    const answer = await addRule(body)
    expect([answer.status, answer.body.issues?.[0]?.path]).toEqual([400, path])
  })
})
