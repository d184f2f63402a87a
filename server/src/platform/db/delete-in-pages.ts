import { binder, type Condition } from './binder.ts'
import type { Access, SqlValue } from './database.ts'

/** Maximum rows that one transaction deletes: it takes a few milliseconds and then releases its locks. */
const PAGE_ROWS = 2_000
/** One call deletes at most 10 million rows; the rest is deleted the next day. */
const MAX_PAGES = 5_000
/** Maximum pages (8 KB each) that one statement scans without an index: about 10,000 narrow rows. */
const BLOCKS_AT_ONCE = 100

/**
 * Deletes the rows that meet a condition, one page per transaction. Use it for conditions with an index. Returns the number of
 * deleted rows.
 */
export async function deleteInPages(access: Access, table: string, condition: Condition): Promise<number> {
  const values: SqlValue[] = []
  const where = condition(binder(values))
  let rows = 0
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // The condition is checked again for each row, because a row may have changed since the inner select.
    const [result] = await access.query<{ gone: number }>(
      `with gone as (
         delete from ${table} where ctid = any (array(select ctid from ${table} where ${where} limit ${PAGE_ROWS})) and ${where}
         returning 1)
       select count(*)::int as gone from gone`,
      values,
    )
    const gone = result?.gone ?? 0
    rows += gone
    if (gone < PAGE_ROWS) break
  }
  return rows
}

/** The same for conditions without an index: scans the whole table, one range of blocks per transaction. */
export async function deleteByBlocks(access: Access, table: string, condition: Condition): Promise<number> {
  const [size] = await access.query<{ blocks: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as blocks`,
    [table],
  )
  let rows = 0
  // Rows that are written during the scan are new and stay.
  for (let from = 0; from < (size?.blocks ?? 0); from += BLOCKS_AT_ONCE) {
    const values: SqlValue[] = []
    const bind = binder(values)
    const [first, behind] = [bind(`(${from},0)`), bind(`(${from + BLOCKS_AT_ONCE},0)`)]
    const [result] = await access.query<{ gone: number }>(
      `with gone as (
         delete from ${table} where ctid >= ${first}::text::tid and ctid < ${behind}::text::tid and ${condition(bind)} returning 1)
       select count(*)::int as gone from gone`,
      values,
    )
    rows += result?.gone ?? 0
  }
  return rows
}
