/** From 0 to at least `largest` in at most five even steps of 1, 2 or 5 times a power of ten; whole numbers only. */
export function niceTicks(largest: number): number[] {
  const rough = Math.max(1, largest) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10) * power)
  const count = Math.max(1, Math.ceil(largest / step))
  return Array.from({ length: count + 1 }, (_, place) => place * step)
}
