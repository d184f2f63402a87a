import { LRUCache } from 'lru-cache'

/** Of each key so much at once, and then so much a second. Kept in this process, without a timer. */
export interface TokenBuckets {
  /** Takes `cost` (1). Returns 0, or, when there is too little, the whole seconds after which it is there. */
  take(key: string | number, cost?: number): number
  /** The same for what is done already: it may leave a debt, which whoever comes next waits for. */
  charge(key: string | number, cost: number): void
  giveBack(key: string | number, cost?: number): void
}

interface Options {
  perSecond: number
  burst: number
  /** Milliseconds of a clock that never steps. */
  now?: () => number
}

/** The least recently used key is forgotten first, and begins anew with a full bucket; 20,000 take about 3 MB. */
const MAX_KEYS = 20_000
/** Adding up fractions may leave a level this little below a whole number. */
const ROUNDING = 1e-6

export function createTokenBuckets({ perSecond, burst, now = () => performance.now() }: Options): TokenBuckets {
  const buckets = new LRUCache<string | number, { level: number; at: number }>({ max: MAX_KEYS })

  const filled = (key: string | number) => {
    const at = now()
    const bucket = buckets.get(key)
    if (!bucket) {
      const full = { level: burst, at }
      buckets.set(key, full)
      return full
    }
    bucket.level = Math.min(burst, bucket.level + ((at - bucket.at) / 1000) * perSecond)
    bucket.at = at
    return bucket
  }

  return {
    take: (key, cost = 1) => {
      const bucket = filled(key)
      const missing = cost - bucket.level
      if (missing > ROUNDING) return Math.ceil((missing - ROUNDING / 2) / perSecond)
      bucket.level -= cost
      return 0
    },
    charge: (key, cost) => {
      filled(key).level -= cost
    },
    giveBack: (key, cost = 1) => {
      const bucket = filled(key)
      bucket.level = Math.min(burst, bucket.level + cost)
    },
  }
}
