/** The campaign's requests to the real server over HTTP besides sending events: the same on both databases. */
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../scripts/random.ts'
import type { SyncState } from '../../server/src/catalog/products/sync-state.ts'
import type { Asker, Request } from './answers.ts'
import type { ShopAccess } from './shop-client.ts'
import { searchWord } from './shop-script.ts'
import type { ShopModel, ShopPlan } from './system.ts'

export const ADMIN_API_KEY = 'chaos-admin-key-0123456789'
const PASSWORD = 'a long enough password'
const OPERATOR = { authorization: `Bearer ${ADMIN_API_KEY}` }
const ONLOOKER_PAUSE_MS = 100
const SETTLED_POLL_MS = 500
const STATUS_IDS = 500
const SAMPLED_PRODUCTS = 12

/** Makes an owner for each tenant and a store with its token for each shop. */
export async function openShops(asker: Asker, plans: ShopPlan[]): Promise<ShopAccess[]> {
  const post = async (path: string, body: object) => {
    const { answer } = await asker.askUntilAnswered({
      method: 'POST',
      path,
      headers: OPERATOR,
      body: JSON.stringify(body),
    })
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const owners = new Map<number, string>()
  const shops: ShopAccess[] = []
  for (const { number, tenant } of plans) {
    if (!owners.has(tenant)) {
      const owner = { email: ownerOf(tenant), role: 'owner', password: PASSWORD }
      owners.set(tenant, (await post('/api/v1/users/', owner)).id)
    }
    const made = await post('/api/v1/integrations/tokens/generate/', {
      integration_type: 'woocommerce',
      name: `Shop ${number}`,
      user_id: owners.get(tenant),
    })
    shops.push({ tenant, storeId: made.store.id, token: made.token })
  }
  return shops
}

function ownerOf(tenant: number): string {
  return `owner-${tenant}@example.com`
}

/** Requests of users, machines and the AI during the campaign: each must be answered, or be a 503. */
export async function lookOn(
  asker: Asker,
  origin: string,
  shops: ShopAccess[],
  isOver: () => boolean,
  seed: number,
): Promise<void> {
  const random = createRandom(seed)
  const cookie = await signIn(asker, origin)
  while (!isOver()) {
    const shop = shops[random.below(shops.length)] as ShopAccess
    const asShop = { authorization: `Bearer ${shop.token}` }
    const get = (path: string, headers: Record<string, string>): Request => ({ method: 'GET', path, headers })
    const word = encodeURIComponent(searchWord(1 + random.below(shops.length), 1 + random.below(50)))
    const questions: [Request, ...Request[]] = [
      get('/readyz', {}),
      get('/metrics', {}),
      get('/api/v1/me/', { cookie }),
      get('/api/v1/web-knowledge/products/?page_size=20', { cookie }),
      get('/api/v1/integrations/woocommerce/events/?limit=20', { cookie }),
      get('/api/v1/integrations/woocommerce/events/stats/', OPERATOR),
      get('/api/v1/dead-letters/', OPERATOR),
      get('/api/v1/diagnosis/', OPERATOR),
      get(`/api/v1/knowledge/search/?q=${word}`, OPERATOR),
      get('/api/integrations/woocommerce/health/', asShop),
      statusRequest(shop, [1, 2, 3]),
      {
        method: 'POST',
        path: '/api/integrations/woocommerce/reconcile/',
        headers: asShop,
        body: JSON.stringify({ ranges: [{ from: 1, to: 1000, count: 0, digest: '0'.repeat(32) }] }),
      },
    ]
    const question = random.oneOf(questions)
    const { answer } = await asker.askUntilAnswered(question)
    if (answer.status !== 200) {
      throw new Error(`${question.method} ${question.path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    await delay(ONLOOKER_PAUSE_MS)
  }
}

async function signIn(asker: Asker, origin: string): Promise<string> {
  for (;;) {
    const answer = await fetch(`${origin}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ email: ownerOf(1), password: PASSWORD }),
    }).catch(() => null)
    const cookie = answer?.headers.getSetCookie()[0]?.split(';')[0]
    if (cookie) return cookie
    if (answer && answer.status < 500 && answer.status !== 429) throw new Error(`sign-in: ${answer.status}`)
    asker.counts.unanswered += 1
    await delay(ONLOOKER_PAUSE_MS)
  }
}

