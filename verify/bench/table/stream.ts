/** A first sync and a stream of changes until everything is searchable: in batches, one event a request, and through LangChain. */
import { createRandom } from '../../../scripts/random.ts'
import { type FakeProvider, startFakeProvider } from '../../support/fake-embedding-provider.ts'
import type { BenchDatabase } from '../bench-servers.ts'
import { makeProduct } from '../products.ts'
import { DIMENSIONS, onProviderServer, PROVIDER_LATENCY_MS } from '../provider-server.ts'
import { median } from '../report.ts'
import { anEvent, type BenchEvent, connectShop } from '../shop.ts'
import { makeChanges } from '../sync.ts'
import { databaseCpu, describeCpu, type PartRun, startCpu, untilSearchable } from './part.ts'
import { LANGCHAIN_VARIANTS, type LangchainVariant, startLangchain } from './peers/langchain.ts'
import { SIZES_OF_TARGETS } from './plans.ts'

/** As many as the shop's plugin sends at once. */
const BATCH_SIZE = 100
const CONNECTIONS = 8
const SEED = 20_251_110
/** The catalogue of the single events has ids of its own. */
const SINGLE = { seed: 20_251_111, firstId: 1_000_000 }

interface Measured {
  seconds: number
  requests: number
  inputs: number
  repeats: number
  cpu: { server: number; database: number }
}

type Results = Map<string, Measured[]>

export async function measureStream(run: PartRun): Promise<void> {
  const results: Results = new Map()
  const keep = (name: string, measured: Measured) => results.set(name, [...(results.get(name) ?? []), measured])
  const { rounds, products, changes } = run.plan.stream
  for (let round = 0; round < rounds; round += 1) {
    for (const database of run.databases) {
      await measureFiko(run, database, keep)
      if (database.kind === 'embedded') continue
      for (const variant of LANGCHAIN_VARIANTS) {
        keep(`langchain-${variant}`, await measureLangchain(run, database, variant))
      }
    }
  }
  const conditions = `${products} products, ${changes} changes, provider ${PROVIDER_LATENCY_MS} ms, role all`
  const isSmaller = products < SIZES_OF_TARGETS.streamProducts
  for (const { kind } of run.databases) recordFiko(run, kind, results, { conditions, isSmaller })
  for (const variant of LANGCHAIN_VARIANTS) recordLangchain(run, `langchain-${variant}`, results, conditions)
}

async function measureFiko(run: PartRun, database: BenchDatabase, keep: (name: string, measured: Measured) => void) {
  await onProviderServer(database, async ({ server, provider }) => {
    const shop = connectShop(server.url, await server.makeToken())
    const readDatabase = await databaseCpu(database)
    const measure = (events: BenchEvent[][], send: (events: BenchEvent[]) => Promise<void>) =>
      measureWork(provider, startCpu(server, readDatabase), async () => {
        for (const each of events) {
          await send(each)
          await untilSearchable(shop, each)
        }
      })
    const inBatches = await measure(makeStream(run, SEED, 0), async (events) => {
      for (const batch of batchesOf(events)) await shop.sendBatch(batch)
    })
    keep(database.kind, inBatches)
    const one = await measure(makeStream(run, SINGLE.seed, SINGLE.firstId), async (events) => {
      const left = events[Symbol.iterator]()
      const connections = Array.from({ length: CONNECTIONS }, async () => {
        for (const event of left) await shop.send(event)
      })
      await Promise.all(connections)
    })
    keep(`${database.kind}-single`, one)
  })
}

async function measureLangchain(run: PartRun, database: BenchDatabase, variant: LangchainVariant): Promise<Measured> {
  const provider = await startFakeProvider({ latencyMs: PROVIDER_LATENCY_MS, dimensions: DIMENSIONS })
  const installation = await database.create()
  try {
    const settings = { databaseUrl: installation.settings.DATABASE_URL ?? '', providerUrl: provider.url }
    const peer = await startLangchain({ ...settings, variant, dimensions: DIMENSIONS })
    try {
      const readDatabase = await databaseCpu(database)
      return await measureWork(provider, startCpu(peer, readDatabase), async () => {
        for (const events of makeStream(run, SEED, 0)) {
          for (const batch of batchesOf(events)) await peer.index(batch)
        }
      })
    } finally {
      await peer.stop()
    }
  } finally {
    await installation.remove()
    await provider.close()
  }
}

