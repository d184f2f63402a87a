/** A shop for the benchmarks: its events, and how it sends them. */
import { setTimeout as delay } from 'node:timers/promises'
import type { WebhookProduct } from '../../demo/catalogue.ts'
import type { SyncState } from '../../server/src/catalog/products/sync-state.ts'

const POLL_MS = 100
const PATIENCE_MS = 180_000
/** The status endpoint takes at most this many. */
const STATUS_SIZE = 500

export interface BenchEvent {
  event_id: string
  event_type: 'product.updated' | 'product.deleted'
  version: number
  source: 'live' | 'backfill'
  product: (Omit<WebhookProduct, 'catalog_visibility'> & { catalog_visibility: string }) | { id: number }
}

let lastVersion = 1_762_768_200_000_000

/** A change of a product, newer than every one before. */
export function anEvent(source: BenchEvent['source'], product: BenchEvent['product']): BenchEvent {
  lastVersion += 1
  return { event_id: `wc_bench_${lastVersion}`, event_type: 'product.updated', version: lastVersion, source, product }
}

/** A shop that sends as its plugin does: one request at a time. @throws {Error} when an answer is not what a shop expects */
export function connectShop(url: string, token: string) {
  const post = async (path: string, body: object) => {
    const response = await fetch(`${url}/api/integrations/woocommerce/${path}/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`)
    return JSON.parse(text)
  }
  return {
    send: async (event: BenchEvent) => {
      const { status } = (await post('webhook', event)) as { status: string }
      if (status !== 'accepted') throw new Error(`${event.event_id} was ${status}`)
    },
    sendBatch: async (events: BenchEvent[]) => {
      const { accepted } = (await post('webhook/batch', { events })) as { accepted: number }
      if (accepted !== events.length) throw new Error(`${accepted} of ${events.length} events were accepted`)
    },
    /** Resolves when the last version of each product is searchable, or its removal is committed. */
    searchable: async (events: BenchEvent[], patienceMs = PATIENCE_MS, pollMs = POLL_MS) => {
      const waiting = new Map(events.map((event) => [event.product.id, event.version]))
      const deadline = Date.now() + patienceMs
      while (waiting.size > 0) {
        if (Date.now() > deadline)
          throw new Error(`${waiting.size} products are not searchable: ${[...waiting].slice(0, 3)}`)
        const { results } = (await post('status', { product_ids: [...waiting.keys()].slice(0, STATUS_SIZE) })) as {
          results: SyncState[]
        }
        const done = results.filter((state) => state.searchable_version === waiting.get(state.id))
        for (const { id } of done) waiting.delete(id)
        if (done.length === 0) await delay(pollMs)
      }
    },
  }
}
