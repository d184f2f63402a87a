import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { killChildren, startChild } from '../../support/child-server.ts'
import { anUpdate } from '../../support/events.ts'
import { startFakeSmtp, startFakeWebhook } from '../../support/fake-receivers.ts'
import { remoteTo, runFiko } from '../../support/fiko-command.ts'
import { signedIn } from '../../support/people.ts'
import {
  ADMIN_API_KEY,
  type Answer,
  call,
  databaseKind,
  freshDatabase,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const SETTINGS = '/api/v1/settings/'

const open: (() => unknown)[] = []
afterEach(async () => {
  killChildren()
  for (const close of open.splice(0).reverse()) await close()
})

async function start(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer(env)
  open.push(() => server.stop())
  return server
}

/** A database that outlives its servers. */
async function database(): Promise<Record<string, string>> {
  const made = await freshDatabase('prepared')
  open.push(() => made.remove())
  return made.env
}

const change = (server: Pick<TestServer, 'admin'>, values: Record<string, unknown>) =>
  server.admin('PATCH', SETTINGS, { values })

function settingOf({ body }: Answer, name: string) {
  return body.results.find((each: { name: string }) => each.name === name)
}

const valueOn = async (server: Pick<TestServer, 'admin'>, name: string) =>
  settingOf(await server.admin('GET', SETTINGS), name)

/** A provider of 8 dimensions that answers only to its key; null: to all. */
async function startProvider(key: string | null) {
  const keys: (string | undefined)[] = []
  const server = createServer(async (request, response) => {
    const { input } = JSON.parse(await readText(request))
    keys.push(request.headers.authorization)
    const isKnown = key === null || request.headers.authorization === `Bearer ${key}`
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    const data = [input].flat().map((_, index) => ({ index, embedding: [1, 2, 3, 4, 5, 6, 7, 8] }))
    response.end(
      JSON.stringify(isKnown ? { data } : { error: { message: `I do not know ${request.headers.authorization}` } }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, keys }
}

test('a worker in another process uses a new key without a restart', async () => {
  const provider = await startProvider('the-right-key')
  const env = {
    ...(await database()),
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: 'the-wrong-key',
    EMBEDDING_DIMENSIONS: '8',
  }
  // The embedded database has one process.
  if (databaseKind === 'postgres') await startChild({ ...env, ROLE: 'worker', ALERTS: 'off' })
  const server = await start({ ...env, ROLE: databaseKind === 'postgres' ? 'api' : 'all' })
  const shop = await server.newShop()
  expect((await shop.send(anUpdate({ id: 1, name: 'Lamp' }))).status).toBe(202)
  await waitFor('the worker to be refused', async () => provider.keys.includes('Bearer the-wrong-key'))
  expect((await change(server, { OPENAI_API_KEY: 'the-right-key' })).status).toBe(200)
  await server.settled()
  expect(provider.keys).toContain('Bearer the-right-key')
  expect(await server.sql(`select 1 from chunk_embeddings`)).toHaveLength(1)
})

test('a changed limit applies at once, in every process, and survives a restart', async () => {
  const env = await database()
  const server = await start(env)
  const shop = await server.newShop()
  const other = databaseKind === 'postgres' ? await start({ ...env, ROLE: 'api' }) : null
  const answer = await change(server, { RATE_LIMIT_BURST: 30, RATE_LIMIT_PER_SECOND: '0.01' })
  expect(settingOf(answer, 'RATE_LIMIT_BURST')).toMatchObject({
    value: 30,
    source: 'dashboard',
    needs_restart: false,
    change: { environment_value: 1_000_000, min: 1, max: 1_000_000, unit: 'requests', changed_at: expect.any(String) },
  })
  const statuses: number[] = []
  for (let n = 0; n < 31; n += 1)
    statuses.push((await shop.request('GET', '/api/integrations/woocommerce/health/')).status)
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
  expect(statuses.slice(0, 29)).not.toContain(429)
  if (other) {
    await waitFor('the other process to follow', async () => {
      const [row] = await server.sql<{ now: string }>('select now()::text as now')
      return row !== undefined && (await valueOn(other, 'RATE_LIMIT_BURST')).value === 30
    })
    await other.stop()
    open.splice(open.length - 1)
  }
  await change(server, { RATE_LIMIT_PER_SECOND: null, RATE_LIMIT_BURST: 400_000 })
  expect((await shop.request('GET', '/api/integrations/woocommerce/health/')).status).toBe(200)

  await server.stop()
  open.splice(open.length - 1)
  const again = await start(env)
  expect(await valueOn(again, 'RATE_LIMIT_BURST')).toMatchObject({ value: 400_000, source: 'dashboard' })
  await again.stop()
  open.splice(open.length - 1)

  // The way out after a mistake.
  const without = await start({ ...env, DASHBOARD_SETTINGS: 'off' })
  expect(await valueOn(without, 'RATE_LIMIT_BURST')).toMatchObject({
    value: 1_000_000,
    source: 'environment',
    needs_restart: true,
    change: null,
  })
  expect((await change(without, { RATE_LIMIT_BURST: 5 })).body.error).toBe('dashboard_settings_off')
})

test('failed sign-ins have the new limit, and the environment’s again after a return to it', async () => {
  const server = await start()
  const guess = () => call(server.url, 'GET', '/api/v1/stores/', { authorization: 'Bearer not-the-key-of-anyone' })
  expect((await guess()).status).toBe(401)
  await change(server, { FAILED_AUTH_PER_MINUTE: 1 })
  await waitFor('a refused guess', async () => (await guess()).status === 429)
  const answer = await change(server, { FAILED_AUTH_PER_MINUTE: null })
  expect(settingOf(answer, 'FAILED_AUTH_PER_MINUTE')).toMatchObject({
    value: 1_000_000,
    source: 'environment',
    change: { changed_at: null },
  })
  expect((await guess()).status).toBe(401)
})

test('a value outside the bounds is refused with the bounds, in both languages, and nothing of the change is stored', async () => {
  const server = await start()
  const send = (values: unknown, language = 'en') =>
    call(
      server.url,
      'PATCH',
      SETTINGS,
      { authorization: `Bearer ${server.env.ADMIN_API_KEY}`, 'accept-language': language },
      { values },
    )
  const answer = await send({
    RATE_LIMIT_BURST: 0,
    ALERT_DRIFT_PERCENT: 101,
    FRESHNESS_SAMPLE_SIZE: 2.5,
    EVENT_RETENTION_DAYS: '0x10',
    FRESHNESS_CHECKS: 'maybe',
    SMTP_HOST: 'smtp://mail.example.com',
    SMTP_SECURITY: 'none',
    OPENAI_BASE_URL: 'https://name:secret-in-address@models.example/v1',
    ALERT_FROM: '',
    RATE_LIMIT_PER_SECOND: true,
    DATABASE_URL: 'postgres://x',
    FAILED_AUTH_PER_MINUTE: 7,
  })
  expect(answer.status).toBe(400)
  const details = Object.fromEntries(
    answer.body.issues.map(({ path, detail }: { path: string; detail: string }) => [path, detail]),
  )
  expect(details).toEqual({
    RATE_LIMIT_BURST: 'must be a whole number from 1 to 1000000, but it is "0".',
    ALERT_DRIFT_PERCENT: 'must be a number from 0.1 to 100, but it is "101".',
    FRESHNESS_SAMPLE_SIZE: 'must be a whole number from 1 to 60, but it is "2.5".',
    EVENT_RETENTION_DAYS: 'must be a whole number from 0 to 36500',
    FRESHNESS_CHECKS: 'must be one of on, off, but it is "maybe".',
    SMTP_HOST: expect.stringContaining('host name'),
    SMTP_SECURITY: 'must be one of starttls, tls, but it is "none".',
    OPENAI_BASE_URL: expect.stringContaining('without a user name'),
    ALERT_FROM: 'must not be empty',
    RATE_LIMIT_PER_SECOND: expect.stringContaining('must be a text'),
    DATABASE_URL: expect.stringContaining('FAILED_AUTH_PER_MINUTE'),
  })
  expect(JSON.stringify(answer.body)).not.toContain('secret-in-address')
  const persian = await send({ RATE_LIMIT_BURST: 0 }, 'fa')
  expect(persian.body.detail).toContain('از ۱ تا ۱٬۰۰۰٬۰۰۰')
  // Alone each is valid; a mail server without a sender is not.
  const together = await send({ SMTP_HOST: 'mail.example.com' })
  expect(together.body.issues).toEqual([{ path: 'ALERT_FROM', detail: expect.stringContaining('must be set') }])
  expect(await server.sql('select 1 from operator_settings')).toEqual([])
  expect(await server.sql(`select 1 from audit_log where action = 'settings.changed'`)).toEqual([])
})

test('an unusable stored value leaves the environment’s in use and says why', async () => {
  const server = await start()
  await server.sql(
    `insert into operator_settings (name, value) values ('RATE_LIMIT_BURST', '0'), ('FAILED_AUTH_PER_MINUTE', '9'), ('OF_ANOTHER_RELEASE', 'x')`,
  )
  await waitFor('the row to be followed', async () => (await valueOn(server, 'FAILED_AUTH_PER_MINUTE')).value === 9)
  expect(await valueOn(server, 'RATE_LIMIT_BURST')).toMatchObject({
    value: 1_000_000,
    source: 'environment',
    change: { problem: expect.stringContaining('from 1 to 1000000') },
  })
})

test('a change is audited with the old and the new value; only an admin may make it', async () => {
  const server = await start()
  const admin = await signedIn(server, 'admin')
  const owner = await signedIn(server, 'owner')
  expect((await owner.request('PATCH', SETTINGS, { values: { RATE_LIMIT_BURST: 600 } })).status).toBe(403)
  expect((await admin.request('PATCH', SETTINGS, { values: { RATE_LIMIT_BURST: 600 } })).status).toBe(200)
  expect((await admin.request('PATCH', SETTINGS, { values: { RATE_LIMIT_BURST: 600 } })).status).toBe(200)
  expect((await admin.request('PATCH', SETTINGS, { values: { RATE_LIMIT_BURST: null, ALERTS: null } })).status).toBe(
    200,
  )
  const entries = await server.sql<{ detail: object; actor: string }>(
    `select detail, actor_id::text as actor from audit_log where action = 'settings.changed' order by id`,
  )
  expect(entries).toEqual([
    { detail: { name: 'RATE_LIMIT_BURST', from: 1_000_000, to: 600, source: 'dashboard' }, actor: admin.userId },
    { detail: { name: 'RATE_LIMIT_BURST', from: 600, to: 1_000_000, source: 'environment' }, actor: admin.userId },
  ])
})

test('no secret is in an answer, the log, the audit log or the tables', async () => {
  const provider = await startProvider('another-key')
  const env = { ...(await database()), ALERTS: 'off', ADMIN_API_KEY, EMBEDDING_PROVIDER: 'offline' }
  const child = await startChild({ ...env, LOG_LEVEL: 'trace' })
  const told: Answer[] = []
  const admin = async (method: string, path: string, body?: unknown) => {
    const answer = await call(child.url, method, path, { authorization: `Bearer ${ADMIN_API_KEY}` }, body)
    told.push(answer)
    return answer
  }
  const secrets = ['the-mail-password', 'sk-the-provider-key']
  const values = {
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: 9,
    SMTP_USER: 'mailer',
    SMTP_PASSWORD: secrets[0],
    ALERT_FROM: 'Fiko <fiko@example.com>',
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: secrets[1],
  }
  const answer = await admin('PATCH', SETTINGS, { values })
  expect(answer.status).toBe(200)
  expect(settingOf(answer, 'SMTP_PASSWORD')).toMatchObject({ value: true, is_secret: true, source: 'dashboard' })
  expect(settingOf(answer, 'SMTP_HOST').value).toBe('127.0.0.1')
  await admin('POST', `${SETTINGS}test-mail/`, { to: 'a@example.com' })
  const refused = await admin('POST', `${SETTINGS}test-provider/`, { model: 'm' })
  // The provider repeats the key.
  expect(refused.body).toMatchObject({ is_working: false, answer: 'I do not know Bearer [API key]' })
  await admin('PATCH', SETTINGS, { values: { SMTP_HOST: 'other.example.com' } })
  await admin('GET', '/api/v1/audit/')
  await admin('GET', SETTINGS)
  await admin('GET', '/api/v1/version/')
  const backup = await fetch(`${child.url}/api/v1/backup/`, { headers: { authorization: `Bearer ${ADMIN_API_KEY}` } })
  const rows = await new Response(backup.body?.pipeThrough(new DecompressionStream('gzip'))).text()
  expect(rows).toContain('mailer')
  await child.stop()
  const everything = JSON.stringify(told.map(({ body }) => body)) + child.printed() + rows
  for (const secret of secrets) expect(everything).not.toContain(secret)

  // With another secret of the server the passwords are gone, and the server says so.
  const server = await start({ ...env, SESSION_SECRET: 'another secret of at least 32 characters' })
  expect(await valueOn(server, 'OPENAI_API_KEY')).toMatchObject({
    value: false,
    change: { problem: expect.stringContaining('Enter it again') },
  })
})

test('a secret goes only to the server for which it was entered', async () => {
  const [first, second] = [await startProvider('key-of-the-environment'), await startProvider(null)]
  const server = await start({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: first.url,
    OPENAI_API_KEY: 'key-of-the-environment',
    EMBEDDING_DIMENSIONS: '8',
    SMTP_URL: 'smtps://user:password@mail.example.com:465',
    ALERT_FROM: 'a@example.com',
  })
  const refused = await change(server, { OPENAI_BASE_URL: second.url })
  expect(refused.body.issues).toEqual([
    { path: 'OPENAI_API_KEY', detail: expect.stringContaining('together with OPENAI_BASE_URL') },
  ])
  for (const values of [{ SMTP_HOST: 'mail.other.example' }, { SMTP_PORT: 2525 }, { SMTP_HOST: 'mail.example.com' }])
    expect((await change(server, values)).body.issues[0].path).toBe('SMTP_PASSWORD')
  expect((await change(server, { OPENAI_BASE_URL: second.url, OPENAI_API_KEY: '' })).status).toBe(200)
  const tested = await server.admin('POST', `${SETTINGS}test-provider/`, { model: 'm' })
  expect(tested.body).toMatchObject({ is_working: true, url: second.url, model: 'm', dimensions: 8 })
  expect(second.keys).toEqual([undefined])
  // The model in use keeps its address and its key until a model is chosen again.
  const shop = await server.newShop()
  await shop.send(anUpdate({ id: 1, name: 'Lamp' }))
  await server.settled()
  expect(new Set(first.keys)).toEqual(new Set(['Bearer key-of-the-environment']))
  await server.admin('POST', '/api/v1/knowledge/model/', { provider: 'openai', model: 'm', dimensions: 8 })
  await server.settled()
  expect(second.keys.length).toBeGreaterThan(1)
  expect(new Set(second.keys)).toEqual(new Set([undefined]))
  // Back to the environment: the chosen key goes with its address.
  await change(server, { OPENAI_BASE_URL: null })
  expect(await server.sql('select name from operator_settings')).toEqual([])
  expect(await valueOn(server, 'OPENAI_BASE_URL')).toMatchObject({ value: first.url, source: 'environment' })
})

test('a provider is tested with values that are not stored, and tells its error', async () => {
  const provider = await startProvider('right')
  const server = await start()
  const testIt = (values: Record<string, string>) =>
    server.admin('POST', `${SETTINGS}test-provider/`, { model: 'bge-m3', values })
  const wrong = await testIt({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'wrong' })
  expect(wrong.body).toMatchObject({
    is_working: false,
    dimensions: null,
    message: expect.stringContaining('does not accept the API key (401)'),
    answer: 'I do not know Bearer [API key]',
  })
  const right = await testIt({ OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'right' })
  expect(right.body).toMatchObject({ is_working: true, dimensions: 8, duration_ms: expect.any(Number) })
  // Nothing is stored, and without a key nothing is sent to OpenAI.
  expect(await server.sql('select 1 from operator_settings')).toEqual([])
  const unset = await server.admin('POST', `${SETTINGS}test-provider/`, {})
  expect(unset.body).toMatchObject({ is_working: false, message: expect.stringContaining('No request was sent') })
})

test('a test e-mail says what the mail server answers, and channels use the new server', async () => {
  const smtp = await startFakeSmtp()
  open.push(() => smtp.stop())
  const server = await start()
  const admin = await signedIn(server, 'admin')
  const testMail = (body: object = {}) => admin.request('POST', `${SETTINGS}test-mail/`, body)
  expect((await testMail()).body).toMatchObject({ is_delivered: false, answer_code: null })
  const { hostname, port } = new URL(smtp.url)
  const values = { SMTP_HOST: hostname, SMTP_PORT: port, ALERT_FROM: 'Fiko <fiko@example.com>' }
  const unsaved = await testMail({ values })
  expect(unsaved.body).toMatchObject({
    is_delivered: true,
    to: admin.email,
    answer_code: 250,
    answer: expect.stringMatching(/^250/),
  })
  expect(smtp.mails.map(({ to }) => to)).toEqual([[admin.email]])
  expect(await server.sql('select 1 from operator_settings')).toEqual([])

  expect((await change(server, values)).status).toBe(200)
  smtp.next.push('550 no such user')
  expect((await testMail()).body).toMatchObject({
    is_delivered: false,
    answer_code: 550,
    answer: expect.stringContaining('no such user'),
  })
  const options = await server.admin('GET', '/api/v1/alert-channels/options/')
  expect(options.body.channels.find((each: { kind: string }) => each.kind === 'email').is_available).toBe(true)
  const channel = await admin.request('POST', '/api/v1/alert-channels/', {
    kind: 'email',
    name: 'Mail',
    email: 'owner@example.com',
  })
  const sent = await admin.request('POST', `/api/v1/alert-channels/${channel.body.id}/test/`)
  expect(sent.body.is_delivered).toBe(true)
  expect((await server.admin('POST', `${SETTINGS}test-mail/`, {})).body.issues[0].path).toBe('to')
  const [entry] = await server.sql(
    `select detail from audit_log where action = 'settings.mail_tested' order by id limit 1`,
  )
  expect(entry).toEqual({ detail: { email: admin.email, server: null } })
  // An address that is chosen by the caller gets at most ten.
  const statuses = await Promise.all(Array.from({ length: 11 }, async () => (await testMail()).status))
  expect(statuses).toContain(429)
})

test('alerts start when they are turned on; ALERTS=off of the environment stays', async () => {
  const webhook = await startFakeWebhook()
  open.push(() => webhook.stop())
  const env = await database()
  const silent = await start({ ...env, ALERTS: 'off' })
  expect((await change(silent, { ALERTS: true })).body.issues[0]).toMatchObject({
    path: 'ALERTS',
    detail: expect.stringContaining('ALERTS=off'),
  })
  await silent.stop()
  open.splice(open.length - 1)
  const server = await start({ ...env, ALERTS: 'on', OUTGOING_PRIVATE_ADDRESSES: 'on' })
  expect((await change(server, { ALERTS: 'off' })).status).toBe(200)
  const channel = await server.admin('POST', '/api/v1/alert-channels/', {
    kind: 'webhook',
    name: 'Hook',
    url: webhook.url,
  })
  await server.sql(
    `insert into alert_messages (tenant_id, channel_id, kind) select tenant_id, id, 'digest' from alert_channels where id = $1`,
    [channel.body.id],
  )
  expect(webhook.received).toEqual([])
  expect((await change(server, { ALERTS: 'on' })).status).toBe(200)
  await waitFor('the message to be sent', async () => webhook.received.length === 1)
})

test('the daily maintenance follows a changed retention', async () => {
  const server = await start()
  const weeks = async () => await server.sql(`select 1 from pg_class where relname = 'events_2020_01_06'`)
  await server.sql(
    `create table events_2020_01_06 partition of events for values from ('2020-01-06 00:00+00') to ('2020-01-13 00:00+00')`,
  )
  const runTask = async () => {
    await waitFor('the task to run', async () => {
      await server.running.maintenance.runDue()
      const [run] = await server.sql<{ done: boolean }>(
        `select last_success_at is not null as done from maintenance_runs where task = 'event_log'`,
      )
      return run?.done === true
    })
  }
  await runTask()
  expect(await weeks()).toHaveLength(1)
  await change(server, { EVENT_RETENTION_DAYS: 30 })
  await server.sql(`update maintenance_runs set last_success_at = null where task = 'event_log'`)
  await runTask()
  expect(await weeks()).toEqual([])
})

test('freshness is off for a store while the operator has turned it off', async () => {
  const server = await start({ FRESHNESS_CHECKS: 'on' })
  const shop = await server.newShop()
  const state = async () => (await server.admin('GET', `/api/v1/stores/${shop.storeId}/freshness/`)).body.state
  expect(await state()).not.toBe('unavailable')
  await change(server, { FRESHNESS_CHECKS: false })
  expect(await state()).toBe('unavailable')
})

test('fiko settings lists, sets and returns settings, and says what is wrong', async () => {
  const server = await start()
  const fiko = (...args: string[]) => runFiko(['settings', ...args], remoteTo(server))
  const set = await fiko('set', 'RATE_LIMIT_BURST=600', 'FRESHNESS_CHECKS=off')
  expect(set).toMatchObject({ code: 0, out: expect.stringMatching(/RATE_LIMIT_BURST +600 +dashboard/) })
  const list = await fiko('list')
  expect(list.out).toMatch(/RATE_LIMIT_BURST +600 +dashboard +at once +1 to 1000000/)
  expect(list.out).toMatch(/DATABASE_URL .*restart/)
  const wrong = await fiko('set', 'RATE_LIMIT_BURST=0')
  expect(wrong).toMatchObject({ code: 3, error: expect.stringContaining('from 1 to 1000000') })
  expect(await fiko('set', 'RATE_LIMIT_BURST')).toMatchObject({
    code: 2,
    error: expect.stringContaining('NAME=VALUE'),
  })
  expect(await fiko('unset', 'PORT')).toMatchObject({ code: 3, error: expect.stringContaining('RATE_LIMIT_BURST') })
  const unset = await fiko('unset', 'RATE_LIMIT_BURST', 'FRESHNESS_CHECKS')
  expect(unset.out).toMatch(/RATE_LIMIT_BURST +1000000 +environment/)
  expect(await server.sql('select 1 from operator_settings')).toEqual([])
})
