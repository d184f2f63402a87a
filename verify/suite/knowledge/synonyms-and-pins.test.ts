import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCurations } from '../../../server/src/search/curation/curation.ts'
import { searchProducts, shoppingWords } from '../../../server/src/search/search-products.ts'
import { createVocabularies } from '../../../server/src/search/words/vocabulary.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { openQueryEmbedder } from '../../support/query-embedder.ts'
import { call, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let stranger: Person
let shop: Shop
let strangersShop: Shop
let token: string
let strangersToken: string
let tenant: number
/** Our ids of the products, by the ids of the shop. */
let idOf: (external: number) => number

const SYNONYMS = '/api/v1/knowledge/synonyms/'
const RULES = '/api/v1/knowledge/search-rules/'

const bare = { short_description: '', description: '', tags: [], attributes: [], categories: [], sku: '', price: '10' }
const catalogue = [
  { id: 1, name: 'Blue flask', categories: ['Kitchen'] },
  { id: 2, name: 'فلاسک استیل', categories: ['آشپزخانه'] },
  { id: 3, name: 'Zarbin cutter', categories: ['Tools'] },
  { id: 4, name: 'Grass trimmer', categories: ['Garden'] },
  { id: 5, name: 'Garden hose', categories: ['Garden'], price: '30' },
  { id: 6, name: 'Garden chair', categories: ['Furniture'], price: '50' },
  { id: 7, name: 'Garden table', categories: ['Furniture'], price: '70' },
  { id: 8, name: 'Garden lamp', categories: ['Lamps'], price: '90' },
  { id: 9, name: 'Plain notebook', categories: ['Paper'], description: 'Good as a dorfling.' },
]

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
  stranger = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
  strangersShop = await server.newShop({ tenantOf: stranger.userId })
  token = await server.knowledgeToken(owner.userId)
  strangersToken = await server.knowledgeToken(stranger.userId)
  for (const each of [shop, strangersShop])
    await each.sendBatch(catalogue.map((product) => anUpdate({ ...bare, ...product })))
  await server.settled()
  const rows = await server.sql<{ id: number; external: string; tenant: number }>(
    `select id, external_id as external, tenant_id as tenant from products where store_id = ${shop.storeId}`,
  )
  tenant = rows[0]?.tenant ?? 0
  const ids = new Map(rows.map(({ id, external }) => [external, id]))
  idOf = (external) => ids.get(`woo_${external}`) ?? 0
})
afterAll(() => server.stop())

