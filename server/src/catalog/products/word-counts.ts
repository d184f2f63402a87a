import type { Sql } from '../../platform/db/database.ts'
import { vocabularyOf } from './search-terms.ts'

/** The column `search_terms` of a product before and after a change; null while the product is not shown or not indexed. */
export interface TermsChange {
  before: string | null
  after: string | null
}

/**
 * Updates the tenant's vocabulary in the caller's transaction: the number of shown products per word, and under the empty word the
 * number of all of them. The empty word is written first: its row lock orders the writers of a tenant, so that `seq` grows in the
 * order of commits and a reader that knows all words up to a `seq` can ask for the later ones. Only a word that appears or vanishes
 * gets a new `seq`; a changed number does not, so that most updates touch no index.
 */
export async function countWords(tx: Sql, tenantId: number, changes: TermsChange[]): Promise<void> {
  const counts = new Map<string, number>()
  let products = 0
  for (const { before, after } of changes) {
    if (before === after) continue
    const [old, present] = [vocabularyOf(before), vocabularyOf(after)]
    products += Number(after !== null) - Number(before !== null)
    for (const word of present) if (!old.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
    for (const word of old) if (!present.has(word)) counts.set(word, (counts.get(word) ?? 0) - 1)
  }
  const changed = [...counts].filter(([, by]) => by !== 0)
  if (changed.length === 0 && products === 0) return
  await tx.query(
    `with counter as (
       insert into search_words as w (tenant_id, word, products, seq) values ($1, '', $2, 1)
       on conflict (tenant_id, word) do update set products = greatest(w.products + excluded.products, 0), seq = w.seq + 1
       returning seq
     )
     insert into search_words as w (tenant_id, word, products, seq)
     select $1, r.word, r.by, (select seq from counter)
       from unnest($3::text[], $4::int[]) as r (word, by) order by r.word collate "C"
     on conflict (tenant_id, word) do update
       set products = greatest(w.products + excluded.products, 0),
           seq = case when (w.products > 0) = (w.products + excluded.products > 0) then w.seq else excluded.seq end`,
    [tenantId, products, changed.map(([word]) => word), changed.map(([, by]) => by)],
  )
}
