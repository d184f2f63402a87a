import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, type Person, signedIn, signIn } from '../../support/people.ts'
import {
  bytesOf,
  codeOf,
  cookiesOf,
  firstStep,
  nextPeriod,
  secondStep,
  statusOf,
  turnOn,
  wrongCode,
} from '../../support/second-factor.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
/** Takes three wrong passwords or codes. */
let strict: TestServer

beforeAll(async () => {
  server = await startTestServer({ FAILED_AUTH_PER_MINUTE: '1000' })
  strict = await startTestServer({ FAILED_AUTH_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' })
})
afterAll(() => Promise.all([server?.stop(), strict?.stop()]))

const actionsOf = async (person: Pick<Person, 'userId'>) => {
  const rows = await server.sql<{ action: string }>(
    `select action from audit_log where target_id = $1 and action like 'two_factor.%' order by id`,
    [person.userId],
  )
  return rows.map(({ action }) => action)
}
const sessionsOf = async (person: Pick<Person, 'userId'>) =>
  (await server.sql('select 1 from sessions where user_id = $1::uuid', [person.userId])).length
const verify = (cookie: string, code: string, trustDevice = false) => secondStep(server, cookie, { code, trustDevice })
const request = (cookie: string, method: string, path: string, body?: unknown) =>
  call(server.url, method, path, { cookie, origin: server.url }, body)

test('a user turns the second factor on with a code, and then signs in with password and code', async () => {
  const person = await signedIn(server, 'owner')
  expect((await person.request('GET', '/api/auth/two-factor')).body).toMatchObject({ isOn: false })
  const begun = await person.request('POST', '/api/auth/two-factor/enable', { password: PASSWORD })
  expect(begun.body.uri).toBe(
    `otpauth://totp/Fiko%20Sync:${encodeURIComponent(person.email)}?secret=${begun.body.key}&issuer=Fiko+Sync&digits=6&period=30`,
  )
  // Nothing changes before the first code.
  expect(await signIn(server, person.email, PASSWORD)).toContain('session_token')
  expect(
    (await person.request('POST', '/api/auth/two-factor/confirm', { code: wrongCode(begun.body.key) })).status,
  ).toBe(400)
  const done = await person.request('POST', '/api/auth/two-factor/confirm', { code: codeOf(begun.body.key) })
  expect(done.body.backupCodes).toHaveLength(10)
  expect(new Set(done.body.backupCodes).size).toBe(10)
  await nextPeriod(server, person)

  const first = await firstStep(server, person.email)
  expect(first).toMatchObject({ status: 200, body: { twoFactorRedirect: true, twoFactorMethods: ['totp'] } })
  expect(await sessionsOf(person), 'only the session that turned it on').toBe(1)
  const second = await verify(cookiesOf(first), codeOf(begun.body.key))
  expect(second).toMatchObject({ status: 200, body: { isSignedIn: true } })
  expect(JSON.stringify(second.body)).not.toContain('token')
  expect(await statusOf(server, cookiesOf(second))).toBe(200)
  expect(await actionsOf(person)).toEqual(['two_factor.refused', 'two_factor.turned_on'])
  const state = await request(cookiesOf(second), 'GET', '/api/auth/two-factor')
  expect(state.body).toEqual({ isOn: true, isReadable: true, backupCodesLeft: 10 })
})

test('turning it on ends the other sessions', async () => {
  const person = await signedIn(server, 'owner')
  const elsewhere = (await signIn(server, person.email, PASSWORD)) ?? ''
  const { cookie } = await turnOn(server, person)
  expect([
    await statusOf(server, cookie),
    await statusOf(server, elsewhere),
    await statusOf(server, person.cookie),
  ]).toEqual([200, 401, 401])
})

test('the keys and codes are in the database in encrypted form only, and never in the audit log', async () => {
  const person = await signedIn(server, 'owner')
  const { key, backupCodes } = await turnOn(server, person)
  const stored = JSON.stringify([
    await server.sql('select * from two_factors'),
    await server.sql('select * from verifications'),
    await server.sql('select * from audit_log'),
  ])
  for (const secret of [key, bytesOf(key).toString(), ...backupCodes]) expect(stored).not.toContain(secret)
  const users = await server.admin('GET', '/api/v1/users/?limit=200')
  expect(JSON.stringify(users.body)).not.toContain('secret')
})

test('between the two steps there is no session: every route with a cookie refuses, also the consent for an agent', async () => {
  const person = await signedIn(server, 'admin')
  await turnOn(server, person)
  const cookie = cookiesOf(await firstStep(server, person.email))
  for (const [method, path, body] of [
    ['GET', '/api/v1/me/'],
    ['GET', '/api/v1/users/'],
    ['GET', '/api/v1/stores/'],
    ['GET', '/api/v1/integrations/woocommerce/events/'],
    ['GET', '/api/v1/backup/'],
    ['GET', '/api/auth/two-factor'],
    ['POST', '/api/auth/two-factor/disable', { password: PASSWORD, code: '123456' }],
    ['POST', '/api/auth/two-factor/enable', { password: PASSWORD }],
    ['POST', '/api/auth/two-factor/generate-backup-codes', { password: PASSWORD, code: '123456' }],
    ['PATCH', '/api/v1/me/', { name: 'Not mine' }],
    ['POST', '/api/v1/oauth/request/', { query: 'client_id=x' }],
    ['POST', '/api/v1/oauth/decision/', { query: 'client_id=x', allows: true, environment: 'live', store_id: null }],
    ['POST', '/api/v1/integrations/tokens/generate/', { integration_type: 'knowledge', name: 'x' }],
  ] as const) {
    expect((await request(cookie, method, path, body)).status, `${method} ${path}`).toBe(401)
  }
  const answer = await request(cookie, 'POST', '/api/auth/change-password', {
    currentPassword: PASSWORD,
    newPassword: 'another long password',
  })
  expect(answer.status).toBe(401)
  expect((await request(cookie, 'GET', '/api/auth/get-session')).body).toBeNull()
  const sessions = await server.sql('select 1 from sessions where user_id = $1::uuid', [person.userId])
  expect(sessions, 'the one that turned it on').toHaveLength(1)
})

test('a code is accepted once: neither the confirmation nor a sign-in can be repeated with it', async () => {
  const person = await signedIn(server, 'owner')
  const begun = await person.request('POST', '/api/auth/two-factor/enable', { password: PASSWORD })
  const code = codeOf(begun.body.key)
  await person.request('POST', '/api/auth/two-factor/confirm', { code })
  const ofConfirmation = await verify(cookiesOf(await firstStep(server, person.email)), code)
  expect(ofConfirmation).toMatchObject({ status: 401, body: { error: 'code_used' } })
  await nextPeriod(server, person)
  const [one, other] = [await firstStep(server, person.email), await firstStep(server, person.email)].map(cookiesOf)
  const next = codeOf(begun.body.key)
  const answers = await Promise.all([verify(one ?? '', next), verify(other ?? '', next)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
  const later = await verify(cookiesOf(await firstStep(server, person.email)), next)
  expect(later).toMatchObject({ status: 401, body: { error: 'code_used' } })
  expect(await sessionsOf(person)).toBe(2)
})

test('a code in Persian or Arabic digits, with spaces, is accepted', async () => {
  const person = await signedIn(server, 'owner')
  const { key } = await turnOn(server, person)
  for (const zero of [0x6f0, 0x660]) {
    const code = [...codeOf(key)].map((digit) => String.fromCodePoint(zero + Number(digit))).join('')
    const answer = await verify(
      cookiesOf(await firstStep(server, person.email)),
      ` ${code.slice(0, 3)} ${code.slice(3)} `,
    )
    expect(answer.status).toBe(200)
    await nextPeriod(server, person)
  }
})

test('a backup code works once, is counted and logged; capitals and a missing hyphen do not matter', async () => {
  const person = await signedIn(server, 'owner')
  const { backupCodes, cookie } = await turnOn(server, person)
  const code = backupCodes[3] ?? ''
  const answer = await verify(cookiesOf(await firstStep(server, person.email)), code.toUpperCase().replace('-', ''))
  expect(answer.status).toBe(200)
  expect(await statusOf(server, cookiesOf(answer))).toBe(200)
  const again = await verify(cookiesOf(await firstStep(server, person.email)), code)
  expect(again).toMatchObject({ status: 401, body: { error: 'wrong_code' } })
  expect((await request(cookie, 'GET', '/api/auth/two-factor')).body).toEqual({
    isOn: true,
    isReadable: true,
    backupCodesLeft: 9,
  })
  expect(await actionsOf(person)).toEqual(['two_factor.turned_on', 'two_factor.backup_code_used', 'two_factor.refused'])
})

test('new backup codes need password and code, and end the old ones', async () => {
  const person = await signedIn(server, 'owner')
  const { key, backupCodes, cookie } = await turnOn(server, person)
  const make = (body: object) => request(cookie, 'POST', '/api/auth/two-factor/generate-backup-codes', body)
  expect((await make({ password: 'not my password', code: codeOf(key) })).status).toBe(400)
  const wrong = await make({ password: PASSWORD, code: wrongCode(key) })
  expect(wrong).toMatchObject({ status: 400, body: { issues: [{ path: 'code' }] } })
  const made = await make({ password: PASSWORD, code: codeOf(key) })
  expect(made.body.backupCodes).toHaveLength(10)
  const old = await verify(cookiesOf(await firstStep(server, person.email)), backupCodes[0] ?? '')
  expect(old.status).toBe(401)
  const fresh = await verify(cookiesOf(await firstStep(server, person.email)), made.body.backupCodes[0])
  expect(fresh.status).toBe(200)
})

test('turning it off needs password and code; afterwards the password alone signs in', async () => {
  const person = await signedIn(server, 'owner')
  const { key, cookie } = await turnOn(server, person)
  const off = (body: object) => request(cookie, 'POST', '/api/auth/two-factor/disable', body)
  expect((await off({ password: 'not my password', code: codeOf(key) })).status).toBe(400)
  expect((await off({ password: PASSWORD, code: wrongCode(key) })).status).toBe(400)
  expect((await off({ password: PASSWORD, code: '' })).status).toBe(400)
  expect((await request(cookie, 'GET', '/api/auth/two-factor')).body.isOn).toBe(true)
  expect(await off({ password: PASSWORD, code: codeOf(key) })).toMatchObject({ status: 200, body: { isOn: false } })
  expect(await signIn(server, person.email, PASSWORD)).toContain('session_token')
  expect((await actionsOf(person)).at(-1)).toBe('two_factor.turned_off')
})

test('a trusted device skips the second step until the password changes or the factor is reset', async () => {
  for (const end of ['password', 'link', 'reset', 'off'] as const) {
    const person = await signedIn(server, 'owner')
    const { key, cookie } = await turnOn(server, person)
    const done = await verify(cookiesOf(await firstStep(server, person.email)), codeOf(key), true)
    const device = cookiesOf(done)
      .split('; ')
      .filter((each) => each.includes('trust_device'))
      .join('; ')
    expect(device).not.toBe('')
    const trusted = await firstStep(server, person.email, { cookie: device })
    expect(await statusOf(server, cookiesOf(trusted)), 'a session after the first step').toBe(200)
    // Each use replaces the cookie.
    const replayed = await firstStep(server, person.email, { cookie: device })
    expect(replayed.body.twoFactorRedirect, 'the replaced cookie').toBe(true)
    const newest = cookiesOf(trusted)
    await nextPeriod(server, person)
    let password = PASSWORD
    if (end === 'password') {
      password = 'a quite new password'
      const body = { currentPassword: PASSWORD, newPassword: password }
      expect((await request(cookie, 'POST', '/api/auth/change-password', body)).status).toBe(200)
    } else if (end === 'link') {
      password = 'a quite new password'
      const made = await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
      await setByLink(made.body.reset_link, password)
    } else if (end === 'reset') {
      await server.admin('POST', `/api/v1/users/${person.userId}/reset-two-factor/`, {})
      const again = { ...person, request: await sessionAfter(person, password) }
      await turnOn(server, again)
    } else {
      await request(cookie, 'POST', '/api/auth/two-factor/disable', { password, code: codeOf(key) })
      await turnOn(server, { ...person, request: await sessionAfter(person, password) })
    }
    const after = await firstStep(server, person.email, { password, cookie: newest })
    expect(after.body.twoFactorRedirect, `the device after: ${end}`).toBe(true)
    expect(await statusOf(server, cookiesOf(after))).toBe(401)
  }
})

const setByLink = (link: string, password: string) =>
  fetch(`${server.url}/reset-password`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: new URL(link, server.url).searchParams.get('token') ?? '', password }),
  })
const sessionAfter = async (person: Person, password: string): Promise<Person['request']> => {
  const cookie = (await signIn(server, person.email, password)) ?? ''
  return (method, path, body) => request(cookie, method, path, body)
}

test('a new password, by change, link or admin, does not skip the second step', async () => {
  const person = await signedIn(server, 'owner')
  const { key, cookie } = await turnOn(server, person)
  const body = { currentPassword: PASSWORD, newPassword: 'the second password' }
  expect((await request(cookie, 'POST', '/api/auth/change-password', body)).status).toBe(200)
  const made = await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  for (const [password, change] of [
    ['the second password', async () => undefined],
    ['the third password', () => setByLink(made.body.reset_link, 'the third password')],
    [
      'the fourth password',
      () => server.admin('PATCH', `/api/v1/users/${person.userId}/`, { password: 'the fourth password' }),
    ],
  ] as const) {
    await change()
    const first = await firstStep(server, person.email, { password })
    expect(first.body.twoFactorRedirect, password).toBe(true)
    expect(await statusOf(server, cookiesOf(first))).toBe(401)
    const second = await verify(cookiesOf(first), codeOf(key))
    expect(second.status).toBe(200)
    await nextPeriod(server, person)
  }
})

test('a begun sign-in ends with a new password, with a reset and with a deactivation', async () => {
  const person = await signedIn(server, 'owner')
  const { key } = await turnOn(server, person)
  const begun = cookiesOf(await firstStep(server, person.email))
  await server.admin('PATCH', `/api/v1/users/${person.userId}/`, { password: 'the second password' })
  expect(await verify(begun, codeOf(key))).toMatchObject({ status: 401, body: { error: 'sign_in_ended' } })
  const other = cookiesOf(await firstStep(server, person.email, { password: 'the second password' }))
  await server.admin('PATCH', `/api/v1/users/${person.userId}/`, { is_active: false })
  expect(await verify(other, codeOf(key))).toMatchObject({ status: 401, body: { error: 'sign_in_ended' } })
  await server.admin('PATCH', `/api/v1/users/${person.userId}/`, { is_active: true })
  expect((await verify(other, codeOf(key))).status).toBe(200)
  const last = cookiesOf(await firstStep(server, person.email, { password: 'the second password' }))
  await server.admin('POST', `/api/v1/users/${person.userId}/reset-two-factor/`, {})
  expect(await verify(last, codeOf(key))).toMatchObject({ status: 401, body: { error: 'sign_in_ended' } })
})

test('five wrong codes end a sign-in, and ten lock the second step of the account', async () => {
  const person = await signedIn(server, 'owner')
  const { key } = await turnOn(server, person)
  for (const round of [1, 2]) {
    const cookie = cookiesOf(await firstStep(server, person.email))
    for (let n = 0; n < 5; n += 1)
      expect((await verify(cookie, wrongCode(key))).body.error, `round ${round}`).toBe('wrong_code')
    if (round === 1) expect((await verify(cookie, codeOf(key))).body.error).toBe('sign_in_ended')
  }
  const locked = await secondStep(
    server,
    cookiesOf(await firstStep(server, person.email)),
    { code: codeOf(key) },
    { 'accept-language': 'fa' },
  )
  expect(locked).toMatchObject({ status: 429, body: { error: 'second_step_locked' } })
  expect(locked.body.detail).toContain('۱۵ دقیقه')
  expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(800)
  await server.sql(`update two_factors set locked_until = now() - interval '1 s' where user_id = $1::uuid`, [
    person.userId,
  ])
  expect((await verify(cookiesOf(await firstStep(server, person.email)), codeOf(key))).status).toBe(200)
  const refused = await server.sql<{ detail: object }>(
    `select detail from audit_log where target_id = $1 and action = 'two_factor.refused' order by id`,
    [person.userId],
  )
  expect(refused.map(({ detail }) => detail)).toEqual([{ attempts: 1 }, { attempts: 10 }])
})

test('wrong codes count like wrong passwords: by account from any address', async () => {
  const person = await signedIn(strict, 'owner')
  const { key } = await turnOn(strict, person)
  const from = (n: number) => ({ 'x-forwarded-for': `198.51.100.${n}` })
  const cookie = cookiesOf(await firstStep(strict, person.email, { headers: from(1) }))
  const statuses = []
  for (let n = 2; n < 6; n += 1)
    statuses.push((await secondStep(strict, cookie, { code: wrongCode(key) }, from(n))).status)
  expect(statuses).toEqual([401, 401, 401, 429])
  const right = await secondStep(strict, cookie, { code: codeOf(key) }, { ...from(9), 'accept-language': 'fa' })
  expect(right).toMatchObject({ status: 429, body: { error: 'too_many_failures' } })
  expect(right.body.detail).toMatch(/ثانیه صبر کنید/)
  expect((await firstStep(strict, person.email, { headers: from(10) })).status, 'the password counts with them').toBe(
    429,
  )
})

test('an admin sees in the list of users the second factor of each, and resets it', async () => {
  const person = await signedIn(server, 'owner')
  const { cookie } = await turnOn(server, person)
  const listed = async () => (await server.admin('GET', `/api/v1/users/?email=${person.email}`)).body.results[0]
  expect((await listed()).has_two_factor).toBe(true)
  const other = await signedIn(server, 'owner')
  expect((await other.request('POST', `/api/v1/users/${person.userId}/reset-two-factor/`, {})).status).toBe(403)
  const answer = await server.admin('POST', `/api/v1/users/${person.userId}/reset-two-factor/`, {})
  expect(answer).toMatchObject({
    status: 200,
    body: { was_on: true, mail: { is_sent: false, failure: 'not_configured' } },
  })
  expect((await listed()).has_two_factor).toBe(false)
  expect(await statusOf(server, cookie)).toBe(401)
  expect(await signIn(server, person.email, PASSWORD)).toContain('session_token')
  const again = await server.admin('POST', `/api/v1/users/${person.userId}/reset-two-factor/`, {})
  expect(again).toMatchObject({ status: 200, body: { was_on: false, mail: null } })
  expect((await actionsOf(person)).filter((action) => action === 'two_factor.reset')).toHaveLength(1)
})

test('tokens and the operator’s key work as before for an account with a second factor', async () => {
  const person = await signedIn(server, 'owner')
  const shop = await server.newShop({ tenantOf: person.userId })
  await turnOn(server, person)
  const health = await call(server.url, 'GET', '/api/integrations/woocommerce/health/', {
    authorization: `Bearer ${shop.token}`,
  })
  expect(health.status).toBe(200)
})

test('a key that another SESSION_SECRET has encrypted is told, not an error of the server', async () => {
  const person = await signedIn(server, 'owner')
  const { key } = await turnOn(server, person)
  await server.sql(`update two_factors set secret = reverse(secret) where user_id = $1::uuid`, [person.userId])
  const answer = await verify(cookiesOf(await firstStep(server, person.email)), codeOf(key))
  expect(answer).toMatchObject({ status: 409, body: { error: 'second_factor_unreadable' } })
})

test('pages of another site cannot use these routes', async () => {
  const person = await signedIn(server, 'owner')
  const { key } = await turnOn(server, person)
  const cookie = cookiesOf(await firstStep(server, person.email))
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  expect((await secondStep(server, cookie, { code: codeOf(key) }, foreign)).status).toBe(403)
  const answer = await person.request('POST', '/api/auth/two-factor/enable', { password: PASSWORD }, foreign)
  expect(answer.status).toBe(403)
})
