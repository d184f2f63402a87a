import type { Database } from '../platform/database.ts'
import { inBatches } from '../platform/in-batches.ts'

/** A text that was not needed for a month is paid for again if it comes back. */
const KEEP_DAYS = 30
/** About 1.5 KB each at 384 dimensions, 6 KB at 1,536. */
const KEEP_VECTORS = 500_000

/** Bounds the embedding cache in age and in number, least recently used first, in batches. Called daily. */
export async function pruneCache(db: Database): Promise<void> {
  const [oldest] = await db.service.query<{ kept: string }>(
    `select greatest(now() - interval '${KEEP_DAYS} days',
                     (select used_at from embedding_cache order by used_at desc offset ${KEEP_VECTORS} limit 1))::text as kept`,
  )
  await inBatches(async (limit) => {
    const gone = await db.service.query(
      `delete from embedding_cache where ctid = any(array(
         select ctid from embedding_cache where used_at < $1::timestamptz order by used_at limit $2)) returning 1`,
      [oldest?.kept ?? null, limit],
    )
    return gone.length
  })
}
