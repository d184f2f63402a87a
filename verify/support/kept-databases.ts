/**
 * Embedded databases that a worker keeps open for its next files. To open one costs 0.7 s of CPU, and its first statements cost twice as
 * much as later ones; to empty it costs 0.1 s.
 */
import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Database } from '../../server/src/platform/db/database.ts'
import { embeddedOptions, overPglite } from '../../server/src/platform/db/database-embedded.ts'

interface KeptDatabase {
  client: PGlite
  directory: string
  /** Digest of everything that a file can change besides rows: tables, columns, indexes, triggers, functions, roles. */
  shape: string
}

/** A database with more bytes in its tables is thrown away: to empty it would cost more than to open another. */
const MAX_KEPT_BYTES = 30_000_000
/** Tables whose rows come from the schema's preparation. Their content is part of the shape. */
const PREPARED =
  "('schema_migrations'::regclass, 'installation'::regclass, 'pgboss.version'::regclass, 'pgboss.queue'::regclass)"
const OURS = "relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace)"

const idle: KeptDatabase[] = []

/**
 * Lends a database with the schema and without data. The server that gets it cannot tell it from a new one: rows, sequences, statistics
 * and settings are those of the prepared directory, and a database whose schema a file has changed is not lent again.
 */
export async function lendDatabase(preparedDirectory: string): Promise<Database> {
  const kept = (await takeIdle()) ?? (await openCopy(preparedDirectory))
  return overPglite(lend(kept.client), () => {
    // One is enough: files with two servers at a time are few, and each database takes 60 MB of memory.
    if (idle.length === 0) idle.push(kept)
    else void discard(kept)
  })
}

async function openCopy(preparedDirectory: string): Promise<KeptDatabase> {
  // Beside the template, which the run removes at its end together with the directory of both.
  const directory = join(dirname(preparedDirectory), `kept-${randomUUID()}`)
  cpSync(join(preparedDirectory, 'database'), directory, { recursive: true })
  const client = await PGlite.create(embeddedOptions(directory, false))
  return { client, directory, shape: await shapeOf(client) }
}

async function takeIdle(): Promise<KeptDatabase | undefined> {
  const kept = idle.pop()
  if (!kept) return undefined
  try {
    if (await empty(kept)) return kept
  } catch {
    // A transaction that a file left open, for example: the next file gets a new database.
  }
  await discard(kept)
  return undefined
}

async function discard({ client, directory }: KeptDatabase): Promise<void> {
  await client.close().catch(() => {})
  rmSync(directory, { recursive: true, force: true })
}

/** Makes the database as it was when it was opened; false when it cannot. */
async function empty({ client, shape }: KeptDatabase): Promise<boolean> {
  await client.exec('rollback; reset all; reset role; unlisten *; discard temp')
  const { rows: filled } = await client.query<{ name: string; bytes: number }>(
    `select oid::regclass::text as name, pg_relation_size(oid) as bytes from pg_class
      where ${OURS} and relkind = 'r' and pg_relation_size(oid) > 0 and oid not in ${PREPARED}`,
  )
  if (filled.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_KEPT_BYTES) return false
  if ((await shapeOf(client)) !== shape) return false

  // As a replica: triggers and foreign keys do not act.
  await client.exec(`set session_replication_role = replica;
    ${filled.map(({ name }) => `delete from ${name}`).join(';')};
    reset session_replication_role`)
  if (filled.length > 0) await client.exec(`vacuum ${filled.map(({ name }) => name).join(', ')}`)
  await client.exec(`
    update installation set id = gen_random_uuid();
    select setval(seqrelid, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid) is not null;
    delete from pg_statistic where starelid in (select oid from pg_class where ${OURS});
    update pg_class set reltuples = -1, relpages = 0, relallvisible = 0 where ${OURS} and relkind = 'r' and reltuples >= 0;
    select pg_stat_reset()`)
  return true
}

async function shapeOf(client: PGlite): Promise<string> {
  const { rows } = await client.query<{ shape: string }>(
    `with ours as materialized (select * from pg_class where ${OURS})
     select md5(concat(
       (select string_agg(concat_ws(' ', oid, relname, relkind, relnatts, relchecks, relhastriggers, relrowsecurity,
                                    relforcerowsecurity, relpersistence, reloptions, relacl), ',' order by oid) from ours),
       (select string_agg(concat_ws(' ', attrelid, attnum, attname, atttypid, atttypmod, attnotnull, atthasdef, attisdropped), ','
                          order by attrelid, attnum) from pg_attribute join ours on attrelid = ours.oid and attnum > 0),
       (select string_agg(concat_ws(' ', oid, tgenabled), ',' order by oid) from pg_trigger),
       (select string_agg(concat_ws(' ', oid, xmin), ',' order by oid) from pg_proc where oid >= 16384),
       (select string_agg(concat_ws(' ', oid, convalidated), ',' order by oid) from pg_constraint),
       (select string_agg(concat_ws(' ', oid, adbin), ',' order by oid) from pg_attrdef),
       (select string_agg(concat_ws(' ', indexrelid, indisvalid), ',' order by indexrelid) from pg_index),
       (select string_agg(concat_ws(' ', oid, polqual, polwithcheck), ',' order by oid) from pg_policy),
       (select string_agg(concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcanlogin, rolconfig), ',' order by oid) from pg_roles),
       (select string_agg(setconfig::text, ',' order by setdatabase, setrole) from pg_db_role_setting),
       (select string_agg(nspname, ',' order by nspname) from pg_namespace where nspname !~ '^pg_(toast_)?temp'),
       (select string_agg(number || name, ',' order by number) from schema_migrations),
       (select string_agg(version::text, ',') from pgboss.version),
       (select string_agg(name, ',' order by name) from pgboss.queue)
     )) as shape`,
  )
  return rows[0]?.shape ?? ''
}

/** The client as a server gets it: after `close` it refuses statements, and stays open for the next server. */
function lend(client: PGlite): PGlite {
  let isClosed = false
  const whileOpen =
    <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
    async (...given: Given) => {
      if (isClosed) throw new Error('PGlite is closed')
      return await work(...given)
    }
  const lent: Pick<PGlite, 'query' | 'exec' | 'transaction' | 'listen' | 'close'> = {
    query: whileOpen(client.query.bind(client)) as PGlite['query'],
    exec: whileOpen(client.exec.bind(client)),
    transaction: whileOpen(client.transaction.bind(client)) as PGlite['transaction'],
    listen: whileOpen(client.listen.bind(client)),
    close: async () => {
      isClosed = true
    },
  }
  return lent as PGlite
}