/** The products of a first sync, then the changes. The same seed gives the same products and changes. */
function makeStream(run: PartRun, seed: number, firstId: number): [BenchEvent[], BenchEvent[]] {
  const random = createRandom(seed)
  const made = Array.from({ length: run.plan.stream.products }, (_, i) => makeProduct(firstId + i + 1, random))
  const first = made.map(({ product }) => anEvent('backfill', product))
  return [first, makeChanges(made, random, run.plan.stream.changes).events]
}

function batchesOf(events: BenchEvent[]): BenchEvent[][] {
  return Array.from({ length: Math.ceil(events.length / BATCH_SIZE) }, (_, at) =>
    events.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE),
  )
}

async function measureWork(provider: FakeProvider, cpu: () => Measured['cpu'], work: () => Promise<void>) {
  const before = { requests: provider.requests, inputs: provider.inputs.length }
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  const inputs = provider.inputs.slice(before.inputs)
  return {
    seconds,
    requests: provider.requests - before.requests,
    inputs: inputs.length,
    repeats: inputs.length - new Set(inputs).size,
    cpu: cpu(),
  }
}

interface Sizes {
  conditions: string
  isSmaller: boolean
}

function recordFiko(run: PartRun, kind: BenchDatabase['kind'], results: Results, { conditions, isSmaller }: Sizes) {
  const { products, changes } = run.plan.stream
  const [batched, single] = [results.get(kind) ?? [], results.get(`${kind}-single`) ?? []]
  const because = (measured: Measured[]) => {
    const cpu = describeCpu(
      measured.map((each) => each.cpu),
      products + changes,
    )
    const waiting = (median(measured.map(({ requests }) => requests)) * PROVIDER_LATENCY_MS) / 1000
    return `${cpu}; one request after the other, the provider alone takes ${waiting.toFixed(1)} s`
  }
  const keep = (what: string, samples: number[], of: Measured[]) =>
    run.record(`stream/${kind}/${what}`, samples, { conditions, isSmaller, because: because(of) })
  const of = (measured: Measured[], value: (each: Measured) => number) => measured.map(value)
  keep(
    'seconds',
    of(batched, (each) => each.seconds),
    batched,
  )
  keep(
    'requests',
    of(batched, (each) => each.requests),
    batched,
  )
  keep(
    'inputs',
    of(batched, (each) => each.inputs),
    batched,
  )
  keep(
    'repeats',
    of(batched, (each) => each.repeats),
    batched,
  )
  keep(
    'single-seconds',
    of(single, (each) => each.seconds),
    single,
  )
  keep(
    'single-requests',
    of(single, (each) => each.requests),
    single,
  )
  const cpuOf = ({ cpu }: Measured) => (cpu.server + cpu.database) / (products + changes)
  keep('single-cpu', of(single, cpuOf), single)
}

function recordLangchain(run: PartRun, system: string, results: Results, conditions: string): void {
  const measured = results.get(system)
  if (!measured) return
  const { products, changes } = run.plan.stream
  const own = results.get('postgres') ?? []
  const samples = {
    seconds: measured.map((each) => each.seconds),
    ratio: measured.map((each, round) => each.seconds / (own[round]?.seconds ?? Number.NaN)),
    requests: measured.map((each) => each.requests),
    inputs: measured.map((each) => each.inputs),
    repeats: measured.map((each) => each.repeats),
    cpu: measured.map(({ cpu }) => (cpu.server + cpu.database) / (products + changes)),
  }
  for (const [what, values] of Object.entries(samples)) run.record(`stream/${system}/${what}`, values, { conditions })
}
