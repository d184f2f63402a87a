import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, type Person, signedIn, signIn } from '../../support/people.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
/** One that takes three wrong passwords, and believes what a proxy says of where they come from. */
let strict: TestServer

beforeAll(async () => {
  ;[server, strict] = await Promise.all([startTestServer(), startTestServer(STRICT)])
})
afterAll(() => Promise.all([server.stop(), strict.stop()]))

const STRICT = { FAILED_AUTH_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' }
const anAddress = () => `${randomUUID().slice(0, 8)}@example.com`
const change = (person: Person, body: object, headers: Record<string, string> = {}) =>
  person.request('PATCH', '/api/v1/me/', body, headers)
const deedsOf = async (person: Person) => {
  const { body } = await person.request('GET', '/api/v1/audit/?limit=200')
  return body.results.map(({ action, detail }: { action: string; detail: object }) => [action, detail])
}

test('a user changes the name without a password and the address with it; the old address no longer signs in', async () => {
  const person = await signedIn(server, 'owner')
  const renamed = await change(person, { name: 'Sara' })
  expect(renamed).toMatchObject({ status: 200, body: { user_id: person.userId, email: person.email, name: 'Sara' } })
  const email = anAddress()
  const moved = await change(person, { email: email.toUpperCase(), current_password: PASSWORD })
  expect(moved).toMatchObject({ status: 200, body: { email, name: 'Sara', role: 'owner' } })
  expect((await person.request('GET', '/api/v1/me/')).body).toEqual(moved.body)
  expect(await signIn(server, person.email, PASSWORD)).toBeNull()
  expect(await signIn(server, email, PASSWORD)).not.toBeNull()
  expect((await deedsOf(person)).slice(1, 3)).toEqual([
    ['account.changed', { changed: ['email'] }],
    ['account.changed', { changed: ['name'] }],
  ])
  expect(await server.sql('select 1 from tenants where owner_id = $1::uuid', [person.userId])).toHaveLength(1)
})

test('an address stays unchanged without the right password; the refusal is logged, and its message is in both languages', async () => {
  const person = await signedIn(server, 'owner')
  const [email, name] = [anAddress(), 'Not stored either']
  const without = await change(person, { email, name })
  const wrong = await change(person, { email, name, current_password: 'not my password' }, { 'accept-language': 'fa' })
  const issue = (detail: string) => ({ error: 'invalid_input', issues: [{ path: 'current_password', detail }] })
  expect(without).toMatchObject({ status: 400, body: issue('is not your current password') })
  expect(wrong).toMatchObject({ status: 400, body: issue('گذرواژهٔ کنونی درست نیست') })
  expect((await person.request('GET', '/api/v1/me/')).body).toMatchObject({ email: person.email, name: '' })
  const [last, before] = await deedsOf(person)
  expect([last, before?.[0]]).toEqual([['account.refused', {}], 'session.started'])
  expect(JSON.stringify(await server.sql('select * from audit_log'))).not.toContain('not my password')
})

test('an unchanged value changes nothing and needs no password', async () => {
  const person = await signedIn(server, 'owner')
  const answer = await change(person, { email: person.email.toUpperCase(), name: '' })
  expect(answer).toMatchObject({ status: 200, body: { email: person.email } })
  expect((await deedsOf(person))[0]?.[0]).toBe('session.started')
})

test('fields that users may not change of themselves stay unchanged', async () => {
  const person = await signedIn(server, 'owner')
  await change(person, { role: 'admin', is_active: false, tenant_id: 1, name: 'Still an owner' })
  expect((await person.request('GET', '/api/v1/me/')).body).toMatchObject({ role: 'owner', name: 'Still an owner' })
  const key = await server.admin('PATCH', '/api/v1/me/', { name: 'The key' })
  expect(key).toMatchObject({ status: 403, body: { error: 'no_account' } })
})

test('an address of another user is refused, and neither user changes', async () => {
  const [person, other] = [await signedIn(server, 'owner'), await signedIn(server, 'owner')]
  const answer = await change(person, { email: other.email, current_password: PASSWORD })
  expect(answer).toMatchObject({
    status: 400,
    body: { issues: [{ path: 'email', detail: 'is taken by another user' }] },
  })
  for (const one of [person, other])
    expect((await one.request('GET', '/api/v1/me/')).body.email, 'as it was').toBe(one.email)
  expect((await deedsOf(person))[0]?.[0]).toBe('session.started')
})

test('guesses of the password and of other users’ addresses are counted like those at the sign-in', async () => {
  const other = await signedIn(strict, 'owner')
  for (const [from, guess] of [
    ['192.0.2.1', { email: anAddress(), current_password: 'a wrong guess' }],
    ['192.0.2.2', { email: other.email, current_password: PASSWORD }],
  ] as const) {
    const person = await signedIn(strict, 'owner')
    const ask = (body: object, address: string = from) => change(person, body, { 'x-forwarded-for': address })
    const statuses = []
    for (let n = 0; n < 4; n += 1) statuses.push((await ask(guess)).status)
    expect(statuses).toEqual([400, 400, 400, 429])
    const right = { email: anAddress(), current_password: PASSWORD }
    const refused = await ask(right, '192.0.2.3')
    expect(refused, 'from anywhere').toMatchObject({ status: 429, body: { error: 'too_many_failures' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask({ name: 'A name is no secret' })).status).toBe(200)
  }
})

test('a new password ends every other session, whether or not the caller asks for it', async () => {
  for (const wish of [{}, { revokeOtherSessions: false }]) {
    const person = await signedIn(server, 'owner')
    const elsewhere = (await signIn(server, person.email, PASSWORD)) ?? ''
    const answer = await person.request('POST', '/api/auth/change-password', {
      currentPassword: PASSWORD,
      newPassword: 'a quite new password',
      ...wish,
    })
    expect(answer.status).toBe(200)
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const me = async (of: string) => (await call(server.url, 'GET', '/api/v1/me/', { cookie: of })).status
    expect([await me(cookie), await me(elsewhere), await me(person.cookie)]).toEqual([200, 401, 401])
    expect(await server.sql('select 1 from sessions where user_id = $1::uuid', [person.userId])).toHaveLength(1)
  }
})
