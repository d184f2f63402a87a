import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lastTime, nextTime } from '../../server/src/operations/scheduled-backups/backup-schedule.ts'
import { type BackupTarget, backupName, readName } from '../../server/src/operations/scheduled-backups/backup-target.ts'
import { openFolder } from '../../server/src/operations/scheduled-backups/folder-target.ts'
import { openS3 } from '../../server/src/operations/scheduled-backups/s3-target.ts'
import { readConfig, type S3Destination } from '../../server/src/platform/config.ts'
import { type S3Server, startS3Server } from '../support/s3-server.ts'

const MIB = 1024 * 1024
const PART = 16 * MIB
const NAME = backupName('0a1b2c3d-0000-0000-0000-000000000000', new Date('2026-11-27T03:00:00Z'))
const going = new AbortController().signal

/** Bytes that tell their place, in pieces that fit no part. */
async function* bytesOf(length: number): AsyncGenerator<Buffer> {
  const piece = 700_001
  for (let at = 0; at < length; at += piece) {
    const bytes = Buffer.alloc(Math.min(piece, length - at))
    for (let place = 0; place + 4 <= bytes.length; place += 4096) bytes.writeUInt32LE(at + place, place)
    yield bytes
  }
}
const collected = async (source: AsyncIterable<Buffer>) => {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('an S3-compatible store', () => {
  let store: S3Server
  let destination: S3Destination
  let target: BackupTarget

  beforeEach(async () => {
    store = await startS3Server()
    const { url: endpoint, region, bucket, keyId, secret } = store
    destination = { kind: 's3', endpoint, region, bucket, prefix: 'shop one/a+b/', keyId, secret, isPathStyle: true }
    target = openS3(destination)
  })
  afterEach(() => store.stop())

  test.each([
    ['in one request', 1 * MIB, 0],
    ['exactly one part', PART, 0],
    ['a part and a byte', PART + 1, 2],
    ['three parts', 2 * PART + 5 * MIB, 3],
  ])('keeps the bytes as they were: %s', async (_name, length, parts) => {
    const written = await target.write(NAME, Readable.from(bytesOf(length)), going)
    await written.keep()
    const wanted = await collected(bytesOf(length))
    expect(written.bytes).toBe(length)
    expect((await collected(await target.read(NAME))).equals(wanted)).toBe(true)
    expect([...store.objects.keys()]).toEqual([`shop one/a+b/${NAME}`])
    expect(store.requests.filter((line) => line.includes('partNumber='))).toHaveLength(parts)
    expect(store.uploads.size).toBe(0)
    expect(store.refused).toEqual([])
    await target.remove(NAME)
    expect(store.objects.size).toBe(0)
  })

  test('an upload whose source fails, or which is stopped, leaves neither an object nor parts', async () => {
    const broken = async function* () {
      yield* bytesOf(PART + MIB)
      throw new Error('the database went away')
    }
    await expect(target.write(NAME, Readable.from(broken()), going)).rejects.toThrow('the database went away')
    const stop = new AbortController()
    const stopping = async function* () {
      yield* bytesOf(PART + MIB)
      stop.abort(new Error('the server stops'))
      yield* bytesOf(2 * PART)
    }
    await expect(target.write(NAME, Readable.from(stopping()), stop.signal)).rejects.toThrow('the server stops')
    expect([store.objects.size, store.uploads.size]).toEqual([0, 0])
    expect(store.requests.filter((line) => line.startsWith('DELETE'))).toHaveLength(2)
  })

  test('a refused part is sent again, and after three refusals the upload is aborted', async () => {
    let refusals = 1
    store.answerWith = (request) =>
      request.includes('partNumber=2') && refusals-- > 0 ? { status: 503, code: 'SlowDown' } : null
    await (await target.write(NAME, Readable.from(bytesOf(PART + 9)), going)).keep()
    expect((await target.list()).map(({ name, bytes }) => [name, bytes])).toEqual([[NAME, PART + 9]])
    refusals = 9
    await expect(target.write(NAME, Readable.from(bytesOf(PART + 9)), going)).rejects.toMatchObject({
      code: 'SlowDown',
    })
    expect(store.uploads.size).toBe(0)
  })

  test('what a killed process left of an upload is aborted, and nothing of another installation', async () => {
    store.uploads.set('1', { key: `shop one/a+b/${NAME}`, parts: new Map() })
    store.uploads.set('2', { key: `shop one/a+b/${NAME.replace('0a1b2c3d', 'ffffffff')}`, parts: new Map() })
    await target.removePartial('fiko-backup-0a1b2c3d-')
    expect([...store.uploads.keys()]).toEqual(['2'])
  })

  test('the list follows its pages and names backups only', async () => {
    const names = [1, 2, 3, 4, 5].map((day) => NAME.replace('-27T', `-0${day}T`))
    for (const name of [...names, 'notes.txt', `${NAME}.partial`])
      store.objects.set(`shop one/a+b/${name}`, { bytes: Buffer.from('x'), at: new Date() })
    store.objects.set(NAME, { bytes: Buffer.from('x'), at: new Date() })
    expect((await target.list()).map(({ name }) => name)).toEqual(names)
  })

  const cases: [string, Partial<S3Destination>, (store: S3Server) => void, string, RegExp][] = [
    ['a wrong secret', { secret: 'wrong' }, () => {}, 'SignatureDoesNotMatch', /BACKUP_S3_SECRET_ACCESS_KEY/],
    ['a wrong key', { keyId: 'WRONG' }, () => {}, 'InvalidAccessKeyId', /BACKUP_S3_ACCESS_KEY_ID/],
    ['a missing bucket', { bucket: 'no-bucket' }, () => {}, 'NoSuchBucket', /Create it/],
    ['a wrong region', { region: 'eu-west-9' }, () => {}, 'AuthorizationHeaderMalformed', /BACKUP_S3_REGION/],
    ['a wrong clock', {}, (one) => Object.assign(one, { skewMinutes: 40 }), 'RequestTimeTooSkewed', /clock/],
    [
      'no right',
      {},
      (one) => Object.assign(one, { answerWith: () => ({ status: 403, code: 'AccessDenied' }) }),
      'AccessDenied',
      /Allow it/,
    ],
    [
      'a full store',
      {},
      (one) => Object.assign(one, { answerWith: () => ({ status: 507, code: 'XMinioStorageFull' }) }),
      'XMinioStorageFull',
      /no room/,
    ],
    ['no store', { endpoint: 'http://127.0.0.1:9' }, () => {}, 'store_unreachable', /BACKUP_S3_ENDPOINT/],
  ]
  test.each(cases)(
    '%s is a sentence with what to do, in both languages',
    async (_name, change, prepare, code, words) => {
      prepare(store)
      const other = openS3({ ...destination, ...change })
      const error = await other.write(NAME, Readable.from(bytesOf(10)), going).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'TargetError', code })
      const { sentence } = error as { sentence: { en: string; fa: string } }
      expect(sentence.en).toMatch(words)
      expect(sentence.fa).toMatch(/[آ-ی]/)
      expect(JSON.stringify(sentence)).not.toContain(destination.secret)
      expect(store.objects.size).toBe(0)
    },
  )
})

