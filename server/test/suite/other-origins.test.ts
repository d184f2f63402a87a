import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, type Person, signedIn } from '../support/people.ts'
import { call, startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
let person: Person

beforeAll(async () => {
  server = await startTestServer()
  person = await signedIn(server, 'owner')
})
afterAll(() => server.stop())

const SIGN_IN = '/api/auth/sign-in/email'
const isSignedIn = async () => (await person.request('GET', '/api/v1/me/')).status === 200

/** What a browser says of a page that is not ours. */
const FOREIGN: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'not an address' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
]

test('with a session nothing is changed from another site, or from nowhere', async () => {
  for (const headers of [...FOREIGN, {}]) {
    const withCookie = { cookie: person.cookie, ...headers }
    for (const [method, path, body] of [
      ['POST', '/api/v1/stores/', { name: 'forged' }],
      ['POST', '/api/auth/sign-out', {}],
      ['POST', '/api/auth/change-password', { currentPassword: PASSWORD, newPassword: 'a forged password' }],
      ['PATCH', '/api/v1/me/', { email: 'forged@example.com', current_password: PASSWORD }],
    ] as const) {
      const answer = await call(server.url, method, path, withCookie, body)
      expect([answer.status, answer.body.error], `${path} ${JSON.stringify(headers)}`).toEqual([403, 'other_origin'])
    }
  }
  const contradiction = { cookie: person.cookie, origin: server.url, 'sec-fetch-site': 'cross-site' }
  expect((await call(server.url, 'POST', '/api/v1/stores/', contradiction, { name: 'forged' })).status).toBe(403)
  expect((await person.request('GET', '/api/v1/stores/')).body.results).toEqual([])
  expect(await isSignedIn()).toBe(true)
})

test('without an Origin the browser’s own word for the same site is enough', async () => {
  const own = { cookie: person.cookie, 'sec-fetch-site': 'same-origin' }
  const made = await call(server.url, 'POST', '/api/v1/stores/', own, { name: 'ours' })
  expect(made.status).toBe(201)
})

test('another site signs nobody in; a program, which sends neither header, may', async () => {
  const credentials = { email: person.email, password: PASSWORD }
  for (const headers of FOREIGN) {
    const answer = await call(server.url, 'POST', SIGN_IN, headers, credentials)
    expect([answer.status, answer.headers.getSetCookie()], JSON.stringify(headers)).toEqual([403, []])
  }
  expect((await call(server.url, 'POST', SIGN_IN, {}, credentials)).status).toBe(200)
})

test('what a form can send is not taken for JSON, signed in or not', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const headers = { cookie: person.cookie, origin: server.url, 'content-type': type }
    const forged = await call(server.url, 'POST', '/api/v1/stores/', headers, '{"name":"forged"}')
    expect([forged.status, forged.body.error], type).toEqual([415, 'not_json'])
    const signIn = await call(server.url, 'POST', SIGN_IN, { 'content-type': type }, '{"email":"a@example.com"}')
    expect(signIn.status, type).toBe(415)
  }
})

test('of the sign-in library only what is documented can be reached', async () => {
  const paths = [
    'sign-up/email',
    'update-user',
    'delete-user',
    'change-email',
    'request-password-reset',
    'reset-password',
  ]
  for (const path of [...paths, 'list-sessions', 'sign-in/social', 'ok', 'error']) {
    for (const method of ['GET', 'POST']) {
      const answer = await person.request(method, `/api/auth/${path}`, method === 'POST' ? {} : undefined)
      expect(answer.status, `${method} ${path}`).toBe(404)
    }
  }
})

test('signing out ends the session, and its cookie, at the server', async () => {
  const leaving = await signedIn(server, 'owner')
  const answer = await leaving.request('POST', '/api/auth/sign-out', {})
  expect(answer.status).toBe(200)
  expect(answer.headers.getSetCookie()[0]).toMatch(/Max-Age=0/)
  expect((await leaving.request('GET', '/api/v1/me/')).status).toBe(401)
})

test('no answer allows another site to read it', async () => {
  const headers = { cookie: person.cookie, origin: 'https://evil.example' }
  const answer = await call(server.url, 'GET', '/api/v1/me/', headers)
  for (const [name] of answer.headers) expect(name).not.toMatch(/^access-control-/)
  const preflight = { ...headers, 'access-control-request-method': 'POST' }
  expect((await call(server.url, 'OPTIONS', '/api/v1/stores/', preflight)).status).toBe(404)
})
