import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Redirects of one request, all within the same host. */
const MAX_REDIRECTS = 3

/** Why an outgoing request has no usable answer. */
export type RequestFault =
  /** The address is not http(s), or it has a user name. */
  | 'bad_address'
  /** The host resolves to an address inside this network, or to none that may be used. */
  | 'private_address'
  | 'other_host'
  | 'unreachable'
  | 'too_slow'
  | 'too_large'

/** An outgoing request that was not sent, or whose answer was not read. */
export class RequestFailure extends Error {
  override name = 'RequestFailure'
  readonly fault: RequestFault

  constructor(fault: RequestFault, message: string) {
    super(message)
    this.fault = fault
  }
}

export interface PublicAnswer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface PublicRequest {
  headers?: Record<string, string>
  /** True: also addresses of this machine and of private networks. Never those of cloud metadata. */
  allowPrivate: boolean
  /** Maximum bytes of an answer. */
  maxBytes: number
  /** Time for everything: names, connections, redirects and the body. */
  timeoutMs: number
  signal?: AbortSignal
}

/** Networks that no request may reach, whatever the operator allows: link-local (cloud metadata), multicast, broadcast, unspecified. */
const NEVER = blockList([
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  ['fd00:ec2::', 32, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
])

/** Networks of an organisation or a machine, and those reserved for documentation and tests. */
const PRIVATE = blockList([
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['2001::', 32, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
])

/** The only IPv6 addresses of the public internet. */
const PUBLIC_IPV6 = blockList([['2000::', 3, 'ipv6']])

function blockList(networks: [network: string, bits: number, family: 'ipv4' | 'ipv6'][]): BlockList {
  const list = new BlockList()
  for (const [network, bits, family] of networks) list.addSubnet(network, bits, family)
  return list
}

/** True when a request may connect to this IP address. `BlockList` reads an IPv4 address inside an IPv6 address. */
export function mayConnectTo(address: string, allowPrivate: boolean): boolean {
  const version = isIP(address)
  if (version === 0) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (NEVER.check(address, family)) return false
  if (allowPrivate) return true
  return !PRIVATE.check(address, family) && (version === 4 || PUBLIC_IPV6.check(address, 'ipv6'))
}

/**
 * A GET to an address that a customer of this installation has named. The host name is resolved once, every address is checked, and the
 * connection goes to a checked address: a name that changes in between reaches nothing else. A redirect leads to the same host only,
 * and never from https to http. @throws {RequestFailure}
 */
export async function getPublic(address: string, options: PublicRequest): Promise<PublicAnswer> {
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline
  let url = readAddress(address)
  for (let redirects = 0; ; redirects += 1) {
    const answer = await getOnce(url, options, signal).catch((error: unknown) => {
      throw deadline.aborted ? new RequestFailure('too_slow', `no answer within ${options.timeoutMs} ms`) : error
    })
    const { location } = answer.headers
    if (answer.status < 300 || answer.status > 399 || location === undefined) return answer
    const next = URL.parse(location, url.href)
    if (next === null || next.hostname !== url.hostname || (url.protocol === 'https:' && next.protocol !== 'https:')) {
      throw new RequestFailure('other_host', `HTTP ${answer.status} to ${next?.origin ?? 'an unreadable address'}`)
    }
    if (redirects === MAX_REDIRECTS) throw new RequestFailure('unreachable', `more than ${MAX_REDIRECTS} redirects`)
    url = readAddress(next.href)
  }
}

function readAddress(address: string): URL {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new RequestFailure('bad_address', 'the address is not http(s), or it contains a user name')
  }
  return url
}

async function getOnce(url: URL, options: PublicRequest, signal: AbortSignal): Promise<PublicAnswer> {
  const addresses = await resolve(url.hostname.replace(/^\[|\]$/g, ''), options.allowPrivate, signal)
  return await new Promise<PublicAnswer>((done, fail) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(
      url,
      {
        method: 'GET',
        // No compression: a small answer could become a large text.
        headers: { 'accept-encoding': 'identity', ...options.headers },
        agent: false,
        signal,
        lookup: pinned(addresses),
      },
      (response) => {
        readBody(response, options.maxBytes).then(
          (body) => done({ status: response.statusCode ?? 0, headers: response.headers, body }),
          fail,
        )
      },
    )
    request.on('error', (error) => fail(new RequestFailure('unreachable', error.message)))
    request.end()
  })
}

interface Resolved {
  address: string
  family: number
}

/** All addresses of the host, each of them checked. @throws {RequestFailure} when one of them may not be used */
async function resolve(host: string, allowPrivate: boolean, signal: AbortSignal): Promise<Resolved[]> {
  const ip = isIP(host)
  const found: Resolved[] =
    ip !== 0
      ? [{ address: host, family: ip }]
      : await untilAborted(lookup(host, { all: true }), signal).catch((error: Error) => {
          throw new RequestFailure('unreachable', error.message)
        })
  // One forbidden address is enough: a host that is public and private at once is an attack or a mistake.
  if (found.length === 0 || found.some(({ address }) => !mayConnectTo(address, allowPrivate))) {
    throw new RequestFailure('private_address', 'the host is not in the public internet')
  }
  return found
}

/** A look-up of a name has no end of its own. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return await new Promise<T>((done, fail) => {
    const stop = () => fail(new Error('aborted'))
    signal.addEventListener('abort', stop, { once: true })
    work.then(done, fail).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Answers every look-up with the checked addresses. */
function pinned(addresses: Resolved[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses
    if (options.all) callback(null, addresses)
    else callback(null, first?.address ?? '', first?.family)
  }
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > maxBytes) {
        response.destroy()
        throw new RequestFailure('too_large', `the answer has more than ${maxBytes} bytes`)
      }
      parts.push(part)
    }
  } catch (error) {
    throw error instanceof RequestFailure ? error : new RequestFailure('unreachable', String((error as Error).message))
  }
  return Buffer.concat(parts)
}
