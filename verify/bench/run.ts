/**
 * `npm run bench`: the benchmarks on both databases, as markdown. `npm run bench -- acknowledge --database=postgres`: one.
 */
import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { missingForThrowawayPostgres } from '../../scripts/throwaway-postgres.ts'
import { benchAcknowledge } from './acknowledge.ts'
import { benchBacklog } from './backlog.ts'
import { benchBackup } from './backup.ts'
import { type BenchDatabase, openEmbedded, openPostgres } from './bench-servers.ts'
import { benchEvents } from './events.ts'
import { benchFairness } from './fairness.ts'
import { benchFeeds } from './feeds.ts'
import { benchHeavyTexts } from './heavy-texts.ts'
import { benchManyShops } from './many-shops.ts'
import { benchNearest } from './nearest.ts'
import { benchPoison } from './poison.ts'
import { benchReadiness } from './readiness.ts'
import { benchReconcile } from './reconcile.ts'
import { benchSearch } from './search.ts'
import { benchSync } from './sync.ts'
import { benchWakeUps } from './wake-ups.ts'

const BENCHMARKS = {
  acknowledge: benchAcknowledge,
  sync: benchSync,
  reconcile: benchReconcile,
  fairness: benchFairness,
  backlog: benchBacklog,
  'many-shops': benchManyShops,
  events: benchEvents,
  poison: benchPoison,
  backup: benchBackup,
  'wake-ups': benchWakeUps,
  search: benchSearch,
  nearest: benchNearest,
  feeds: benchFeeds,
}
type Name = keyof typeof BENCHMARKS
/** Need no database, and are run by their names only. */
const WITHOUT_DATABASE: Record<string, () => void> = { 'heavy-texts': benchHeavyTexts, readiness: benchReadiness }
/** Take minutes, and are run by their names only. */
const LONG: Name[] = [
  'fairness',
  'backlog',
  'events',
  'many-shops',
  'poison',
  'backup',
  'wake-ups',
  'search',
  'nearest',
  'feeds',
]

await run(process.argv.slice(2))

async function run(given: string[]): Promise<void> {
  const databaseFlag = '--database='
  const kind = given.find((argument) => argument.startsWith(databaseFlag))?.slice(databaseFlag.length)
  const names = given.filter((argument) => !argument.startsWith(databaseFlag))
  const known = [...Object.keys(BENCHMARKS), ...Object.keys(WITHOUT_DATABASE)]
  if (names.some((name) => !known.includes(name)) || (kind && !['embedded', 'postgres'].includes(kind))) {
    console.error(`Usage: npm run bench -- [${known.join('|')}] [${databaseFlag}embedded|postgres]`)
    process.exit(2)
  }
  console.log(`${describeMachine()}\n`)
  for (const name of names) WITHOUT_DATABASE[name]?.()
  const usual = Object.keys(BENCHMARKS).filter((name) => !LONG.includes(name as Name))
  const chosen = (names.length > 0 ? names : usual).filter((name): name is Name => name in BENCHMARKS)
  if (chosen.length === 0) return
  for (const open of [openEmbedded, openPostgresIfThere]) {
    if (kind && kind !== (open === openEmbedded ? 'embedded' : 'postgres')) continue
    const database = await open()
    if (!database) continue
    try {
      console.log(`## ${database.description}\n`)
      for (const name of chosen) await BENCHMARKS[name](database)
    } finally {
      await database.close()
    }
  }
}

async function openPostgresIfThere(): Promise<BenchDatabase | undefined> {
  const missing = process.env.DATABASE_URL ? undefined : missingForThrowawayPostgres()
  if (!missing) return await openPostgres(process.env.DATABASE_URL)
  console.log(`PostgreSQL left out: ${missing} (set DATABASE_URL, or scripts/install-postgres.sh on Debian 12).\n`)
  return undefined
}

function describeMachine(): string {
  const git = (...given: string[]) => execFileSync('git', given, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'server', 'verify/bench') === '' ? '' : ' with uncommitted changes'
  return [
    `Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
    `Node: ${process.versions.node}`,
    `Commit: ${git('rev-parse', '--short', 'HEAD')}${changed}`,
  ]
    .map((line) => `- ${line}`)
    .join('\n')
}
