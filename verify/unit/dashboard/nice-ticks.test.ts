import { expect, test } from 'vitest'
import { niceTicks } from '../../../dashboard/src/components/charts/nice-ticks.ts'

test('the ticks begin at 0, are even whole numbers and reach the largest value', () => {
  for (const largest of [0, 1, 3, 7, 42, 99, 100, 101, 12_345, 1_000_000]) {
    const ticks = niceTicks(largest)
    const step = (ticks[1] ?? 0) - (ticks[0] ?? 0)
    expect(ticks[0]).toBe(0)
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(largest)
    expect(ticks.length).toBeGreaterThan(1)
    expect(ticks.length).toBeLessThanOrEqual(6)
    for (const [place, tick] of ticks.entries()) expect(tick).toBe(place * step)
    expect(Number.isInteger(step)).toBe(true)
  }
})
