import { existsSync } from 'node:fs'
import { describe, expect, inject, test } from 'vitest'
import type { Database } from '../../../server/src/platform/db/database.ts'
import { lendDatabase } from '../../support/kept-databases.ts'

/** Tells one opened database from another. */
async function cluster(db: Database): Promise<unknown> {
  const [row] = await db.owner.query('select pg_postmaster_start_time() as started')
  return row
}

const addTenant = (db: Database, email: string) =>
  db.owner.query<{ id: number }>(
    `with owner as (insert into users (email, role) values ($1, 'owner') returning id),
          tenant as (insert into tenants (owner_id) select id from owner returning id)
     insert into stores (tenant_id, platform, name, environment) select id, 'woocommerce', 'x', 'live' from tenant returning id`,
    [email],
  )

/** The planner's number of rows of the table, -1 before its first ANALYZE, and its dead rows. */
const statistics = (db: Database) =>
  db.owner.query(
    `select c.reltuples as tuples, s.n_live_tup as live, s.n_dead_tup as dead,
            (select count(*)::int from pg_stats where tablename = 'stores') as columns
       from pg_class c join pg_stat_user_tables s on s.relid = c.oid where c.relname = 'stores'`,
  )

const template = inject('templates').preparedDirectory

// Where the file is named for PostgreSQL, there is no directory.
describe.skipIf(!existsSync(template))('a kept database', () => {
  test('is lent to the next file without rows, with new sequences and settings', async () => {
    const first = await lendDatabase(template)
    const opened = await cluster(first)
    const asNew = await statistics(first)
    const [added] = await addTenant(first, 'first@example.com')
    await first.script(`analyze stores; set work_mem = '1MB'; create temp table leftover (id int)`)
    await first.close()
    await expect(first.owner.query('select 1')).rejects.toThrow('PGlite is closed')

    const second = await lendDatabase(template)
    expect(await cluster(second)).toEqual(opened)
    expect(await second.owner.query('select id from users')).toEqual([])
    expect(await statistics(second)).toEqual(asNew)
    expect(
      await second.owner.query(
        `select to_regclass('pg_temp.leftover') as leftover, current_setting('work_mem') as memory`,
      ),
    ).toEqual([{ leftover: null, memory: '4MB' }])
    expect(await addTenant(second, 'second@example.com')).toEqual([added])
    await second.close()
  })

  test.each([
    'create index on products (name)',
    'alter table products add column extra int',
    'alter table products alter column name drop not null',
    'alter table audit_log disable trigger user',
    'create function extra() returns int language sql as $$ select 1 $$',
    'alter table products disable row level security',
    "insert into schema_migrations (number, name) values (9999, 'later')",
    'create role extra',
    'create schema extra',
  ])('is not lent again after "%s"', async (change) => {
    const first = await lendDatabase(template)
    const opened = await cluster(first)
    await first.owner.query(change)
    await first.close()
    const second = await lendDatabase(template)
    expect(await cluster(second)).not.toEqual(opened)
    await second.close()
  })
})
