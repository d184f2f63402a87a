import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { readConfig } from '../../../server/src/platform/config.ts'
import type { Database } from '../../../server/src/platform/db/database.ts'
import { openDatabase } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { databaseKind, type FreshDatabase, freshDatabase } from '../../support/test-server.ts'

let fresh: FreshDatabase
let db: Database

beforeAll(async () => {
  fresh = await freshDatabase('prepared')
  // One connection at least is shared by all tests here, so what one leaves behind the next one meets.
  const settings = { ...fresh.env, DATABASE_POOL_SIZE: '2' }
  db = await openDatabase(readConfig(settings), createLog('silent'))
  await db.owner.query('create table probe (id int)')
})
afterAll(async () => {
  await db.close()
  await fresh.remove()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await db.owner.query('delete from probe')
})

const probes = async () =>
  (await db.owner.query<{ id: number }>('select id from probe order by id')).map(({ id }) => id)

test('a transaction that fails while another of its statements is under way leaves neither that nor its rows', async () => {
  const failing = db.owner.transaction(async (tx) => {
    await tx.query('insert into probe values (1)')
    const slow = tx.query('insert into probe select 2 from pg_sleep(0.3)').catch(() => undefined)
    void slow
    throw new Error('mine')
  })
  await expect(failing).rejects.toThrow('mine')
  if (databaseKind === 'postgres') {
    const busy = await db.owner.query(
      `select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
          and application_name = 'fiko-sync' and (state <> 'idle' or wait_event = 'PgSleep')`,
    )
    expect(busy).toEqual([])
  }
  expect(await probes()).toEqual([])
})

test('a statement after the end of its transaction is refused', async () => {
  let late = () => Promise.resolve<unknown>(undefined)
  await db.owner.transaction(async (tx) => {
    await tx.query('insert into probe values (1)')
    late = () => tx.query('insert into probe values (2)')
  })
  await expect(late()).rejects.toThrow()
  expect(await probes()).toEqual([1])
})

// The following tests are about connections; the embedded database has only one and never replaces it.
if (databaseKind === 'postgres') {
  test('where the beginning of a transaction fails, none of its statements runs', async () => {
    const send = pg.Client.prototype.query as (...given: unknown[]) => Promise<unknown>
    for (const instead of ['select 1/0', 'select pg_terminate_backend(pg_backend_pid())']) {
      vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
        const isBegin = typeof given[0] === 'string' && given[0].startsWith('begin')
        return send.apply(this, isBegin ? [instead] : given) as never
      })
      const work = vi.fn((tx: { query(text: string): Promise<unknown> }) => tx.query('insert into probe values (1)'))
      await expect(db.owner.transaction(work)).rejects.toThrow()
      expect(work).not.toHaveBeenCalled()
      vi.restoreAllMocks()
      expect(await probes()).toEqual([])
    }
    await db.owner.transaction((tx) => tx.query('insert into probe values (3)'))
    expect(await probes()).toEqual([3])
  })

  test('a transaction that ignored the failure of a statement does not pass for committed', async () => {
    const ignoring = db.owner.transaction(async (tx) => {
      await tx.query('insert into probe values (1)')
      await tx.query('select 1/0').catch(() => undefined)
    })
    await expect(ignoring).rejects.toThrow('rolled back')
    expect(await probes()).toEqual([])
  })

  const prepared = `select statement from pg_prepared_statements order by prepare_time`

  test('texts that are used once are not prepared, and take no place from those in constant use', async () => {
    const statements = await db.owner.transaction(async (tx) => {
      for (let n = 0; n < 1_200; n++) await tx.query(`select ${n} as once`)
      for (let n = 0; n < 3; n++) await tx.query('select 1 as constant')
      return await tx.query<{ statement: string }>(prepared)
    })
    const texts = statements.map(({ statement }) => statement)
    expect(texts).toContain('select 1 as constant')
    expect(texts.filter((text) => text.endsWith(' as once'))).toEqual([])
  })

  test('a connection that has prepared very many texts is replaced', async () => {
    const used = await db.owner.transaction(async (tx) => {
      for (let n = 0; n < 1_100; n++) {
        await tx.query(`select ${n} as twice`)
        await tx.query(`select ${n} as twice`)
      }
      return await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    })
    const next = await db.owner.transaction((tx) => tx.query<{ pid: number }>('select pg_backend_pid() as pid'))
    expect(next[0]?.pid).not.toBe(used[0]?.pid)
  })
}
