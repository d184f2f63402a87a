import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { getPublic, mayConnectTo, type RequestFailure } from '../../server/src/platform/http/public-request.ts'

let server: Server | null = null

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  server = null
})

const LIMITS = { allowPrivate: true, maxBytes: 1_000, timeoutMs: 5_000 }
const faultOf = (address: string, limits: Partial<typeof LIMITS> = {}) =>
  getPublic(address, { ...LIMITS, ...limits }).then(
    () => 'answered',
    (error: RequestFailure) => error.fault,
  )

test.each([
  ['127.0.0.1', false, true],
  ['127.8.8.8', false, true],
  ['10.1.2.3', false, true],
  ['172.16.0.1', false, true],
  ['172.32.0.1', true, true],
  ['192.168.1.1', false, true],
  ['100.64.0.1', false, true],
  ['169.254.169.254', false, false],
  ['100.100.100.200', false, false],
  ['0.0.0.0', false, false],
  ['224.0.0.1', false, false],
  ['255.255.255.255', false, false],
  ['93.184.215.14', true, true],
  ['::1', false, true],
  ['::', false, false],
  ['fe80::1', false, false],
  ['fd12::1', false, true],
  ['fd00:ec2::254', false, false],
  ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', true, true],
  ['2001:db8::1', false, true],
  ['64:ff9b::a9fe:a9fe', false, false],
  ['::ffff:169.254.169.254', false, false],
  ['::ffff:a9fe:a9fe', false, false],
  ['::ffff:127.0.0.1', false, true],
  ['not an address', false, false],
])('%s: public %s, with private networks allowed %s', (address, isPublic, isAllowed) => {
  expect(mayConnectTo(address, false)).toBe(isPublic)
  expect(mayConnectTo(address, true)).toBe(isAllowed)
})

test.each([
  'http://127.0.0.1:1/',
  'http://localhost:1/',
  'http://2130706433:1/',
  'http://0x7f.1:1/',
  'http://[::1]:1/',
  'http://[::ffff:7f00:1]:1/',
  'http://169.254.169.254/latest/meta-data/',
])('%s is not connected to', async (address) => {
  expect(await faultOf(address, { allowPrivate: false })).toBe('private_address')
})

test('cloud metadata is not reached even with private networks allowed', async () => {
  expect(await faultOf('http://169.254.169.254/')).toBe('private_address')
  expect(await faultOf('http://[::ffff:a9fe:a9fe]/')).toBe('private_address')
})

test.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://name:word@127.0.0.1/', 'nonsense', ''])(
  '%s is no address of a shop',
  async (address) => {
    expect(await faultOf(address)).toBe('bad_address')
  },
)

test('a slow answer ends at the limit of time, also in the middle of its body', async () => {
  const silent = await serve(() => {})
  expect(await faultOf(silent, { timeoutMs: 100 })).toBe('too_slow')
  server?.closeAllConnections()
  const halting = await serve((_request, response) => response.write('['))
  expect(await faultOf(halting, { timeoutMs: 100 })).toBe('too_slow')
})

test('an answer that is too large is not read to its end', async () => {
  const endless = await serve((_request, response) => {
    const more = () => {
      while (response.write('x'.repeat(1_000)));
      response.once('drain', more)
    }
    more()
  })
  expect(await faultOf(endless)).toBe('too_large')
})

test('a redirect stays within the host, and ends after three', async () => {
  let requests = 0
  const address = await serve((request, response) => {
    requests += 1
    response.writeHead(302, { location: request.url === '/away' ? 'http://localhost:1/' : '/again' }).end()
  })
  expect(await faultOf(`${address}/away`)).toBe('other_host')
  expect(requests).toBe(1)
  expect(await faultOf(`${address}/again`)).toBe('unreachable')
  expect(requests).toBe(5)
})

test('a request that is aborted ends at once', async () => {
  const address = await serve(() => {})
  const stop = new AbortController()
  const answer = getPublic(address, { ...LIMITS, signal: stop.signal }).catch((error: unknown) => error)
  stop.abort()
  expect(await answer).toBeInstanceOf(Error)
})

test('an answer is given with its status, headers and bytes', async () => {
  const address = await serve((request, response) => {
    response.writeHead(404, { 'content-type': 'text/plain', 'x-seen': String(request.headers['user-agent']) }).end('no')
  })
  const answer = await getPublic(address, { ...LIMITS, headers: { 'user-agent': 'me' } })
  expect([answer.status, answer.headers['x-seen'], answer.body.toString()]).toEqual([404, 'me', 'no'])
})
