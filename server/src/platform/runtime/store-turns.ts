import type { Sql } from '../db/database.ts'
import { newestStores, type StoreInTurn, storesInTurn, type WorkList } from './fair-turns.ts'
import type { Turn } from './stage-runner.ts'

/**
 * Stores per look-up. All of them get their turn before the next look-up: with 10,000 stores, one look-up per store took half of
 * the time.
 */
const STORES_AT_ONCE = 64
/** During backfill, interval of the check for live work. Live work waits at most this long, plus the turn in progress. */
const LOOK_FOR_LIVE_MS = 50
/**
 * When more stores wait than one look-up finds, this many stores with the newest live work go first, at this interval. A quiet shop
 * does not wait for 10,000 others, and most turns remain for those.
 */
const NEWEST_STORES = 8
const LOOK_FOR_NEWEST_MS = 250
/** From this many waiting stores on, several are processed in parallel; below, one after the other. */
const MANY_STORES = 8
/** A turn that takes longer no longer blocks the next store. */
const SLOW_MS = 250
/** During a slow turn, interval of the check for new work. */
const LOOK_AGAIN_MS = 50
/** Pause of a store that another worker holds or has just finished. */
const BUSY_REST_MS = 100
const FIRST_REST_MS = 250
const LONGEST_REST_MS = 5_000
/** Stores with a remembered pause; above this the oldest is dropped. */
const MAX_RESTING = 10_000

/** A turn of a store: 0 live, 1 backfill. */
export interface StoreTurn extends StoreInTurn {
  priority: 0 | 1
}

/**
 * Result of a store's turn. `busy`: another worker has the store, or has done its work. `failed`: the store pauses, longer each
 * time, while the other stores continue.
 */
export type TurnResult = 'worked' | 'busy' | 'failed'

interface Options {
  service: Sql
  list: WorkList
  /** True when the ids of the list follow the time of arrival. */
  knowsNewest: boolean
  /** Maximum stores in parallel: 1 with a single connection. */
  atOnce: number
  /** Processes a bounded part of the store's work. @throws only outages: the whole stage then pauses */
  work(turn: StoreTurn): Promise<TurnResult>
  /** Receives the stores of the next turns when many wait, to read data for all of them at once. */
  lookAhead?(stores: StoreInTurn[], priority: 0 | 1): Promise<void>
  /** Time (`performance.now()`) at which pausing work is due. */
  nextDue?(): Promise<number | null>
}

interface Rest {
  until: number
  failures: number
}

/**
 * Gives stores their turns: in order, live before backfill, several in parallel when many wait. A failing store pauses alone; a
 * slow turn delays no other store while a slot is free.
 */
