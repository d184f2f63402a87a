import type { Database } from '../platform/db/database.ts'
import { deleteByBlocks } from '../platform/db/delete-in-pages.ts'

/** Samples are kept a little longer than the 30 days of the figure. A store has 24 of them in a day. */
const CHECKS_KEPT_DAYS = 35
/** Settled differences. */
const FINDINGS_KEPT_DAYS = 90
/** A difference that no visit could look at again is dropped after this time: it proves nothing. */
const UNDECIDED_KEPT_DAYS = 2

/** Deletes old samples and differences. Called daily. Safe in two processes at once. */
export async function pruneFreshness({ service }: Database): Promise<void> {
  await deleteByBlocks(service, 'freshness_checks', () => `created_at < now() - interval '${CHECKS_KEPT_DAYS} days'`)
  await deleteByBlocks(
    service,
    'freshness_findings',
    () => `settled_at < now() - interval '${FINDINGS_KEPT_DAYS} days'`,
  )
  await deleteByBlocks(
    service,
    'freshness_findings',
    () => `look_at is not null and created_at < now() - interval '${UNDECIDED_KEPT_DAYS} days'`,
  )
}
