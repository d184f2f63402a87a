import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ChildServer, startChild } from '../../support/child-server.ts'
import { anUpdate } from '../../support/events.ts'
import { signedIn } from '../../support/people.ts'
import { connected, openSocket } from '../../support/raw-http.ts'
import {
  ADMIN_API_KEY,
  call,
  type FreshDatabase,
  freshDatabase,
  type Shop,
  shopOf,
  startTestServer,
} from '../../support/test-server.ts'

const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const LARGE = 'x'.repeat(10_000_000)

/** In a process of its own: in one process a client reads the answer before it writes on, and nothing of this can be seen. */
let server: ChildServer
let database: FreshDatabase
let shop: Shop
let cookie: string

beforeAll(async () => {
  database = await freshDatabase('prepared')
  server = await startChild({ ...database.env, ADMIN_API_KEY, EMBEDDING_PROVIDER: 'offline' })
  const admin = (method: string, path: string, body?: unknown) =>
    call(server.url, method, path, { authorization: `Bearer ${ADMIN_API_KEY}` }, body)
  const token = { integration_type: 'woocommerce', name: 'Early' }
  shop = shopOf(server.url, (await admin('POST', '/api/v1/integrations/tokens/generate/', token)).body)
  cookie = (await signedIn({ url: server.url, admin }, 'owner')).cookie
})
afterAll(async () => {
  await server.stop()
  await database.remove()
})