function statusRequest(shop: ShopAccess, ids: number[]): Request {
  return {
    method: 'POST',
    path: '/api/integrations/woocommerce/status/',
    headers: { authorization: `Bearer ${shop.token}` },
    body: JSON.stringify({ product_ids: ids }),
  }
}

/**
 * Waits until no event is open, and then until no product waits for its texts and vectors. False: not in time. A product that stays
 * behind with nothing open is not waited for: that is for the judgement.
 */
export async function settled(asker: Asker, shops: ShopModel[], patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  const waitUntil = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) {
      if (Date.now() > deadline) return false
      await delay(SETTLED_POLL_MS)
    }
    return true
  }
  if (!(await waitUntil(() => hasNoOpenEvent(asker)))) return false
  for (const { access, model } of shops) {
    let waiting = [...model.keys()]
    const isDone = async () => {
      waiting = await stillWaiting(asker, access, waiting)
      return waiting.length === 0
    }
    if (!(await waitUntil(isDone))) return false
  }
  return true
}

async function hasNoOpenEvent(asker: Asker): Promise<boolean> {
  const { answer } = await asker.askUntilAnswered({
    method: 'GET',
    path: '/api/v1/integrations/woocommerce/events/stats/',
    headers: OPERATOR,
  })
  const { received = 0, retrying = 0 } = answer.body.by_status
  return received + retrying === 0
}

/** Of these products, those that are applied and not searchable yet. */
async function stillWaiting(asker: Asker, shop: ShopAccess, ids: number[]): Promise<number[]> {
  const waiting: number[] = []
  for (let from = 0; from < ids.length; from += STATUS_IDS) {
    const { answer } = await asker.askUntilAnswered(statusRequest(shop, ids.slice(from, from + STATUS_IDS)))
    for (const { id, state } of answer.body.results as SyncState[]) if (state === 'applied') waiting.push(id)
  }
  return waiting
}

/** Searches for products that must be found as they are now, and for ones that must not be found at all. */
export async function sampleSearch(asker: Asker, shops: ShopModel[], seed: number): Promise<string[]> {
  const random = createRandom(seed)
  const wrong: string[] = []
  for (const { access, number, model } of shops) {
    const products = [...model]
    for (let nth = 0; nth < SAMPLED_PRODUCTS; nth += 1) {
      const [id, expected] = products[random.below(products.length)] ?? [0, undefined]
      if (!expected) continue
      const { storeId } = access
      const query = new URLSearchParams({
        q: searchWord(number, id),
        store_id: String(storeId),
        limit: '50',
        fields: 'full',
      })
      const { answer } = await asker.askUntilAnswered({
        method: 'GET',
        path: `/api/v1/knowledge/search/?${query}`,
        headers: OPERATOR,
      })
      const results: Found[] = answer.body.results ?? []
      const foreign = results.find((found) => found.product.store.id !== storeId)
      if (foreign) wrong.push(`${storeId} ${id}: the search gave a product of store ${foreign.product.store.id}`)
      const found = results.find((result) => result.product.external_id === `woo_${id}`)?.product
      const isShown = !expected.deleted && expected.isActive
      if (!isShown && found) wrong.push(`${storeId} ${id}: found, though it is deleted or hidden`)
      if (isShown && !found) wrong.push(`${storeId} ${id}: not found`)
      if (isShown && found && (found.price !== expected.price || found.stock_quantity !== expected.stock)) {
        wrong.push(`${storeId} ${id}: found at ${found.price}, ${found.stock_quantity} in stock`)
      }
      const { answer: status } = await asker.askUntilAnswered(statusRequest(access, [id]))
      const [state] = status.body.results as SyncState[]
      if (state?.searchable_version !== expected.version || state?.state !== (isShown ? 'searchable' : 'removed')) {
        wrong.push(`${storeId} ${id}: its status is ${JSON.stringify(state)}, expected version ${expected.version}`)
      }
    }
  }
  return wrong
}

interface Found {
  product: { external_id: string; store: { id: number }; price: string | null; stock_quantity: number | null }
}
