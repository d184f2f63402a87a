import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../support/events.ts'
import { databaseKind, startTestServer, type TestServer, waitFor } from '../support/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const rowsKnown = async (table: string) => {
  const [row] = await server.sql<{ rows: number }>(
    `select max(reltuples)::float8 as rows from pg_class where oid = any(array(
       select $1::regclass union all select inhrelid from pg_inherits where inhparent = $1::regclass))`,
    [table],
  )
  return row?.rows ?? -1
}

test('the planner hears of a first sync while it goes on, and of nothing that did not change', async () => {
  const shop = await server.newShop()
  for (const from of [1, 101, 201, 301])
    await shop.sendBatch(Array.from({ length: 100 }, (_, n) => anUpdate({ id: from + n, name: `Counted ${from + n}` })))
  for (const table of ['events', 'products', 'knowledge_chunks', 'chunk_embeddings', 'embedding_cache'])
    await waitFor(`${table} to be analysed`, async () => (await rowsKnown(table)) >= 200)
  expect(await rowsKnown('audit_log')).toBe(-1)
})

// PostgreSQL's own autovacuum does this there, in its own time.
if (databaseKind === 'embedded') {
  test('the room of rows that died is given back, where no autovacuum does it', async () => {
    const vacuumed = async (table: string) => {
      const [row] = await server.sql<{ times: number }>('select pg_stat_get_vacuum_count($1::regclass)::int as times', [
        table,
      ])
      return row?.times ?? -1
    }
    expect(await vacuumed('products')).toBe(0)
    for (let change = 0; change < 4; change += 1) await server.sql('update products set updated_at = now()')
    await waitFor('the room of 1,600 dead rows', async () => (await vacuumed('products')) > 0)
    expect(await vacuumed('stores')).toBe(0)
  })
}
