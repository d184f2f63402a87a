import type { Database } from '../platform/database.ts'
import { deleteInPages } from '../platform/delete-in-pages.ts'

/** Longer than the longest time an overview shows. */
const KEPT_DAYS = 400

/** Drops counts by the hour that nothing shows any more, a page in each transaction. Called daily. */
export async function pruneHours(db: Database): Promise<void> {
  for (const table of ['event_hours', 'usage_hours']) {
    await deleteInPages(db.service, table, `hour < now() - interval '${KEPT_DAYS} days'`)
  }
}
