import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../../server/src/tenants/tokens/token-format.ts'
import { anUpdate } from '../../support/events.ts'
import { PASSWORD, signedIn } from '../../support/people.ts'
import { type Answer, call, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const WEBHOOK = '/api/integrations/woocommerce/webhook/'
const HEALTH = '/api/integrations/woocommerce/health/'

/** Takes few requests, and few failures. */
let server: TestServer
/** Takes few failures. */
let patient: TestServer

beforeAll(async () => {
  // A trusted proxy, so that each test comes from an address of its own.
  const settings = { FAILED_AUTH_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' }
  // One request in 5 s: the requests of a test must be faster than that on a busy machine.
  server = await startTestServer({ ...settings, RATE_LIMIT_PER_SECOND: '0.2', RATE_LIMIT_BURST: '5' })
  patient = await startTestServer(settings)
})
afterAll(async () => {
  await server.stop()
  await patient.stop()
})

const anAddress = () => `203.0.${randomInt(256)}.${randomInt(256)}`
const from = (address: string) => ({ 'x-forwarded-for': address })
const bearing = (token: string, address: string) => ({ authorization: `Bearer ${token}`, ...from(address) })
const signIn = (email: string, password: string, address: string) =>
  call(patient.url, 'POST', '/api/auth/sign-in/email', { origin: patient.url, ...from(address) }, { email, password })

/** A shop that sends from an address of its own: one that was never seen is counted, too, before its token is known. */
async function aShop(): Promise<Shop> {
  const shop = await server.newShop()
  const address = from(anAddress())
  const request: Shop['request'] = (method, path, body, headers = {}) =>
    shop.request(method, path, body, { ...address, ...headers })
  return {
    ...shop,
    request,
    send: (event) => request('POST', WEBHOOK, event),
    sendBatch: (events) => request('POST', `${WEBHOOK}batch/`, { events }),
  }
}

function expectTooMany(answer: Answer, code: string, locale = 'en-GB'): number {
  expect(answer.status).toBe(429)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.body).toMatchObject({ status: 429, title: 'Too Many Requests', error: code })
  const seconds = answer.headers.get('retry-after') ?? ''
  expect(seconds).toMatch(/^[1-9]\d*$/)
  expect(answer.body.detail).toContain(Number(seconds).toLocaleString(locale))
  return Number(seconds)
}

async function times<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let done = 0; done < count; done += 1) results.push(await work())
  return results
}

test('a token over its limit gets Retry-After, refused events are not stored, and no other token waits', async () => {
  const [shop, other] = [await aShop(), await aShop()]
  const answers = await Promise.all(Array.from({ length: 12 }, () => shop.send(anUpdate({ id: 1 }))))
  const taken = answers.filter((answer) => answer.status === 202)
  const refused = answers.filter((answer) => answer.status !== 202)
  expect(taken.length).toBeGreaterThanOrEqual(5)
  expect(refused.length).toBeGreaterThan(0)
  for (const answer of refused) expectTooMany(answer, 'too_many_requests')
  const stored = await server.sql('select 1 from events where store_id = $1', [shop.storeId])
  expect(stored).toHaveLength(taken.length)
  expect((await other.send(anUpdate({ id: 1 }))).status).toBe(202)

  let last = await shop.request('GET', HEALTH)
  while (last.status === 200) last = await shop.request('GET', HEALTH)
  await delay(expectTooMany(last, 'too_many_requests') * 1000)
  expect((await shop.send(anUpdate({ id: 1 }))).status).toBe(202)
})

test('the refusal is in the language of the caller', async () => {
  const shop = await aShop()
  const ask = () => shop.request('GET', HEALTH, undefined, { 'accept-language': 'fa' })
  let last = await ask()
  while (last.status === 200) last = await ask()
  expectTooMany(last, 'too_many_requests', 'fa-IR')
  expect(last.body.detail).toContain('ثانیه')
})

test('a full batch is taken whole and counts as eleven requests, one of nine events as one', async () => {
  const batchOf = (size: number) => Array.from({ length: size }, (_, index) => anUpdate({ id: index + 1 }))
  const shop = await aShop()
  expect((await shop.sendBatch(batchOf(100))).body).toMatchObject({ accepted: 100, rejected: [] })
  expectTooMany(await shop.sendBatch(batchOf(1)), 'too_many_requests')
  const small = await aShop()
  for (const events of [batchOf(9), batchOf(9)]) expect((await small.sendBatch(events)).status).toBe(202)
})

test('guessing tokens ends in 429, while a valid token of the same address works, even at its first use', async () => {
  const shop = await aShop()
  const address = anAddress()
  const guess = (token: string) => call(server.url, 'POST', WEBHOOK, bearing(token, address), anUpdate())
  for (const token of ['nonsense', makeToken('woocommerce', 'live'), makeToken('knowledge', 'live')]) {
    expect((await guess(token)).status).toBe(401)
  }
  expectTooMany(await guess(makeToken('woocommerce', 'live')), 'too_many_failures')
  expect((await guess(shop.token)).status).toBe(202)
  expect((await call(server.url, 'GET', HEALTH, bearing('nonsense', anAddress()))).status).toBe(401)
})

test('guesses above the limit of an address are not looked up, and a token that was valid before is', async () => {
  const shop = await aShop()
  const unused = await aShop()
  const address = anAddress()
  const ask = (token: string) => call(server.url, 'GET', HEALTH, bearing(token, address))
  expect((await ask(shop.token)).status).toBe(200)
  await Promise.all(Array.from({ length: 12 }, () => ask(makeToken('woocommerce', 'live'))))
  expect((await ask(shop.token)).status).toBe(200)
  expectTooMany(await ask(unused.token), 'too_many_requests')
  expect((await call(server.url, 'GET', HEALTH, bearing(unused.token, anAddress()))).status).toBe(200)
})

