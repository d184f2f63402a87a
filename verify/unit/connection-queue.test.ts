import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createConnectionQueue } from '../../server/src/platform/db/connection-queue.ts'
import { openEmbedded } from '../../server/src/platform/db/database-embedded.ts'
import { createLog } from '../../server/src/platform/log.ts'

test('on the embedded database a request runs before stages that waited longer', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fiko-connection-queue-'))
  const db = await openEmbedded(directory, false, createLog('silent'))
  const { owner } = db
  const background = db.inBackground().owner
  const order: string[] = []
  const note = (name: string) => async () => void order.push(name)
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const all = [
    background.transaction(async () => {
      await gate
      order.push('a stage at work')
    }),
    background.transaction(note('a stage')),
    background.transaction(note('another stage')),
    owner.transaction(note('a request')),
    owner.transaction(note('another request')),
  ]
  open()
  await Promise.all(all)
  expect(order).toEqual(['a stage at work', 'a request', 'another request', 'a stage', 'another stage'])
  await db.close()
  rmSync(directory, { recursive: true })
})

test('in a rush of requests every ninth turn is the background’s', async () => {
  const connection = createConnectionQueue()
  const order: string[] = []
  const queue = (isBackground: boolean, count: number) =>
    Array.from({ length: count }, () =>
      connection.run(isBackground, async () => void order.push(isBackground ? 'stage' : 'request')),
    )
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const all = [connection.run(false, () => gate), ...queue(true, 2), ...queue(false, 20)]
  open()
  await Promise.all(all)
  const requests = (count: number) => Array.from({ length: count }, () => 'request')
  expect(order).toEqual([...requests(8), 'stage', ...requests(8), 'stage', ...requests(4)])
})

test('a failed task lets the next one run', async () => {
  const connection = createConnectionQueue()
  const failing = connection.run(false, () => Promise.reject(new Error('no')))
  const next = connection.run(false, async () => 'passed')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('passed')
  expect(await connection.run(true, async () => 'and again')).toBe('and again')
})
