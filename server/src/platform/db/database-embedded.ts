import { existsSync, mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite, type PGliteOptions, type Transaction } from '@electric-sql/pglite'
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin'
import { vector } from '@electric-sql/pglite-pgvector'
import { RetryLater } from '../errors.ts'
import type { Log } from '../log.ts'
import { createConnectionQueue } from './connection-queue.ts'
import { lockDataDirectory } from './data-lock.ts'
import type { Access, Database, Sql, SqlValue } from './database.ts'
import { giveOwnId, unpackNewDatabase } from './new-database.ts'
import { assume, type DatabaseRole } from './roles.ts'
import { EVERY_TENANT, type TenantScope } from './tenant-scope.ts'

const INT8 = 20
const JSON_TYPE = 114
/**
 * PGlite hangs when it cannot create the next 16 MB of its log. The disk is checked once a second; everything that is written in
 * between, by other programs too, must fit into the difference.
 */
const MIN_FREE_BYTES = 64_000_000
const DISK_CHECK_INTERVAL_MS = 1_000

/**
 * Opens the embedded PostgreSQL (PGlite) in `dataDir`. One process at a time may use the directory.
 * Durability: a commit survives `kill -9` of this process. It may not survive a power cut, because the write-ahead log stays in the
 * operating system's cache; `fsync` opens the log with O_SYNC and leaves only checkpoints at risk (`npm run bench:durability`).
 */
export async function openEmbedded(dataDir: string, fsync: boolean, log: Log): Promise<Database> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = lockDataDirectory(dataDir)
  const directory = join(dataDir, 'database')
  if (!existsSync(directory)) log.info({ directory }, 'database.creating')
  const client = await openDirectory(directory, fsync).catch((error: unknown) => {
    lock.release()
    throw error
  })
  return overPglite(client, lock.release, watchRoom(dataDir))
}

/** Opens the database in `directory`; if there is none, a new one with the schema is put there first. */
export async function openDirectory(directory: string, fsync: boolean): Promise<PGlite> {
  if (!existsSync(directory)) unpackNewDatabase(directory, fsync)
  const client = await PGlite.create(embeddedOptions(directory, fsync))
  await giveOwnId(client, directory)
  return client
}

/** Implements `Database` on an open PGlite; `afterClose` runs after it is closed. */
export function overPglite(client: PGlite, afterClose: () => void, assureRoom = () => {}): Database {
  const connection = createConnectionQueue()
  const accessOf = (isBackground: boolean) => {
    const accessAs = (role: DatabaseRole): Access => {
      const transaction = <T>(work: (tx: Sql) => Promise<T>): Promise<T> =>
        connection.run(isBackground, () =>
          client.transaction(async (tx) => {
            await tx.exec(assume(role))
            return await work(embeddedSql(tx))
          }),
        )
      return { query: (text, values) => transaction((tx) => tx.query(text, values)), transaction }
    }
    const service = accessAs('service')
    return {
      forTenant: (tenantId: number) => accessAs({ tenantId }),
      inScope: (scope: TenantScope) => (scope === EVERY_TENANT ? service : accessAs({ tenantId: scope })),
      service,
      owner: { ...accessAs('owner'), ...embeddedSql(client) },
    }
  }
  const database: Database = {
    kind: 'embedded',
    ...accessOf(false),
    inBackground: () => ({ ...database, ...accessOf(true) }),
    assureRoom,
    listen: async (channel, onNotify) => {
      const stop = await client.listen(channel, onNotify)
      return { close: stop }
    },
    script: async (text) => {
      try {
        return (await client.exec(text)).flatMap((result) => result.rows)
      } catch (error) {
        // All work shares one connection: a failed script must not leave its transaction open for the next statement.
        await client.exec('rollback')
        throw error
      }
    },
    close: async () => {
      await client.close()
      afterClose()
    },
  }
  return database
}

function watchRoom(dataDir: string): () => void {
  let lookedAt = Number.NEGATIVE_INFINITY
  let isFull = false
  return () => {
    if (performance.now() - lookedAt >= DISK_CHECK_INTERVAL_MS) {
      const { bavail, bsize } = statfsSync(dataDir)
      isFull = bavail * bsize < MIN_FREE_BYTES
      lookedAt = performance.now()
    }
    if (isFull) throw new RetryLater(`less than ${MIN_FREE_BYTES / 1e6} MB are free in ${dataDir}: make room there`)
  }
}

/** Options of PGlite; without a directory the database is in memory. */
export function embeddedOptions(dataDir: string | undefined, fsync: boolean): PGliteOptions {
  const base = PGlite.defaultStartParams.filter((parameter) => !fsync || parameter !== '-F')
  const durable = fsync ? ['-c', 'fsync=on', '-c', 'wal_sync_method=open_datasync'] : []
  return {
    ...(dataDir === undefined ? {} : { dataDir }),
    extensions: { vector, btree_gin },
    parsers: { [INT8]: Number },
    // Passes bytes. PGlite's own writer computes the UTF-8 length of a text in JavaScript, twice, character by character.
    serializers: { [JSON_TYPE]: (value: string) => Buffer.from(value) as unknown as string },
    startParams: [...base, ...durable],
  }
}

function embeddedSql(client: Pick<PGlite | Transaction, 'query' | 'exec'>): Sql {
  return {
    query: async <Row>(text: string, values: readonly SqlValue[] = []) =>
      (await client.query<Row>(text, values as unknown[])).rows,
  }
}
