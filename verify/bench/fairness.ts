/** Time until a small shop's deletion leaves its search results during another tenant's first sync. */
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../scripts/random.ts'
import type { BenchDatabase, BenchServer } from './bench-servers.ts'
import { makeProduct } from './products.ts'
import { onProviderServer } from './provider-server.ts'
import { number, quantile, table } from './report.ts'
import { anEvent, type BenchEvent, connectShop } from './shop.ts'

/** `BENCH_PRODUCTS` makes it smaller, for trying it out. */
const LOUD_PRODUCTS = Number(process.env.BENCH_PRODUCTS ?? 100_000)
const QUIET_PRODUCTS = 1_000
/** As many as the shop's plugin sends at once. */
const BATCH_SIZE = 100
const BETWEEN_DELETIONS_MS = 1_000
const POLL_MS = 100
const SEED = 20_251_123

export async function benchFairness(database: BenchDatabase): Promise<void> {
  await onProviderServer(database, ({ server }) => measure(server))
}

async function measure(server: BenchServer): Promise<void> {
  const random = createRandom(SEED)
  const quietShop = connectShop(server.url, await server.makeToken({ ofOwner: 'quiet' }))
  const quiet = Array.from({ length: QUIET_PRODUCTS }, (_, i) => {
    const { product } = makeProduct(i + 1, random)
    return anEvent('live', { ...product, name: `${product.name} ${wordOf(i + 1)}` })
  })
  for (const batch of batchesOf(quiet)) await quietShop.sendBatch(batch)
  await quietShop.searchable(quiet)
  const isFound = askAs(server.url, await server.makeToken({ ofOwner: 'quiet', type: 'knowledge' }))

  const loudShop = connectShop(server.url, await server.makeToken({ ofOwner: 'loud' }))
  const startedAt = performance.now()
  const secondsSoFar = () => (performance.now() - startedAt) / 1000
  let acceptedAfter = 0
  let appliedAfter = 0
  const backfill = async () => {
    for (let id = 1; id <= LOUD_PRODUCTS; id += BATCH_SIZE) {
      const size = Math.min(BATCH_SIZE, LOUD_PRODUCTS - id + 1)
      const batch = Array.from({ length: size }, (_, i) => anEvent('backfill', makeProduct(id + i, random).product))
      await loudShop.sendBatch(batch)
    }
    acceptedAfter = secondsSoFar()
    while ((await openEvents(server.url)) > 0) await delay(500)
    appliedAfter = secondsSoFar()
  }
  const times: number[] = []
  const deletions = async () => {
    for (const [place, { product }] of quiet.entries()) {
      if (appliedAfter > 0) return
      const word = wordOf(place + 1)
      if (!(await isFound(word))) throw new Error(`${word} was not found before its deletion`)
      const deletedAt = performance.now()
      await quietShop.send({ ...anEvent('live', { id: product.id }), event_type: 'product.deleted' })
      while (await isFound(word)) await delay(POLL_MS)
      times.push(performance.now() - deletedAt)
      await delay(BETWEEN_DELETIONS_MS)
    }
  }
  await Promise.all([backfill(), deletions()])
  show(times, acceptedAfter, appliedAfter)
}

function show(times: number[], acceptedAfter: number, appliedAfter: number): void {
  console.log(`### Fairness: a deletion while another tenant's ${number(LOUD_PRODUCTS)} products come in, ROLE=all\n`)
  console.log(
    table(
      [
        'deletions',
        'out of the results after, ms: p50',
        'p95',
        'slowest',
        'backfill accepted after, s',
        'applied after, s',
      ],
      [
        [
          number(times.length),
          number(quantile(times, 0.5)),
          number(quantile(times, 0.95)),
          number(quantile(times, 1)),
          number(acceptedAfter),
          number(appliedAfter),
        ],
      ],
    ),
  )
  console.log()
}

/** A word that no other product has: letters only, so that it is one word to the search. */
function wordOf(id: number): string {
  const letters = [...String(id)].map((digit) => 'bdfghjklmn'[Number(digit)]).join('')
  return `zeq${letters}x`
}

function batchesOf(events: BenchEvent[]): BenchEvent[][] {
  return Array.from({ length: Math.ceil(events.length / BATCH_SIZE) }, (_, i) =>
    events.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE),
  )
}

function askAs(url: string, token: string): (word: string) => Promise<boolean> {
  return async (word) => {
    const response = await fetch(`${url}/api/v1/knowledge/search/?limit=5&q=${word}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    if (!response.ok) throw new Error(`search was answered ${response.status}: ${await response.text()}`)
    const { results } = (await response.json()) as { results: { product: { name: string } }[] }
    return results.some(({ product }) => product.name.includes(word))
  }
}

async function openEvents(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^fiko_open_events (\d+)/m.exec(metrics)?.[1] ?? 0)
}
