import type { Sql } from '../../platform/db/database.ts'
import type { Lines } from '../../platform/db/row-lines.ts'
import { TABLES, type Table } from './backup-format.ts'

/** Reads the rows of one moment: their number, then the rows of each table in the order of `TABLES`. */
export interface Moment {
  schema: number
  rows: number
  linesOf(table: Table): AsyncIterable<Lines>
}

/** Exact, because it reads the same moment; it costs a small part of reading the rows. */
export async function countRows(tx: Sql): Promise<number> {
  const counts = TABLES.map((table) => `(select count(*) from ${table})`)
  const [row] = await tx.query<{ rows: number }>(`select ${counts.join(' + ')} as rows`)
  return row?.rows ?? 0
}

/** The columns of a table as a SQL list, without generated columns, which cannot be written. */
export async function writtenColumns(sql: Sql, table: Table): Promise<string> {
  const [row] = await sql.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  )
  return row?.columns ?? ''
}

/** The number of the newest applied migration. */
export async function schemaVersion(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ version: number }>('select max(number) as version from schema_migrations')
  return row?.version ?? 0
}
