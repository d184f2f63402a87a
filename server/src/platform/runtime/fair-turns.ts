import type { Sql } from '../db/database.ts'

/**
 * Index expressions of the work lists (migration 0011). A statement that filters and sorts by them uses that index and reads open
 * rows only.
 */
export const WORK_STORE = '(case when store_id > 0 then store_id end)'
export const WORK_ID = '(case when id > 0 then id end)'

/** A table of work per store, with a partial index on `(priority, WORK_STORE, WORK_ID)` where `open` holds. */
export interface WorkList {
  table: string
  open: string
}

/** A store and its tenant. The work runs under the role of that tenant. */
export interface StoreInTurn {
  storeId: number
  /** null: the tenant was erased, and the store with it. */
  tenantId: number | null
}

/**
 * Stores with open work of this priority, ordered by id, starting after `afterStore` and wrapping around. Every store gets its
 * turn, however large the backlog of another one. The query jumps from store to store in the index: its cost grows with the stores
 * returned, not with their backlog.
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

/** Rows scanned for the newest work: events received a moment ago are among the last rows. */
const NEWEST_ROWS = 100

/** Stores of the newest open rows, newest first. Needs ids in order of arrival. */
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
