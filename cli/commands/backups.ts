import { createReadStream } from 'node:fs'
import { type FileHandle, mkdtemp, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import type { Command } from 'commander'
import { BackupError, type Footer, readBackup, readHeader } from '../../server/src/operations/backup/backup-format.ts'
import type { Backups, StartedBackup } from '../../server/src/operations/scheduled-backups/backup-routes.ts'
import type { Config } from '../../server/src/platform/config.ts'
import type { Wire } from '../../server/src/platform/http/contract.ts'
import { CommandError, type Connection, EXIT, withServer } from '../connection.ts'
import { type Progress, progress, show, table } from '../output.ts'

type KeptBackups = Wire<Backups>
type KeptBackup = KeptBackups['results'][number]

/** `fiko backup` and `fiko restore`. */
export function backupCommands(program: Command): void {
  const backup = program
    .command('backup')
    .description('write everything to a file, while the server runs, and open the copy to verify it')
    .argument('<file>', 'such as fiko-2026-11-22.gz')
    .option('--no-open', 'check the checksum only, without filling a throw-away database from the copy')
    .option('--json', 'for scripts', false)
    .action(async (file, options) => {
      const footer = await withServer(
        async (server) => await download(await server.stream('/api/v1/backup/'), file, options.json),
      )
      if (options.open) await refusing(() => openCopy(file, options.json))
      const rows = Object.values(footer.rows).reduce((sum, count) => sum + count, 0)
      show(
        { file, ...footer, opened: options.open },
        options.json,
        () =>
          `${file}: ${rows} rows, ${footer.rows.products ?? 0} products; ${options.open ? 'opened and verified' : 'checksum verified'}.`,
      )
    })

  backup
    .command('list')
    .description('the backups that the server keeps (BACKUP_FOLDER or BACKUP_S3_BUCKET)')
    .option('--json', 'for scripts', false)
    .action(async (_options, command) => {
      const { json } = command.optsWithGlobals()
      await withServer(async (server) => {
        const list = await server.request<KeptBackups>('GET', '/api/v1/backups/')
        show(list, json, () => listed(list))
        if (list.destination === null) throw new CommandError('No destination is set.', EXIT.refused)
        if (list.destination.problem !== null) throw new CommandError(list.destination.problem, EXIT.unavailable)
      })
    })

  backup
    .command('now')
    .description('take a backup that the server keeps, and wait until it is verified')
    .option('--json', 'for scripts', false)
    .action(async (_options, command) => {
      const { json } = command.optsWithGlobals()
      await withServer(async (server) => {
        const { id } = await server.request<StartedBackup>('POST', '/api/v1/backups/')
        const run = await endOf(server, id)
        if (run.state === 'failed') throw new CommandError(run.error?.detail ?? 'The backup failed.', EXIT.failed)
        show(run, json, () => `${run.name}: ${(run.bytes / 1_000_000).toFixed(1)} MB, kept and verified.`)
      })
    })

  backup
    .command('get')
    .description(
      'copy a kept backup to a file and check it; without FIKO_URL directly from the destination, so no server has to run',
    )
    .argument('<name>', 'as `fiko backup list` shows it')
    .argument('[file]', 'by default the name, in this folder')
    .option('--json', 'for scripts', false)
    .action(async (name, given, _options, command) => {
      const { json } = command.optsWithGlobals()
      const file = given ?? name
      const footer = process.env.FIKO_URL
        ? await withServer(async (server) =>
            download(await server.stream(`/api/v1/backups/${encodeURIComponent(name)}/`), file, json),
          )
        : await saveChecked(await fromDestination(name), file, json)
      show({ file, ...footer }, json, () => `${file}: checksum verified. Restore it with: fiko restore ${file}`)
    })

  program
    .command('restore')
    .description('fill an empty database (DATABASE_URL, or DATA_DIR) from a backup of either kind of database')
    .argument('<file>')
    .option('--json', 'for scripts', false)
    .action(async (file, options) => {
      await stat(file).catch(() => {
        throw new CommandError(`There is no file ${file}.`, EXIT.usage)
      })
      const footer = await refusing(async () => {
        const { readConfig } = await import('../../server/src/platform/config.ts')
        return await restoreFrom(file, readConfig(), ['Checking', 'Restoring'], options.json)
      })
      const rows = Object.values(footer.rows).reduce((sum, count) => sum + count, 0)
      show(
        { file, ...footer },
        options.json,
        () => `${rows} rows restored. Start the server on this database as before.`,
      )
    })
}

async function download(response: Response, file: string, isJson: boolean): Promise<Footer> {
  if (!response.body) throw new CommandError('The server sent no backup.')
  return await saveChecked(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), file, isJson)
}

/** The bytes of a kept backup, by the settings of this machine. @throws {CommandError} */
async function fromDestination(name: string): Promise<Readable> {
  const { readConfig } = await import('../../server/src/platform/config.ts')
  const { openTarget } = await import('../../server/src/operations/scheduled-backups/open-target.ts')
  return await refusing(async () => {
    const { destination } = readConfig().backups
    if (!destination)
      throw new CommandError('No destination is set: set BACKUP_FOLDER or BACKUP_S3_BUCKET, or FIKO_URL.', EXIT.usage)
    return await openTarget(destination).read(name)
  })
}

const POLL_MS = 1_000

