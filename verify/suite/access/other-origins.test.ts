import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, type Person, signedIn } from '../../support/people.ts'
import { sendRaw } from '../../support/raw-http.ts'
import { ADMIN_API_KEY, call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let person: Person

beforeAll(async () => {
  server = await startTestServer()
  person = await signedIn(server, 'owner')
})
afterAll(() => server.stop())

const SIGN_IN = '/api/auth/sign-in/email'
const isSignedIn = async () => (await person.request('GET', '/api/v1/me/')).status === 200

/** The browser's headers for a page of another origin. */
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

test('the scheme of an Origin counts: the same host over another one is another site', async () => {
  const other = server.url.replace('http:', 'https:')
  const answer = await call(
    server.url,
    'POST',
    '/api/v1/stores/',
    { cookie: person.cookie, origin: other },
    { name: 'x' },
  )
  expect([answer.status, answer.body.error]).toEqual([403, 'other_origin'])
  expect(
    (await call(server.url, 'POST', SIGN_IN, { origin: other }, { email: person.email, password: PASSWORD })).status,
  ).toBe(403)
})

test('with PUBLIC_URL its host needs the scheme of PUBLIC_URL, with a trusted proxy or without; other hosts work as before', async () => {
  const published = await startTestServer({ PUBLIC_URL: 'https://sync.example.com' })
  const credentials = { email: 'nobody@example.com', password: PASSWORD }
  const ask = async (host: string, origin: string) => {
    const head = `POST ${SIGN_IN} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\n`
    const body = JSON.stringify(credentials)
    return (await sendRaw(published.url, `${head}Content-Length: ${body.length}\r\n\r\n${body}`)).status
  }
  expect(await ask('sync.example.com', 'https://sync.example.com')).toBe(401)
  expect(await ask('sync.example.com', 'http://sync.example.com')).toBe(403)
  expect(await ask('sync.example.com:443', 'http://sync.example.com:443')).toBe(403)
  expect(await ask('10.0.0.7:8787', 'http://10.0.0.7:8787')).toBe(401)
  expect(await ask('10.0.0.7:8787', 'https://10.0.0.7:8787')).toBe(403)
  expect(await ask('10.0.0.7:8787', 'https://sync.example.com')).toBe(401)
  await published.stop()
  const trusting = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' })
  const { host } = new URL(trusting.url)
  const forwarded = { origin: `https://${host}`, 'x-forwarded-proto': 'https' }
  expect((await call(trusting.url, 'POST', SIGN_IN, forwarded, credentials)).status).toBe(401)
  expect(
    (await call(trusting.url, 'POST', SIGN_IN, { ...forwarded, origin: `http://${host}` }, credentials)).status,
  ).toBe(403)
  await trusting.stop()
})

test('a link on another site starts no backup, diagnosis or export, and is not written down; our own pages may', async () => {
  const admin = await signedIn(server, 'admin')
  const [tenant] = await server.sql('select id from tenants where owner_id = $1::uuid', [admin.userId])
  const paths = ['/api/v1/backup/', '/api/v1/diagnosis/', `/api/v1/tenants/${tenant?.id}/export/`, '/api/v1/me/']
  const noted = async () => (await server.sql(`select action from audit_log where actor_id = '${admin.userId}'`)).length
  const before = await noted()
  const navigation = { accept: 'text/html,application/xhtml+xml', 'upgrade-insecure-requests': '1' }
  const foreign: Record<string, string>[] = [
    ...FOREIGN,
    ...FOREIGN.map((headers) => ({ ...headers, ...navigation })),
    // Over plain HTTP browsers send no Sec-Fetch-Site.
    navigation,
    { referer: 'https://evil.example/page' },
    { referer: 'https://evil.example/page', ...navigation },
    { referer: server.url.replace('http:', 'https:'), ...navigation },
    { referer: 'not an address', ...navigation },
    { origin: server.url, 'sec-fetch-site': 'cross-site' },
    { referer: server.url, 'sec-fetch-site': 'cross-site', ...navigation },
  ]
  for (const path of paths) {
    for (const method of ['GET', 'HEAD']) {
      for (const headers of foreign) {
        const answer = await call(server.url, method, path, { cookie: admin.cookie, ...headers })
        // A backup and an export have no HEAD, which would make the whole answer.
        const isMissing = method === 'HEAD' && /backup|export/.test(path)
        expect(answer.status, `${method} ${path} ${JSON.stringify(headers)}`).toBe(isMissing ? 404 : 403)
      }
    }
  }
  expect(await noted()).toBe(before)
  const own: Record<string, string>[] = [
    { 'sec-fetch-site': 'same-origin', ...navigation },
    { referer: `${server.url}/settings`, ...navigation },
    { origin: server.url },
  ]
  for (const path of paths) {
    for (const headers of own) {
      const answer = await fetch(`${server.url}${path}`, { headers: { cookie: admin.cookie, ...headers } })
      expect(answer.status, `${path} ${JSON.stringify(headers)}`).toBe(200)
      await answer.arrayBuffer()
    }
    const byKey = await fetch(`${server.url}${path}`, {
      headers: { authorization: `Bearer ${ADMIN_API_KEY}`, ...FOREIGN[3] },
    })
    expect(byKey.status).toBe(200)
    await byKey.arrayBuffer()
  }
  expect(await noted()).toBe(before + 9)
})

test('without an Origin the browser’s own word for the same site is enough', async () => {
  const own = { cookie: person.cookie, 'sec-fetch-site': 'same-origin' }
  const made = await call(server.url, 'POST', '/api/v1/stores/', own, { name: 'ours' })
  expect(made.status).toBe(201)
})

test('another site cannot sign a user in; a program, which sends neither header, can', async () => {
  const credentials = { email: person.email, password: PASSWORD }
  for (const headers of FOREIGN) {
    const answer = await call(server.url, 'POST', SIGN_IN, headers, credentials)
    expect([answer.status, answer.headers.getSetCookie()], JSON.stringify(headers)).toEqual([403, []])
  }
  expect((await call(server.url, 'POST', SIGN_IN, {}, credentials)).status).toBe(200)
})

test('a form’s body is not read as JSON, with and without a session', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const headers = { cookie: person.cookie, origin: server.url, 'content-type': type }
    const forged = await call(server.url, 'POST', '/api/v1/stores/', headers, '{"name":"forged"}')
    expect([forged.status, forged.body.error], type).toEqual([415, 'not_json'])
    const signIn = await call(server.url, 'POST', SIGN_IN, { 'content-type': type }, '{"email":"a@example.com"}')
    expect(signIn.status, type).toBe(415)
  }
})

test('only the documented endpoints of the sign-in library can be reached', async () => {
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
