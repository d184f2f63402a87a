import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { createConnectionQueue } from '../platform/connection-queue.ts'
import type { Database } from '../platform/database.ts'
import { Problem } from '../platform/errors.ts'
import { formatFa } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import { clearSpools, openSpool, type Spool } from '../platform/spool.ts'
import { backUp } from './backup.ts'
import { forgetKept } from './backup-steps.ts'

/** Each has a file of its own. A stalled reader gives its place back after 30 s. */
const MAX_COPIES = 8
const RETRY_AFTER_SECONDS = 60

export interface BackupCopies {
  /**
   * Begins a backup. Resolves with its bytes (gzip) when its header is written. `left` is aborted when the reader has gone, which ends
   * the reading of the database.
   * @throws {Problem} 503 when there are too many, or no room on the disk; what the database refused
   */
  take(left: AbortSignal): Promise<Readable>
  /** Resolves when no backup reads the database any more. */
  ended(): Promise<void>
}

const directoryIn = (dataDir: string) => join(dataDir, 'backups-under-way')

/** Removes what a process that was killed during a backup left behind. Called at start, before anything is written. */
export async function clearBackups(db: Database, dataDir: string): Promise<void> {
  await clearSpools(directoryIn(dataDir))
  if (db.kind === 'embedded') await forgetKept(db)
}

/**
 * Writes backups to temporary files as fast as the disk takes them and hands them to readers who may be slow: a connection, a
 * snapshot and the embedded database's triggers last as long as the reading of the database, one backup after the other.
 */
export function createBackupCopies(db: Database, log: Log, dataDir: string): BackupCopies {
  const copying = createConnectionQueue()
  const copies = new Set<Promise<void>>()

  /** Reads the database into the spool. `begun` is called with the first line. */
  const fill = async (spool: Spool, left: AbortSignal, begun: () => void) => {
    left.throwIfAborted()
    const startedAt = performance.now()
    const gzip = createGzip()
    const saved = pipeline(
      gzip,
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) await spool.write(chunk)
      },
      { signal: left },
    )
    // It is awaited below; until then its failure reaches the writer by the destroyed gzip.
    saved.catch(() => undefined)
    try {
      const footer = await backUp(db, async (bytes) => {
        begun()
        if (gzip.destroyed) await saved
        if (!gzip.write(bytes)) await once(gzip, 'drain')
      })
      gzip.end()
      await saved
      spool.end()
      const durationMs = Math.round(performance.now() - startedAt)
      log.info({ rows: footer.rows, bytes: spool.size(), durationMs }, 'backup.written')
    } catch (error) {
      gzip.destroy()
      throw error
    }
  }

  return {
    take: async (left) => {
      if (copies.size >= MAX_COPIES) throw tooMany()
      const { promise: removed, resolve: isRemoved } = Promise.withResolvers<void>()
      copies.add(removed)
      const forget = () => {
        copies.delete(removed)
        isRemoved()
      }
      const spool = await openSpool(directoryIn(dataDir)).catch((error: unknown) => {
        forget()
        throw error
      })
      const reader = spool.read()
      // The answer that sends it hears of an error by itself; before there is one, `take` throws it.
      reader.on('error', () => undefined)
      const stop = () => spool.fail(new Error('the reader went away'))
      left.addEventListener('abort', stop, { once: true })
      const { promise: header, resolve: begun, reject: failed } = Promise.withResolvers<void>()
      const filled = copying
        .run(false, () => fill(spool, left, begun))
        .catch((error: Error) => {
          spool.fail(error)
          failed(error)
        })
      const closed = new Promise<void>((resolve) => reader.once('close', resolve))
      void Promise.all([filled, closed])
        .then(() => spool.remove())
        .catch((error: Error) => log.warn({ error: error.message }, 'backup.not_removed'))
        .finally(() => {
          left.removeEventListener('abort', stop)
          forget()
        })
      await header.catch((error: unknown) => {
        reader.destroy()
        throw error
      })
      return reader
    },
    ended: async () => {
      await Promise.all(copies)
    },
  }
}

function tooMany(): Problem {
  return new Problem(
    503,
    'too_many_backups',
    {
      en: `${MAX_COPIES} backups are being read from this server. Wait until one of them has ended.`,
      fa: `${formatFa(MAX_COPIES)} پشتیبان هم‌اکنون از این سامانه خوانده می‌شود. صبر کنید تا یکی از آن‌ها پایان یابد.`,
    },
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  )
}
