import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  isPublicAddress,
  OutgoingFailure,
  outgoingAddress,
  postOutgoing,
} from '../../server/src/platform/http/outgoing-request.ts'
import { resolveHere } from '../support/resolve-here.ts'

const requests: string[] = []
const server = createServer((request, response) => {
  requests.push(request.url ?? '')
  if (request.url === '/redirect') response.writeHead(302, { location: '/other' }).end()
  else if (request.url === '/endless') {
    response.writeHead(200)
    const fill = () => {
      while (response.write('x'.repeat(10_000)));
      response.once('drain', fill)
    }
    response.on('error', () => undefined)
    fill()
  } else response.end('hello')
})
let url: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const post = (path: string, allowsLocal = true) =>
  postOutgoing({ url: url + path, headers: {}, body: '{}', allowsLocal })
const reasonOf = async (sent: Promise<unknown>) =>
  await sent.then(
    () => 'sent',
    (error: unknown) => (error instanceof OutgoingFailure ? error.reason : String(error)),
  )

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fd00::1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  'example.com',
])('%s is no address of the internet', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700:4700::1111', '2a00:1450:4001:830::200e'])(
  '%s is an address of the internet',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test('an address in another notation is the same address', () => {
  for (const host of ['2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::ffff:127.0.0.1]', 'LOCALHOST', 'db.internal'])
    expect(() => outgoingAddress(`https://${host}/`, false), host).toThrow(OutgoingFailure)
  expect(outgoingAddress('https://alerts.example.com:8443/a?b=c', false).port).toBe('8443')
})

test('a name that leads to this machine is refused before anything is sent', async () => {
  const asBefore = resolveHere('alerts.example.com')
  const { port } = new URL(url)
  const sent = postOutgoing({ url: `https://alerts.example.com:${port}/`, headers: {}, body: '{}', allowsLocal: false })
  expect(await reasonOf(sent).finally(asBefore)).toBe('private_address')
  expect(await reasonOf(post('/plain', false))).toBe('private_address')
  expect(requests).toEqual([])
})

test('a redirect is an answer and is not followed', async () => {
  expect((await post('/redirect')).status).toBe(302)
  expect(requests).not.toContain('/other')
})

test('an answer without an end is cut', async () => {
  const { status, text } = await post('/endless')
  expect(status).toBe(200)
  expect(text).toHaveLength(16_384)
})

test('a receiver that is not there is unreachable, with the code of the system', async () => {
  const failure = await postOutgoing({ url: 'http://127.0.0.1:9/', headers: {}, body: '', allowsLocal: true }).catch(
    (error: unknown) => error,
  )
  expect(failure).toMatchObject({ reason: 'unreachable', code: 'ECONNREFUSED' })
})

test('a stop ends a request that waits', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const stop = new AbortController()
  const sent = reasonOf(
    postOutgoing({ url: `http://127.0.0.1:${port}/`, headers: {}, body: '', allowsLocal: true, signal: stop.signal }),
  )
  silent.once('request', () => stop.abort())
  expect(await sent).toBe('unreachable')
  silent.closeAllConnections()
  silent.close()
})
