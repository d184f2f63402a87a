/** Numbers that look random and are the same in every run with the same seed (xorshift32). */
export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number
  oneOf<T>(list: readonly [T, ...T[]]): T
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0 || 1
  const below = (limit: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % limit
  }
  return { below, oneOf: <T>(list: readonly [T, ...T[]]) => list[below(list.length)] as T }
}