const post = async (path: string, body: string | ReadableStream, headers: Record<string, string>) => {
  const streamed = typeof body === 'string' ? {} : { duplex: 'half' }
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body, ...streamed } as RequestInit)
  return { status: response.status, body: (await response.json()) as { status: number; detail: string } }
}
const chunked = () => new Response(LARGE).body as ReadableStream
const byToken = () => ({ authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' })

test('fetch reads the 413 of a body of 10 MB, 20 times of 20, with its length announced and without', async () => {
  for (let times = 0; times < 20; times += 1) {
    expect((await post(WEBHOOK, LARGE, byToken())).status).toBe(413)
    expect((await post(WEBHOOK, chunked(), byToken())).status).toBe(413)
  }
})

test('every refusal that comes before the body has arrived reaches a client that is still sending', async () => {
  const json = { 'content-type': 'application/json' }
  const refusals: [status: number, path: string, headers: Record<string, string>][] = [
    [401, WEBHOOK, json],
    [401, WEBHOOK, { ...json, authorization: 'Bearer nonsense' }],
    [403, '/api/v1/stores/', { ...json, cookie, origin: 'https://evil.example' }],
    [413, '/nowhere', json],
    [400, '/%zz', json],
    [413, '/api/auth/sign-in/email', json],
    [415, WEBHOOK, { ...byToken(), 'content-type': 'text/plain' }],
    [415, '/reset-password', json],
    [400, WEBHOOK, { ...byToken(), host: 'a:b@c' }],
  ]
  for (const [status, path, headers] of refusals) {
    if (headers.host === undefined) {
      for (const body of [LARGE, chunked()]) {
        const answer = await post(path, body, headers)
        expect([answer.status, answer.body.status], `${status} ${path}`).toEqual([status, status])
      }
    }
    const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    const announced = `POST ${path} HTTP/1.1\r\n${lines.join('')}content-length: ${LARGE.length}\r\n\r\n`
    expect((await sendAll(announced, LARGE)).status, `${status} ${path}`).toBe(status)
  }
})

test('a client that sends 5 MB of header before it reads gets the 431', async () => {
  const head = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: `
  expect((await sendAll(head, 'x'.repeat(5_000_000))).status).toBe(431)
  expect((await sendAll('hello\r\n\r\n', 'x'.repeat(5_000_000))).status).toBe(400)
})

test('a client over its rate limit gets the 429 while it still sends its body', async () => {
  const strict = await startTestServer({ RATE_LIMIT_PER_SECOND: '0.1', RATE_LIMIT_BURST: '1' })
  const statuses = new Set<number>()
  for (let times = 0; times < 6; times += 1) {
    const response = await fetch(`${strict.url}${WEBHOOK}`, { method: 'POST', body: LARGE })
    statuses.add(response.status)
  }
  expect([...statuses].every((status) => status === 401 || status === 429)).toBe(true)
  expect(statuses.has(429)).toBe(true)
  await strict.stop()
})

test('after the answer at most 32 MB are read on, and then the connection is cut', async () => {
  const socket = await connected(openSocket(server.url))
  socket.write(`POST ${WEBHOOK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n`)
  const answer = firstAnswer(socket)
  const piece = Buffer.alloc(1_000_000, 0x20)
  let sent = 0
  await new Promise<void>((resolve) => {
    const pour = () => {
      while (socket.writable && sent < 500e6) {
        sent += piece.length
        if (!socket.write(piece)) return
      }
      if (sent >= 500e6) resolve()
    }
    socket.on('drain', pour).once('close', resolve)
    pour()
  })
  expect((await answer).status).toBe(401)
  expect(sent).toBeGreaterThan(30e6)
  // The buffers of both operating systems come on top.
  expect(sent).toBeLessThan(100e6)
})

test('a client that sends slowly or nothing after the answer is disconnected', async () => {
  const starts = [
    'Content-Length: 1000000\r\n\r\n{',
    'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    'Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n',
  ]
  const sockets = await Promise.all(starts.map(() => connected(openSocket(server.url))))
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
  const answers = sockets.map(firstAnswer)
  for (const [index, socket] of sockets.entries()) {
    socket.write(`POST ${WEBHOOK} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${starts[index]}`)
  }
  const dripping = setInterval(() => {
    if (sockets[0]?.writable) sockets[0].write(' ')
    if (sockets[1]?.writable) sockets[1].write('1\r\n \r\n')
  }, 300)
  expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([401, 401, 401])
  await closed
  clearInterval(dripping)
})

test('the rest of a refused body does not keep a connection open without end', async () => {
  const socket = await connected(openSocket(server.url))
  const answer = firstAnswer(socket)
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n')
  const dripping = setInterval(() => {
    if (socket.writable) socket.write('1\r\n \r\n')
  }, 300)
  expect((await answer).status).toBe(200)
  await once(socket, 'close')
  clearInterval(dripping)
})

test('a connection whose refused body has arrived whole accepts the next request', async () => {
  const socket = await connected(openSocket(server.url))
  const body = JSON.stringify(anUpdate({ name: 'Candle' }))
  const head = (credential: string) =>
    `POST ${WEBHOOK} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ${credential}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  const first = firstAnswer(socket)
  socket.write(`${head('nonsense')}${body.slice(0, 5)}`)
  expect((await first).status).toBe(401)
  const second = firstAnswer(socket)
  socket.write(body.slice(5))
  socket.write(`${head(shop.token)}${body}`)
  expect((await second).status).toBe(202)
  socket.destroy()
})

/** Writes all of it, however long that takes, and reads only then: as a simple client does. */
async function sendAll(head: string, body: string): Promise<{ status: number }> {
  const socket = await connected(openSocket(server.url))
  socket.pause()
  socket.write(head)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.write(body, (error) => (error ? reject(error) : resolve()))
  })
  const answer = firstAnswer(socket)
  socket.resume()
  const { status } = await answer
  socket.destroy()
  return { status }
}

function firstAnswer(socket: Socket): Promise<{ status: number }> {
  return new Promise((resolve) => {
    let text = ''
    const done = () => {
      socket.off('data', read)
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]) })
    }
    const read = (chunk: Buffer) => {
      text += chunk
      const [head = '', body = ''] = text.split('\r\n\r\n')
      if (/^HTTP\/1\.1 100/.test(text)) text = text.slice(text.indexOf('\r\n\r\n') + 4)
      else if (text.includes('\r\n\r\n') && Buffer.byteLength(body) >= Number(/content-length: (\d+)/i.exec(head)?.[1]))
        done()
    }
    socket.on('data', read)
    socket.once('close', done)
  })
}
