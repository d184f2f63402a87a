import type { Database } from '../platform/database.ts'

/** A text that nobody needed for a month is paid for again, should it ever come back. */
const KEEP_DAYS = 30
/** About 1.5 KB each at 384 dimensions, 6 KB at 1,536. */
const KEEP_VECTORS = 500_000

/** Bounds the embedding cache in age and in number, least recently used first. Called daily. */
export async function pruneCache(db: Database): Promise<void> {
  await db.service.query(`delete from embedding_cache where used_at < now() - interval '${KEEP_DAYS} days'`)
  await db.service.query(
    `delete from embedding_cache where used_at < (
       select used_at from embedding_cache order by used_at desc offset ${KEEP_VECTORS} limit 1)`,
  )
}
