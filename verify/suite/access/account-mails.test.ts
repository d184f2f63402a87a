import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FakeSmtp, type ReceivedMail, startFakeSmtp } from '../../support/fake-receivers.ts'
import { PASSWORD, signedIn, signIn } from '../../support/people.ts'
import { turnOn } from '../../support/second-factor.ts'
import { call, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const PUBLIC_URL = 'http://fiko.example'
let smtp: FakeSmtp
let server: TestServer
/** Without an SMTP server. */
let silent: TestServer
/** Without PUBLIC_URL. */
let nameless: TestServer

beforeAll(async () => {
  smtp = await startFakeSmtp()
  const mail = { SMTP_URL: smtp.url, ALERT_FROM: 'Fiko Sync <fiko@fiko.example>' }
  server = await startTestServer({ ...mail, PUBLIC_URL, TRUSTED_PROXIES: '127.0.0.1' })
  silent = await startTestServer({ PUBLIC_URL })
  nameless = await startTestServer(mail)
})
beforeEach(() => {
  smtp.mails.length = 0
  smtp.next.length = 0
})
afterAll(async () => {
  await Promise.all([server?.stop(), silent?.stop(), nameless?.stop()])
  await smtp?.stop()
})

const anAddress = () => `${randomUUID().slice(0, 8)}@example.com`
let addresses = 0
/** Asks from an address of its own, so that only the limit of the account counts. */
const askForLink = (email: string, headers: Record<string, string> = {}) => {
  addresses += 1
  const from = `198.51.${addresses >> 8}.${addresses & 255}`
  const sent = { origin: server.url, 'x-forwarded-for': from, ...headers }
  return call(server.url, 'POST', '/api/auth/request-password-link', sent, { email })
}
const mailsTo = (email: string) => smtp.mails.filter(({ to }) => to.includes(email))

/** Subject and the two parts of an e-mail, decoded. */
function read({ source }: ReceivedMail) {
  const [head = '', ...rest] = source.split('\r\n\r\n')
  const headers = head.replaceAll(/\r\n[ \t]+/g, ' ')
  const boundary = /boundary="?([^";\r\n]+)/.exec(headers)?.[1] ?? ''
  const parts = rest
    .join('\r\n\r\n')
    .split(`--${boundary}`)
    .map((part) => {
      const [partHead = '', ...body] = part.trim().split('\r\n\r\n')
      const text = body.join('\r\n\r\n')
      const encoding = /transfer-encoding: ([\w-]+)/i.exec(partHead)?.[1]?.toLowerCase()
      if (encoding === 'base64') return { type: partHead, text: Buffer.from(text, 'base64').toString() }
      if (encoding === 'quoted-printable') return { type: partHead, text: fromQuotedPrintable(text) }
      return { type: partHead, text }
    })
  const words = /^subject: (.*)$/im.exec(headers)?.[1] ?? ''
  const subject = words
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, kind: string, text: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString()
        : fromQuotedPrintable(text.replaceAll('_', ' ')),
    )
  const part = (type: string) => parts.find((each) => each.type.toLowerCase().includes(type))?.text ?? ''
  return { subject, headers, text: part('text/plain'), html: part('text/html') }
}
const fromQuotedPrintable = (text: string) =>
  Buffer.from(
    text
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()
/** The path of the link in an e-mail. */
const linkIn = (text: string) => /http:\/\/fiko\.example(\/reset-password\?token=[\w-]+)/.exec(text)?.[1] ?? ''
const setByLink = async (link: string, password: string, on = server) => {
  const token = new URL(link, on.url).searchParams.get('token') ?? ''
  const answer = await fetch(`${on.url}/reset-password`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token, password }),
  })
  return answer.status
}

