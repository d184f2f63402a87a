import { createHmac } from 'node:crypto'
import { PASSWORD, type Person } from './people.ts'
import { type Answer, call, type TestServer } from './test-server.ts'

/** The code of an authenticator app for a key in base32, `periods` of 30 s from now. */
export function codeOf(key: string, periods = 0): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + periods))
  const digest = createHmac('sha1', bytesOf(key)).update(counter).digest()
  const start = (digest[19] ?? 0) & 15
  return String((digest.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** The bytes of a key in base32. */
export function bytesOf(key: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...key].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** A code that no period around now has. */
export function wrongCode(key: string): string {
  const right = [-2, -1, 0, 1, 2].map((periods) => codeOf(key, periods))
  return ['111111', '222222', '333333', '444444', '555555', '666666'].find((code) => !right.includes(code)) ?? ''
}

export interface WithSecondFactor {
  /** In base32, as an app gets it. */
  key: string
  backupCodes: string[]
  /** The session that continues. */
  cookie: string
}

/** Cookies of an answer as a browser sends them back; an expired one is left out. */
export function cookiesOf(answer: Answer): string {
  return answer.headers
    .getSetCookie()
    .filter((cookie) => !/max-age=0/i.test(cookie))
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

/** Turns the second factor of a signed-in person on. The code of the confirmation counts as of another period afterwards. */
export async function turnOn(server: TestServer, person: Person): Promise<WithSecondFactor> {
  const begun = await person.request('POST', '/api/auth/two-factor/enable', { password: PASSWORD })
  if (begun.status !== 200) throw new Error(`enable answered ${begun.status} ${JSON.stringify(begun.body)}`)
  const { key } = begun.body
  const done = await person.request('POST', '/api/auth/two-factor/confirm', { code: codeOf(key) })
  if (done.status !== 200) throw new Error(`confirm answered ${done.status} ${JSON.stringify(done.body)}`)
  await nextPeriod(server, person)
  return { key, backupCodes: done.body.backupCodes, cookie: cookiesOf(done) }
}

/** As after a period in which the person used no code. */
export async function nextPeriod(server: Pick<TestServer, 'sql'>, { userId }: { userId: string }): Promise<void> {
  await server.sql('update two_factors set last_step = null where user_id = $1::uuid', [userId])
}

/** The first step: e-mail and password. */
export async function firstStep(
  server: Pick<TestServer, 'url'>,
  email: string,
  {
    password = PASSWORD,
    cookie = '',
    headers = {},
  }: { password?: string; cookie?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const sent = { origin: server.url, ...(cookie && { cookie }), ...headers }
  return await call(server.url, 'POST', '/api/auth/sign-in/email', sent, { email, password })
}

/** The second step, with the cookie of the first one. */
export async function secondStep(
  server: Pick<TestServer, 'url'>,
  cookie: string,
  body: { code: string; trustDevice?: boolean },
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await call(server.url, 'POST', '/api/auth/two-factor/verify', { origin: server.url, cookie, ...headers }, body)
}

/** The status of a request with these cookies. */
export async function statusOf(server: Pick<TestServer, 'url'>, cookie: string, path = '/api/v1/me/'): Promise<number> {
  return (await call(server.url, 'GET', path, { cookie })).status
}