test('an ended credential has the same look-up limit as a wrong credential', async () => {
  const [revoked, expired] = [await aShop(), await aShop()]
  const [leaving, deactivated] = [await signedIn(server, 'owner'), await signedIn(server, 'owner')]
  const ended: [what: string, path: string, headers: Record<string, string>, statement: string][] = [
    [
      'revoked',
      HEALTH,
      { authorization: `Bearer ${revoked.token}` },
      `update integration_tokens set is_active = false where id = ${revoked.tokenId}`,
    ],
    [
      'expired',
      HEALTH,
      { authorization: `Bearer ${expired.token}` },
      `update integration_tokens set expires_at = now() where id = ${expired.tokenId}`,
    ],
    [
      'signed out',
      '/api/v1/me/',
      { cookie: leaving.cookie },
      `delete from sessions where user_id = '${leaving.userId}'`,
    ],
    [
      'deactivated',
      '/api/v1/me/',
      { cookie: deactivated.cookie },
      `update users set is_active = false where id = '${deactivated.userId}'`,
    ],
  ]
  const { service } = server.running.db
  const { query } = service
  for (const [what, path, headers, statement] of ended) {
    const address = from(anAddress())
    expect((await call(server.url, 'GET', path, { ...headers, ...address })).status, what).toBe(200)
    await server.sql(statement)
    // Other processes may take the old answer of a token for 0.9 s more.
    await waitFor(
      what,
      async () => (await call(server.url, 'GET', path, { ...headers, ...from(anAddress()) })).status === 401,
    )
    let lookUps = 0
    service.query = (text, values) => {
      if (/token_hash = \$1|from "?sessions/.test(text)) lookUps += 1
      return query(text, values)
    }
    const answers: Answer[] = []
    for (let times = 0; times < 10; times += 1) {
      answers.push(
        ...(await Promise.all(
          Array.from({ length: 30 }, () => call(server.url, 'GET', path, { ...headers, ...address })),
        )),
      )
    }
    service.query = query
    // The others were looked up: an address may fail so often, or is told that it failed too often.
    const refused = answers.filter((answer) => answer.body.error === 'too_many_requests')
    expect(
      answers.every((answer) => answer.status === 401 || answer.status === 429),
      what,
    ).toBe(true)
    expect(refused.length, what).toBeGreaterThan(200)
    expect(lookUps, what).toBeLessThanOrEqual(answers.length - refused.length)
  }
})

test('a forwarded address that no trusted proxy has written is not believed', async () => {
  const direct = await startTestServer({ FAILED_AUTH_PER_MINUTE: '3' })
  const statuses = await times(5, async () => {
    const answer = await call(direct.url, 'GET', HEALTH, bearing('nonsense', anAddress()))
    return answer.status
  })
  expect(statuses).toEqual([401, 401, 401, 429, 429])
  await direct.stop()
})

test('wrong passwords of one address end in 429, then the right one is not even looked at', async () => {
  const person = await signedIn(patient, 'owner')
  const address = anAddress()
  expect((await signIn(person.email, PASSWORD, address)).status).toBe(200)
  const wrong = await times(3, () => signIn(`${randomInt(1e9)}@example.com`, 'a wrong password', address))
  expect(wrong.map((answer) => answer.status)).toEqual([401, 401, 401])
  expectTooMany(await signIn(person.email, PASSWORD, address), 'too_many_failures')
  expect((await signIn(person.email, PASSWORD, anAddress())).status).toBe(200)
})

test('wrong passwords of one account are counted from wherever they come, and no other account is shut out', async () => {
  const [person, other] = [await signedIn(patient, 'owner'), await signedIn(patient, 'owner')]
  const wrong = await times(3, () => signIn(person.email.toUpperCase(), 'a wrong password', anAddress()))
  expect(wrong.map((answer) => answer.status)).toEqual([401, 401, 401])
  const address = anAddress()
  expectTooMany(await signIn(person.email, PASSWORD, address), 'too_many_failures')
  expect((await signIn(other.email, PASSWORD, address)).status).toBe(200)
  // An existing session stays valid.
  expect((await person.request('GET', '/api/v1/me/')).status).toBe(200)
})

test('right passwords are not counted', async () => {
  const person = await signedIn(patient, 'owner')
  const answers = await times(5, () => signIn(person.email, PASSWORD, anAddress()))
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200])
})

test('requests of a session above the limit get 429', async () => {
  const person = await signedIn(server, 'owner')
  const address = anAddress()
  const ask = () => person.request('GET', '/api/v1/me/', undefined, from(address))
  // The session is known from the first answer on, and from then on counted for the user and not for the address.
  expect((await ask()).status).toBe(200)
  const answers = await Promise.all(Array.from({ length: 12 }, ask))
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 429]))
})

test('open pages, and paths that lead nowhere, are counted for the address that asks; whether it lives may always be asked', async () => {
  for (const path of ['/openapi.json', '/docs/static/index.html', '/nowhere', '/api/auth/get-session']) {
    const address = anAddress()
    const ask = (of: string) => call(server.url, 'GET', path, from(of))
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(address)))
    const refused = answers.filter((answer) => answer.status === 429)
    expect(refused.length, path).toBeGreaterThan(0)
    for (const answer of refused) expectTooMany(answer, 'too_many_requests')
    expect((await ask(anAddress())).status, path).not.toBe(429)
    const alive = await Promise.all(
      Array.from({ length: 12 }, () => call(server.url, 'GET', '/healthz', from(address))),
    )
    expect(new Set(alive.map((answer) => answer.status))).toEqual(new Set([200]))
  }
})
