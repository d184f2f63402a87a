/** Sends a request as it is: `fetch` would put right most of what is wrong with ours. */
import { Agent, type ClientRequest, type IncomingHttpHeaders, request as startRequest } from 'node:http'

export interface WireRequest {
  method: string
  /** Path and query, as they go over the wire. */
  path: string
  headers: Record<string, string | string[]>
  body: Buffer | null
}

export interface WireAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  ms: number
}

export interface HttpClient {
  /** @throws {Error} when the connection ends or nothing comes for 30 s */
  send(request: WireRequest): Promise<WireAnswer>
  close(): void
}

const PATIENCE_MS = 30_000

export function createHttpClient(url: string, connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(url)
  const send = (wire: WireRequest): Promise<WireAnswer> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now()
      let sent: ClientRequest
      try {
        const headers = { ...wire.headers, ...(wire.body && { 'content-length': String(wire.body.length) }) }
        sent = startRequest({ agent, hostname, port, method: wire.method, path: wire.path, headers })
      } catch (error) {
        reject(error)
        return
      }
      sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error(`no answer for ${PATIENCE_MS / 1000} s`)))
      sent.once('error', (error: Error & { code?: string }) => {
        // A kept connection that the server closed just now says nothing about this request: every client asks again.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(send(wire))
        else reject(error)
      })
      sent.once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            ms: performance.now() - startedAt,
          }),
        )
      })
      sent.end(wire.body ?? undefined)
    })
  return {
    send,
    close: () => agent.destroy(),
  }
}

/** For what the fuzzer itself needs of the server: JSON in, JSON out. @throws {Error} any other status than 2xx */
export async function askJson(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<{ headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
  return { headers: response.headers, body: text ? JSON.parse(text) : {} }
}
