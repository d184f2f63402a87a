import { lockStoreAndWait } from '../catalog/event-log.ts'
import type { Database, Sql } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { inBatches } from '../platform/runtime/in-batches.ts'
import { resumeDeleting } from '../stores/delete-store.ts'
import { type Actor, writeAuditEntry } from '../tenants/audit.ts'

/**
 * Ends all access to the tenant; the erasure can be resumed until it is done. Afterwards its owner cannot sign in, no token works
 * (within 1 s in other processes), and no batch of events is in progress.
 */
export async function beginErasing(db: Database, tenantId: number, by: Actor): Promise<void> {
  await db.service.transaction(async (tx) => {
    await tx.query('update tenants set erasing_since = coalesce(erasing_since, now()) where id = $1', [tenantId])
    await tx.query(
      `with person as (
         update users set is_active = false where id = (select owner_id from tenants where id = $1) returning id)
       delete from sessions where user_id = (select id from person)`,
      [tenantId],
    )
    await tx.query(
      'update integration_tokens set is_active = false, revoked_at = coalesce(revoked_at, now()) where tenant_id = $1',
      [tenantId],
    )
    await writeAuditEntry(tx, by, { action: 'tenant.erase_begun', target: { kind: 'tenant', id: tenantId } })
  })
  for (const storeId of await storesOf(db.service, tenantId)) {
    await db.service.transaction(async (tx) => {
      await lockStoreAndWait(tx, storeId)
      await tx.query('update stores set deleted_at = coalesce(deleted_at, now()) where id = $1', [storeId])
    })
  }
}

/**
 * Deletes every row of a tenant that is being erased, in small transactions, and finally the tenant; an interrupted erasure can be
 * repeated. Events that were acknowledged just before and appear later are dropped by the stage that would apply them. The audit
 * log keeps one entry without a name.
 */
export async function finishErasing(db: Database, tenantId: number, by: Actor['kind']): Promise<void> {
  const stores = await storesOf(db.service, tenantId)
  for (const storeId of stores) {
    await deleteAll(db.service, 'products', 'id', 'store_id = $1', storeId)
    await deleteAll(db.service, 'documents', 'id', 'store_id = $1', storeId)
    await deleteAll(db.service, 'events', 'id', 'store_id = $1', storeId)
    await deleteAll(db.service, 'event_ids', 'event_id', 'store_id = $1', storeId)
  }
  await deleteAll(db.service, 'embedding_cache', 'text_hash', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'search_words', 'word', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'search_synonyms', 'id', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'search_rules', 'id', 'tenant_id = $1', tenantId)
  for (const table of [
    'freshness_findings',
    'freshness_checks',
    'reconciliation_differences',
    'reconciliations',
    'resend_requests',
  ])
    await deleteAll(db.service, table, 'id', 'tenant_id = $1', tenantId)
  // Their feedback goes with them.
  await deleteAll(db.service, 'questions', 'id', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'alert_attempts', 'id', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'alert_messages', 'id', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'replay_items', 'ctid', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'event_hours', 'ctid', 'tenant_id = $1', tenantId)
  await deleteAll(db.service, 'usage_hours', 'ctid', 'tenant_id = $1', tenantId)
  // Only the owner of the tables may delete here, in a transaction with this setting (migration 0009).
  const allowed = `set local fiko.erases_tenant = '${tenantId}'`
  const ofTheLog: Sql['query'] = (text, values) =>
    db.owner.transaction(async (tx) => {
      await tx.query(allowed)
      return await tx.query(text, values)
    })
  await deleteAll({ query: ofTheLog }, 'audit_log', 'id', 'tenant_id = $1', tenantId)
  await db.owner.transaction(
    async (tx) => {
      await tx.query(allowed)
      const [person] = await tx.query<{ id: string }>(
        'select owner_id as id from tenants where id = $1 and erasing_since is not null for update',
        [tenantId],
      )
      // Another process has finished the erasure.
      if (!person) return
      for (const table of ['events', 'event_ids', 'products'])
        await tx.query(`delete from ${table} where store_id in (select id from stores where tenant_id = $1)`, [
          tenantId,
        ])
      for (const table of [
        'embedding_cache',
        'search_words',
        'search_synonyms',
        'search_rules',
        'question_feedback',
        'questions',
        'question_settings',
        'integration_tokens',
        'oauth_grants',
        'feeds',
        'alert_attempts',
        'alert_messages',
        'alert_channels',
        'alerts',
        'catalog_revisions',
        'replay_items',
        'replays',
        'plugin_reports',
        'document_sets',
        'documents',
        'freshness_findings',
        'freshness_checks',
        'freshness_schedules',
        'reconciliation_differences',
        'reconciliations',
        'resend_requests',
        'stores',
        'usage_counters',
        'event_hours',
        'usage_hours',
        'audit_log',
      ])
        await tx.query(`delete from ${table} where tenant_id = $1`, [tenantId])
      await tx.query('delete from verifications where value = $1', [person.id])
      await tx.query('delete from tenants where id = $1', [tenantId])
      await tx.query('delete from users where id = $1::uuid', [person.id])
      const nameless: Actor = { kind: by, userId: null, tenantId: null, sourceIp: null }
      await writeAuditEntry(tx, nameless, { action: 'tenant.erased', detail: { tenant: tenantId } })
    },
    { isLong: true },
  )
}

/** Continues interrupted deletions of stores and tenants. @throws the first failure, after each tenant had its turn */
export async function resumeErasing(db: Database, log: Log): Promise<void> {
  await resumeDeleting(db, log)
  const tenants = await db.service.query<{ id: number }>('select id from tenants where erasing_since is not null')
  const failures: unknown[] = []
  for (const { id } of tenants) {
    try {
      await finishErasing(db, id, 'operator')
      log.info({ tenantId: id }, 'tenant.erased')
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function storesOf(sql: Sql, tenantId: number): Promise<number[]> {
  const rows = await sql.query<{ id: number }>('select id from stores where tenant_id = $1 order by id', [tenantId])
  return rows.map((row) => row.id)
}

async function deleteAll(sql: Sql, table: string, key: string, of: string, id: number): Promise<void> {
  await inBatches(async (limit) => {
    const gone = await sql.query(
      `delete from ${table} where ${of} and ${key} = any(array(select ${key} from ${table} where ${of} order by ${key} limit $2))
       returning 1`,
      [id, limit],
    )
    return gone.length
  })
}
