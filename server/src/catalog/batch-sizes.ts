/** Enough events to make a batch worth its transaction, few enough that the next store waits little. */
export const MAX_EVENTS_A_TURN = 100
/** Stores whose batches are smaller than usual; beyond that the oldest is forgotten and begins with a full batch again. */
const MAX_STORES = 10_000

/**
 * How many events of a store are applied together. A batch that fails is halved, turn by turn, until the event at fault stands alone and
 * can be told from the others; with every batch that succeeds the number doubles.
 */
export function createBatchSizes() {
  const sizes = new Map<number, number>()
  return {
    of: (storeId: number) => sizes.get(storeId) ?? MAX_EVENTS_A_TURN,
    /** `failed` is how many events were in the batch. */
    halve: (storeId: number, failed: number) => {
      sizes.delete(storeId)
      sizes.set(storeId, Math.max(1, failed >> 1))
      const [oldest] = sizes.keys()
      if (sizes.size > MAX_STORES && oldest !== undefined) sizes.delete(oldest)
    },
    double: (storeId: number) => {
      const size = sizes.get(storeId)
      if (size === undefined) return
      if (size * 2 >= MAX_EVENTS_A_TURN) sizes.delete(storeId)
      else sizes.set(storeId, size * 2)
    },
  }
}
