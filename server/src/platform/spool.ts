import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Problem } from './errors.ts'
import { formatFa } from './i18n.ts'

const CHUNK_BYTES = 64 * 1024
/** Free space that a spool leaves on its disk: twice what the embedded database needs to go on (database-embedded.ts). */
const MIN_FREE_BYTES = 128_000_000
/** Free space is looked at again after so many bytes. */
const CHECK_EVERY_BYTES = 8_000_000

/**
 * A temporary file that is read while it is still being written: the writer is as fast as the disk, the reader takes its
 * time. Mode 0600; removed by `remove`, and by `clearSpools` at the next start where the process was killed.
 */
export interface Spool {
  /** Appends. @throws {Problem} 503 when the disk has less than 128 MB left; the error of `fail` after it was called */
  write(bytes: Buffer): Promise<void>
  /** The reader ends after the last byte. */
  end(): void
  /** The reader is destroyed with this error at once, and nothing more is written. */
  fail(error: Error): void
  /** All bytes from the first, the last when `end` was called. For one reader. */
  read(): Readable
  /** Bytes written so far. */
  size(): number
  remove(): Promise<void>
}

/** Makes a spool in `directory`, which is made as well. @throws {Problem} 503 when there is no room for it */
export async function openSpool(directory: string): Promise<Spool> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await assureRoom(directory)
  const path = join(directory, `${randomUUID()}.tmp`)
  const file = await open(path, 'wx+', 0o600)
  let size = 0
  let lookedAt = 0
  let isEnded = false
  let failure: Error | null = null
  let onChange = () => {}

  return {
    write: async (bytes) => {
      if (failure) throw failure
      if (size - lookedAt >= CHECK_EVERY_BYTES) {
        await assureRoom(directory)
        lookedAt = size
      }
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, size + done)).bytesWritten
      }
      size += bytes.length
      onChange()
    },
    end: () => {
      isEnded = true
      onChange()
    },
    fail: (error) => {
      failure ??= error
      onChange()
    },
    read: () => {
      const { reader, check } = readerOf(file, () => ({ size, isEnded, failure }))
      onChange = check
      return reader
    },
    size: () => size,
    remove: async () => {
      await file.close()
      await rm(path, { force: true })
    },
  }
}

/** Removes the spools of a process that was killed. One that another process still reads is only unlinked. */
export async function clearSpools(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  // Windows removes no open file: the process that reads it will.
  for (const name of names) await rm(join(directory, name), { force: true }).catch(() => undefined)
}

interface State {
  size: number
  isEnded: boolean
  failure: Error | null
}

function readerOf(file: FileHandle, state: () => State): { reader: Readable; check(): void } {
  let at = 0
  let isWanted = false
  let isReading = false
  const next = async () => {
    const { size, isEnded, failure } = state()
    if (failure) reader.destroy(failure)
    else if (at < size) {
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - at)),
        position: at,
      })
      at += bytesRead
      isWanted = false
      reader.push(buffer.subarray(0, bytesRead))
    } else if (isEnded) {
      isWanted = false
      reader.push(null)
    }
  }
  const check = () => {
    if (reader.destroyed || isReading || (!isWanted && !state().failure)) return
    const before = at
    isReading = true
    next().then(
      () => {
        isReading = false
        // `push` may have asked for more, and the writer may have written, while this was read.
        if (isWanted && (at !== before || at < state().size)) check()
      },
      (error: Error) => reader.destroy(error),
    )
  }
  const reader = new Readable({
    highWaterMark: CHUNK_BYTES,
    read: () => {
      isWanted = true
      check()
    },
  })
  return { reader, check }
}

async function assureRoom(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  if (bavail * bsize >= MIN_FREE_BYTES) return
  const megabytes = MIN_FREE_BYTES / 1e6
  throw new Problem(
    503,
    'no_room',
    {
      en: `Less than ${megabytes} MB are free in DATA_DIR, where the answer is prepared. Make room there and try again.`,
      fa: `کمتر از ${formatFa(megabytes)} مگابایت در DATA_DIR، جایی که پاسخ آماده می‌شود، خالی است. جا باز کنید و دوباره تلاش کنید.`,
    },
    { retryAfterSeconds: 60 },
  )
}
