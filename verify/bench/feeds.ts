import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { FeedKind } from '../../server/src/feeds/feed-schemas.ts'
import { readFeedState } from '../../server/src/feeds/feed-state.ts'
import { findServedFeed, makeFeed } from '../../server/src/feeds/feeds.ts'
import { FILES } from '../../server/src/feeds/serve-feeds.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { type Database, openDatabase } from '../../server/src/platform/db/database.ts'
import { migrate } from '../../server/src/platform/db/migrate.ts'
import { createLog } from '../../server/src/platform/log.ts'
import type { BenchDatabase } from './bench-servers.ts'
import { number, table } from './report.ts'
import { seedShop } from './search.ts'

/** Products of the store, by database: 100,000 take PGlite too long to insert. */
const SIZES = { embedded: [1_000, 10_000], postgres: [10_000, 100_000] }
const MEMORY_SAMPLE_MS = 20

/**
 * Whole files of a store, compressed, into a sink, without HTTP: products a second, and the peak of memory above the memory before. The embedded
 * database is part of the process. Flat memory: the peak does not grow with the products.
 */
export async function benchFeeds(database: BenchDatabase): Promise<void> {
  const sizes = SIZES[database.kind].filter((size) => size <= Number(process.env.BENCH_PRODUCTS ?? 1e9))
  const lines: string[][] = []
  for (const products of sizes) {
    const installation = await database.create()
    const settings = { EMBEDDING_PROVIDER: 'offline', ...installation.settings }
    const db = await openDatabase(readConfig(settings), createLog('silent'))
    try {
      await migrate(db, createLog('silent'))
      // A vacuum of 100,000 products can take longer than a statement may on a busy machine.
      const store = await seedShop(db, products, 'analyze')
      // The first file is read while the process still compiles its code.
      await writeFile(db, store, 'google.tsv')
      for (const name of ['google.tsv', 'products.jsonl']) {
        const { seconds, cpuSeconds, bytes, packed, peakMb } = await writeFile(db, store, name)
        const sizesMb = [bytes, packed].map((size) => (size / 1e6).toFixed(1))
        const rate = number(products / seconds)
        lines.push([
          number(products),
          name,
          seconds.toFixed(1),
          rate,
          cpuSeconds.toFixed(1),
          ...sizesMb,
          peakMb.toFixed(0),
        ])
      }
    } finally {
      await db.close()
      await installation.remove()
    }
  }
  console.log('### Feeds: whole files, compressed, without HTTP\n')
  const titles = [
    'products',
    'file',
    'seconds',
    'products/s',
    'CPU, s',
    'MB',
    'MB compressed',
    'peak memory above the start, MB',
  ]
  console.log(`${table(titles, lines)}\n`)
}

async function writeFile(db: Database, store: { tenantId: number; storeId: number }, name: string) {
  const format = FILES[name]
  if (!format) throw new Error(`no file ${name}`)
  const feed = await newFeed(db, store, format.kind)
  const access = db.forTenant(store.tenantId)
  const state = await readFeedState(access, feed)
  global.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, MEMORY_SAMPLE_MS)
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  let bytes = 0
  let packed = 0
  const source = async function* () {
    for await (const text of format.write({ db, access, feed, state, mcpAddress: null })) {
      bytes += Buffer.byteLength(text)
      yield text
    }
  }
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      packed += chunk.length
      done()
    },
  })
  await pipeline(Readable.from(source(), { objectMode: false }), createGzip({ level: 4 }), sink)
  clearInterval(sampling)
  const spent = process.cpuUsage(cpu)
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: (spent.user + spent.system) / 1e6,
    bytes,
    packed,
    peakMb: (peak - before) / 1e6,
  }
}

async function newFeed(db: Database, { tenantId, storeId }: { tenantId: number; storeId: number }, kind: FeedKind) {
  const options = { kind, targetCountry: null, language: null, currency: null }
  const { token } = await db.forTenant(tenantId).transaction((tx) => makeFeed(tx, { id: storeId, tenantId }, options))
  const feed = await findServedFeed(db, token)
  if (!feed) throw new Error('the feed is not served')
  return feed
}
