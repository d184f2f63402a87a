import type { Access } from '../../platform/db/database.ts'
import type { Finding, Seen } from '../alert-kinds.ts'

/** Fewer differing products than this are ordinary: a shop loses single events. */
const MIN_PRODUCTS = 10

/** The differences that the reconciliations of a store found in the last 24 hours. */
export interface Drift {
  tenantId: number
  storeId: number
  store: string
  /** Products that differed: missing, out of date, or not in the shop any more. */
  differed: number
  /** Products of the shop when it was compared last. */
  products: number
  firstAt: Date
}

/** Stores in which reconciliation found more than `percent` % of the products different within 24 hours. */
export async function seeDrift(sql: Access, percent: number): Promise<Seen> {
  const drifts = await sql.query<Drift>(
    // Distinct products, because one that cannot be repaired differs every hour. A large reconciliation records only its first products.
    `select r."tenantId", r."storeId", s.name as store, greatest(r.largest, r.distinct)::int as differed, r.products, r."firstAt"
       from (select r.tenant_id as "tenantId", r.store_id as "storeId", max(r.missing + r.stale + r.extra) as largest,
                    count(distinct d.external_product_id) as distinct, (array_agg(r.compared order by r.id desc))[1]::float8 as products,
                    min(r.created_at) as "firstAt"
               from reconciliations r left join reconciliation_differences d on d.reconciliation_id = r.id
              where r.created_at > now() - interval '24 hours' and r.missing + r.stale + r.extra > 0
              group by r.tenant_id, r.store_id) r
       join stores s on s.id = r."storeId" and s.deleted_at is null
       join tenants n on n.id = r."tenantId" and n.erasing_since is null`,
  )
  return { findings: drifts.flatMap((store) => driftOf(store, percent)), kinds: ['drift'], covers: () => true }
}

/** The finding about a store above the threshold. Pure. */
export function driftOf({ tenantId, storeId, store, differed, products, firstAt }: Drift, percent: number): Finding[] {
  // Removed products differ, too, so the share of an emptied store would be infinite.
  const share = (100 * differed) / Math.max(products, differed)
  if (differed < MIN_PRODUCTS || share < percent) return []
  return [
    {
      tenantId,
      storeId,
      kind: 'drift',
      groupKey: String(storeId),
      level: 1,
      count: differed,
      facts: { store, products, percent: Math.round(share) },
      since: firstAt,
    },
  ]
}
