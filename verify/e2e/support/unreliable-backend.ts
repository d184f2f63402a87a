/**
 * A proxy between a shop and the real server that interrupts the connection in each way that a network and a server can. It
 * counts the arriving requests, and records the accepted ones.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export type Mode =
  | { kind: 'forward' }
  /** The port has no listener. */
  | { kind: 'refuse' }
  /** Takes the request and never answers. */
  | { kind: 'hang' }
  /** Passes the request on, and cuts the connection instead of passing the answer back. */
  | { kind: 'cut' }
  /** A firewall: a page of its own for requests whose body matches; all other requests pass. */
  | { kind: 'firewall'; pattern: RegExp }
  | { kind: 'answer'; status: number; body?: string; headers?: Record<string, string> }

export interface SentEvent {
  event_id: string
  event_type: string
  version: number
  source: string
  product: { id: number; name: string; price: string; product_hash: string; [field: string]: unknown }
}

export interface Recorded {
  path: string
  headers: IncomingMessage['headers']
  body: string
  /** The events in it; empty for requests that carry none. */
  events: SentEvent[]
  /** The status answered; null while it hangs, and for a cut connection. */
  status: number | null
  at: number
}

export class UnreliableBackend {
  readonly requests: Recorded[] = []
  private mode: Mode = { kind: 'forward' }
  private hanging = new Set<ServerResponse>()
  /** Called before a request is dealt with: what a scenario does in the middle of a send. */
  onRequest: ((recorded: Recorded) => Promise<void> | void) | undefined

  readonly port: number
  private readonly server: Server
  private readonly target: string

  private constructor(server: Server, target: string, port: number) {
    this.server = server
    this.target = target
    this.port = port
  }

  static async start(target: string): Promise<UnreliableBackend> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    const proxy = new UnreliableBackend(server, target, address.port)
    server.on('request', (request, response) => {
      proxy.handle(request, response).catch((error: Error) => response.destroy(error))
    })
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** All events that the shop has sent, taken or not. */
  get events(): SentEvent[] {
    return this.requests.flatMap((request) => request.events)
  }

  /** Those that were answered with a 2xx. */
  get taken(): SentEvent[] {
    return this.requests.flatMap(({ status, events }) => (status !== null && status < 300 ? events : []))
  }

  forget(): void {
    this.requests.length = 0
  }

  async set(mode: Mode): Promise<void> {
    this.mode = mode
    if (mode.kind !== 'hang') for (const response of this.hanging) response.destroy()
    if (mode.kind === 'refuse' && this.server.listening) {
      const closed = once(this.server, 'close')
      this.server.close()
      this.server.closeAllConnections()
      await closed
    } else if (mode.kind !== 'refuse' && !this.server.listening) {
      this.server.listen(this.port, '127.0.0.1')
      await once(this.server, 'listening')
    }
  }

  async stop(): Promise<void> {
    await this.set({ kind: 'refuse' })
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const { url: path = '/', headers } = request
    const recorded: Recorded = { path, headers, body, events: readEvents(path, body), status: null, at: Date.now() }
    this.requests.push(recorded)
    await this.onRequest?.(recorded)

    const mode = this.mode
    if (mode.kind === 'hang') {
      this.hanging.add(response)
      response.once('close', () => this.hanging.delete(response))
      return
    }
    if (mode.kind === 'firewall' && mode.pattern.test(body)) {
      recorded.status = 403
      response.writeHead(403, { 'content-type': 'text/html' })
      response.end('<h1>Request blocked</h1>')
      return
    }
    if (mode.kind === 'answer') {
      recorded.status = mode.status
      response.writeHead(mode.status, { 'content-type': 'application/problem+json', ...mode.headers })
      response.end(mode.body ?? JSON.stringify({ error: 'made_up', detail: 'A made-up answer.' }))
      return
    }
    const answer = await this.pass(request, body)
    if (mode.kind === 'cut') {
      response.destroy()
      return
    }
    recorded.status = answer.status
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  }

  private async pass(request: IncomingMessage, body: string) {
    const { method = 'GET', url = '/' } = request
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === 'string' && !['host', 'connection', 'content-length', 'expect'].includes(name))
        headers.set(name, value)
    }
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const answer = await fetch(`${this.target}${url}`, { method, headers, ...(hasBody && { body }) })
    const passed: Record<string, string> = {}
    for (const name of ['content-type', 'retry-after']) {
      const value = answer.headers.get(name)
      if (value !== null) passed[name] = value
    }
    return { status: answer.status, headers: passed, body: Buffer.from(await answer.arrayBuffer()) }
  }
}

function readEvents(path: string, body: string): SentEvent[] {
  if (!path.includes('/webhook')) return []
  try {
    const parsed = JSON.parse(body) as SentEvent | { events: SentEvent[] }
    return 'events' in parsed ? parsed.events : [parsed]
  } catch {
    return []
  }
}
