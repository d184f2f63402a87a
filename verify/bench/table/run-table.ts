/** Runs the table unattended: parts one after the other within the time limit of the plan. */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingForThrowawayPostgres } from '../../../scripts/throwaway-postgres.ts'
import { type BenchDatabase, openEmbedded, openPostgres } from '../bench-servers.ts'
import { definitionOf, FIGURES, idsOf } from './definitions.ts'
import { type Figure, leaveOut, refuse } from './figures.ts'
import { PART_NAMES, type PartName, type Plan } from './plans.ts'
import { expectedIds, runPart } from './run-part.ts'
import { readRun, type SavedRun, saveRun } from './saved-run.ts'
import { showChanges, showFigures, showReasons } from './show.ts'

export interface TableOptions {
  plan: Plan
  /** Empty: all parts of the plan. */
  parts: PartName[]
  kind?: 'embedded' | 'postgres'
  json?: string
  against?: string
  machine: { machine: string; node: string; commit: string }
}

/** Part of the limit that is left to stop the database and to print. */
const STOP_MS = 8_000
/** A part may take this many times its expected time on a busy machine. */
const PATIENCE = 4
const SHORTEST_LIMIT_MS = 90_000

/** Prints the table. Resolves with false if a figure was refused. */
export async function runTable(options: TableOptions): Promise<boolean> {
  if (process.platform !== 'linux')
    throw new Error('The table needs Linux: /proc has the CPU time and the memory of processes.')
  // Read first: a wrong file name must not cost a run.
  const earlier = options.against === undefined ? undefined : readRun(options.against)
  const startedAt = new Date()
  const loadBefore = loadavg()[0] ?? 0
  const figures = await measureParts(options)
  const run = {
    ...options.machine,
    plan: options.plan.name,
    startedAt: startedAt.toISOString(),
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    load: [loadBefore, loadavg()[0] ?? 0] as [number, number],
    figures,
  }
  if (options.json !== undefined) saveRun(options.json, run)
  print(run, earlier)
  return figures.every(({ refused }) => refused === undefined)
}

async function measureParts({ plan, parts, kind }: TableOptions): Promise<Figure[]> {
  const endsAt = Date.now() + plan.limitMinutes * 60_000 - STOP_MS
  const wanted = parts.length > 0 ? parts : [...plan.parts]
  const postgres = kind === 'embedded' ? undefined : await startPostgres()
  const database = postgres && 'database' in postgres ? postgres.database : undefined
  const temporary = mkdtempSync(join(tmpdir(), 'fiko-bench-'))
  const removeTemporary = () => rmSync(temporary, { recursive: true, force: true })
  process.once('exit', removeTemporary)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const figures = new Map<string, Figure>()
  try {
    if (kind !== 'postgres') console.log(`- ${openEmbedded().description}`)
    if (database) console.log(`- ${database.description}`)
    const kinds = { embedded: kind !== 'postgres', ...(database?.url && { postgres: database.url }) }
    const endOfRun = `the limit of ${plan.limitMinutes} minutes left no time for it`
    for (const { order, expectedMs } of ordersOf(plan, wanted, kinds)) {
      const partStartedAt = Date.now()
      const leftMs = endsAt - partStartedAt
      const patienceMs = Math.max(SHORTEST_LIMIT_MS, expectedMs * PATIENCE)
      const limits =
        patienceMs < leftMs ? { milliseconds: patienceMs, temporary } : { milliseconds: leftMs, temporary, endOfRun }
      const measured =
        leftMs < expectedMs
          ? expectedIds(order).map((id) => leaveOut(id, definitionOf(id), endOfRun))
          : await runPart(order, limits)
      for (const figure of measured) figures.set(figure.id, figure)
      const on = [order.embedded ? 'embedded' : [], order.postgres ? 'PostgreSQL' : []].flat().join(' and ')
      console.error(`${order.part}, ${on}: ${Math.round((Date.now() - partStartedAt) / 1000)} s`)
    }
  } finally {
    await database?.close()
    process.off('exit', removeTemporary)
    removeTemporary()
  }
  const kindOf = (id: string) =>
    PART_NAMES.some((part) => idsOf(part, 'embedded').includes(id)) ? 'embedded' : 'postgres'
  const isAsked = (id: string) => parts.length === 0 || parts.some((part) => id.startsWith(`${part}/`))
  return Object.keys(FIGURES)
    .filter((id) => isAsked(id) && (kind === undefined || kind === kindOf(id)))
    .map((id) => figures.get(id) ?? withoutMeasurement(id))

  function withoutMeasurement(id: string): Figure {
    const part = PART_NAMES.find((name) => id.startsWith(`${name}/`))
    const leave = (why: string) => leaveOut(id, definitionOf(id), why)
    if (part === undefined || !wanted.includes(part)) return leave(`the ${plan.name} run leaves this part out`)
    if (postgres && 'failed' in postgres) return refuse(id, definitionOf(id), postgres.failed)
    return leave(postgres && 'missing' in postgres ? postgres.missing : 'not a part of this run')
  }
}

/** One order for each database of a part; the parts whose systems take turns get both at once. */
function ordersOf(plan: Plan, parts: PartName[], { embedded, postgres }: { embedded: boolean; postgres?: string }) {
  return parts.flatMap((part) => {
    const both = { part, plan: plan.name, embedded, ...(postgres !== undefined && { postgres }) }
    const each = [
      ...(embedded ? [{ part, plan: plan.name, embedded }] : []),
      ...(postgres === undefined ? [] : [{ part, plan: plan.name, embedded: false, postgres }]),
    ]
    const orders = (part === 'stream' ? [both] : each).filter((order) => expectedIds(order).length > 0)
    return orders.map((order) => ({ order, expectedMs: (plan.seconds[part] * 1000) / orders.length }))
  })
}

type Postgres = { database: BenchDatabase } | { missing: string } | { failed: string }

/** The database, or in a sentence why there is none and how to get it. */
async function startPostgres(): Promise<Postgres> {
  const advice = 'set DATABASE_URL, or run scripts/install-postgres.sh on Debian 12'
  const missing = process.env.DATABASE_URL ? undefined : missingForThrowawayPostgres()
  if (missing !== undefined) return { missing: `${missing}: ${advice}` }
  try {
    return { database: await openPostgres(process.env.DATABASE_URL) }
  } catch (error) {
    return { failed: `PostgreSQL could not be started: ${(error as Error).message}` }
  }
}

function print(run: Omit<SavedRun, 'format'>, earlier: SavedRun | undefined): void {
  const before = earlier && new Map(earlier.figures.map((figure) => [figure.id, figure as Figure]))
  const figures = run.figures as Figure[]
  const [loadBefore, loadAfter] = run.load.map((value) => value.toFixed(1))
  console.log(`- ${run.plan} run, ${run.seconds} s, load of the machine ${loadBefore} before and ${loadAfter} after it`)
  if ((run.load[0] ?? 0) > cpus().length) {
    console.log(
      `- other programs used the ${cpus().length} cores when the run began: times are upper bounds, rates lower ones`,
    )
  }
  if (earlier)
    console.log(`- against ${earlier.commit}, ${earlier.plan} run of ${earlier.startedAt}, on ${earlier.machine}`)
  console.log(`\n${showFigures(figures, before)}\n`)
  const reasons = showReasons(figures)
  if (reasons !== '') console.log(`${reasons}\n`)
  if (before) console.log(`${showChanges(figures, before)}\n`)
}
