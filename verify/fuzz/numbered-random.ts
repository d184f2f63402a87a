import { createRandom, type Random } from '../../scripts/random.ts'

/**
 * Numbers for the n-th request of a seed, independent of earlier requests. Seed and number are mixed (MurmurHash3's last step)
 * because xorshift's first numbers follow its seed closely: neighbours would ask the same of the same routes.
 */
export function randomFor(seed: number, number: number): Random {
  let mixed = (Math.imul(seed, 0x9e3779b1) + Math.imul(number + 1, 0x85ebca77)) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  const random = createRandom(mixed ^ (mixed >>> 16))
  for (let skipped = 0; skipped < 4; skipped += 1) random.below(2)
  return random
}
