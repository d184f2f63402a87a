/**
 * The usual job queue: lists in the memory of a process of its own, as Redis is used by Celery, Sidekiq and Laravel. A job
 * is gone from the list when a worker takes it. The campaign never kills it, which is kinder than life.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'

export interface Job {
  eventRowId: number
  tries: number
  /** Not before this time from now. */
  delayMs: number
}

export interface Broker {
  readonly url: string
  /** Jobs that no worker has taken, those that wait for their next try included. */
  waiting(): number
  close(): Promise<void>
}

/** A worker that finds nothing asks again after this. */
const LONG_POLL_MS = 5_000

export async function startBroker(): Promise<Broker> {
  const jobs: Job[] = []
  const takers = new Set<ServerResponse>()
  let resting = 0

  const hand = () => {
    for (const taker of takers) {
      const job = jobs.shift()
      if (!job) return
      takers.delete(taker)
      taker.end(JSON.stringify(job))
    }
  }
  const push = (job: Job) => {
    resting += 1
    setTimeout(() => {
      resting -= 1
      jobs.push(job)
      hand()
    }, job.delayMs)
  }

  const server = createServer(async (request, response) => {
    if (request.url === '/push') {
      push((await json(request)) as Job)
      response.end('{}')
      return
    }
    takers.add(response)
    // A client that disconnected while it waited must not get a job.
    response.once('close', () => takers.delete(response))
    setTimeout(() => {
      if (takers.delete(response)) response.end('null')
    }, LONG_POLL_MS)
    hand()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the broker has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    waiting: () => jobs.length + resting,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
