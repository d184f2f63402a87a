import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuseRanks, rankWordHits } from '../../server/src/search/fuse-ranks.ts'

const ids = (fused: { id: number }[]) => fused.map((entry) => entry.id)

test('results of both methods come before results of only one', () => {
  expect(
    ids(
      fuseRanks([
        [1, 2, 3],
        [4, 5, 3],
      ]),
    )[0],
  ).toBe(3)
})

test('of two first places the one of the earlier list comes first', () => {
  expect(ids(fuseRanks([[9], [1]]))).toEqual([9, 1])
  expect(ids(fuseRanks([[], [1]]))).toEqual([1])
  expect(fuseRanks([[], []])).toEqual([])
})

test('every id appears once, scores never rise, and an order agreed on by all lists stays', () => {
  const list = fc.uniqueArray(fc.integer({ min: 1, max: 30 }))
  fc.assert(
    fc.property(list, list, (words, vectors) => {
      const fused = fuseRanks([words, vectors])
      expect(ids(fused).sort()).toEqual([...new Set([...words, ...vectors])].sort())
      for (const [index, entry] of fused.entries()) {
        expect(entry.score).toBeGreaterThan(0)
        if (index > 0) expect(entry.score).toBeLessThanOrEqual(fused[index - 1]?.score ?? 0)
      }
      expect(ids(fuseRanks([words, words]))).toEqual(words)
    }),
  )
})

test('a rare word weighs more than a common one, in any position', () => {
  const common = [1, 2, 3, 4].map((id) => ({ id, matches: [true, false], rank: 0.9 }))
  expect(rankWordHits([...common, { id: 5, matches: [false, true], rank: 0.1 }])[0]).toBe(5)
})

test('the product with more of the words comes first, then the better position of them, then the older product', () => {
  const hit = (id: number, matches: boolean[], rank: number) => ({ id, matches, rank })
  expect(rankWordHits([hit(1, [true, false], 0.9), hit(2, [true, true], 0.1)])).toEqual([2, 1])
  expect(rankWordHits([hit(1, [true], 0.1), hit(2, [true], 0.9)])).toEqual([2, 1])
  expect(rankWordHits([hit(2, [true], 0.5), hit(1, [true], 0.5)])).toEqual([1, 2])
  expect(rankWordHits([])).toEqual([])
})
