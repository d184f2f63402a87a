import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConfigError } from '../config.ts'

/**
 * Locks the data directory for this process. The embedded database has no lock of its own: two processes on one directory would
 * diverge silently and lose rows.
 * The lock is an exclusive SQLite transaction, which is an operating-system lock on an open file. No process can take it from a
 * live one, and the operating system releases it when the process ends, also after `kill -9`. A file with a process id has neither
 * property (ids are reused; the file survives `kill -9`).
 * @throws {ConfigError} when another process holds the lock
 */
export function lockDataDirectory(dataDir: string): { release(): void } {
  const file = new DatabaseSync(join(dataDir, 'lock'))
  try {
    file.exec('begin exclusive')
  } catch (error) {
    file.close()
    if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) throw error
    throw new ConfigError(
      `DATA_DIR ${dataDir} is in use by another process. The embedded database belongs to one process: stop the other, choose another DATA_DIR, or use PostgreSQL (DATABASE_URL) for several.`,
    )
  }
  return { release: () => file.close() }
}
