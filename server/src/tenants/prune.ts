import type { Database } from '../platform/db/database.ts'
import { deleteUnused } from './oauth/clients.ts'
import { deleteEnded } from './oauth/grants.ts'

const BATCH_ROWS = 1_000
/** A call ends after this many batches; the next call continues. */
const MAX_BATCHES = 100

/** Retention of audit entries without a known user: days, and maximum rows (about 30 MB). */
const ANONYMOUS_KEPT_DAYS = 90
const ANONYMOUS_KEPT_ROWS = 100_000

/**
 * Deletes expired sessions and one-time links, in transactions of 1,000 rows, at most 100,000 of each per call. Returns the number
 * of deleted rows. Safe in two processes at once.
 */
export async function pruneExpiredSessions(db: Database): Promise<number> {
  let deleted = 0
  for (const table of ['sessions', 'verifications']) {
    deleted += await inBatches(
      async () =>
        await db.service.query(
          `delete from ${table} where id in (
             select id from ${table} where expires_at < now() order by expires_at limit $1 for update skip locked) returning 1`,
          [BATCH_ROWS],
        ),
    )
  }
  return deleted
}

/** Deletes what has ended of OAuth: tokens, grants, and clients that no user allowed. Returns the number of deleted rows. */
export async function pruneOAuth(db: Database): Promise<number> {
  let deleted = 0
  for (const deleteSome of [deleteEnded, deleteUnused]) {
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const gone = await deleteSome(db.service)
      deleted += gone
      if (gone === 0) break
    }
  }
  return deleted
}

/**
 * Deletes audit entries without a known user (refused sign-ins): those older than 90 days, and the oldest beyond 100,000. Entries
 * of known users stay: a trigger prevents their deletion (migration 0021). Transactions of 1,000 rows, at most 100,000 per call;
 * returns the number of deleted rows. Safe in two processes at once.
 */
export async function trimAnonymousEntries(db: Database): Promise<number> {
  return await inBatches(
    async () =>
      // Only the table's owner may delete, in a transaction with this setting.
      await db.owner.transaction(async (tx) => {
        await tx.query(`set local fiko.trims_anonymous = 'on'`)
        return await tx.query(
          `delete from audit_log where id in (
             select id from audit_log where actor_kind = 'anonymous'
                and (at < now() - interval '${ANONYMOUS_KEPT_DAYS} days'
                     or id <= (select id from audit_log where actor_kind = 'anonymous'
                                order by id desc offset ${ANONYMOUS_KEPT_ROWS} limit 1))
              order by id limit $1 for update skip locked) returning 1`,
          [BATCH_ROWS],
        )
      }),
  )
}

async function inBatches(deleteSome: () => Promise<unknown[]>): Promise<number> {
  let deleted = 0
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const { length } = await deleteSome()
    deleted += length
    if (length < BATCH_ROWS) break
  }
  return deleted
}
