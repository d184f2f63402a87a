import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  getOutgoing,
  OutgoingFailure,
  postOutgoing,
  webhookAddress,
} from '../../server/src/platform/http/outgoing-request.ts'
import { resolveHere } from '../support/resolve-here.ts'

let server: Server | null = null

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = null
})

const LIMITS = { allowsPrivate: true, maxBytes: 1_000, timeoutMs: 5_000 }
const reasonOf = async (sent: Promise<unknown>) =>
  await sent.then(
    () => 'answered',
    (error: unknown) => (error instanceof OutgoingFailure ? error.reason : String(error)),
  )
const getReason = (address: string, limits: Partial<typeof LIMITS> = {}) =>
  reasonOf(getOutgoing(address, { ...LIMITS, ...limits }))
const postReason = (address: string, allowsPrivate = true) => reasonOf(postOutgoing(address, '{}', { allowsPrivate }))

const endless: RequestListener = (_request, response) => {
  const fill = () => {
    while (response.write('x'.repeat(10_000)));
    response.once('drain', fill)
  }
  response.on('error', () => undefined)
  fill()
}

test.each([
  'http://127.0.0.1:1/',
  'http://localhost:1/',
  'http://2130706433:1/',
  'http://0x7f.1:1/',
  'http://0177.0.0.1:1/',
  'http://127.1:1/',
  'http://[::1]:1/',
  'http://[::ffff:7f00:1]:1/',
  'http://169.254.169.254/latest/meta-data/',
])('%s is not connected to, in any notation', async (address) => {
  expect(await getReason(address, { allowsPrivate: false })).toBe('private_address')
  expect(await postReason(address.replace('http', 'https'), false)).toBe('private_address')
})

test('cloud metadata is not reached even with private networks allowed', async () => {
  for (const address of ['http://169.254.169.254/', 'http://[::ffff:a9fe:a9fe]/', 'http://100.100.100.200/'])
    expect([await getReason(address), await postReason(address)], address).toEqual([
      'private_address',
      'private_address',
    ])
})

test('a name that leads to this machine is refused before anything is sent', async () => {
  let requests = 0
  const { port } = new URL(await serve((_request, response) => response.end(String(++requests))))
  const asBefore = resolveHere('alerts.example.com')
  const reasons = await Promise.all([
    postReason(`https://alerts.example.com:${port}/`, false),
    getReason(`http://alerts.example.com:${port}/`, { allowsPrivate: false }),
  ]).finally(asBefore)
  expect(reasons).toEqual(['private_address', 'private_address'])
  expect(requests).toBe(0)
})

test.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://name:word@127.0.0.1/', 'nonsense', ''])(
  '%s is no address of a request',
  async (address) => {
    expect([await getReason(address), await postReason(address)]).toEqual(['bad_address', 'bad_address'])
  },
)

test('a receiver that is not there is unreachable, with the code of the system', async () => {
  const failure = await postOutgoing('http://127.0.0.1:9/', '', { allowsPrivate: true }).catch(
    (error: unknown) => error,
  )
  expect(failure).toMatchObject({ reason: 'unreachable', code: 'ECONNREFUSED' })
})

describe('a GET', () => {
  test('has an answer with its status, headers and bytes', async () => {
    const address = await serve((request, response) => {
      response
        .writeHead(404, { 'content-type': 'text/plain', 'x-seen': String(request.headers['user-agent']) })
        .end('no')
    })
    const answer = await getOutgoing(address, { ...LIMITS, headers: { 'user-agent': 'me' } })
    expect([answer.status, answer.headers['x-seen'], answer.body.toString()]).toEqual([404, 'me', 'no'])
  })

  test('ends at the limit of time, also in the middle of its body', async () => {
    const silent = await serve(() => {})
    expect(await getReason(silent, { timeoutMs: 100 })).toBe('timeout')
    server?.closeAllConnections()
    const halting = await serve((_request, response) => response.write('['))
    expect(await getReason(halting, { timeoutMs: 100 })).toBe('timeout')
  })

  test('does not read an answer that is too large to its end', async () => {
    expect(await getReason(await serve(endless))).toBe('too_large')
  })

  test('follows redirects within the host, and at most three', async () => {
    let requests = 0
    const address = await serve((request, response) => {
      requests += 1
      response.writeHead(302, { location: request.url === '/away' ? 'http://localhost:1/' : '/again' }).end()
    })
    expect(await getReason(`${address}/away`)).toBe('other_host')
    expect(requests).toBe(1)
    expect(await getReason(`${address}/again`)).toBe('unreachable')
    expect(requests).toBe(5)
  })

  test('ends at once when it is aborted', async () => {
    const address = await serve(() => {})
    const stop = new AbortController()
    const answer = getOutgoing(address, { ...LIMITS, signal: stop.signal }).catch((error: unknown) => error)
    stop.abort()
    expect(await answer).toBeInstanceOf(Error)
  })
})

describe('a POST', () => {
  test('goes by https only, and not to a local name, unless private hosts are allowed', () => {
    for (const address of [
      'http://alerts.example.com/',
      'https://LOCALHOST/',
      'https://db.internal/',
      'https://127.1/',
    ])
      expect(() => webhookAddress(address, false), address).toThrow(OutgoingFailure)
    expect(webhookAddress('https://alerts.example.com:8443/a?b=c', false).port).toBe('8443')
    expect(webhookAddress('http://db.internal/', true).hostname).toBe('db.internal')
  })

  test('has a redirect as its answer, which is not followed', async () => {
    const paths: (string | undefined)[] = []
    const address = await serve((request, response) => {
      paths.push(request.url)
      response.writeHead(302, { location: '/other' }).end()
    })
    expect((await postOutgoing(`${address}/redirect`, '{}', { allowsPrivate: true })).status).toBe(302)
    expect(paths).toEqual(['/redirect'])
  })

  test('reads the beginning of an answer without an end', async () => {
    const { status, body } = await postOutgoing(await serve(endless), '{}', { allowsPrivate: true })
    expect([status, body.length]).toEqual([200, 16_384])
  })

  test('that waits ends at a stop', async () => {
    const address = await serve(() => undefined)
    const stop = new AbortController()
    const sent = reasonOf(postOutgoing(address, '', { allowsPrivate: true, signal: stop.signal }))
    server?.once('request', () => stop.abort())
    expect(await sent).toBe('unreachable')
  })
})
