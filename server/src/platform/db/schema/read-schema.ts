import type { Sql } from '../database.ts'

/** A column as PostgreSQL names its type, such as `text`, `bigint` or `text[]`. */
export interface SchemaColumn {
  name: string
  type: string
  isNullable: boolean
}

/** The parts of a schema that the program relies on. Partitions are left out: they follow their table. */
export interface Schema {
  /** Tables by name, each with its columns in their order. */
  tables: Record<string, SchemaColumn[]>
  /** `table.index`: valid indexes only. */
  indexes: string[]
  /** `table.constraint`: checks, keys and foreign keys that hold for every row. */
  constraints: string[]
  /** `table.policy`: row-level security; only of tables on which it is enabled. */
  policies: string[]
  /** `table.trigger`: enabled triggers. */
  triggers: string[]
}

/** Reads the schema of the live database from PostgreSQL's own catalogue. */
export async function readSchema(sql: Sql): Promise<Schema> {
  const tables: Record<string, SchemaColumn[]> = {}
  for (const { table, ...column } of await sql.query<SchemaColumn & { table: string }>(
    `select c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as "isNullable"
       from ${OUR_TABLES} join pg_attribute a on a.attrelid = c.oid
      where a.attnum > 0 and not a.attisdropped order by c.relname collate "C", a.attnum`,
  )) {
    tables[table] = [...(tables[table] ?? []), column]
  }
  return {
    tables,
    indexes: await names(
      sql,
      `select c.relname || '.' || i.relname as name from ${OUR_TABLES}
         join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid where x.indisvalid and x.indisready`,
    ),
    // PostgreSQL 18 lists NOT NULL here as well; the columns above hold it.
    constraints: await names(
      sql,
      `select c.relname || '.' || x.conname as name from ${OUR_TABLES}
         join pg_constraint x on x.conrelid = c.oid where x.convalidated and x.contype in ('c', 'f', 'p', 'u', 'x')`,
    ),
    policies: await names(
      sql,
      `select c.relname || '.' || x.polname as name from ${OUR_TABLES}
         join pg_policy x on x.polrelid = c.oid where c.relrowsecurity`,
    ),
    triggers: await names(
      sql,
      `select c.relname || '.' || x.tgname as name from ${OUR_TABLES}
         join pg_trigger x on x.tgrelid = c.oid where not x.tgisinternal and x.tgenabled <> 'D'`,
    ),
  }
}

const OUR_TABLES = `(select * from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
                       and not relispartition) c`

async function names(sql: Sql, text: string): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(`select name from (${text}) n order by name collate "C"`)
  return rows.map(({ name }) => name)
}

/** Parts of the expected schema that the live one lacks, as sentences' subjects: `index products.products_lexemes_idx`. */
export function missingParts(expected: Schema, live: Schema): string[] {
  const columns = Object.entries(expected.tables).flatMap(([table, wanted]) => {
    const found = live.tables[table]
    if (!found) return [`table ${table}`]
    return wanted
      .filter((column) => !found.some(({ name, type }) => name === column.name && type === column.type))
      .map((column) => `column ${table}.${column.name} (${column.type})`)
  })
  const lacking = (kind: string, wanted: string[], found: string[]) =>
    wanted.filter((name) => !found.includes(name)).map((name) => `${kind} ${name}`)
  return [
    ...columns,
    ...lacking('index', expected.indexes, live.indexes),
    ...lacking('constraint', expected.constraints, live.constraints),
    ...lacking('policy', expected.policies, live.policies),
    ...lacking('trigger', expected.triggers, live.triggers),
  ]
}
