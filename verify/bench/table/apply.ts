/** Price and stock changes of a shop whose products are in sync: from the first request until the last one is applied. */
import { createRandom } from '../../../scripts/random.ts'
import { startBenchServer } from '../bench-servers.ts'
import { makeProduct, withNewOffer } from '../products.ts'
import { anEvent, type BenchEvent, connectShop } from '../shop.ts'
import { type CpuUsed, databaseCpu, describeCpu, type PartRun, startCpu, untilSearchable } from './part.ts'

const BATCH_SIZE = 100
const CONNECTIONS = 4
const SEED = 20_251_127

type Shop = ReturnType<typeof connectShop>

export async function measureApply(run: PartRun): Promise<void> {
  const { rounds, products, changes } = run.plan.apply
  for (const database of run.databases) {
    const installation = await database.create()
    try {
      const server = await startBenchServer(installation.settings)
      try {
        const shop = connectShop(server.url, await server.makeToken())
        const readDatabase = await databaseCpu(database)
        const random = createRandom(SEED)
        let made = Array.from({ length: products }, (_, i) => makeProduct(i + 1, random))
        const first = made.map(({ product }) => anEvent('backfill', product))
        await sendInBatches(shop, first)
        await shop.searchable(first)
        await server.quiet(60_000)
        const rates: number[] = []
        const used: CpuUsed[] = []
        for (let round = -1; round < rounds; round += 1) {
          const events: BenchEvent[] = []
          // Every product in turn, so that batches that are sent together have different products and none is superseded.
          for (let count = round < 0 ? Math.ceil(changes / 4) : changes; events.length < count; ) {
            made = made.map((each) => withNewOffer(each, random))
            for (const { product } of made.slice(0, count - events.length)) events.push(anEvent('live', product))
          }
          const cpu = startCpu(server, readDatabase)
          const startedAt = performance.now()
          await sendInBatches(shop, events)
          await untilSearchable(shop, events)
          const seconds = (performance.now() - startedAt) / 1000
          const cpuOfRound = cpu()
          // The first round, a quarter, warms up.
          if (round < 0) continue
          rates.push(events.length / seconds)
          used.push(cpuOfRound)
        }
        const facts = {
          conditions: `${products} products, ${rounds} × ${changes} changes, batches of ${BATCH_SIZE}, ${CONNECTIONS} connections, role all`,
          because: describeCpu(used, changes),
        }
        run.record(`apply/${database.kind}/rate`, rates, facts)
        const cpus = used.map((each) => (each.server + each.database) / changes)
        run.record(`apply/${database.kind}/cpu`, cpus, facts)
      } finally {
        await server.stop()
      }
    } finally {
      await installation.remove()
    }
  }
}

/** Sends batches over several connections at once. */
export async function sendInBatches(shop: Shop, events: BenchEvent[], connections = CONNECTIONS): Promise<void> {
  let at = 0
  const next = () => {
    const batch = events.slice(at, at + BATCH_SIZE)
    at += BATCH_SIZE
    return batch
  }
  const send = async () => {
    for (let batch = next(); batch.length > 0; batch = next()) await shop.sendBatch(batch)
  }
  await Promise.all(Array.from({ length: connections }, send))
}
