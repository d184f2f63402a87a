import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { PASSWORD, type Person, signedIn, signIn } from '../../support/people.ts'
import { call, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owner: Person
let other: Person

beforeAll(async () => {
  server = await startTestServer()
  owner = await signedIn(server, 'owner')
  other = await signedIn(server, 'owner')
})
afterAll(() => server.stop())

interface Row {
  id: number
  action: string
  actor: { kind: string; id: string | null; email: string | null; name: string | null; is_deleted: boolean }
  source_ip: string
  tenant_id: number | null
  tenant: { id: number; user_id: string | null; email: string | null } | null
  store: { id: number; name: string | null; is_deleted: boolean } | null
  target: { kind: string; id: string; name: string | null; is_deleted: boolean } | null
  detail: Record<string, unknown>
}

const rowsOf = async (person: Person, query = ''): Promise<Row[]> =>
  (await person.request('GET', `/api/v1/audit/?limit=200&${query}`)).body.results
const newest = async (person: Person) => (await rowsOf(person))[0]
const TOKENS = '/api/v1/integrations/tokens'

test('an owner’s actions are in the audit log in their order: actor, address and target', async () => {
  const store = await owner.request('POST', '/api/v1/stores/', { name: 'Candles' })
  await owner.request('PATCH', `/api/v1/stores/${store.body.id}/`, { name: 'Lamps' })
  const token = await owner.request('POST', `${TOKENS}/generate/`, {
    integration_type: 'woocommerce',
    name: 'till',
    store_id: store.body.id,
  })
  const rotated = await owner.request('POST', `${TOKENS}/${token.body.id}/rotate/`, { grace_seconds: 60 })
  await server.sql('update integration_tokens set pending_site_hash = $2 where id = $1', [
    rotated.body.id,
    'f'.repeat(64),
  ])
  await owner.request('POST', `${TOKENS}/${rotated.body.id}/confirm-site/`, {})
  await owner.request('DELETE', `${TOKENS}/${rotated.body.id}/`)
  await owner.request('DELETE', `/api/v1/stores/${store.body.id}/`)
  const rows = await rowsOf(owner)
  expect(rows.map((row) => row.action)).toEqual([
    'store.deleted',
    'token.revoked',
    'token.site_confirmed',
    'token.rotated',
    'token.generated',
    'store.changed',
    'store.made',
    'session.started',
    'user.made',
  ])
  for (const row of rows.slice(0, 8)) {
    expect(row.actor).toMatchObject({ kind: 'owner', id: owner.userId, email: owner.email, is_deleted: false })
    expect(row.source_ip).toBe('127.0.0.1')
  }
  expect(rows[8]?.actor).toEqual({ kind: 'operator', id: null, email: null, name: null, is_deleted: false })
  expect(rows[0]?.target).toEqual({ kind: 'store', id: String(store.body.id), name: 'Lamps', is_deleted: true })
  expect(rows[4]?.target).toMatchObject({ kind: 'token', name: 'till', is_deleted: false })
  expect(rows[4]?.store).toEqual({ id: store.body.id, name: 'Lamps', is_deleted: true })
  expect(rows[4]?.tenant).toMatchObject({ user_id: owner.userId, email: owner.email })
  expect(rows[4]?.detail).toEqual({
    integration_type: 'woocommerce',
    name: 'till',
    token_preview: token.body.token_preview,
  })
  expect(rows[5]?.detail).toEqual({ name: 'Lamps' })
})

test('refused actions, and requests that had no effect, are not in the audit log as done', async () => {
  const before = await newest(other)
  await other.request('DELETE', `${TOKENS}/999999/`)
  await other.request('DELETE', '/api/v1/stores/999999/')
  await other.request('POST', '/api/v1/users/', { email: 'x@example.com', role: 'owner' })
  await other.request('POST', '/api/v1/integrations/woocommerce/events/replay/', { dry_run: true })
  await other.request('POST', '/api/v1/stores/', { name: 'forged' }, { origin: 'https://evil.example' })
  await other.request('GET', '/api/v1/stores/')
  expect(await newest(other)).toEqual(before)
})

test('sign-in, wrong passwords, a new password and sign-out are written down, without any of the passwords', async () => {
  const person = await signedIn(server, 'owner')
  expect(await signIn(server, person.email, 'a wrong password')).toBeNull()
  expect(await signIn(server, 'hunter2-typed-in-the-wrong-field@example.com', 'another wrong one')).toBeNull()
  const change = (currentPassword: string, newPassword: string) =>
    person.request('POST', '/api/auth/change-password', { currentPassword, newPassword })
  expect((await change('not mine at all', 'a newer password')).status).toBe(400)
  expect((await change(PASSWORD, 'a newer password')).status).toBe(200)
  const link = await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  const secret = new URL(link.body.reset_link, server.url).searchParams.get('token') ?? ''
  await fetch(`${server.url}/reset-password`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: secret, password: 'the newest password' }),
  })
  const cookie = (await signIn(server, person.email, 'the newest password')) ?? ''
  await call(server.url, 'POST', '/api/auth/sign-out', { cookie, origin: server.url }, {})
  const again = await signIn(server, person.email, 'the newest password')
  const log = await call(server.url, 'GET', '/api/v1/audit/', { cookie: again ?? '' })
  const rows: Row[] = log.body.results
  expect(rows.map((row) => [row.action, row.actor.kind])).toEqual([
    ['session.started', 'owner'],
    ['session.ended', 'owner'],
    ['session.started', 'owner'],
    ['password.set_by_link', 'owner'],
    ['user.reset_link_made', 'operator'],
    ['password.changed', 'owner'],
    ['password.refused', 'owner'],
    ['session.refused', 'anonymous'],
    ['session.started', 'owner'],
    ['user.made', 'operator'],
  ])
  const everything = JSON.stringify(await server.sql('select * from audit_log'))
  for (const word of [PASSWORD, 'a wrong password', 'another wrong one', 'newest password', secret, 'hunter2', cookie])
    expect(everything).not.toContain(word)
  expect(everything).not.toMatch(/argon2|(wc|kb)_sk_(live|test)_[a-z0-9]{10}/)
  const anonymous = await server.sql(`select 1 from audit_log where action = 'session.refused' and tenant_id is null`)
  expect(anonymous).toHaveLength(1)
})

