/** The tour's requests to the server: only HTTP, as a shop, as an AI and as the operator. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ProductView } from '../server/src/catalog/products/product-view.ts'
import type { SyncState } from '../server/src/catalog/products/sync-state.ts'
import type { WebhookProduct } from './catalogue.ts'

const POLL_MS = 40
const PATIENCE_MS = 20_000

export interface ShopEvent {
  event_id: string
  event_type: 'product.created' | 'product.updated' | 'product.deleted'
  version: number
  source: 'live' | 'backfill'
  product: WebhookProduct | { id: number }
}

/** The part of a logged event that the tour looks at. */
export interface LoggedEvent {
  event_id: string
  status: 'received' | 'processed' | 'superseded' | 'retrying' | 'dead'
  outcome: string | null
}

export interface KnowledgeStats {
  products: number
  chunks: number
  embedding_requests: number
  embedding_inputs: number
  embeddings_avoided: number
}

export interface Found {
  product: ProductView
  chunk: { text: string }
  score: number
}

export type SearchFilters = Partial<Record<'in_stock' | 'min_price' | 'max_price' | 'currency' | 'limit', string>>

/** The shop: sends events with its own token and asks how far its products have come. */
export interface Shop {
  send(event: ShopEvent): Promise<{ httpStatus: number; status: string }>
  sendBatch(events: ShopEvent[]): Promise<{ accepted: number; skipped: number; rejected: unknown[] }>
  status(productIds: number[]): Promise<SyncState[]>
  /** Resolves once this version of the product is searchable, or its removal is committed. */
  settled(event: ShopEvent): Promise<SyncState>
}

/** The AI: asks the knowledge base with a token of its own. */
export interface Reader {
  search(query: string, filters?: SearchFilters): Promise<Found[]>
  stats(): Promise<KnowledgeStats>
}

/** The operator: hands out tokens, watches events. */
export interface Operator {
  makeShop(name: string): Promise<Shop>
  makeReader(name: string): Promise<Reader>
  /** The event, once something has come of it. */
  eventEnded(event: ShopEvent): Promise<LoggedEvent>
  eventTotals(): Promise<{ total: number; by_status: Record<string, number> }>
}

export function connectOperator(url: string, adminApiKey: string): Operator {
  const events = '/api/v1/integrations/woocommerce/events'
  const generate = async (body: object) => {
    const made = await call<{ token: string }>(url, adminApiKey, 'POST', '/api/v1/integrations/tokens/generate/', body)
    return made.body.token
  }
  return {
    makeShop: async (name) => connectShop(url, await generate({ integration_type: 'woocommerce', name })),
    makeReader: async (name) => connectReader(url, await generate({ integration_type: 'knowledge', name })),
    eventEnded: (event) =>
      poll(`event ${event.event_id} to end`, async () => {
        const path = `${events}/?woo_product_id=${event.product.id}&limit=100`
        const { body } = await call<{ results: LoggedEvent[] }>(url, adminApiKey, 'GET', path)
        return body.results.find(
          ({ event_id, status }) => event_id === event.event_id && status !== 'received' && status !== 'retrying',
        )
      }),
    eventTotals: async () => (await call<Totals>(url, adminApiKey, 'GET', `${events}/stats/`)).body,
  }
}

type Totals = Awaited<ReturnType<Operator['eventTotals']>>

function connectShop(url: string, token: string): Shop {
  const base = '/api/integrations/woocommerce'
  const status = async (productIds: number[]) => {
    const body = { product_ids: productIds }
    return (await call<{ results: SyncState[] }>(url, token, 'POST', `${base}/status/`, body)).body.results
  }
  return {
    send: async (event) => {
      const answer = await call<{ status: string }>(url, token, 'POST', `${base}/webhook/`, event)
      return { httpStatus: answer.httpStatus, status: answer.body.status }
    },
    sendBatch: async (events) =>
      (await call<Awaited<ReturnType<Shop['sendBatch']>>>(url, token, 'POST', `${base}/webhook/batch/`, { events }))
        .body,
    status,
    settled: (event) =>
      poll(`product ${event.product.id} to be searchable at version ${event.version}`, async () => {
        const [state] = await status([event.product.id])
        return state?.searchable_version === event.version ? state : undefined
      }),
  }
}

function connectReader(url: string, token: string): Reader {
  return {
    search: async (query, filters = {}) => {
      const path = `/api/v1/knowledge/search/?${new URLSearchParams({ q: query, fields: 'full', ...filters })}`
      return (await call<{ results: Found[] }>(url, token, 'GET', path)).body.results
    },
    stats: async () => (await call<KnowledgeStats>(url, token, 'GET', '/api/v1/knowledge/stats/')).body,
  }
}

/** @throws {Error} with the server's own words, when it refuses */
async function call<Body>(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ httpStatus: number; body: Body }> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path.split('?')[0]} was answered ${response.status}: ${text}`)
  return { httpStatus: response.status, body: JSON.parse(text) as Body }
}

async function poll<T>(fact: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain for ${fact}`)
    await delay(POLL_MS)
  }
}
