import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, type Person, signedIn } from '../../support/people.ts'
import { type Answer, call, startTestServer, type TestServer } from '../../support/test-server.ts'

const SIGN_IN = '/api/auth/sign-in/email'
const CHANGE = '/api/auth/change-password'
const FAILURES = 3

let server: TestServer
let owner: Person
let addresses = 0

beforeAll(async () => {
  // A trusted proxy, so that each attempt comes from an address of its own and only the account's limit is left.
  server = await startTestServer({ FAILED_AUTH_PER_MINUTE: String(FAILURES), TRUSTED_PROXIES: '127.0.0.1' })
  owner = await signedIn(server, 'owner')
})
afterAll(() => server.stop())

const anAddress = () => {
  addresses += 1
  return `198.51.${addresses >> 8}.${addresses & 255}`
}
const send = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> =>
  call(server.url, 'POST', path, { origin: server.url, 'x-forwarded-for': anAddress(), ...headers }, body)

const BOM = '\ufeff'
/** One object, written in ways that two parsers could read in two ways. */
const SPELLINGS: Record<string, (email: string, password: string) => string> = {
  'a byte order mark': (email, password) => BOM + JSON.stringify({ email, password }),
  'an address twice': (email, password) => `{"email":"else@example.com","email":"${email}","password":"${password}"}`,
  'an address in capitals and spaces': (email, password) =>
    JSON.stringify({ email: `  ${email.toUpperCase()} `, password }),
  'escaped keys': (email, password) => `{"\\u0065mail":"${email}","p\\u0061ssword":"${password}"}`,
  'unknown fields': (email, password) =>
    JSON.stringify({ email, password, user: 'x', callbackURL: 'https://evil.example', $where: 1 }),
  'white space around it': (email, password) => `\r\n\t ${JSON.stringify({ email, password })} \n`,
}

test.each(Object.entries(SPELLINGS))('%s takes nothing off the limit of an account', async (_name, spell) => {
  const person = await signedIn(server, 'owner')
  const statuses: number[] = []
  for (let tries = 0; tries < FAILURES + 2; tries += 1) {
    statuses.push((await send(SIGN_IN, spell(person.email, 'a wrong password'))).status)
  }
  expect(statuses).toEqual([401, 401, 401, 429, 429])
  // The right password is not looked at either: the attempts were counted for this account.
  expect((await send(SIGN_IN, spell(person.email, PASSWORD))).status).toBe(429)
  const refused = await server.sql(
    `select actor_kind, detail from audit_log where action = 'session.refused' and target_id = $1 order by id`,
    [person.userId],
  )
  expect(refused).toEqual([
    { actor_kind: 'anonymous', detail: { attempts: 1 } },
    { actor_kind: 'anonymous', detail: { attempts: 1 } },
    { actor_kind: 'anonymous', detail: { attempts: 1 } },
  ])
})

test.each(Object.entries(SPELLINGS))('%s signs in, and the audit log names the person', async (_name, spell) => {
  const person = await signedIn(server, 'owner')
  const answer = await send(SIGN_IN, spell(person.email, PASSWORD))
  expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
  const rows = await server.sql(
    `select actor_id, actor_kind from audit_log where action = 'session.started' and target_id = $1`,
    [person.userId],
  )
  expect(rows).toEqual(Array(2).fill({ actor_id: person.userId, actor_kind: 'owner' }))
})

test.each([
  ['a byte order mark', (fields: object) => BOM + JSON.stringify(fields)],
  [
    'the wish to keep other sessions',
    (fields: object) => `${JSON.stringify(fields).slice(0, -1)},"revokeOtherSessions":false}`,
  ],
  ['keys twice', (fields: object) => `{"newPassword":"ignored entirely",${JSON.stringify(fields).slice(1)}`],
])('a change of password with %s ends the other sessions', async (_name, spell) => {
  const person = await signedIn(server, 'owner')
  const other = await send(SIGN_IN, JSON.stringify({ email: person.email, password: PASSWORD }))
  const otherCookie = other.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const answer = await send(CHANGE, spell({ currentPassword: PASSWORD, newPassword: 'another long password' }), {
    cookie: person.cookie,
  })
  expect(answer.status).toBe(200)
  const asked = await call(server.url, 'GET', '/api/v1/me/', { cookie: otherCookie })
  expect(asked.status).toBe(401)
  const rows = await server.sql(`select actor_id from audit_log where action = 'password.changed' and target_id = $1`, [
    person.userId,
  ])
  expect(rows).toEqual([{ actor_id: person.userId }])
})

