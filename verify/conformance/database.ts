import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, Sql } from '../../server/src/platform/db/database.ts'

/**
 * Tests of `Database`. `open` gives a migrated database in which nothing is stored; the suite closes it.
 * @param name of the implementation, for the titles
 */
export function testDatabase(name: string, open: () => Promise<Database>): void {
  describe(`the database ${name}`, () => {
    let db: Database
    let tenants: number[]

    beforeAll(async () => {
      db = await open()
      await db.owner.query('create table probe (id bigint primary key)')
      const rows = await db.service.query<{ id: number }>(
        `with people as (insert into users (id, email, name, role)
           select gen_random_uuid(), v, v, 'owner' from unnest(array['a@example.com', 'b@example.com']) as v returning id)
         insert into tenants (owner_id) select id from people returning id`,
      )
      tenants = rows.map(({ id }) => id)
      for (const tenant of tenants) {
        await db.service.query(
          `insert into stores (tenant_id, name, platform, environment) values ($1, 'Shop', 'woocommerce', 'live')`,
          [tenant],
        )
      }
    })
    afterAll(() => db.close())

    const probes = async (sql: Sql) =>
      (await sql.query<{ id: number }>('select id from probe order by id')).map((row) => row.id)

    test('values come back as the types that the interface promises', async () => {
      const [row] = await db.owner.query(
        `select 9007199254740991::bigint as big, 0.1::numeric as exact, '{"a": [1]}'::json as object, true as truth,
                '2026-01-02T03:04:05.678Z'::timestamptz as moment, array['ک', null]::text[] as words, null as nothing`,
      )
      expect(row).toEqual({
        big: Number.MAX_SAFE_INTEGER,
        exact: '0.1',
        object: { a: [1] },
        truth: true,
        moment: new Date('2026-01-02T03:04:05.678Z'),
        words: ['ک', null],
        nothing: null,
      })
    })

    test('values are bound, never read as SQL, and arrays are bound whole', async () => {
      const hostile = `'); drop table probe; --`
      const rows = await db.owner.query<{ word: string }>('select unnest($1::text[]) as word', [[hostile, 'b']])
      expect(rows).toEqual([{ word: hostile }, { word: 'b' }])
      expect(await probes(db.owner)).toEqual([])
    })

    test('a transaction commits all of its statements, or none', async () => {
      await db.owner.transaction(async (tx) => {
        await tx.query('insert into probe values (1)')
        await tx.query('insert into probe values (2)')
      })
      const failing = db.owner.transaction(async (tx) => {
        await tx.query('insert into probe values (3)')
        throw new Error('mine')
      })
      await expect(failing).rejects.toThrow('mine')
      const duplicate = db.owner.transaction(async (tx) => {
        await tx.query('insert into probe values (4)')
        await tx.query('insert into probe values (1)')
      })
      await expect(duplicate).rejects.toMatchObject({ code: '23505' })
      expect(await probes(db.owner)).toEqual([1, 2])
    })

    test('a tenant role sees and writes only the rows of its tenant; the service role sees all', async () => {
      const [first = 0, second = 0] = tenants
      const seen = await db.forTenant(first).query<{ tenant_id: number }>('select tenant_id from stores')
      expect(seen).toEqual([{ tenant_id: first }])
      const stolen = await db
        .forTenant(first)
        .query('update stores set name = $1 where tenant_id = $2 returning id', ['X', second])
      expect(stolen).toEqual([])
      expect(await db.service.query('select 1 from stores')).toHaveLength(2)
    })

    test('a role ends with its statement', async () => {
      await db.forTenant(tenants[0] ?? 0).query('select 1')
      const [role] = await db.owner.query<{ tenant: string | null }>(
        `select current_setting('fiko.tenant_id', true) as tenant`,
      )
      expect(role?.tenant ?? '').toBe('')
    })

    test('the same database is reached for background work', async () => {
      await db.inBackground().owner.query('insert into probe values (10)')
      expect(await probes(db.owner)).toContain(10)
    })

    test('a notification reaches the listener once its transaction has committed, and not otherwise', async () => {
      const heard: string[] = []
      const listener = await db.listen(
        'conformance',
        (payload) => heard.push(payload),
        () => {},
      )
      await db.owner
        .transaction(async (tx) => {
          await tx.query(`select pg_notify('conformance', 'lost')`)
          throw new Error('mine')
        })
        .catch(() => {})
      await db.owner.query(`select pg_notify('conformance', 'kept')`)
      await expect.poll(() => heard, { timeout: 60_000 }).toEqual(['kept'])
      await listener.close()
    })

    test('a script runs several statements at once', async () => {
      const rows = await db.script('insert into probe values (20); select count(*)::int as n from probe where id = 20;')
      expect(rows.at(-1)).toEqual({ n: 1 })
    })
  })
}