describe('a folder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fiko-folder-'))
  })
  afterEach(() => {
    chmodSync(folder, 0o700)
    rmSync(folder, { recursive: true, force: true })
  })

  test('a file has its name only when it is kept, and a discarded one is gone', async () => {
    const target = openFolder(folder)
    const written = await target.write(NAME, Readable.from(bytesOf(3 * MIB)), going)
    expect(readdirSync(folder)).toEqual([`.${NAME}.partial`])
    expect(await target.list()).toEqual([])
    await written.keep()
    expect(readdirSync(folder)).toEqual([NAME])
    expect(readFileSync(join(folder, NAME)).equals(await collected(bytesOf(3 * MIB)))).toBe(true)
    const other = await target.write(NAME.replace('-27T', '-28T'), Readable.from(bytesOf(10)), going)
    await other.discard()
    expect(readdirSync(folder)).toEqual([NAME])
  })

  test('a source that fails leaves nothing; what a killed process left is removed, and no file of others', async () => {
    const target = openFolder(folder)
    const broken = async function* () {
      yield* bytesOf(MIB)
      throw new Error('the database went away')
    }
    await expect(target.write(NAME, Readable.from(broken()), going)).rejects.toThrow('the database went away')
    expect(readdirSync(folder)).toEqual([])
    const others = [`.${NAME.replace('0a1b2c3d', 'ffffffff')}.partial`, '.bashrc', 'notes.txt']
    for (const name of [`.${NAME}.partial`, ...others]) writeFileSync(join(folder, name), 'x')
    await target.removePartial('fiko-backup-0a1b2c3d-')
    expect(readdirSync(folder).sort()).toEqual(others.sort())
  })

  test('a missing folder, and a file in its place, are a sentence; the folder is not made', async () => {
    const missing = join(folder, 'unmounted')
    await expect(openFolder(missing).write(NAME, Readable.from(bytesOf(10)), going)).rejects.toMatchObject({
      code: 'folder_missing',
    })
    expect(readdirSync(folder)).toEqual([])
    writeFileSync(missing, '')
    await expect(openFolder(missing).list()).rejects.toMatchObject({ code: 'folder_missing' })
  })

  test('a full disk is a sentence, and nothing is left on it', async () => {
    // A source that fails as a write on a full disk does.
    const full = async function* () {
      yield Buffer.alloc(100)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    }
    await expect(openFolder(folder).write(NAME, Readable.from(full()), going)).rejects.toMatchObject({
      code: 'disk_full',
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test('a name with a path in it is no backup', async () => {
    mkdirSync(join(folder, 'below'))
    writeFileSync(join(folder, 'secret'), 'x')
    for (const name of ['../secret', 'secret', '..', `below/${NAME}`])
      await expect(openFolder(join(folder, 'below')).read(name), name).rejects.toMatchObject({ code: 'no_such_backup' })
  })
})

test('a name tells installation and time, and others are not read as one', () => {
  expect(readName(NAME)).toEqual({ installation: '0a1b2c3d', at: new Date('2026-11-27T03:00:00Z') })
  for (const name of [`${NAME}.partial`, `.${NAME}`, NAME.replace('-27T', '-99T'), 'fiko.gz'])
    expect(readName(name)).toBeNull()
})

test('the times of a schedule follow the clock of its time zone, also when that changes', () => {
  const daily = (time: string) => {
    const { schedule } = readConfig({ BACKUP_FOLDER: '/backups', BACKUP_SCHEDULE: time }).backups
    if (!schedule) throw new Error('no schedule')
    return schedule
  }
  const at = (schedule: ReturnType<typeof daily>, now: string) => [
    lastTime(schedule, new Date(now)).toISOString().slice(0, 16),
    nextTime(schedule, new Date(now)).toISOString().slice(0, 16),
  ]
  expect(at(daily('02:00'), '2026-11-27T02:00:00Z')).toEqual(['2026-11-27T02:00', '2026-11-28T02:00'])
  expect(at(daily('02:00'), '2026-11-27T01:59:59Z')).toEqual(['2026-11-26T02:00', '2026-11-27T02:00'])
  expect(at(daily('03:30 Asia/Tehran'), '2026-11-27T12:00:00Z')).toEqual(['2026-11-27T00:00', '2026-11-28T00:00'])
  expect(at(daily('00:15 Asia/Tehran'), '2026-11-27T21:00:00Z')).toEqual(['2026-11-27T20:45', '2026-11-28T20:45'])
  // Berlin leaves summer time on 25 October 2026, and enters it on 28 March 2027, where 02:30 does not exist.
  expect(at(daily('02:30 Europe/Berlin'), '2026-10-24T12:00:00Z')).toEqual(['2026-10-24T00:30', '2026-10-25T01:30'])
  expect(at(daily('04:00 Europe/Berlin'), '2026-10-25T12:00:00Z')).toEqual(['2026-10-25T03:00', '2026-10-26T03:00'])
  expect(at(daily('02:30 Europe/Berlin'), '2027-03-27T12:00:00Z')[1]).toMatch(/^2027-03-28T0[01]:30$/)
})

test('settings of backups are checked at the start, without their secrets in a message', () => {
  const s3 = { BACKUP_S3_BUCKET: 'backups', BACKUP_S3_ACCESS_KEY_ID: 'id', BACKUP_S3_SECRET_ACCESS_KEY: 'very secret' }
  expect(readConfig({}).backups).toEqual({ destination: null, schedule: null, keep: 7 })
  expect(readConfig({ BACKUP_FOLDER: '/backups', BACKUP_SCHEDULE: 'off' }).backups.schedule).toBeNull()
  expect(readConfig({ ...s3, BACKUP_S3_PREFIX: '/fiko/' }).backups.destination).toMatchObject({
    endpoint: 'https://s3.us-east-1.amazonaws.com',
    prefix: 'fiko/',
    isPathStyle: true,
  })
  for (const [env, words] of [
    [{ BACKUP_SCHEDULE: '02:00' }, 'needs a destination'],
    [{ BACKUP_FOLDER: '/a', BACKUP_SCHEDULE: '25:00' }, 'BACKUP_SCHEDULE'],
    [{ BACKUP_FOLDER: '/a', BACKUP_SCHEDULE: '02:00 Mars/Olympus' }, 'BACKUP_SCHEDULE'],
    [{ BACKUP_FOLDER: '/a', BACKUP_KEEP: '0' }, 'BACKUP_KEEP'],
    [{ ...s3, BACKUP_FOLDER: '/a' }, 'set one of them'],
    [{ ...s3, BACKUP_S3_BUCKET: 'a/b' }, 'BACKUP_S3_BUCKET'],
    [{ ...s3, BACKUP_S3_SECRET_ACCESS_KEY: '' }, 'BACKUP_S3_SECRET_ACCESS_KEY'],
    [{ ...s3, BACKUP_S3_ENDPOINT: 'https://user:very%20secret@s3.example' }, 'BACKUP_S3_ENDPOINT'],
    [{ ...s3, BACKUP_S3_PREFIX: 'a?b' }, 'BACKUP_S3_PREFIX'],
  ] as const) {
    const read = () => readConfig(env)
    expect(read).toThrow(words)
    expect(read).not.toThrow('very')
  }
})
