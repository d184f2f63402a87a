import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backUp } from '../../../server/src/operations/backup/backup.ts'
import { BackupError, readBackup, TABLES, type Table } from '../../../server/src/operations/backup/backup-format.ts'
import { writtenColumns } from '../../../server/src/operations/backup/backup-tables.ts'
import { restoreInto } from '../../../server/src/operations/backup/restore-into.ts'
import { anUpdate } from '../../support/events.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
  const variations = [{ id: 7, attributes: { size: 'big' }, price: '5' }]
  await shop.sendBatch(
    Array.from({ length: 30 }, (_, at) => anUpdate({ id: at + 1, name: `Lamp ${at + 1}`, variations })),
  )
  await server.settled()
})
afterAll(() => server.stop())

/** Takes a backup and calls `onBytes` before each part of it is taken. */
async function take(onBytes: (text: string) => Promise<void> = async () => {}): Promise<Buffer[]> {
  const parts: Buffer[] = []
  await backUp(server.running.db, async (bytes) => {
    await onBytes(bytes.subarray(0, 100).toString())
    parts.push(bytes)
  })
  return parts
}

async function* each(parts: Buffer[]): AsyncGenerator<Buffer> {
  yield* parts
}

async function rowsIn(parts: Buffer[]): Promise<Map<Table, string[]>> {
  const rows = new Map<Table, string[]>(TABLES.map((table) => [table, []]))
  await readBackup(each(parts), (table, row) => void rows.get(table)?.push(row))
  return rows
}

const digest = (text: string) => `${text.length} ${hash('sha256', text)}`

async function rowsNow(table: Table): Promise<string[]> {
  const columns = await writtenColumns(server.running.db.owner, table)
  const rows = await server.sql<{ row: string }>(
    `select row_to_json(t)::text as row from (select ${columns} from ${table}) t`,
  )
  return rows.map(({ row }) => row.replaceAll(/[\r\n]/g, ' ')).sort()
}

const watched = [
  'stores',
  'events',
  'event_ids',
  'products',
  'product_variants',
  'knowledge_chunks',
  'audit_log',
] as const

test('a backup holds the rows of its beginning, also of rows that are changed, deleted, inserted or replaced while it is read', async () => {
  const before = new Map(await Promise.all(watched.map(async (table) => [table, await rowsNow(table)] as const)))
  let isChanged = false
  const parts = await take(async (text) => {
    if (isChanged && !text.startsWith('product_variants ')) return
    if (!isChanged) {
      isChanged = true
      await server.sql(`update products set name = 'Changed' where external_id = 'woo_1'`)
      await server.sql(`update products set name = 'Changed twice' where external_id = 'woo_1'`)
      await server.sql(`delete from products where external_id in ('woo_2', 'woo_3')`)
      // The same shop and product under another key: both rows in one backup could not be restored.
      await server.sql(`insert into products (tenant_id, store_id, external_id, name, description, version, version_event_id,
                          is_versioned, content_version, content_event_id, is_active)
        select tenant_id, id, 'woo_2', 'Anew', '', 1, 'x', true, 1, 'x', false from stores where id = ${shop.storeId}`)
      await server.sql(`update event_ids set body_hash = 'changed' where store_id = ${shop.storeId}`)
      await server.sql(`insert into event_ids select store_id, 'again-' || event_id, 'x', now() from event_ids`)
      expect((await shop.send(anUpdate({ id: 99, name: 'New' }))).status).toBe(202)
      await server.settled()
    } else {
      // Products are read; nothing of this may appear in their place.
      await server.sql(`update products set name = 'Too late'`)
      await server.sql('delete from knowledge_chunks')
    }
  })
  const rows = await rowsIn(parts)
  for (const [table, expected] of before) expect(rows.get(table)?.sort(), table).toEqual(expected)
  expect(await server.sql(`select 1 from pg_namespace where nspname = 'fiko_backup'`)).toEqual([])
  expect(await server.sql(`select 1 from pg_trigger where tgname = 'keep_for_backup'`)).toEqual([])
})

test('every table’s trigger stores old rows, which are read in the order of their keys', async () => {
  const parts = await take(async (text) => {
    if (!text.startsWith('header ')) return
    // Every row of every table is written anew.
    for (const table of TABLES) {
      if (table === 'audit_log') continue
      const columns = (await writtenColumns(server.running.db.owner, table)).split(', ')
      const column = columns.filter((name) => name !== 'id').at(-1)
      await server.sql(`update ${table} set ${column} = ${column}`)
    }
  })
  const rows = await rowsIn(parts)
  for (const table of [
    'users',
    'tenants',
    'event_hours',
    'usage_hours',
    'chunk_embeddings',
    'embedding_cache',
  ] as const)
    expect(rows.get(table)?.length, table).toBe((await rowsNow(table)).length)
})

test('a backup that fails midway leaves nothing behind, and the next one is whole', async () => {
  const failing = take(async (text) => {
    if (text.startsWith('products ')) throw new Error('the reader went away')
  })
  await expect(failing).rejects.toThrow('the reader went away')
  expect(await server.sql(`select 1 from pg_trigger where tgname = 'keep_for_backup'`)).toEqual([])
  expect((await rowsIn(await take())).get('products')?.length).toBe((await rowsNow('products')).length)
})

test('rows of any size and content are written and read by bytes', async () => {
  // As they came before a canonical text was bounded, and with what ends a line elsewhere.
  const payload = `{"event_id": "x",\n "note": "\u2028\u2029\u0085 ‌فارسی 🫖",\r\n "ballast": "${'ابجد'.repeat(550_000)}"}`
  for (const id of [1, 2]) {
    await server.sql(
      `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source,
                           external_product_id, payload, version, is_versioned, priority, status, outcome, processed_at)
       select now(), now(), tenant_id, id, 'large-' || $1::text, 'product.updated', 'live', 5, $2::json, 5, true, 0, 'superseded',
              'superseded', now() from stores where id = ${shop.storeId}`,
      [id, payload],
    )
  }
  const parts = await take()
  // A part holds 64 pieces of 64 KB at most.
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(64 * 64_000 + 10_000)
  const large = (await rowsIn(parts)).get('events')?.filter((row) => row.includes('"large-')) ?? []
  const expected = (await rowsNow('events')).filter((row) => row.includes('"large-'))
  expect(large.sort().map(digest)).toEqual(expected.map(digest))
  expect(large.map((row) => JSON.parse(row).payload.note)).toEqual(Array(2).fill('\u2028\u2029\u0085 ‌فارسی 🫖'))

  const directory = mkdtempSync(join(tmpdir(), 'fiko-moment-'))
  // In parts that end within lines and within characters, as a file is read.
  const bytes = Buffer.concat(parts)
  const cut = Array.from({ length: Math.ceil(bytes.length / 65_521) }, (_, at) =>
    bytes.subarray(at * 65_521, (at + 1) * 65_521),
  )
  const footer = await restoreInto({ directory }, () => each(cut))
  expect(footer.rows.events).toBe((await rowsNow('events')).length)
  rmSync(directory, { recursive: true, force: true })
})

test('a line that no row has is refused before it fills the memory', async () => {
  const chunk = Buffer.alloc(16_000_000, 'x')
  const endless = async function* () {
    for (;;) yield chunk
  }
  await expect(readBackup(endless(), () => {})).rejects.toThrow(BackupError)
})
