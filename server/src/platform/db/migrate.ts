import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../config.ts'
import { isOutage } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Database, Sql } from './database.ts'
import { createRoles } from './roles.ts'
import { clearLockTimeout, retryOnLockTimeout, setShortLockTimeout } from './table-locks.ts'

/** An arbitrary constant that no other advisory lock uses. */
const MIGRATION_LOCK = 7_105_112_111

/** The SQL files of the schema's history. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/', import.meta.url))

interface Migration {
  number: number
  name: string
  sql: string
}

/**
 * Migrates the schema to this version: runs every new file of `server/migrations` in order, all in one transaction under a lock.
 * When two servers start at once, one migrates and both then serve.
 * @throws {ConfigError} when the schema is newer than this code, or an extension is missing
 */
export async function migrate(db: Database, log: Log, folder = MIGRATIONS_FOLDER): Promise<void> {
  const migrations = readMigrations(folder)
  await createExtensions(db)
  await createRoles(db.owner)
  const applied = await retryOnLockTimeout(() =>
    db.owner.transaction((tx) => applyPending(tx, migrations), { isLong: true }),
  )
  if (applied.length > 0) log.info({ migrations: applied.map((migration) => migration.name) }, 'schema.migrated')
}

async function applyPending(tx: Sql, migrations: Migration[]): Promise<Migration[]> {
  await tx.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
  await tx.query(
    'create table if not exists schema_migrations (number int primary key, name text not null, applied_at timestamptz not null default now())',
  )
  const done = await tx.query<{ number: number }>('select number from schema_migrations order by number')
  const newest = done.at(-1)?.number ?? 0
  const known = migrations.at(-1)?.number ?? 0
  if (newest > known) {
    throw new ConfigError(
      `The database's schema is version ${newest}, this program knows up to ${known}: start the newer program, or restore a backup made by this one.`,
    )
  }
  const pending = migrations.filter((migration) => migration.number > newest)
  if (pending.length > 0) await lockTables(tx)
  for (const migration of pending) {
    for (const statement of statementsOf(migration.sql)) await tx.query(statement)
    await tx.query('insert into schema_migrations (number, name) values ($1, $2)', [migration.number, migration.name])
  }
  return pending
}

/**
 * Locks every table before the first change. Servers of the previous version may be running, and locking one table after the other
 * would deadlock with them.
 */
async function lockTables(tx: Sql): Promise<void> {
  const tables = await tx.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition order by oid`,
  )
  await setShortLockTimeout(tx)
  await tx.query(`lock table ${tables.map((table) => table.name).join(', ')} in access exclusive mode`)
  await clearLockTimeout(tx)
}

async function createExtensions(db: Database): Promise<void> {
  for (const extension of ['vector', 'btree_gin']) {
    try {
      await db.owner.query(`create extension if not exists ${extension}`)
    } catch (error) {
      if (isOutage(error)) throw error
      // Two servers that start at once may both miss the extension. After the error of the second one it exists.
      const there = await db.owner.query('select 1 from pg_extension where extname = $1', [extension])
      if (there.length > 0) continue
      throw new ConfigError(
        `The database needs the extension ${extension} and could not create it (${(error as Error).message}). Install it on the server (Debian: postgresql-XX-pgvector; btree_gin comes with PostgreSQL's contrib) and run: create extension ${extension};`,
      )
    }
  }
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}_[a-z0-9_]+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      number: Number(file.slice(0, 4)),
      name: file.replace(/\.sql$/, ''),
      sql: readFileSync(`${folder}${file}`, 'utf8'),
    }))
}

/** Splits at semicolons at the end of a line; migration files need no more. */
function statementsOf(sql: string): string[] {
  return sql
    .replaceAll(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter(Boolean)
}
