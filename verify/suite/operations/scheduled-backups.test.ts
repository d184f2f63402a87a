import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { letMinutesPass } from '../../support/alerts.ts'
import { anUpdate } from '../../support/events.ts'
import { runFiko as run } from '../../support/fiko-command.ts'
import { signedIn } from '../../support/people.ts'
import { type S3Server, startS3Server } from '../../support/s3-server.ts'
import {
  type Answer,
  call,
  databaseKind,
  freshDatabase,
  startTestServer,
  type TestServer,
  waitFor,
} from '../../support/test-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'fiko-backups-'))
const folder = join(directory, 'kept')
let server: TestServer

beforeAll(async () => {
  mkdirSync(folder)
  server = await startTestServer({ BACKUP_FOLDER: folder, BACKUP_KEEP: '2', BACKUP_SCHEDULE: '00:00' })
  const shop = await server.newShop()
  await shop.sendBatch([1, 2, 3].map((id) => anUpdate({ id, name: `Teapot ${id} 🫖` })))
  await server.settled()
})
afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

const list = async (of: TestServer = server) => (await of.admin('GET', '/api/v1/backups/')).body
const now = async (of: TestServer = server) => {
  // The run before has ended for its readers, and may still remove old backups.
  let begun = await of.admin('POST', '/api/v1/backups/')
  await waitFor('a backup to begin', async () => {
    if (begun.status === 409) begun = await of.admin('POST', '/api/v1/backups/')
    return begun.status !== 409
  })
  expect([begun.status, begun.body]).toEqual([202, { id: expect.any(Number) }])
  await ended(begun.body.id, of)
  return (await list(of)).last_run
}
const ended = (id: number, of: TestServer) =>
  waitFor('the backup to end', async () => {
    const { last_run: last } = await list(of)
    return last.id === id && last.state !== 'running'
  })
const due = async (of: TestServer = server) => {
  await of.sql(`update maintenance_runs set last_failure_at = null, last_error = null where task = 'backup'`)
  return await of.running.maintenance.runDue()
}
const names = () => readdirSync(folder).sort()
const remote = () => ({ FIKO_URL: server.url, ADMIN_API_KEY: server.env.ADMIN_API_KEY ?? '' })

