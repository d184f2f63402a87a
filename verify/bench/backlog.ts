/** Cost of a backlog of a million events for other shops: time to the receipt, and time until a quiet shop's event is applied. */
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../scripts/random.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { type Database, openDatabase } from '../../server/src/platform/db/database.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { type BenchDatabase, type BenchServer, startBenchServer } from './bench-servers.ts'
import { makeProduct } from './products.ts'
import { number, quantile, table } from './report.ts'
import { anEvent, connectShop } from './shop.ts'

/** `BENCH_EVENTS` makes it smaller, for trying it out. */
const BACKLOG = Number(process.env.BENCH_EVENTS ?? 1_000_000)
const ROWS_A_STATEMENT = 10_000
const QUIET_SHOPS = 9
const SECONDS = 60
/** A server that has just started opens its connections and compiles its code: shown apart. */
const STARTING_SECONDS = 5
/** Events of the loud shop while each quiet shop sends one event. */
const LOUD_EVENTS = 100
const PRODUCTS_A_SHOP = 50
const SEED = 20_251_124

interface Size {
  /** Events that wait. */
  rows: number
  seconds: number
}

export async function benchBacklog(database: BenchDatabase): Promise<void> {
  await underBacklog(database, { rows: BACKLOG, seconds: SECONDS }, show)
}

/** Times of the quiet shops' receipts, in ms, without those of the start. */
export async function measureReceipts(database: BenchDatabase, size: Size): Promise<number[]> {
  let times: number[] = []
  await underBacklog(database, size, async (_db, receipts) => {
    times = receipts.slice(STARTING_SECONDS).flat()
  })
  return times
}

type Report = (db: Database, receipts: number[][], memoryMb: number) => Promise<void>

async function underBacklog(database: BenchDatabase, { rows, seconds }: Size, report: Report): Promise<void> {
  const installation = await database.create()
  try {
    const first = await startBenchServer(installation.settings)
    const loud = await first.makeToken({ ofOwner: 'loud' })
    const quiet: string[] = []
    for (let shop = 0; shop < QUIET_SHOPS; shop += 1) quiet.push(await first.makeToken({ ofOwner: `quiet-${shop}` }))
    await first.stop()
    await inDatabase(installation.settings, (db) => leaveBacklog(db, rows))
    const server = await startBenchServer(installation.settings)
    const receipts: number[][] = []
    let memoryMb: number
    try {
      await everySecond(seconds, (round) => oneSecond(server, loud, quiet, round, receipts))
      // The last event has this long to be applied; a later one counts as never.
      await delay(5_000)
      memoryMb = await server.memoryMb()
    } finally {
      await server.stop()
    }
    await inDatabase(installation.settings, (db) => report(db, receipts, memoryMb))
  } finally {
    await installation.remove()
  }
}

/** One live event of each quiet shop, some time in the second, as shops know nothing of each other; and a batch of the loud one. */
async function oneSecond(server: BenchServer, loud: string, quiet: string[], round: number, receipts: number[][]) {
  const ofRound: number[] = []
  receipts[round] = ofRound
  const random = createRandom(SEED + round)
  const eventOf = (id: number) => anEvent('live', makeProduct(id, random).product)
  const send = async (token: string) => {
    await delay(random.below(1_000))
    const startedAt = performance.now()
    await connectShop(server.url, token).send(eventOf(1 + random.below(PRODUCTS_A_SHOP)))
    ofRound.push(performance.now() - startedAt)
  }
  const batch = Array.from({ length: LOUD_EVENTS }, () => eventOf(1 + random.below(BACKLOG)))
  await Promise.all([...quiet.map(send), connectShop(server.url, loud).sendBatch(batch)])
}

