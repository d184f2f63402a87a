import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { PASSWORD, signedIn } from '../../support/people.ts'
import { ADMIN_API_KEY, call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let https: TestServer

beforeAll(async () => {
  server = await startTestServer()
  https = await startTestServer({ PUBLIC_URL: 'https://sync.example.com' })
})
afterAll(async () => {
  await server.stop()
  await https.stop()
})

const operator = { authorization: `Bearer ${ADMIN_API_KEY}` }

/** Each kind of answer, with any status. */
const ANSWERS: [method: string, path: string, headers: Record<string, string>, body: unknown, status: number][] = [
  ['GET', '/healthz', {}, undefined, 200],
  ['GET', '/metrics', {}, undefined, 200],
  ['GET', '/openapi.json', {}, undefined, 200],
  ['GET', '/docs', {}, undefined, 200],
  ['GET', '/docs/static/index.css', {}, undefined, 200],
  ['GET', '/reset-password?token=x', {}, undefined, 200],
  ['GET', '/downloads/fiko-woocommerce-sync.zip', { 'if-none-match': '*' }, undefined, 304],
  ['GET', '/api/v1/backup/', operator, undefined, 200],
  ['GET', '/api/v1/users/', operator, undefined, 200],
  ['GET', '/api/v1/users/', {}, undefined, 401],
  ['GET', '/api/auth/get-session', {}, undefined, 200],
  ['POST', '/api/v1/users/', operator, {}, 400],
  ['POST', '/api/v1/stores/', operator, '{', 400],
  ['GET', '/', {}, undefined, 200],
  ['GET', '/stores', { accept: 'text/html' }, undefined, 200],
  ['GET', '/api/nowhere', {}, undefined, 404],
]

test('the headers of every answer forbid frames, foreign scripts, type sniffing, sensors and caching', async () => {
  for (const [method, path, headers, body, status] of ANSWERS) {
    const answer = await call(server.url, method, path, headers, body)
    const header = (name: string) => answer.headers.get(name) ?? ''
    expect(answer.status, path).toBe(status)
    expect(header('x-content-type-options'), path).toBe('nosniff')
    expect(header('referrer-policy'), path).toMatch(/^(same-origin|no-referrer)$/)
    expect(header('cross-origin-opener-policy'), path).toBe('same-origin')
    expect(header('cross-origin-resource-policy'), path).toBe('same-origin')
    expect(header('permissions-policy'), path).toContain('camera=()')
    expect(header('content-security-policy'), path).toMatch(/^default-src '(none|self)'/)
    expect(header('content-security-policy'), path).toContain("frame-ancestors 'none'")
    expect(header('content-security-policy'), path).not.toContain('unsafe')
    expect(answer.headers.has('strict-transport-security'), path).toBe(false)
    const isForAnybody = /^\/(docs\/static|downloads)\//.test(path)
    if (!isForAnybody) expect(header('cache-control'), path).toBe('no-store')
    // Only a page may do anything at all, and only with its own files.
    const isPage = header('content-type').startsWith('text/html')
    if (!isPage && !path.startsWith('/docs')) expect(header('content-security-policy')).toContain("default-src 'none'")
  }
  const shop = await server.newShop()
  const accepted = await shop.send(anUpdate())
  expect([accepted.status, accepted.headers.get('cache-control')]).toEqual([202, 'no-store'])
})

test('pages carry no script or style in themselves', async () => {
  for (const path of ['/', '/docs', '/reset-password?token=x']) {
    const page = String((await call(server.url, 'GET', path)).body)
    expect(page, path).toMatch(/<!doctype html>/i)
    expect(page, path).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i)
  }
})

test('HSTS is sent only over https', async () => {
  for (const path of ['/healthz', '/', '/docs', '/api/nowhere']) {
    const answer = await call(https.url, 'GET', path)
    expect(answer.headers.get('strict-transport-security'), path).toMatch(/^max-age=\d{8}/)
  }
})

test('behind https the session’s cookie is Secure, HttpOnly, SameSite, of this host only, and says so in its name', async () => {
  const person = await signedIn(https, 'owner')
  const signIn = (origin: string) =>
    call(https.url, 'POST', '/api/auth/sign-in/email', { origin }, { email: person.email, password: PASSWORD })
  const answer = await signIn('https://sync.example.com')
  expect(answer.status).toBe(200)
  const cookies = answer.headers.getSetCookie()
  expect(cookies).toHaveLength(1)
  const [session = ''] = cookies
  expect(session).toMatch(/^__Secure-fiko\.session_token=/)
  for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(session).toContain(attribute)
  expect(session).not.toMatch(/Domain=/i)
  const me = await call(https.url, 'GET', '/api/v1/me/', { cookie: session.split(';')[0] ?? '' })
  expect(me.body.user_id).toBe(person.userId)
  expect((await signIn('https://evil.example')).status).toBe(403)
})