export function takeStoresInTurn({ service, list, knowsNewest, atOnce, work, lookAhead, nextDue }: Options): {
  takeTurn(): Promise<Turn>
  /** True while the last look-up was full: more stores may wait. */
  isBehind(): boolean
  /** Waits for the turns in progress. */
  drain(): Promise<void>
} {
  const waiting: [StoreInTurn[], StoreInTurn[]] = [[], []]
  const lastStore: [number, number] = [0, 0]
  const running = new Map<number, { ended: Promise<void>; since: number }>()
  const rests = new Map<number, Rest>()
  const outages: unknown[] = []
  let liveLookedAt = Number.NEGATIVE_INFINITY
  let newestLookedAt = Number.NEGATIVE_INFINITY
  const isBehind: [boolean, boolean] = [false, false]

  const isFree = (storeId: number) => !running.has(storeId) && (rests.get(storeId)?.until ?? 0) <= performance.now()

  /** A store in progress keeps its place until it is free or no other store is left. */
  const takeFirst = (priority: 0 | 1): StoreTurn | null => {
    const at = waiting[priority].findIndex((store) => isFree(store.storeId))
    const [store] = at < 0 ? [] : waiting[priority].splice(at, 1)
    if (!store) waiting[priority] = []
    return store ? { ...store, priority } : null
  }

  /** Returns whether more stores may follow. */
  const lookUp = async (priority: 0 | 1): Promise<boolean> => {
    if (priority === 0) liveLookedAt = performance.now()
    const stores = await storesInTurn(service, list, priority, lastStore[priority], STORES_AT_ONCE)
    lastStore[priority] = stores.at(-1)?.storeId ?? lastStore[priority]
    waiting[priority] = stores
    isBehind[priority] = stores.length === STORES_AT_ONCE
    if (stores.length >= MANY_STORES) await lookAhead?.(stores, priority)
    return isBehind[priority]
  }

  const lookUpAndTake = async (priority: 0 | 1) => {
    // Pausing stores take no place: when a look-up finds only such stores, the next ones are looked up.
    for (let pages = 1 + Math.ceil(rests.size / STORES_AT_ONCE); pages > 0; pages -= 1) {
      const isMore = await lookUp(priority)
      const turn = takeFirst(priority)
      if (turn || !isMore) return turn
    }
    return null
  }

  const bringNewest = async () => {
    newestLookedAt = performance.now()
    const newest = await newestStores(service, list, 0, NEWEST_STORES)
    const early = new Set(newest.map((store) => store.storeId))
    waiting[0] = [...newest, ...waiting[0].filter((store) => !early.has(store.storeId))]
  }

  const nextStore = async (): Promise<StoreTurn | null> => {
    if (knowsNewest && isBehind[0] && performance.now() - newestLookedAt >= LOOK_FOR_NEWEST_MS) await bringNewest()
    const isLiveKnown = waiting[1].length > 0 && performance.now() - liveLookedAt < LOOK_FOR_LIVE_MS
    const live = takeFirst(0) ?? (isLiveKnown ? null : await lookUpAndTake(0))
    return live ?? takeFirst(1) ?? (await lookUpAndTake(1))
  }

  const rest = (storeId: number, result: 'failed' | 'busy') => {
    const before = rests.get(storeId)?.failures ?? 0
    const failures = result === 'failed' ? before + 1 : before
    const restMs = result === 'failed' ? Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** before) : BUSY_REST_MS
    rests.delete(storeId)
    rests.set(storeId, { until: performance.now() + restMs, failures })
    const [oldest] = rests.keys()
    if (rests.size > MAX_RESTING && oldest !== undefined) rests.delete(oldest)
  }

  const begin = (turn: StoreTurn) => {
    const { storeId } = turn
    const ended = work(turn)
      .then((result) => {
        if (result === 'worked') rests.delete(storeId)
        else rest(storeId, result)
      })
      .catch((error: unknown) => {
        outages.push(error)
      })
      .finally(() => running.delete(storeId))
    running.set(storeId, { ended, since: performance.now() })
  }

  const hasRoom = () => {
    if (running.size >= atOnce) return false
    if (waiting[0].length + waiting[1].length >= MANY_STORES) return true
    return [...running.values()].every(({ since }) => performance.now() - since >= SLOW_MS)
  }

  const waitForRoom = async () => {
    while (outages.length === 0 && !hasRoom()) {
      let timer: NodeJS.Timeout | undefined
      const isSlow = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, SLOW_MS)
      })
      const ends = [...running.values()].map(({ ended }) => ended)
      await Promise.race(running.size < atOnce ? [...ends, isSlow] : ends)
      clearTimeout(timer)
    }
  }

  const whenAgain = async () => {
    const times = [...rests.values()].map(({ until }) => until).filter((until) => until > performance.now())
    if (running.size > 0) times.push(performance.now() + LOOK_AGAIN_MS)
    const due = await nextDue?.()
    if (due != null) times.push(due)
    return times.length === 0 ? null : times.reduce((earliest, time) => Math.min(earliest, time))
  }

  return {
    takeTurn: async () => {
      const turn = outages.length === 0 ? await nextStore() : null
      if (turn) {
        begin(turn)
        await waitForRoom()
      }
      if (outages.length > 0) {
        // One outage ends all turns in progress, and the stage pauses once.
        const [outage] = outages.splice(0)
        throw outage
      }
      return turn ? 'more' : { nextAt: await whenAgain() }
    },
    isBehind: () => isBehind[0] || isBehind[1],
    drain: async () => {
      await Promise.all([...running.values()].map(({ ended }) => ended))
    },
  }
}
