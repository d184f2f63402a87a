/** Memory of an api and a worker process on PostgreSQL: idle after their start, and under load. */
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../../scripts/random.ts'
import { type BenchServer, startBenchServer } from '../bench-servers.ts'
import { makeProduct } from '../products.ts'
import { anEvent, connectShop } from '../shop.ts'
import { makeChanges } from '../sync.ts'
import { sendInBatches } from './apply.ts'
import type { PartRun } from './part.ts'
import { pssMbOf } from './processes.ts'

const SEED = 20_251_130
const IDLE_SAMPLES = 3
const SAMPLE_MS = 250

export async function measureMemory(run: PartRun): Promise<void> {
  const { products, idleSeconds } = run.plan.memory
  for (const database of run.databases.filter(({ kind }) => kind === 'postgres')) {
    const installation = await database.create()
    const servers: BenchServer[] = []
    try {
      for (const role of ['api', 'worker']) servers.push(await startBenchServer(installation.settings, { ROLE: role }))
      const [api] = servers
      if (!api) throw new Error('no api process')
      const parts = () => servers.map(({ pid }) => pssMbOf(pid))
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
      const each = (values: number[]) => `api ${values[0]?.toFixed(0)} MB, worker ${values[1]?.toFixed(0)} MB`

      const idle: number[][] = []
      for (let sample = 0; sample < IDLE_SAMPLES; sample += 1) {
        await delay((idleSeconds * 1000) / IDLE_SAMPLES)
        idle.push(parts())
      }
      const shop = connectShop(api.url, await api.makeToken())
      const random = createRandom(SEED)
      const made = Array.from({ length: products }, (_, i) => makeProduct(i + 1, random))
      let highest = parts()
      const timer = setInterval(() => {
        const now = parts()
        if (sum(now) > sum(highest)) highest = now
      }, SAMPLE_MS)
      try {
        const first = made.map(({ product }) => anEvent('backfill', product))
        await sendInBatches(shop, first)
        await shop.searchable(first)
        const { events } = makeChanges(made, random, 2 * products)
        await sendInBatches(shop, events)
        await shop.searchable(events)
      } finally {
        clearInterval(timer)
      }
      run.record('memory/postgres/idle', idle.map(sum), {
        conditions: `${idleSeconds} s after the start`,
        because: each(idle.at(-1) ?? []),
      })
      run.record('memory/postgres/load', [sum(highest)], {
        conditions: `${products} products and ${2 * products} changes in batches over 4 connections`,
        because: each(highest),
      })
    } finally {
      for (const server of servers) await server.stop()
      await installation.remove()
    }
  }
}
