import type { Sql } from './database.ts'
import { newestStores, type StoreInTurn, storesInTurn, type WorkList } from './fair-turns.ts'
import type { Turn } from './stage-runner.ts'

/** Stores that one look-up finds. All of them have their turn before the next look-up: with 10,000 stores a look-up a store was half the time. */
const STORES_AT_ONCE = 64
/** While backfill goes on, live work is looked for this often: it waits for so long and for the turn in progress. */
const LOOK_FOR_LIVE_MS = 50
/**
 * Where more stores wait than one look-up finds, those of the newest live work go first, so many of them so often: a shop that was quiet
 * does not wait for 10,000 others, and most turns are left to these.
 */
const NEWEST_STORES = 8
const LOOK_FOR_NEWEST_MS = 250
/** From so many waiting stores on several are worked on at once; below, one after the other, each at its place. */
const MANY_STORES = 8
/** A turn that takes longer no longer holds up the next store. */
const SLOW_MS = 250
/** While a slow turn goes on, new work is looked for this often. */
const LOOK_AGAIN_MS = 50
/** Another worker has the store, or has just done its work: it is left alone for this long. */
const BUSY_REST_MS = 100
const FIRST_REST_MS = 250
const LONGEST_REST_MS = 5_000
/** Stores of which a rest is remembered; beyond that the oldest is forgotten. */
const MAX_RESTING = 10_000

/** A store's turn: 0 live, 1 backfill. */
export interface StoreTurn extends StoreInTurn {
  priority: 0 | 1
}

/**
 * What came of a store's turn. `busy`: another worker has the store, or has done its work. `failed`: the store rests, longer each time,
 * while the turns of the others go on.
 */
export type TurnResult = 'worked' | 'busy' | 'failed'

interface Options {
  service: Sql
  list: WorkList
  /** Ids of the list follow the time of arrival. */
  knowsNewest: boolean
  /** How many stores may be worked on at once: 1 where there is one connection. */
  atOnce: number
  /** Does a bounded part of the store's work. @throws only what is an outage: the whole stage then pauses */
  work(turn: StoreTurn): Promise<TurnResult>
  /** Told of the stores whose turns come next, where many wait: what it reads for all of them at once, it need not read in each turn. */
  lookAhead?(stores: StoreInTurn[], priority: 0 | 1): Promise<void>
  /** When work that rests is due, as a time of `performance.now()`. */
  nextDue?(): Promise<number | null>
}

interface Rest {
  until: number
  failures: number
}

/**
 * Gives stores their turns: in order, live before backfill, several at once where many wait. A store that fails rests by itself, and a
 * turn that takes long holds up nobody else as long as there is another place.
 */
export function takeStoresInTurn({ service, list, knowsNewest, atOnce, work, lookAhead, nextDue }: Options): {
  takeTurn(): Promise<Turn>
  /** True while a whole look-up of stores is waiting: there may be many more. */
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

  /** A store that is being worked on keeps its place until it is free, or no other one is left. */
  const takeFirst = (priority: 0 | 1): StoreTurn | null => {
    const at = waiting[priority].findIndex((store) => isFree(store.storeId))
    const [store] = at < 0 ? [] : waiting[priority].splice(at, 1)
    if (!store) waiting[priority] = []
    return store ? { ...store, priority } : null
  }

  /** Gives whether there may be more stores behind those that were found. */
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
    // Stores that rest take no place: behind a whole look-up of them the next ones are found.
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
        // The same outage ends all turns in progress: the stage pauses once.
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
