import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkAndDeliver, endBackoff, makeChannel, makeDead, openKinds } from '../../support/alerts.ts'
import {
  type FakeBots,
  type FakeSmtp,
  type FakeWebhook,
  isGenuine,
  startFakeBots,
  startFakeSmtp,
  startFakeWebhook,
} from '../../support/fake-receivers.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { resolveHere } from '../../support/resolve-here.ts'
import { databaseKind, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const BOT_TOKEN = '123456789:AAF-secret_part_of_the_token_0123456'
let server: TestServer
let webhook: FakeWebhook
let telegram: FakeBots
let bale: FakeBots
let smtp: FakeSmtp
let owner: Person
let shop: Shop

beforeAll(async () => {
  ;[webhook, telegram, bale, smtp] = await Promise.all([
    startFakeWebhook(),
    startFakeBots(),
    startFakeBots(),
    startFakeSmtp(),
  ])
  server = await startTestServer({
    OUTGOING_PRIVATE_ADDRESSES: 'on',
    TELEGRAM_API_URL: telegram.url,
    BALE_API_URL: `${bale.url}/`,
    SMTP_URL: smtp.url,
    ALERT_FROM: 'Fiko Sync <alerts@fiko.example>',
  })
})
beforeEach(async () => {
  await server.sql(`delete from events where status = 'dead'`)
  await server.sql('delete from alerts')
  await server.sql('delete from alert_channels')
  for (const list of [
    webhook.received,
    webhook.next,
    telegram.messages,
    telegram.next,
    bale.messages,
    smtp.mails,
    smtp.next,
  ])
    list.length = 0
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId })
})
afterAll(async () => {
  await server?.stop()
  await Promise.all([webhook?.stop(), telegram?.stop(), bale?.stop(), smtp?.stop()])
})

const channels = '/api/v1/alert-channels/'
const deliveriesOf = async (id: number) => (await owner.request('GET', `${channels}${id}/deliveries/`)).body.results
const read = async (id: number) => (await owner.request('GET', `${channels}${id}/`)).body
const sendTest = async (id: number) => await owner.request('POST', `${channels}${id}/test/`)
/** A new alert of the owner. */
const problem = (code: string) => makeDead(server, shop.storeId, { count: 3, code, firstProduct: Number(code) })

