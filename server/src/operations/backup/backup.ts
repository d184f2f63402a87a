import { createHash } from 'node:crypto'
import type { Database, Sql } from '../../platform/db/database.ts'
import { MANY_PIECES, readLines } from '../../platform/db/row-lines.ts'
import { FORMAT, type Footer, type Header, TABLES } from './backup-format.ts'
import { readInSteps } from './backup-steps.ts'
import { countRows, type Moment, schemaVersion, writtenColumns } from './backup-tables.ts'

/** A longer lock wait ends the backup, because a disconnected reader is only noticed between two statements. */
const LOCK_TIMEOUT_MS = 10_000

/** Consumes the bytes of a backup; throws after the reader has disconnected. */
export type Write = (bytes: Buffer) => Promise<void>

/**
 * Writes a logical backup: a header, every row as `table {json}` in PostgreSQL's own format, and a footer with counts and a
 * checksum. All rows are from one moment: on PostgreSQL by a snapshot that blocks nothing; on the embedded database, which has one
 * connection, in steps of about 1 MB with other work in between (backup-steps.ts). `write` should be as fast as a disk: a
 * PostgreSQL connection and a snapshot are held until the last row is written.
 */
export async function backUp(db: Database, write: Write): Promise<Footer> {
  if (db.kind === 'embedded') return await readInSteps(db, (moment) => writeBackup(moment, write))
  return await db.owner.transaction(
    async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only')
      await tx.query(`set local lock_timeout = '${LOCK_TIMEOUT_MS}ms'`)
      return await writeBackup(await momentOf(tx), write)
    },
    { isLong: true },
  )
}

async function momentOf(tx: Sql): Promise<Moment> {
  return {
    schema: await schemaVersion(tx),
    rows: await countRows(tx),
    linesOf: async function* (table) {
      const columns = await writtenColumns(tx, table)
      const select = `select '' as key, row_to_json(t)::text as row from (select ${columns} from ${table}) t`
      yield* readLines(tx, select, [], MANY_PIECES, `${table} `)
    },
  }
}

async function writeBackup(moment: Moment, write: Write): Promise<Footer> {
  const checksum = createHash('sha256')
  const header: Header = {
    format: FORMAT,
    schema: moment.schema,
    created_at: new Date().toISOString(),
    rows: moment.rows,
  }
  const put = async (bytes: Buffer) => {
    checksum.update(bytes)
    await write(bytes)
  }
  await put(Buffer.from(`header ${JSON.stringify(header)}\n`))
  const rows: Record<string, number> = {}
  for (const table of TABLES) {
    rows[table] = 0
    for await (const lines of moment.linesOf(table)) {
      rows[table] += lines.rows
      await put(lines.bytes)
    }
  }
  const written = Object.values(rows).reduce((sum, count) => sum + count, 0)
  if (written !== moment.rows) {
    throw new Error(`${written} rows were read, but there were ${moment.rows} at the moment of the backup`)
  }
  const footer: Footer = { rows, sha256: checksum.digest('hex') }
  await write(Buffer.from(`footer ${JSON.stringify(footer)}\n`))
  return footer
}