describe('in a folder', () => {
  beforeEach(async () => {
    // The server's own look at its tasks, some time after its start, begins no backup within an hour of a failure.
    await server.sql(
      `insert into maintenance_runs (task, last_failure_at, last_error) values ('backup', now(), 'a test')
       on conflict (task) do update set last_failure_at = now(), last_error = 'a test'`,
    )
    await waitFor('no backup to run', async () => (await list()).last_run?.state !== 'running')
    await server.sql('delete from backup_runs')
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
  })

  test('a backup is due at its time, kept and verified, and not due again until the next day', async () => {
    expect(await server.running.backups.isDue()).toBe(true)
    expect(await due()).toContain('backup')
    const found = await list()
    expect(found).toMatchObject({
      destination: { kind: 'folder', place: folder, problem: null },
      schedule: { hour: 0, minute: 0, time_zone: 'UTC', keep: 2 },
      last_run: { origin: 'schedule', state: 'succeeded', error: null },
      results: [{ is_own: true }],
    })
    const [kept] = found.results
    expect(kept.verified_at).toBe(found.last_run.ended_at)
    expect(new Date(found.schedule.next_at).getTime()).toBeGreaterThan(Date.now())
    expect(names()).toEqual([kept.name])
    const text = gunzipSync(readFileSync(join(folder, kept.name))).toString()
    expect(text).toContain('Teapot 3 🫖')
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^footer /)
    expect(await server.running.backups.isDue()).toBe(false)
    expect(await due()).not.toContain('backup')
    await server.sql(`update backup_runs set started_at = started_at - interval '1 day'`)
    expect(await server.running.backups.isDue()).toBe(true)
    const figures = await (await fetch(`${server.url}/metrics`)).text()
    expect(figures).toMatch(/^fiko_backup_last_success_timestamp_seconds [1-9]/m)
  })

  test('the newest are kept; older ones go after a success only, and no file of others ever', async () => {
    const first = await now()
    const others = [first.name.replace(/-backup-.{8}-/, '-backup-ffffffff-').replace(/-20\d\d-/, '-2020-'), 'notes.txt']
    for (const name of others) writeFileSync(join(folder, name), 'x')
    const abandoned = first.name.replace(/-20\d\d-/, '-2021-')
    writeFileSync(join(folder, abandoned), 'not verified')
    const second = await now()
    expect(names()).toEqual([...others, first.name, second.name].sort())

    // A folder that cannot be written to: nothing is removed.
    renameSync(folder, `${folder}-away`)
    const failed = await now()
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'folder_missing' } })
    renameSync(`${folder}-away`, folder)
    expect(names()).toEqual([...others, first.name, second.name].sort())
    const third = await now()
    expect(names()).toEqual([...others, second.name, third.name].sort())
    expect((await list()).results.filter((one: { is_own: boolean }) => !one.is_own)).toMatchObject([
      { name: others[0], verified_at: null },
    ])
  })

  test('a failure is shown in the words of its reader, is an alert, and is over with the next success', async () => {
    renameSync(folder, `${folder}-away`)
    expect(await due()).toContain('backup')
    const found = await list()
    expect(found.destination.problem).toMatch(/does not exist/)
    expect(found.last_run.error).toEqual({ code: 'folder_missing', detail: expect.stringContaining('BACKUP_FOLDER') })
    const persian = await call(server.url, 'GET', '/api/v1/backups/', {
      authorization: `Bearer ${server.env.ADMIN_API_KEY}`,
      'accept-language': 'fa',
    })
    expect(persian.body.last_run.error.detail).toMatch(/وجود ندارد/)
    // Tried again after an hour, not at the next look.
    expect(await server.running.maintenance.runDue()).not.toContain('backup')
    const open = async () => {
      await server.running.alerts.check()
      return (await server.admin('GET', '/api/v1/alerts/?kind=backup_failed&state=open')).body.results
    }
    expect(await open()).toMatchObject([{ scope: 'installation', title: 'The backup failed', path: '/settings' }])
    renameSync(`${folder}-away`, folder)
    await now()
    await open()
    await letMinutesPass(server, 6)
    expect(await open()).toEqual([])
    // Nobody runs the schedule: told as well.
    await server.sql(`update backup_runs set started_at = now() - interval '50 hours'`)
    expect(await open()).toMatchObject([{ title: 'The scheduled backup is overdue' }])
  })

  test('a run whose process was killed is shown as failed, and the next one clears what it left', async () => {
    await server.sql(
      `insert into backup_runs (origin, place, name, started_at, seen_at) values ('schedule', $1, 'x', now() - interval '1 hour', now() - interval '2 minutes')`,
      [folder],
    )
    expect((await list()).last_run).toMatchObject({ state: 'failed', error: { code: 'interrupted' } })
    const [installation] = await server.sql<{ id: string }>('select id from installation')
    writeFileSync(join(folder, `.fiko-backup-${installation?.id.slice(0, 8)}-2026-01-01T00-00-00.000Z.gz.partial`), 'x')
    const { name } = await now()
    expect(names()).toEqual([name])
    expect(await server.sql(`select error ->> 'code' as code from backup_runs where name = 'x'`)).toEqual([
      { code: 'interrupted' },
    ])
  })

  test('one backup at a time: a second request is told so', async () => {
    let answers: Answer[] = []
    // The backup of the test before may still remove older files.
    await waitFor('the process to be free for a backup', async () => {
      answers = await Promise.all([1, 2, 3].map(() => server.admin('POST', '/api/v1/backups/')))
      return answers.some(({ status }) => status === 202)
    })
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.body.error).toBe('backup_running')
    await waitFor('the backup to end', async () => (await list()).last_run?.state === 'succeeded')
  })

  test('only admins see, take and read backups; each reading and each request is in the audit log', async () => {
    const { name } = await now()
    const owner = await signedIn(server, 'owner')
    for (const [method, path] of [
      ['GET', '/api/v1/backups/'],
      ['POST', '/api/v1/backups/'],
      ['GET', `/api/v1/backups/${name}/`],
    ] as const)
      expect((await owner.request(method, path)).status, path).toBe(403)
    const bytes = await fetch(`${server.url}/api/v1/backups/${name}/`, {
      headers: { authorization: `Bearer ${server.env.ADMIN_API_KEY}` },
    })
    expect(Buffer.from(await bytes.arrayBuffer()).equals(readFileSync(join(folder, name)))).toBe(true)
    for (const other of [name.replace('-20', '-19'), encodeURIComponent('../../etc/passwd')])
      expect((await server.admin('GET', `/api/v1/backups/${other}/`)).status).toBe(404)
    const { results } = (await server.admin('GET', '/api/v1/audit/?limit=10')).body
    const backups = results.filter((one: { action: string }) => one.action.startsWith('backup.'))
    expect(backups.slice(0, 2)).toMatchObject([
      { action: 'backup.taken', detail: { name } },
      { action: 'backup.started' },
    ])
  })

  test('the command line takes, lists and gets a backup, which fills an empty database', async () => {
    const taken = await run(['backup', 'now', '--json'], remote())
    expect([taken.code, taken.error]).toEqual([0, ''])
    const { name } = JSON.parse(taken.out)
    const listed = await run(['backup', 'list'], remote())
    expect(listed.out).toContain(folder)
    expect(listed.out).toContain(name.slice(0, 50))
    const file = join(directory, 'copy.gz')
    // Without FIKO_URL: from the folder itself, as after the loss of the server.
    const got = await run(['backup', 'get', name, file], { BACKUP_FOLDER: folder, DATA_DIR: join(directory, 'none') })
    expect([got.code, got.error]).toEqual([0, ''])
    expect(readFileSync(file).equals(readFileSync(join(folder, name)))).toBe(true)
    const missing = await run(['backup', 'get', name.replace('-20', '-19'), file], { BACKUP_FOLDER: folder })
    expect([missing.code, missing.error]).toEqual([4, expect.stringContaining('There is no backup')])

    const empty = await freshDatabase()
    const restored = await run(['restore', file], empty.env)
    expect([restored.code, restored.error]).toEqual([0, ''])
    const copy = await startTestServer({
      ...empty.env,
      BACKUP_FOLDER: folder,
      BACKUP_KEEP: '1',
      BACKUP_SCHEDULE: 'off',
    })
    try {
      expect(await copy.sql('select count(*)::int as n from products')).toEqual([{ n: 3 }])
      // The copy is another installation: it removes nothing of the original.
      expect(await list(copy)).toMatchObject({ schedule: null, results: [{ name, is_own: false }] })
      await now(copy)
      await now(copy)
      expect((await list(copy)).results.map((one: { is_own: boolean }) => one.is_own)).toEqual([true, false])
    } finally {
      await copy.stop()
      await empty.remove()
    }
  })
})

