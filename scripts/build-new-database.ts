/**
 * Run by `npm ci` (prepare): packs the files of a new embedded database, with the schema, into server/new-database, so that the first
 * start unpacks them instead of running PGlite's `initdb` and the migrations (platform/db/new-database.ts). A zip of this version is kept.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'
import { type Zippable, zipSync } from 'fflate'
import { embeddedOptions, overPglite } from '../server/src/platform/db/database-embedded.ts'
import { migrate } from '../server/src/platform/db/migrate.ts'
import { newDatabaseZip } from '../server/src/platform/db/new-database.ts'
import { createLog } from '../server/src/platform/log.ts'
import { startQueue } from '../server/src/platform/runtime/queue.ts'

const zip = newDatabaseZip()
if (!existsSync(zip)) {
  const startedAt = performance.now()
  try {
    await pack()
    console.log(`The new database is packed (${((performance.now() - startedAt) / 1000).toFixed(1)} s).`)
  } catch (error) {
    // An installation works without it, for example one that only uses PostgreSQL on a machine with little memory.
    console.log(`The new database is not packed: ${error}. The first start makes it.`)
  }
}

async function pack(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'fiko-new-database-'))
  try {
    await prepare(directory)
    rmSync(dirname(zip), { recursive: true, force: true })
    mkdirSync(dirname(zip))
    // Under its name only when it is whole.
    writeFileSync(`${zip}.part`, gzipSync(zipSync(contentOf(directory), { level: 0 }), { level: 9 }))
    renameSync(`${zip}.part`, zip)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function prepare(directory: string): Promise<void> {
  const log = createLog('silent')
  const db = overPglite(await PGlite.create(embeddedOptions(directory, false)), () => {})
  await migrate(db, log)
  await (await startQueue(db, log)).stop()
  // PostgreSQL's templates of further databases, which an installation never makes: 600 of 1,400 files.
  await db.owner.query(`update pg_database set datistemplate = false where datname like 'template_'`)
  for (const name of ['template0', 'template1']) await db.owner.query(`drop database ${name}`)
  await db.close()
}

/** All files and folders; a folder, also an empty one, has a name that ends with a slash and comes before what is in it. */
function contentOf(directory: string): Zippable {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    const name = relative(directory, path).replaceAll('\\', '/')
    return entry.isDirectory() ? ([`${name}/`, new Uint8Array()] as const) : ([name, readFileSync(path)] as const)
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
