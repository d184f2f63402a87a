import pg from 'pg'

const CONNECT_TIMEOUT_MS = 5_000

/**
 * Runs work that only one process at a time may do; returns false when another process is doing it. PostgreSQL: an advisory lock on
 * a dedicated connection, so that no transaction stays open and the lock ends with the process. `databaseUrl` null is the embedded
 * database, which belongs to one process.
 */
export async function oneAtATime(
  databaseUrl: string | null,
  lock: number,
  work: () => Promise<void>,
): Promise<boolean> {
  if (databaseUrl === null) {
    await work()
    return true
  }
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'fiko-sync maintenance',
  })
  // A lost connection releases the lock. The work continues: running it twice is harmless, only wasteful.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1::bigint) as locked', [
      lock,
    ])
    if (!rows[0]?.locked) return false
    await work()
    return true
  } finally {
    await client.end().catch(() => undefined)
  }
}
