import { LRUCache } from 'lru-cache'

/** A tenant, or null for admins and the operator's key. Two askers share nothing in this folder. */
export type Asker = number | null

/** The cached result of a query text: its vector, or a recent refusal. */
export type KnownVector = Float32Array | 'refused'

export interface QueryVectors {
  get(asker: Asker, key: string): KnownVector | undefined
  keep(asker: Asker, key: string, vector: Float32Array): void
  /** Remembers a refusal for `refusedMs`. */
  refuse(asker: Asker, key: string): void
  /** Estimated size of all entries. */
  bytes(): number
}

interface Options {
  maxBytes: number
  /** Maximum size per asker; above it the asker's own entries are dropped. */
  maxBytesPerAsker: number
  /** Milliseconds after which a refused text may be sent again. */
  refusedMs: number
}

/** Size of an entry without its vector: key, list entries and object. */
const ENTRY_BYTES = 200

/**
 * Vectors of queries, separate for each asker: a shared cache would reveal another tenant's queries through `took_ms`. At the limit
 * of one asker its least recently used entry is dropped; at the total limit, entries of the asker that has been idle longest.
 */
export function createQueryVectors({ maxBytes, maxBytesPerAsker, refusedMs }: Options): QueryVectors {
  /** Ordered by last use, the longest idle first. */
  const askers = new Map<Asker, LRUCache<string, KnownVector>>()
  let bytes = 0

  const vectorsOf = (asker: Asker) => {
    const own =
      askers.get(asker) ??
      new LRUCache<string, KnownVector>({ maxSize: maxBytesPerAsker, sizeCalculation: sizeOf, ttlAutopurge: false })
    askers.delete(asker)
    askers.set(asker, own)
    return own
  }

  const put = (asker: Asker, key: string, value: KnownVector, ttl: number) => {
    const own = vectorsOf(asker)
    const before = own.calculatedSize
    own.set(key, value, { ttl })
    bytes += own.calculatedSize - before
    for (const [quietest, entries] of askers) {
      while (bytes > maxBytes && entries.size > 0) {
        const held = entries.calculatedSize
        entries.pop()
        bytes += entries.calculatedSize - held
      }
      if (entries.size === 0) askers.delete(quietest)
      if (bytes <= maxBytes) return
    }
  }

  return {
    get: (asker, key) => {
      if (!askers.has(asker)) return undefined
      const own = vectorsOf(asker)
      const before = own.calculatedSize
      // An expired refusal is removed by this read.
      const known = own.get(key)
      bytes += own.calculatedSize - before
      return known
    },
    keep: (asker, key, vector) => put(asker, key, vector, 0),
    refuse: (asker, key) => put(asker, key, 'refused', refusedMs),
    bytes: () => bytes,
  }
}

function sizeOf(value: KnownVector, key: string): number {
  return ENTRY_BYTES + 2 * key.length + (value === 'refused' ? 0 : value.byteLength)
}
