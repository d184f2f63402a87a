import type { Database } from '../platform/db/database.ts'
import { deleteInPages } from '../platform/db/delete-in-pages.ts'

/** A text that was unused for a month is paid for again when it returns. */
const RETENTION_DAYS = 30
/** About 1.5 KB each at 384 dimensions, 6 KB at 1,536. */
const MAX_CACHED_VECTORS = 500_000

/** Limits the embedding cache in age and size, least recently used first, one page per transaction. Called daily. */
export async function pruneCache(db: Database): Promise<void> {
  await deleteInPages(db.service, 'embedding_cache', () => `used_at < now() - interval '${RETENTION_DAYS} days'`)
  const [oldest] = await db.service.query<{ usedAt: string }>(
    `select used_at::text as "usedAt" from embedding_cache order by used_at desc offset ${MAX_CACHED_VECTORS} limit 1`,
  )
  if (oldest)
    await deleteInPages(db.service, 'embedding_cache', (bind) => `used_at < ${bind(oldest.usedAt)}::timestamptz`)
}
