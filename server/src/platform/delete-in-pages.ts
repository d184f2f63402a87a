import type { Access, SqlValue } from './database.ts'

/** Rows that one short transaction deletes at most: a few milliseconds, after which others have their turn. */
const PAGE_ROWS = 2_000
/** One call deletes at most 10 million rows. The rest is due the next day. */
const MAX_PAGES = 5_000
/** Pages of 8 KB that one statement reads at most where no index leads to the rows: about 10,000 narrow rows. */
const BLOCKS_AT_ONCE = 100

/**
 * Deletes the rows of a table that meet a condition, a page in each transaction. For conditions that an index finds. Gives how many
 * rows went.
 */
export async function deleteInPages(
  access: Access,
  table: string,
  condition: string,
  values: readonly SqlValue[] = [],
): Promise<number> {
  let rows = 0
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // Asked again of each row: one that was changed meanwhile may be needed again.
    const [result] = await access.query<{ gone: number }>(
      `with gone as (
         delete from ${table} where ctid = any (array(select ctid from ${table} where ${condition} limit ${PAGE_ROWS})) and ${condition}
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

/** The same for conditions that no index finds: reads the whole table, a part of it in each transaction. */
export async function deleteByBlocks(
  access: Access,
  table: string,
  condition: string,
  values: readonly SqlValue[],
): Promise<number> {
  const [size] = await access.query<{ blocks: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as blocks`,
    [table],
  )
  let rows = 0
  // Rows that are written while this goes on are new, and stay.
  for (let from = 0; from < (size?.blocks ?? 0); from += BLOCKS_AT_ONCE) {
    const [first, behind] = [`$${values.length + 1}`, `$${values.length + 2}`]
    const [result] = await access.query<{ gone: number }>(
      `with gone as (
         delete from ${table} where ctid >= ${first}::text::tid and ctid < ${behind}::text::tid and ${condition} returning 1)
       select count(*)::int as gone from gone`,
      [...values, `(${from},0)`, `(${from + BLOCKS_AT_ONCE},0)`],
    )
    rows += result?.gone ?? 0
  }
  return rows
}
