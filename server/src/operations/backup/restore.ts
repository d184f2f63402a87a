import { partitionFor } from '../../ingest/partitions.ts'
import type { Database, Sql } from '../../platform/db/database.ts'
import { BackupError, type Header, readBackup, TABLES, type Table } from './backup-format.ts'
import { schemaVersion, writtenColumns } from './backup-tables.ts'

const BATCH_ROWS = 200
const BATCH_BYTES = 4_000_000

/**
 * Fills an empty database (either kind) from a verified backup, in one transaction. `open` returns the text of the backup again, as
 * bytes. Memory: 4 MB of rows, or one larger row.
 * @throws {BackupError} when the target database does not fit
 */
export async function restore(db: Database, header: Header, open: () => AsyncIterable<Buffer>): Promise<void> {
  const schema = await schemaVersion(db.owner)
  if (header.schema !== schema) {
    throw new BackupError(
      `The backup has schema version ${header.schema}, this program has ${schema}: restore it with the version that made it, then upgrade.`,
    )
  }
  await db.owner.transaction(
    async (tx) => {
      await refuseIfUsed(tx)
      await fill(tx, open)
      await restartSequences(tx)
    },
    { isLong: true },
  )
}

async function refuseIfUsed(tx: Sql): Promise<void> {
  const [used] = await tx.query('select 1 from users limit 1')
  if (used) {
    throw new BackupError('The database is not empty. Restore into a new one (another DATA_DIR or DATABASE_URL).')
  }
}

async function fill(tx: Sql, open: () => AsyncIterable<Buffer>): Promise<void> {
  let current: Table | null = null
  let rows: string[] = []
  let bytes = 0
  let columns = ''
  const flush = async () => {
    if (!current || rows.length === 0) return
    if (current === 'events') await makePartitions(tx, rows)
    await tx.query(
      `insert into ${current} (${columns}) overriding system value
       select ${columns} from json_populate_recordset(null::${current}, $1::json)`,
      [`[${rows.join(',')}]`],
    )
    rows = []
    bytes = 0
  }
  await readBackup(open(), async (table, row) => {
    if (table !== current || rows.length >= BATCH_ROWS || bytes + row.length > BATCH_BYTES) await flush()
    if (table !== current) columns = await writtenColumns(tx, table)
    current = table
    rows.push(row)
    bytes += row.length
  })
  await flush()
}

async function makePartitions(tx: Sql, rows: string[]): Promise<void> {
  const days = new Set(rows.map((row) => /"received_at":"(\d{4}-\d{2}-\d{2})/.exec(row)?.[1] ?? ''))
  for (const day of days) await partitionFor(tx, Date.parse(`${day}T00:00:00Z`))
  // The offset of a row may move it to the day before or after, in UTC.
  for (const day of days) {
    for (const offset of [-1, 1]) await partitionFor(tx, Date.parse(`${day}T00:00:00Z`) + offset * 86_400_000)
  }
}

async function restartSequences(tx: Sql): Promise<void> {
  await tx.query(`select setval('events_id_seq', greatest(1, (select coalesce(max(id), 0) from events)))`)
  for (const table of TABLES) {
    const [identity] = await tx.query(
      `select 1 from information_schema.columns where table_schema = current_schema() and table_name = $1
          and column_name = 'id' and is_identity = 'YES'`,
      [table],
    )
    if (!identity) continue
    await tx.query(
      `select setval(pg_get_serial_sequence('${table}', 'id'), greatest(1, (select coalesce(max(id), 0) from ${table})))`,
    )
  }
}