describe('each kind of channel', () => {
  test('a webhook gets a signed message and is shown without its path', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url, name: 'On call' })
    expect(made.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(made.target).toBe(`${new URL(webhook.url).origin}/…`)
    const answer = await sendTest(made.id)
    expect(answer).toMatchObject({ status: 200, body: { is_delivered: true, answer_code: 204 } })
    const [message] = webhook.received
    expect(message && isGenuine(made.signing_secret, message)).toBe(true)
    expect(message && isGenuine(`whsec_${Buffer.alloc(32).toString('base64')}`, message)).toBe(false)
    expect(message?.body).toMatchObject({ type: 'alerts.test', data: { alerts: [] } })
    expect(message?.id).toBe((await deliveriesOf(made.id))[0].webhook_id)
  })

  test('a new signing secret takes the place of the old one', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    const rotated = await owner.request('POST', `${channels}${made.id}/rotate-secret/`)
    expect(rotated.body.signing_secret).not.toBe(made.signing_secret)
    await sendTest(made.id)
    const [message] = webhook.received
    expect(message && isGenuine(rotated.body.signing_secret, message)).toBe(true)
    expect(message && isGenuine(made.signing_secret, message)).toBe(false)
  })

  test('an e-mail arrives in the language and with the sender of the settings', async () => {
    const made = await makeChannel(owner, { kind: 'email', email: 'sara@shop.example', language: 'fa' })
    await problem('22001')
    await checkAndDeliver(server)
    expect(smtp.mails).toHaveLength(1)
    const [mail] = smtp.mails
    expect(mail).toMatchObject({ from: 'alerts@fiko.example', to: ['sara@shop.example'] })
    expect(mail?.source).toMatch(/^Auto-Submitted: auto-generated\r$/m)
    expect(mail?.source).toMatch(/^Content-Language: fa\r$/m)
    const body = mail?.source.split('\r\n\r\n').slice(1).join('\r\n\r\n') ?? ''
    const decoded = /base64/i.test(mail?.source ?? '')
      ? Buffer.from(body, 'base64').toString()
      : Buffer.from(
          body
            .replaceAll('=\r\n', '')
            .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        ).toString()
    expect(decoded).toContain('۳ رویداد به یک علت ناموفق شد')
    expect(await deliveriesOf(made.id)).toMatchObject([{ status: 'sent', attempts: [{ answer_code: 250 }] }])
  })

  test('an address that the mail server refuses is a true result of the test', async () => {
    const made = await makeChannel(owner, { kind: 'email', email: 'nobody@shop.example' })
    smtp.next.push('550 no such user')
    const answer = await sendTest(made.id)
    expect(answer.body).toMatchObject({ is_delivered: false, answer_code: 550 })
    expect(answer.body.message).toContain('no such user')
    expect(smtp.mails).toEqual([])
  })

  test.each([
    ['telegram', () => telegram],
    ['bale', () => bale],
  ] as const)('a bot of %s writes into its chat', async (kind, bots) => {
    const made = await makeChannel(owner, { kind, bot_token: BOT_TOKEN, chat_id: '-10012345' })
    expect(made).toMatchObject({ target: '-10012345', signing_secret: null })
    await problem('22001')
    await checkAndDeliver(server)
    expect(bots().messages).toMatchObject([{ token: BOT_TOKEN, chat_id: '-10012345' }])
    expect(bots().messages[0]?.text).toContain('3 events failed')
  })

  test('a bot that may not write any more pauses its channel at once', async () => {
    const made = await makeChannel(owner, { kind: 'telegram', bot_token: BOT_TOKEN, chat_id: '12' })
    telegram.next.push({ status: 403, body: '{"ok":false,"description":"Forbidden: bot was blocked by the user"}' })
    await problem('22001')
    await checkAndDeliver(server)
    expect(await read(made.id)).toMatchObject({ state: 'paused', waiting: 1 })
    const [delivery] = await deliveriesOf(made.id)
    expect(delivery.attempts[0].message).toContain('bot was blocked by the user')
  })

  test('without SMTP settings e-mail is offered as not available, and a test says so', async () => {
    const bare = await startTestServer()
    try {
      const person = await signedIn(bare, 'owner')
      const made = await makeChannel(person, { kind: 'email', email: 'sara@shop.example' })
      const answer = await person.request('POST', `${channels}${made.id}/test/`)
      expect(answer.body).toMatchObject({ is_delivered: false, message: expect.stringContaining('SMTP_URL') })
      const options = await person.request('GET', `${channels}options/`)
      expect(options.body.channels).toContainEqual({
        kind: 'email',
        is_available: false,
        message: expect.stringContaining('SMTP_URL'),
      })
      const kinds = options.body.kinds.map(({ kind }: { kind: string }) => kind)
      expect(kinds).toContain('quiet_store')
      expect(kinds, 'of the installation').not.toContain('disk_low')
    } finally {
      await bare.stop()
    }
  })
})

