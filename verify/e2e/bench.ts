/** `npm run e2e:bench`: what the plugin costs a shop, and how soon an edit can be found. Prints markdown. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { number, table } from '../bench/report.ts'
import { Backend, type Store } from './support/backend.ts'
import { type Harness, openHarness } from './support/harness.ts'
import { watchForInterruption } from './support/interruption.ts'
import { tick } from './support/plugin.ts'
import { insertProducts } from './support/products.ts'
import { Shop } from './support/shop.ts'
import { type Mode, UnreliableBackend } from './support/unreliable-backend.ts'
import { wordpressFolder } from './support/wordpress-folder.ts'

const SAVES = 800
const WARM_UP = 40
const EDITS = 40
const EDIT_EVERY_MS = 1_500
const BACKFILL = 1_000
const PATIENCE_MS = 300_000
/** `BENCH_PRODUCTS=1000` or `BENCH_PRODUCTS=20000,100000`. */
const LARGE = (process.env.BENCH_PRODUCTS ?? '20000').split(',').map(Number)

interface Stand {
  shop: Shop
  way: UnreliableBackend
  backend: Backend
  store: Store
}

/** Action Scheduler's queue as its own cron event runs it, but every second instead of every minute. */
const RUN_QUEUE = `
  for (;;) {
    wp_cache_flush();
    ActionScheduler_QueueRunner::instance()->run( 'bench' );
    sleep( 1 );
  }`

/** Work over the whole catalogue, each in a PHP process of its own with WordPress's usual limit of 256 MB. */
const LARGE_WORK: Record<string, string> = {
  'first sync': 'Fiko_Sync_Backfill::start(); $send();',
  'sweep, nothing changed': 'Fiko_Sync_Sweep::step( PHP_INT_MAX, true );',
  'reconciliation, nothing differs': 'Fiko_Sync_Reconcile::run();',
  'a setting that concerns all, nothing changed': 'Fiko_Sync_Expansion::everything(); $send();',
  'the part of the sweep of every hour': 'Fiko_Sync_Sweep::hourly( 20 );',
}
const MEASURED = (work: string) => `
  ini_set( 'memory_limit', '256M' );
  $send = static function () {
    do { Fiko_Sync_Sender::run( 20 ); } while ( Fiko_Sync_Backfill::progress()['is_active'] || Fiko_Sync_Expansion::next() );
  };
  $before = memory_get_usage();
  memory_reset_peak_usage();
  $began = microtime( true );
  $cpu   = getrusage();
  ${work}
  $after = getrusage();
  $ms    = static fn( $u ) => ( $u['ru_utime.tv_sec'] + $u['ru_stime.tv_sec'] ) * 1000 + ( $u['ru_utime.tv_usec'] + $u['ru_stime.tv_usec'] ) / 1000;
  return array( 'seconds' => microtime( true ) - $began, 'cpu' => $ms( $after ) - $ms( $cpu ), 'base' => $before / 1e6, 'peak' => ( memory_get_peak_usage() - $before ) / 1e6 );`

/** `npm run e2e:bench -- saves large` measures some of them. */
const PARTS: Record<string, (of: Harness) => Promise<void>> = {
  saves: benchSaves,
  latency: benchLatency,
  backfill: benchBackfill,
  large: async (of) => {
    for (const count of LARGE) await benchLarge(of, count)
  },
}
const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}

const interrupted = watchForInterruption()
const harness = await openHarness('embedded', interrupted).catch((error: Error) => {
  console.error(`The benchmark cannot run: ${error.message}`)
  process.exit(1)
})
// The servers end with this process by themselves; only the temporary folder would stay.
interrupted.addEventListener('abort', () => void harness.close().then(() => process.exit(1)))
try {
  console.log(`${describeMachine()}\n`)
  for (const [name, part] of Object.entries(PARTS)) {
    if (chosen.length === 0 || chosen.includes(name)) await part(harness)
  }
} finally {
  await harness.close()
}