test('replays of one event, of a filter and of a refused text are logged with their number', async () => {
  const shop = await server.newShop({ tenantOf: other.userId })
  for (const id of [1, 2]) await shop.send(anUpdate({ id, name: `Replayed ${id}` }))
  await server.settled()
  await server.sql(`update events set status = 'dead', outcome = null, error = 'x' where store_id = $1`, [shop.storeId])
  const events = await server.sql<{ id: number }>('select id from events where store_id = $1 order by id', [
    shop.storeId,
  ])
  const base = '/api/v1/integrations/woocommerce/events'
  await other.request('POST', `${base}/${events[0]?.id}/replay/`, {})
  await other.request('POST', `${base}/replay/`, { store_id: shop.storeId })
  await server.settled()
  const [text] = await server.sql<{ id: number }>(
    `update knowledge_chunks set embedding_status = 'refused', embedding_error = 'x' where id = (
       select min(id) from knowledge_chunks where store_id = $1) returning id`,
    [shop.storeId],
  )
  await other.request('POST', `/api/v1/dead-letters/embedding/${text?.id}/replay/`, {})
  const [replayedText, replayedEvents, replayedEvent] = await rowsOf(other)
  expect([replayedText?.action, replayedText?.target]).toEqual([
    'text.replayed',
    { kind: 'text', id: String(text?.id), name: 'Replayed 1', is_deleted: false },
  ])
  expect(replayedEvents).toMatchObject({
    action: 'events.replayed',
    target: null,
    detail: { store_id: shop.storeId, replayed: 1 },
  })
  expect(replayedEvent).toMatchObject({
    action: 'event.replayed',
    target: { kind: 'event', id: String(events[0]?.id) },
  })
})

test('an owner reads the log of the own tenant only; an admin reads all entries', async () => {
  const admin = await signedIn(server, 'admin')
  const store = await admin.request('POST', '/api/v1/stores/', { name: 'By an admin', user_id: other.userId })
  await admin.request('GET', '/api/v1/diagnosis/')
  await (await fetch(`${server.url}/api/v1/backup/`, { headers: { cookie: admin.cookie } })).arrayBuffer()
  await admin.request('POST', '/api/v1/knowledge/reindex/', {})
  const seen = await newest(other)
  expect([seen?.action, seen?.target?.id]).toEqual(['store.made', String(store.body.id)])
  // That it was an admin, but not which.
  expect(seen?.actor).toEqual({ kind: 'admin', id: null, email: null, name: null, is_deleted: false })
  const mine = await rowsOf(owner)
  expect(mine.map((row) => row.target?.id)).not.toContain(String(store.body.id))
  for (const row of [...mine, ...(await rowsOf(other))]) expect(row.tenant_id).not.toBeNull()
  const narrowed = await rowsOf(owner, `user_id=${other.userId}`)
  expect(narrowed).toEqual([])

  const all = await rowsOf(admin)
  expect(all.slice(0, 4).map((row) => [row.action, row.actor.email])).toEqual(
    ['knowledge.reindexed', 'backup.taken', 'diagnosis.read', 'store.made'].map((action) => [action, admin.email]),
  )
  expect(all.map((row) => row.actor.id)).toContain(owner.userId)
})

