import { createBoundedCache } from '../runtime/bounded-cache.ts'

/** Token buckets by key: a burst, then a rate per second. In memory, without a timer. */
export interface TokenBuckets {
  /** Takes `cost` (default 1). Returns 0, or the whole seconds until enough is available. */
  take(key: string | number, cost?: number): number
  /** Charges work that is already done. The level may become negative; later callers wait for it. */
  charge(key: string | number, cost: number): void
  giveBack(key: string | number, cost?: number): void
}

interface Options {
  /** Read at each request, so that an object with getters changes the limits of a running server. */
  perSecond: number
  burst: number
  /** Milliseconds of a monotonic clock. */
  now?: () => number
}

/** The least recently used key is dropped first and restarts with a full bucket; 20,000 keys take about 3 MB. */
const MAX_KEYS = 20_000
/** Tolerance for rounding: a sum of fractions may end this little below a whole number. */
const ROUNDING = 1e-6

export function createTokenBuckets(options: Options): TokenBuckets {
  const { now = () => performance.now() } = options
  const buckets = createBoundedCache<string | number, { level: number; at: number }>({ max: MAX_KEYS })

  const filled = (key: string | number) => {
    const at = now()
    const { perSecond, burst } = options
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
      if (missing > ROUNDING) return Math.ceil((missing - ROUNDING / 2) / options.perSecond)
      bucket.level -= cost
      return 0
    },
    charge: (key, cost) => {
      filled(key).level -= cost
    },
    giveBack: (key, cost = 1) => {
      const bucket = filled(key)
      bucket.level = Math.min(options.burst, bucket.level + cost)
    },
  }
}
