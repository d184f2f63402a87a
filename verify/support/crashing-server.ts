import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { databaseKind, freshDatabase, startTestServer, type TestServer } from './test-server.ts'

export interface CrashingServer {
  /** The server that runs now. After a crash it is another one, on the same database. */
  now(): TestServer
  /**
   * What `work` gives on the server that runs now, or null when it crashed before the end: then it may have happened or not.
   * Waits for a server that is coming back.
   */
  attempt<T>(work: (server: TestServer) => Promise<T>): Promise<T | null>
  /** Ends the server with whatever it is in the middle of, and starts another on what the database holds at that moment. */
  crash(): Promise<void>
  crashes(): number
  stop(): Promise<void>
}

/**
 * A server that can be killed a hundred times without the two seconds of a process. What a `kill -9` leaves behind, is what
 * the next server here finds:
 *
 * - embedded: the files as they are at one moment, between two statements of whatever is going on (a synchronous copy);
 * - PostgreSQL: its connections are cut by the database's server, so that open transactions end in a rollback.
 *
 * What is in memory (events waiting for their commit, stages, known tokens) is lost with the old server, and so are answers
 * that were not read yet. The real signal, on a real process, is in durability.test.ts.
 */
export async function startCrashingServer(env: Record<string, string>): Promise<CrashingServer> {
  const database = await freshDatabase('prepared')
  const directories: string[] = []
  let server = await startTestServer({ ...env, ...database.env })
  let crashes = 0
  let comingBack: Promise<void> | null = null

  const restart = async () => {
    const old = server
    const settings = { ...old.env }
    if (databaseKind === 'embedded') {
      settings.DATA_DIR = join(database.env.DATA_DIR ?? '', `../fiko-crashed-${randomUUID()}`)
      directories.push(settings.DATA_DIR)
      cpSync(old.env.DATA_DIR ?? '', settings.DATA_DIR, { recursive: true })
    } else {
      // Once it is ending, the pool opens no connection again.
      old.running.db.close().catch(() => undefined)
      await cutConnections(old.env.DATABASE_URL ?? '')
    }
    // The old one winds up beside the new one, without a way to the database that counts.
    const [next] = await Promise.all([startTestServer(settings), old.stop().catch(() => undefined)])
    server = next
  }

  return {
    now: () => server,
    attempt: async (work) => {
      // Looked at again after every wait, and nothing is awaited between the look and the work.
      while (comingBack) await comingBack
      const crashesBefore = crashes
      const result = await work(server).catch((error: unknown) => {
        if (crashes === crashesBefore) throw error
        return null
      })
      return crashes === crashesBefore ? result : null
    },
    crash: async () => {
      if (!comingBack) {
        crashes += 1
        comingBack = restart().finally(() => {
          comingBack = null
        })
      }
      await comingBack
    },
    crashes: () => crashes,
    stop: async () => {
      await comingBack
      await server.stop()
      for (const directory of directories) rmSync(directory, { recursive: true, force: true })
      await database.remove()
    },
  }
}

async function cutConnections(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
                       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`)
  // Nobody gives back what a dead worker had leased: it comes free after 25 s, which are not waited for here.
  await client.query('update knowledge_chunks set leased_until = null where leased_until is not null')
  await client.end()
}
