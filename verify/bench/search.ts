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

/** The longest text that the API takes. */
const LONGEST = 4_000
const LONG_ROUNDS = 5

/** Texts of the greatest length, each of which makes another part of the search work. */
function longestQueries(): [kind: string, query: string][] {
  const random = createRandom(11)
  const known = QUERIES.flatMap(([, query]) => query.split(' ')).filter((word) => /^\p{L}{3,}$/u.test(word))
  const letters = [...'abcdefghijklmnopqrstuvwxyzابپتجچحخدرزسشفقکگلمنوهی']
  const invent = (length: number) => Array.from({ length }, () => random.oneOf(letters as [string])).join('')
  const slip = (word: string) => {
    const at = random.below(word.length)
    return word.slice(0, at) + random.oneOf(letters as [string]) + word.slice(at + 1)
  }
  const filled = (next: (at: number) => string) => {
    const words: string[] = []
    for (let at = 0, length = 0; length < LONGEST; at += 1) {
      words.push(next(at))
      length += (words.at(-1)?.length ?? 0) + 1
    }
    return words.join(' ').slice(0, LONGEST)
  }
  const anyKnown = () => random.oneOf(known as [string])
  return [
    ['known words', filled(anyKnown)],
    ['misspelt words', filled(() => slip(anyKnown()))],
    ['unknown words', filled(() => invent(4 + random.below(8)))],
    ['joined words', filled(() => anyKnown() + anyKnown())],
    ['single letters', filled(() => invent(1))],
    ['one word', invent(LONGEST)],
    ['half-spaces', filled(() => `${anyKnown()}\u200c${anyKnown()}`)],
    ['numbers', filled((at) => String(at * 37))],
    ['one number', '7'.repeat(LONGEST)],
    ['SKUs', filled((at) => `BENCH-${at}`)],
    ['prices', filled((at) => `زیر ${at + 1} میلیون تومان`)],
    ['units', filled((at) => `${at}gb ${at}cm`)],
    ['chatter', filled(() => 'سلام آیا دارید لطفا')],
    ['markup', filled((at) => `<b onclick="${at}">${invent(5)}</b>&amp;`)],
    ['SQL', filled((at) => `'${at}' or 1=1; drop table products --`)],
    ['vowel marks', filled(() => `ک\u064eف\u0651\u064eش\u0650`)],
  ]
}

/**
 * Search latency of one tenant with 1,500 to 100,000 products, without HTTP. The first search of a process reads the tenant's
 * vocabulary and is measured alone; the others are measured when the caches are warm, one after the other.
 */
export async function benchSearch(database: BenchDatabase): Promise<void> {
  const sizes = SIZES[database.kind].filter((size) => size <= Number(process.env.BENCH_PRODUCTS ?? 1e9))
  const lines: string[][] = []
  const longLines: string[][] = []
  for (const products of sizes) {
    const installation = await database.create()
    const settings = { EMBEDDING_PROVIDER: 'offline', ...installation.settings }
    const db = await openDatabase(readConfig(settings), createLog('silent'))
    try {
      await migrate(db, createLog('silent'))
      const owner = await seedShop(db, products)
      const search = searchOf(db, owner.tenantId)
      lines.push(...(await measure(search, products)))
      longLines.push(...(await measureLongest(search, products)))
    } finally {
      await db.close()
      await installation.remove()
    }
  }
  console.log(`### Search: ${ROUNDS} rounds of ${QUERIES.length} queries, one after the other, without HTTP\n`)
  console.log(`${table(['products', 'query', 'p50, ms', 'p95, ms', 'CPU, ms'], lines)}\n`)
  console.log(`### Search: queries of ${number(LONGEST)} characters, ${LONG_ROUNDS} times each\n`)
  console.log(`${table(['products', 'query', 'highest, ms', 'median CPU, ms', 'highest CPU, ms'], longLines)}\n`)
}

const OTHER_TENANTS = 10

/**
 * Search latency of a tenant with 10,000 products, alone in the database and then beside ten tenants with all these products together.
 * A product has three chunks on average.
 */
