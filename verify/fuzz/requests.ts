/** Makes requests of every kind of wrong, and enough right ones to get behind the checks. */
import { gzipSync } from 'node:zlib'
import type { Random } from '../../scripts/random.ts'
import type { Credentials, Kind } from './credentials.ts'
import { KINDS } from './credentials.ts'
import type { WireRequest } from './http-client.ts'
import { nastyText, nastyValue, writeJson } from './nasty-values.ts'
import type { Route } from './routes.ts'
import { boundaryValue, spoil, validValue } from './schema-values.ts'

export interface FuzzRequest extends WireRequest {
  route: Route
  kind: Kind
}

/** Work in proportion to everything there is, or (a password) made to be slow. */
const COSTLY = /\/(backup|reindex|diagnosis|users)\/$/
const BAD_ENCODINGS = [
  '%',
  '%z',
  '%zz',
  '%c0%80',
  '%ed%a0%80',
  '%ff',
  '%00',
  '%2e%2e%2f',
  '%u0041',
  '%25%30%30',
] as const
/** Right ones and wrong ones: two parsers of an address disagree about most of them. */
const ODD_HOSTS: [string, ...string[]] = [
  '',
  'evil.example',
  'localhost:1',
  'LOCALHOST',
  '127.0.0.1',
  '[::1]',
  '[::1]:8787',
  '[::1',
  '::1',
  'a:b@c',
  'user@127.0.0.1',
  'a b',
  ':',
  ':80',
  '%',
  '%61',
  'a:99999999',
  'a:b',
  'a/b',
  'a?b',
  'a#b',
  'a\\b',
  'a,b',
  'http://a',
  '\u00e9.example',
  '../..',
  'a'.repeat(300),
]
const BOM = Buffer.from('\ufeff')
const BAD_HEADERS: [string, (random: Random) => string][] = [
  ['accept-language', (random) => random.oneOf(['fa', 'fa;q=abc', '*', ','.repeat(2000), '\u00ff', 'en'.repeat(1000)])],
  ['accept', (random) => random.oneOf(['', '*/*;q=9', 'text/html', '\u00fe'])],
  ['x-fiko-site', (random) => random.oneOf(['', 'x', 'g'.repeat(64), "'", '0'.repeat(63), 'f'.repeat(5000)])],
  ['x-forwarded-for', (random) => random.oneOf(['203.0.113.7', '::1, x', "'", ','.repeat(500)])],
  ['user-agent', (random) => random.oneOf(['', 'a'.repeat(8000), '\u00c3\u0028', "'; --"])],
  ['content-encoding', (random) => random.oneOf(['gzip', 'br', 'identity', 'x'])],
  ['origin', (random) => random.oneOf(['null', 'https://evil.example', '::', 'http://['])],
  ['referer', (random) => random.oneOf(['', 'https://evil.example/', '::', 'http://['])],
  ['x-forwarded-host', (random) => random.oneOf(ODD_HOSTS)],
  ['x-forwarded-proto', (random) => random.oneOf(['https', 'javascript', '', 'a b', ','.repeat(500)])],
  ['if-none-match', (random) => random.oneOf(['*', '"x"', ','.repeat(1000)])],
  ['x-padding', (random) => 'p'.repeat(random.oneOf([7000, 20_000]))],
  ['transfer-encoding', () => 'chunked'],
  ['expect', () => '100-continue'],
  ['range', () => 'bytes=9-1'],
]

/** How often a route is asked: what stores data most, what is beside the API least. */
function weightOf(route: Route): number {
  if (COSTLY.test(route.path)) return 1
  if (route.path.includes('webhook')) return 50
  return route.isDocumented ? 10 : 3
}

/** Chooses routes by their weight. */
export function chooserOf(routes: Route[]): (random: Random) => Route {
  const tickets = routes.flatMap((route) => Array.from({ length: weightOf(route) }, () => route))
  return (random) => random.oneOf(tickets as [Route, ...Route[]])
}

