import { countingEnded, countProductsChange } from '../catalog/event-hours.ts'
import { lockStoreAndWait } from '../catalog/event-log.ts'
import { STORE_DELETED } from '../catalog/failure-sentences.ts'
import { countWords } from '../catalog/products/word-counts.ts'
import type { Access, Database, Sql } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { WORK_ID, WORK_STORE } from '../platform/runtime/fair-turns.ts'
import { inBatches } from '../platform/runtime/in-batches.ts'

/**
 * Deletes a store. One transaction revokes its tokens, hides its products from search, deletes its pages and stops the application of events; `record`
 * writes the audit entry in it. Waits for a batch in progress. Then the products become tombstones and the open events end, in
 * batches; `resumeDeleting` finishes an interrupted deletion.
 */
export async function deleteStore(
  access: Access,
  storeId: number,
  record: (tx: Sql) => Promise<unknown>,
): Promise<void> {
  await access.transaction(
    async (tx) => {
      await lockStoreAndWait(tx, storeId)
      await tx.query('update stores set deleted_at = now() where id = $1 and deleted_at is null', [storeId])
      await tx.query(
        'update integration_tokens set is_active = false, revoked_at = coalesce(revoked_at, now()) where store_id = $1',
        [storeId],
      )
      await tx.query('update feeds set revoked_at = coalesce(revoked_at, now()) where store_id = $1', [storeId])
      await tx.query('delete from plugin_reports where store_id = $1', [storeId])
      await tx.query('delete from documents where store_id = $1', [storeId])
      await tx.query('delete from document_sets where store_id = $1', [storeId])
      await tx.query('delete from freshness_schedules where store_id = $1', [storeId])
      await record(tx)
    },
    { isLong: true },
  )
  await emptyStore(access, storeId)
}

async function emptyStore(access: Access, storeId: number): Promise<void> {
  let after = ''
  await inBatches((limit) =>
    access.transaction(async (tx) => {
      const page = await tx.query<{
        externalId: string
        tenantId: number
        wasShown: boolean
        searchTerms: string | null
      }>(
        `with page as (
           select id, tenant_id, external_id, is_active, search_terms from products
            where store_id = $1 and external_id > $2 order by external_id limit $3 for no key update
         ), gone as (
           update products p set is_active = false, deleted_at = now(), searchable_version = version, updated_at = now()
             from page where p.id = page.id and p.deleted_at is null
         )
         select external_id as "externalId", tenant_id as "tenantId", is_active as "wasShown",
                case when is_active then search_terms end as "searchTerms" from page order by external_id`,
        [storeId, after, limit],
      )
      await countProductsChange(tx, storeId, -page.filter((product) => product.wasShown).length)
      const [first] = page
      const words = page.map(({ searchTerms }) => ({ before: searchTerms, after: null }))
      if (first) await countWords(tx, first.tenantId, words)
      after = page.at(-1)?.externalId ?? after
      return page.length
    }),
  )
  for (const priority of [0, 1])
    await inBatches((limit) => access.transaction((tx) => endOpen(tx, storeId, priority, limit)))
  for (const table of WITH_HISTORY) await inBatches((limit) => deleteSome(access, table, storeId, limit))
  await access.query('update stores set emptied_at = now() where id = $1', [storeId])
}

/** Tables that describe a store over time: up to some ten thousand rows each. */
const WITH_HISTORY = [
  'freshness_findings',
  'freshness_checks',
  'reconciliation_differences',
  'reconciliations',
  'resend_requests',
] as const

async function deleteSome(access: Access, table: (typeof WITH_HISTORY)[number], storeId: number, limit: number) {
  const gone = await access.query(
    `delete from ${table} where id = any(array(select id from ${table} where store_id = $1 order by id limit $2)) returning 1`,
    [storeId, limit],
  )
  return gone.length
}

/** Ends open events of this priority, at most `limit`. Returns their number. */
async function endOpen(tx: Sql, storeId: number, priority: number, limit: number): Promise<number> {
  const open = await tx.query<{ id: number; receivedAt: string }>(
    `select id, received_at::text as "receivedAt" from events
      where status in ('received', 'retrying') and priority = $1 and ${WORK_STORE} = $2 order by ${WORK_ID} limit $3 for update`,
    [priority, storeId, limit],
  )
  if (open.length === 0) return 0
  await tx.query(
    countingEnded(
      `update events e set status = 'superseded', outcome = 'superseded', processed_at = now(), error = $3
         from unnest($1::bigint[], $2::timestamptz[]) as r (id, received_at)
        where e.id = r.id and e.received_at = r.received_at`,
    ),
    [open.map((event) => event.id), open.map((event) => event.receivedAt), STORE_DELETED.en],
  )
  return open.length
}

/** Finishes interrupted deletions of stores. */
export async function resumeDeleting(db: Database, log: Log): Promise<void> {
  const stores = await db.service.query<{ id: number; tenantId: number }>(
    `select s.id, s.tenant_id as "tenantId" from stores s join tenants n on n.id = s.tenant_id
      where s.deleted_at is not null and s.emptied_at is null and n.erasing_since is null`,
  )
  for (const { id, tenantId } of stores) {
    await emptyStore(db.forTenant(tenantId), id)
    log.info({ storeId: id }, 'store.emptied')
  }
}
