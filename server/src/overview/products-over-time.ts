import type { Scope } from '../tenants/scope.ts'

/** The number of shown products and its changes. */
export interface ShownProducts {
  active: number
  /** Chunks of these products. */
  chunks: number
  /** Start of counting; null: counted from the first product on. */
  countedSince: Date | null
  /** By hour, from the requested one on. */
  changes: { at: Date; change: number }[]
}

/** One statement, so that the current number and the changes are of the same moment. */
export async function readShownProducts({ sql, tenantId, storeId }: Scope, from: Date): Promise<ShownProducts> {
  const of = (alias: string, store: string) =>
    `($1::bigint is null or ${alias}.tenant_id = $1) and ($2::bigint is null or ${alias}.${store} = $2)`
  const rows = await sql.query<Omit<ShownProducts, 'changes'> & { at: Date | null; change: number }>(
    `select shown.*, counted.since as "countedSince", changed.at, changed.change
       from (select count(*)::int as active, coalesce(sum(p.chunk_count), 0)::int as chunks
               from products p where p.is_active and ${of('p', 'store_id')}) shown
      cross join (select max(s.products_counted_since) as since from stores s where ${of('s', 'id')}) counted
       left join (select h.hour as at, sum(h.products_change)::int as change
                    from event_hours h where h.hour >= $3 and h.products_change <> 0 and ${of('h', 'store_id')}
                   group by h.hour) changed on true`,
    [tenantId, storeId, from],
  )
  const [first] = rows
  return {
    active: first?.active ?? 0,
    chunks: first?.chunks ?? 0,
    countedSince: first?.countedSince ?? null,
    changes: rows.flatMap(({ at, change }) => (at === null ? [] : [{ at, change }])),
  }
}

/** The number of products at each of these times, oldest first; null when unknown. Times after `now` have the current number. */
export function productsAt(
  times: Date[],
  now: Date,
  { active, countedSince, changes }: ShownProducts,
): (number | null)[] {
  return times.map((time) => {
    if (countedSince !== null && time < countedSince && time <= now) return null
    return changes.reduce((count, { at, change }) => (at >= time ? count - change : count), active)
  })
}
