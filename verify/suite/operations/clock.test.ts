import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

const DAY_MS = 24 * 3600 * 1000

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterEach(() => vi.useRealTimers())
afterAll(() => server.stop())

/** Sets this machine's clock, as the server reads it, and the embedded database with it; a PostgreSQL server has its own. */
function stepClock(days: number): void {
  vi.useRealTimers()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY_MS, shouldAdvanceTime: true })
}

const stored = async (id: number) => {
  const [row] = await server.sql<{ name: string; is_active: boolean }>(
    'select name, is_active from products where store_id = $1 and external_id = $2',
    [shop.storeId, `woo_${id}`],
  )
  return row
}

test.each([1, -1])('a clock set %i day off, and back, changes nothing about which version wins', async (days) => {
  const id = 10 + days
  const at = 1_762_768_200_000_000
  const send = async (version: number, name: string) =>
    expect((await shop.send(anUpdate({ id, name }, { version }))).status).toBe(202)
  await send(at + 1, 'Before the step')
  stepClock(days)
  await send(at + 3, 'After the step')
  await send(at + 2, 'Older')
  await server.settled()
  expect((await stored(id))?.name).toBe('After the step')
  stepClock(0)
  await send(at + 2.5 * 2, 'Back again')
  await shop.send(aDeletion(id, { version: at + 4 }))
  await server.settled()
  expect(await stored(id)).toEqual({ name: 'Back again', is_active: true })
})

test('a clock that is set back delays no stage and does not extend the cache of a revoked token', async () => {
  const revoked = await server.newShop()
  stepClock(1)
  // A rush, so that the stages rest for the sake of receipts; and a token that is believed for a while.
  const rush = Array.from({ length: 60 }, (_, n) => revoked.send(anUpdate({ id: 100 + n })))
  expect(new Set((await Promise.all(rush)).map((answer) => answer.status))).toEqual(new Set([202]))
  stepClock(0)
  await server.settled()
  expect((await server.admin('DELETE', `/api/v1/integrations/tokens/${revoked.tokenId}/`)).status).toBe(204)
  await waitFor('the token to be refused', async () => (await revoked.send(anUpdate())).status === 401)
})

test('two edits in one second, with and without a version, end as the later one', async () => {
  const sameSecond = '2025-11-10T09:30:00Z'
  await shop.sendBatch([
    anUpdate({ id: 30, name: 'First', date_modified: sameSecond }, { version: undefined }),
    anUpdate({ id: 30, name: 'Second', date_modified: sameSecond }, { version: undefined }),
    anUpdate({ id: 31, name: 'First' }, { version: 1_762_768_200_000_001 }),
    anUpdate({ id: 31, name: 'Second' }, { version: 1_762_768_200_000_002 }),
  ])
  await server.settled()
  expect([(await stored(30))?.name, (await stored(31))?.name]).toEqual(['Second', 'Second'])
})
