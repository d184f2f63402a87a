import { LRUCache } from 'lru-cache'

interface Options {
  /** Most entries; the least recently used one is dropped first. */
  max: number
  /** Milliseconds after which an entry is forgotten; never by default. */
  ttl?: number
}

/** A cache of up to `max` entries that takes memory as it fills. `LRUCache` with its own `max` takes it for all entries at once. */
export function createBoundedCache<Key extends {}, Value extends {}>({ max, ttl }: Options): LRUCache<Key, Value> {
  return new LRUCache<Key, Value>({ maxSize: max, sizeCalculation: () => 1, ...(ttl !== undefined && { ttl }) })
}
