/** Stores with a reduced batch size. Above this the oldest entry is dropped, and that store starts again with a full batch. */
const MAX_STORES = 10_000

export type BatchSizes = ReturnType<typeof createBatchSizes>

/**
 * Batch size per store, at most `most`. A failed batch is halved on each turn until the faulty item is alone; every successful
 * batch doubles the size.
 */
export function createBatchSizes(most: number) {
  const sizes = new Map<number, number>()
  return {
    of: (storeId: number) => sizes.get(storeId) ?? most,
    /** `failed` is the size of the failed batch. */
    halve: (storeId: number, failed: number) => {
      sizes.delete(storeId)
      sizes.set(storeId, Math.max(1, failed >> 1))
      const [oldest] = sizes.keys()
      if (sizes.size > MAX_STORES && oldest !== undefined) sizes.delete(oldest)
    },
    double: (storeId: number) => {
      const size = sizes.get(storeId)
      if (size === undefined) return
      if (size * 2 >= most) sizes.delete(storeId)
      else sizes.set(storeId, size * 2)
    },
  }
}

/** Rows with a failure count. Above this the oldest count is dropped. */
const MAX_COUNTED = 10_000

/** Counts in memory how often an item failed alone, for tables without an attempts column. */
export function createFailureCounts() {
  const counts = new Map<number, number>()
  return {
    /** Adds one failure to the row with this id and returns the new count. */
    count: (id: number) => {
      const count = (counts.get(id) ?? 0) + 1
      counts.delete(id)
      counts.set(id, count)
      const [oldest] = counts.keys()
      if (counts.size > MAX_COUNTED && oldest !== undefined) counts.delete(oldest)
      return count
    },
  }
}
