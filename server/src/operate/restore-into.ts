import { PGlite } from '@electric-sql/pglite'
import type { Config } from '../platform/config.ts'
import { openDatabase } from '../platform/database.ts'
import { embeddedOptions, overPglite } from '../platform/database-embedded.ts'
import { createLog } from '../platform/log.ts'
import { migrate } from '../platform/migrate.ts'
import { type Footer, readBackup } from './backup-format.ts'
import { restore } from './restore.ts'

/**
 * Opens the database of the settings (or a throw-away one in memory, to see that a copy can be opened), brings its schema up
 * to date and fills it from a backup.
 */
export async function restoreInto(target: Config | 'throw-away', open: () => AsyncIterable<string>): Promise<Footer> {
  const log = createLog('silent')
  // All of it, before anything is touched: a backup that is not whole must not even make a database.
  const { header, footer } = await readBackup(open(), () => {})
  const db =
    target === 'throw-away'
      ? overPglite(await PGlite.create(embeddedOptions(undefined, false)), () => {})
      : await openDatabase(target, log)
  try {
    await migrate(db, log)
    await restore(db, header, open)
    return footer
  } finally {
    await db.close()
  }
}
