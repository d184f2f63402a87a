import { expect, test } from 'vitest'
import { createGroupCommit } from '../../server/src/ingest/group-commit.ts'
import { RetryLater } from '../../server/src/platform/errors.ts'

const overloaded = () => new Error('overloaded')
const sizeOf = (text: string) => text.length

/** A commit that tells its batches and can be held until it is let go. */
function heldCommit(answer: (batch: string[]) => string[] = (batch) => batch.map((item) => `${item}!`)) {
  const batches: string[][] = []
  let letGo: (() => void)[] = []
  let isHeld = true
  return {
    batches,
    release: () => {
      isHeld = false
      for (const go of letGo.splice(0)) go()
      letGo = []
    },
    commit: async (batch: string[]) => {
      batches.push(batch)
      if (isHeld) await new Promise<void>((resolve) => letGo.push(resolve))
      return answer(batch)
    },
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

test('a lone caller is committed at once, alone', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 1 })
  held.release()
  expect(await group.add('a')).toBe('a!')
  expect(held.batches).toEqual([['a']])
})

test('callers during a flush wait for it and are committed together, in their order, each with its own answer', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 1 })
  const first = group.add('a')
  await nextTurn()
  const others = ['b', 'c', 'd'].map((item) => group.add(item))
  await nextTurn()
  expect(held.batches).toEqual([['a']])
  held.release()
  expect(await Promise.all([first, ...others])).toEqual(['a!', 'b!', 'c!', 'd!'])
  expect(held.batches).toEqual([['a'], ['b', 'c', 'd']])
})

test('no caller is answered before the commit', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 1 })
  let answered = false
  const adding = group.add('a').then(() => {
    answered = true
  })
  await nextTurn()
  expect(held.batches).toEqual([['a']])
  expect(answered).toBe(false)
  held.release()
  await adding
  expect(answered).toBe(true)
})

test('no more flushes are in flight than allowed', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 2 })
  const adding: Promise<string>[] = []
  for (const item of ['a', 'b', 'c', 'd']) {
    adding.push(group.add(item))
    await nextTurn()
  }
  expect(held.batches).toEqual([['a'], ['b']])
  held.release()
  await Promise.all(adding)
  expect(held.batches.flat()).toEqual(['a', 'b', 'c', 'd'])
})

test('a flush is bounded in items and in bytes', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 1 })
  held.release()
  await Promise.all(Array.from({ length: 450 }, (_, n) => group.add(`${n}`)))
  expect(held.batches.map((batch) => batch.length)).toEqual([200, 200, 50])
  held.batches.length = 0
  const large = 'x'.repeat(3_000_000)
  await Promise.all([1, 2, 3, 4, 5].map(() => group.add(large)))
  expect(held.batches.map((batch) => batch.length)).toEqual([2, 2, 1])
})

test('one item larger than a flush may be goes alone', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 1 })
  held.release()
  await Promise.all(['a', 'x'.repeat(9_000_000), 'b'].map((item) => group.add(item)))
  expect(held.batches.map((batch) => batch.map((item) => item.length))).toEqual([[1], [9_000_000], [1]])
})

test('when 5,000 are waiting the next is refused, and the waiting are still committed', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 1 })
  const adding = Array.from({ length: 5_000 }, (_, n) => group.add(`${n}`))
  await expect(group.add('one too many')).rejects.toThrow('overloaded')
  held.release()
  expect(await Promise.all(adding)).toHaveLength(5_000)
  expect(held.batches.flat()).not.toContain('one too many')
  expect(await group.add('room again')).toBe('room again!')
})

test('waiting events are bounded in bytes as well', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf: () => 8_000_000, overloaded, concurrency: 1 })
  const adding = Array.from({ length: 8 }, (_, n) => group.add(`${n}`))
  await expect(group.add('one too many')).rejects.toThrow('overloaded')
  held.release()
  await Promise.all(adding)
})

test('a flush that fails because of one item is split until the item is alone; the rest are committed', async () => {
  const poison = heldCommit((batch) => {
    if (batch.includes('poison')) throw new Error(`cannot store ${batch.length}`)
    return batch.map((item) => `${item}!`)
  })
  const group = createGroupCommit({ commit: poison.commit, sizeOf, overloaded, concurrency: 1 })
  poison.release()
  const items = Array.from({ length: 100 }, (_, n) => (n === 37 ? 'poison' : `${n}`))
  const results = await Promise.allSettled(items.map((item) => group.add(item)))
  const failed = results.filter((result) => result.status === 'rejected')
  expect(failed).toHaveLength(1)
  expect(failed[0]?.reason).toEqual(new Error('cannot store 1'))
  expect(results[37]?.status).toBe('rejected')
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : null))).toEqual(
    items.map((item) => (item === 'poison' ? null : `${item}!`)),
  )
  // Halving: 1 + 2 for each of the 7 levels at most, not one transaction an item.
  expect(poison.batches.length).toBeLessThanOrEqual(15)
})

test('an outage splits no flush: all callers get the error after one attempt', async () => {
  const outage = heldCommit(() => {
    throw new RetryLater('the database is away')
  })
  const group = createGroupCommit({ commit: outage.commit, sizeOf, overloaded, concurrency: 1 })
  outage.release()
  const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((item) => group.add(item)))
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
  expect(outage.batches).toHaveLength(1)
})

test('a failed flush does not stop the next', async () => {
  let isBroken = true
  const flaky = heldCommit((batch) => {
    if (isBroken) throw new RetryLater('away')
    return batch
  })
  const group = createGroupCommit({ commit: flaky.commit, sizeOf, overloaded, concurrency: 1 })
  flaky.release()
  await expect(group.add('a')).rejects.toThrow('away')
  isBroken = false
  expect(await group.add('a')).toBe('a')
})

test('draining waits for everything that was added, and for nothing when there is nothing', async () => {
  const held = heldCommit()
  const group = createGroupCommit({ commit: held.commit, sizeOf, overloaded, concurrency: 1 })
  await group.drain()
  const adding = [group.add('a')]
  await nextTurn()
  adding.push(group.add('b'))
  let drained = false
  const draining = group.drain().then(() => {
    drained = true
  })
  await nextTurn()
  expect(drained).toBe(false)
  held.release()
  await draining
  expect(held.batches).toEqual([['a'], ['b']])
  expect(await Promise.all(adding)).toEqual(['a!', 'b!'])
})
