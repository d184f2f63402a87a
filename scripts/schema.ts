/**
 * `npm run schema`: writes what follows from the migrations: the row types (`rows.ts`) and the list of tables, indexes, constraints,
 * policies and triggers that `fiko doctor` compares with the live database (`expected-schema.json`).
 * `--check` writes nothing and fails when a file is out of date; `npm run check` calls it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openEmbedded } from '../server/src/platform/db/database-embedded.ts'
import { migrate } from '../server/src/platform/db/migrate.ts'
import { readSchema, type Schema } from '../server/src/platform/db/schema/read-schema.ts'
import { createLog } from '../server/src/platform/log.ts'

const FOLDER = fileURLToPath(new URL('../server/src/platform/db/schema/', import.meta.url))

/** The TypeScript type in which both drivers return a column (`platform/db/database.ts`). */
const TYPES: Record<string, string> = {
  bigint: 'number',
  integer: 'number',
  smallint: 'number',
  'double precision': 'number',
  real: 'number',
  boolean: 'boolean',
  'timestamp with time zone': 'Date',
  json: 'unknown',
  jsonb: 'unknown',
  bytea: 'Uint8Array',
}
/** Returned as text. `numeric` is never a float. */
const AS_TEXT = /^(text|uuid|numeric|tsvector|vector|halfvec|bit|inet|date|character|name|tsquery|interval)/

const files = filesOf(await migratedSchema())
if (process.argv.includes('--check')) {
  const old = Object.entries(files).filter(([name, text]) => readFileSync(join(FOLDER, name), 'utf8') !== text)
  if (old.length > 0) {
    console.error(`Out of date: ${old.map(([name]) => name).join(', ')}. Run: npm run schema`)
    process.exitCode = 1
  }
} else {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(FOLDER, name), text)
}

async function migratedSchema(): Promise<Schema> {
  const directory = mkdtempSync(join(tmpdir(), 'fiko-schema-'))
  const log = createLog('silent')
  const db = await openEmbedded(directory, false, log)
  try {
    await migrate(db, log)
    return await readSchema(db.owner)
  } finally {
    await db.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function filesOf(schema: Schema): Record<string, string> {
  const tables = Object.entries(schema.tables).map(([table, columns]) => {
    const fields = columns.map(
      ({ name, type, isNullable }) => `  ${name}: ${typeOf(type)}${isNullable ? ' | null' : ''}`,
    )
    return `export interface ${interfaceOf(table)} {\n${fields.join('\n')}\n}\n`
  })
  const head =
    '// Written by `npm run schema` from the migrations. A select that returns whole columns picks its fields here.\n'
  return {
    'rows.ts': [head, ...tables].join('\n'),
    'expected-schema.json': `${JSON.stringify(schema, null, 2)}\n`,
  }
}

/** `knowledge_chunks` → `KnowledgeChunksRow`. */
function interfaceOf(table: string): string {
  return `${table.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Row`
}

/** @throws {Error} for a type that is not in the tables above */
function typeOf(type: string): string {
  if (type.endsWith('[]')) return `${typeOf(type.slice(0, -2))}[]`
  const known = TYPES[type] ?? (AS_TEXT.test(type) ? 'string' : undefined)
  if (!known) throw new Error(`scripts/schema.ts does not know how the type ${type} is returned`)
  return known
}
