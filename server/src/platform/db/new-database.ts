import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { PGlite } from '@electric-sql/pglite'
import { unzipSync } from 'fflate'
import { MIGRATIONS_FOLDER } from './migrate.ts'

const FOLDER = fileURLToPath(new URL('../../../new-database/', import.meta.url))

/**
 * Path of a zip with the files of an embedded database that has the schema and no data. `npm ci` makes it: PGlite's `initdb` and the
 * migrations take 11 s of CPU; to unpack and open their result takes 2 s. The name has PGlite's version and a digest of the migrations, so that
 * the zip of another version is not used. It is compressed as a whole, because Node's zlib is three times as fast as fflate.
 */
export function newDatabaseZip(): string {
  const pglite = join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), '../package.json')
  const { version } = JSON.parse(readFileSync(pglite, 'utf8')) as { version: string }
  const migrations = readdirSync(MIGRATIONS_FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
  const texts = migrations.map((file) => `${file}\n${readFileSync(join(MIGRATIONS_FOLDER, file), 'utf8')}`)
  return join(FOLDER, `pglite-${version}-schema-${hash('sha256', texts.join('\n')).slice(0, 12)}.zip.gz`)
}

/** A file that is in the directory until `giveOwnId` has run. */
const WITHOUT_ID = 'without-id'

/**
 * Creates `directory` with the files of a new database. The directory appears when all files are in it, so that an interrupted start is
 * repeated by the next one. Call `giveOwnId` when the database is open.
 * @param fsync writes the files to the disk before the directory appears
 * @returns false when there is no whole zip of this version; then PGlite creates the files itself
 */
export function unpackNewDatabase(directory: string, fsync: boolean, zip = newDatabaseZip()): boolean {
  const files = readZip(zip)
  if (!files) return false
  const unfinished = `${directory}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  for (const [path, bytes] of Object.entries(files)) {
    const target = join(unfinished, path)
    if (path.endsWith('/')) mkdirSync(target, { recursive: true, mode: 0o700 })
    else writeFileSync(target, bytes, { mode: 0o600, flush: fsync })
  }
  writeFileSync(join(unfinished, WITHOUT_ID), '')
  renameSync(unfinished, directory)
  return true
}

/** null for a zip that is missing, unreadable or damaged; gzip has a checksum of the whole. */
function readZip(zip: string): Record<string, Uint8Array> | null {
  try {
    return unzipSync(gunzipSync(readFileSync(zip)))
  } catch {
    return null
  }
}

/** Gives a database that was unpacked an id of its own, before anything reads the zip's; does nothing for others. */
export async function giveOwnId(client: Pick<PGlite, 'exec'>, directory: string): Promise<void> {
  const mark = join(directory, WITHOUT_ID)
  if (!existsSync(mark)) return
  await client.exec('update installation set id = gen_random_uuid()')
  rmSync(mark)
}
