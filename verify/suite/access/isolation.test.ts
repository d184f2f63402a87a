import { afterAll, beforeAll, expect, test } from 'vitest'
import { runIsolation } from '../../fuzz/isolation.ts'
import { ADMIN_API_KEY } from '../../fuzz/people.ts'
import { startTestServer, type TestServer } from '../../support/test-server.ts'

/** Four of each endpoint, on each database; `npm run isolation` makes 10,000. */
const ATTEMPTS = 150

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ ADMIN_API_KEY })
})
afterAll(() => server.stop())

test(`${ATTEMPTS} attempts to reach another tenant's objects find, reveal and change nothing`, async () => {
  const { sql, settled, url } = server
  const seed = 1 + Math.floor(Math.random() * 1e6)
  const outcome = await runIsolation({ url, sql, settled: () => settled(), attempts: ATTEMPTS, seed })
  const { found, toldApart, changed, shownToOwner } = outcome
  const again = `npm run isolation -- --attempts=${ATTEMPTS} --seed=${seed}`
  const few = (lines: string[]) => lines.slice(0, 10)
  expect({ found: few(found), toldApart: few(toldApart), changed }, again).toEqual({
    found: [],
    toldApart: [],
    changed: [],
  })
  // The same search finds the owner's things where the owner looks.
  expect(shownToOwner).toBeGreaterThanOrEqual(8)
})
