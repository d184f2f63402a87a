import { createHash } from 'node:crypto'
import type { Database, Sql } from '../platform/database.ts'
import { FORMAT, type Footer, type Header, TABLES, type Table } from './backup-format.ts'

const ROWS_AT_ONCE = 500

/**
 * The lines of a logical backup: a header, every row as `table {json}` in PostgreSQL's own words, and a footer with counts
 * and a checksum. All of one moment: on PostgreSQL by a snapshot that blocks nobody; on the embedded database, which has one
 * connection, other work waits until it is read.
 */
export async function backUp(db: Database, write: (text: string) => Promise<void>): Promise<Footer> {
  return await db.owner.transaction(
    async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only')
      // Whoever stores the backup may be slow.
      await tx.query('set local idle_in_transaction_session_timeout = 0')
      const checksum = createHash('sha256')
      const rows: Record<string, number> = {}
      const line = async (text: string) => {
        checksum.update(text)
        await write(text)
      }
      const header: Header = {
        format: FORMAT,
        schema: await schemaVersion(tx),
        created_at: new Date().toISOString(),
        rows: await countRows(tx),
      }
      await line(`header ${JSON.stringify(header)}\n`)
      for (const table of TABLES) {
        rows[table] = 0
        const columns = await writtenColumns(tx, table)
        await tx.query(
          `declare backup_rows no scroll cursor for select row_to_json(t)::text as row from (select ${columns} from ${table}) t`,
        )
        for (;;) {
          const batch = await tx.query<{ row: string }>(`fetch ${ROWS_AT_ONCE} from backup_rows`)
          if (batch.length === 0) break
          rows[table] += batch.length
          await line(batch.map(({ row }) => `${table} ${row.replaceAll('\n', ' ')}\n`).join(''))
        }
        await tx.query('close backup_rows')
      }
      const footer: Footer = { rows, sha256: checksum.digest('hex') }
      await write(`footer ${JSON.stringify(footer)}\n`)
      return footer
    },
    { isLong: true },
  )
}

/** Exact, since it is the same snapshot; it costs a small part of reading the rows. */
async function countRows(tx: Sql): Promise<number> {
  const counts = TABLES.map((table) => `(select count(*) from ${table})`)
  const [row] = await tx.query<{ rows: number }>(`select ${counts.join(' + ')} as rows`)
  return row?.rows ?? 0
}

/** A table's columns as SQL lists them, without those that the database derives from others: nobody may write these. */
export async function writtenColumns(sql: Sql, table: Table): Promise<string> {
  const [row] = await sql.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  )
  return row?.columns ?? ''
}

/** The number of the newest migration that has run. */
export async function schemaVersion(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ version: number }>('select max(number) as version from schema_migrations')
  return row?.version ?? 0
}
