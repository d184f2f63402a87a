import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type BenchDatabase, type BenchServer, startBenchServer } from './bench-servers.ts'
import { number, quantile, table } from './report.ts'

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000)
/** Almost 1 MB, which gzip cannot make small. */
const BALLAST_BYTES = 735_000
const WATCH_MS = 25

/** Measures the memory of a backup and an export of large events, and the wait of other requests meanwhile. */
export async function benchBackup(database: BenchDatabase): Promise<void> {
  const installation = await database.create()
  try {
    const server = await startBenchServer(installation.settings)
    try {
      await fill(server)
      await server.quiet(600_000)
      const lines: string[][] = []
      for (const [name, path] of [
        ['backup', '/api/v1/backup/'],
        ['export', '/api/v1/tenants/1/export/'],
      ] as const) {
        lines.push([name, ...(await measure(server, path))])
      }
      console.log(`### Backup: ${number(EVENTS)} events of ${number((BALLAST_BYTES * 4) / 3 / 1000)} KB\n`)
      const titles = [
        '',
        'answer, MB',
        'seconds',
        'memory before, MB',
        'peak, MB',
        'others: p50, ms',
        'p99, ms',
        'slowest, ms',
      ]
      console.log(`${table(titles, lines)}\n`)
    } finally {
      await server.stop()
    }
  } finally {
    await installation.remove()
  }
}

async function fill(server: BenchServer): Promise<void> {
  const token = await server.makeToken()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  for (let sent = 0; sent < EVENTS; sent += 4) {
    const events = Array.from({ length: Math.min(4, EVENTS - sent) }, (_, at) => ({
      event_id: `large-${sent + at}`,
      event_type: 'product.deleted',
      product: { id: sent + at + 1 },
      ballast: randomBytes(BALLAST_BYTES).toString('base64'),
    }))
    const body = JSON.stringify({ events })
    const answer = await fetch(`${server.url}/api/integrations/woocommerce/webhook/batch/`, {
      method: 'POST',
      headers,
      body,
    })
    if (answer.status !== 202) throw new Error(`a batch was answered ${answer.status}`)
    await answer.arrayBuffer()
  }
}

async function measure(server: BenchServer, path: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${server.adminKey}` }
  const before = await server.memoryMb()
  const startedAt = performance.now()
  let bytes = 0
  let isOver = false
  const reading = (async () => {
    const answer = await fetch(`${server.url}${path}`, { headers })
    if (!answer.ok || !answer.body) throw new Error(`${path} was answered ${answer.status}`)
    for await (const chunk of answer.body) bytes += chunk.length
  })().finally(() => {
    isOver = true
  })
  let peak = before
  const waited: number[] = []
  while (!isOver) {
    const askedAt = performance.now()
    const answer = await fetch(`${server.url}/readyz`)
    await answer.arrayBuffer()
    waited.push(performance.now() - askedAt)
    peak = Math.max(peak, await server.memoryMb())
    await delay(WATCH_MS)
  }
  await reading
  const seconds = (performance.now() - startedAt) / 1_000
  return [
    number(bytes / 1e6),
    seconds.toFixed(1),
    number(before),
    number(peak),
    ...[quantile(waited, 0.5), quantile(waited, 0.99), Math.max(...waited)].map((ms) => ms.toFixed(0)),
  ]
}
