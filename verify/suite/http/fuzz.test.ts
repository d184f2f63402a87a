import { expect, test } from 'vitest'
import { runCampaign } from '../../fuzz/campaign.ts'
import { databaseKind, freshDatabase } from '../../support/test-server.ts'

/** 5,000 in all; one costs the embedded database five times as much. `npm run fuzz` sends 100,000. */
const REQUESTS = databaseKind === 'embedded' ? 500 : 4500

test(`of ${REQUESTS} requests to every endpoint, right and wrong, none is a 5xx, and honest shops are served all along`, async () => {
  const database = await freshDatabase('prepared')
  const seed = 1 + Math.floor(Math.random() * 1e6)
  try {
    const outcome = await runCampaign({ requests: REQUESTS, seed, settings: database.env })
    const { violations, serverErrors, restarts, deadLetters, control, routes } = outcome
    const again = `npm run fuzz -- --requests=${REQUESTS} --database=${databaseKind} --seed=${seed}`
    expect(violations, again).toEqual([])
    expect({ serverErrors, restarts, deadLetters }, again).toEqual({ serverErrors: 0, restarts: 0, deadLetters: 0 })
    expect(control.acknowledged, again).toBe(control.sent)
    expect(control.applied, again).toBe(control.sent)
    // Every route was requested, and most of them accepted a caller.
    expect(routes).toBeGreaterThan(40)
    expect(outcome.byClass['2xx']).toBeGreaterThan(REQUESTS / 10)
  } finally {
    await database.remove()
  }
})
