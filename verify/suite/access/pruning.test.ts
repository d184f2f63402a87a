import { afterAll, beforeAll, expect, test } from 'vitest'
import { pruneExpiredSessions, trimAnonymousEntries } from '../../../server/src/tenants/prune.ts'
import { signedIn } from '../../support/people.ts'
import { startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  // The server's own daily look, up to two minutes after its start, must not prune beside a test that counts.
  await waitFor('the daily tasks to be done', async () => {
    await server.running.maintenance.runDue()
    return (await server.sql('select 1 from maintenance_runs where last_success_at is null')).length === 0
  })
})
afterAll(() => server?.stop())

test('rows of anonymous callers are trimmed by age and number, and no other rows of the log', async () => {
  const { db } = server.running
  const of = (what: string) => server.sql(`select count(*)::int as count from audit_log where ${what}`)
  await server.sql(
    `insert into audit_log (actor_kind, action) select 'anonymous', 'session.refused' from generate_series(1, 3)`,
  )
  const [entries] = await of(`actor_kind <> 'anonymous'`)
  await server.sql(
    `insert into audit_log (at, actor_kind, action) select now() - interval '91 days', 'anonymous', 'session.refused' from generate_series(1, 2500)`,
  )
  await server.sql(
    `insert into audit_log (at, actor_kind, action) values (now() - interval '10 years', 'operator', 'backup.taken')`,
  )
  const [young] = await of(`actor_kind = 'anonymous' and at > now() - interval '90 days'`)
  expect(await trimAnonymousEntries(db)).toBe(2500)
  expect(await of(`actor_kind = 'anonymous'`)).toEqual([young])
  await server.sql(
    `insert into audit_log (actor_kind, action) select 'anonymous', 'session.refused' from generate_series(1, 101000)`,
  )
  expect(await trimAnonymousEntries(db)).toBe(1000 + Number(young?.count))
  expect(await of(`actor_kind = 'anonymous'`)).toEqual([{ count: 100_000 }])
  expect(await trimAnonymousEntries(db)).toBe(0)
  expect(await of(`actor_kind <> 'anonymous'`)).toEqual([{ count: Number(entries?.count) + 1 }])
  for (const change of [
    `delete from audit_log where actor_kind = 'operator'`,
    `update audit_log set at = now() where actor_kind = 'anonymous'`,
  ]) {
    const work = db.owner.transaction(async (tx) => {
      await tx.query(`set local fiko.trims_anonymous = 'on'`)
      await tx.query(change)
    })
    await expect(work).rejects.toThrow('append-only')
  }
  await expect(db.service.query(`delete from audit_log where actor_kind = 'anonymous'`)).rejects.toThrow(
    /append-only|permission denied/,
  )
})

test('expired sessions and one-time links are pruned, and those that are valid stay', async () => {
  const person = await signedIn(server, 'owner')
  await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  await server.sql(
    `insert into sessions (user_id, token, expires_at) select $1::uuid, 'old ' || n, now() - interval '1 minute' from generate_series(1, 2300) n`,
    [person.userId],
  )
  await server.sql(
    `insert into verifications (identifier, value, expires_at) values ('old', 'x', now() - interval '1 minute')`,
  )
  const valid = async () => [
    await server.sql('select id from sessions where expires_at > now() order by id'),
    await server.sql('select id from verifications where expires_at > now() order by id'),
  ]
  const before = await valid()
  expect(await pruneExpiredSessions(server.running.db)).toBe(2301)
  expect(await pruneExpiredSessions(server.running.db)).toBe(0)
  expect(await valid()).toEqual(before)
  expect(before[0]?.length).toBeGreaterThan(0)
  expect((await person.request('GET', '/api/v1/me/')).status).toBe(200)
})
