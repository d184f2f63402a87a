/** Cost of a comparison of 50,000 products that are in sync, and of finding one that is not. */
import { createHash } from 'node:crypto'
import { readConfig } from '../../server/src/platform/config.ts'
import { openDatabase } from '../../server/src/platform/db/database.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { rangeOf, type ShownProduct } from '../support/digests.ts'
import { type BenchDatabase, startBenchServer } from './bench-servers.ts'
import { median, number, table } from './report.ts'

const PRODUCTS = 50_000
const RANGES = 500
/** A hash of 32 characters so many times: about what a product of the demo has for a description. */
const DESCRIPTION_REPEATS = 48
const ROUNDS = 9

export async function benchReconcile(database: BenchDatabase): Promise<void> {
  const installation = await database.create()
  try {
    // The server makes the tables and the store; the products come by SQL, since 50,000 events would take minutes.
    const first = await startBenchServer(installation.settings)
    const token = await first.makeToken()
    await first.stop()
    const shown = await seed(installation.settings)

    const server = await startBenchServer(installation.settings)
    try {
      const ask = async (body: object) => await post(server.url, token, body)
      const width = PRODUCTS / RANGES
      const rangesOf = (products: ShownProduct[]) =>
        Array.from({ length: RANGES }, (_, i) => rangeOf(products, i * width + 1, (i + 1) * width))
      const changed = shown.with(24_680, { id: 24_681, hash: 'changed in the shop' })
      const inSync = rangesOf(shown)
      const oneDiffers = rangesOf(changed)
      const lines: string[][] = []
      const measure = async (what: string, body: object, isRight: (answer: Answer) => boolean) => {
        const times: number[] = []
        for (let round = 0; round < ROUNDS; round++) {
          const startedAt = performance.now()
          const answer = await ask(body)
          times.push(performance.now() - startedAt)
          if (!isRight(answer)) throw new Error(`${what}: a wrong answer: ${JSON.stringify(answer).slice(0, 200)}`)
        }
        lines.push([what, (times[0] ?? 0).toFixed(0), median(times).toFixed(1), Math.max(...times).toFixed(0)])
      }
      await measure(`${RANGES} ranges, in sync`, { ranges: inSync }, ({ differ }) => differ?.length === 0)
      await measure(
        `${RANGES} ranges, one product changed`,
        { ranges: oneDiffers },
        ({ differ }) => differ?.length === 1,
      )
      const from = 24_601
      await measure(
        'its range, product by product',
        { from, to: from + width - 1, products: changed.slice(from - 1, from - 1 + width) },
        ({ missing, stale, extra }) => stale?.length === 1 && missing?.length === 0 && extra?.length === 0,
      )
      await measure(
        '1,000 products, all changed',
        { from: 1, to: 1_000, products: shown.slice(0, 1_000).map(({ id }) => ({ id, hash: '' })) },
        ({ stale }) => stale?.length === 1_000,
      )
      await measure('one range of 100 products', { ranges: inSync.slice(0, 1) }, ({ differ }) => differ?.length === 0)
      console.log(`### Reconcile: ${number(PRODUCTS)} products, ${ROUNDS} rounds, over HTTP\n`)
      console.log(`${table(['', 'first, ms', 'median, ms', 'slowest, ms'], lines)}\n`)
    } finally {
      await server.stop()
    }
  } finally {
    await installation.remove()
  }
}

interface Answer {
  differ?: object[]
  missing?: number[]
  stale?: object[]
  extra?: object[]
}

async function post(url: string, token: string, body: object): Promise<Answer> {
  const response = await fetch(`${url}/api/integrations/woocommerce/reconcile/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`reconcile was answered ${response.status}: ${text}`)
  return JSON.parse(text) as Answer
}

/** Fills the newest store, as an import leaves it: neither vacuumed nor analysed. */
async function seed(settings: Record<string, string>): Promise<ShownProduct[]> {
  const db = await openDatabase(readConfig({ EMBEDDING_PROVIDER: 'offline', ...settings }), createLog('silent'))
  try {
    // In parts, so that no statement takes longer than the connection allows.
    for (let from = 1; from <= PRODUCTS; from += 5_000) {
      await db.owner.query(
        `insert into products (tenant_id, store_id, external_id, name, description, version, version_event_id,
                               is_versioned, content_version, content_event_id, is_active, product_hash, chunked_hash,
                               embedded_hash, searchable_version)
         select s.tenant_id, s.id, 'woo_' || n, 'Product ' || n, repeat(md5(n::text), ${DESCRIPTION_REPEATS}), 1000 + n,
                'seed', true, 1000 + n, 'seed', true, md5(n::text), '', '', 1000 + n
           from generate_series($1::int, $1 + 4999) n, (select tenant_id, id from stores order by id desc limit 1) s`,
        [from],
      )
    }
  } finally {
    await db.close()
  }
  return Array.from({ length: PRODUCTS }, (_, index) => {
    const id = index + 1
    return { id, hash: createHash('md5').update(String(id)).digest('hex') }
  })
}
