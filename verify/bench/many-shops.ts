/** Ten thousand shops with one edit each wait, and one more shop sends an event a second: how soon is everything applied? */
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../scripts/random.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { type Database, openDatabase } from '../../server/src/platform/db/database.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { type BenchDatabase, type BenchServer, startBenchServer } from './bench-servers.ts'
import { makeProduct } from './products.ts'
import { number, quantile, table } from './report.ts'
import { anEvent, connectShop } from './shop.ts'

/** `BENCH_SHOPS` makes it smaller, for trying it out. */
const SHOPS = Number(process.env.BENCH_SHOPS ?? 10_000)
/** Shops with different products: the rest repeat them. */
const PRODUCTS = 500
const MOST_SECONDS = 240
const PRODUCTS_OF_LATE_SHOP = 50
const SEED = 20_251_126

export async function benchManyShops(database: BenchDatabase): Promise<void> {
  const installation = await database.create()
  try {
    const first = await startBenchServer(installation.settings)
    // Made first, so that its turn comes after those of all the others.
    const late = await first.makeToken({ ofOwner: 'late' })
    await first.stop()
    await inDatabase(installation.settings, leaveEdits)
    const server = await startBenchServer(installation.settings)
    const startedAt = performance.now()
    let applied: number
    let searchable: number
    let cpuMs: number
    try {
      const sending = sendEverySecond(server, late)
      applied = await until(startedAt, async () => (await metric(server, 'fiko_open_events')) < 5)
      cpuMs = await server.cpuMs()
      sending.stop()
      searchable = await until(startedAt, async () => (await metric(server, 'fiko_pending_embeddings')) === 0)
    } finally {
      await server.stop()
    }
    await inDatabase(installation.settings, (db) => show(db, { applied, searchable, cpuMs }))
  } finally {
    await installation.remove()
  }
}

/** Seconds until something is true. */
async function until(startedAt: number, isTrue: () => Promise<boolean>): Promise<number> {
  for (;;) {
    const seconds = (performance.now() - startedAt) / 1000
    if (await isTrue()) return seconds
    if (seconds > MOST_SECONDS) return Number.POSITIVE_INFINITY
    await delay(500)
  }
}

function sendEverySecond(server: BenchServer, token: string): { stop(): void } {
  const shop = connectShop(server.url, token)
  const random = createRandom(SEED + 1)
  const send = () => {
    const { product } = makeProduct(1 + random.below(PRODUCTS_OF_LATE_SHOP), random)
    shop.send(anEvent('live', product)).catch((error: unknown) => console.error(String(error)))
  }
  send()
  const timer = setInterval(send, 1_000)
  return { stop: () => clearInterval(timer) }
}

async function metric(server: BenchServer, name: string): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(metrics)?.[1] ?? Number.NaN)
}

async function inDatabase(settings: Record<string, string>, work: (db: Database) => Promise<void>): Promise<void> {
  const db = await openDatabase(readConfig({ EMBEDDING_PROVIDER: 'offline', ...settings }), createLog('silent'))
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

/** Shops of a tenant each, with one live event that is received and not applied. */
async function leaveEdits(db: Database): Promise<void> {
  const random = createRandom(SEED)
  const products = Array.from({ length: PRODUCTS }, (_, n) => makeProduct(n + 1, random).product)
  await db.owner.transaction(
    async (tx) => {
      await tx.query(
        `with people as (
           insert into users (email, role) select 'shop' || n || '@example.com', 'owner' from generate_series(1, $1::int) n returning id
         ), owners as (
           insert into tenants (owner_id) select id from people returning id
         )
         insert into stores (tenant_id, platform, name, environment) select id, 'woocommerce', 'Shop ' || id, 'live' from owners`,
        [SHOPS],
      )
      await tx.query(
        `with made as (
           insert into events (received_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload,
                               version, is_versioned, priority, next_attempt_at)
           select now(), s.tenant_id, s.id, 'edit', 'product.updated', 'live', (p.product ->> 'id')::bigint,
                  json_build_object('event_id', 'edit', 'event_type', 'product.updated', 'source', 'live', 'product', p.product),
                  1762768200000000, true, 0, now()
             from stores s join json_array_elements($1::json) with ordinality as p (product, place)
               on p.place = 1 + s.id % ${PRODUCTS}
            where s.name like 'Shop %'
           returning store_id, event_id, received_at)
         insert into event_ids (store_id, event_id, body_hash, received_at)
         select store_id, event_id, md5(event_id), received_at from made`,
        [JSON.stringify(products)],
      )
    },
    { isLong: true },
  )
}

interface Measured {
  /** Seconds. */
  applied: number
  searchable: number
  /** CPU time of the server process until everything was applied. */
  cpuMs: number
}

async function show(db: Database, { applied, searchable, cpuMs }: Measured): Promise<void> {
  const late = await db.owner.query<{ ms: number | null }>(
    `select extract(epoch from processed_at - received_at)::float8 * 1000 as ms from events where event_id <> 'edit'`,
  )
  const times = late.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY)
  console.log(
    `### Many shops: ${number(SHOPS)} shops with one edit each wait, one more sends an event a second, ROLE=all\n`,
  )
  console.log(
    table(
      [
        'all applied after, s',
        'server CPU, s',
        'applied a second',
        'searchable after, s',
        'late shop, events',
        'applied after, ms: p50',
        'p95',
      ],
      [
        [
          applied.toFixed(1),
          (cpuMs / 1000).toFixed(1),
          number(SHOPS / applied),
          searchable.toFixed(1),
          number(times.length),
          number(quantile(times, 0.5)),
          number(quantile(times, 0.95)),
        ],
      ],
    ),
  )
  console.log()
}
