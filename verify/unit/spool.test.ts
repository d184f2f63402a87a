import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { clearSpools, openSpool } from '../../server/src/platform/runtime/spool.ts'

const directory = mkdtempSync(join(tmpdir(), 'fiko-spool-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('a reader has every byte, whether it is ahead of the writer or behind', async () => {
  const spool = await openSpool(directory)
  const ahead = buffer(spool.read())
  const parts = Array.from({ length: 300 }, (_, at) => Buffer.alloc(1 + ((at * 7_919) % 3_000), at))
  for (const part of parts) await spool.write(part)
  spool.end()
  expect(await ahead).toEqual(Buffer.concat(parts))
  await spool.remove()

  const second = await openSpool(directory)
  for (const part of parts) await second.write(part)
  second.end()
  expect(await buffer(second.read())).toEqual(Buffer.concat(parts))
  await second.remove()
  expect(readdirSync(directory)).toEqual([])
})

test('a writer that fails fails its reader, also one that waits, and takes nothing more', async () => {
  const spool = await openSpool(directory)
  const reading = buffer(spool.read())
  await spool.write(Buffer.from('begun'))
  spool.fail(new Error('the session was ended'))
  await expect(reading).rejects.toThrow('the session was ended')
  await expect(spool.write(Buffer.from('more'))).rejects.toThrow('the session was ended')
  await spool.remove()
})

test('files that a killed process left are removed, and a missing directory is no error', async () => {
  writeFileSync(join(directory, 'left.tmp'), 'x')
  await clearSpools(directory)
  expect(readdirSync(directory)).toEqual([])
  await clearSpools(join(directory, 'never-made'))
})
