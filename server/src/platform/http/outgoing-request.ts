import dns, { type LookupAddress } from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Limit of a request from the look-up of the host to the end of the answer. */
const TIMEOUT_MS = 10_000
/** Bytes of an answer that are read. */
const MAX_ANSWER_BYTES = 16_384

/**
 * Addresses that no host on the internet has (IANA's registries of special-purpose addresses), and tunnels that may lead to them. One
 * list for each family: in one list the mapped network ::ffff:0:0/96 would match every IPv4 address.
 */
const NOT_PUBLIC = {
  ipv4: blockList('ipv4', [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/3',
  ]),
  ipv6: blockList('ipv6', [
    '::/96',
    '::ffff:0:0/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ]),
}

function blockList(family: 'ipv4' | 'ipv6', networks: string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}

/** The request was not sent, or no answer arrived. `reason` is stable and contains no part of the address. */
export class OutgoingFailure extends Error {
  override name = 'OutgoingFailure'
  readonly reason: 'bad_address' | 'private_address' | 'timeout' | 'unreachable'
  /** The system's code of the failure, such as ECONNREFUSED. */
  readonly code: string | null

  constructor(reason: OutgoingFailure['reason'], code: string | null = null) {
    super(code === null ? reason : `${reason} (${code})`)
    this.reason = reason
    this.code = code
  }
}

export interface OutgoingRequest {
  url: string
  headers: Record<string, string>
  body: string
  /** True: hosts on this machine and in private networks, and http, are allowed. */
  allowsLocal: boolean
  signal?: AbortSignal | undefined
}

export interface OutgoingAnswer {
  status: number
  headers: IncomingMessage['headers']
  /** At most the first 16 KB. */
  text: string
}

/**
 * Sends a POST to an address that a user has entered. The host is looked up once, and the connection goes to the address that was
 * checked: a name that leads to a private network is refused, also when it changes between two look-ups. A redirect is not followed.
 * @throws {OutgoingFailure} without an answer within 10 s
 */
export async function postOutgoing({
  url,
  headers,
  body,
  allowsLocal,
  signal,
}: OutgoingRequest): Promise<OutgoingAnswer> {
  const address = outgoingAddress(url, allowsLocal)
  const limit = AbortSignal.timeout(TIMEOUT_MS)
  const either = signal ? AbortSignal.any([limit, signal]) : limit
  return await new Promise<OutgoingAnswer>((resolve, reject) => {
    const send = address.protocol === 'https:' ? requestHttps : requestHttp
    const fail = (error: NodeJS.ErrnoException) => {
      if (error instanceof OutgoingFailure) reject(error)
      else if (limit.aborted) reject(new OutgoingFailure('timeout'))
      else reject(new OutgoingFailure('unreachable', error.code ?? null))
    }
    const request = send(
      address,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        // No pool: a connection is used once, so its address is always one that was checked.
        agent: false,
        lookup: allowsLocal ? undefined : publicLookup,
        signal: either,
      },
      (answer) => {
        const parts: Buffer[] = []
        let bytes = 0
        const finish = () => {
          const text = Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES).toString('utf8')
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text })
          request.destroy()
        }
        answer.on('data', (part: Buffer) => {
          parts.push(part)
          bytes += part.length
          if (bytes >= MAX_ANSWER_BYTES) finish()
        })
        answer.on('end', finish)
        answer.on('error', fail)
      },
    )
    request.on('error', fail)
    request.end(body)
  })
}

/**
 * Parses an address that a user has entered. @throws {OutgoingFailure} for another scheme, for http to the internet, with a user name,
 * and for the IP address of a private network
 */
export function outgoingAddress(url: string, allowsLocal: boolean): URL {
  const address = URL.parse(url)
  if (!address || !['http:', 'https:'].includes(address.protocol) || address.username !== '' || address.password !== '')
    throw new OutgoingFailure('bad_address')
  if (allowsLocal) return address
  const host = address.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  // A literal address is never looked up.
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new OutgoingFailure('private_address')
  if (/(^|\.)(localhost|local|internal)\.?$/.test(host)) throw new OutgoingFailure('private_address')
  if (address.protocol !== 'https:') throw new OutgoingFailure('bad_address')
  return address
}

/** True for an IP address of the internet. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '')
  const version = isIP(plain)
  if (version === 0) return false
  const family = version === 6 ? 'ipv6' : 'ipv4'
  return !NOT_PUBLIC[family].check(plain, family)
}

const publicLookup: LookupFunction = (host, options, callback) => {
  dns.lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? []
    if (error) callback(error, '')
    // One private address is enough to refuse the name: the connection tries all of them.
    else if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
      callback(new OutgoingFailure('private_address') as Error, '')
    else if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}
