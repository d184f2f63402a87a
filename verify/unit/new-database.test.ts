import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../server/src/platform/db/database.ts'
import { openEmbedded } from '../../server/src/platform/db/database-embedded.ts'
import { MIGRATIONS_FOLDER, migrate } from '../../server/src/platform/db/migrate.ts'
import { newDatabaseZip, unpackNewDatabase } from '../../server/src/platform/db/new-database.ts'
import { createLog } from '../../server/src/platform/log.ts'

const log = createLog('silent')
let directory: string
/** Two new databases, and the first of them once more. */
let ids: (string | undefined)[]
let first: { tenants: unknown[]; migrations: unknown[]; migratedAgain: unknown[] }

const idOf = async (db: Database) => (await db.owner.query<{ id: string }>('select id from installation'))[0]?.id
const migrationsOf = (db: Database) => db.owner.query('select number from schema_migrations order by number')

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'fiko-new-database-test-'))
  // An earlier start was interrupted while it unpacked.
  const unfinished = join(directory, 'one/database.unfinished')
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(join(unfinished, 'PG_VERSION'), 'half')
  // Another one before the database had its own id.
  mkdirSync(join(directory, 'other'))
  unpackNewDatabase(join(directory, 'other/database'), true)

  ids = []
  for (const name of ['one', 'other', 'one']) {
    const db = await openEmbedded(join(directory, name), false, log)
    ids.push(await idOf(db))
    if (ids.length === 1) {
      const migrations = await migrationsOf(db)
      await migrate(db, log)
      first = {
        tenants: await db.owner.query('select from tenants'),
        migrations,
        migratedAgain: await migrationsOf(db),
      }
    }
    await db.close()
  }
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('npm ci has packed a new database for this version of PGlite and these migrations', () => {
  expect(existsSync(newDatabaseZip()), `${newDatabaseZip()}: npm run prepare makes it`).toBe(true)
})

test('a new database has the whole schema and no data', () => {
  expect(first.tenants).toEqual([])
  expect(first.migrations).toHaveLength(readdirSync(MIGRATIONS_FOLDER).filter((file) => file.endsWith('.sql')).length)
  expect(first.migratedAgain).toEqual(first.migrations)
})

test('each has an id of its own and keeps it, also if a start was interrupted before it had one', () => {
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/)
  expect(ids[1]).not.toBe(ids[0])
  expect(ids[2]).toBe(ids[0])
})

test('a start that was interrupted while it unpacked is repeated from the beginning', () => {
  expect(readdirSync(join(directory, 'one'))).not.toContain('database.unfinished')
})

test('without a zip of this version, or with a damaged one, PGlite creates the files', () => {
  const damaged = join(directory, 'damaged.zip.gz')
  const bytes = readFileSync(newDatabaseZip())
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  writeFileSync(damaged, bytes)
  const short = join(directory, 'short.zip.gz')
  writeFileSync(short, bytes.subarray(0, 1_000_000))
  for (const zip of [join(directory, 'none.zip.gz'), damaged, short]) {
    expect(unpackNewDatabase(join(directory, 'third'), false, zip)).toBe(false)
    expect(existsSync(join(directory, 'third'))).toBe(false)
  }
})