test('without a destination the list says so, and a request is refused', async () => {
  const other = await startTestServer()
  try {
    expect(await list(other)).toMatchObject({ destination: null, schedule: null, last_run: null, results: [] })
    const answer = await other.admin('POST', '/api/v1/backups/')
    expect([answer.status, answer.body.error]).toEqual([409, 'no_backup_destination'])
    expect((await other.admin('GET', '/api/v1/backups/x/')).status).toBe(409)
  } finally {
    await other.stop()
  }
})

describe('in an S3-compatible store', () => {
  let store: S3Server
  let other: TestServer
  beforeAll(async () => {
    store = await startS3Server()
    other = await startTestServer({
      BACKUP_S3_ENDPOINT: store.url,
      BACKUP_S3_REGION: store.region,
      BACKUP_S3_BUCKET: store.bucket,
      BACKUP_S3_PREFIX: 'fiko/live',
      BACKUP_S3_ACCESS_KEY_ID: store.keyId,
      BACKUP_S3_SECRET_ACCESS_KEY: store.secret,
      BACKUP_KEEP: '1',
      BACKUP_SCHEDULE: 'off',
    })
  })
  afterAll(async () => {
    await other?.stop()
    await store?.stop()
  })

  test('backups are kept, verified, listed, read and removed by signed requests', async () => {
    store.objects.set('fiko/live/notes.txt', { bytes: Buffer.from('x'), at: new Date() })
    await now(other)
    const { name } = await now(other)
    expect([...store.objects.keys()].sort()).toEqual([`fiko/live/${name}`, 'fiko/live/notes.txt'])
    expect(await list(other)).toMatchObject({
      destination: { kind: 's3', place: 's3://fiko-backups/fiko/live/', free_bytes: null, problem: null },
      results: [{ name, is_own: true, verified_at: expect.any(String) }],
    })
    const read = await fetch(`${other.url}/api/v1/backups/${name}/`, {
      headers: { authorization: `Bearer ${other.env.ADMIN_API_KEY}` },
    })
    expect(gunzipSync(Buffer.from(await read.arrayBuffer())).toString()).toMatch(/^header /)
    expect(store.refused).toEqual([])
    // The keys are in no answer.
    const settings = JSON.stringify((await other.admin('GET', '/api/v1/settings/')).body)
    expect(settings).toContain(store.bucket)
    for (const secret of [store.keyId, store.secret]) expect(settings).not.toContain(secret)
  })

  test('an object that the store damaged is found at once and removed', async () => {
    const before = [...store.objects.keys()].sort()
    store.damage = (bytes) => Buffer.concat([bytes.subarray(0, bytes.length - 9), Buffer.alloc(9)])
    const failed = await now(other)
    store.damage = null
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'not_verified' } })
    expect([...store.objects.keys()].sort()).toEqual(before)
  })

  test('a store that refuses is a sentence in the list and in the run', async () => {
    store.skewMinutes = 30
    const failed = await now(other)
    expect(failed.error).toEqual({ code: 'RequestTimeTooSkewed', detail: expect.stringMatching(/clock/) })
    expect((await list(other)).destination.problem).toMatch(/clock/)
    store.skewMinutes = 0
  })
})

if (databaseKind === 'postgres') {
  test('two processes of one installation take one backup', async () => {
    const shared = await freshDatabase('prepared')
    const own = join(directory, 'shared')
    mkdirSync(own)
    const env = { ...shared.env, BACKUP_FOLDER: own, BACKUP_SCHEDULE: 'off' }
    const [one, two] = [await startTestServer(env), await startTestServer(env)]
    try {
      const answers = await Promise.all([one, two].map((of) => of.admin('POST', '/api/v1/backups/')))
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
      await waitFor('the backup to end', async () => (await list(one)).last_run?.state === 'succeeded')
      expect(readdirSync(own)).toHaveLength(1)
    } finally {
      await one.stop()
      await two.stop()
      await shared.remove()
    }
  })
}
