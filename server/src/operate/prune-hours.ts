import type { Database } from '../platform/database.ts'

/** Longer than the longest time an overview shows. */
const KEPT_DAYS = 400

/** Drops counts by the hour that nothing shows any more. */
export async function pruneHours(db: Database): Promise<void> {
  for (const table of ['event_hours', 'usage_hours']) {
    await db.service.transaction(
      (tx) => tx.query(`delete from ${table} where hour < now() - interval '${KEPT_DAYS} days'`),
      { isLong: true },
    )
  }
}
