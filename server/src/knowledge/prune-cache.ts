import type { Database } from '../platform/database.ts'
import { deleteInPages } from '../platform/delete-in-pages.ts'

/** A text that was not needed for a month is paid for again when it comes back. */
const KEEP_DAYS = 30
/** About 1.5 KB each at 384 dimensions, 6 KB at 1,536. */
const KEEP_VECTORS = 500_000

/** Bounds the embedding cache in age and in number, least recently used first, a page in each transaction. Called daily. */
export async function pruneCache(db: Database): Promise<void> {
  await deleteInPages(db.service, 'embedding_cache', `used_at < now() - interval '${KEEP_DAYS} days'`)
  const [oldest] = await db.service.query<{ usedAt: string }>(
    `select used_at::text as "usedAt" from embedding_cache order by used_at desc offset ${KEEP_VECTORS} limit 1`,
  )
  if (oldest) await deleteInPages(db.service, 'embedding_cache', 'used_at < $1::timestamptz', [oldest.usedAt])
}
