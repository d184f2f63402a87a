import dns from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { mayConnectTo } from './public-addresses.ts'

/** Redirects of one request, all within the same host. */
const MAX_REDIRECTS = 3
/** Limits of a POST. */
const POST_TIMEOUT_MS = 10_000
const MAX_POST_ANSWER_BYTES = 16_384

/** Why an outgoing request has no usable answer. */
export type OutgoingReason =
  /** The address is not http(s), it has a user name, or it must be https and is not. */
  | 'bad_address'
  /** The host resolves to an address that may not be used. */
  | 'private_address'
  | 'other_host'
  | 'unreachable'
  | 'timeout'
  | 'too_large'

/** An outgoing request that was not sent, or whose answer was not read. `reason` and `code` contain no part of the address. */
export class OutgoingFailure extends Error {
  override name = 'OutgoingFailure'
  readonly reason: OutgoingReason
  /** The system's code of the failure, such as ECONNREFUSED. */
  readonly code: string | null

  constructor(reason: OutgoingReason, detail: string, code: string | null = null) {
    super(detail)
    this.reason = reason
    this.code = code
  }
}

export interface OutgoingAnswer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

interface Options {
  headers?: Record<string, string>
  /** True: also addresses of this machine and of private networks. Never those of cloud metadata. */
  allowsPrivate: boolean
  signal?: AbortSignal | undefined
}

export interface GetOptions extends Options {
  /** Maximum bytes of the answer. */
  maxBytes: number
  /** Time for everything: names, connections, redirects and the body. */
  timeoutMs: number
}

interface Sent {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
  allowsPrivate: boolean
  maxBytes: number
  /** True: the rest of a longer answer is not read. False: a longer answer is a failure. */
  isCut: boolean
  signal: AbortSignal
}

/**
 * A GET to an address that a user of this installation has entered, http or https. The host is looked up once, every address of it is
 * checked, and the connection goes to a checked address, so a name that changes in between reaches nothing else. A redirect leads to
 * the same host only, and never from https to http. @throws {OutgoingFailure}
 */
export async function getOutgoing(address: string, options: GetOptions): Promise<OutgoingAnswer> {
  const { headers, allowsPrivate, maxBytes, timeoutMs, signal: stop } = options
  return await withLimit(timeoutMs, stop, async (signal) => {
    let url = readAddress(address)
    for (let redirects = 0; ; redirects += 1) {
      const answer = await sendOnce(url, {
        method: 'GET',
        // No compression: a small answer could become a large text.
        headers: { 'accept-encoding': 'identity', ...headers },
        allowsPrivate,
        maxBytes,
        isCut: false,
        signal,
      })
      const { location } = answer.headers
      if (answer.status < 300 || answer.status > 399 || location === undefined) return answer
      const next = URL.parse(location, url.href)
      if (next === null || next.hostname !== url.hostname || (url.protocol === 'https:' && next.protocol !== 'https:'))
        throw new OutgoingFailure('other_host', `HTTP ${answer.status} to ${next?.origin ?? 'an unreadable address'}`)
      if (redirects === MAX_REDIRECTS) throw new OutgoingFailure('unreachable', `more than ${MAX_REDIRECTS} redirects`)
      url = readAddress(next.href)
    }
  })
}

/**
 * A POST to an address that a user of this installation has entered, checked as in {@link getOutgoing}, but https unless private hosts
 * are allowed. A redirect is an answer and is not followed. Of the answer at most the first 16 KB are read, within 10 s.
 * @throws {OutgoingFailure}
 */
export async function postOutgoing(address: string, body: string, options: Options): Promise<OutgoingAnswer> {
  const { headers, allowsPrivate, signal: stop } = options
  const url = webhookAddress(address, allowsPrivate)
  return await withLimit(POST_TIMEOUT_MS, stop, (signal) =>
    sendOnce(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      body,
      allowsPrivate,
      maxBytes: MAX_POST_ANSWER_BYTES,
      isCut: true,
      signal,
    }),
  )
}

/**
 * Parses an address that a user has entered for {@link postOutgoing}, without looking its host up. @throws {OutgoingFailure} for
 * another scheme, for http without `allowsPrivate`, with a user name, and for a name or an IP address of a private network
 */
export function webhookAddress(address: string, allowsPrivate: boolean): URL {
  const url = readAddress(address)
  if (allowsPrivate) return url
  const host = hostOf(url)
  const isLocalName = /(^|\.)(localhost|local|internal)\.?$/i.test(host)
  if (isLocalName || (isIP(host) !== 0 && !mayConnectTo(host, false))) throw privateAddress()
  if (url.protocol !== 'https:') throw new OutgoingFailure('bad_address', 'the address is not https')
  return url
}

function readAddress(address: string): URL {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new OutgoingFailure('bad_address', 'the address is not http(s), or it contains a user name')
  return url
}

/** Runs a request until the limit of time or until `stop`. */
async function withLimit<T>(
  timeoutMs: number,
  stop: AbortSignal | undefined,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(timeoutMs)
  return await send(stop ? AbortSignal.any([limit, stop]) : limit).catch((error: unknown) => {
    throw limit.aborted ? new OutgoingFailure('timeout', `no answer within ${timeoutMs} ms`) : error
  })
}

async function sendOnce(url: URL, sent: Sent): Promise<OutgoingAnswer> {
  const { method, headers, body, allowsPrivate, signal } = sent
  const addresses = await resolve(hostOf(url), allowsPrivate, signal)
  return await new Promise<OutgoingAnswer>((done, fail) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    // No pool: a connection is used once, so its address is always one that was checked.
    const options = { method, headers, agent: false, signal, lookup: pinned(addresses) } as const
    const request = send(url, options, (response) => {
      readBody(response, sent).then(
        (read) => done({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
        fail,
      )
    })
    request.on('error', (error) => fail(unreachable(error)))
    request.end(body)
  })
}

interface Resolved {
  address: string
  family: number
}

/** All addresses of the host, each of them checked. @throws {OutgoingFailure} when one of them may not be used */
async function resolve(host: string, allowsPrivate: boolean, signal: AbortSignal): Promise<Resolved[]> {
  const ip = isIP(host)
  const found: Resolved[] =
    ip !== 0
      ? [{ address: host, family: ip }]
      : await untilAborted(promisify(dns.lookup)(host, { all: true }), signal).catch((error: Error) => {
          throw unreachable(error)
        })
  // One forbidden address is enough: a host that is public and private at once is an attack or a mistake.
  if (found.length === 0 || found.some(({ address }) => !mayConnectTo(address, allowsPrivate))) throw privateAddress()
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

async function readBody(response: IncomingMessage, { maxBytes, isCut }: Sent): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part)
      bytes += part.length
      if (bytes <= maxBytes) continue
      response.destroy()
      if (isCut) break
      throw new OutgoingFailure('too_large', `the answer has more than ${maxBytes} bytes`)
    }
  } catch (error) {
    throw error instanceof OutgoingFailure ? error : unreachable(error as Error)
  }
  return Buffer.concat(parts).subarray(0, maxBytes)
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function unreachable(error: NodeJS.ErrnoException): OutgoingFailure {
  return new OutgoingFailure('unreachable', error.message, error.code ?? null)
}

function privateAddress(): OutgoingFailure {
  return new OutgoingFailure('private_address', 'the host is not in the public internet')
}
