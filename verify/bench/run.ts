/**
 * `npm run bench`: the table of figures with their targets, on both databases, as markdown (`table/`).
 * `npm run bench -- acknowledge --database=postgres`: one benchmark.
 */
import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
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
import { benchSearch, benchSearchBesideOthers } from './search.ts'
import { benchSync } from './sync.ts'
import { PART_NAMES, PLANS } from './table/plans.ts'
import { runTable } from './table/run-table.ts'
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
  'search-beside-others': benchSearchBesideOthers,
  nearest: benchNearest,
  feeds: benchFeeds,
}
type Name = keyof typeof BENCHMARKS
/** Need no database, and are run by their names. */
const WITHOUT_DATABASE: Record<string, () => void> = { 'heavy-texts': benchHeavyTexts, readiness: benchReadiness }

await run(process.argv.slice(2))

async function run(given: string[]): Promise<void> {
  const known = [...PART_NAMES, ...Object.keys(BENCHMARKS), ...Object.keys(WITHOUT_DATABASE)]
  const { names, values } = readArguments(given, known)
  const kind = values.database as 'embedded' | 'postgres' | undefined
  const machine = describeMachine()
  console.log(`- Machine: ${machine.machine}\n- Node: ${machine.node}\n- Commit: ${machine.commit}`)
  const parts = PART_NAMES.filter((name) => names.includes(name))
  if (names.length === 0 || parts.length > 0) {
    const plan = values.full ? PLANS.full : values.quick ? PLANS.quick : PLANS.usual
    const { json, against } = values
    const options = { plan, parts, machine, ...(kind && { kind }), ...(json && { json }), ...(against && { against }) }
    const isComplete = await runTable(options).catch((error: Error) => {
      console.error(error.message)
      return false
    })
    if (!isComplete) process.exitCode = 1
  }
  console.log()
  for (const name of names) WITHOUT_DATABASE[name]?.()
  await runNamed(
    names.filter((name): name is Name => name in BENCHMARKS),
    kind,
  )
}

async function runNamed(chosen: Name[], kind: 'embedded' | 'postgres' | undefined): Promise<void> {
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

function readArguments(given: string[], known: string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { database: text, json: text, against: text, quick: flag, full: flag }
  try {
    const { values, positionals: names } = parseArgs({ args: given, options, allowPositionals: true })
    const wrong = names.find((name) => !known.includes(name))
    if (wrong !== undefined) throw new Error(`There is no benchmark "${wrong}".`)
    if (values.database && !['embedded', 'postgres'].includes(values.database)) {
      throw new Error(`There is no database "${values.database}".`)
    }
    if (values.quick && values.full) throw new Error('--quick and --full exclude each other.')
    return { names, values }
  } catch (error) {
    console.error((error as Error).message)
    console.error(
      `Usage: npm run bench -- [--quick|--full] [--json FILE] [--against FILE] [--database=embedded|postgres] [${known.join('|')}]`,
    )
    process.exit(2)
  }
}

async function openPostgresIfThere(): Promise<BenchDatabase | undefined> {
  const missing = process.env.DATABASE_URL ? undefined : missingForThrowawayPostgres()
  if (!missing) return await openPostgres(process.env.DATABASE_URL)
  console.log(`PostgreSQL left out: ${missing} (set DATABASE_URL, or scripts/install-postgres.sh on Debian 12).\n`)
  return undefined
}

function describeMachine() {
  const git = (...given: string[]) => execFileSync('git', given, { encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', 'server', 'verify/bench') === '' ? '' : ' with uncommitted changes'
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
    node: process.versions.node,
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed}`,
  }
}
