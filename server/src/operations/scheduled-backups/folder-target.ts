import { createReadStream } from 'node:fs'
import { access, constants, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type BackupTarget, noSuchBackup, readName, type StoredFile, TargetError } from './backup-target.ts'

/** A file under this name is unfinished; no backup's name begins with a dot. */
const partialOf = (name: string) => `.${name}.partial`

/** Backups as files of a folder, mode 0600. A file has its name only when it was verified, and is then on the disk (fsync). */
export function openFolder(folder: string): BackupTarget {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw folderError(folder, error)
    }
  }
  return {
    kind: 'folder',
    place: folder,
    write: async (name, source, stop) => {
      const partial = join(folder, partialOf(name))
      const discard = () => rm(partial, { force: true })
      try {
        // A missing folder is not made: it may be a disk that is not mounted.
        await access(folder, constants.W_OK | constants.X_OK)
        const file = await open(partial, 'wx', 0o600)
        let bytes = 0
        try {
          await pipeline(
            source,
            async (chunks: AsyncIterable<Buffer>) => {
              for await (const chunk of chunks) {
                for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten
                bytes += chunk.length
              }
            },
            { signal: stop },
          )
          await file.sync()
        } finally {
          await file.close()
        }
        return {
          bytes,
          read: async () => createReadStream(partial),
          keep: () =>
            guarded(async () => {
              await rename(partial, join(folder, name))
              await syncFolder(folder)
            }),
          discard,
        }
      } catch (error) {
        source.destroy()
        await discard().catch(() => undefined)
        throw folderError(folder, error)
      }
    },
    list: () =>
      guarded(async () => {
        const names = (await readdir(folder)).filter((name) => readName(name) !== null).sort()
        const files: StoredFile[] = []
        for (const name of names) {
          // Another process may have just removed it.
          const found = await stat(join(folder, name)).catch(() => null)
          if (found?.isFile()) files.push({ name, bytes: found.size, at: found.mtime })
        }
        return files
      }),
    read: async (name) => await readFile(folder, name),
    remove: (name) => guarded(() => rm(join(folder, name), { force: true })),
    removePartial: (beginning) =>
      guarded(async () => {
        for (const name of await readdir(folder)) {
          if (name.startsWith(`.${beginning}`) && name.endsWith('.partial'))
            await rm(join(folder, name), { force: true })
        }
      }),
  }
}

async function readFile(folder: string, name: string): Promise<Readable> {
  // The name is a part of a path.
  if (readName(name) === null) throw noSuchBackup(name, folder)
  try {
    const file = await open(join(folder, name), 'r')
    return file.createReadStream()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noSuchBackup(name, folder)
    throw folderError(folder, error)
  }
}

/** Without it a power cut may lose the new name. Windows cannot open a folder, and keeps names by itself. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

function folderError(folder: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new TargetError('folder_missing', {
        en: `The folder ${folder} (BACKUP_FOLDER) does not exist. Create it, or mount its disk.`,
        fa: `پوشهٔ ${folder} (BACKUP_FOLDER) وجود ندارد. آن را بسازید یا دیسکش را وصل (mount) کنید.`,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new TargetError('folder_refused', {
        en: `The server may not write to the folder ${folder} (BACKUP_FOLDER). Give its user the right to read and write there.`,
        fa: `سرور اجازهٔ نوشتن در پوشهٔ ${folder} (BACKUP_FOLDER) را ندارد. به کاربر سرور حق خواندن و نوشتن بدهید.`,
      })
    case 'ENOSPC':
    case 'EDQUOT':
      return new TargetError('disk_full', {
        en: `The disk of ${folder} (BACKUP_FOLDER) is full. Make room, or keep fewer backups (BACKUP_KEEP).`,
        fa: `دیسک ${folder} (BACKUP_FOLDER) پر است. جا باز کنید یا پشتیبان‌های کمتری نگه دارید (BACKUP_KEEP).`,
      })
    case 'EIO':
      return new TargetError('disk_failed', {
        en: `The disk of ${folder} (BACKUP_FOLDER) reports an error. Check the disk.`,
        fa: `دیسک ${folder} (BACKUP_FOLDER) خطا می‌دهد. دیسک را بررسی کنید.`,
      })
    default:
      return error
  }
}