const ask = async (q: string, params: Record<string, string> = {}, by = token) => {
  const answer = await server.search(q, { token: by, params: { explain: 'true', ...params } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer
}
const found = async (q: string, params: Record<string, string> = {}) => foundIds(await ask(q, params))
const addSynonym = async (body: object, by: Person = owner) => await by.request('POST', SYNONYMS, body)
const addRule = async (body: object, by: Person = owner) => await by.request('POST', RULES, body)
const drop = async (path: string, id: number) => {
  expect((await owner.request('DELETE', `${path}${id}/`)).status).toBe(204)
}
/** Adds synonyms for the time of the work. */
const withSynonym = async (body: object, work: (id: number) => Promise<void>) => {
  const made = await addSynonym(body)
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  try {
    await work(made.body.id)
  } finally {
    await owner.request('DELETE', `${SYNONYMS}${made.body.id}/`)
  }
}
const withRules = async (bodies: object[], work: (ids: number[]) => Promise<void>) => {
  const ids: number[] = []
  try {
    for (const body of bodies) {
      const made = await addRule(body)
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      ids.push(made.body.id)
    }
    await work(ids)
  } finally {
    for (const id of ids) await owner.request('DELETE', `${RULES}${id}/`)
  }
}

describe('synonyms', () => {
  test('equal words find each other, and only while they are synonyms', async () => {
    expect(await found('wobbler')).toEqual([])
    await withSynonym({ words: ['wobbler', 'trimmer'] }, async () => {
      const { body } = await ask('wobbler')
      expect(body.results[0]).toMatchObject({
        product: { external_id: 'woo_4' },
        match: 'strong',
        why: [{ word: 'wobbler', found: 'trimmer', by: 'tenant_synonym', fields: ['name'] }],
      })
      expect(body.results[0].relevance).toBeCloseTo(0.88)
      expect(body.understood.words[0]).toMatchObject({ word: 'wobbler', known: false })
      expect(body.understood.words[0].also[0]).toBe('trimmer')
      await shop.send(anUpdate({ ...bare, id: 20, name: 'Wobbler' }))
      await server.settled()
      expect(await found('trimmer')).toEqual(['woo_4', 'woo_20'])
      await shop.send(aDeletion(20))
      await server.settled()
    })
    expect(await found('wobbler')).toEqual([])
  })

  test('a code of many letters and digits is one word of a phrase', async () => {
    const body = { words: ['a1b2c3d4e5f6', 'coded flask'] }
    const made = await owner.request('POST', '/api/v1/knowledge/synonyms/', body)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    await owner.request('DELETE', `/api/v1/knowledge/synonyms/${made.body.id}/`)
  })

  test('a one-way word finds the others, and they do not find it', async () => {
    await withSynonym({ word: 'tool', words: ['zarbin', 'grass trimmer'] }, async () => {
      expect((await found('tool')).sort()).toEqual(['woo_3', 'woo_4'])
      const { body } = await ask('zarbin')
      expect(foundIds({ body } as never)).toEqual(['woo_3'])
      expect(body.understood.words[0].also).not.toContain('tool')
    })
  })

  test('phrases stand for words and words for phrases, also within a longer query', async () => {
    await withSynonym({ words: ['lawn edge cutter', 'trimmer'] }, async () => {
      expect((await found('lawn edge cutter'))[0]).toBe('woo_4')
      expect((await found('do you have a lawn edge cutter for grass'))[0]).toBe('woo_4')
    })
    await withSynonym({ words: ['oasis', 'garden chair'] }, async () => {
      expect(await found('oasis')).toEqual(['woo_6'])
    })
  })

  test('words of both scripts find each other, however they are spelt', async () => {
    await withSynonym({ words: ['چمن‌زن', 'trimmer'] }, async () => {
      for (const q of ['چمن‌زن', 'چمن زن', 'چمنزن']) expect(await found(q), q).toEqual(['woo_4'])
    })
    await withSynonym({ words: ['زربین', 'ZARBIN'] }, async () => {
      expect(await found('زربین', { literal: 'spelling' })).toEqual(['woo_3'])
      expect(await found('زربين', { literal: 'spelling' })).toEqual(['woo_3'])
    })
  })

  test('a synonym leads on to the names that the thesaurus has for it', async () => {
    const [first] = await found('flask')
    expect(first).toBe('woo_1')
    await withSynonym({ words: ['hotkeeper', 'flask'] }, async () => {
      const { body } = await ask('hotkeeper')
      expect(foundIds({ body } as never).sort()).toEqual(['woo_1', 'woo_2'])
      expect(body.results.map((result: { why: { by: string }[] }) => result.why[0]?.by)).toEqual([
        'tenant_synonym',
        'synonym',
      ])
    })
  })

  test('a word of a synonym group is spelt right, alone and in a phrase', async () => {
    expect((await ask('gardun hose')).body.did_you_mean).toBe('garden hose')
    await withSynonym({ words: ['gardun steel', 'zarbin'] }, async () => {
      expect((await ask('gardun hose')).body.did_you_mean).toBeNull()
    })
    // Also of a word that stands for no other.
    await withSynonym({ word: 'zarbin', words: ['gardun'] }, async () => {
      expect((await ask('gardun hose')).body.did_you_mean).toBeNull()
    })
    expect((await ask('gardun hose')).body.did_you_mean).toBe('garden hose')
  })

  test('a misspelt synonym finds what the right one finds', async () => {
    await withSynonym({ words: ['quibbleton', 'hose'] }, async () => {
      expect(await found('quibleton')).toEqual(['woo_5'])
    })
  })

  test('a word that only a description has is found by each of twenty synonyms', async () => {
    const words = [...Array.from({ length: 19 }, (_, at) => `quax${'abcdefghijklmnopqrs'[at]}`), 'dorfling']
    await withSynonym({ words }, async () => {
      for (const q of [words[0], words[9], words[18]])
        expect(await found(q ?? '', { min_relevance: '0.2' }), q).toEqual(['woo_9'])
    })
  })

  test('switched off with the thesaurus, a word stands for itself', async () => {
    await withSynonym({ words: ['wobbler', 'trimmer'] }, async () => {
      expect(await found('wobbler', { literal: 'related' })).toEqual([])
    })
  })

  test('another tenant’s search does not know them', async () => {
    await withSynonym({ words: ['wobbler', 'trimmer'] }, async () => {
      expect(await found('wobbler')).toEqual(['woo_4'])
      expect(foundIds(await ask('wobbler', {}, strangersToken))).toEqual([])
      expect((await stranger.request('GET', SYNONYMS)).body).toMatchObject({ count: 0, results: [] })
    })
  })

  test('a change is used by the next search', async () => {
    await withSynonym({ words: ['wobbler', 'trimmer'] }, async (id) => {
      expect(await found('wobbler')).toEqual(['woo_4'])
      const changed = await owner.request('PATCH', `${SYNONYMS}${id}/`, { words: ['wobbler', 'hose'] })
      expect(changed).toMatchObject({ status: 200, body: { id, word: null, words: ['wobbler', 'hose'] } })
      expect(await found('wobbler')).toEqual(['woo_5'])
      await owner.request('PATCH', `${SYNONYMS}${id}/`, { word: 'hose', words: ['wobbler'] })
      expect(await found('wobbler')).toEqual([])
      await drop(SYNONYMS, id)
      expect((await owner.request('PATCH', `${SYNONYMS}${id}/`, { words: ['a1', 'b1'] })).status).toBe(404)
      expect((await owner.request('DELETE', `${SYNONYMS}${id}/`)).status).toBe(404)
    })
  })

  test('another process that has searched before uses a change in its next search', async () => {
    const { db } = server.running
    const queries = await openQueryEmbedder(db, { EMBEDDING_PROVIDER: 'offline' })
    const vocabularies = createVocabularies()
    const curations = createCurations(shoppingWords)
    const search = async (query: string) => {
      const parts = { db, queries, vocabularies, curations, asker: tenant }
      const { results } = await searchProducts(parts, { query, filter: { tenantId: tenant }, limit: 10, floor: 0.42 })
      return results.map(({ product }) => product.external_id)
    }
    expect(await search('wobbler')).toEqual([])
    await withSynonym({ words: ['wobbler', 'trimmer'] }, async () => {
      expect(await search('wobbler')).toEqual(['woo_4'])
      await withRules([{ kind: 'pin', query: 'wobbler', product_id: idOf(6) }], async () => {
        expect(await search('wobbler')).toEqual(['woo_6', 'woo_4'])
      })
      expect(await search('wobbler')).toEqual(['woo_4'])
    })
    expect(await search('wobbler')).toEqual([])
  })

  test.each([
    ['one word alone', { words: ['lonely'] }, 'words', /two words/],
    ['the same word twice', { words: ['Bag', 'tent', 'bags'] }, 'words.2', /same word as “Bag”/],
    ['the word itself', { word: 'bag', words: ['tent', 'BAG'] }, 'words.1', /same word/],
    ['no letter', { words: ['bag', '!!!'] }, 'words.1', /letter or a digit/],
    ['a long phrase', { words: ['bag', 'one two three four five six'] }, 'words.1', /at most 5 words/],
    ['a long word', { words: ['bag', 'x'.repeat(61)] }, 'words.1', /1 to 60 characters/],
    ['too many words', { words: Array.from({ length: 21 }, (_, at) => `w${at}`) }, 'words', /1 to 20/],
    ['an unknown field', { words: ['bag', 'tent'], weight: 2 }, 'weight', /known are/],
  ])('refused with a sentence: %s', async (_what, body, path, sentence) => {
    const answer = await addSynonym(body)
    expect([answer.status, answer.body.issues?.[0]?.path]).toEqual([400, path])
    expect(answer.body.issues[0].detail).toMatch(sentence)
    const persian = await owner.request('POST', SYNONYMS, body, { 'accept-language': 'fa' })
    expect(persian.body.issues[0].detail).toMatch(/[\u0600-\u06ff]/)
  })

  test('words that are synonyms already are refused with the group that has them', async () => {
    await withSynonym({ words: ['flask', 'jug', 'carafe'] }, async (id) => {
      for (const body of [{ words: ['JUGS', 'Flask'] }, { word: 'carafe', words: ['jug'] }]) {
        const answer = await addSynonym(body)
        expect(answer).toMatchObject({ status: 409, body: { error: 'synonym_exists' } })
        expect(answer.body.detail).toContain(`group ${id}`)
      }
      // One word may have two meanings.
      await withSynonym({ words: ['jug', 'prison'] }, async (other) => {
        const answer = await owner.request('PATCH', `${SYNONYMS}${other}/`, { words: ['jug', 'prison', 'flask'] })
        expect(answer.body.error).toBe('synonym_exists')
      })
    })
    await withSynonym({ word: 'tool', words: ['zarbin'] }, async () => {
      // The reverse is no repetition.
      await withSynonym({ word: 'zarbin', words: ['tool'] }, async () => {})
    })
  })

  test('a tenant has at most 1,000 groups, also with requests at the same time', async () => {
    await server.sql(
      `insert into search_synonyms (tenant_id, words, keys, created_by)
       select ${tenant}, array['left' || n, 'right' || n], array['left' || n, 'right' || n], 'owner' from generate_series(1, 998) n`,
    )
    const made = await Promise.all(
      Array.from({ length: 5 }, (_, at) => addSynonym({ words: [`up${at}x`, `down${at}x`] })),
    )
    expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409])
    expect(made.find(({ status }) => status === 409)?.body.error).toBe('too_many_synonyms')
    const list = await owner.request('GET', `${SYNONYMS}?limit=1`)
    expect(list.body).toMatchObject({ count: 1000, results: [{ user: { email: owner.email }, created_by: 'owner' }] })
    await server.sql(`delete from search_synonyms where tenant_id = ${tenant}`)
  })
})

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