describe('a receiver that is down', () => {
  test('loses nothing, however long it is down, and gets each message once', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    const failing = [
      { status: 500 },
      { status: 503 },
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      { status: 404 },
    ]
    webhook.next.push(...failing)
    await problem('22001')
    await checkAndDeliver(server)
    expect(await read(made.id)).toMatchObject({ state: 'failing', waiting: 1 })
    await server.running.alerts.deliver()
    expect(webhook.received, 'a pause follows a failure').toHaveLength(1)
    for (const code of ['22003', '22007']) {
      await problem(code)
      await endBackoff(server, made.id)
      await checkAndDeliver(server)
    }
    await endBackoff(server, made.id)
    await server.running.alerts.deliver()
    expect(webhook.received).toHaveLength(4)
    expect(new Set(webhook.received.map(({ id }) => id)).size, 'each attempt has the same id').toBe(1)
    expect(new Set(webhook.received.map(({ text }) => text)).size, 'and the same content').toBe(1)

    await endBackoff(server, made.id)
    await server.running.alerts.deliver()
    await server.running.alerts.deliver()
    // The changes of the time without a receiver come together.
    const delivered = webhook.received.slice(4)
    expect(delivered.map(({ body }) => body.data.count)).toEqual([1, 2])
    await server.running.alerts.deliver()
    expect(webhook.received).toHaveLength(6)
    expect(await read(made.id)).toMatchObject({ state: 'ok', waiting: 0, failing_since: null })
    const [, first] = await deliveriesOf(made.id)
    expect(first).toMatchObject({ status: 'sent', next_attempt_at: null })
    expect(first.attempts.map(({ answer_code }: { answer_code: number }) => answer_code)).toEqual([
      204, 404, 302, 503, 500,
    ])
    expect(first.attempts[2].message).toMatch(/redirects to another address/)
  })

  test('is paused after two days, the owner is told by another channel, and a test that succeeds resumes it', async () => {
    const broken = await makeChannel(owner, { kind: 'webhook', url: webhook.url, name: 'Broken' })
    const other = await makeChannel(owner, { kind: 'telegram', bot_token: BOT_TOKEN, chat_id: '7' })
    webhook.next.push({ status: 500 }, { status: 500 })
    await problem('22001')
    await checkAndDeliver(server)
    expect(telegram.messages).toHaveLength(1)
    await server.sql(
      `update alert_channels set failures = 20, failing_since = now() - interval '49 hours', retry_at = now() where id = $1`,
      [broken.id],
    )
    await server.running.alerts.deliver()
    expect(await read(broken.id)).toMatchObject({ state: 'paused', next_attempt_at: null, waiting: 1 })
    await checkAndDeliver(server)
    expect(await openKinds(owner)).toEqual(['channel_paused', 'failed_events'])
    expect(telegram.messages[1]?.text).toContain('Broken')
    const before = webhook.received.length
    await server.running.alerts.deliver()
    expect(webhook.received, 'a paused channel sends nothing').toHaveLength(before)

    expect((await sendTest(broken.id)).body.is_delivered).toBe(true)
    await server.running.alerts.deliver()
    await server.running.alerts.deliver()
    const kinds = webhook.received.slice(before).map(({ body }) => body.type)
    expect(kinds).toEqual(['alerts.test', 'alerts.changed', 'alerts.changed'])
    expect(await read(broken.id)).toMatchObject({ state: 'ok', waiting: 0 })
    expect((await read(other.id)).state).toBe('ok')
  })

  test('the pause that it asks for is kept', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    webhook.next.push({ status: 429, headers: { 'retry-after': '3600' } })
    await problem('22001')
    await checkAndDeliver(server)
    const waitMs = Date.parse((await read(made.id)).next_attempt_at) - Date.now()
    expect(waitMs).toBeGreaterThan(3_000_000)
  })

  test('a failed test tells the failure and changes nothing', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: 'http://127.0.0.1:9/hook' })
    const answer = await sendTest(made.id)
    expect(answer.body).toMatchObject({ is_delivered: false, answer_code: null })
    expect(answer.body.message).toMatch(/cannot be reached/)
    expect(await read(made.id)).toMatchObject({ state: 'ok', waiting: 0 })
    expect(await deliveriesOf(made.id)).toMatchObject([{ kind: 'test', status: 'expired' }])
  })

  test('tests are limited', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await server.sql(
      `insert into alert_messages (tenant_id, channel_id, kind, status, attempts)
       select tenant_id, id, 'test', 'expired', 1 from alert_channels, generate_series(1, 10) where id = $1`,
      [made.id],
    )
    const answer = await sendTest(made.id)
    expect(answer).toMatchObject({ status: 429, body: { error: 'too_many_tests' } })
    expect(webhook.received).toEqual([])
  })

  if (databaseKind === 'postgres') {
    test('two processes deliver a message once', async () => {
      const second = await startTestServer({ ...server.env, ROLE: 'api' })
      try {
        await makeChannel(owner, { kind: 'webhook', url: webhook.url })
        await problem('22001')
        await Promise.all([server.running.alerts.check(), second.running.alerts.check()])
        await server.running.alerts.check()
        await Promise.all([server.running.alerts.deliver(), second.running.alerts.deliver()])
        expect(webhook.received).toHaveLength(1)
      } finally {
        await second.stop()
      }
    })
  }
})

