import type { Scope } from '../../tenants/scope.ts'
import { costOf } from './money.ts'
import type { Price } from './prices.ts'

const MAX_STORES = 200

/** The avoided embeddings of each store, at the mean tokens of a text of its tenant; the estimate takes the place of a missing count. */
export async function readSavings({ sql, tenantId, storeId }: Scope, price: Price) {
  const rows = await sql.query<{ id: number; name: string; avoided: number; tokens: number; texts: number }>(
    `select s.id, s.name, v.embeddings_avoided as avoided,
            coalesce(t.value, 0)::float8 as tokens, coalesce(n.value, 0)::float8 as texts
       from store_savings v
       join stores s on s.id = v.store_id and s.deleted_at is null
       left join usage_counters t on t.tenant_id = v.tenant_id and t.counter = 'text_tokens'
       left join usage_counters n on n.tenant_id = v.tenant_id and n.counter = 'texts_with_tokens'
      where ($1::bigint is null or v.tenant_id = $1) and ($2::bigint is null or v.store_id = $2)
      order by v.embeddings_avoided desc, s.id limit ${MAX_STORES}`,
    [tenantId, storeId],
  )
  return rows.map(({ id, name, avoided, tokens, texts }) => ({
    store: { id, name },
    embeddings_avoided: avoided,
    saved_usd:
      price === null
        ? null
        : price === '0'
          ? '0'
          : texts === 0
            ? null
            : costOf(BigInt(avoided) * BigInt(tokens), BigInt(texts), price),
  }))
}
