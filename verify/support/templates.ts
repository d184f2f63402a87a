/** The database that the servers of a test run copy. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createScratchDatabase } from '../../scripts/scratch-database.ts'
import { ensurePartitions } from '../../server/src/ingest/partitions.ts'
import type { Database } from '../../server/src/platform/db/database.ts'
import { openEmbedded } from '../../server/src/platform/db/database-embedded.ts'
import { openPostgres } from '../../server/src/platform/db/database-postgres.ts'
import { migrate } from '../../server/src/platform/db/migrate.ts'
import { newDatabaseZip } from '../../server/src/platform/db/new-database.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { startQueue } from '../../server/src/platform/runtime/queue.ts'

/** Migrated, with the queue's schema, and without users and data: before the first start. The project's database decides which is set. */
export interface Templates {
  /** Data directory of the embedded database. */
  preparedDirectory: string
  preparedDatabase: string
}

declare module 'vitest' {
  interface ProvidedContext {
    templates: Templates
  }
}

const log = createLog('silent')

/** For vitest's `globalSetup`. */
export default async function prepareTemplates(project: TestProject): Promise<() => Promise<void>> {
  // After a change of a migration the zip of `npm ci` is of an older version.
  if (!existsSync(newDatabaseZip())) execFileSync(process.execPath, ['scripts/build-new-database.ts'])
  const directory = mkdtempSync(join(tmpdir(), 'fiko-template-'))
  const templates: Templates = { preparedDirectory: join(directory, 'prepared'), preparedDatabase: '' }
  let drop = async () => {}
  if (project.name !== 'postgres') {
    const db = await openEmbedded(templates.preparedDirectory, false, log)
    // PGlite fills its buffers at each start.
    await db.owner.query(`alter system set shared_buffers = '16MB'`)
    await prepare(db)
  } else {
    const scratch = await createScratchDatabase(process.env.TEST_DATABASE_URL ?? '')
    drop = scratch.drop
    await prepare(await openPostgres(scratch.url, 5, log))
    templates.preparedDatabase = new URL(scratch.url).pathname.slice(1)
  }
  project.provide('templates', templates)
  return async () => {
    await drop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function prepare(db: Database): Promise<void> {
  await migrate(db, log)
  await ensurePartitions(db)
  const queue = await startQueue(db, log)
  await queue.stop()
  await db.close()
}
