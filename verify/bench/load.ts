/**
 * The load: a process of its own that keeps one request in flight on each of many connections, for a given time.
 *
 * It writes prepared bytes, in which only digits are replaced, and reads no more of an answer than its status and length,
 * so that as much as can be of the machine is left to the server and its database. Connections are made before the clock starts and kept.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { bodyLength, createRequest } from './load-request.ts'

export interface LoadOrder {
  url: string
  path: string
  token: string
  connections: number
  seconds: number
  /** Events in one request; 1 without. More than 1 needs the address for batches. */
  batch?: number
}

export interface LoadResult {
  requests: number
  /** Answers by HTTP status. */
  statuses: Record<string, number>
  seconds: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  /** CPU time of this process, as a share of one core. */
  ownCpu: number
  bodyBytes: number
}

// Ids go on from round to round: no event of a run is ever a duplicate.
let lastId = 1_000_000_000
let sockets: Socket[] = []

async function load(order: LoadOrder): Promise<LoadResult> {
  await openConnections(order)
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const until = startedAt + order.seconds * 1000
  await Promise.all(
    sockets.map(async (socket) => {
      const { withId } = createRequest(order)
      const batch = order.batch ?? 1
      while (performance.now() < until) {
        const firstId = lastId + 1
        lastId += batch
        const sentAt = performance.now()
        const status = await ask(socket, withId(firstId))
        latencies.push(performance.now() - sentAt)
        statuses[status] = (statuses[status] ?? 0) + 1
      }
    }),
  )
  const elapsedMs = performance.now() - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return {
    requests: latencies.length,
    statuses,
    seconds: elapsedMs / 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    ownCpu: (cpu.user + cpu.system) / 1000 / elapsedMs,
    bodyBytes: bodyLength,
  }
}

/**
 * New connections, as the server closes idle ones. One answer on each before the clock starts: a server accepts one connection a turn
 * of its event loop.
 */
async function openConnections({ url, connections }: LoadOrder): Promise<void> {
  for (const socket of sockets) socket.destroy()
  const { hostname, port, host } = new URL(url)
  sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      await once(socket, 'connect')
      await ask(socket, Buffer.from(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`))
      return socket
    }),
  )
}

/** Sends one request and resolves with the status when its answer is complete. */
function ask(socket: Socket, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const read = (data: Buffer) => {
      received = received.length > 0 ? Buffer.concat([received, data]) : data
      if (!isComplete(received)) return
      settle()
      resolve(received.toString('latin1', 9, 12))
    }
    const fail = (error?: Error) => {
      settle()
      reject(error ?? new Error('the server hung up'))
    }
    const settle = () => socket.off('data', read).off('error', fail).off('close', fail)
    socket.on('data', read).on('error', fail).on('close', fail)
    socket.write(request)
  })
}

/** All answers of the server to these requests carry Content-Length. */
function isComplete(answer: Buffer): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.toString('latin1', 0, end))?.[1]
  return answer.length >= end + 4 + Number(length ?? 0)
}

process.on('message', (order: LoadOrder) => {
  load(order).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ error: `${order.url}${order.path}: ${error}` }),
  )
})
process.on('disconnect', () => process.exit(0))