async function withShop(of: Harness, name: string, work: (stand: Stand) => Promise<void>): Promise<void> {
  const backend = new Backend(of.sharedParts.backendUrl)
  const [store, way] = [await backend.newStore(name), await UnreliableBackend.start(of.sharedParts.backendUrl)]
  const connection = { E2E_FIKO_SYNC_URL: way.url, E2E_FIKO_SYNC_TOKEN: store.token }
  const shop = await Shop.open(of.sharedParts, name, { connection })
  try {
    await work({ shop, way, backend, store })
  } finally {
    await way.stop()
    await shop.stop()
  }
}

async function benchSaves(of: Harness): Promise<void> {
  const modes: Record<string, Mode> = {
    'answers at once': { kind: 'forward' },
    'refuses connections': { kind: 'refuse' },
    'never answers': { kind: 'hang' },
  }
  const rows: string[][] = []
  await withShop(of, 'saves', async ({ shop, way }) => {
    const ids = await insertProducts(shop, SAVES + WARM_UP)
    const file = join(wordpressFolder, 'time-saves.php')
    for (const [name, mode] of Object.entries(modes)) {
      await way.set(mode)
      const calls = shop.outgoingCalls().length
      const times = await shop.php<SaveTimes>('return ( require $args["file"] )( $args["ids"] );', { file, ids })
      if (times.callbacks === 0) throw new Error('no callback of the plugin was found: nothing was measured')
      const [on, off, inside, end] = [times.on, times.off, times.inside, times.end].map((list) =>
        list.slice(WARM_UP / 2),
      )
      const added = on?.map((time, place) => time - (off?.[place] ?? Number.NaN))
      const figures = [off, on, inside, end].flatMap((list) => [quantile(list ?? [], 0.5), quantile(list ?? [], 0.95)])
      figures.splice(4, 0, quantile(added ?? [], 0.5))
      const both = (inside ?? []).map((time, place) => time + (end?.[place] ?? Number.NaN))
      figures.push(quantile(both, 0.5), quantile(both, 0.95))
      rows.push([name, ...figures.map((ms) => ms.toFixed(2)), String(shop.outgoingCalls().length - calls)])
    }
  })
  console.log(`### Added to a save: ${SAVES} saves a row, alternately with the plugin's hooks and without, in ms\n`)
  const titles = ['the backend', 'save without, p50', 'p95', 'save with, p50', 'p95', 'difference of pairs, p50']
  titles.push('inside the hooks, p50', 'p95', 'end of request, p50', 'p95', 'both, p50', 'p95', 'HTTP calls')
  console.log(`${table(titles, rows)}\n`)
}

interface SaveTimes {
  on: number[]
  off: number[]
  inside: number[]
  end: number[]
  callbacks: number
}

/** Edits of the price, which wait for the debounce, and sell-outs, which do not. */
async function benchLatency(of: Harness): Promise<void> {
  const kinds = {
    'another price': '$p->set_regular_price( (string) wp_rand( 1000, 999999 ) );',
    'sold out': '$p->set_stock_status( "outofstock" );',
  }
  const rows: string[][] = []
  await withShop(of, 'latency', async (stand) => {
    const { shop } = stand
    const ids = await insertProducts(shop, EDITS * 2)
    await backfill(stand)
    await searchable(stand, new Map(ids.map((id) => [id, 1])))
    const queue = shop.startPhp(RUN_QUEUE, {}, { context: 'cron' })
    try {
      for (const [name, setter] of Object.entries(kinds)) {
        const edited = ids.splice(0, EDITS)
        const edit = `$p = wc_get_product( $args["id"] ); ${setter} $p->save(); return microtime( true ) * 1000;`
        const before = new Map(
          (await stand.backend.status(stand.store, edited)).map((one) => [one.id, one.applied_version ?? 0]),
        )
        const seconds: number[] = []
        const pending: Promise<void>[] = []
        for (const id of edited) {
          const savedAt = await shop.php<number>(edit, { id })
          const wanted = new Map([[id, (before.get(id) ?? 0) + 1]])
          pending.push(searchable(stand, wanted).then(() => void seconds.push((Date.now() - savedAt) / 1000)))
          await delay(EDIT_EVERY_MS)
        }
        await Promise.all(pending)
        rows.push([name, String(EDITS), ...[0.5, 0.95, 1].map((share) => quantile(seconds, share).toFixed(1))])
      }
    } finally {
      queue.kill('SIGKILL')
    }
  })
  console.log(
    '### From the save to the search, in seconds: the queue runs every second, the debounce is the usual 30 s\n',
  )
  console.log(`${table(['edit', 'edits', 'p50', 'p95', 'max'], rows)}\n`)
}

