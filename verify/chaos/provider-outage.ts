/**
 * `npm run chaos:provider`: the embedding provider is away for two hours while shops go on selling; the server's clock runs 60
 * times as fast. Then it is back, and everything has to be searchable within five minutes, with nothing given up.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../scripts/random.ts'
import { startServerProcess } from '../../scripts/server-process.ts'
import { missingForThrowawayPostgres, startThrowawayPostgres } from '../../scripts/throwaway-postgres.ts'
import { makeProduct, withNewOffer, withNewSentence } from '../bench/products.ts'
import { number, table } from '../bench/report.ts'
import { anEvent, type BenchEvent, connectShop } from '../bench/shop.ts'
import { type Behaviour, startFakeProvider } from '../support/fake-embedding-provider.ts'

const SPEED = 60
const OUTAGE_HOURS = 2
/** At real speed before the provider is back, so that the pauses that are then under way are real ones. */
const LAST_REAL_MS = 70_000
const BETWEEN_EVENTS_MS = 70
const PRODUCTS = 400
const CATCH_UP_MS = 5 * 60_000
const SEED = 20_251_123
const ADMIN_API_KEY = 'chaos-provider-admin-key'
/** The provider's kinds of failure. */
const MOODS: [Behaviour, ...Behaviour[]] = [
  'error',
  'rate-limited',
  'hang',
  'html',
  { rateLimited: { retryAfter: '30' } },
]

interface Result {
  database: string
  events: number
  asked: number
  dead: number
  retries: number
  foundByWords: string
  seconds: number
  notSearchable: number
}

const results: Result[] = []
const missing = missingForThrowawayPostgres()
if (missing) console.log(`PostgreSQL left out: ${missing}`)
else {
  const cluster = await startThrowawayPostgres({ fsync: true })
  results.push(await simulate('PostgreSQL', { DATABASE_URL: cluster.url }))
  await cluster.stop()
}
const directory = mkdtempSync(join(tmpdir(), 'fiko-provider-'))
results.push(await simulate('embedded', { DATA_DIR: directory }))
rmSync(directory, { recursive: true })
show(results)

async function simulate(database: string, where: Record<string, string>): Promise<Result> {
  console.error(`${database}: ${OUTAGE_HOURS} hours without the provider, ${SPEED} times as fast`)
  const provider = await startFakeProvider({ dimensions: 128 })
  const random = createRandom(SEED)
  const server = await startServerProcess({
    nodeArguments: ['--import', './verify/chaos/fast-clock.mjs'],
    settings: {
      ...where,
      FAST_CLOCK: '1',
      ADMIN_API_KEY,
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_SECOND: '1000000',
      RATE_LIMIT_BURST: '1000000',
      EMBEDDING_PROVIDER: 'openai',
      OPENAI_BASE_URL: provider.url,
      EMBEDDING_MODEL: 'away',
      EMBEDDING_DIMENSIONS: '128',
      EMBEDDING_TIMEOUT_SECONDS: '2',
    },
  })
  const ask = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_API_KEY}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}`)
    return (await response.json()) as Answer
  }
  try {
    const made = await ask<{ token: string }>('POST', '/api/v1/integrations/tokens/generate/', {
      integration_type: 'woocommerce',
      name: 'Shop',
    })
    const shop = connectShop(server.url, made.token)
    const products = Array.from({ length: PRODUCTS }, (_, index) => makeProduct(index + 1, random))
    const first = products.map(({ product }) => anEvent('backfill', product))
    for (let at = 0; at < first.length; at += 100) await shop.sendBatch(first.slice(at, at + 100))
    await shop.searchable(first)

    const newest = new Map<number, BenchEvent>()
    const sell = async (forMs: number) => {
      for (const until = performance.now() + forMs; performance.now() < until; await delay(BETWEEN_EVENTS_MS)) {
        const place = random.below(PRODUCTS)
        const current = products[place]
        if (!current) continue
        const changed = random.below(3) === 0 ? withNewSentence(current, random) : withNewOffer(current, random)
        products[place] = changed
        const event = anEvent('live', changed.product)
        await shop.send(event)
        newest.set(changed.product.id, event)
      }
    }
    provider.behave(() => random.oneOf(MOODS))
    const before = provider.requests
    server.child.send({ fastClock: SPEED })
    await sell((OUTAGE_HOURS * 3_600_000) / SPEED)
    server.child.send({ fastClock: 1 })
    await sell(LAST_REAL_MS)
    const asked = provider.requests - before
    const foundByWords = await countFound((path) => ask('GET', path), [...newest.values()].slice(-20))

    provider.behave('ok')
    const backAt = performance.now()
    const notSearchable = await shop.searchable([...newest.values()], CATCH_UP_MS).then(
      () => 0,
      () => newest.size,
    )
    const seconds = (performance.now() - backAt) / 1000
    const { total, dead, retries } = await ask<{ total: number; dead: number; retries: number }>(
      'GET',
      '/api/v1/integrations/woocommerce/events/stats/',
    )
    const { count } = await ask<{ count: number }>('GET', '/api/v1/dead-letters/')
    return { database, events: total, asked, dead: dead + count, retries, foundByWords, seconds, notSearchable }
  } finally {
    await server.stop()
    await provider.close()
  }
}

/** While the provider is away, what was just changed is found by its name, and says that it is. */
async function countFound(
  get: (path: string) => Promise<{ results: { product: { name: string } }[] }>,
  events: BenchEvent[],
): Promise<string> {
  let found = 0
  for (const { product } of events) {
    const name = 'name' in product ? product.name : ''
    const { results } = await get(`/api/v1/knowledge/search/?limit=50&q=${encodeURIComponent(name)}`)
    if (results.some((result) => result.product.name === name)) found += 1
  }
  return `${found} of ${events.length}`
}

function show(lines: Result[]): void {
  console.log(
    `\n${table(
      [
        '',
        'events',
        'requests to the provider meanwhile',
        'found by words meanwhile',
        'dead letters',
        'attempts spent',
        'all searchable after, s',
        'not searchable',
      ],
      lines.map((line) => [
        line.database,
        number(line.events),
        number(line.asked),
        line.foundByWords,
        number(line.dead),
        number(line.retries),
        line.seconds.toFixed(1),
        number(line.notSearchable),
      ]),
    )}\n`,
  )
  const isMet = lines.every((line) => line.dead + line.retries + line.notSearchable === 0)
  console.log(
    isMet
      ? 'Every target was met: 0 dead letters, 0 attempts spent, all searchable within 300 s'
      : 'A target was missed',
  )
  process.exitCode = isMet ? 0 : 1
}