describe('secrets and addresses', () => {
  test('a secret is in no answer after the one that makes it, in no row in clear text and in no export', async () => {
    const hook = await makeChannel(owner, { kind: 'webhook', url: `${webhook.url}?key=url-secret` })
    const bot = await makeChannel(owner, { kind: 'telegram', bot_token: BOT_TOKEN, chat_id: '12' })
    telegram.next.push({ status: 401, body: `{"ok":false,"description":"Unauthorized ${BOT_TOKEN}"}` })
    const answers = [
      await sendTest(hook.id),
      await sendTest(bot.id),
      await owner.request('GET', channels),
      await owner.request('GET', `${channels}${hook.id}/`),
      await owner.request('PATCH', `${channels}${hook.id}/`, { name: 'Other' }),
      await owner.request('GET', `${channels}${hook.id}/deliveries/`),
      await owner.request('GET', `${channels}${bot.id}/deliveries/`),
      await owner.request('GET', '/api/v1/audit/'),
      await server.admin('GET', '/api/v1/settings/'),
      await owner.request(
        'GET',
        `/api/v1/tenants/${(await owner.request('GET', '/api/v1/me/')).body.tenant_id}/export/`,
      ),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const rows = await server.sql(
      `select c::text, (select json_agg(m)::text from alert_messages m), (select json_agg(a)::text from alert_attempts a) from alert_channels c`,
    )
    const text = JSON.stringify([answers.map(({ body }) => body), rows])
    for (const secret of ['url-secret', 'secret-path', hook.signing_secret, 'secret_part_of_the_token', smtp.url])
      expect(text).not.toContain(secret)
    const [stored] = await server.sql<{ secret: string }>('select secret from alert_channels where id = $1', [hook.id])
    const exported = JSON.stringify(answers.at(-1)?.body)
    expect(exported).toContain('alert_channel')
    expect(exported, 'not even encrypted').not.toContain(stored?.secret)
  })

  test('a server with another SESSION_SECRET says that the secret must be entered again, and sends nothing', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    await server.sql(`update alert_channels set secret = '1.000000000000.AAAA' where id = $1`, [made.id])
    await problem('22001')
    await checkAndDeliver(server)
    expect(webhook.received).toEqual([])
    expect(await read(made.id)).toMatchObject({ state: 'secret_unreadable', waiting: 1 })
    expect((await sendTest(made.id)).body.is_delivered).toBe(false)
    expect((await owner.request('POST', `${channels}${made.id}/rotate-secret/`)).status).toBe(409)
    await owner.request('PATCH', `${channels}${made.id}/`, { url: webhook.url })
    await server.running.alerts.deliver()
    expect(webhook.received).toHaveLength(1)
  })

  test('a private address, http and another scheme are refused unless the operator allows local hosts', async () => {
    const strict = await startTestServer()
    try {
      const person = await signedIn(strict, 'owner')
      const refused = [
        'http://alerts.example.com/hook',
        'ftp://alerts.example.com/hook',
        'https://user:password@alerts.example.com/',
        'https://127.0.0.1/hook',
        'https://2130706433/hook',
        'https://[::1]/hook',
        'https://[::ffff:10.0.0.1]/hook',
        'https://169.254.169.254/latest/meta-data/',
        'https://10.1.2.3/',
        'https://localhost/',
        'https://metadata.google.internal/',
        'not an address',
      ]
      for (const url of refused) {
        const answer = await person.request('POST', channels, { kind: 'webhook', url })
        expect([answer.status, answer.body.issues?.[0].path], url).toEqual([400, 'url'])
      }
      // A name whose address is private when the message is sent.
      const made = await makeChannel(person, { kind: 'webhook', url: 'https://alerts.example.com/hook' })
      const asBefore = resolveHere('alerts.example.com')
      const answer = await person.request('POST', `${channels}${made.id}/test/`).finally(asBefore)
      expect(answer.body).toMatchObject({ is_delivered: false, message: expect.stringContaining('private network') })
    } finally {
      await strict.stop()
    }
  })

  test('another tenant reaches no channel', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    const other = await signedIn(server, 'owner')
    expect((await other.request('GET', channels)).body.results).toEqual([])
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { name: 'mine' }],
      ['DELETE', ''],
      ['POST', 'test/'],
      ['POST', 'rotate-secret/'],
      ['POST', 'resume/'],
      ['GET', 'deliveries/'],
    ] as const)
      expect((await other.request(method, `${channels}${made.id}/${path}`, body)).status, `${method} ${path}`).toBe(404)
    expect(await read(made.id)).toMatchObject({ name: made.name })
    expect(webhook.received).toEqual([])
    const foreign = await other.request('POST', channels, { kind: 'webhook', url: webhook.url, user_id: owner.userId })
    expect(foreign.status).toBe(400)
  })
})