async function benchBackfill(of: Harness): Promise<void> {
  await withShop(of, 'backfill', async (stand) => {
    const ids = await insertProducts(stand.shop, BACKFILL)
    const started = Date.now()
    await backfill(stand)
    const sent = (Date.now() - started) / 1000
    const requests = stand.way.requests.filter((request) => request.events.length > 0).length
    const all = stand.way.requests.length
    await searchable(stand, new Map(ids.map((id) => [id, 1])))
    const found = (Date.now() - started) / 1000
    const row = [number(BACKFILL), sent.toFixed(1), found.toFixed(1), String(requests), String(all)]
    console.log('### Backfill\n')
    console.log(
      `${table(['products', 's until all are taken', 's until all are found', 'requests with products', 'requests'], [row])}\n`,
    )
  })
}

async function benchLarge(of: Harness, count: number): Promise<void> {
  await withShop(of, `large${count}`, async ({ shop, way }) => {
    await insertProducts(shop, count)
    const rows: string[][] = []
    for (const [name, work] of Object.entries(LARGE_WORK)) {
      way.forget()
      const { seconds, cpu, base, peak } = await shop.php<Record<'seconds' | 'cpu' | 'base' | 'peak', number>>(
        MEASURED(work),
      )
      rows.push([
        name,
        seconds.toFixed(1),
        (cpu / count).toFixed(2),
        peak.toFixed(0),
        base.toFixed(0),
        String(way.requests.length),
      ])
    }
    const titles = [
      'work',
      'seconds',
      'PHP CPU ms a product',
      'memory above WordPress, MB',
      'WordPress and WooCommerce, MB',
      'requests',
    ]
    console.log(`### ${number(count)} products\n\n${table(titles, rows)}\n`)
  })
}

async function backfill({ shop }: Stand): Promise<void> {
  await shop.php('Fiko_Sync_Backfill::start(); return true;')
  while ((await tick(shop)).isWaiting);
}

/** Resolves when each product is searchable in at least the version named. */
async function searchable({ backend, store }: Stand, wanted: Map<number, number>): Promise<void> {
  const waiting = new Map(wanted)
  const deadline = Date.now() + PATIENCE_MS
  while (waiting.size > 0) {
    const states = await backend.status(store, [...waiting.keys()].slice(0, 500))
    for (const { id, searchable_version: version } of states) {
      if ((version ?? 0) >= (waiting.get(id) ?? 0)) waiting.delete(id)
    }
    if (Date.now() > deadline)
      throw new Error(`${waiting.size} products cannot be found: ${[...waiting.keys()].slice(0, 5)}`)
    if (waiting.size > 0) await delay(200)
  }
}

function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

function describeMachine(): string {
  const run = (command: string, given: string[]) => execFileSync(command, given, { encoding: 'utf8' }).trim()
  return [
    `Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
    `Load before: ${loadavg()[0]?.toFixed(1)}`,
    `PHP ${run('php', ['-r', 'echo PHP_VERSION;'])}, Node ${process.versions.node}`,
    `Commit: ${run('git', ['rev-parse', '--short', 'HEAD'])}, ${new Date().toISOString().slice(0, 10)}`,
  ]
    .map((line) => `- ${line}`)
    .join('\n')
}
