/** Time until a first sync and a stream of changes are searchable, and the requests to the embedding provider. */
import { createRandom, type Random } from '../../scripts/random.ts'
import type { FakeProvider } from '../support/fake-embedding-provider.ts'
import type { BenchDatabase } from './bench-servers.ts'
import { type MadeProduct, makeProduct, withNewOffer, withNewSentence } from './products.ts'
import { onProviderServer, PROVIDER_LATENCY_MS } from './provider-server.ts'
import { number, table } from './report.ts'
import { anEvent, type BenchEvent, connectShop } from './shop.ts'

const PRODUCTS = 1_000
const CHANGES = 2_000
/** As many as the shop's plugin sends at once. */
const BATCH_SIZE = 100
const SEED = 20_251_110

interface Measured {
  seconds: number
  requests: number
  inputs: number
  cpuSeconds: number
}

export async function benchSync(database: BenchDatabase): Promise<void> {
  await onProviderServer(database, async ({ server, provider }) => {
    const shop = connectShop(server.url, await server.makeToken())
    const random = createRandom(SEED)
    const made = Array.from({ length: PRODUCTS }, (_, i) => makeProduct(i + 1, random))
    const products = made.map(({ product }) => anEvent('backfill', product))
    const changes = makeChanges(made, random)
    const measure = async (events: BenchEvent[]): Promise<Measured> => {
      const before = { requests: provider.requests, inputs: provider.inputs.length, cpuMs: await server.cpuMs() }
      const startedAt = performance.now()
      for (let i = 0; i < events.length; i += BATCH_SIZE) await shop.sendBatch(events.slice(i, i + BATCH_SIZE))
      await shop.searchable(events)
      return {
        seconds: (performance.now() - startedAt) / 1000,
        requests: provider.requests - before.requests,
        inputs: provider.inputs.length - before.inputs,
        cpuSeconds: ((await server.cpuMs()) - before.cpuMs) / 1000,
      }
    }
    show(await measure(products), await measure(changes.events), changes.counts, provider)
  })
}

function show(first: Measured, then: Measured, counts: Record<string, number>, provider: FakeProvider): void {
  const rowOf = (name: string, measured: Measured) => [
    name,
    measured.seconds.toFixed(1),
    number(measured.requests),
    number(measured.inputs),
    measured.cpuSeconds.toFixed(1),
  ]
  const total: Measured = {
    seconds: first.seconds + then.seconds,
    requests: first.requests + then.requests,
    inputs: first.inputs + then.inputs,
    cpuSeconds: first.cpuSeconds + then.cpuSeconds,
  }
  const twice = provider.inputs.length - new Set(provider.inputs).size
  console.log(
    `### Sync: seed ${SEED}, batches of ${BATCH_SIZE}, provider latency ${PROVIDER_LATENCY_MS} ms, ROLE=all\n`,
  )
  console.log(
    table(
      ['', 'seconds to searchable', 'provider requests', 'provider inputs', 'server CPU s'],
      [
        rowOf(`${number(PRODUCTS)} products`, first),
        rowOf(`${number(CHANGES)} changes`, then),
        rowOf('together', total),
      ],
    ),
  )
  const kinds = Object.entries(counts).map(([kind, count]) => `${kind} ${number(count)}`)
  console.log(`\nInputs embedded twice: **${twice}**. Changes: ${kinds.join(', ')}.\n`)
}

/** Changes as a shop makes them: 70 % price and stock, 20 % one sentence, 10 % other. A deleted product stays deleted. */
export function makeChanges(
  made: MadeProduct[],
  random: Random,
  count = CHANGES,
): { events: BenchEvent[]; counts: Record<string, number> } {
  const counts = { 'price and stock': 0, 'one sentence': 0, delete: 0, visibility: 0, 'SKU and image': 0 }
  const current = [...made]
  const events = Array.from({ length: count }, () => {
    const place = random.below(current.length)
    const chosen = current[place]
    if (!chosen) throw new Error('every product is deleted')
    const kind = random.below(100)
    if (kind < 70) {
      counts['price and stock'] += 1
      const changed = withNewOffer(chosen, random)
      current[place] = changed
      return anEvent('live', changed.product)
    }
    if (kind < 90) {
      counts['one sentence'] += 1
      const changed = withNewSentence(chosen, random)
      current[place] = changed
      return anEvent('live', changed.product)
    }
    if (kind < 93) {
      counts.delete += 1
      current.splice(place, 1)
      return { ...anEvent('live', chosen.product), event_type: 'product.deleted' as const }
    }
    if (kind < 96) {
      counts.visibility += 1
      return anEvent('live', { ...chosen.product, catalog_visibility: random.oneOf(['hidden', 'visible']) })
    }
    counts['SKU and image'] += 1
    const changed = { ...chosen.product, sku: `${chosen.product.sku}-N`, image: `${chosen.product.image}?new` }
    current[place] = { ...chosen, product: changed }
    return anEvent('live', changed)
  })
  return { events, counts }
}
