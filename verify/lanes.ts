/**
 * Files that `npm test` leaves to `npm run test:all`, which is what CI runs. They start many servers, break databases or wait for
 * time-outs: each takes more than 10 s on two cores. A file that is named on the command line always runs.
 */
export const ONLY_IN_ALL = [
  'verify/suite/access/audit.test.ts',
  'verify/suite/operations/backup-moment.test.ts',
  'verify/suite/operations/backup-readers.test.ts',
  'verify/suite/operations/backup.test.ts',
  'verify/suite/events/bad-input.test.ts',
  'verify/suite/operations/clock.test.ts',
  'verify/suite/operations/command-line.test.ts',
  'verify/suite/faults/connections.test.ts',
  'verify/suite/faults/disk-full.test.ts',
  'verify/suite/http/documents.test.ts',
  'verify/suite/faults/durability.test.ts',
  'verify/suite/http/early-answers.test.ts',
  'verify/suite/knowledge/embedding-cost.test.ts',
  'verify/suite/events/events-live.test.ts',
  'verify/suite/http/fuzz.test.ts',
  'verify/suite/faults/heavy-events.test.ts',
  'verify/suite/http/http-limits.test.ts',
  'verify/suite/access/isolation.test.ts',
  'verify/suite/operations/machines.test.ts',
  'verify/suite/products/model.test.ts',
  'verify/suite/products/offers.test.ts',
  'verify/suite/faults/outages.test.ts',
  'verify/suite/knowledge/overview-embeddings.test.ts',
  'verify/suite/knowledge/provider-outage.test.ts',
  'verify/suite/operations/ready.test.ts',
  'verify/suite/products/refused-products.test.ts',
  'verify/suite/events/retries.test.ts',
  'verify/suite/knowledge/search-tenants.test.ts',
  'verify/suite/faults/stages-go-on.test.ts',
  'verify/suite/operations/table-statistics.test.ts',
  'verify/suite/operations/tenants-export-and-erase.test.ts',
  'verify/suite/events/versions.test.ts',
  'verify/process/demo.test.ts',
  'verify/process/generated-client.test.ts',
  'verify/process/package.test.ts',
  'verify/process/release.test.ts',
]

/** Files of the suite whose outcome depends on the database: `npm test` also runs them on PostgreSQL, if it is available. */
export const ALSO_ON_POSTGRES = [
  'verify/suite/faults/fairness.test.ts',
  'verify/suite/events/idempotency.test.ts',
  'verify/suite/products/products.test.ts',
  'verify/suite/events/receiving.test.ts',
  'verify/suite/shops/reconcile.test.ts',
  'verify/suite/access/row-level-security.test.ts',
  'verify/suite/knowledge/search.test.ts',
  'verify/suite/access/tokens.test.ts',
]
