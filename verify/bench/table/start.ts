/** Time from the start of the process until the embedded server serves: in a new directory, and in one that it has made before. */
import { startServerProcess } from '../../../scripts/server-process.ts'
import type { PartRun } from './part.ts'

export async function measureStart(run: PartRun): Promise<void> {
  const { first, warm } = run.plan.start
  for (const database of run.databases.filter(({ kind }) => kind === 'embedded')) {
    const times: { first: number[]; warm: number[] } = { first: [], warm: [] }
    for (let round = 0; round < first; round += 1) {
      const installation = await database.create()
      try {
        times.first.push(await timeStart(installation.settings))
        const warmHere = Math.ceil(warm / first)
        for (let again = 0; again < warmHere && times.warm.length < warm; again += 1) {
          times.warm.push(await timeStart(installation.settings))
        }
      } finally {
        await installation.remove()
      }
    }
    run.record('start/embedded/first', times.first, { conditions: 'a new directory, offline embeddings' })
    run.record('start/embedded/warm', times.warm, { conditions: 'an empty catalogue, offline embeddings' })
  }
}

/** Seconds until the server says that it is ready. */
async function timeStart(settings: Record<string, string>): Promise<number> {
  const startedAt = performance.now()
  const server = await startServerProcess({
    settings: { LOG_LEVEL: 'warn', EMBEDDING_PROVIDER: 'offline', ...settings },
  })
  const seconds = (performance.now() - startedAt) / 1000
  await server.stop()
  return seconds
}
