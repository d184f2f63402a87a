import { createHash } from 'node:crypto'
import { type CatalogRevision, readRevision } from '../catalog/products/catalog-revision.ts'
import type { Sql } from '../platform/db/database.ts'
import type { ServedFeed } from './feeds.ts'

/** Raised when a format prints the same product in another way, so that readers fetch their files again. */
const FORMAT_VERSION = 1

export interface FeedState extends CatalogRevision {
  /** Equal keys have equal contents. */
  key: string
}

/**
 * The state of all that a feed prints: its options, the store, the revision of the catalogue and the products that the tenant hides
 * from search. Read before the products: a change in between gives newer contents with an older key, and the next reading fetches
 * the file again.
 */
export async function readFeedState(sql: Sql, feed: ServedFeed): Promise<FeedState> {
  const revision = await readRevision(sql, feed)
  const [hidden] = await sql.query<{ ids: string | null }>(
    `select string_agg(r.product_id::text, ',' order by r.product_id) as ids
       from search_rules r where r.tenant_id = $1 and r.kind = 'hide' and r.query is null`,
    [feed.tenantId],
  )
  const { kind, targetCountry, language, currency, storeName, site, publicId } = feed
  const options = [feed.id, kind, targetCountry, language, currency, storeName, site, publicId]
  const key = createHash('sha256')
    .update(JSON.stringify([FORMAT_VERSION, options, revision.revision, hidden?.ids ?? '']))
    .digest('base64url')
  return { ...revision, key }
}
