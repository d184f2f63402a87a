/** CPU time of an event with few and with many rows in the log. Two installations take turns, one with each log. */
import { createRandom } from '../../../scripts/random.ts'
import { partitionFor } from '../../../server/src/ingest/partitions.ts'
import { readConfig } from '../../../server/src/platform/config.ts'
import { openDatabase } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { type BenchDatabase, type BenchServer, type Installation, startBenchServer } from '../bench-servers.ts'
import { type MadeProduct, makeProduct, withNewOffer } from '../products.ts'
import { anEvent, connectShop } from '../shop.ts'
import { sendInBatches } from './apply.ts'
import { databaseCpu, type PartRun, startCpu, untilSearchable } from './part.ts'
import { SIZES_OF_TARGETS } from './plans.ts'

const SEED = 20_251_131
const PRODUCTS = 500
/** Products that the older events of the log are about. */
const PRODUCTS_OF_LOG = 100_000
const DAYS = 28
const ROWS_A_STATEMENT = 20_000
/** A quarter of a usual event: the number of rows is measured, and five million must fit on the disk. */
const PAYLOAD_BYTES = 500

interface Shop {
  server: BenchServer
  connection: ReturnType<typeof connectShop>
  made: MadeProduct[]
  cpuMs: number[]
}

export async function measureGrowth(run: PartRun): Promise<void> {
  for (const database of run.databases) {
    const installations: Installation[] = []
    const shops: Shop[] = []
    const { small, large, rounds, changes } = run.plan.growth
    const sizes = [small, large[database.kind]]
    try {
      for (const rows of sizes) {
        const installation = await database.create()
        installations.push(installation)
        shops.push(await openShop(installation, rows))
      }
      const readDatabase = await databaseCpu(database)
      for (let round = -1; round < rounds; round += 1) {
        // The first one of a round changes, so that neither is always measured on the warmer machine.
        for (const shop of round % 2 === 0 ? shops : shops.toReversed()) {
          const cpu = await measureChanges(shop, readDatabase, changes, round)
          if (round >= 0) shop.cpuMs.push(cpu)
        }
      }
      record(run, database, sizes, shops)
    } finally {
      for (const { server } of shops) await server.stop()
      for (const installation of installations) await installation.remove()
    }
  }
}

function record(run: PartRun, { kind }: BenchDatabase, [few = 0, many = 0]: number[], [small, large]: Shop[]): void {
  const { rounds, changes } = run.plan.growth
  const facts = {
    conditions: `${few} and ${many} rows of ${PAYLOAD_BYTES} bytes, ${rounds} × ${changes} price and stock changes, role all`,
    isSmaller: many < SIZES_OF_TARGETS.growthRows,
  }
  const cpuSmall = small?.cpuMs ?? []
  const cpuLarge = large?.cpuMs ?? []
  const ratios = cpuLarge.map((value, round) => value / (cpuSmall[round] ?? Number.NaN))
  run.record(`growth/${kind}/ratio`, ratios, {
    ...facts,
    because: 'CPU of the server and PostgreSQL, in the rows below',
  })
  run.record(`growth/${kind}/cpu-small`, cpuSmall, facts)
  run.record(`growth/${kind}/cpu-large`, cpuLarge, facts)
}

async function openShop({ settings }: Installation, rows: number): Promise<Shop> {
  const random = createRandom(SEED)
  const made = Array.from({ length: PRODUCTS }, (_, i) => makeProduct(i + 1, random))
  const first = await startBenchServer(settings)
  const token = await first.makeToken()
  try {
    const shop = connectShop(first.url, token)
    const events = made.map(({ product }) => anEvent('backfill', product))
    await sendInBatches(shop, events)
    await shop.searchable(events)
  } finally {
    await first.stop()
  }
  await fillLog(settings, rows)
  const server = await startBenchServer(settings)
  return { server, connection: connectShop(server.url, token), made, cpuMs: [] }
}

async function measureChanges(shop: Shop, readDatabase: () => number, changes: number, round: number) {
  const random = createRandom(SEED + round + 2)
  await shop.server.quiet(120_000)
  const events = []
  while (events.length < changes) {
    shop.made = shop.made.map((each) => withNewOffer(each, random))
    for (const { product } of shop.made.slice(0, changes - events.length)) events.push(anEvent('live', product))
  }
  const cpu = startCpu(shop.server, readDatabase)
  // One connection: batches of the same products that overtake each other would be superseded, which costs less.
  await sendInBatches(shop.connection, events, 1)
  await untilSearchable(shop.connection, events)
  const { server, database } = cpu()
  return (server + database) / changes
}

/** Applied events of four weeks, in the log of the first store. */
async function fillLog(settings: Record<string, string>, rows: number): Promise<void> {
  const db = await openDatabase(readConfig({ EMBEDDING_PROVIDER: 'offline', ...settings }), createLog('silent'))
  try {
    for (let day = 0; day <= DAYS; day += 7) {
      await db.owner.transaction((tx) => partitionFor(tx, Date.now() - day * 86_400_000))
    }
    for (let from = 1; from <= rows; from += ROWS_A_STATEMENT) {
      const insert = `with made as (
         insert into events (received_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload, version,
                             is_versioned, priority, status, outcome, attempts, next_attempt_at, processing_time_ms, processed_at)
         select at, s.tenant_id, s.id, 'log-' || n, 'product.updated', 'live', 1 + n * 7919::bigint % ${PRODUCTS_OF_LOG},
                json_build_object('text', repeat(md5(n::text), ${Math.round(PAYLOAD_BYTES / 32)})), 1000 + n, true, 0,
                'processed', 'metadata_updated', 1, at, 1, at + interval '1 second'
           from (select n, now() - interval '${DAYS} days' + n * interval '${DAYS} days' / ${rows} as at
                   from generate_series($1::int, $2::int) n) numbered,
                (select tenant_id, id from stores order by id limit 1) s
         returning store_id, event_id, received_at)
       insert into event_ids (store_id, event_id, body_hash, received_at)
       select store_id, event_id, md5(event_id), received_at from made`
      const to = Math.min(from + ROWS_A_STATEMENT - 1, rows)
      await db.owner.transaction((tx) => tx.query(insert, [from, to]), { isLong: true })
    }
    const parts = await db.owner.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'events'::regclass`,
    )
    // As a running server leaves the log: vacuumed in time.
    for (const { name } of [...parts, { name: 'event_ids' }]) await db.script(`vacuum (analyze) ${name}`)
  } finally {
    await db.close()
  }
}
