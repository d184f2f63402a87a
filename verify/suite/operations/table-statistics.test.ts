import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../server/src/platform/config.ts'
import { openDatabase } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { anUpdate } from '../../support/events.ts'
import { databaseKind, freshDatabase, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

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

test('tables are analyzed during a first sync, and unchanged tables are not', async () => {
  const shop = await server.newShop()
  for (const from of [1, 101, 201, 301])
    await shop.sendBatch(Array.from({ length: 100 }, (_, n) => anUpdate({ id: from + n, name: `Counted ${from + n}` })))
  for (const table of ['events', 'products', 'knowledge_chunks', 'chunk_embeddings', 'embedding_cache'])
    await waitFor(`${table} to be analysed`, async () => (await rowsKnown(table)) >= 200)
  expect(await rowsKnown('audit_log')).toBe(-1)
})

test('a server that starts on a backlog has the tables analyzed before its first batch', async () => {
  const fresh = await freshDatabase('prepared')
  const first = await startTestServer(fresh.env)
  const shop = await first.newShop()
  await first.stop()
  const db = await openDatabase(readConfig({ EMBEDDING_PROVIDER: 'offline', ...fresh.env }), createLog('silent'))
  await db.owner.query(
    `insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id,
                         payload, version, is_versioned, priority)
     select now(), now(), tenant_id, id, 'before-' || n, 'product.updated', 'backfill', n, $2::json, 5, true, 1
       from stores, generate_series(1, 3000) n where id = $1`,
    [shop.storeId, JSON.stringify(anUpdate({ id: 1 }))],
  )
  await db.close()

  const second = await startTestServer(fresh.env)
  try {
    const firstBatch = async () => {
      const [row] = await second.sql<{ at: Date | null }>('select min(processed_at) as at from events')
      return row?.at ?? null
    }
    await waitFor('the first batch', async () => (await firstBatch()) !== null)
    const [analyzed] = await second.sql<{ at: Date | null }>(
      `select max(pg_stat_get_last_analyze_time(inhrelid)) as at from pg_inherits where inhparent = 'events'::regclass`,
    )
    expect(analyzed?.at?.getTime()).toBeLessThanOrEqual((await firstBatch())?.getTime() ?? 0)
  } finally {
    await second.stop()
    await fresh.remove()
  }
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

// The embedded database has no time limit: without the guard the search only takes long there.
if (databaseKind === 'postgres') {
  test('a search of thousands of products is answered before their tables are analyzed', async () => {
    const fresh = await freshDatabase('prepared')
    const first = await startTestServer(fresh.env)
    const shop = await first.newShop()
    await shop.send(anUpdate({ id: 1, name: 'Walnut table' }))
    await first.settled()
    await first.stop()
    // It receives and answers, and does not keep tables.
    const second = await startTestServer({ ...fresh.env, ROLE: 'api' })
    try {
      await second.sql(
        `with copies as (
           insert into products (tenant_id, store_id, external_id, name, version, version_event_id, is_versioned, content_version,
                                 content_event_id, is_active, content_hash, chunked_hash, embedded_hash, chunk_count)
           select tenant_id, store_id, 'woo_' || n, 'Copy', 1, 'copy', true, 1, 'copy', true, 'x', 'x', 'x', 1
             from products, generate_series(2, 12000) n returning id
         ), texts as (
           insert into knowledge_chunks (tenant_id, store_id, product_id, position, text, text_hash, language, embedding_status)
           select k.tenant_id, k.store_id, c.id, 0, k.text, k.text_hash, k.language, 'stored'
             from copies c, (select * from knowledge_chunks limit 1) k returning id
         )
         insert into chunk_embeddings (chunk_id, tenant_id, profile_id, text_hash, embedding)
         select t.id, e.tenant_id, e.profile_id, e.text_hash, e.embedding from texts t, (select * from chunk_embeddings limit 1) e`,
      )
      const [known] = await second.sql<{ rows: number }>(
        `select max(reltuples)::float8 as rows from pg_class where relname in ('products', 'knowledge_chunks', 'chunk_embeddings')`,
      )
      expect(known).toEqual({ rows: -1 })
      const knowledge = await second.knowledgeToken()
      const answer = await second.search('walnut', { token: knowledge })
      expect([answer.status, answer.body.degraded]).toEqual([200, false])
      expect(answer.body.results[0].product.name).toBe('Walnut table')
    } finally {
      await second.stop()
      await fresh.remove()
    }
  })
}
