import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PLUGIN_FOLDER } from '../../../server/src/plugin-api/plugin-zip.ts'
import { startChild } from '../../support/child-server.ts'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { startFakeProvider } from '../../support/fake-embedding-provider.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import {
  call,
  databaseKind,
  freshDatabase,
  shopOf,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const get = (path: string, headers: Record<string, string> = {}) => call(server.url, 'GET', path, headers)

test('the health endpoints answer alive and ready without authentication', async () => {
  expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(await get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
})

test('an unknown path is a problem document in the language of the caller', async () => {
  const english = await get('/api/v1/nowhere/?secret=1')
  expect(english.status).toBe(404)
  expect(english.headers.get('content-type')).toContain('application/problem+json')
  expect(english.body).toMatchObject({ type: 'about:blank', title: 'Not Found', status: 404, error: 'not_found' })
  expect(english.body.detail).toContain('GET /api/v1/nowhere/')
  expect(english.body.detail).not.toContain('secret')
  const persian = await get('/api/v1/nowhere/', { 'accept-language': 'fa-IR,fa;q=0.9' })
  expect(persian.body).toMatchObject({ status: 404, error: 'not_found', detail: expect.stringContaining('نشانی') })
  const method = await call(server.url, 'PUT', '/api/integrations/woocommerce/webhook/')
  expect(method).toMatchObject({ status: 404, body: { error: 'not_found' } })
})

test('the plugin can be downloaded without authentication, if it was installed with the server', async () => {
  const answer = await get('/downloads/fiko-woocommerce-sync.zip')
  if (existsSync(PLUGIN_FOLDER)) {
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/zip')
  } else expect(answer).toMatchObject({ status: 404, body: { error: 'no_plugin' } })
})

test('paths work with and without the slash at the end', async () => {
  for (const path of ['/healthz/', '/readyz/', '/api/v1/knowledge/stats']) {
    expect((await server.admin('GET', path)).status, path).toBe(200)
  }
})

const figures = async () => {
  const answer = await get('/metrics')
  expect(answer.status).toBe(200)
  const lines = String(answer.body)
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  return (name: string) => {
    const own = lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    return own.length === 0
      ? undefined
      : own.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }
}

test('the metrics have every figure that is named, and they move', async () => {
  const before = await figures()
  const moving = [
    'fiko_events_received_total',
    'fiko_events_applied_total',
    'fiko_event_processing_seconds_count',
    'fiko_event_processing_seconds_sum',
    'fiko_flush_events_count',
    'fiko_embedding_requests_total',
    'fiko_embedding_inputs_total',
    'fiko_embeddings_avoided',
    'fiko_event_failures_total',
    'fiko_dead_letters',
    'fiko_http_answers_total',
  ]
  const standing = [
    'fiko_open_events',
    'fiko_oldest_open_event_seconds',
    'fiko_pending_embeddings',
    'fiko_queue_wakeups',
    'fiko_embedding_failures_total',
    'fiko_quiet_stores',
    'fiko_maintenance_late_tasks',
  ]
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Measured' }))
  await server.settled()
  await shop.send(anUpdate({ id: 1, name: 'Measured', price: '1' }))
  await server.sql(`create function curse() returns trigger language plpgsql security definer as $$
    begin if new.name = 'Cursed' then raise exception 'cursed'; end if; return new; end $$`)
  await server.sql('create trigger curse before insert on products for each row execute function curse()')
  await shop.send(anUpdate({ id: 2, name: 'Cursed' }))
  await server.settled()
  // Wake-ups are taken ten times a second; the work did not wait for them.
  await waitFor('every wake-up to be taken', async () => (await figures())('fiko_queue_wakeups') === 0)
  const after = await figures()
  for (const name of moving) expect(after(name), name).toBeGreaterThan(before(name) ?? 0)
  for (const name of standing) expect(after(name), name).toBe(0)
  const text = String((await get('/metrics')).body)
  expect(text).toContain('fiko_events_received_total{receipt="accepted"} 3')
  expect(text).toContain('fiko_events_applied_total{outcome="created"} 1')
  expect(text).toContain('fiko_events_applied_total{outcome="metadata_updated"} 1')
  expect(text).toContain('fiko_event_failures_total{follows="retry"} 3')
  expect(text).toContain('fiko_event_failures_total{follows="dead_letter"} 1')
  expect(text).toContain('fiko_dead_letters{kind="event"} 1')
  expect(text).toContain('fiko_dead_letters{kind="embedding"} 0')
})

test('every figure that an alert or the dashboard for Grafana asks for is given', async () => {
  const text = String((await get('/metrics')).body)
  const given = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
  )
  for (const file of ['prometheus/alerts.yaml', 'prometheus/alerts.test.yaml', 'grafana/fiko-sync.json']) {
    const asked =
      readFileSync(new URL(`../../../packaging/${file}`, import.meta.url), 'utf8').match(/\bfiko_\w+/g) ?? []
    expect(asked.length, file).toBeGreaterThan(5)
    for (const name of asked) expect(given, file).toContain(name)
  }
})

