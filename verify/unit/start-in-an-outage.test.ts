import { expect, test } from 'vitest'
import type { Access, Database } from '../../server/src/platform/db/database.ts'
import { migrate } from '../../server/src/platform/db/migrate.ts'
import { createRoles } from '../../server/src/platform/db/roles.ts'
import { createLog } from '../../server/src/platform/log.ts'

const gone = new Error('Connection terminated unexpectedly')

/** A database that is empty, goes away at the first statement that the pattern matches, and is back for the next. */
function goingAwayAt(pattern: RegExp): Access {
  let wasGone = false
  const query: Access['query'] = async (text) => {
    if (wasGone || !pattern.test(text)) return []
    wasGone = true
    throw gone
  }
  return { query, transaction: async (work) => await work({ query }) }
}

test.each([/create role/, /set local role/])(
  'a database that goes away while the roles are made (%s) is an outage, and nothing for an administrator to run',
  async (pattern) => {
    await expect(createRoles(goingAwayAt(pattern))).rejects.toBe(gone)
  },
)

test('a database that goes away while the extensions are created is an outage and not a missing extension', async () => {
  const owner = goingAwayAt(/create extension/)
  const db: Database = {
    kind: 'postgres',
    owner,
    service: owner,
    forTenant: () => owner,
    inScope: () => owner,
    inBackground: () => db,
    assureRoom: () => {},
    listen: async () => ({ close: async () => {} }),
    script: async () => [],
    close: async () => {},
  }
  await expect(migrate(db, createLog('silent'))).rejects.toBe(gone)
})
