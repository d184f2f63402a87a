/** Backups all the while: one reader that stays to the end, one that stalls, one that leaves in the middle. */
import { get, type IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { BackupError, readBackup } from '../../server/src/operations/backup/backup-format.ts'
import { ADMIN_API_KEY } from './server-over-http.ts'

export interface BackupFigures {
  /** Read to the end, and the footer's counts and checksum fit. */
  whole: number
  /** Ended before the end, so that it cannot be taken for whole: what a killed process or a lost database does. */
  broken: number
  stalled: number
  left: number
  /** Sentences: a backup that looked whole and was not, or none that could be read when nothing was broken any more. */
  wrong: string[]
}

export interface BackupReaders {
  figures: BackupFigures
  /** Reads until told that it is over. */
  readOn(isOver: () => boolean): Promise<void>
  /** When nothing is broken any more: at each address readers leave and stall, and then a whole one is read and is whole. */
  readAtLast(): Promise<void>
}

const LEAVES_AFTER_BYTES = 300_000
const STALLS_MS = 20_000
const PAUSE_MS = 3_000
const WHOLE_TIMEOUT_MS = 60_000
/** A server may write the backup to a file before its first byte. */
const ANSWER_WITHIN_MS = 30_000
const LAST_TRIES = 5
const LAST_LEAVERS = 3

export function createBackupReaders(addresses: () => string[]): BackupReaders {
  const figures: BackupFigures = { whole: 0, broken: 0, stalled: 0, left: 0, wrong: [] }
  let turn = 0
  const nextAddress = () => {
    turn += 1
    const list = addresses()
    return list[turn % list.length] ?? ''
  }
  const note = (end: BackupEnd) => {
    if (end.kind === 'wrong') figures.wrong.push(end.sentence)
    else if (end.kind !== 'none') figures[end.kind] += 1
    return end
  }
  const again = async (isOver: () => boolean, read: (address: string) => Promise<BackupEnd>) => {
    while (!isOver()) {
      note(await read(nextAddress()))
      await delay(PAUSE_MS)
    }
  }
  return {
    figures,
    readOn: async (isOver) => {
      await Promise.all([again(isOver, readWhole), again(isOver, stall), again(isOver, leave)])
    },
    readAtLast: async () => {
      for (const address of addresses()) {
        const leaving = Array.from({ length: LAST_LEAVERS }, () => leave(address))
        for (const end of await Promise.all([stall(address), ...leaving])) note(end)
        let end: BackupEnd = { kind: 'none' }
        for (let tries = 0; tries < LAST_TRIES && end.kind !== 'whole' && end.kind !== 'wrong'; tries += 1)
          end = note(await readWhole(address))
        if (end.kind !== 'whole' && end.kind !== 'wrong')
          figures.wrong.push(`no whole backup in ${LAST_TRIES} tries, though nothing was broken any more`)
      }
    },
  }
}

/** `none`: there was no answer to read, or one that was no backup. */
export type BackupEnd = { kind: 'whole' | 'broken' | 'stalled' | 'left' | 'none' } | { kind: 'wrong'; sentence: string }

/** Reads a backup to its end and checks it as `fiko restore` does. */
export async function readWhole(address: string): Promise<BackupEnd> {
  const response = await request(address)
  if (!response) return { kind: 'none' }
  const timer = setTimeout(() => response.destroy(), WHOLE_TIMEOUT_MS)
  try {
    const text = new PassThrough()
    const reading = readBackup(text, () => {}).finally(() => text.destroy())
    // Either may fail first: an answer that breaks off, or a line that cannot be.
    const [read, transfer] = await Promise.allSettled([reading, pipeline(response, createGunzip(), text)])
    if (read.status === 'fulfilled' && transfer.status === 'fulfilled') return { kind: 'whole' }
    const error = read.status === 'rejected' ? read.reason : undefined
    // A copy that has come to its end and has a footer claims to be whole.
    const claims =
      transfer.status === 'fulfilled' && error instanceof BackupError && !/end is missing/.test(error.message)
    return claims ? { kind: 'wrong', sentence: error.message } : { kind: 'broken' }
  } finally {
    clearTimeout(timer)
    response.destroy()
  }
}

/** Reads the beginning, then nothing more until the server ends the answer or 20 s have passed, then goes away. */
export async function stall(address: string, forMs = STALLS_MS): Promise<BackupEnd> {
  const response = await request(address)
  if (!response) return { kind: 'none' }
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  response.once('data', () => response.pause())
  await Promise.race([ended, delay(forMs)])
  response.destroy()
  return { kind: 'stalled' }
}

/** Reads 300 KB and closes the connection; a backup that is smaller is read to its end. */
export async function leave(address: string): Promise<BackupEnd> {
  const response = await request(address)
  if (!response) return { kind: 'none' }
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length
      if (bytes >= LEAVES_AFTER_BYTES) return { kind: 'left' }
    }
    return { kind: 'none' }
  } catch {
    return { kind: 'broken' }
  } finally {
    response.destroy()
  }
}

/** Null: no answer within 30 s, or not 200. */
async function request(address: string): Promise<IncomingMessage | null> {
  return await new Promise((resolve) => {
    const asked = get(
      `${address}/api/v1/backup/`,
      // A connection of its own, so that its end is the reader's end.
      { agent: false, headers: { authorization: `Bearer ${ADMIN_API_KEY}` } },
      (response) => {
        clearTimeout(timer)
        response.on('error', () => {})
        if (response.statusCode === 200) resolve(response)
        else {
          response.destroy()
          resolve(null)
        }
      },
    )
    const timer = setTimeout(() => asked.destroy(), ANSWER_WITHIN_MS)
    asked.on('error', () => {
      clearTimeout(timer)
      resolve(null)
    })
  })
}
