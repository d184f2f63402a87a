import { describe, expect, test } from 'vitest'
import { createQuerySlots } from '../../server/src/search/vectors/query-slots.ts'
import { createQueryVectors } from '../../server/src/search/vectors/query-vectors.ts'

describe('the vectors of queries', () => {
  const vector = new Float32Array(250) // 1,000 bytes, and 200 around them
  const limits = { maxBytes: 20_000, maxBytesPerAsker: 5_000, refusedMs: 60_000 }

  test('are apart for each asker, and admins are one', () => {
    const vectors = createQueryVectors(limits)
    vectors.keep(1, 'a', vector)
    expect(vectors.get(1, 'a')).toBe(vector)
    expect(vectors.get(2, 'a')).toBeUndefined()
    expect(vectors.get(null, 'a')).toBeUndefined()
    vectors.refuse(null, 'b')
    expect(vectors.get(null, 'b')).toBe('refused')
    expect(vectors.get(1, 'b')).toBeUndefined()
  })

  test('of one asker push out only that asker’s', () => {
    const vectors = createQueryVectors(limits)
    vectors.keep(1, 'kept', vector)
    for (let nth = 0; nth < 100; nth += 1) vectors.keep(2, `flood ${nth}`, vector)
    expect(vectors.get(1, 'kept')).toBe(vector)
    expect(vectors.get(2, 'flood 99')).toBe(vector)
    expect(vectors.get(2, 'flood 0')).toBeUndefined()
    expect(vectors.bytes()).toBeLessThanOrEqual(5_000 + 1_300)
  })

  test('of many askers never take more than all may have, and those of the quietest go first', () => {
    const vectors = createQueryVectors(limits)
    for (let asker = 1; asker <= 200; asker += 1) {
      for (let nth = 0; nth < 3; nth += 1) vectors.keep(asker, `q${nth}`, vector)
      vectors.refuse(asker, 'refused')
      vectors.get(1, 'q0')
      expect(vectors.bytes()).toBeLessThanOrEqual(limits.maxBytes)
    }
    expect(vectors.get(1, 'q0')).toBe(vector)
    expect(vectors.get(2, 'q0')).toBeUndefined()
    expect(vectors.get(200, 'q2')).toBe(vector)
  })

  test('that are larger than a whole share are not kept', () => {
    const vectors = createQueryVectors(limits)
    vectors.keep(1, 'a', new Float32Array(2_000))
    expect(vectors.get(1, 'a')).toBeUndefined()
    expect(vectors.bytes()).toBe(0)
  })
})

describe('the slots of an asker', () => {
  const never = new AbortController().signal

  test('are bounded for each tenant, independent of other tenants', async () => {
    const slots = createQuerySlots({ slots: 2, maxWaiting: 1 })
    expect(await slots.take(1, never)).toBe('free')
    expect(await slots.take(1, never)).toBe('free')
    const waiting = slots.take(1, never)
    expect(await slots.take(1, never)).toBeNull()
    expect(await slots.take(2, never)).toBe('free')
    slots.giveBack(1)
    expect(await waiting).toBe('waited')
    slots.giveBack(1)
    slots.giveBack(1)
    expect(await slots.take(1, never)).toBe('free')
  })

  test('are not waited for beyond the asker’s patience, and none is lost by that', async () => {
    const slots = createQuerySlots({ slots: 1, maxWaiting: 5 })
    await slots.take(1, never)
    const impatient = new AbortController()
    const gaveUp = slots.take(1, impatient.signal)
    const patient = slots.take(1, never)
    impatient.abort()
    expect(await gaveUp).toBeNull()
    slots.giveBack(1)
    expect(await patient).toBe('waited')
    slots.giveBack(1)
    expect(await slots.take(1, impatient.signal)).toBe('free')
    expect(await slots.take(1, impatient.signal)).toBeNull()
  })
})
