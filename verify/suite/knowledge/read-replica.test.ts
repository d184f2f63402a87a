import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type StreamingReplica, startStreamingReplica } from '../../../scripts/streaming-replica.ts'
import { startThrowawayPostgres, type ThrowawayPostgres } from '../../../scripts/throwaway-postgres.ts'
import { anUpdate } from '../../support/events.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import { databaseKind, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

test('a replica without a PostgreSQL that it follows stops the start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fiko-no-primary-'))
  const start = startTestServer({ DATA_DIR: directory, DATABASE_READ_URL: 'postgres://127.0.0.1:1/fiko' })
  await expect(start).rejects.toThrow('it needs DATABASE_URL')
  rmSync(directory, { recursive: true, force: true })
})

/** Searches that each server has answered so far. */
async function readsFrom(server: TestServer): Promise<{ replica: number; primary: number; lag: number | null }> {
  const { body } = await server.admin('GET', '/metrics')
  const text = String(body)
  const count = (from: string) =>
    Number(new RegExp(`^fiko_replica_reads_total\\{from="${from}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  const lag = /^fiko_replica_lag_seconds (\S+)$/m.exec(text)?.[1]
  return { replica: count('replica'), primary: count('primary'), lag: lag === undefined ? null : Number(lag) }
}

async function onServer(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

if (databaseKind === 'postgres') {
  describe('with a streaming replica', () => {
    let cluster: ThrowawayPostgres
    let replica: StreamingReplica
    let server: TestServer
    let shop: Shop
    const undo: (() => unknown)[] = []

    const onReplica = (statement: string) => onServer(replica.url, statement)
    const settings = (more: Record<string, string>) => {
      const directory = mkdtempSync(join(tmpdir(), 'fiko-replica-test-'))
      undo.push(() => rmSync(directory, { recursive: true, force: true }))
      return { DATA_DIR: directory, DATABASE_URL: cluster.url, ...more }
    }
    const priceOf = async (query: string) => (await server.search(query)).body.results[0]?.product.price
    /** Waits for a search that this server alone has answered. */
    const answeredBy = (expected: 'replica' | 'primary') =>
      waitFor(`the ${expected} to answer`, async () => {
        const before = await readsFrom(server)
        await server.search('teapot')
        const after = await readsFrom(server)
        const other = expected === 'replica' ? 'primary' : 'replica'
        return after[expected] > before[expected] && after[other] === before[other]
      })

    beforeAll(async () => {
      cluster = await startThrowawayPostgres()
      undo.push(() => cluster.stop())
      // Its schema must be there before the copy only because the first look would find no installation otherwise.
      const first = await startTestServer(settings({}))
      await first.stop()
      replica = await startStreamingReplica(cluster.url)
      undo.push(() => replica.stop())
      server = await startTestServer(settings({ DATABASE_READ_URL: replica.url, DATABASE_READ_MAX_LAG_SECONDS: '5' }))
      undo.push(() => server.stop())
      shop = await server.newShop()
      await shop.send(anUpdate({ id: 1, name: 'China teapot', price: '100' }))
      await server.settled()
    })
    afterAll(async () => {
      for (const step of undo.reverse()) await step()
    })

    test('it answers searches, look-ups and categories, with the present price', async () => {
      await answeredBy('replica')
      await waitFor('the product on the replica', async () => (await priceOf('teapot')) === '100')
      const before = await readsFrom(server)
      const token = await server.knowledgeToken()
      const [row] = await server.sql<{ id: number }>(`select id from products where external_id = 'woo_1'`)
      const found = await server.admin('GET', `/api/v1/knowledge/products/${row?.id}/`)
      expect(found.body.name).toBe('China teapot')
      expect((await server.search('teapot', { token })).body.results).toHaveLength(1)
      const after = await readsFrom(server)
      expect(after.replica).toBeGreaterThan(before.replica)
      expect(after.primary).toBe(before.primary)
      expect(after.lag).toBeLessThan(5)
    })

    test('a tenant finds nothing of another tenant on it', async () => {
      await answeredBy('replica')
      const stranger = await server.newOwner()
      const token = await server.knowledgeToken(stranger)
      expect((await server.search('teapot', { token })).body.results).toEqual([])
    })

    test('while it is behind, the primary answers, with what the replica has not heard', async () => {
      await answeredBy('replica')
      await onReplica('select pg_wal_replay_pause()')
      await shop.send(anUpdate({ id: 1, name: 'China teapot', price: '80' }))
      await server.settled()
      await waitFor('the new price', async () => (await priceOf('teapot')) === '80')
      expect((await readsFrom(server)).lag).toBeGreaterThan(5)
      await answeredBy('primary')
      await onReplica('select pg_wal_replay_resume()')
      await answeredBy('replica')
      expect(await priceOf('teapot')).toBe('80')
    })

    test('a product that is hidden while it is behind stays hidden when it answers again', async () => {
      await shop.send(anUpdate({ id: 2, name: 'Steel kettle' }))
      await server.settled()
      await waitFor('the kettle on the replica', async () => (await server.search('kettle')).body.results.length === 1)
      const [row] = await server.sql<{ id: number }>(`select id from products where external_id = 'woo_2'`)
      const tenant = await server.sql<{ id: string }>(
        'select owner_id as id from tenants t join stores s on s.tenant_id = t.id',
      )
      const token = await server.knowledgeToken(tenant[0]?.id)
      await onReplica('select pg_wal_replay_pause()')
      const rule = { kind: 'hide', product_id: row?.id }
      expect((await server.admin('POST', '/api/v1/knowledge/search-rules/', rule)).status).toBe(201)
      await answeredBy('primary')
      expect((await server.search('kettle', { token })).body.results).toEqual([])
      await onReplica('select pg_wal_replay_resume()')
      await answeredBy('replica')
      expect((await server.search('kettle', { token })).body.results).toEqual([])
    })

    test('a server that follows another installation, or no other server, is not asked', async () => {
      const other = await startThrowawayPostgres()
      undo.push(() => other.stop())
      const elsewhere = await startTestServer({ ...settings({}), DATABASE_URL: other.url })
      await elsewhere.stop()
      // Its log is longer, so that its replica does not only seem to be behind.
      await onServer(
        other.url,
        ...Array.from({ length: 12 }, () => `select pg_logical_emit_message(true, 'a', 'b'); select pg_switch_wal()`),
      )
      const copy = await startStreamingReplica(other.url)
      undo.push(() => copy.stop())
      for (const url of [copy.url, cluster.url]) {
        const wrong = await startTestServer(settings({ DATABASE_READ_URL: url }))
        expect((await wrong.search('teapot')).body.results).toHaveLength(1)
        expect((await readsFrom(wrong)).replica).toBe(0)
        await wrong.stop()
      }
    })

    test('when its network swallows everything, a search that waits for it is answered by the primary', async () => {
      const { hostname, port } = new URL(replica.url)
      const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
      undo.push(() => proxy.close())
      const url = new URL(replica.url)
      url.port = String(proxy.port)
      const behindProxy = await startTestServer(settings({ DATABASE_READ_URL: url.href }))
      await waitFor('the replica to answer', async () => {
        await behindProxy.search('teapot')
        return (await readsFrom(behindProxy)).replica > 0
      })
      proxy.stall()
      expect((await behindProxy.search('teapot')).body.results).toHaveLength(1)
      const { lag, primary } = await readsFrom(behindProxy)
      expect([lag, primary]).toEqual([null, expect.any(Number)])
      expect(primary).toBeGreaterThan(0)
      proxy.restore()
      await behindProxy.stop()
    })

    test('when it ends, the primary answers at once; a server starts without it', async () => {
      await answeredBy('replica')
      await replica.kill()
      expect((await server.search('teapot')).body.results[0]?.product.price).toBe('80')
      await answeredBy('primary')
      const another = await startTestServer(settings({ DATABASE_READ_URL: replica.url }))
      expect((await another.search('teapot')).body.results).toHaveLength(1)
      await another.stop()
    })
  })
}
