import { LRUCache } from 'lru-cache'

interface Options {
  /** Most entries; the least recently used one is dropped first. */
  max: number
  /** Milliseconds after which an entry is forgotten; never by default. */
  ttl?: number
}

/**
 * A cache of up to `max` entries that takes memory for the entries it has. `LRUCache` with its own `max` takes the memory for all of them
 * at once: 20,000 entries cost 30 ms of CPU and 1 MB, and a server has six such caches (`npm run bench -- start`).
 */
export function createBoundedCache<Key extends {}, Value extends {}>({ max, ttl }: Options): LRUCache<Key, Value> {
  return new LRUCache<Key, Value>({ maxSize: max, sizeCalculation: () => 1, ...(ttl !== undefined && { ttl }) })
}
