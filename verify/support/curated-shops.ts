/** A shop whose owner changes synonyms, pins and hides, and the same catalogue in a shop of another tenant. */
import { expect } from 'vitest'
import { anUpdate } from './events.ts'
import { foundIds } from './found.ts'
import { type Person, signedIn } from './people.ts'
import { startTestServer } from './test-server.ts'

export const SYNONYMS = '/api/v1/knowledge/synonyms/'
export const RULES = '/api/v1/knowledge/search-rules/'

export const bare = {
  short_description: '',
  description: '',
  tags: [],
  attributes: [],
  categories: [],
  sku: '',
  price: '10',
}
export const catalogue = [
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

/** Starts the server of both shops; the caller stops it. */
export async function openCuratedShops() {
  const server = await startTestServer()
  const owner = await signedIn(server, 'owner')
  const stranger = await signedIn(server, 'owner')
  const shop = await server.newShop({ tenantOf: owner.userId })
  const strangersShop = await server.newShop({ tenantOf: stranger.userId })
  const token = await server.knowledgeToken(owner.userId)
  const strangersToken = await server.knowledgeToken(stranger.userId)
  for (const each of [shop, strangersShop])
    await each.sendBatch(catalogue.map((product) => anUpdate({ ...bare, ...product })))
  await server.settled()
  const rows = await server.sql<{ id: number; external: string; tenant: number }>(
    `select id, external_id as external, tenant_id as tenant from products where store_id = ${shop.storeId}`,
  )
  const tenant = rows[0]?.tenant ?? 0
  const ids = new Map(rows.map(({ id, external }) => [external, id]))
  /** Our ids of the products, by the ids of the shop. */
  const idOf = (external: number) => ids.get(`woo_${external}`) ?? 0

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

  const people = { owner, stranger, shop, strangersShop, token, strangersToken, tenant, idOf }
  return { server, ...people, ask, found, addSynonym, addRule, drop, withSynonym, withRules }
}

export type CuratedShops = Awaited<ReturnType<typeof openCuratedShops>>