test('the log is narrowed by action, person and time, and read in pages', async () => {
  const admin = await signedIn(server, 'admin')
  const byAction = await rowsOf(admin, 'action=token.revoked')
  expect(byAction.map((row) => row.actor.id)).toEqual([owner.userId])
  const ofOwner = await rowsOf(admin, `user_id=${owner.userId}`)
  expect(ofOwner).toHaveLength(9)
  const [last] = await server.sql<{ at: Date }>('select max(at) as at from audit_log')
  expect(await rowsOf(admin, `since=${last?.at.toISOString()}`)).toHaveLength(1)
  expect(await rowsOf(admin, 'since=2100-01-01T00:00:00Z')).toEqual([])
  const page = await admin.request('GET', `/api/v1/audit/?limit=4&user_id=${owner.userId}`)
  const next = await admin.request('GET', page.body.next)
  expect([...page.body.results, ...next.body.results].map((row: Row) => row.id)).toEqual(
    ofOwner.slice(0, 8).map((row) => row.id),
  )
})

test('the log is narrowed by person, store, range of time and text; a name stays after a deletion', async () => {
  const admin = await signedIn(server, 'admin')
  const person = await signedIn(server, 'owner')
  const made = await person.request('POST', '/api/v1/stores/', { name: '50 % شمع_فروشی' })
  const id = made.body.id
  await admin.request('PATCH', `/api/v1/stores/${id}/`, { site: 'https://candles.example' })
  const token = await person.request('POST', `${TOKENS}/generate/`, {
    integration_type: 'woocommerce',
    name: 'counter',
    store_id: id,
  })
  await person.request('DELETE', `/api/v1/stores/${id}/`)
  const actions = async (reader: Person, query: string) => (await rowsOf(reader, query)).map(({ action }) => action)

  const ofStore = ['store.deleted', 'token.generated', 'store.changed', 'store.made']
  expect(await actions(admin, `store_id=${id}`)).toEqual(ofStore)
  expect(await actions(person, `store_id=${id}`)).toEqual(ofStore)
  expect(await actions(other, `store_id=${id}`)).toEqual([])
  expect(await actions(admin, `store_id=${id}&actor_id=${admin.userId}`)).toEqual(['store.changed'])
  expect(await actions(admin, `store_id=${id}&actor_kind=owner`)).toEqual(
    ofStore.filter((one) => one !== 'store.changed'),
  )
  // The id of an admin tells an owner nothing.
  expect(await actions(person, `actor_id=${admin.userId}`)).toEqual([])
  expect(await actions(person, `actor_kind=admin`)).toEqual(['store.changed'])
  expect(await actions(person, `search=${admin.email}`)).toEqual([])

  const text = (words: string) => `search=${encodeURIComponent(words)}`
  expect(await actions(admin, text('50 % شمع_'))).toEqual(ofStore)
  expect(await actions(admin, text('50 _ شمع'))).toEqual([])
  expect(await actions(person, text('COUNTER'))).toEqual(['token.generated'])
  expect(await actions(person, text(person.email))).toContain('session.started')
  expect(await actions(other, text('counter'))).toEqual([])

  const rows = await rowsOf(admin, `store_id=${id}`)
  expect(rows.map(({ target }) => [target?.name, target?.is_deleted])).toEqual([
    ['50 % شمع_فروشی', true],
    ['counter', false],
    ['50 % شمع_فروشی', true],
    ['50 % شمع_فروشی', true],
  ])
  const times = await server.sql<{ at: string }>(
    `select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from audit_log where id = $1`,
    [rows[1]?.id ?? 0],
  )
  expect(await actions(person, `store_id=${id}&until=${times[0]?.at}`)).toEqual(ofStore.slice(2))
  expect((await person.request('GET', '/api/v1/audit/?until=9999-12-31T23:59:59-23:59')).body.issues?.[0]?.path).toBe(
    'until',
  )
  for (const query of ['actor=x', 'actor_kind=nobody', 'search=', 'store_id=0'])
    expect((await person.request('GET', `/api/v1/audit/?${query}`)).status, query).toBe(400)

  // A row that is gone leaves the number.
  await server.sql('delete from integration_tokens where id = $1', [token.body.id])
  const [gone] = await rowsOf(admin, `action=token.generated&${text(String(token.body.id))}`)
  expect(gone?.target).toEqual({ kind: 'token', id: String(token.body.id), name: null, is_deleted: true })
})

