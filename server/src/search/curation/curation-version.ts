import type { Sql } from '../../platform/db/database.ts'

/**
 * A row of `search_words` that is no word: its `seq` is the version of the tenant's synonyms, pins and hides. Each search reads the
 * changed rows of that table anyway, so it learns of a change without another statement. Words consist of letters and digits.
 */
export const CURATION_ROW = '!curation'

/**
 * Begins a change of a tenant's synonyms, pins or hides in the caller's transaction: gives them a new version, and locks the tenant's
 * row until the commit, so that changes come one after the other and limits hold. Rows of products are locked before, as the stage
 * that applies events does.
 */
export async function beginCurationChange(tx: Sql, tenantId: number): Promise<void> {
  await tx.query(
    `with counter as (
       insert into search_words as w (tenant_id, word, products, seq) values ($1, '', 0, 1)
       on conflict (tenant_id, word) do update set seq = w.seq + 1
       returning seq
     )
     insert into search_words as w (tenant_id, word, products, seq) select $1, $2, 0, seq from counter
     on conflict (tenant_id, word) do update set seq = excluded.seq`,
    [tenantId, CURATION_ROW],
  )
}