/** Begins a second's work when the second begins, whether or not the last one's has ended. */
async function everySecond(seconds: number, work: (round: number) => Promise<void>): Promise<void> {
  const rounds: Promise<void>[] = []
  const startedAt = performance.now()
  for (let round = 0; round < STARTING_SECONDS + seconds; round += 1) {
    rounds.push(work(round))
    await delay(Math.max(0, startedAt + (round + 1) * 1_000 - performance.now()))
  }
  await Promise.all(rounds)
}

async function inDatabase(settings: Record<string, string>, work: (db: Database) => Promise<void>): Promise<void> {
  const db = await openDatabase(readConfig({ EMBEDDING_PROVIDER: 'offline', ...settings }), createLog('silent'))
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

/** A first sync of the loud shop, received and not applied. */
async function leaveBacklog(db: Database, rows: number): Promise<void> {
  const { product } = makeProduct(1, createRandom(SEED))
  for (let from = 1; from <= rows; from += ROWS_A_STATEMENT) {
    await db.owner.query(
      `with made as (
         insert into events (received_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload,
                             version, is_versioned, priority, next_attempt_at)
         select now(), s.tenant_id, s.id, 'backlog_' || n, 'product.updated', 'backfill', n,
                json_build_object('event_id', 'backlog_' || n, 'event_type', 'product.updated', 'source', 'backfill',
                                  'product', $3::jsonb || jsonb_build_object('id', n))::json,
                1762768200000000 + n, true, 1, now()
           from generate_series($1::int, $1 + $2::int - 1) n, (select tenant_id, id from stores order by id limit 1) s
         returning store_id, event_id, received_at)
       insert into event_ids (store_id, event_id, body_hash, received_at)
       select store_id, event_id, md5(event_id), received_at from made`,
      [from, Math.min(ROWS_A_STATEMENT, rows - from + 1), JSON.stringify(product)],
    )
  }
}

async function show(db: Database, receipts: number[][], memoryMb: number): Promise<void> {
  const applied = await db.owner.query<{ isStarting: boolean; ms: number | null }>(
    `select received_at < min(received_at) over () + $1 * interval '1 second' as "isStarting",
            extract(epoch from processed_at - received_at)::float8 * 1000 as ms
       from events where store_id <> (select min(id) from stores)`,
    [STARTING_SECONDS],
  )
  const [loud] = await db.owner.query<{ done: number; left: number }>(
    `select count(*) filter (where processed_at is not null)::int as done,
            count(*) filter (where processed_at is null)::int as left
       from events where store_id = (select min(id) from stores)`,
  )
  const missing = QUIET_SHOPS * (STARTING_SECONDS + SECONDS) - applied.length
  if (missing > 0) throw new Error(`${missing} of the quiet shops' events are not in the log`)
  const times = (isStarting: boolean) =>
    applied.filter((each) => each.isStarting === isStarting).map(({ ms }) => ms ?? Number.POSITIVE_INFINITY)
  console.log(
    `### Backlog: ${number(BACKLOG)} events of one shop wait; ${SECONDS} s of ${QUIET_SHOPS} quiet shops at 1 event a second, the loud one at ${LOUD_EVENTS}\n`,
  )
  console.log(
    table(
      ['', 'p50 ms', 'p95 ms', 'p99 ms', 'slowest ms'],
      [
        ['receipt of a quiet shop', ...timesOf(receipts.slice(STARTING_SECONDS).flat())],
        ["a quiet shop's event applied", ...timesOf(times(false))],
        [
          `receipt, the first ${STARTING_SECONDS} s after the start`,
          ...timesOf(receipts.slice(0, STARTING_SECONDS).flat()),
        ],
        [`applied, the first ${STARTING_SECONDS} s`, ...timesOf(times(true))],
      ],
    ),
  )
  console.log(
    `\nApplied of the loud shop meanwhile: ${number(loud?.done ?? 0)}, left: ${number(loud?.left ?? 0)}. Memory of the server at the end: ${number(memoryMb)} MB.\n`,
  )
}

function timesOf(values: number[]): string[] {
  return [0.5, 0.95, 0.99, 1].map((share) => number(quantile(values, share)))
}
