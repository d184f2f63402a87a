import type { Sql } from '../../platform/db/database.ts'
import type { EmbeddingProfile } from '../provider/embedder.ts'
import { tokensInSql } from './count-tokens.ts'

export interface Amount {
  texts: number
  tokens: number
}

/** The texts of shown products, and those that already have a vector of the model: stored, or in the cache. */
export interface TextAmounts {
  all: Amount
  known: Amount
}

/**
 * Counts the texts of a scope and estimates their tokens, prefix included. Equal texts of one tenant count once, because they are paid for
 * once. 100,000 chunks take about 0.3 s.
 */
export async function countTexts(
  sql: Sql,
  profile: EmbeddingProfile,
  { tenantId, storeId }: { tenantId: number | null; storeId: number | null },
): Promise<TextAmounts> {
  const [row] = await sql.query<{ texts: number; tokens: number; knownTexts: number; knownTokens: number }>(
    `with wanted as (
       select id from embedding_profiles where provider = $3 and url = $4 and model = $5 and dimensions = $6
          and query_prefix = $7 and passage_prefix = $8
     ), texts as (
       select distinct on (c.tenant_id, c.text_hash) ${tokensInSql('$8::text || c.text')} as tokens,
              exists (select 1 from embedding_cache k join wanted w on w.id = k.profile_id
                       where k.tenant_id = c.tenant_id and k.text_hash = c.text_hash)
              or exists (select 1 from chunk_embeddings e join wanted w on w.id = e.profile_id
                          where e.chunk_id = c.id and e.text_hash = c.text_hash) as is_known
         from knowledge_chunks c left join products p on p.id = c.product_id
        where ($1::bigint is null or c.tenant_id = $1) and ($2::bigint is null or c.store_id = $2)
          and (p.is_active or c.document_id is not null)
        order by c.tenant_id, c.text_hash
     )
     select count(*)::int as texts, coalesce(sum(tokens), 0)::float8 as tokens,
            (count(*) filter (where is_known))::int as "knownTexts",
            coalesce(sum(tokens) filter (where is_known), 0)::float8 as "knownTokens"
       from texts`,
    [
      tenantId,
      storeId,
      profile.provider,
      profile.url,
      profile.model,
      profile.dimensions,
      profile.queryPrefix,
      profile.passagePrefix,
    ],
  )
  const { texts = 0, tokens = 0, knownTexts = 0, knownTokens = 0 } = row ?? {}
  return { all: { texts, tokens }, known: { texts: knownTexts, tokens: knownTokens } }
}

/**
 * Texts per second, for a rough duration: a provider with four requests of 128 texts in progress that take 2 s each; multilingual-e5-small
 * on two cores (an assumption: docs/en/models.md); a static model and the offline vectors as measured on two cores.
 */
const TEXTS_PER_SECOND = { openai: 250, local: 10, static: 1_000, offline: 2_000 }

/** The rough duration of embedding so many texts, in whole seconds. */
export function secondsFor(provider: EmbeddingProfile['provider'], texts: number): number {
  return Math.ceil(texts / TEXTS_PER_SECOND[provider])
}
