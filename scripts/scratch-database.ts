/** An empty PostgreSQL database beside the one that a URL names, for the demo and the benchmark. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface ScratchDatabase {
  readonly url: string
  drop(): Promise<void>
}

/**
 * Makes a database of its own on the server that `serverUrl` names, so that what is in the named one is never touched.
 * @throws {Error} in one sentence, when that server cannot be reached or its user may not make databases
 */
export async function createScratchDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const name = `fiko_scratch_${randomBytes(6).toString('hex')}`
  await run(serverUrl, `create database ${name}`).catch((error: Error) => {
    throw new Error(`DATABASE_URL: no database of its own could be made on that server (${error.message}).`)
  })
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => run(serverUrl, `drop database if exists ${name} with (force)`) }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
    await client.query(statement)
  } catch (error) {
    throw error instanceof AggregateError ? new Error(error.errors.map(String).join(', ')) : error
  } finally {
    await client.end()
  }
}
