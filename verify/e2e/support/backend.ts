/** The real server, seen through its API: what it holds of a store, how far each product is, what search finds. */
import type { ProductView } from '../../../server/src/catalog/products/product-view.ts'
import type { SyncState } from '../../../server/src/catalog/products/sync-state.ts'
import { waitFor } from './wait-for.ts'

export const ADMIN_API_KEY = 'e2e-admin-key-0123456789'

export interface Store {
  token: string
  tokenId: number
  storeId: number
}

export class Backend {
  readonly url: string
  constructor(url: string) {
    this.url = url
  }

  async newStore(name: string): Promise<Store> {
    const path = '/api/v1/integrations/tokens/generate/'
    const made = await this.admin<{ token: string; id: number; store: { id: number } }>('POST', path, {
      integration_type: 'woocommerce',
      name,
    })
    // No request from outside, but in the scenario that is about them.
    await this.admin('PATCH', `/api/v1/stores/${made.store.id}/freshness/`, { is_on: false })
    return { token: made.token, tokenId: made.id, storeId: made.store.id }
  }

  async revoke(tokenId: number): Promise<void> {
    await this.admin('DELETE', `/api/v1/integrations/tokens/${tokenId}/`)
  }

  /** All products of a store, active or not, by their ids in the shop. */
  async products(store: Store): Promise<Map<number, ProductView>> {
    const products = new Map<number, ProductView>()
    let path: string | null | undefined =
      `/api/v1/web-knowledge/products/?store_id=${store.storeId}&page_size=200&ordering=id`
    while (path) {
      const page: { results: ProductView[]; next: string | null } = await this.admin('GET', path)
      for (const product of page.results) products.set(Number(product.external_id.replace('woo_', '')), product)
      path = page.next?.replace(this.url, '')
    }
    return products
  }

  async product(store: Store, id: number): Promise<ProductView | undefined> {
    return (await this.products(store)).get(id)
  }

  /** The number of events that the store has sent, of one product or all. */
  async eventCount(store: Store, productId?: number): Promise<number> {
    const one = productId ? `&woo_product_id=${productId}` : ''
    const path = `/api/v1/integrations/woocommerce/events/?store_id=${store.storeId}&limit=1${one}`
    return (await this.admin<{ count: number }>('GET', path)).count
  }

  async status(store: Store, ids: number[]): Promise<SyncState[]> {
    const answer = await fetch(`${this.url}/api/integrations/woocommerce/status/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${store.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ product_ids: ids }),
    })
    if (!answer.ok) throw new Error(`status was answered ${answer.status}: ${await answer.text()}`)
    return ((await answer.json()) as { results: SyncState[] }).results
  }

  /** The shop's ids of the products that a search of this store finds. */
  async search(store: Store, query: string): Promise<number[]> {
    const parameters = new URLSearchParams({ q: query, store_id: String(store.storeId), limit: '50' })
    const answer = await this.admin<{ results: { product: { external_id: string } }[] }>(
      'GET',
      `/api/v1/knowledge/search/?${parameters}`,
    )
    return answer.results.map((result) => Number(result.product.external_id.replace('woo_', '')))
  }

  /** Resolves when everything received has been applied. */
  async settled(store: Store): Promise<void> {
    const path = `/api/v1/integrations/woocommerce/events/stats/?store_id=${store.storeId}`
    await waitFor('the backend to apply everything', async () => {
      const { by_status } = await this.admin<{ by_status: Record<string, number> }>('GET', path)
      return (by_status.received ?? 0) + (by_status.retrying ?? 0) === 0
    })
  }

  async admin<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_API_KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
    return (text === '' ? null : JSON.parse(text)) as Answer
  }
}
