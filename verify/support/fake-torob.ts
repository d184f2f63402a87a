import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Request {
  authorization: string
  items: { page_url: string; page_unique: string }[]
  atMs: number
}

/** A false webhook of Torob. It answers with the statuses in `next` in their order, then 200. */
export interface FakeTorob {
  url: string
  requests: Request[]
  next: { status: number; headers?: Record<string, string> }[]
  stop(): Promise<void>
}

export async function startFakeTorob(): Promise<FakeTorob> {
  const requests: Request[] = []
  const next: FakeTorob['next'] = []
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { items } = JSON.parse(Buffer.concat(parts).toString())
    requests.push({ authorization: request.headers.authorization ?? '', items, atMs: performance.now() })
    const { status, headers = {} } = next.shift() ?? { status: 200 }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(status === 200 ? { message: 'success' } : { error: 'no' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/update/webhook/v1/`,
    requests,
    next,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
