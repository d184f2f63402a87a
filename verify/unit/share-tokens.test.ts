import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareTokens } from '../../server/src/knowledge/share-tokens.ts'

test('shares are whole, add up to what the provider counted, and are within 1 of the exact ones', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), lengths, (tokens, own) => {
      const shares = shareTokens(tokens, own)
      const whole = own.reduce((sum, length) => sum + length, 0)
      expect(shares).toHaveLength(own.length)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(tokens)
      for (const [place, share] of shares.entries()) {
        expect(Number.isInteger(share) && share >= 0).toBe(true)
        expect(Math.abs(share - (tokens * (own[place] ?? 0)) / whole)).toBeLessThanOrEqual(1.000001)
      }
    }),
  )
})

test('the only tenant of a request has all of its tokens, and a request without texts has no shares', () => {
  expect(shareTokens(7, [3])).toEqual([7])
  expect(shareTokens(10, [1, 3])).toEqual([3, 7])
  expect(shareTokens(0, [1, 3])).toEqual([0, 0])
  expect(shareTokens(5, [])).toEqual([])
  expect(shareTokens(5, [0, 0]), 'texts without any length').toEqual([0, 5])
})