describe('access', () => {
  test('a knowledge token and a shop’s token may neither read nor write them', async () => {
    for (const credential of [token, shop.token]) {
      for (const [method, path, body] of [
        ['GET', SYNONYMS, undefined],
        ['POST', SYNONYMS, { words: ['a1', 'b1'] }],
        ['PATCH', `${SYNONYMS}1/`, { words: ['a1', 'b1'] }],
        ['DELETE', `${SYNONYMS}1/`, undefined],
        ['GET', RULES, undefined],
        ['POST', RULES, { kind: 'hide', product_id: idOf(1) }],
        ['PATCH', `${RULES}1/`, { position: 1 }],
        ['DELETE', `${RULES}1/`, undefined],
      ] as const) {
        const answer = await call(server.url, method, path, { authorization: `Bearer ${credential}` }, body)
        expect([answer.status, answer.body.error], `${method} ${path}`).toEqual([403, 'not_a_person'])
      }
    }
  })

  test('an owner reaches only their own; an admin names the tenant', async () => {
    await withSynonym({ words: ['wobbler', 'trimmer'] }, async (synonym) => {
      await withRules([{ kind: 'pin', query: 'garden', product_id: idOf(5) }], async ([rule]) => {
        expect((await stranger.request('PATCH', `${SYNONYMS}${synonym}/`, { words: ['x1', 'y1'] })).status).toBe(404)
        expect((await stranger.request('DELETE', `${SYNONYMS}${synonym}/`)).status).toBe(404)
        expect((await stranger.request('PATCH', `${RULES}${rule}/`, { position: 1 })).status).toBe(404)
        expect((await stranger.request('DELETE', `${RULES}${rule}/`)).status).toBe(404)
        expect((await addRule({ kind: 'pin', query: 'hose', product_id: idOf(5) }, stranger)).status).toBe(400)
        expect((await addSynonym({ words: ['x1', 'y1'], user_id: owner.userId }, stranger)).status).toBe(400)
        for (const path of [SYNONYMS, RULES]) {
          expect((await stranger.request('GET', `${path}?user_id=${owner.userId}`)).body.count).toBe(0)
          expect((await server.admin('GET', `${path}?user_id=${owner.userId}`)).body.count).toBe(1)
          expect((await server.admin('GET', `${path}?user_id=${stranger.userId}`)).body.count).toBe(0)
        }
        const made = await server.admin('POST', SYNONYMS, { words: ['snorkle', 'hose'], user_id: owner.userId })
        expect(made).toMatchObject({ status: 201, body: { created_by: 'operator', user: { id: owner.userId } } })
        expect(await found('snorkle')).toEqual(['woo_5'])
        // The operator's search over this tenant has its words; over all tenants no tenant's.
        expect(foundIds(await server.search('snorkle', { params: { user_id: owner.userId } }))).toEqual(['woo_5'])
        expect(foundIds(await server.search('snorkle'))).toEqual([])
        expect((await server.admin('DELETE', `${SYNONYMS}${made.body.id}/`)).status).toBe(204)
      })
    })
  })

  test('each change has an audit entry of the tenant', async () => {
    const last = async () => (await owner.request('GET', '/api/v1/audit/?limit=1')).body.results[0]
    const { body: made } = await addSynonym({ words: ['wobbler', 'trimmer'] })
    expect(await last()).toMatchObject({
      action: 'synonym.made',
      actor: { kind: 'owner', email: owner.email },
      target: { kind: 'synonym', id: String(made.id) },
      detail: { word: null, words: ['wobbler', 'trimmer'] },
    })
    await owner.request('PATCH', `${SYNONYMS}${made.id}/`, { words: ['wobbler', 'hose'] })
    expect(await last()).toMatchObject({ action: 'synonym.changed', detail: { words: ['wobbler', 'hose'] } })
    await drop(SYNONYMS, made.id)
    expect(await last()).toMatchObject({ action: 'synonym.deleted', detail: { words: ['wobbler', 'hose'] } })
    const { body: rule } = await addRule({ kind: 'pin', query: 'garden', product_id: idOf(5) })
    expect(await last()).toMatchObject({
      action: 'search_rule.made',
      target: { kind: 'search_rule', id: String(rule.id) },
      detail: { kind: 'pin', query: 'garden', product: idOf(5) },
    })
    await owner.request('PATCH', `${RULES}${rule.id}/`, { position: 1 })
    expect(await last()).toMatchObject({ action: 'search_rule.changed', detail: { position: 1 } })
    await drop(RULES, rule.id)
    expect(await last()).toMatchObject({ action: 'search_rule.deleted', detail: { kind: 'pin', query: 'garden' } })
  })
})
