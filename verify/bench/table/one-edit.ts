/** One edit at a time on an idle system, from its acknowledgement until the product's new text is searchable. */
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../../scripts/random.ts'
import { makeProduct, withNewSentence } from '../products.ts'
import { onProviderServer, PROVIDER_LATENCY_MS } from '../provider-server.ts'
import { quantile } from '../report.ts'
import { anEvent, connectShop } from '../shop.ts'
import { sendInBatches } from './apply.ts'
import type { PartRun } from './part.ts'

const SEED = 20_251_128
/** Idle time between two edits, and a random part that keeps them out of step with the server's timers. */
const PAUSE_MS = 300
const POLL_MS = 10
const PATIENCE_MS = 20_000
/** Edits that warm the code up. */
const WARM_UP = 2

export async function measureOneEdit(run: PartRun): Promise<void> {
  const { edits, products } = run.plan.oneEdit
  for (const database of run.databases) {
    await onProviderServer(database, async ({ server }) => {
      const token = await server.makeToken()
      const shop = connectShop(server.url, token)
      const random = createRandom(SEED)
      const made = Array.from({ length: products }, (_, i) => makeProduct(i + 1, random))
      const first = made.map(({ product }) => anEvent('backfill', product))
      await sendInBatches(shop, first)
      await shop.searchable(first)
      await server.quiet(60_000)
      const times: number[] = []
      for (let edit = -WARM_UP; edit < edits; edit += 1) {
        const place = random.below(made.length)
        const changed = withNewSentence(made[place] ?? makeProduct(place + 1, random), random)
        made[place] = changed
        const event = anEvent('live', changed.product)
        await delay(PAUSE_MS + random.below(PAUSE_MS))
        await shop.send(event)
        const acknowledgedAt = performance.now()
        await shop.searchable([event], PATIENCE_MS, POLL_MS)
        if (edit >= 0) times.push(performance.now() - acknowledgedAt)
      }
      const facts = {
        conditions: `${edits} edits, ${products} products, provider ${PROVIDER_LATENCY_MS} ms, role all`,
        because: `the provider alone takes ${PROVIDER_LATENCY_MS} ms; slowest ${quantile(times, 1).toFixed(0)} ms, polled every ${POLL_MS} ms`,
      }
      run.record(`one-edit/${database.kind}/p50`, [quantile(times, 0.5)], facts)
      run.record(`one-edit/${database.kind}/p99`, [quantile(times, 0.99)], facts)
    })
  }
}
