/** Time from the start of the process until the embedded server serves: in a new directory, and in one that it has made before. */
import { startServerProcess } from '../../../scripts/server-process.ts'
import { median } from '../report.ts'
import type { PartRun } from './part.ts'
import { cpuMsOf } from './processes.ts'

export async function measureStart(run: PartRun): Promise<void> {
  const { first, warm } = run.plan.start
  for (const database of run.databases.filter(({ kind }) => kind === 'embedded')) {
    const times: { first: Start[]; warm: Start[] } = { first: [], warm: [] }
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
    record(run, 'first', times.first, 'a new directory, offline embeddings')
    record(run, 'warm', times.warm, 'an empty catalogue, offline embeddings')
  }
}

function record(run: PartRun, what: 'first' | 'warm', starts: Start[], conditions: string): void {
  const seconds = starts.map((start) => start.seconds)
  const cpu = median(starts.map((start) => start.cpuSeconds)).toFixed(1)
  const because = `the process used ${cpu} s of CPU until then`
  run.record(`start/embedded/${what}`, seconds, { conditions, because })
}

/** Seconds until the server says that it is ready, and its CPU time until then. */
interface Start {
  seconds: number
  cpuSeconds: number
}

async function timeStart(settings: Record<string, string>): Promise<Start> {
  const startedAt = performance.now()
  const server = await startServerProcess({
    settings: { LOG_LEVEL: 'warn', EMBEDDING_PROVIDER: 'offline', ...settings },
  })
  const seconds = (performance.now() - startedAt) / 1000
  const cpuSeconds = cpuMsOf(server.child.pid ?? 0) / 1000
  await server.stop()
  return { seconds, cpuSeconds }
}
