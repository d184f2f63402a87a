import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { databaseKind, startTestServer, type TestServer } from '../../support/test-server.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer(env)
  open.push(() => server.stop())
  return server
}

const change = (server: TestServer, values: Record<string, unknown>) =>
  server.admin('PATCH', '/api/v1/settings/', { values })

interface Release {
  status?: number
  headers?: Record<string, string>
  body: string
}

async function startReleases() {
  const asked: Record<string, unknown>[] = []
  const next: Release[] = []
  const server = createServer((request, response) => {
    asked.push({ method: request.method, url: request.url, ...request.headers })
    const { status = 200, headers = {}, body } = next.shift() ?? { body: '{}' }
    response.writeHead(status, headers).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest`, asked, next }
}

const version = async (server: TestServer) => (await server.admin('GET', '/api/v1/version/')).body

test('the page of versions names the program, the tables and the database', async () => {
  const server = await start()
  const body = await version(server)
  const [newest] = await server.sql<{ name: string }>('select name from schema_migrations order by number desc limit 1')
  expect(body).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    schema: newest?.name,
    database: { kind: databaseKind, version: expect.stringMatching(/^\d+/) },
    uptime_s: expect.any(Number),
    update_check: { is_on: false, asked_at: null },
    newer: null,
  })
  expect(body.commit === null || /^[0-9a-f]{40}$/.test(body.commit)).toBe(true)
})

test('a newer version is looked for only with the switch on, and at most once a day', async () => {
  const releases = await startReleases()
  const page = 'https://example.com/releases/v99.0.0'
  const server = await start({ UPDATE_CHECK_URL: releases.url })
  await server.running.updateCheck.check()
  expect(releases.asked).toEqual([])

  // Each answer is ready before a request can be due: the server's own timer may be the one that asks.
  releases.next.push({ body: JSON.stringify({ tag_name: 'v99.0.0', html_url: page }) })
  expect((await change(server, { UPDATE_CHECK: true })).status).toBe(200)
  await Promise.all([server.running.updateCheck.check(), server.running.updateCheck.check()])
  expect(await version(server)).toMatchObject({
    newer: { version: '99.0.0', url: page },
    update_check: { is_on: true, newest: '99.0.0', problem: null, asked_at: expect.any(String) },
  })
  await server.running.updateCheck.check()
  expect(releases.asked).toHaveLength(1)
  // The request names the program, and nothing of this installation.
  expect(releases.asked[0]).toMatchObject({ method: 'GET', url: '/latest', 'user-agent': 'fiko-sync' })
  expect(Object.keys(releases.asked[0] ?? {}).sort()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'method',
    'url',
    'user-agent',
  ])

  const aDayLater = () => server.sql(`update update_checks set asked_at = asked_at - interval '25 hours'`)
  const faults: [Release, string][] = [
    [{ status: 503, body: 'busy' }, 'refused the request. (503)'],
    [{ body: '<html>' }, 'names no version'],
    [{ body: 'null' }, 'names no version'],
    [{ status: 302, headers: { location: 'http://elsewhere.example/x' }, body: '' }, 'another server'],
  ]
  for (const [answer, words] of faults) {
    releases.next.push(answer)
    await aDayLater()
    await server.running.updateCheck.check()
    const body = await version(server)
    expect(body.update_check.problem).toContain(words)
    expect(body.newer, 'the last good answer stays').toMatchObject({ version: '99.0.0' })
  }
  releases.next.push({ body: JSON.stringify({ tag_name: 'v0.0.1', html_url: 'javascript:alert(1)' }) })
  await aDayLater()
  await server.running.updateCheck.check()
  expect(await version(server)).toMatchObject({ newer: null, update_check: { newest: '0.0.1', problem: null } })

  const before = releases.asked.length
  await change(server, { UPDATE_CHECK: null })
  await aDayLater()
  await server.running.updateCheck.check()
  expect(releases.asked).toHaveLength(before)
})

test('the switch needs an address that tells the newest version', async () => {
  const server = await start()
  expect((await change(server, { UPDATE_CHECK: 'on' })).body.issues).toEqual([
    { path: 'UPDATE_CHECK', detail: expect.stringContaining('UPDATE_CHECK_URL') },
  ])
})
