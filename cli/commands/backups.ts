import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Command } from 'commander'
import { BackupError, type Footer, readBackup } from '../../server/src/operate/backup-format.ts'
import type { Config } from '../../server/src/platform/config.ts'
import { CommandError, EXIT, withServer } from '../connection.ts'
import { progress, show } from '../output.ts'

/** `fiko backup` and `fiko restore`. */
export function backupCommands(program: Command): void {
  program
    .command('backup')
    .description('write everything to a file, while the server runs, and open the copy to verify it')
    .argument('<file>', 'such as fiko-2026-11-22.gz')
    .option('--no-open', 'check the checksum only, without filling a throw-away database from the copy')
    .option('--json', 'for scripts', false)
    .action(async (file, options) => {
      const footer = await withServer(
        async (server) => await download(await server.stream('/api/v1/backup/'), file, options.json),
      )
      if (options.open) await openCopy(file)
      const rows = Object.values(footer.rows).reduce((sum, count) => sum + count, 0)
      show(
        { file, ...footer, opened: options.open },
        options.json,
        () =>
          `${file}: ${rows} rows, ${footer.rows.products ?? 0} products; ${options.open ? 'opened and verified' : 'checksum verified'}.`,
      )
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
        return await restoreFrom(file, readConfig())
      })
      const rows = Object.values(footer.rows).reduce((sum, count) => sum + count, 0)
      show(
        { file, ...footer },
        options.json,
        () => `${rows} rows restored. Start the server on this database as before.`,
      )
    })
}

/** Writes the answer to a file that has its name only when it is whole. */
async function download(response: Response, file: string, isJson: boolean): Promise<Footer> {
  if (!response.body) throw new CommandError('The server sent no backup.')
  const partial = `${file}.partial`
  const bar = progress('Reading', isJson)
  try {
    await pipeline(
      Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
      createWriteStream(partial, { mode: 0o600 }),
    )
    const { footer } = await refusing(() => readBackup(linesOf(partial), () => {}))
    await rename(partial, file)
    return footer
  } catch (error) {
    await rm(partial, { force: true })
    throw error instanceof CommandError
      ? error
      : new CommandError(`The backup was not finished: ${(error as Error).message}`)
  } finally {
    bar.end()
  }
}

async function openCopy(file: string): Promise<void> {
  await refusing(() => restoreFrom(file, 'throw-away'))
}

/** Loads the databases only when one is filled. */
async function restoreFrom(file: string, target: Config | 'throw-away'): Promise<Footer> {
  const { restoreInto } = await import('../../server/src/operate/restore-into.ts')
  return await restoreInto(target, () => linesOf(file))
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BackupError) throw new CommandError(error.message, EXIT.refused)
    if (error instanceof Error && error.name === 'ConfigError') throw new CommandError(error.message, EXIT.usage)
    throw error
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const gunzip = createGunzip()
  const source = createReadStream(file)
  source.on('error', (error) => gunzip.destroy(error))
  try {
    yield* createInterface({ input: source.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY })
  } catch {
    throw new BackupError('The backup is damaged: it cannot be unpacked to its end.')
  }
}
