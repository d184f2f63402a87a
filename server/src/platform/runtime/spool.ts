import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Problem } from '../errors.ts'
import { formatFa } from '../i18n.ts'

const CHUNK_BYTES = 64 * 1024
/** Free disk space below which a spool stops: twice the minimum of the embedded database (database-embedded.ts). */
const MIN_FREE_BYTES = 128_000_000
/** Written bytes after which free space is checked again. */
const CHECK_EVERY_BYTES = 8_000_000

/**
 * A temporary file that is read while it is being written: the writer runs at the speed of the disk, the reader at its own. Mode
 * 0600. `remove` deletes it; after a killed process `clearSpools` does so at the next start.
 */
export interface Spool {
  /** Appends bytes. @throws {Problem} 503 when the disk has less than 128 MB free; the error of `fail` after that call */
  write(bytes: Buffer): Promise<void>
  /** Marks the end: the reader ends after the last byte. */
  end(): void
  /** Destroys the reader with this error at once; later writes throw it. */
  fail(error: Error): void
  /** Reads all bytes from the first; ends after `end` was called. For one reader. */
  read(): Readable
  /** Bytes written so far. */
  size(): number
  remove(): Promise<void>
}

/** Creates a spool, and `directory` if it is missing. @throws {Problem} 503 when the disk is nearly full */
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

/** Deletes the spools of a killed process. A file that another process still reads is only unlinked. */
export async function clearSpools(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  // Windows does not delete open files: the process that reads the file deletes it.
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
        // `push` may have requested more, and the writer may have written, during this read.
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
