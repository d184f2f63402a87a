/**
 * Files that `npm test` leaves to `npm run test:all`, which is what CI runs. They start many servers, break databases or wait for
 * time-outs: each takes more than 10 s on two cores. A file that is named on the command line always runs.
 */
export const ONLY_IN_ALL = [
  'verify/suite/audit.test.ts',
  'verify/suite/backup-moment.test.ts',
  'verify/suite/backup-readers.test.ts',
  'verify/suite/backup.test.ts',
  'verify/suite/bad-input.test.ts',
  'verify/suite/clock.test.ts',
  'verify/suite/command-line.test.ts',
  'verify/suite/connections.test.ts',
  'verify/suite/disk-full.test.ts',
  'verify/suite/documents.test.ts',
  'verify/suite/durability.test.ts',
  'verify/suite/early-answers.test.ts',
  'verify/suite/embedding-cost.test.ts',
  'verify/suite/events-live.test.ts',
  'verify/suite/fuzz.test.ts',
  'verify/suite/heavy-events.test.ts',
  'verify/suite/http-limits.test.ts',
  'verify/suite/isolation.test.ts',
  'verify/suite/machines.test.ts',
  'verify/suite/model.test.ts',
  'verify/suite/offers.test.ts',
  'verify/suite/outages.test.ts',
  'verify/suite/overview-embeddings.test.ts',
  'verify/suite/provider-outage.test.ts',
  'verify/suite/ready.test.ts',
  'verify/suite/refused-products.test.ts',
  'verify/suite/retries.test.ts',
  'verify/suite/search-tenants.test.ts',
  'verify/suite/stages-go-on.test.ts',
  'verify/suite/table-statistics.test.ts',
  'verify/suite/tenants-export-and-erase.test.ts',
  'verify/suite/versions.test.ts',
  'verify/process/demo.test.ts',
  'verify/process/generated-client.test.ts',
  'verify/process/package.test.ts',
  'verify/process/release.test.ts',
]

/** Files of the suite whose outcome depends on the database: `npm test` also runs them on PostgreSQL, if it is available. */
export const ALSO_ON_POSTGRES = [
  'verify/suite/fairness.test.ts',
  'verify/suite/idempotency.test.ts',
  'verify/suite/products.test.ts',
  'verify/suite/receiving.test.ts',
  'verify/suite/reconcile.test.ts',
  'verify/suite/row-level-security.test.ts',
  'verify/suite/search.test.ts',
  'verify/suite/tokens.test.ts',
]
