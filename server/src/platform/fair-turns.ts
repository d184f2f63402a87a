import type { Sql } from './database.ts'

/**
 * A store, and an id, as the keys of the work lists' own indexes (migration 0011): a statement that asks by them, and sorts by them, is
 * answered by that index and reads open rows only.
 */
export const WORK_STORE = '(case when store_id > 0 then store_id end)'
export const WORK_ID = '(case when id > 0 then id end)'

/** A table of work that belongs to stores, with a partial index on `(priority, WORK_STORE, WORK_ID)` where `open` holds. */
export interface WorkList {
  table: string
  open: string
}

/** A store, and the tenant it belongs to: its work is done in that tenant's name. */
export interface StoreInTurn {
  storeId: number
  /** null: the store is gone with its tenant, who was erased. */
  tenantId: number | null
}

/**
 * The stores that have open work of this priority, in order of id, beginning behind `afterStore` and going around: taken
 * from the front each time, every store gets its turn however much another has waiting. Jumps from store to store in
 * the index, so the cost grows with the stores returned and not with their backlog.
 */
export async function storesInTurn(
  sql: Sql,
  { table, open }: WorkList,
  priority: number,
  afterStore: number,
  limit: number,
): Promise<StoreInTurn[]> {
  const nextAfter = (store: string) =>
    `select store_id from ${table}
      where (${open}) and priority = $1 and ${WORK_STORE} > ${store} order by ${WORK_STORE} limit 1`
  const text = `with recursive turn as (
      (${nextAfter('$2')})
      union all
      select (${nextAfter('turn.store_id')}) from turn where turn.store_id is not null
    )
    select store_id as "storeId", (select tenant_id from stores where id = store_id) as "tenantId"
      from turn where store_id is not null limit $3`
  const stores = await sql.query<StoreInTurn>(text, [priority, afterStore, limit])
  if (stores.length < limit && afterStore > 0) {
    const fromStart = await sql.query<StoreInTurn>(text, [priority, 0, limit - stores.length])
    stores.push(...fromStart.filter((store) => store.storeId <= afterStore))
  }
  return stores
}

/** Rows looked at for the newest work: what was just received is among the last few. */
const NEWEST_ROWS = 100

/** The stores of the newest open rows, the newest first: of a list whose ids follow the time of arrival. */
export async function newestStores(
  sql: Sql,
  { table, open }: WorkList,
  priority: number,
  limit: number,
): Promise<StoreInTurn[]> {
  return await sql.query<StoreInTurn>(
    `select store_id as "storeId", (select tenant_id from stores where id = store_id) as "tenantId"
       from (select * from ${table} order by id desc limit ${NEWEST_ROWS}) newest
      where (${open}) and priority = $1 group by store_id order by max(id) desc limit $2`,
    [priority, limit],
  )
}
