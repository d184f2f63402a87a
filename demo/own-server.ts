/** The tour's server: on a directory and a database that exist for the tour alone. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createScratchDatabase } from '../scripts/scratch-database.ts'
import { startServerProcess } from '../scripts/server-process.ts'

export interface OwnServer {
  url: string
  adminApiKey: string
  database: string
  /** Stops it and waits for a clean exit. @throws {Error} when it does not end by itself */
  stop(): Promise<void>
  /** Removes what it stored; stops it first if it still runs. */
  remove(): Promise<void>
}

/**
 * Starts a server in a child process: embedded in a temporary directory, or, with `databaseUrl`, in a new database on that
 * PostgreSQL server. The database that the URL names is not touched, so the tour may be run beside a real installation.
 */
export async function startOwnServer(databaseUrl: string | undefined): Promise<OwnServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fiko-demo-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const remove = async () => {
    const failures: unknown[] = []
    // A server that ends badly is no reason to leave its data behind.
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    const scratch = databaseUrl ? await createScratchDatabase(databaseUrl) : undefined
    if (scratch) undo.push(() => scratch.drop())
    const adminApiKey = randomBytes(24).toString('hex')
    const server = await startServerProcess({
      settings: {
        DATA_DIR: dataDir,
        ADMIN_API_KEY: adminApiKey,
        // Real embeddings would cost money and give other results every year.
        EMBEDDING_PROVIDER: 'offline',
        LOG_LEVEL: 'warn',
        ...(scratch && { DATABASE_URL: scratch.url }),
      },
    })
    undo.push(() => server.stop())
    return {
      url: server.url,
      adminApiKey,
      database: scratch ? 'PostgreSQL, in a database of its own' : `an embedded database in ${dataDir}`,
      stop: () => server.stop(),
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}
