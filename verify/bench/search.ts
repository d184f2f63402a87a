import { createRandom } from '../../scripts/random.ts'
import { readProduct } from '../../server/src/catalog/products/product-state.ts'
import { type Owner, saveProducts } from '../../server/src/catalog/products/product-store.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { type Database, openDatabase } from '../../server/src/platform/db/database.ts'
import { migrate } from '../../server/src/platform/db/migrate.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { createCurations } from '../../server/src/search/curation/curation.ts'
import { FLOOR } from '../../server/src/search/score-products.ts'
import { searchProducts, shoppingWords } from '../../server/src/search/search-products.ts'
import { createVocabularies } from '../../server/src/search/words/vocabulary.ts'
import type { BenchDatabase } from './bench-servers.ts'
import { makeProduct } from './products.ts'
import { number, quantile, table } from './report.ts'

/** Products of the tenant that searches, by database: 100,000 take PGlite too long to insert. */
const SIZES = { embedded: [1_500, 10_000], postgres: [1_500, 10_000, 100_000] }
const BATCH = 200
const ROUNDS = 20

/** Each kind of query, with words that are common in the catalogue: each thing is the name of a twelfth of it. */
const QUERIES: [kind: string, query: string][] = [
  ['one common word', 'کفش'],
  ['two common words', 'کفش گرم'],
  ['three words', 'کیف چرم سفر'],
  ['English', 'waterproof jacket for hiking'],
  ['other script', 'هودی نایک jacket'],
  ['typing error', 'کاپشت سیک'],
  ['SKU', 'BENCH-777'],
  ['price and stock', 'شلوار گرم موجود زیر ۲ میلیون تومان'],
  ['question', 'سلام، برای هدیه یک ساعت زیبا دارید؟'],
  ['not sold', 'لاستیک زمستانی خودرو'],
  ['long', 'کفش سبک گرم ضدآب نرم بادوام ساده زیبا چرم کتان نخ سفر خانه کوه مدرسه مهمانی ورزش'],
]

/**
 * Search latency of one tenant with 1,500 to 100,000 products, without HTTP. The first search of a process reads the tenant's
 * vocabulary and is measured alone; the others are measured when the caches are warm, one after the other.
 */
export async function benchSearch(database: BenchDatabase): Promise<void> {
  const sizes = SIZES[database.kind].filter((size) => size <= Number(process.env.BENCH_PRODUCTS ?? 1e9))
  const lines: string[][] = []
  for (const products of sizes) {
    const installation = await database.create()
    const settings = { EMBEDDING_PROVIDER: 'offline', ...installation.settings }
    const db = await openDatabase(readConfig(settings), createLog('silent'))
    try {
      await migrate(db, createLog('silent'))
      const owner = await seedShop(db, products)
      lines.push(...(await measure(db, owner.tenantId, products)))
    } finally {
      await db.close()
      await installation.remove()
    }
  }
  console.log(`### Search: ${ROUNDS} rounds of ${QUERIES.length} queries, one after the other, without HTTP\n`)
  console.log(`${table(['products', 'query', 'p50, ms', 'p95, ms', 'CPU, ms'], lines)}\n`)
}

async function measure(db: Database, tenantId: number, products: number): Promise<string[][]> {
  const vocabularies = createVocabularies()
  const curations = createCurations(shoppingWords)
  const queries = { embed: async () => null, isOffline: async () => true, stop: async () => {} }
  const search = async (query: string) => {
    const startedAt = performance.now()
    const cpu = process.threadCpuUsage()
    await searchProducts(
      { db, queries, vocabularies, curations, asker: tenantId },
      { query, filter: { tenantId }, limit: 10, floor: FLOOR },
    )
    const spent = process.threadCpuUsage(cpu)
    return { ms: performance.now() - startedAt, cpuMs: (spent.user + spent.system) / 1000 }
  }
  const first = await search('کفش')
  for (const [, query] of QUERIES) for (let round = 0; round < 3; round += 1) await search(query)
  const size = number(products)
  const lines = [[size, 'the first of the process', first.ms.toFixed(1), '', first.cpuMs.toFixed(1)]]
  const all: { ms: number; cpuMs: number }[] = []
  const byKind = new Map<string, { ms: number; cpuMs: number }[]>()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [kind, query] of QUERIES) {
      const took = await search(query)
      all.push(took)
      byKind.set(kind, [...(byKind.get(kind) ?? []), took])
    }
  }
  const line = (kind: string, took: { ms: number; cpuMs: number }[]) => {
    const ms = took.map((each) => each.ms)
    const cpu = took.reduce((sum, each) => sum + each.cpuMs, 0) / took.length
    return [size, kind, quantile(ms, 0.5).toFixed(1), quantile(ms, 0.95).toFixed(1), cpu.toFixed(1)]
  }
  for (const [kind, took] of byKind) lines.push(line(kind, took))
  lines.push(line('all', all))
  return lines
}

/** Writes the products as the apply stage does, without events, chunks or vectors; `finish` runs on each table that grew. */
export async function seedShop(db: Database, products: number, finish = 'vacuum (analyze)'): Promise<Owner> {
  const [store] = await db.owner.query<Owner>(
    `with person as (insert into users (email, role) values ('bench@example.com', 'owner') returning id),
          tenant as (insert into tenants (owner_id) select id from person returning id)
     insert into stores (tenant_id, platform, name, environment) select id, 'woocommerce', 'Bench', 'live' from tenant
     returning tenant_id as "tenantId", id as "storeId"`,
  )
  if (!store) throw new Error('no store')
  const random = createRandom(7)
  for (let from = 1; from <= products; from += BATCH) {
    const writes = Array.from({ length: Math.min(BATCH, products - from + 1) }, (_, at) => {
      const id = from + at
      const event = {
        version: 1,
        isVersioned: true,
        eventId: 'seed',
        isDelete: false,
        contentVersion: 1,
        contentEventId: 'seed',
      }
      const state = readProduct(makeProduct(id, random).product)
      return { externalId: `woo_${id}`, product: { ...event, state }, priority: 1 }
    })
    await db.forTenant(store.tenantId).transaction((tx) => saveProducts(tx, store, writes))
  }
  for (const name of ['products', 'search_words']) await db.script(`${finish} ${name}`)
  return store
}