test('a live store that was heard and fell silent is counted, others are not', async () => {
  const silent = await server.newShop()
  const loud = await server.newShop()
  const revoked = await server.newShop()
  await server.newShop({ name: 'Never heard' })
  const hear = (tokenId: number, hours: number) =>
    server.sql(`update integration_tokens set last_used_at = now() - make_interval(hours => $1) where id = $2`, [
      hours,
      tokenId,
    ])
  await hear(silent.tokenId, 27)
  await hear(loud.tokenId, 25)
  await hear(revoked.tokenId, 27)
  await server.sql('update integration_tokens set is_active = false, revoked_at = now() where id = $1', [
    revoked.tokenId,
  ])
  expect((await figures())('fiko_quiet_stores')).toBe(1)
  await server.sql(`update stores set environment = 'test' where id = $1`, [silent.storeId])
  expect((await figures())('fiko_quiet_stores'), 'a shop for tests').toBe(0)
})

test('the metrics have the free disk space and each status', async () => {
  await get('/nowhere')
  const text = String((await get('/metrics')).body)
  expect(text).toMatch(/^fiko_http_answers_total\{status="404"\} [1-9]/m)
  expect((await figures())('fiko_data_dir_free_bytes')).toBeGreaterThan(1_000_000)
  expect(text).not.toContain('status="500"')
})

test('the OpenAPI document resolves each reference and describes each operation, and has no health routes', async () => {
  const { status, body } = await get('/openapi.json')
  expect(status).toBe(200)
  expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Fiko Sync' } })
  const text = JSON.stringify(body)
  for (const [, pointer] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = pointer?.split('/').reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], body)
    expect(target, pointer).toBeDefined()
  }
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, Operation>>)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    for (const operation of Object.values(methods)) {
      expect(operation.summary, path).toBeTruthy()
      expect(Object.keys(operation.responses).length, path).toBeGreaterThan(0)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map((parameter) => parameter.name)).toEqual(inPath)
    }
  }
  expect(Object.keys(body.paths).filter((path) => /healthz|readyz|metrics/.test(path))).toEqual([])
  const webhook =
    body.paths['/api/integrations/woocommerce/webhook/'].post.requestBody.content['application/json'].schema
  expect(webhook.$ref).toBe('#/components/schemas/WebhookEvent')
  expect(body.components.schemas.WebhookEvent.required).toEqual(['event_id', 'event_type', 'product'])
  expect((await get('/docs')).status).toBe(200)
})

interface Operation {
  summary: string
  responses: object
  parameters?: { in: string; name: string }[]
}

