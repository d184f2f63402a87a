/** A MariaDB that exists as long as this process: an own directory and socket, no port, no care for a power cut. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startLeashed } from './leashed-process.ts'
import { waitFor } from './wait-for.ts'

const run = promisify(execFile)

export interface MariaDb {
  readonly socket: string
  stop(): Promise<void>
}

export async function startMariaDb(folder: string): Promise<MariaDb> {
  const [datadir, socket] = [join(folder, 'mariadb'), join(folder, 'mariadb.sock')]
  // --user: as root it refuses to start otherwise.
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const initialise = [
    '--no-defaults',
    `--datadir=${datadir}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]
  await run('mariadb-install-db', [...initialise, '--skip-name-resolve', ...user])
  const relaxed = ['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0', '--innodb-flush-method=nosync']
  const server = startLeashed([
    'mariadbd',
    '--no-defaults',
    `--datadir=${datadir}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, 'mariadb.pid')}`,
    '--skip-networking',
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=256M',
    '--max-connections=100',
    ...relaxed,
    ...user,
  ])
  await waitFor('MariaDB to answer', async () => {
    if (server.hasEnded()) throw new Error(`mariadbd ended: ${server.said()}`)
    return await runSql(socket, null, 'select 1').then(
      () => true,
      () => false,
    )
  })
  return { socket, stop: () => server.stop() }
}

/** Rows of a query as arrays of text, null as `NULL`, just as the command line client prints them. */
export async function runSql(socket: string, database: string | null, statement: string): Promise<string[][]> {
  const { stdout } = await run(
    'mariadb',
    [...clientOptions(socket), '-N', '-B', '-e', statement, ...(database ? [database] : [])],
    {
      maxBuffer: 64 << 20,
    },
  )
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

/** Writes a whole database as SQL into a file. */
export async function dumpDatabase(socket: string, database: string, file: string): Promise<void> {
  await run('mariadb-dump', [...clientOptions(socket), '--single-transaction', `--result-file=${file}`, database])
}

/** Makes a new database from such a file. */
export async function loadDatabase(socket: string, database: string, file: string): Promise<void> {
  await runSql(socket, null, `create database \`${database}\` character set utf8mb4 collate utf8mb4_unicode_520_ci`)
  const client = spawn('mariadb', [...clientOptions(socket), database], { stdio: ['pipe', 'ignore', 'inherit'] })
  createReadStream(file).pipe(client.stdin)
  await expectSuccess(client, 'mariadb')
}

function clientOptions(socket: string): string[] {
  return ['--no-defaults', `--socket=${socket}`, '--user=root', '--default-character-set=utf8mb4']
}

async function expectSuccess(child: ReturnType<typeof spawn>, name: string): Promise<void> {
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${name} ended with ${code}`)
}
