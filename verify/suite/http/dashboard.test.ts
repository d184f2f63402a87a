import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDashboard } from '../../../server/src/operations/dashboard-routes.ts'
import { createHttp, type Http } from '../../../server/src/platform/http/http.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'

/** As Vite writes it: the mark stands wherever an element needs the nonce. */
const INDEX = `<!doctype html><html><meta property="csp-nonce" nonce="FIKO_NONCE">
<script type="module" src="/assets/index-1a2b.js" nonce="FIKO_NONCE"></script><title>Fiko Sync</title></html>`
const SCRIPT = 'console.log("a dashboard")\n'

const folder = mkdtempSync(join(tmpdir(), 'fiko-dashboard-'))
let built: Http
let builtUrl: string
let bare: Http
let server: TestServer

const withDashboard = async (from: string) => {
  const { routes, pageAt } = openDashboard(from)
  const app = await createHttp(createLog('silent'), { trustedProxies: [], publicUrl: null, pageAt })
  await routes(app)
  return app
}

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), INDEX)
  writeFileSync(join(folder, 'secret.txt'), 'not an asset')
  writeFileSync(join(folder, 'assets/index-1a2b.js'), SCRIPT)
  writeFileSync(join(folder, 'assets/index-1a2b.js.gz'), gzipSync(SCRIPT))
  built = await withDashboard(folder)
  builtUrl = await built.listen({ host: '127.0.0.1', port: 0 })
  bare = await withDashboard(join(folder, 'nowhere'))
  server = await startTestServer()
})
afterAll(async () => {
  await built.close()
  await bare.close()
  await server.stop()
  rmSync(folder, { recursive: true })
})

const get = (path: string, headers: Record<string, string> = {}) => call(builtUrl, 'GET', path, headers)

test('every path that may be a page answers with the page, which is never cached', async () => {
  for (const path of ['/', '/stores', '/stores/7/connect?user_id=x', '/anything/at/all', '/apish', '/documents']) {
    const answer = await get(path, { accept: 'text/html,*/*;q=0.8' })
    expect(answer.status, path).toBe(200)
    expect(answer.headers.get('content-type'), path).toContain('text/html')
    expect(answer.headers.get('cache-control'), path).toBe('no-store')
    expect(answer.body, path).toContain('<title>Fiko Sync</title>')
  }
})

test('other paths answer with a problem document: an unknown path of the API, a missing file, another method', async () => {
  const paths = [
    '/api/v1/nowhere/',
    '/api',
    '/mcp/x',
    '/docs/nowhere',
    '/metrics/x',
    '/favicon.ico',
    '/assets/gone.js',
    '/a.php',
  ]
  for (const path of paths) {
    const answer = await get(path, { accept: 'text/html' })
    expect(answer.status, path).toBe(404)
    expect(answer.headers.get('content-type'), path).toContain('application/problem+json')
    expect(answer.body.error, path).toBe('not_found')
  }
  expect((await call(builtUrl, 'POST', '/stores', { accept: 'text/html' }, {})).status).toBe(404)
  const toPrograms = await get('/stores', { accept: '*/*' })
  expect([toPrograms.status, toPrograms.body.error]).toEqual([404, 'not_found'])
})

test('its styles are let in by a nonce of this very answer, and nothing inline by a rule', async () => {
  const nonces = new Set<string>()
  for (let times = 0; times < 3; times += 1) {
    const answer = await get('/')
    const policy = answer.headers.get('content-security-policy') ?? ''
    const nonce = /style-src 'self' 'nonce-([\w-]{24})'/.exec(policy)?.[1] ?? ''
    expect(nonce).not.toBe('')
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(answer.body).toContain(`nonce="${nonce}"`)
    expect(answer.body).not.toContain('FIKO_NONCE')
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(3)
})

test('files of the dashboard are cached permanently and compressed for clients that accept it, and no other files are served', async () => {
  const plain = await get('/assets/index-1a2b.js', { 'accept-encoding': 'identity' })
  expect(plain.status).toBe(200)
  expect(plain.body).toBe(SCRIPT)
  expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(plain.headers.get('content-type')).toMatch(/javascript/)
  const small = await built.inject({ url: '/assets/index-1a2b.js', headers: { 'accept-encoding': 'gzip' } })
  expect(small.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(small.rawPayload).toString()).toBe(SCRIPT)
  for (const path of ['/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/assets/..%2fsecret.txt', '/secret.txt']) {
    const answer = await built.inject({ url: path })
    expect(answer.statusCode, path).toBeGreaterThanOrEqual(400)
    expect(answer.body, path).not.toContain('not an asset')
  }
})

test('without a build the page names the command that builds it, in the language of the caller', async () => {
  const english = await bare.inject({ url: '/' })
  expect(english.statusCode).toBe(200)
  expect(english.body).toContain('npm ci')
  expect(english.body).toContain('dir="ltr"')
  const persian = await bare.inject({ url: '/stores', headers: { 'accept-language': 'fa', accept: 'text/html' } })
  expect(persian.body).toContain('dir="rtl"')
  expect((await bare.inject({ url: '/assets/index.js' })).statusCode).toBe(404)
})

test('the dashboard is public at every path of the server, and unknown paths of the API answer as before', async () => {
  const page = await call(server.url, 'GET', '/stores', { accept: 'text/html' })
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
  for (const [, file] of String(page.body).matchAll(/"(\/assets\/[^"]+)"/g)) {
    expect((await call(server.url, 'GET', file ?? '')).status, file).toBe(200)
  }
  const api = await call(server.url, 'GET', '/api/v1/nowhere/')
  expect([api.status, api.body.error]).toEqual([404, 'not_found'])
  const described = await call(server.url, 'GET', '/openapi.json')
  expect(Object.keys(described.body.paths).filter((path) => !/^\/(api|ucp)\//.test(path))).toEqual([])
  const unknown = await call(server.url, 'GET', '/ucp/nowhere', { accept: 'text/html' })
  expect([unknown.status, unknown.body.error]).toEqual([404, 'not_found'])
})