test('an invitation is shown to the admin and sent to the user, as text and HTML, with a link on PUBLIC_URL', async () => {
  const email = anAddress()
  const made = await server.admin('POST', '/api/v1/users/', { email, role: 'owner' })
  expect(made).toMatchObject({ status: 201, body: { mail: { is_sent: true, failure: null, detail: null } } })
  const [mail] = mailsTo(email)
  const { subject, text, html } = read(mail as ReceivedMail)
  expect(subject).toBe('[Fiko Sync] Your account')
  expect(linkIn(text)).toBe(made.body.reset_link)
  expect(html).toContain('<html lang="en" dir="ltr">')
  expect(linkIn(html)).toBe(made.body.reset_link)
  expect(html, 'nothing is loaded from outside').not.toMatch(/<img|<link|<script|url\(/)
  expect(await setByLink(linkIn(text), 'a password of my own')).toBe(200)
  expect(await setByLink(linkIn(text), 'a password of another')).toBe(400)
  expect(await signIn(server, email, 'a password of my own')).toContain('session_token')
})

test('a user without a known language gets an invitation in the language of the admin', async () => {
  const email = anAddress()
  await call(
    server.url,
    'POST',
    '/api/v1/users/',
    { authorization: `Bearer ${server.env.ADMIN_API_KEY}`, 'accept-language': 'fa' },
    { email, role: 'owner' },
  )
  const { subject, text, html } = read(mailsTo(email)[0] as ReceivedMail)
  expect(subject).toBe('[همگام‌سازی فیکو] حساب کاربری شما')
  expect(text).toContain('گذرواژهٔ خود را تعیین کنید')
  expect(html).toContain('<html lang="fa" dir="rtl">')
})

test('a password link is sent in the language of the user’s last sign-in', async () => {
  const person = await signedIn(server, 'owner')
  await call(
    server.url,
    'POST',
    '/api/auth/sign-in/email',
    { origin: server.url, 'accept-language': 'fa-IR' },
    { email: person.email, password: PASSWORD },
  )
  const made = await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  expect(made).toMatchObject({ status: 201, body: { mail: { is_sent: true } } })
  const { subject, text } = read(mailsTo(person.email)[0] as ReceivedMail)
  expect(subject).toContain('تعیین گذرواژهٔ تازه')
  expect(linkIn(text)).toBe(made.body.reset_link)
})

test('the words of the mail server are in the answer, and the link is shown all the same', async () => {
  smtp.next.push('550 5.1.1 no such mailbox here')
  const made = await server.admin('POST', '/api/v1/users/', { email: anAddress(), role: 'owner' })
  expect(made.status).toBe(201)
  expect(made.body.reset_link).toContain('/reset-password?token=')
  expect(made.body.mail).toMatchObject({ is_sent: false, failure: 'answer' })
  expect(made.body.mail.detail).toContain('550')
  expect(made.body.mail.detail).toContain('no such mailbox here')
})

test('without an SMTP server or PUBLIC_URL the answer says why nothing was sent', async () => {
  for (const [on, failure] of [
    [silent, 'not_configured'],
    [nameless, 'no_public_url'],
  ] as const) {
    const made = await on.admin('POST', '/api/v1/users/', { email: anAddress(), role: 'owner' })
    expect(made.body).toMatchObject({ mail: { is_sent: false, failure } })
    expect(await setByLink(made.body.reset_link, 'a password of my own', on)).toBe(200)
    const options = await call(on.url, 'GET', '/api/auth/sign-in-options')
    expect(options.body).toEqual({ canMailLinks: false })
    const asked = await call(
      on.url,
      'POST',
      '/api/auth/request-password-link',
      { origin: on.url },
      { email: 'a@b.example' },
    )
    expect(asked).toMatchObject({ status: 409, body: { error: 'mail_not_set_up' } })
  }
  expect(smtp.mails).toEqual([])
})

test('a user created with a password gets no e-mail', async () => {
  const email = anAddress()
  const made = await server.admin('POST', '/api/v1/users/', { email, role: 'owner', password: PASSWORD })
  expect(made.body).not.toHaveProperty('mail')
  expect(mailsTo(email)).toEqual([])
})

test('a forgotten password: the link comes by e-mail, works once, and expires after an hour', async () => {
  expect((await call(server.url, 'GET', '/api/auth/sign-in-options')).body).toEqual({ canMailLinks: true })
  const person = await signedIn(server, 'owner')
  const asked = await askForLink(` ${person.email.toUpperCase()} `, { 'accept-language': 'en' })
  expect(asked).toMatchObject({ status: 202, body: { isAccepted: true } })
  await waitFor('an e-mail', async () => mailsTo(person.email).length === 1)
  const link = linkIn(read(mailsTo(person.email)[0] as ReceivedMail).text)
  const [row] = await server.sql<{ minutes: number }>(
    `select extract(epoch from expires_at - now()) / 60 as minutes from verifications where value = $1`,
    [person.userId],
  )
  expect(Number(row?.minutes)).toBeGreaterThan(55)
  expect(Number(row?.minutes)).toBeLessThanOrEqual(60)
  expect(await setByLink(link, 'a quite new password')).toBe(200)
  expect(await setByLink(link, 'another new password')).toBe(400)
  expect((await person.request('GET', '/api/v1/me/')).status, 'sessions end').toBe(401)
  expect(await signIn(server, person.email, 'a quite new password')).toContain('session_token')
  const actions = await server.sql<{ action: string; actor_kind: string }>(
    `select action, actor_kind from audit_log where target_id = $1 and action like 'password.%' order by id`,
    [person.userId],
  )
  expect(actions).toEqual([
    { action: 'password.link_asked', actor_kind: 'anonymous' },
    { action: 'password.set_by_link', actor_kind: 'owner' },
  ])

  await askForLink(person.email)
  await waitFor('another e-mail', async () => mailsTo(person.email).length === 2)
  const late = linkIn(read(mailsTo(person.email)[1] as ReceivedMail).text)
  await server.sql(`update verifications set expires_at = now() - interval '1 s' where value = $1`, [person.userId])
  expect(await setByLink(late, 'a third new password')).toBe(400)
})

test('an account that does not exist, or is inactive, gets the same answer and no e-mail', async () => {
  const person = await signedIn(server, 'owner')
  const inactive = await signedIn(server, 'owner')
  await server.admin('PATCH', `/api/v1/users/${inactive.userId}/`, { is_active: false })
  const unknown = anAddress()
  const answers = []
  for (const email of [person.email, inactive.email, unknown]) {
    const { status, body, headers } = await askForLink(email)
    answers.push({ status, body, names: [...headers.keys()].sort() })
  }
  expect(answers[1]).toEqual(answers[0])
  expect(answers[2]).toEqual(answers[0])
  await waitFor('an e-mail', async () => mailsTo(person.email).length === 1)
  expect([...mailsTo(inactive.email), ...mailsTo(unknown)]).toEqual([])
  expect(await server.sql('select 1 from verifications where value = $1', [inactive.userId])).toEqual([])
})

test('requests are limited by account, known or not, and by address', async () => {
  const person = await signedIn(server, 'owner')
  for (const email of [person.email, anAddress()]) {
    const statuses = []
    for (let n = 0; n < 4; n += 1) statuses.push((await askForLink(email)).status)
    expect(statuses).toEqual([202, 202, 202, 429])
  }
  const from = { 'x-forwarded-for': '192.0.2.77' }
  const statuses = []
  for (let n = 0; n < 11; n += 1) statuses.push((await askForLink(anAddress(), from)).status)
  expect(statuses).toEqual([...Array(10).fill(202), 429])
  const refused = await askForLink(anAddress(), { ...from, 'accept-language': 'fa' })
  expect(refused.body).toMatchObject({ error: 'too_many_links' })
  expect(refused.body.detail).toContain('دقیقه صبر کنید')
})

test('a request for a link leaves an invitation valid, and a password ends all links', async () => {
  const email = anAddress()
  const made = await server.admin('POST', '/api/v1/users/', { email, role: 'owner' })
  await askForLink(email)
  await waitFor('both e-mails', async () => mailsTo(email).length === 2)
  const asked = linkIn(read(mailsTo(email)[1] as ReceivedMail).text)
  expect(await setByLink(made.body.reset_link, 'a password of my own')).toBe(200)
  expect(await setByLink(asked, 'a password of another')).toBe(400)
})

test('the host of a request never gets into an e-mail', async () => {
  const person = await signedIn(server, 'owner')
  expect((await askForLink(person.email, { 'x-forwarded-host': 'evil.example' })).status).toBe(202)
  await waitFor('an e-mail', async () => mailsTo(person.email).length === 1)
  expect(mailsTo(person.email)[0]?.source).not.toContain('evil.example')
  const foreign = await askForLink(person.email, { origin: 'https://evil.example' })
  expect(foreign.status).toBe(403)
})

test('a user whose second factor an admin resets is told by e-mail', async () => {
  const person = await signedIn(server, 'owner')
  await turnOn(server, person)
  const answer = await server.admin('POST', `/api/v1/users/${person.userId}/reset-two-factor/`, {})
  expect(answer).toMatchObject({ status: 200, body: { was_on: true, mail: { is_sent: true } } })
  const { subject, text } = read(mailsTo(person.email)[0] as ReceivedMail)
  expect(subject).toBe('[Fiko Sync] Two-step sign-in was turned off')
  expect(text).toContain(`${PUBLIC_URL}/`)
  expect(text).not.toContain('reset-password')
})
