import { afterEach, describe, expect, test } from 'vitest'
import type { Database } from '../../server/src/platform/db/database.ts'
import type { Queue } from '../../server/src/platform/runtime/queue.ts'

/** Tests of `Queue`. `open` gives a queue on its own database; `close` is called after each test. */
export function testQueue(
  name: string,
  open: () => Promise<{ db: Database; queue: Queue; close(): Promise<unknown> }>,
): void {
  describe(`the queue ${name}`, () => {
    const closing: (() => Promise<unknown>)[] = []
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close()
    })
    const opened = async () => {
      const { close, ...parts } = await open()
      closing.push(close)
      return parts
    }
    const wake = (db: Database, queue: Queue, stage: string) => db.service.transaction((tx) => queue.wake(tx, stage))

    test('a wake-up reaches the consumer with the name of its stage', async () => {
      const { db, queue } = await opened()
      const woken = new Set<string>()
      await queue.consume((stage) => woken.add(stage))
      await wake(db, queue, 'apply')
      await wake(db, queue, 'chunk')
      await expect.poll(() => [...woken].sort(), { timeout: 60_000 }).toEqual(['apply', 'chunk'])
    })

    test('a wake-up that nobody consumes yet is kept, and taken when a consumer starts', async () => {
      const { db, queue } = await opened()
      await wake(db, queue, 'apply')
      expect(await queue.depth()).toBe(1)
      const woken = new Set<string>()
      await queue.consume((stage) => woken.add(stage))
      await expect.poll(() => [...woken], { timeout: 60_000 }).toEqual(['apply'])
      await expect.poll(() => queue.depth(), { timeout: 60_000 }).toBe(0)
    })

    test('a transaction that is rolled back leaves no job', async () => {
      const { db, queue } = await opened()
      const failing = db.service.transaction(async (tx) => {
        await queue.wake(tx, 'apply')
        throw new Error('mine')
      })
      await expect(failing).rejects.toThrow('mine')
      expect(await queue.depth()).toBe(0)
    })

    test('a tenant role may wake a stage', async () => {
      const { db, queue } = await opened()
      await db.forTenant(1).transaction((tx) => queue.wake(tx, 'chunk'))
      expect(await queue.depth()).toBe(1)
    })
  })
}
