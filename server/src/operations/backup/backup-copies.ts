import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { createConnectionQueue } from '../../platform/db/connection-queue.ts'
import type { Database } from '../../platform/db/database.ts'
import { Problem } from '../../platform/errors.ts'
import { formatFa } from '../../platform/i18n.ts'
import type { Log } from '../../platform/log.ts'
import { clearSpools, openSpool, type Spool } from '../../platform/runtime/spool.ts'
import { backUp } from './backup.ts'
import { forgetKept } from './backup-steps.ts'

/** Maximum parallel backups; each has its own file. A stalled reader is disconnected after 30 s. */
const MAX_COPIES = 8
const RETRY_AFTER_SECONDS = 60

export interface BackupCopies {
  /**
   * Starts a backup. Resolves with its bytes (gzip) when its header is written. `left` is aborted when the reader disconnects,
   * which ends the reading of the database.
   * @throws {Problem} 503 for too many backups or a full disk; errors of the database
   */
  take(left: AbortSignal): Promise<Readable>
  /** Resolves when no backup reads the database. */
  ended(): Promise<void>
}

const directoryIn = (dataDir: string) => join(dataDir, 'backups-under-way')

/** Removes the remains of a backup whose process was killed. Called at start, before any write. */
export async function clearBackups(db: Database, dataDir: string): Promise<void> {
  await clearSpools(directoryIn(dataDir))
  if (db.kind === 'embedded') await forgetKept(db)
}

/**
 * Writes backups to temporary files at the speed of the disk and serves them to readers of any speed. The connection, the snapshot
 * and the triggers of the embedded database are held only while the database is read, one backup after the other.
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
    // Awaited below; until then its failure reaches the writer through the destroyed gzip.
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
      // The response reports a stream error itself; before there is a response, `take` throws it.
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
      en: `${MAX_COPIES} backups are running on this server, the maximum. Wait until one of them has ended, then retry.`,
      fa: `${formatFa(MAX_COPIES)} پشتیبان هم‌اکنون از این سرور خوانده می‌شود. صبر کنید تا یکی از آن‌ها پایان یابد.`,
    },
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  )
}
