import type { Config } from '../../platform/config.ts'
import { openDatabase } from '../../platform/db/database.ts'
import { openDirectory, overPglite } from '../../platform/db/database-embedded.ts'
import { migrate } from '../../platform/db/migrate.ts'
import { createLog } from '../../platform/log.ts'
import { type Footer, readBackup } from './backup-format.ts'
import { restore } from './restore.ts'

/**
 * Opens the database of the settings (or an embedded one in an empty directory, to verify that a backup can be opened; in memory it
 * would need the size of the backup), migrates its schema and fills it from a backup.
 */
export async function restoreInto(
  target: Config | { directory: string },
  open: () => AsyncIterable<Buffer>,
): Promise<Footer> {
  const log = createLog('silent')
  // Reads the whole backup before any write: an incomplete backup creates no database.
  const { header, footer } = await readBackup(open(), () => {})
  const db =
    'directory' in target
      ? overPglite(await openDirectory(target.directory, false), () => {})
      : await openDatabase(target, log)
  try {
    await migrate(db, log)
    await restore(db, header, open)
    return footer
  } finally {
    await db.close()
  }
}
