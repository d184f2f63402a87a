/** The first sync of a large shop with offline embeddings: products a second, and the memory of the server meanwhile. */
import { createRandom } from '../../../scripts/random.ts'
import { type BenchDatabase, startBenchServer } from '../bench-servers.ts'
import { makeProduct } from '../products.ts'
import { anEvent, type BenchEvent, connectShop } from '../shop.ts'
import { type CpuUsed, databaseCpu, describeCpu, type PartRun, startCpu, untilSearchable } from './part.ts'
import { SIZES_OF_TARGETS } from './plans.ts'
import { pssMbOf } from './processes.ts'

const BATCH_SIZE = 100
const SEED = 20_251_129
const MEMORY_EVERY_MS = 500
const PATIENCE_MS = 30 * 60_000

interface Synced {
  seconds: number
  cpu: CpuUsed
  /** PSS in MB, in order. */
  memory: number[]
}

export async function measureFirstSync(run: PartRun): Promise<void> {
  const { products } = run.plan.firstSync
  for (const database of run.databases) {
    const { seconds, cpu, memory } = await syncShop(database, products)
    const because = describeCpu([cpu], products)
    const conditions = `${products} products, batches of ${BATCH_SIZE}, offline, role all`
    const isSmaller = products < SIZES_OF_TARGETS.firstSyncProducts
    run.record(`first-sync/${database.kind}/rate`, [products / seconds], { conditions, because, isSmaller })
    const quarter = (number: number) =>
      Math.max(...memory.slice(Math.floor((memory.length * (number - 1)) / 4), Math.ceil((memory.length * number) / 4)))
    run.record(`first-sync/${database.kind}/flat`, [quarter(4) / quarter(2)], {
      conditions,
      isSmaller,
      because: `highest PSS of the quarters: ${[1, 2, 3, 4].map((number) => quarter(number).toFixed(0)).join(', ')} MB`,
    })
    run.record(`first-sync/${database.kind}/memory`, [Math.max(...memory)], {
      conditions,
      because: `lowest ${Math.min(...memory).toFixed(0)} MB`,
      isSmaller: products < SIZES_OF_TARGETS.memoryProducts,
    })
  }
}

async function syncShop(database: BenchDatabase, products: number): Promise<Synced> {
  const installation = await database.create()
  try {
    const server = await startBenchServer(installation.settings)
    try {
      const shop = connectShop(server.url, await server.makeToken())
      const random = createRandom(SEED)
      const memory: number[] = []
      const timer = setInterval(() => memory.push(pssMbOf(server.pid)), MEMORY_EVERY_MS)
      try {
        const cpu = startCpu(server, await databaseCpu(database))
        const startedAt = performance.now()
        // One request at a time, as the plugin sends. Only ids and versions are kept: the products of a large shop fill the memory.
        const sent: BenchEvent[] = []
        for (let id = 1; id <= products; id += BATCH_SIZE) {
          const batch = Array.from({ length: Math.min(BATCH_SIZE, products - id + 1) }, (_, i) =>
            anEvent('backfill', makeProduct(id + i, random).product),
          )
          await shop.sendBatch(batch)
          for (const event of batch) sent.push({ ...event, product: { id: event.product.id } })
        }
        await untilSearchable(shop, sent, PATIENCE_MS)
        memory.push(pssMbOf(server.pid))
        return { seconds: (performance.now() - startedAt) / 1000, cpu: cpu(), memory }
      } finally {
        clearInterval(timer)
      }
    } finally {
      await server.stop()
    }
  } finally {
    await installation.remove()
  }
}