test('no role can change the audit log, not even the owner of the tables', async () => {
  const { owner: tables, service, forTenant } = server.running.db
  const [before] = await server.sql('select count(*)::int as count, min(id) as first from audit_log')
  const [own] = await server.sql<{ id: number }>('select id from tenants where owner_id = $1::uuid', [owner.userId])
  for (const access of [tables, service, forTenant(own?.id ?? 0)]) {
    for (const statement of [
      `update audit_log set action = 'nothing.done'`,
      'update audit_log set actor_id = null, detail = null where id = 1',
      'delete from audit_log',
      'truncate audit_log',
    ]) {
      await expect(access.query(statement), statement).rejects.toThrow(/append-only|permission denied/)
    }
  }
  await expect(tables.query('delete from audit_log')).rejects.toThrow('the audit log is append-only: DELETE is refused')
  expect(await server.sql('select count(*)::int as count, min(id) as first from audit_log')).toEqual([before])
})

test('an action and its audit entry are one transaction', async () => {
  await server.sql(`create function no_ink() returns trigger language plpgsql as $$
    begin if new.action = 'store.made' then raise exception 'no ink'; end if; return new; end $$`)
  await server.sql('create trigger no_ink before insert on audit_log for each row execute function no_ink()')
  const stores = async () => (await owner.request('GET', '/api/v1/stores/')).body.count
  const before = await stores()
  expect((await owner.request('POST', '/api/v1/stores/', { name: 'Unwritten' })).status).toBe(500)
  expect(await stores()).toBe(before)
  await server.sql('drop trigger no_ink on audit_log')
  expect((await owner.request('POST', '/api/v1/stores/', { name: 'Written' })).status).toBe(201)
})

test('sign-in, sign-out and new passwords do not happen when they cannot be written down', async () => {
  const person = await signedIn(server, 'owner')
  const link = await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  const token = new URL(link.body.reset_link, server.url).searchParams.get('token') ?? ''
  const sessions = () =>
    server.sql('select id, token, expires_at from sessions where user_id = $1 order by id', [person.userId])
  const passwords = () => server.sql('select password from accounts where user_id = $1', [person.userId])
  const links = () => server.sql('select id from verifications where value = $1', [person.userId])
  const before = [await sessions(), await passwords(), await links()]
  await server.sql(`create function dry() returns trigger language plpgsql as $$
    begin if new.action ~ '^(session.started|session.ended|password)' then raise exception 'dry'; end if; return new; end $$`)
  await server.sql('create trigger dry before insert on audit_log for each row execute function dry()')
  const setByLink = () =>
    call(
      server.url,
      'POST',
      '/reset-password',
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams({ token, password: 'a password by link' }).toString(),
    )
  const change = { currentPassword: PASSWORD, newPassword: 'a newer long password' }
  const headers = { origin: server.url }
  const credentials = { email: person.email, password: PASSWORD }
  for (const ask of [
    () => call(server.url, 'POST', '/api/auth/sign-in/email', headers, credentials),
    () => person.request('POST', '/api/auth/sign-out', {}),
    () => person.request('POST', '/api/auth/change-password', change),
    setByLink,
  ]) {
    const answer = await ask()
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([500, []])
    expect([await sessions(), await passwords(), await links()]).toEqual(before)
  }
  await server.sql('drop trigger dry on audit_log')
  expect((await person.request('GET', '/api/v1/me/')).status).toBe(200)
  expect((await person.request('POST', '/api/auth/change-password', change)).status).toBe(200)
  expect((await setByLink()).status, 'a new password ends the links').toBe(400)
})

test('failed sign-ins of anonymous callers make few rows', async () => {
  const person = await signedIn(server, 'owner')
  const rows = (target: string | null) =>
    server.sql(
      `select detail from audit_log where action = 'session.refused' and target_id is not distinct from $1 order by id`,
      [target],
    )
  const before = (await rows(null)).length
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        await signIn(server, person.email, 'a wrong password')
        await signIn(server, `${round}-${index}@example.com`, 'a wrong password')
      }),
    )
  }
  expect(await rows(person.userId)).toEqual([1, 10].map((attempts) => ({ detail: { attempts } })))
  expect((await rows(null)).length - before).toBeLessThanOrEqual(2)
})

test('a time that no calendar has is a 400 that names the field', async () => {
  for (const since of [
    '0000-01-01T00:00:00Z',
    '2026-01-31T23:59:60Z',
    '9999-12-31T23:59:59-23:59',
    '2026-02-30T00:00:00Z',
  ]) {
    const answer = await owner.request('GET', `/api/v1/audit/?since=${since}`)
    expect([answer.status, answer.body.issues?.[0]?.path], since).toEqual([400, 'since'])
  }
})
