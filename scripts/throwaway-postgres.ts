/**
 * A PostgreSQL cluster that exists as long as its caller keeps it: for the tests, the benchmark and the fault campaign.
 *
 * Debian's `pg_virtualenv` creates it, as root or not, beside the machine's other clusters. It runs a shell that prints the
 * connection settings and then waits for the end of its input. Closing that input drops the cluster. The end of this process by
 * any signal closes it, too, so that no run leaves a cluster behind.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { freePort } from './free-port.ts'

// 15 is the oldest PostgreSQL this project promises to run on.
const version = '15'
const pgVirtualenv = '/usr/bin/pg_virtualenv'
const serverBinary = `/usr/lib/postgresql/${version}/bin/postgres`
const controlBinary = `/usr/lib/postgresql/${version}/bin/pg_ctl`
const vectorControl = `/usr/share/postgresql/${version}/extension/vector.control`

export interface ThrowawayPostgres {
  readonly url: string
  /**
   * Restarts the server: `fast` ends every connection in order, `immediate` is a crash with recovery from the log. Resolves
   * when it takes connections again.
   */
  restart(mode: 'fast' | 'immediate'): Promise<void>
  stop(): Promise<void>
}

/** Why no throw-away cluster can be made on this machine; undefined when one can. */
export function missingForThrowawayPostgres(): string | undefined {
  if (!existsSync(pgVirtualenv)) return 'pg_virtualenv is not installed'
  if (!existsSync(serverBinary)) return `PostgreSQL ${version} is not installed`
  if (!existsSync(vectorControl)) return `pgvector for PostgreSQL ${version} is not installed`
  return undefined
}

/**
 * Starts a cluster (2 to 4 s); rejects with the output of pg_virtualenv if the cluster does not start. `fsync` is for tests of
 * stored data; other tests are faster without it.
 */
export async function startThrowawayPostgres({ fsync = false } = {}): Promise<ThrowawayPostgres> {
  const announceAndWait = 'echo "connect $PGPORT $PGUSER $PGPASSWORD"; cat >/dev/null'
  // -t keeps it in a temporary directory even as root, so that two runs at once do not fight over /etc/postgresql.
  // The locale is named because a bare machine has none, which would make a SQL_ASCII database.
  // pg_virtualenv turns fsync off; synchronous_commit stays on, as the server insists.
  const options = ['-t', '-v', version, '-c', '--locale=C.UTF-8 --encoding=UTF8', '-o', 'max_connections=200']
  if (fsync) options.push('-o', 'fsync=on')
  // SIGPIPE is ignored because pg_virtualenv still writes while it drops the cluster. After the death of this process its output
  // has no reader, and the signal would stop it halfway.
  const command = ['-c', 'trap "" PIPE; exec "$@"', 'sh', pgVirtualenv, ...options, 'sh', '-c', announceAndWait]
  const cluster = spawn('sh', command, {
    // Its own process group: Ctrl-C must reach the tests first and the database after them.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A port of our own: the default, the first free from 5432, is the one that two starts at once would both choose.
    // A folder that PostgreSQL's own user may enter: that of a test run is not.
    env: { ...process.env, TMPDIR: '/tmp', PGPORT: String(await freePort()) },
  })
  const exited = once(cluster, 'exit')

  const said: string[] = []
  createInterface(cluster.stderr).on('line', (line) => said.push(line))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(cluster.stdout).on('line', (line) => {
      const [word, port, user, password] = line.split(' ')
      if (word === 'connect' && port && user && password) {
        resolve(`postgres://${encodeURIComponent(user)}:${password}@127.0.0.1:${port}/postgres`)
      } else {
        said.push(line)
      }
    })
    cluster.once('error', reject)
    cluster.once('close', () => reject(new Error(`pg_virtualenv could not start PostgreSQL: ${said.join(' / ')}`)))
  })

  return {
    url,
    restart: (mode) => restart(url, mode),
    async stop() {
      cluster.stdin.end()
      await exited
    },
  }
}

async function restart(url: string, mode: 'fast' | 'immediate'): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ data_directory: string }>('show data_directory')
  await client.end()
  const directory = rows[0]?.data_directory ?? ''
  // pg_ctl refuses to run as root: it runs as the owner of the cluster.
  const { uid, gid } = statSync(directory)
  const control = spawn(controlBinary, ['restart', '-s', '-w', '-D', directory, '-m', mode, '-l', '/dev/null'], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    uid,
    gid,
  })
  let said = ''
  control.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [exitCode] = await once(control, 'exit')
  if (exitCode !== 0) throw new Error(`pg_ctl restart ended with ${exitCode}: ${said}`)
}
