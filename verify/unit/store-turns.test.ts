import { expect, test } from 'vitest'
import type { Sql } from '../../server/src/platform/db/database.ts'
import { type StoreTurn, type TurnResult, takeStoresInTurn } from '../../server/src/platform/runtime/store-turns.ts'

/** A work list in memory: stores with open work, by priority; the store of the newest work. */
function workOf(open: { live: Set<number>; backfill: Set<number>; newest?: number }) {
  const query = async (text: string, values: readonly unknown[] = []) => {
    if (!text.includes('with recursive turn'))
      return open.newest === undefined ? [] : [{ storeId: open.newest, tenantId: 1 }]
    const [priority, after, limit] = values as [number, number, number]
    const stores = [...(priority === 0 ? open.live : open.backfill)].sort((a, b) => a - b).filter((id) => id > after)
    return stores.slice(0, limit).map((storeId) => ({ storeId, tenantId: 1 }))
  }
  return { query } as Sql
}

function turnsOver(
  open: Parameters<typeof workOf>[0],
  work: (turn: StoreTurn) => Promise<TurnResult> | TurnResult,
  { atOnce = 1, knowsNewest = false } = {},
) {
  const taken: number[] = []
  const turns = takeStoresInTurn({
    service: workOf(open),
    list: { table: 'work', open: 'true' },
    knowsNewest,
    atOnce,
    work: async (turn) => {
      taken.push(turn.storeId)
      return await work(turn)
    },
  })
  return { ...turns, taken }
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

test('every store has its turn before any has a second one', async () => {
  const { takeTurn, taken } = turnsOver({ live: new Set(range(100)), backfill: new Set() }, () => 'worked')
  for (let turn = 0; turn < 200; turn += 1) await takeTurn()
  expect(taken.slice(0, 100)).toEqual(range(100))
  expect(taken.slice(100)).toEqual(range(100))
})

test('a failing store waits, and the others have their turns meanwhile', async () => {
  const { takeTurn, taken } = turnsOver({ live: new Set([1, 2, 3]), backfill: new Set() }, ({ storeId }) =>
    storeId === 2 ? 'failed' : 'worked',
  )
  for (let turn = 0; turn < 9; turn += 1) await takeTurn()
  expect(taken).toEqual([1, 2, 3, 1, 3, 1, 3, 1, 3])
})

test('if all stores wait, the stage gets the time of the first store’s next turn', async () => {
  const { takeTurn, taken } = turnsOver({ live: new Set([1]), backfill: new Set() }, () => 'failed')
  await takeTurn()
  const turn = await takeTurn()
  expect(taken).toEqual([1])
  expect(turn).toEqual({ nextAt: expect.any(Number) })
  const waitMs = (turn as { nextAt: number }).nextAt - performance.now()
  expect(waitMs).toBeGreaterThan(0)
  expect(waitMs).toBeLessThanOrEqual(250)
})

test('an outage is passed on, and the next turn belongs to the next store', async () => {
  let isDown = true
  const { takeTurn, taken } = turnsOver({ live: new Set([1, 2]), backfill: new Set() }, () => {
    if (isDown) throw new Error('down')
    return 'worked'
  })
  await expect(takeTurn()).rejects.toThrow('down')
  isDown = false
  await takeTurn()
  expect(taken).toEqual([1, 2])
})

test('a long turn delays no other store, and the stage waits for it at the end', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const live = new Set([1, 2])
  const { takeTurn, drain, taken } = turnsOver(
    { live, backfill: new Set() },
    async ({ storeId }): Promise<TurnResult> => {
      if (storeId === 1) await gate
      live.delete(storeId)
      return 'worked'
    },
    { atOnce: 2 },
  )
  await takeTurn()
  await takeTurn()
  expect(taken).toEqual([1, 2])
  expect(live).toEqual(new Set([1]))
  // The store that is being worked on is given to no second turn.
  expect(await takeTurn()).toEqual({ nextAt: expect.any(Number) })
  expect(taken).toEqual([1, 2])
  const draining = drain()
  open()
  await draining
  expect(live).toEqual(new Set())
})

test('live events that arrive during a long list of backfill do not wait for its end', async () => {
  const open = { live: new Set<number>(), backfill: new Set(range(60)) }
  const { takeTurn, taken } = turnsOver(open, async ({ storeId }): Promise<TurnResult> => {
    open.live.delete(storeId)
    open.backfill.delete(storeId)
    await new Promise((resolve) => setTimeout(resolve, 10))
    return 'worked'
  })
  await takeTurn()
  open.live.add(1_000)
  while (open.backfill.size > 0) await takeTurn()
  expect(taken.indexOf(1_000)).toBeGreaterThan(0)
  expect(taken.indexOf(1_000)).toBeLessThan(10)
})

test('with a thousand stores waiting, the store of the newest work does not wait for all of them', async () => {
  const open = { live: new Set(range(1_000)), backfill: new Set<number>(), newest: 1_000 }
  const { takeTurn, taken } = turnsOver(open, () => 'worked', { knowsNewest: true })
  for (let turn = 0; turn < 65; turn += 1) await takeTurn()
  expect(taken.slice(0, 65)).toEqual([1, 1_000, ...range(64).slice(1)])
})