describe('fields', () => {
  test.each([
    [{ kind: 'webhook' }, 'url'],
    [{ kind: 'email' }, 'email'],
    [{ kind: 'telegram', chat_id: '1' }, 'bot_token'],
    [{ kind: 'bale', bot_token: BOT_TOKEN }, 'chat_id'],
    [{ kind: 'telegram', bot_token: 'x/../y', chat_id: '1' }, 'bot_token'],
    [{ kind: 'email', email: 'a@b.example\r\nBcc: c@d.example' }, 'email'],
    [{ kind: 'email', email: 'a@b.example', url: 'https://a.example' }, 'url'],
    [{ kind: 'email', email: 'a@b.example', time_zone: 'Mars/Base' }, 'time_zone'],
    [{ kind: 'email', email: 'a@b.example', quiet_hours: { from: '22:00', to: '22:00' } }, 'quiet_hours'],
    [{ kind: 'email', email: 'a@b.example', quiet_hours: { from: '25:00', to: '07:00' } }, 'quiet_hours'],
    [{ kind: 'email', email: 'a@b.example', kinds: ['everything'] }, 'kinds'],
    [{ kind: 'pigeon' }, 'kind'],
  ])('%j is refused at its field', async (body, path) => {
    const answer = await owner.request('POST', channels, body)
    expect(answer.status).toBe(400)
    expect(answer.body.issues[0].path).toMatch(new RegExp(`^${path}`))
  })

  test('a change keeps what it does not name', async () => {
    const made = await makeChannel(owner, {
      kind: 'telegram',
      bot_token: BOT_TOKEN,
      chat_id: '12',
      kinds: ['budget', 'drift'],
      quiet_hours: { from: '22:30', to: '06:05' },
      time_zone: 'Asia/Tehran',
    })
    const changed = await owner.request('PATCH', `${channels}${made.id}/`, { chat_id: '@my_channel' })
    expect(changed.body).toMatchObject({
      target: '@my_channel',
      kinds: ['budget', 'drift'],
      quiet_hours: { from: '22:30', to: '06:05' },
      time_zone: 'Asia/Tehran',
      language: 'en',
    })
    await sendTest(made.id)
    expect(telegram.messages).toMatchObject([{ token: BOT_TOKEN, chat_id: '@my_channel' }])
    const all = await owner.request('PATCH', `${channels}${made.id}/`, { kinds: null })
    expect(all.body.kinds).toBeNull()
  })

  test('a person has at most 20 channels', async () => {
    for (let n = 0; n < 20; n += 1) await makeChannel(owner, { kind: 'email', email: `a${n}@b.example` })
    const answer = await owner.request('POST', channels, { kind: 'email', email: 'a20@b.example' })
    expect(answer).toMatchObject({ status: 409, body: { error: 'too_many_channels' } })
  })

  test('a deleted channel takes its messages with it', async () => {
    const made = await makeChannel(owner, { kind: 'webhook', url: webhook.url })
    webhook.next.push({ status: 500 })
    await problem('22001')
    await checkAndDeliver(server)
    expect((await owner.request('DELETE', `${channels}${made.id}/`)).status).toBe(204)
    await server.running.alerts.deliver()
    expect(webhook.received).toHaveLength(1)
    expect(await server.sql('select 1 from alert_messages where channel_id = $1', [made.id])).toEqual([])
    const audit = await owner.request('GET', '/api/v1/audit/')
    expect(audit.body.results.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['alert_channel.made', 'alert_channel.deleted']),
    )
  })
})
