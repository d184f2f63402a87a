import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../server/src/platform/db/database.ts'
import { openEmbedded } from '../../server/src/platform/db/database-embedded.ts'
import { migrate } from '../../server/src/platform/db/migrate.ts'
import { newDatabaseZip, unpackNewDatabase } from '../../server/src/platform/db/new-database.ts'
import { createLog } from '../../server/src/platform/log.ts'

const log = createLog('silent')
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fiko-new-database-test-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const idOf = async (db: Database) => (await db.owner.query<{ id: string }>('select id from installation'))[0]?.id

test('npm ci has packed a new database for this version of PGlite and these migrations', () => {
  expect(existsSync(newDatabaseZip()), `${newDatabaseZip()}: npm run prepare makes it`).toBe(true)
})

test('a new database has the schema, no data, and an id of its own that it keeps', async () => {
  const ids: (string | undefined)[] = []
  for (const name of ['one', 'other', 'one']) {
    const db = await openEmbedded(join(directory, name), false, log)
    try {
      ids.push(await idOf(db))
      expect(await db.owner.query('select from tenants')).toEqual([])
      const before = await db.owner.query('select number from schema_migrations')
      await migrate(db, log)
      expect(await db.owner.query('select number from schema_migrations')).toEqual(before)
    } finally {
      await db.close()
    }
  }
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/)
  expect(ids[1]).not.toBe(ids[0])
  expect(ids[2]).toBe(ids[0])
})

test('a start that was interrupted while it unpacked is repeated from the beginning', async () => {
  const unfinished = join(directory, 'database.unfinished')
  mkdirSync(unfinished)
  writeFileSync(join(unfinished, 'PG_VERSION'), 'half')
  const db = await openEmbedded(directory, false, log)
  expect(await idOf(db)).toBeDefined()
  await db.close()
  expect(existsSync(unfinished)).toBe(false)
})

test('a start that was interrupted before the database had its own id gives it one at the next start', async () => {
  unpackNewDatabase(join(directory, 'database'), true)
  const first = await openEmbedded(directory, false, log)
  const id = await idOf(first)
  await first.close()
  const other = await openEmbedded(join(directory, 'other'), false, log)
  expect(await idOf(other)).not.toBe(id)
  await other.close()
})

test('without a zip of this version PGlite creates the files', () => {
  expect(unpackNewDatabase(join(directory, 'database'), false, join(directory, 'none.zip'))).toBe(false)
  expect(existsSync(join(directory, 'database'))).toBe(false)
})
