import { isOutage } from '../platform/errors.ts'

export interface GroupCommit<Item, Answer> {
  /** Resolves when the item is committed. @throws the error of the commit, or `overloaded()` when the queue is full */
  add(item: Item): Promise<Answer>
  /** Waits for all added items. */
  drain(): Promise<void>
}

interface Options<Item, Answer> {
  /** Commits a batch in one transaction; returns the answers in the order of the batch. */
  commit(batch: Item[]): Promise<Answer[]>
  /** Size of an item in bytes: a flush and the queue are limited by count and by bytes. */
  sizeOf(item: Item): number
  overloaded(): Error
  /** Maximum flushes in flight: 1 with a single connection. */
  concurrency: number
}

const MAX_BATCH_EVENTS = 200
const MAX_BATCH_BYTES = 8_000_000
const MAX_PENDING_EVENTS = 5_000
const MAX_PENDING_BYTES = 64_000_000

interface Waiting<Item, Answer> {
  item: Item
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/**
 * Commits the items of many callers in one transaction: flushes at once when idle, and collects items while a flush is in flight. A
 * single caller does not wait, and under load twice as many events are stored as with a fixed 5 ms timer (`npm run bench`).
 * A flush that fails for another reason than an outage is split in halves until the faulty item is alone: its caller gets the
 * error, all others are stored.
 */
export function createGroupCommit<Item, Answer>(options: Options<Item, Answer>): GroupCommit<Item, Answer> {
  let waiting: Waiting<Item, Answer>[] = []
  let waitingBytes = 0
  let inFlight = 0
  let scheduled = false
  let idle: (() => void)[] = []

  const schedule = () => {
    if (scheduled || inFlight >= options.concurrency || waiting.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      if (inFlight < options.concurrency) void flush()
      schedule()
    })
  }

  const takeBatch = () => {
    let count = 0
    let bytes = 0
    while (count < waiting.length && count < MAX_BATCH_EVENTS) {
      const next = waiting[count]
      if (!next) break
      const size = options.sizeOf(next.item)
      if (count > 0 && bytes + size > MAX_BATCH_BYTES) break
      bytes += size
      count += 1
    }
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= bytes
    return batch
  }

  const flush = async () => {
    const batch = takeBatch()
    if (batch.length === 0) return
    inFlight += 1
    await commitOrSplit(batch)
    inFlight -= 1
    if (inFlight === 0 && waiting.length === 0) {
      for (const resolve of idle.splice(0)) resolve()
    }
    schedule()
  }

  const commitOrSplit = async (batch: Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await options.commit(batch.map((entry) => entry.item))
      for (const [index, entry] of batch.entries()) entry.resolve(answers[index] as Answer)
    } catch (error) {
      if (batch.length === 1 || isOutage(error)) {
        for (const entry of batch) entry.reject(error)
        return
      }
      const middle = batch.length >> 1
      await commitOrSplit(batch.slice(0, middle))
      await commitOrSplit(batch.slice(middle))
    }
  }

  return {
    add: (item) =>
      new Promise<Answer>((resolve, reject) => {
        const size = options.sizeOf(item)
        if (waiting.length >= MAX_PENDING_EVENTS || waitingBytes + size > MAX_PENDING_BYTES) {
          reject(options.overloaded())
          return
        }
        waiting.push({ item, resolve, reject })
        waitingBytes += size
        schedule()
      }),
    drain: () =>
      inFlight === 0 && waiting.length === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            idle = [...idle, resolve]
          }),
  }
}
