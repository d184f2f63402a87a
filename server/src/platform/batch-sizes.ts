/** Stores whose batches are smaller than usual; beyond that the oldest is forgotten and begins with a full batch again. */
const MAX_STORES = 10_000

/**
 * How much of a store's work is done together, at most `most`. A batch that fails is halved, turn by turn, until the work at fault stands
 * alone and can be told from the rest; with every batch that succeeds the number doubles.
 */
export function createBatchSizes(most: number) {
  const sizes = new Map<number, number>()
  return {
    of: (storeId: number) => sizes.get(storeId) ?? most,
    /** `failed` is how much was in the batch. */
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

/** Rows of which failures are counted; beyond that the oldest count is forgotten. */
const MAX_COUNTED = 10_000

/** Counts how often a piece of work has failed alone, in this process: for work whose table has no column for it. */
export function createFailureCounts() {
  const counts = new Map<number, number>()
  return {
    /** Counts one more failure of the row with this id, and gives how many there were. */
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
