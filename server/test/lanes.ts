/**
 * Files that `npm test` leaves to `npm run test:all`, which is what CI runs. They start many servers, break databases or wait for
 * time-outs: each takes more than 10 s on two cores. A file that is named on the command line always runs.
 */
export const ONLY_IN_ALL = [
  'server/test/suite/audit.test.ts',
  'server/test/suite/backup-moment.test.ts',
  'server/test/suite/backup-readers.test.ts',
  'server/test/suite/backup.test.ts',
  'server/test/suite/bad-input.test.ts',
  'server/test/suite/clock.test.ts',
  'server/test/suite/command-line.test.ts',
  'server/test/suite/connections.test.ts',
  'server/test/suite/disk-full.test.ts',
  'server/test/suite/documents.test.ts',
  'server/test/suite/durability.test.ts',
  'server/test/suite/early-answers.test.ts',
  'server/test/suite/embedding-cost.test.ts',
  'server/test/suite/events-live.test.ts',
  'server/test/suite/fuzz.test.ts',
  'server/test/suite/heavy-events.test.ts',
  'server/test/suite/http-limits.test.ts',
  'server/test/suite/isolation.test.ts',
  'server/test/suite/machines.test.ts',
  'server/test/suite/model.test.ts',
  'server/test/suite/offers.test.ts',
  'server/test/suite/outages.test.ts',
  'server/test/suite/overview-embeddings.test.ts',
  'server/test/suite/provider-outage.test.ts',
  'server/test/suite/ready.test.ts',
  'server/test/suite/refused-products.test.ts',
  'server/test/suite/retries.test.ts',
  'server/test/suite/search-tenants.test.ts',
  'server/test/suite/stages-go-on.test.ts',
  'server/test/suite/table-statistics.test.ts',
  'server/test/suite/tenants-export-and-erase.test.ts',
  'server/test/suite/versions.test.ts',
  'server/test/unit/demo.test.ts',
  'server/test/unit/package.test.ts',
  'server/test/unit/release.test.ts',
]

/** Files of the suite whose outcome depends on the database: `npm test` runs them on PostgreSQL as well, where there is one. */
export const ALSO_ON_POSTGRES = [
  'server/test/suite/fairness.test.ts',
  'server/test/suite/idempotency.test.ts',
  'server/test/suite/products.test.ts',
  'server/test/suite/receiving.test.ts',
  'server/test/suite/reconcile.test.ts',
  'server/test/suite/row-level-security.test.ts',
  'server/test/suite/search.test.ts',
  'server/test/suite/tokens.test.ts',
]
