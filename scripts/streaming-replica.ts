/** A streaming replica of a throw-away cluster, for tests and benchmarks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'

const BINARIES = '/usr/lib/postgresql/15/bin'

export interface StreamingReplica {
  readonly url: string
  /** Ends the server, at once. */
  kill(): Promise<void>
  /** Ends the server and removes its files. */
  stop(): Promise<void>
}

/** Copies the primary and starts a replica that follows it. The owner of the primary's files owns the replica's too. */
export async function startStreamingReplica(primaryUrl: string): Promise<StreamingReplica> {
  const client = new pg.Client({ connectionString: primaryUrl })
  await client.connect()
  const { rows } = await client.query<{ directory: string; connections: string }>(
    `select current_setting('data_directory') as directory, current_setting('max_connections') as connections`,
  )
  await client.end()
  const [primary] = rows
  if (!primary) throw new Error('the primary gave no settings')
  // PostgreSQL refuses to run as root.
  const { uid, gid } = statSync(primary.directory)
  const directory = mkdtempSync('/tmp/fiko-replica-')
  chownSync(directory, uid, gid)
  const data = join(directory, 'data')
  const port = await freePort()

  const run = async (program: string, args: string[]) => {
    const child = spawn(join(BINARIES, program), args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], uid, gid })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`)
  }

  await run('pg_basebackup', ['-d', primaryUrl, '-D', data, '-R', '-X', 'stream', '-c', 'fast'])
  // Debian keeps the settings of the primary outside of its data directory.
  writeFileSync(
    join(data, 'postgresql.conf'),
    `port = ${port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '${directory}'
max_connections = ${primary.connections}
hot_standby = on
`,
  )
  appendFileSync(join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n')
  await run('pg_ctl', ['start', '-s', '-w', '-D', data, '-l', join(directory, 'log')])

  const url = new URL(primaryUrl)
  url.port = String(port)
  const kill = () => run('pg_ctl', ['stop', '-s', '-w', '-D', data, '-m', 'immediate'])
  let isRunning = true
  return {
    url: url.href,
    kill: async () => {
      isRunning = false
      await kill()
    },
    stop: async () => {
      if (isRunning) await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
