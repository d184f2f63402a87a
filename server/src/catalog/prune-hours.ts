import type { Database } from '../platform/db/database.ts'
import { deleteInPages } from '../platform/db/delete-in-pages.ts'

/** Longer than the longest interval of an overview. */
const RETENTION_DAYS = 400

/** Deletes hourly counters that no view shows any more, one page per transaction. Called daily. */
export async function pruneHours(db: Database): Promise<void> {
  for (const table of ['event_hours', 'usage_hours']) {
    await deleteInPages(db.service, table, () => `hour < now() - interval '${RETENTION_DAYS} days'`)
  }
}
