import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConfigError } from './config.ts'

/**
 * Takes the data directory for this process, or refuses. The embedded database has no lock of its own: two processes
 * on one directory would diverge silently and lose rows.
 *
 * The lock is an exclusive SQLite transaction, which is a lock of the operating system on an open file: it cannot be
 * taken from a live process, and it is gone the moment its process is, however that died. Files holding a process id
 * have neither property (ids are reused; the file outlives a `kill -9`).
 * @throws {ConfigError} when another process holds it.
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
