import type { Database } from '../platform/db/database.ts'
import { deleteByBlocks } from '../platform/db/delete-in-pages.ts'

/** Reconciliations, and requests to send products again that have ended. */
const KEPT_DAYS = 90
/** A request that no plugin takes or finishes within this time ends. */
const EXPIRES_DAYS = 7

/** Ends requests without a plugin, and deletes old history. Called daily. Safe in two processes at once. */
export async function pruneHistory({ service }: Database): Promise<void> {
  await service.query(
    `update resend_requests set state = 'expired', ended_at = now()
      where state in ('asked', 'taken') and coalesce(reported_at, created_at) < now() - interval '${EXPIRES_DAYS} days'`,
  )
  await deleteByBlocks(service, 'resend_requests', () => `ended_at < now() - interval '${KEPT_DAYS} days'`)
  // Their differences go with them, by foreign key.
  await deleteByBlocks(service, 'reconciliations', () => `created_at < now() - interval '${KEPT_DAYS} days'`)
}
