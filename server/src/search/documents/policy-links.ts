import type { DocumentKind } from '../../knowledge/documents/document-schemas.ts'
import type { Sql } from '../../platform/db/database.ts'

/** An address of a shop's policy, with UCP's word for its kind. */
export interface PolicyLink {
  type: string
  url: string
  title: string
}

const TYPES: Partial<Record<DocumentKind, string>> = {
  returns: 'refund_policy',
  shipping: 'shipping_policy',
  privacy: 'privacy_policy',
  terms: 'terms_of_service',
  faq: 'faq',
}

/** The policies of a store: one page of each kind, the one that was sent first. */
export async function readPolicyLinks(sql: Sql, storeId: number): Promise<PolicyLink[]> {
  const rows = await sql.query<{ kind: DocumentKind; url: string; title: string }>(
    `select distinct on (kind) kind, url, title from documents
      where store_id = $1 and url <> '' and kind = any($2::text[]) order by kind, id`,
    [storeId, Object.keys(TYPES)],
  )
  return rows.map(({ kind, url, title }) => ({ type: TYPES[kind] ?? kind, url, title }))
}
