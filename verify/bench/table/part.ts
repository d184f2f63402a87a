/** The input of a part of the table, and the readings that several parts share. */
import type { BenchDatabase, BenchServer } from '../bench-servers.ts'
import type { BenchEvent, connectShop } from '../shop.ts'
import type { Facts } from './figures.ts'
import type { Plan } from './plans.ts'
import { cpuMsOf, findPostmaster, postgresCpuMs } from './processes.ts'

export interface PartRun {
  plan: Plan
  databases: BenchDatabase[]
  /** Keeps the samples of a figure. They count only if the part ends without an error. */
  record(id: string, samples: number[], facts: Facts): void
}

/** CPU time of PostgreSQL; always 0 for the embedded database, which is a part of the server's process. */
export async function databaseCpu({ url }: BenchDatabase): Promise<() => number> {
  if (url === undefined) return () => 0
  const postmaster = await findPostmaster(url)
  return () => postgresCpuMs(postmaster)
}

export interface CpuUsed {
  server: number
  database: number
}

/** Starts to measure; the returned function gives the CPU time since, in ms. */
export function startCpu(server: Pick<BenchServer, 'pid'>, readDatabase: () => number): () => CpuUsed {
  const before = { server: cpuMsOf(server.pid), database: readDatabase() }
  return () => ({ server: cpuMsOf(server.pid) - before.server, database: readDatabase() - before.database })
}

/** CPU time an event, as the reason of a missed target tells it. */
export function describeCpu(used: CpuUsed[], events: number): string {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length / events
  const server = `server ${mean(used.map((each) => each.server)).toFixed(2)} ms of CPU an event`
  const database = mean(used.map((each) => each.database))
  return database === 0 ? server : `${server}, PostgreSQL ${database.toFixed(2)}`
}

/** The sum of a counter's or gauge's values in /metrics. */
export async function readMetric(server: Pick<BenchServer, 'url'>, name: string, label = ''): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const lines = [...text.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)`, 'gm'))]
  return lines.filter(([, labels = '']) => labels.includes(label)).reduce((sum, [, , value]) => sum + Number(value), 0)
}

/** Products that are asked about while the others are in work. */
const SAMPLE = 20
/** The last of all events, of which the sample is taken. */
const LAST_EVENTS = 400
const SAMPLE_POLL_MS = 50
const PATIENCE_MS = 180_000

/**
 * Resolves when all events are searchable. It first polls some of the last products: polling 500 products takes a tenth of the CPU of the
 * work that is measured.
 */
export async function untilSearchable(
  shop: ReturnType<typeof connectShop>,
  events: BenchEvent[],
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const latest = [...new Map(events.map((event) => [event.product.id, event])).values()]
  const last = latest.toSorted((a, b) => a.version - b.version).slice(-LAST_EVENTS)
  const distance = Math.ceil(last.length / SAMPLE)
  const sample = last.filter((_, at) => at % distance === 0)
  await shop.searchable(sample, patienceMs, SAMPLE_POLL_MS)
  await shop.searchable(latest, patienceMs)
}
