import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, signedIn, signIn } from '../../support/people.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ ADMIN_EMAIL: 'first@example.com', ADMIN_PASSWORD: 'the first password' })
})
afterAll(() => server.stop())

test('the first admin signs in with the password of the settings', async () => {
  const cookie = await signIn(server, 'first@example.com', 'the first password')
  const me = await call(server.url, 'GET', '/api/v1/me/', { cookie: cookie ?? '' })
  expect(me.body.role).toBe('admin')
})

test('a wrong password gives no session', async () => {
  expect(await signIn(server, 'first@example.com', 'not the password')).toBeNull()
})

test('deactivated users get no session, also with the right password, until they are active again', async () => {
  const person = await signedIn(server, 'owner')
  const sessions = () => server.sql('select 1 from sessions where user_id = $1::uuid', [person.userId])
  await server.admin('PATCH', `/api/v1/users/${person.userId}/`, { is_active: false })
  const credentials = { email: person.email, password: PASSWORD }
  const refused = await call(server.url, 'POST', '/api/auth/sign-in/email', { origin: server.url }, credentials)
  expect([refused.status, refused.headers.getSetCookie()]).toEqual([401, []])
  expect(await sessions()).toEqual([])
  await server.admin('PATCH', `/api/v1/users/${person.userId}/`, { is_active: true })
  expect(await signIn(server, person.email, PASSWORD)).not.toBeNull()
})

test('there is no sign-up', async () => {
  const answer = await call(
    server.url,
    'POST',
    '/api/auth/sign-up/email',
    { origin: server.url },
    {
      email: 'me@example.com',
      password: PASSWORD,
      name: 'me',
    },
  )
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(await server.sql(`select 1 from users where email = 'me@example.com'`)).toEqual([])
})

test('passwords are stored as argon2id, and are never in an answer', async () => {
  const rows = await server.sql<{ password: string }>('select password from accounts')
  expect(rows.length).toBeGreaterThan(0)
  for (const { password } of rows) expect(password).toMatch(/^\$argon2id\$/)
  const users = await server.admin('GET', '/api/v1/users/')
  expect(JSON.stringify(users.body)).not.toContain('argon2')
})

test('the session cookie cannot be read by scripts or sent by other sites', async () => {
  const answer = await call(
    server.url,
    'POST',
    '/api/auth/sign-in/email',
    { origin: server.url },
    {
      email: 'first@example.com',
      password: 'the first password',
    },
  )
  const cookie = answer.headers.getSetCookie()[0]
  expect(cookie).toContain('HttpOnly')
  expect(cookie).toContain('SameSite=Lax')
})

test('a one-time link sets a password once, and ends the sessions there were', async () => {
  const person = await signedIn(server, 'owner')
  const made = await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  const token = new URL(made.body.reset_link, server.url).searchParams.get('token') ?? ''
  const page = await fetch(`${server.url}${made.body.reset_link}`, { headers: { 'accept-language': 'fa' } })
  const html = await page.text()
  expect(html).toContain('dir="rtl"')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const post = (password: string) =>
    fetch(`${server.url}/reset-password`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, password }),
    })
  expect((await post('short')).status).toBe(400)
  expect((await post('a quite new password')).status).toBe(200)
  expect((await post('another new password')).status).toBe(400)
  expect((await person.request('GET', '/api/v1/me/')).status).toBe(401)
  expect(await signIn(server, person.email, PASSWORD)).toBeNull()
  expect(await signIn(server, person.email, 'another new password')).toBeNull()
  expect(await signIn(server, person.email, 'a quite new password')).not.toBeNull()
})

test('an address in capitals and in small letters is one user', async () => {
  await server.admin('POST', '/api/v1/users/', { email: 'One@Example.com', role: 'owner' })
  const again = await server.admin('POST', '/api/v1/users/', { email: 'one@example.COM', role: 'owner' })
  expect(again.status).toBe(400)
  expect(again.body.issues[0].path).toBe('email')
})

test('a user is not given the address of another', async () => {
  const [person, other] = [await signedIn(server, 'owner'), await signedIn(server, 'owner')]
  const answer = await server.admin('PATCH', `/api/v1/users/${person.userId}/`, { email: other.email.toUpperCase() })
  expect(answer).toMatchObject({
    status: 400,
    body: { issues: [{ path: 'email', detail: 'is taken by another user' }] },
  })
  for (const one of [person, other]) expect((await one.request('GET', '/api/v1/me/')).body.email).toBe(one.email)
})

test('an owner has one tenant, and a token made for them belongs to it', async () => {
  const person = await signedIn(server, 'owner')
  const shop = await server.newShop({ tenantOf: person.userId })
  const rows = await server.sql('select 1 from tenants where owner_id = $1::uuid', [person.userId])
  expect(rows).toHaveLength(1)
  const mine = await person.request('GET', '/api/v1/stores/')
  expect(mine.body.results.map((store: { id: number }) => store.id)).toEqual([shop.storeId])
  const own = await person.request('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'woocommerce',
    name: 'mine',
  })
  expect(own.body.user.id).toBe(person.userId)
})

test('an admin cannot take their own rights away', async () => {
  const admin = await signedIn(server, 'admin')
  const answer = await admin.request('PATCH', `/api/v1/users/${admin.userId}/`, { role: 'owner' })
  expect(answer.status).toBe(409)
  expect((await admin.request('GET', '/api/v1/me/')).body.role).toBe('admin')
})
