import type { Database } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { EmbeddingProfile } from './embedder.ts'

/** Any constant will do that no other advisory lock of ours uses. */
const PROFILE_LOCK = 7_105_112_114

/**
 * Makes the configured profile the active one and returns its id. When it was not, every chunk without a vector of this
 * profile becomes pending; search answers from words until they are stored.
 */
export async function activateProfile(db: Database, profile: EmbeddingProfile, log: Log): Promise<number> {
  return await db.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${PROFILE_LOCK})`)
    const values = [
      profile.provider,
      profile.url,
      profile.model,
      profile.dimensions,
      profile.queryPrefix,
      profile.passagePrefix,
    ]
    await tx.query(
      `insert into embedding_profiles (provider, url, model, dimensions, query_prefix, passage_prefix)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      values,
    )
    const [row] = await tx.query<{ id: number; isActive: boolean }>(
      `select id, is_active as "isActive" from embedding_profiles
        where provider = $1 and url = $2 and model = $3 and dimensions = $4 and query_prefix = $5 and passage_prefix = $6`,
      values,
    )
    if (!row) throw new Error('an embedding profile just written was not found')
    if (!row.isActive) {
      await tx.query('update embedding_profiles set is_active = false where is_active')
      await tx.query('update embedding_profiles set is_active = true where id = $1', [row.id])
      await tx.query(
        `update knowledge_chunks c set embedding_status = 'pending', embedding_error = null, leased_until = null
          where not exists (select 1 from chunk_embeddings e
                             where e.chunk_id = c.id and e.profile_id = $1 and e.text_hash = c.text_hash)`,
        [row.id],
      )
      await tx.query(
        `update products p set embedded_hash = null where embedded_hash is not null
          and exists (select 1 from knowledge_chunks c where c.product_id = p.id and c.embedding_status <> 'stored')`,
      )
      log.info({ profile: row.id, provider: profile.provider, model: profile.model }, 'profile.activated')
    }
    return row.id
  })
}
