import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCurations } from '../../../server/src/search/curation/curation.ts'
import { searchProducts, shoppingWords } from '../../../server/src/search/search-products.ts'
import { createVocabularies } from '../../../server/src/search/words/vocabulary.ts'
import { bare, type CuratedShops, openCuratedShops, RULES, SYNONYMS } from '../../support/curated-shops.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { openQueryEmbedder } from '../../support/query-embedder.ts'
import { call } from '../../support/test-server.ts'

let server: CuratedShops['server']
let owner: CuratedShops['owner']
let stranger: CuratedShops['stranger']
let shop: CuratedShops['shop']
let token: CuratedShops['token']
let strangersToken: CuratedShops['strangersToken']
let tenant: CuratedShops['tenant']
let idOf: CuratedShops['idOf']
let ask: CuratedShops['ask']
let found: CuratedShops['found']
let addSynonym: CuratedShops['addSynonym']
let addRule: CuratedShops['addRule']
let drop: CuratedShops['drop']
let withSynonym: CuratedShops['withSynonym']
let withRules: CuratedShops['withRules']

beforeAll(async () => {
  ;({
    server,
    owner,
    stranger,
    shop,
    token,
    strangersToken,
    tenant,
    idOf,
    ask,
    found,
    addSynonym,
    addRule,
    drop,
    withSynonym,
    withRules,
  } = await openCuratedShops())
})
afterAll(() => server.stop())

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
