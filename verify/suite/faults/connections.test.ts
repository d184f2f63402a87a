import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const OF_AN_ADDRESS = 1_000
const IN_ALL = 5_000

let server: TestServer
let shop: Shop
/** Trusts 127.0.0.9 as a proxy. */
let behindProxy: TestServer
const opened: Socket[] = []

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
  behindProxy = await startTestServer({ TRUSTED_PROXIES: '127.0.0.9' })
})
afterAll(async () => {
  await server.stop()
  await behindProxy.stop()
})

/** On Linux all of 127.0.0.0/8 are addresses of this machine. */
function from(address: string, url = server.url): Socket {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: address })
  socket.on('error', () => undefined)
  opened.push(socket)
  return socket
}

/** Sends a request and resolves with the answer's head, or with '' when the connection is closed without one. */
function ask(socket: Socket, path = '/healthz', headers = ''): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const read = (chunk: Buffer) => {
      text += chunk
      if (!text.includes('\r\n\r\n')) return
      socket.off('data', read)
      resolve(text.slice(0, text.indexOf('\r\n\r\n')))
    }
    socket.on('data', read)
    socket.once('close', () => resolve(text))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)
  })
}

const HEALTH = '/api/integrations/woocommerce/health/'
const bearing = (token: string) => `Authorization: Bearer ${token}\r\n`

async function idle(
  count: number,
  address: string,
  url = server.url,
  path = '/healthz',
  headers = '',
): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(250, count - sockets.length) }, () => from(address, url))
    await Promise.all(some.map((socket) => ask(socket, path, headers)))
    sockets.push(...some)
  }
  return sockets
}

const openOf = (sockets: Socket[]) => sockets.filter((socket) => !socket.closed).length
const close = (sockets: Socket[]) => {
  for (const socket of sockets) socket.destroy()
}

test('5,000 idle connections of one address leave others served, and new ones of the same address, too', async () => {
  const greedy = await idle(IN_ALL, '127.0.0.2')
  for (let times = 0; times < 34; times += 1) {
    for (const address of ['127.0.0.3', '127.0.0.2']) {
      const socket = from(address)
      expect(await ask(socket), address).toContain('200 OK')
      socket.destroy()
    }
  }
  expect((await shop.send(anUpdate())).status).toBe(202)
  close(greedy)
})

test('an address has a thousand connections, with valid credentials too: a new one takes the place of the one idle longest', async () => {
  // These are kept for 65 s, so that nothing but the limit closes them. (A shop is no person: a 403, without work for the database.)
  const crowd = await idle(OF_AN_ADDRESS + 200, '127.0.0.6', server.url, '/api/v1/me/', bearing(shop.token))
  await waitFor('200 to be closed', async () => openOf(crowd) === OF_AN_ADDRESS)
  // They were opened 250 at a time: those closed are of the first 250.
  expect(openOf(crowd.slice(250))).toBe(OF_AN_ADDRESS + 200 - 250)
  const anonymous = from('127.0.0.6')
  expect(await ask(anonymous)).toContain('200 OK')
  await waitFor('one more to be closed', async () => openOf(crowd) === OF_AN_ADDRESS - 1)
  close([anonymous, ...crowd])
})

test('idle connections of many addresses make room for new ones', async () => {
  const greedy: Socket[] = []
  for (let address = 10; address < 16; address += 1) greedy.push(...(await idle(900, `127.0.1.${address}`)))
  for (let times = 0; times < 20; times += 1) {
    const socket = from('127.0.0.3')
    expect(await ask(socket)).toContain('200 OK')
    socket.destroy()
  }
  expect((await shop.send(anUpdate())).status).toBe(202)
  close(greedy)
})

test('a connection without a valid token is kept for 5 s, one with a valid token for 65 s', async () => {
  const anonymous = from('127.0.0.4')
  const refused = from('127.0.0.4')
  const known = from('127.0.0.4')
  expect(await ask(anonymous)).toMatch(/keep-alive: timeout=5\r?$/im)
  expect(await ask(refused, HEALTH, bearing('nonsense'))).toMatch(/ 401 [\s\S]*keep-alive: timeout=5\r?$/im)
  expect(await ask(known, HEALTH, bearing(shop.token))).toMatch(/ 200 [\s\S]*keep-alive: timeout=65\r?$/im)
  await waitFor('both connections to be closed', async () => anonymous.closed && refused.closed)
  expect(known.closed).toBe(false)
  expect(await ask(known)).toMatch(/keep-alive: timeout=65\r?$/im)
  close([known])
})

test('busy connections are kept, and the longest-idle connection is closed first', async () => {
  const first = from('127.0.0.5')
  expect(await ask(first)).toContain('200 OK')
  const second = from('127.0.0.5')
  expect(await ask(second)).toContain('200 OK')
  const crowd = await idle(OF_AN_ADDRESS - 2, '127.0.0.5')
  expect(await ask(first)).toContain('200 OK')
  const newest = from('127.0.0.5')
  expect(await ask(newest)).toContain('200 OK')
  await waitFor('the second to be closed', async () => second.closed)
  expect([first.closed, newest.closed, openOf(crowd)]).toEqual([false, false, OF_AN_ADDRESS - 2])
  close([first, newest, ...crowd])
})

test('a trusted proxy may have more connections than another address, and keeps them', async () => {
  const { url } = behindProxy
  const proxied = await idle(OF_AN_ADDRESS + 500, '127.0.0.9', url)
  const direct = await idle(OF_AN_ADDRESS + 500, '127.0.0.8', url)
  await waitFor('those of the other address to be bounded', async () => openOf(direct) <= OF_AN_ADDRESS)
  expect(openOf(proxied)).toBe(OF_AN_ADDRESS + 500)
  const socket = proxied[0] as Socket
  expect(await ask(socket)).toMatch(/keep-alive: timeout=65\r?$/im)
  close([...proxied, ...direct])
})
