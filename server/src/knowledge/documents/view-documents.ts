import type { Sql } from '../../platform/db/database.ts'
import type { DocumentSummary, ShopFacts } from './document-schemas.ts'

/** The documents of a store with their state, in the order of their kind and title. */
export async function viewDocuments(sql: Sql, storeId: number): Promise<DocumentSummary[]> {
  return await sql.query<DocumentSummary>(
    `select d.id, 'page_' || d.external_id as external_id, d.kind, d.title, d.url, d.language, d.modified_at, d.updated_at,
            case when c.pending > 0 then 'embedding' when c.refused > 0 then 'failed' else 'searchable' end as state,
            c.passages
       from documents d
      cross join lateral (
        select count(*)::int as passages, count(*) filter (where k.embedding_status = 'pending') as pending,
               count(*) filter (where k.embedding_status = 'refused') as refused
          from knowledge_chunks k where k.document_id = d.id) c
      where d.store_id = $1 order by d.kind, d.title, d.id`,
    [storeId],
  )
}

/** The last set of a store: when it arrived, and the facts about the shop. Null when the shop never sent one. */
export async function readLastSet(
  sql: Sql,
  storeId: number,
): Promise<{ receivedAt: Date; version: number; shop: ShopFacts | null } | null> {
  const [set] = await sql.query<{ receivedAt: Date; version: number; shop: ShopFacts | null }>(
    'select received_at as "receivedAt", version, shop from document_sets where store_id = $1',
    [storeId],
  )
  return set ?? null
}