const NO_OBJECT: Record<string, string | Uint8Array> = {
  'a list': '[{"email":"a@example.com","password":"a long password"}]',
  'a text': '"email"',
  null: 'null',
  'a number': '5',
  nothing: '',
  'two objects': '{"email":"a@example.com"}{"password":"a long password"}',
  'UTF-16': Buffer.from('{"email":"a@example.com","password":"a long password"}', 'utf16le'),
  'UTF-16 with its mark': Buffer.from('\ufeff{"email":"a@example.com","password":"a long password"}', 'utf16le'),
  'two byte order marks': `${BOM}${BOM}{"email":"a@example.com","password":"a long password"}`,
  'broken UTF-8': Buffer.concat([
    Buffer.from('{"email":"a@example.com","password":"'),
    Buffer.of(0xc3, 0x28, 0x22, 0x7d),
  ]),
  'another prototype': '{"__proto__":{"email":"a@example.com"},"password":"a long password"}',
  'lists for texts':
    '{"email":["a@example.com"],"password":["a long password"],"currentPassword":[1],"newPassword":[2]}',
  'numbers for texts': '{"email":1,"password":2,"currentPassword":3,"newPassword":4}',
  'only half of the fields': '{"email":"a@example.com","newPassword":"a long password"}',
}

test.each(Object.entries(NO_OBJECT))(
  '%s is a 400 at sign-in and at the change of a password, and nothing is noted',
  async (_name, body) => {
    const noted = () => server.sql('select count(*)::int as count from audit_log')
    const before = await noted()
    for (const path of [SIGN_IN, CHANGE]) {
      const answer = await send(path, body, { cookie: owner.cookie })
      expect([answer.status, answer.headers.get('content-type')], path).toEqual([
        400,
        expect.stringContaining('application/problem+json'),
      ])
    }
    expect(await noted()).toEqual(before)
  },
)

test('other content types and encodings are a 415, with any body', async () => {
  const body = JSON.stringify({ email: owner.email, password: PASSWORD })
  const form = `email=${encodeURIComponent(owner.email)}&password=${encodeURIComponent(PASSWORD)}`
  for (const path of [SIGN_IN, CHANGE, '/api/auth/sign-out']) {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
    ]) {
      const answer = await send(path, type.includes('urlencoded') ? form : body, {
        'content-type': type,
        cookie: owner.cookie,
      })
      expect([answer.status, answer.headers.getSetCookie()], `${path} ${type}`).toEqual([415, []])
    }
    const packed = await send(path, gzipSync(body), { 'content-encoding': 'gzip', cookie: owner.cookie })
    expect(packed.status, path).toBe(415)
  }
  expect((await call(server.url, 'GET', '/api/v1/me/', { cookie: owner.cookie })).status).toBe(200)
})

test('a one-time link is read once: with the token twice in the form, the first is the one that counts and is used up', async () => {
  const person = await signedIn(server, 'owner')
  const made = await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  const token = new URL(made.body.reset_link, server.url).searchParams.get('token') ?? ''
  const form = (text: string) => send('/reset-password', text, { 'content-type': 'application/x-www-form-urlencoded' })
  expect((await form(`token=wrong&token=${token}&password=a+quite+new+password`)).status).toBe(400)
  expect((await form(`token=${token}%00&password=a+quite+new+password`)).status).toBe(400)
  expect((await form(`token=${token}&password=short`)).status).toBe(400)
  expect((await form(`token=${token}&token=wrong&password=a+quite+new+password`)).status).toBe(200)
  expect((await form(`token=${token}&password=a+quite+new+password`)).status).toBe(400)
  const stored = JSON.stringify(await server.sql('select * from verifications'))
  expect(stored).not.toContain(token)
  const set = await server.sql(`select actor_id from audit_log where action = 'password.set_by_link'`)
  expect(set).toEqual([{ actor_id: person.userId }])
})