export function makeRequest(route: Route, credentials: Credentials, random: Random): FuzzRequest {
  const kind = random.below(100) < 60 ? credentials.fittingKind(route, random) : random.oneOf(KINDS)
  const headers: Record<string, string> = { ...headersOf(route, kind, credentials, random) }
  const method =
    random.below(100) < 3 ? random.oneOf(['PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'GET']) : route.method
  const path = pathOf(route, method, credentials, random) + queryOf(route, credentials, random)
  const { body, type } = bodyOf(route, credentials, random)
  if (type !== null) headers['content-type'] = type
  if (random.below(100) < 6) {
    const [name, value] = random.oneOf(BAD_HEADERS as [(typeof BAD_HEADERS)[number]])
    // Chunks of our own would need a body that is written so.
    if (name !== 'transfer-encoding' || body === null) headers[name] = value(random)
  }
  if (random.below(100) < 5) headers.host = random.oneOf(ODD_HOSTS)
  return { route, kind, method, path, headers, body }
}

/** Under /api/auth a session could end itself, so requests there are anonymous. */
function headersOf(route: Route, kind: Kind, credentials: Credentials, random: Random) {
  const isOwnSession = route.path.startsWith('/api/auth/') && kind.endsWith('session')
  return credentials.headersFor(isOwnSession ? 'junk' : kind, random)
}

function pathOf(route: Route, method: string, credentials: Credentials, random: Random): string {
  const path = route.path.replaceAll(/\{\w+\}/g, () => {
    const choice = random.below(100)
    if (choice < 75) {
      const id = String(credentials.known.idIn(route))
      return method !== 'GET' && credentials.known.isProtected(route, id) ? '1' : id
    }
    if (choice < 85)
      return random.oneOf(['0', '-1', '1.0', '2147483648', '9007199254740993', '1e3', '%31', '%D9%A1', 'true'])
    if (choice < 93) return encode(nastyText(random)).slice(0, 3000)
    return random.oneOf(BAD_ENCODINGS)
  })
  const choice = random.below(200)
  if (choice === 0) return `${path}${random.oneOf(BAD_ENCODINGS)}`
  if (choice === 1) return path.toUpperCase()
  if (choice === 2) return `/${path}`
  return choice < 30 ? path.replace(/\/$/, '') : path
}

function queryOf(route: Route, credentials: Credentials, random: Random): string {
  const pairs: string[] = []
  for (const { name, schema } of route.query) {
    const choice = random.below(100)
    if (choice < (name === 'cursor' ? 90 : 60) && name !== 'q') continue
    const value =
      choice < 95
        ? validValue(schema, name, random, credentials.known)
        : choice < 97
          ? boundaryValue(schema, random)
          : random.oneOf([nastyText(random), nastyValue(random)])
    const text = typeof value === 'string' ? value : writeJson(value)
    // A request line has 16 KB in all; beyond, nothing of ours is reached.
    pairs.push(`${name}=${random.below(50) === 0 ? random.oneOf(BAD_ENCODINGS) : encode(text.slice(0, 2500))}`)
  }
  const choice = random.below(100)
  if (choice < 2) pairs.push(...pairs)
  else if (choice < 4)
    pairs.push(random.oneOf(['__proto__=1', 'a[b]=c', '=', '&&&', '%', 'x'.repeat(9000), 'page=1&page=2']))
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/** Percent-encoding that also takes lone surrogates, as the bytes that they would be. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function bodyOf(route: Route, credentials: Credentials, random: Random): { body: Buffer | null; type: string | null } {
  if (!route.body) {
    // A DELETE or GET with a body is unusual and legal; 3 in 100 have one.
    return random.below(100) < 3 ? { body: Buffer.from('{}'), type: 'application/json' } : { body: null, type: null }
  }
  let value = validValue(route.body, 'body', random, credentials.known)
  const spoils = random.oneOf([0, 0, 1, 1, 2, 5])
  for (let times = 0; times < spoils; times += 1) value = spoil(value, route.body, random)
  const good = Buffer.from(writeJson(value))
  const type = random.below(100) < 95 ? 'application/json' : wrongType(random)
  const choice = random.below(100)
  // A mark alone must change nothing: the body is as good as it was.
  if (choice < 5) return { body: Buffer.concat([BOM, good]), type }
  return { body: choice < 92 ? good : spoilBytes(good, random), type }
}

function wrongType(random: Random): string {
  return random.oneOf([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/vnd.api+json',
    'application/json,text/plain',
    'json',
    '',
    ';',
  ])
}

function spoilBytes(good: Buffer, random: Random): Buffer {
  return random.oneOf<() => Buffer>([
    () => good.subarray(0, random.below(Math.max(1, good.length))),
    () => Buffer.from([0xff, 0xfe, ...good.subarray(0, 1000)]),
    () => Buffer.concat([BOM, BOM, good]),
    () => Buffer.concat([BOM, Buffer.from(good.toString('utf8').slice(0, 5000), 'utf16le')]),
    () => Buffer.concat([good, BOM]),
    () => BOM,
    () => Buffer.from('\ufeff{}', 'utf16le'),
    () => Buffer.from(good.toString('utf8').replace('"', '"\ud800').slice(0, 5000), 'utf16le'),
    () => Buffer.concat([good, Buffer.from([0xc3, 0x28])]),
    () => gzipSync(good),
    () => gzipSync(Buffer.alloc(5_000_000)),
    () => Buffer.from('['.repeat(20_000)),
    () => Buffer.from('{"a":'.repeat(20_000)),
    () => Buffer.from('{"__proto__":{"x":1},"event_id":"a","event_id":"b"}'),
    () => Buffer.from('{"\\u005f_proto__":1}'),
    () => Buffer.alloc(0),
    () => Buffer.from('null'),
    () => Buffer.from('NaN'),
    () => Buffer.from(`"${'x'.repeat(1_100_000)}"`),
    () => Buffer.from(`${'1'.repeat(5000)}`),
    () => Buffer.from('\0'),
    () => Buffer.from("{'a':1}"),
  ])()
}
