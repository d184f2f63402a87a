/** Cost of the event log's pages with a million events in it. */
import { readFileSync } from 'node:fs'
import { partitionFor } from '../../server/src/ingest/partitions.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { type Database, openDatabase } from '../../server/src/platform/db/database.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { type BenchDatabase, startBenchServer } from './bench-servers.ts'
import { number, table } from './report.ts'

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000)
const ROWS_AT_ONCE = 20_000
const DAYS = 28
/** About what a product of a shop has. */
const PAYLOAD_BYTES = 2_000
/** The first owner has half of the log, the last 500 events, all at its beginning. */
const OWNERS = 20
const STORES_OF_ONE = 2
const PRODUCTS_OF_STORE = 1_500
const SMALL_OWNER_EVENTS = 500
const ROUNDS = 40
const LIST = '/api/v1/integrations/woocommerce/events/'

export async function benchEvents(database: BenchDatabase): Promise<void> {
  const installation = await database.create()
  try {
    const first = await startBenchServer(installation.settings)
    for (let owner = 1; owner <= OWNERS; owner++)
      for (let store = 0; store < STORES_OF_ONE; store++) await first.makeToken({ ofOwner: `owner${owner}` })
    await first.stop()
    const startedAt = performance.now()
    await seed(installation.settings)
    const seconds = Math.round((performance.now() - startedAt) / 1000)

    const server = await startBenchServer(installation.settings)
    try {
      // It analyses what has grown by itself.
      await server.quiet(300_000)
      const lines: string[][] = []
      for (const [who, headers] of Object.entries({
        admin: { authorization: `Bearer ${server.adminKey}` },
        'the owner of half': await server.signIn('owner1@example.com'),
        'a small owner': await server.signIn(`owner${OWNERS}@example.com`),
      })) {
        const ask = async (path: string) => {
          const response = await fetch(`${server.url}${path}`, { headers })
          const text = await response.text()
          if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`)
          return JSON.parse(text)
        }
        const stores = (await ask('/api/v1/stores/')).results
        const store = stores.at(-1).id
        for (const [what, path] of pages(store)) {
          const times: number[] = []
          for (let round = 0; round < ROUNDS; round++) {
            const before = performance.now()
            await ask(path)
            times.push(performance.now() - before)
          }
          times.sort((a, b) => a - b)
          const at = (share: number) => (times[Math.ceil(share * times.length) - 1] ?? Number.NaN).toFixed(1)
          lines.push([who, what, at(0.5), at(0.95), (times.at(-1) ?? 0).toFixed(0)])
        }
      }
      console.log(`### Events: ${number(EVENTS)} in the log (seeded in ${seconds} s), ${ROUNDS} rounds, over HTTP\n`)
      console.log(`${table(['who', 'what', 'p50, ms', 'p95, ms', 'slowest'], lines)}\n`)
    } finally {
      await server.stop()
    }
  } finally {
    await installation.remove()
  }
}

function pages(store: number): [what: string, path: string][] {
  const deep = Buffer.from(JSON.stringify(['next', String(EVENTS / 2), EVENTS / 2])).toString('base64url')
  return [
    ['first page', LIST],
    ['a page in the middle, by cursor', `${LIST}?cursor=${deep}`],
    ['status processed', `${LIST}?status=processed`],
    ['status superseded', `${LIST}?status=superseded`],
    ['status dead', `${LIST}?status=dead`],
    ['status received', `${LIST}?status=received`],
    ['deletions', `${LIST}?event_type=product.deleted`],
    ['of one store', `${LIST}?store_id=${store}`],
    ['of one store, superseded', `${LIST}?store_id=${store}&status=superseded`],
    ['of one product', `${LIST}?woo_product_id=77`],
    ['search: a word of 50 products', `${LIST}?search=model30`],
    ['search: a word of all products', `${LIST}?search=product`],
    ['search: an event id', `${LIST}?search=seed-${Math.round(EVENTS * 0.4)}`],
    ['totals', `${LIST}stats/`],
    ['overview, a day', '/api/v1/overview/'],
    ['overview, 30 days', '/api/v1/overview/?hours=720'],
    ['dead letters', '/api/v1/dead-letters/'],
  ]
}

async function seed(settings: Record<string, string>): Promise<void> {
  const db = await openDatabase(readConfig({ EMBEDDING_PROVIDER: 'offline', ...settings }), createLog('silent'))
  try {
    for (let day = 0; day <= DAYS; day += 7)
      await db.owner.transaction((tx) => partitionFor(tx, Date.now() - day * 86_400_000))
    await seedProducts(db)
    for (let from = 1; from <= EVENTS; from += ROWS_AT_ONCE) await seedEvents(db, from, from + ROWS_AT_ONCE - 1)
    // As an upgrade counts what the log holds.
    const migration = readFileSync(new URL('../../server/migrations/0010_hours.sql', import.meta.url), 'utf8')
    const counting = /insert into event_hours[\s\S]*?;\n/.exec(migration)?.[0] ?? ''
    await db.owner.transaction((tx) => tx.query(counting), { isLong: true })
    await db.owner.query(`select setval('events_id_seq', ${EVENTS})`)
    // As it is left by the vacuums that updating every event brings about; one part at a time, for the time limit of a statement.
    const parts = await db.owner.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'events'::regclass`,
    )
    for (const { name } of [...parts, { name: 'products' }]) await db.script(`vacuum (analyze) ${name}`)
  } finally {
    await db.close()
  }
}

/** Stores in order; the last of each owner is like the first. */
const STORES = `(select array_agg(id order by id) as ids, array_agg(tenant_id order by id) as tenants from stores) s`

async function seedProducts(db: Database): Promise<void> {
  for (let store = 1; store <= OWNERS * STORES_OF_ONE; store++) {
    await db.owner.query(
      `insert into products (tenant_id, store_id, external_id, name, description, version, version_event_id, is_versioned,
                             content_version, content_event_id, is_active, chunked_hash, embedded_hash, searchable_version, lexemes)
       select s.tenants[$1], s.ids[$1], 'woo_' || n, 'Product model' || n % 50, repeat(md5(n::text), 30), 1000, 'seed', true,
              1000, 'seed', n % 20 <> 0, '', '', 1000, array_to_tsvector(array['product', 'model' || n % 50])
         from generate_series(1, ${PRODUCTS_OF_STORE}) n, ${STORES}`,
      [store],
    )
  }
}

async function seedEvents(db: Database, from: number, to: number): Promise<void> {
  const insert = `with made as (
       select n, now() - interval '${DAYS} days' + n * interval '${DAYS} days' / ${EVENTS} as at,
              -- Half for the first owner, the first 500 for the last, the rest in turn.
              case when n <= ${SMALL_OWNER_EVENTS} then ${(OWNERS - 1) * STORES_OF_ONE} + n % ${STORES_OF_ONE}
                   when n % 2 = 0 then n / 2 % ${STORES_OF_ONE}
                   else ${STORES_OF_ONE} + n / 2 % ${(OWNERS - 2) * STORES_OF_ONE} end + 1 as store,
              case when n % 100 = 7 then 'product.deleted' when n % 20 = 3 then 'product.created' else 'product.updated' end as type,
              case when n % 1000 = 5 then 'dead' when n % 50 = 11 then 'superseded' else 'processed' end as status
         from generate_series($1::int, $2::int) n
     ), stored as (
       insert into events (id, received_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload, version,
                           is_versioned, priority, status, outcome, attempts, next_attempt_at, error, processing_time_ms, processed_at)
       select n, at, s.tenants[store], s.ids[store], 'seed-' || n, type, 'live', 1 + n * 7919::bigint % ${PRODUCTS_OF_STORE},
              json_build_object('text', repeat(md5(n::text), ${Math.round(PAYLOAD_BYTES / 32)})), 1000 + n, true, 0, status,
              case status when 'superseded' then 'superseded' when 'processed' then 'metadata_updated' end, 1, at,
              case when status = 'dead' then 'it failed' end, n % 40 / 10.0, at + interval '1 second'
         from made, ${STORES}
       returning store_id, event_id, received_at
     )
     insert into event_ids (store_id, event_id, body_hash, received_at) select store_id, event_id, md5(event_id), received_at from stored`
  await db.owner.transaction((tx) => tx.query(insert, [from, Math.min(to, EVENTS)]), { isLong: true })
}
