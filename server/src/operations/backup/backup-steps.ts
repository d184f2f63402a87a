import type { Database, Sql } from '../../platform/db/database.ts'
import { FEW_PIECES, type Lines, readLines } from '../../platform/db/row-lines.ts'
import { type Footer, TABLES, type Table } from './backup-format.ts'
import { countRows, type Moment, schemaVersion, writtenColumns } from './backup-tables.ts'

/** Size after which a step ends, at the end of a row: the embedded database does no other work meanwhile. */
const STEP_BYTES = 1_000_000
const STEP_ROWS = 500

/** A table's primary key; `events` has `id` and `received_at`. */
interface Key {
  names: string[]
  types: string[]
}

/**
 * Reads all rows of one moment from the embedded database, in short transactions between which other work writes. When a row that
 * was not read yet is changed or deleted, a trigger stores its old version; a row inserted meanwhile is skipped. Rows are read in
 * key order, so each step knows which rows are done. One backup at a time.
 */
export async function readInSteps(db: Database, work: (moment: Moment) => Promise<Footer>): Promise<Footer> {
  const background = db.inBackground()
  try {
    const begun = await background.owner.transaction(beginKeeping)
    return await work({
      ...begun,
      linesOf: (table) => linesOf(background, table, begun.keys[table]),
    })
  } finally {
    await forgetKept(background)
  }
}

/** Removes the stored old rows and the triggers, also those of a killed process. */
export async function forgetKept(db: Database): Promise<void> {
  // Dropping the functions drops the triggers that call them.
  await db.owner.query('drop schema if exists fiko_backup cascade')
}

async function* linesOf(db: Database, table: Table, key: Key): AsyncGenerator<Lines> {
  for (let last: string[] | null = null; ; ) {
    db.assureRoom()
    const step: Step = await db.owner.transaction((tx) => readStep(tx, table, key, last))
    yield* step.lines
    if (step.isLast) break
    last = step.last
  }
  await db.owner.transaction(async (tx) => {
    await tx.query(`drop function fiko_backup.keep_${table}() cascade`)
    await tx.query(`drop table fiko_backup.${table}`)
  })
}

interface Step {
  lines: Lines[]
  /** The key of the last row. */
  last: string[]
  isLast: boolean
}

async function readStep(tx: Sql, table: Table, key: Key, last: string[] | null): Promise<Step> {
  const { select, values } = await selectStep(tx, table, key, last)
  const lines: Lines[] = []
  let bytes = 0
  for await (const part of readLines(tx, select, values, FEW_PIECES, `${table} `)) {
    lines.push(part)
    bytes += part.bytes.length
    if (bytes < STEP_BYTES || part.lastKey === null) continue
    return { lines, last: JSON.parse(part.lastKey) as string[], isLast: false }
  }
  const lastKey = lines.at(-1)?.lastKey
  if (!lastKey) return { lines, last: [], isLast: true }
  return { lines, last: JSON.parse(lastKey) as string[], isLast: false }
}

/**
 * SQL for the next rows after `last`, as of the start: the stored old version if there is one, else the table's row. Only keys are
 * sorted. The text of a row is built when the row is fetched; with a join, all 500 were built for each step of a few.
 */
async function selectStep(tx: Sql, table: Table, { names, types }: Key, last: string[] | null) {
  const columns = await writtenColumns(tx, table)
  const keys = names.join(', ')
  const kept = `fiko_backup.${table}`
  const behind = last ? `where (${keys}) > (${types.map((type, at) => `$${at + 1}::text::${type}`).join(', ')})` : ''
  const next = (from: string) => `(select ${keys} from ${from} ${behind} order by ${keys} limit ${STEP_ROWS})`
  const sameAs = (alias: string) => names.map((name) => `${alias}.${name} = k.${name}`).join(' and ')
  const select = `
    select json_build_array(${names.map((name) => `k.${name}::text`).join(', ')})::text as key,
           case when exists (select 1 from ${kept} o where ${sameAs('o')})
                then (select old_row from ${kept} o where ${sameAs('o')})
                else (select row_to_json(t)::text from (select ${columns} from ${table} c where ${sameAs('c')}) t) end as row
      from (${next(table)} union ${next(kept)} order by ${keys} limit ${STEP_ROWS}) k`
  return { select, values: last ?? [] }
}

async function beginKeeping(tx: Sql): Promise<{ schema: number; rows: number; keys: Record<Table, Key> }> {
  await tx.query('drop schema if exists fiko_backup cascade')
  await tx.query('create schema fiko_backup')
  const keys = {} as Record<Table, Key>
  for (const table of TABLES) {
    keys[table] = await keyOf(tx, table)
    await keepOldRows(tx, table, keys[table])
  }
  return { schema: await schemaVersion(tx), rows: await countRows(tx), keys }
}

async function keyOf(tx: Sql, table: Table): Promise<Key> {
  const columns = await tx.query<{ name: string; type: string }>(
    `select quote_ident(a.attname) as name, format_type(a.atttypid, a.atttypmod) as type
       from pg_index i cross join unnest(i.indkey::int2[]) with ordinality as k (number, place)
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
      where i.indrelid = $1::regclass and i.indisprimary order by k.place`,
    [table],
  )
  return { names: columns.map(({ name }) => name), types: columns.map(({ type }) => type) }
}

/** An AFTER trigger, because `insert … on conflict` also calls BEFORE triggers for rows that it does not insert. */
async function keepOldRows(tx: Sql, table: Table, { names }: Key): Promise<void> {
  const kept = `fiko_backup.${table}`
  await tx.query(
    `create unlogged table ${kept} as select ${names.join(', ')}, ''::text as old_row from ${table} limit 0`,
  )
  await tx.query(`alter table ${kept} add primary key (${names.join(', ')})`)
  const columns = (await writtenColumns(tx, table)).split(', ').map((column) => `old.${column}`)
  const of = (which: 'old' | 'new') => names.map((name) => `${which}.${name}`).join(', ')
  await tx.query(`
    create function fiko_backup.keep_${table}() returns trigger language plpgsql security definer as $$ begin
      if tg_op <> 'INSERT' then
        insert into ${kept} values (${of('old')}, (select row_to_json(t)::text from (select ${columns.join(', ')}) t))
          on conflict do nothing;
      end if;
      if tg_op <> 'DELETE' then insert into ${kept} values (${of('new')}, null) on conflict do nothing; end if;
      return null;
    end $$`)
  await tx.query(
    `create trigger keep_for_backup after insert or update or delete on ${table}
       for each row execute function fiko_backup.keep_${table}()`,
  )
}
