import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { databaseKind, freshDatabase, startTestServer, type TestServer } from './test-server.ts'

export interface CrashingServer {
  /** The server that runs now. After a crash it is another one, on the same database. */
  now(): TestServer
  /**
   * The result of `work` on the server that runs now, or null when it crashed before the end: then the work may have happened or
   * not. Waits for a server that is starting.
   */
  attempt<T>(work: (server: TestServer) => Promise<T>): Promise<T | null>
  /** Ends the server in the middle of its work, and starts another on the rows that the database holds at that moment. */
  crash(): Promise<void>
  crashes(): number
  stop(): Promise<void>
}

/**
 * A server that can be killed a hundred times without the two seconds of a process. The next server finds the
 * same state as after a `kill -9`:
 *
 * - embedded: the files as they are at one moment, between two statements (a synchronous copy);
 * - PostgreSQL: its connections are cut by the database's server, so that open transactions end in a rollback.
 *
 * The contents of memory (events waiting for their commit, stages, known tokens) and unread answers are lost with the old
 * server. The real signal, on a real process, is in durability.test.ts.
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
  // A dead worker does not return its leases: they end after 25 s, and the test does not wait for that.
  await client.query('update knowledge_chunks set leased_until = null where leased_until is not null')
  await client.end()
}
