import pg from 'pg'

const CONNECT_TIMEOUT_MS = 5_000

/**
 * Does work that one process at a time may do, if no other is doing it; gives whether it was done. On PostgreSQL by an advisory lock of a
 * connection that does nothing else: no transaction stays open meanwhile, and the lock goes with the process, however it ends.
 * `databaseUrl` null is the embedded database, which one process has to itself.
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
  // A connection that is lost takes the lock along. The work goes on: all of it may be done twice at once, only not to advantage.
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
