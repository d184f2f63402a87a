import type { Access } from '../../platform/db/database.ts'
import type { Finding, Seen } from '../alert-kinds.ts'

/** Fewer repaired products than this are ordinary: a shop loses single events. */
const MIN_PRODUCTS = 10

/** The repairs of a store in the last 24 hours. */
export interface Repairs {
  tenantId: number
  storeId: number
  store: string
  /** Products that reconciliation sent again. */
  repaired: number
  /** Products that the shop shows. */
  products: number
  firstAt: Date
}

/** Stores in which reconciliation repaired more than `percent` % of the products within 24 hours. */
export async function seeDrift(sql: Access, percent: number): Promise<Seen> {
  const repairs = await sql.query<Repairs>(
    `select r.*, s.name as store,
            (select count(*)::int from products p
              where p.tenant_id = r."tenantId" and p.store_id = r."storeId" and p.is_active) as products
       from (select tenant_id as "tenantId", store_id as "storeId", count(distinct external_product_id)::int as repaired,
                    min(received_at) as "firstAt"
               from events where source = 'reconcile' and received_at > now() - interval '24 hours'
              group by tenant_id, store_id having count(distinct external_product_id) >= ${MIN_PRODUCTS}) r
       join stores s on s.id = r."storeId" and s.deleted_at is null
       join tenants n on n.id = r."tenantId" and n.erasing_since is null`,
  )
  return { findings: repairs.flatMap((store) => driftOf(store, percent)), kinds: ['drift'], covers: () => true }
}

/** The finding about a store above the threshold. Pure. */
export function driftOf(
  { tenantId, storeId, store, repaired, products, firstAt }: Repairs,
  percent: number,
): Finding[] {
  // Removed products are repaired, too, so the share of an emptied store would be infinite.
  const share = (100 * repaired) / Math.max(products, repaired)
  if (repaired < MIN_PRODUCTS || share < percent) return []
  return [
    {
      tenantId,
      storeId,
      kind: 'drift',
      groupKey: String(storeId),
      level: 1,
      count: repaired,
      facts: { store, products, percent: Math.round(share) },
      since: firstAt,
    },
  ]
}
