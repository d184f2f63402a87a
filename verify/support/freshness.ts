/** Statements that give every store a row in each table of freshness, drift and requests to send again. */
export const FRESHNESS_ROWS = [
  'insert into freshness_schedules (store_id, tenant_id) select id, tenant_id from stores on conflict do nothing',
  'insert into freshness_checks (tenant_id, store_id, sampled) select tenant_id, id, 1 from stores',
  `insert into freshness_findings (tenant_id, store_id, external_product_id, field) select tenant_id, id, 1, 'price' from stores
   on conflict do nothing`,
  `insert into reconciliations (tenant_id, store_id, cause, compared) select tenant_id, id, 'daily', 0 from stores`,
  `insert into reconciliation_differences (tenant_id, store_id, reconciliation_id, external_product_id, kind, version)
   select tenant_id, store_id, id, 1, 'stale', 1 from reconciliations on conflict do nothing`,
  `insert into resend_requests (tenant_id, store_id, kind) select tenant_id, id, 'all' from stores on conflict do nothing`,
]
