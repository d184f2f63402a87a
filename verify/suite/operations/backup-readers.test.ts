import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stallAfter } from '../../support/backup-readers.ts'
import { type ChildServer, killChildren, startChild } from '../../support/child-server.ts'
import { aDeletion } from '../../support/events.ts'
import {
  ADMIN_API_KEY,
  call,
  databaseKind,
  type FreshDatabase,
  freshDatabase,
  type Shop,
  shopOf,
  startTestServer,
  waitFor,
} from '../../support/test-server.ts'

const BACKUP = '/api/v1/backup/'
const EVENTS = 600
const headers = { authorization: `Bearer ${ADMIN_API_KEY}` }

let database: FreshDatabase
let server: ChildServer
let shop: Shop
let tenantId: number

const start = () => startChild({ ...database.env, ADMIN_API_KEY, EMBEDDING_PROVIDER: 'offline', LOG_LEVEL: 'info' })

/** 20 MB that gzip cannot make small: more than the buffers of a connection hold. */
const heavy = (id: number) => ({ ...aDeletion(id), ballast: randomBytes(25_000).toString('base64') })

beforeAll(async () => {
  database = await freshDatabase('prepared')
  server = await start()
  const body = { integration_type: 'woocommerce', name: 'Full' }
  const made = await call(server.url, 'POST', '/api/v1/integrations/tokens/generate/', headers, body)
  shop = shopOf(server.url, made.body)
  for (let from = 0; from < EVENTS; from += 100) {
    const answer = await shop.sendBatch(Array.from({ length: 100 }, (_, at) => heavy(from + at + 1)))
    expect(answer.body).toMatchObject({ accepted: 100 })
  }
  const tenants = await call(server.url, 'GET', '/api/v1/users/', headers)
  tenantId = tenants.body.results[0].tenant_id
})
afterAll(async () => {
  killChildren()
  await database.remove()
})

const filesUnderWay = () => {
  const directory = join(database.env.DATA_DIR ?? '', 'backups-under-way')
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : []
}

/** The requests of another tenant's shop and of monitoring meanwhile. A request that hangs fails by its deadline. */
async function othersAreServed() {
  const answers = await Promise.all(
    ['/healthz', '/readyz', '/api/v1/integrations/woocommerce/events/?limit=1'].map((path) =>
      fetch(`${server.url}${path}`, { headers, signal: AbortSignal.timeout(60_000) }),
    ),
  )
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
  const event = { method: 'POST', body: JSON.stringify(aDeletion(1)), signal: AbortSignal.timeout(60_000) }
  const sent = await fetch(`${server.url}/api/integrations/woocommerce/webhook/`, {
    ...event,
    headers: { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' },
  })
  expect(sent.status).toBe(202)
}

/** On PostgreSQL: no session of the server stays in a transaction, be it at work or idle. */
async function nothingIsHeld() {
  if (databaseKind !== 'postgres') return
  await asAnotherClient(async (client) => {
    await waitFor('every transaction to end', async () => {
      const { rows } = await client.query(
        `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
            and xact_start < now() - interval '2 seconds'`,
      )
      return rows.length === 0
    })
  })
}

async function asAnotherClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.env.DATABASE_URL })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const failures = () => server.printed().match(/"backup\.failed"/g)?.length ?? 0

test('a stalled reader of a backup delays no other reader, who gets a whole copy meanwhile', async () => {
  const stalled = await stallAfter(server.url, BACKUP, 300_000)
  await othersAreServed()
  await nothingIsHeld()
  const files = filesUnderWay()
  expect(files).toHaveLength(1)
  if (process.platform !== 'win32') for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600)

  const whole = await fetch(`${server.url}${BACKUP}`, { headers })
  const text = gunzipSync(Buffer.from(await whole.arrayBuffer())).toString()
  expect(text.match(/^events /gm)?.length).toBeGreaterThanOrEqual(EVENTS)
  expect(text.trimEnd().split('\n').at(-1)).toMatch(/^footer /)

  await othersAreServed()
  const before = failures()
  stalled.leave()
  await waitFor('its file to be removed', async () => filesUnderWay().length === 0)
  expect(failures()).toBe(before + 1)
})

test('a reader of a backup or an export that leaves leaves nothing behind', async () => {
  const before = failures()
  for (let at = 0; at < 3; at++) (await stallAfter(server.url, BACKUP, 100_000)).leave()
  await waitFor('three failures in the log', async () => failures() === before + 3)
  await waitFor('the files to be removed', async () => filesUnderWay().length === 0)
  ;(await stallAfter(server.url, `/api/v1/tenants/${tenantId}/export/`, 300_000)).leave()
  await waitFor('the failed export in the log', async () => server.printed().includes('"export.failed"'))
  await nothingIsHeld()
  await othersAreServed()
  expect(server.stderr()).not.toContain('MaxListenersExceededWarning')
})

test('a stalled reader of an export delays no other', async () => {
  const stalled = await stallAfter(server.url, `/api/v1/tenants/${tenantId}/export/`, 300_000)
  await othersAreServed()
  await nothingIsHeld()
  stalled.leave()
})

test('HEAD makes no backup and no export', async () => {
  for (const path of [BACKUP, `/api/v1/tenants/${tenantId}/export/`]) {
    expect((await fetch(`${server.url}${path}`, { method: 'HEAD', headers })).status).toBe(404)
  }
})

// The embedded database has no session that could be ended.
if (databaseKind === 'postgres') {
  test('a backup whose session ends is cut off, and the server continues', async () => {
    const before = failures()
    const cut = fetch(`${server.url}${BACKUP}`, { headers }).then(
      async (answer) => {
        const bytes = await answer.arrayBuffer().then(
          () => 'whole',
          () => 'cut off',
        )
        return answer.status === 503 ? 'refused' : bytes
      },
      () => 'cut off',
    )
    await asAnotherClient(async (client) => {
      await waitFor('the backup to be ended', async () => {
        const { rows } = await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and query like 'fetch%from row_pieces%' and xact_start is not null`,
        )
        return rows.length > 0
      })
    })
    expect(await cut).toBe('cut off')
    await waitFor('the failure in the log', async () => failures() === before + 1)
    await waitFor('the file to be removed', async () => filesUnderWay().length === 0)
    await othersAreServed()
  })
}

test('a stop does not wait for stalled readers', async () => {
  await stallAfter(server.url, BACKUP, 300_000)
  await stallAfter(server.url, `/api/v1/tenants/${tenantId}/export/`, 300_000)
  expect(await server.stop()).toBe(0)
  expect(filesUnderWay()).toEqual([])
  server = await start()
})

test('files of a backup that a killed server left are removed at the next start', async () => {
  await stallAfter(server.url, BACKUP, 100_000)
  await server.kill()
  expect(filesUnderWay()).toHaveLength(1)
  const again = await startTestServer(database.env)
  expect(filesUnderWay()).toEqual([])
  expect(await again.sql(`select 1 from pg_namespace where nspname = 'fiko_backup'`)).toEqual([])
  await again.stop()
})