test('a whole flow logs JSON lines only, and no token, key or password in any of them', async () => {
  const provider = await startFakeProvider()
  const database = await freshDatabase()
  const secrets = { ADMIN_API_KEY: 'operator-key-9b1c7e', OPENAI_API_KEY: 'sk-embedding-4f2d8a' }
  const child = await startChild({
    ...database.env,
    ...secrets,
    LOG_LEVEL: 'trace',
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    EMBEDDING_DIMENSIONS: '64',
    ADMIN_PASSWORD: 'correct-horse-battery',
  })
  const admin = { authorization: `Bearer ${secrets.ADMIN_API_KEY}` }
  const generate = (body: object) => call(child.url, 'POST', '/api/v1/integrations/tokens/generate/', admin, body)
  const made = await generate({ integration_type: 'woocommerce', name: 'Shop' })
  const knowledge = await generate({ integration_type: 'knowledge', name: 'AI' })
  const shop = shopOf(child.url, made.body)
  provider.behave('unauthorized')
  await shop.send(anUpdate({ id: 1, name: 'Logged' }))
  await shop.sendBatch([anUpdate({ id: 2 }), { event_id: 'bad' }])
  await shop.send('{"broken": ')
  await shop.send(aDeletion(1))
  await waitFor('the provider to be asked', async () => provider.requests > 0)
  const search = `/api/v1/knowledge/search/?q=${encodeURIComponent('logged')}`
  await call(child.url, 'GET', search, { authorization: `Bearer ${knowledge.body.token}` })
  await call(child.url, 'GET', search, { authorization: `Bearer ${shop.token}` })
  await call(child.url, 'GET', search, { authorization: `Bearer ${shop.token.slice(0, -1)}x` })
  await call(child.url, 'GET', '/api/v1/integrations/tokens/', { cookie: 'session=cookie-secret-77' })
  await shop.request('GET', '/api/integrations/woocommerce/health/')
  await call(child.url, 'DELETE', `/api/v1/integrations/tokens/${made.body.id}/`, admin)
  await waitFor('the failure to be logged', async () => /stage\.paused/.test(child.stdout()))
  expect(await child.stop()).toBe(0)

  const lines = child.stdout().trim().split('\n')
  expect(lines.length).toBeGreaterThan(10)
  const messages = lines.map((line) => JSON.parse(line).msg)
  for (const message of [
    // The embedded one is unpacked with the schema in it.
    databaseKind === 'embedded' ? 'database.creating' : 'schema.migrated',
    'events.stored',
    'events.applied',
    'products.chunked',
    'http.refused',
    'server.stopped',
  ]) {
    expect(messages).toContain(message)
  }
  const written = child.stdout() + child.stderr()
  const databasePassword = database.env.DATABASE_URL ? new URL(database.env.DATABASE_URL).password : ''
  for (const secret of [
    ...Object.values(secrets),
    shop.token,
    shop.token.slice(11, 40),
    knowledge.body.token,
    'correct-horse-battery',
    'cookie-secret-77',
    databasePassword,
  ]) {
    if (secret) expect(written).not.toContain(secret)
  }
  expect(written).not.toMatch(/(wc|kb)_sk_(live|test)_[a-z0-9]{10}/)
  await provider.close()
  await database.remove()
})

if (databaseKind === 'postgres') {
  test('without its database the server is alive but not ready, answers Retry-After, and recovers by itself', async () => {
    const database = await freshDatabase()
    const real = new URL(database.env.DATABASE_URL ?? '')
    const proxy = await startTcpProxy({ host: real.hostname, port: Number(real.port) || 5432 })
    const through = new URL(real)
    through.hostname = '127.0.0.1'
    through.port = String(proxy.port)
    const fragile = await startTestServer({ ...database.env, DATABASE_URL: through.href })
    const shop = await fragile.newShop()
    const ready = () => call(fragile.url, 'GET', '/readyz')
    expect((await ready()).status).toBe(200)

    proxy.cut()
    await waitFor('it to be not ready', async () => (await ready()).status === 503)
    const answer = await ready()
    expect(answer.body).toMatchObject({ error: 'unavailable', status: 503 })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await call(fragile.url, 'GET', '/healthz')).status).toBe(200)
    const event = anUpdate({ id: 1 }, { event_id: 'during' })
    const refused = await shop.send(event)
    expect(refused).toMatchObject({ status: 503, body: { error: 'unavailable' } })
    expect(refused.headers.get('retry-after')).toBeTruthy()
    expect((await fragile.search('anything')).status).toBe(503)

    proxy.restore()
    await waitFor('it to be ready again', async () => (await ready()).status === 200)
    expect((await shop.send(event)).body.status).toBe('accepted')
    await fragile.settled()
    const [row] = await fragile.sql(`select status, attempts from events where event_id = 'during'`)
    expect(row).toEqual({ status: 'processed', attempts: 1 })
    await fragile.stop()
    await proxy.close()
    await database.remove()
  })
}
