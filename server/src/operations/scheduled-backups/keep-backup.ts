import { createHash } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Log } from '../../platform/log.ts'
import type { BackupCopies } from '../backup/backup-copies.ts'
import { BackupError, readBackup } from '../backup/backup-format.ts'
import { type BackupTarget, beginningOf, readName, TargetError } from './backup-target.ts'

export interface KeptBackup {
  bytes: number
  rows: number
  /** Of the file. */
  sha256: string
}

interface Work {
  copies: BackupCopies
  target: BackupTarget
  name: string
  stop: AbortSignal
  /** Called with the bytes written so far. */
  onProgress(bytes: number): void
}

/**
 * Takes a backup, writes it to the target, and reads it back: the bytes, the format, the counts of the rows and the checksum. A file
 * that differs is removed. Memory: one part of the target. @throws {TargetError} with the cause
 */
export async function keepBackup({ copies, target, name, stop, onProgress }: Work): Promise<KeptBackup> {
  const source = await copies.take(stop)
  const hash = createHash('sha256')
  let sent = 0
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      sent += chunk.length
      onProgress(sent)
      done(null, chunk)
    },
  })
  // A failure of the source reaches the target by the destroyed stream.
  pipeline(source, counted).catch(() => undefined)
  const written = await target.write(name, counted, stop)
  const sha256 = hash.digest('hex')
  try {
    const { rows, sha256: found } = await verify(await written.read(), stop)
    if (written.bytes !== sent || found !== sha256) throw notVerified('its bytes differ from those that were sent')
    await written.keep()
    return { bytes: written.bytes, rows, sha256 }
  } catch (error) {
    await written.discard().catch(() => undefined)
    throw error instanceof BackupError ? notVerified(error.message) : error
  }
}

async function verify(file: Readable, stop: AbortSignal): Promise<{ rows: number; sha256: string }> {
  const hash = createHash('sha256')
  const gunzip = createGunzip()
  const hashed = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const unpacked = pipeline(file, hashed, gunzip, { signal: stop })
  // Awaited below; the reader sees a failure first.
  unpacked.catch(() => undefined)
  const { footer } = await readBackup(gunzip, () => {}).catch((error: unknown) => {
    stop.throwIfAborted()
    throw (error as { code?: string }).code?.startsWith('Z_') ? notVerified('it cannot be unpacked to its end') : error
  })
  await unpacked
  return { rows: Object.values(footer.rows).reduce((sum, count) => sum + count, 0), sha256: hash.digest('hex') }
}

function notVerified(why: string): TargetError {
  return new TargetError('not_verified', {
    en: `The backup could not be read back (${why}) and was removed. Check the disk or the store.`,
    fa: `پشتیبان پس از نوشتن خوانده نشد (\u2068${why}\u2069) و حذف شد. دیسک یا فضای ذخیره را بررسی کنید.`,
  })
}

interface Old {
  target: BackupTarget
  installation: string
  /** The names of backups that were read back. */
  verified: ReadonlySet<string>
  keep: number
  log: Log
}

/**
 * Removes the backups of this installation that are older than the newest `keep` verified ones. Files of other installations, and
 * newer unverified ones, stay. Called after a success only.
 */
export async function removeOld({ target, installation, verified, keep, log }: Old): Promise<string[]> {
  const own = (await target.list()).filter(({ name }) => name.startsWith(beginningOf(installation)))
  const kept = own.filter(({ name }) => verified.has(name)).slice(-keep)
  const oldest = kept[0]
  if (!oldest || kept.length < keep) return []
  const removed: string[] = []
  for (const { name } of own) {
    if (timeOf(name) >= timeOf(oldest.name)) continue
    await target.remove(name)
    removed.push(name)
  }
  if (removed.length > 0) log.info({ removed }, 'backup.old_removed')
  return removed
}

function timeOf(name: string): number {
  return readName(name)?.at.getTime() ?? Number.POSITIVE_INFINITY
}
