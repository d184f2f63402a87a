import { PGlite } from '@electric-sql/pglite'
import type { Config } from '../platform/config.ts'
import { openDatabase } from '../platform/database.ts'
import { embeddedOptions, overPglite } from '../platform/database-embedded.ts'
import { createLog } from '../platform/log.ts'
import { migrate } from '../platform/migrate.ts'
import type { Footer } from './backup-format.ts'
import { restore } from './restore.ts'

/**
 * Opens the database of the settings (or a throw-away one in memory, to see that a copy can be opened), brings its schema up
 * to date and fills it from a backup.
 */
export async function restoreInto(target: Config | 'throw-away', open: () => AsyncIterable<string>): Promise<Footer> {
  const log = createLog('silent')
  const db =
    target === 'throw-away'
      ? overPglite(await PGlite.create(embeddedOptions(undefined, false)), () => {})
      : await openDatabase(target, log)
  try {
    await migrate(db, log)
    return await restore(db, open)
  } finally {
    await db.close()
  }
}
