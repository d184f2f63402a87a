import { LRUCache } from 'lru-cache'

/** Who asks: a tenant, or null for admins and the operator's key. Nothing in this folder is shared between two of them. */
export type Asker = number | null

/** What is known of a query text: its vector, or that the provider refused it a moment ago. */
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
  /** One asker's queries push out only that asker's, up to this size. */
  maxBytesPerAsker: number
  /** Milliseconds after which a refused text may be asked again. */
  refusedMs: number
}

/** An entry's key, its place in the lists and the object around the vector. */
const ENTRY_BYTES = 200

/**
 * Vectors of queries, apart for each asker: a shared vector would show in `took_ms` what another tenant has asked. The least
 * recently used entry of the asker goes first when the asker has its share; when all together have too much, the entries of
 * the asker that has been quiet for longest go.
 */
export function createQueryVectors({ maxBytes, maxBytesPerAsker, refusedMs }: Options): QueryVectors {
  /** In the order of their last use, the quietest first. */
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
      // A refusal that has become too old is taken out by the look at it.
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