export async function benchSearchBesideOthers(database: BenchDatabase): Promise<void> {
  const others = Number(process.env.BENCH_OTHERS ?? 330_000)
  const installation = await database.create()
  const settings = { EMBEDDING_PROVIDER: 'offline', ...installation.settings }
  const db = await openDatabase(readConfig(settings), createLog('silent'))
  try {
    await migrate(db, createLog('silent'))
    const owner = await seedShop(db, 10_000)
    const totals: string[][] = []
    const measureTotal = async (beside: number) => {
      const lines = await measure(searchOf(db, owner.tenantId), 10_000)
      const [, , ...figures] = lines.at(-1) ?? []
      totals.push([number(beside), ...figures])
    }
    // Not counted: a new process and a new database are slower for some seconds.
    await measure(searchOf(db, owner.tenantId), 10_000)
    await measureTotal(0)
    for (let tenant = 0; tenant < OTHER_TENANTS; tenant += 1)
      await seedShop(db, Math.ceil(others / OTHER_TENANTS), 'analyze', `other-${tenant}@example.com`)
    for (const name of ['products', 'search_words']) await db.script(`vacuum (analyze) ${name}`)
    await measureTotal(others)
    console.log(`### Search in 10,000 products: ${ROUNDS} rounds of ${QUERIES.length} queries\n`)
    console.log(`${table(['products of others', 'p50, ms', 'p95, ms', 'CPU, ms'], totals)}\n`)
  } finally {
    await db.close()
    await installation.remove()
  }
}

interface Spent {
  ms: number
  cpuMs: number
}

function searchOf(db: Database, tenantId: number): (query: string) => Promise<Spent> {
  const vocabularies = createVocabularies()
  const curations = createCurations(shoppingWords)
  const queries = { embed: async () => null, isOffline: async () => true, stop: async () => {} }
  return async (query) => {
    const startedAt = performance.now()
    const cpu = process.threadCpuUsage()
    await searchProducts(
      { db, queries, vocabularies, curations, asker: tenantId },
      { query, filter: { tenantId }, limit: 10, floor: FLOOR },
    )
    const spent = process.threadCpuUsage(cpu)
    return { ms: performance.now() - startedAt, cpuMs: (spent.user + spent.system) / 1000 }
  }
}

/** CPU is that of the server's thread: with the embedded database it includes the database's. */
async function measureLongest(search: (query: string) => Promise<Spent>, products: number): Promise<string[][]> {
  const lines: string[][] = []
  for (const [kind, query] of longestQueries()) {
    const took: Spent[] = []
    for (let round = 0; round < LONG_ROUNDS; round += 1) took.push(await search(query))
    const cpu = took.map((each) => each.cpuMs)
    const highest = Math.max(...took.map((each) => each.ms))
    lines.push([number(products), kind, highest.toFixed(1), quantile(cpu, 0.5).toFixed(1), Math.max(...cpu).toFixed(1)])
  }
  return lines
}

async function measure(search: (query: string) => Promise<Spent>, products: number): Promise<string[][]> {
  const first = await search('کفش')
  for (const [, query] of QUERIES) for (let round = 0; round < 3; round += 1) await search(query)
  const size = number(products)
  const lines = [[size, 'the first of the process', first.ms.toFixed(1), '', first.cpuMs.toFixed(1)]]
  const all: Spent[] = []
  const byKind = new Map<string, Spent[]>()
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [kind, query] of QUERIES) {
      const took = await search(query)
      all.push(took)
      byKind.set(kind, [...(byKind.get(kind) ?? []), took])
    }
  }
  const line = (kind: string, took: Spent[]) => {
    const ms = took.map((each) => each.ms)
    const cpu = took.reduce((sum, each) => sum + each.cpuMs, 0) / took.length
    return [size, kind, quantile(ms, 0.5).toFixed(1), quantile(ms, 0.95).toFixed(1), cpu.toFixed(1)]
  }
  for (const [kind, took] of byKind) lines.push(line(kind, took))
  lines.push(line('all', all))
  return lines
}

/** Writes the products as the apply stage does, without events, chunks or vectors; `finish` runs on each table that grew. */
export async function seedShop(
  db: Database,
  products: number,
  finish = 'vacuum (analyze)',
  email = 'bench@example.com',
): Promise<Owner> {
  const [store] = await db.owner.query<Owner>(
    `with person as (insert into users (email, role) values ($1, 'owner') returning id),
          tenant as (insert into tenants (owner_id) select id from person returning id)
     insert into stores (tenant_id, platform, name, environment) select id, 'woocommerce', 'Bench', 'live' from tenant
     returning tenant_id as "tenantId", id as "storeId"`,
    [email],
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