/** Waits until the run has ended. */
async function endOf(server: Connection, id: number): Promise<KeptBackups['last_run'] & object> {
  for (;;) {
    const { last_run: run } = await server.request<KeptBackups>('GET', '/api/v1/backups/')
    // A newer run: this one has ended, and only its successor tells how.
    if (!run || run.id < id) throw new CommandError('The server has forgotten the backup.')
    if (run.id > id || run.state !== 'running') return run
    await delay(POLL_MS)
  }
}

function listed({ destination, schedule, last_run: last, results }: KeptBackups): string {
  if (destination === null) return 'Set BACKUP_FOLDER or BACKUP_S3_BUCKET to keep backups.'
  const lines = [
    `${destination.place}; ${schedule ? `the next backup is due at ${schedule.next_at}, ${schedule.keep} are kept` : 'on request only'}`,
  ]
  if (last?.state === 'running') lines.push(`A backup is running since ${last.started_at}.`)
  if (last?.error) lines.push(`The last backup failed at ${last.ended_at ?? last.started_at}: ${last.error.detail}`)
  lines.push(
    table(results, {
      name: (row: KeptBackup) => row.name,
      taken: (row: KeptBackup) => row.at,
      size: (row: KeptBackup) => `${(row.bytes / 1_000_000).toFixed(1)} MB`,
      verified: (row: KeptBackup) => row.verified_at,
      of: (row: KeptBackup) => (row.is_own ? 'this installation' : 'another installation'),
    }),
  )
  return lines.join('\n')
}

/** Writes a backup to a file that has its name only when it is whole. */
async function saveChecked(bytes: Readable, file: string, isJson: boolean): Promise<Footer> {
  const partial = `${file}.partial`
  try {
    await refusing(() => save(bytes, partial, bar('Reading', isJson)))
    const { footer } = await refusing(() => readBackup(textOf(partial, bytesBar('Checking', isJson)), () => {}))
    await rename(partial, file)
    return footer
  } catch (error) {
    await rm(partial, { force: true })
    throw error instanceof CommandError
      ? error
      : new CommandError(`The backup was not finished: ${(error as Error).message}`)
  }
}

/** Writes a backup as it comes, and looks into it on the way to tell how many of its rows have come. */
async function save(bytes: Readable, file: string, rows: Progress): Promise<void> {
  const target = await open(file, 'w', 0o600)
  try {
    await pipeline(
      bytes,
      (chunks: AsyncIterable<Buffer>) => written(chunks, target),
      createGunzip(),
      (text: AsyncIterable<Buffer>) => countRows(text, rows),
    )
    await target.sync()
  } finally {
    rows.end()
    await target.close()
  }
}

async function* written(chunks: AsyncIterable<Buffer>, target: FileHandle): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    await target.writeFile(chunk)
    yield chunk
  }
}

const NEWLINE = 10

/** The first line is the header, which says how many rows follow; the last is the footer. */
async function countRows(text: AsyncIterable<Buffer>, rows: Progress): Promise<void> {
  let first: string | null = ''
  let total = 0
  let lines = 0
  for await (const chunk of text) {
    if (first !== null) {
      first += chunk.toString('utf8')
      const end = first.indexOf('\n')
      if (end === -1) continue
      total = readHeader(first.slice(0, end)).rows
      first = null
    }
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1
    rows.update(Math.min(lines - 1, total), total)
  }
}

/** A bar on a terminal only: what runs by itself at night should not fill a log. */
function bar(label: string, isJson: boolean, words?: (value: number) => string): Progress {
  return progress(label, isJson || !process.stderr.isTTY || label === '', words)
}

const bytesBar = (label: string, isJson: boolean) =>
  bar(label, isJson, (bytes) => `${(bytes / 1_000_000).toFixed(1)} MB`)

/** Fills a database, which reads the file twice (all of it is checked before anything is touched): a label for each. */
async function restoreFrom(
  file: string,
  target: Config | { directory: string },
  labels: [check: string, fill: string],
  isJson: boolean,
): Promise<Footer> {
  // Loads the databases only when one is filled.
  const { restoreInto } = await import('../../server/src/operations/backup/restore-into.ts')
  const passes = labels.values()
  return await restoreInto(target, () => textOf(file, bytesBar(passes.next().value ?? '', isJson)))
}

/** Fills an embedded database in a directory beside the file, which is removed afterwards: in memory there may be no room for it. */
async function openCopy(file: string, isJson: boolean): Promise<void> {
  const directory = await mkdtemp(`${file}.opened-`)
  try {
    await restoreFrom(file, { directory: join(directory, 'database') }, ['', 'Opening'], isJson)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && error.name === 'TargetError') throw new CommandError(error.message, EXIT.unavailable)
    if (error instanceof BackupError) throw new CommandError(error.message, EXIT.refused)
    if (error instanceof Error && error.name === 'ConfigError') throw new CommandError(error.message, EXIT.usage)
    throw error
  }
}

/** @throws {BackupError} when the file cannot be unpacked to its end */
async function* textOf(file: string, read: Progress): AsyncGenerator<Buffer> {
  const { size } = await stat(file)
  const source = createReadStream(file)
  source.on('data', () => read.update(source.bytesRead, size))
  const gunzip = createGunzip()
  // A failure of either reaches the loop by the gunzip; a loop that is left ends both.
  pipeline(source, gunzip).catch(() => undefined)
  try {
    for await (const bytes of gunzip) yield bytes as Buffer
  } catch {
    throw new BackupError('The backup is damaged: it cannot be unpacked to its end.')
  } finally {
    read.end()
  }
}
