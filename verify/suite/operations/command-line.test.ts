import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anUpdate } from '../../support/events.ts'
import { remoteTo, runFiko } from '../../support/fiko-command.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'fiko-command-'))
let server: TestServer
let ownerId: string
let shop: Shop

const fiko = (...args: string[]) => runFiko(args, remoteTo(server))

beforeAll(async () => {
  server = await startTestServer()
  ownerId = await server.newOwner()
  shop = await server.newShop({ tenantOf: ownerId })
  await shop.send(anUpdate({ id: 2, name: 'Teapot' }))
  await server.settled()
})
afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

const tenantOf = async (userId: string) => {
  const [row] = await server.sql<{ id: number }>('select id from tenants where owner_id = $1::uuid', [userId])
  return String(row?.id)
}

test('fiko prints JSON for scripts, and has an exit code for each kind of failure', async () => {
  const list = await fiko('token', 'list', '--json')
  expect(JSON.parse(list.out)).toContainEqual(expect.objectContaining({ id: shop.tokenId, is_active: true }))
  expect(list.out).not.toContain('token_hash')
  const made = await fiko('token', 'create', '--name', 'by fiko', '--json')
  const token = JSON.parse(made.out)
  expect(token.token).toMatch(/^wc_sk_live_[a-z0-9]{40}$/)
  expect((await fiko('token', 'revoke', String(token.id))).code).toBe(0)
  expect((await fiko('token', 'revoke', '999999')).code).toBe(3)
  expect((await fiko('token', 'create')).code).toBe(2)
  expect((await fiko('store', 'delete', '1')).code).toBe(2)
  expect((await runFiko(['store', 'list'], { FIKO_URL: 'http://127.0.0.1:9', ADMIN_API_KEY: 'x' })).code).toBe(4)
  const found = await fiko('search', 'teapot')
  expect(found.out).toContain('woo_2')
  const reset = await fiko('user', 'create', 'script@example.com')
  expect(reset.out).toContain('/reset-password?token=')
  expect((await fiko('user', 'reset-2fa', 'script@example.com')).out).toContain('was off already')
  expect((await fiko('user', 'reset-2fa', 'unknown@example.com')).code).toBe(3)
})

test('synonyms are added, listed and deleted', async () => {
  const made = await fiko('synonym', 'add', 'teapot', 'brewing jug', '--user', ownerId, '--json')
  const { id } = JSON.parse(made.out)
  const oneWay = await fiko('synonym', 'add', 'teapot', '--word', 'kitchenware', '--user', ownerId)
  expect(oneWay.out).toContain('kitchenware → teapot')
  expect((await fiko('synonym', 'add', 'brewing jugs', 'TEAPOT', '--user', ownerId)).error).toContain(`group ${id}`)
  expect((await fiko('synonym', 'list')).out).toContain('teapot = brewing jug')
  expect((await fiko('synonym', 'delete', String(id))).code).toBe(0)
  expect((await fiko('synonym', 'list')).out).not.toContain('brewing jug')
  expect((await fiko('synonym', 'delete', String(id))).code).toBe(3)
})

test('the doctor looks at everything that must be well', async () => {
  const { out } = await fiko('doctor', '--json')
  expect(JSON.parse(out).map((finding: { check: string }) => finding.check)).toEqual([
    'database',
    'extension',
    'schema',
    'durability',
    'queue',
    'dead letters',
    'provider',
    'clock',
    'disk',
    'maintenance',
  ])
})

test('a tenant is written to a file that only its owner reads, and never over another file', async () => {
  const id = await tenantOf(ownerId)
  const file = join(directory, 'tenant.ndjson')
  const exported = await fiko('tenants', 'export', id, file, '--json')
  expect(exported.code).toBe(0)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.filter((line) => line.includes('Teapot')).length).toBeGreaterThan(0)
  expect(JSON.parse(exported.out)).toMatchObject({
    bytes: statSync(file).size,
    rows: { product: 1, chunk: 1, event: 1 },
  })
  const again = await fiko('tenants', 'export', id, file)
  expect(again).toMatchObject({ code: 1, error: expect.stringContaining('EEXIST') })
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toEqual(lines)
  expect((await fiko('tenants', 'export', '999999', join(directory, 'nobody'))).code).toBe(3)
})

test('the erasure of a tenant needs a confirmation, and the audit log holds its actor', async () => {
  const id = await tenantOf(ownerId)
  const unasked = await fiko('tenants', 'erase', id)
  expect(unasked.code).toBe(2)
  expect(await server.sql('select 1 from tenants where id = $1::bigint', [id])).toHaveLength(1)
  expect((await fiko('tenants', 'erase', '999999', '--yes')).code).toBe(3)
  expect((await fiko('tenants', 'erase', id, '--yes')).code).toBe(0)
  expect(await server.sql('select 1 from tenants where id = $1::bigint', [id])).toEqual([])
  const { out } = await fiko('audit', '--action', 'tenant.erased', '--json')
  expect(JSON.parse(out).results).toMatchObject([
    { action: 'tenant.erased', actor: { kind: 'operator' }, target: null },
  ])
  const table = await fiko('audit', '--limit', '5')
  expect(table.out).toContain('token.revoked')
  expect(table.out, 'what they did goes with them').not.toContain('tenant.exported')
  expect((await fiko('audit', '--since', 'yesterday')).code).toBe(3)
})

test('own prices of models are set, listed and removed; a wrong amount is refused', async () => {
  const set = await fiko('prices', 'set', 'bge-m3', '0.01')
  expect([set.code, set.error]).toEqual([0, ''])
  await fiko('prices', 'set', 'e5', '0.5')
  const own = async () =>
    JSON.parse((await fiko('prices', 'list', '--json')).out).results.filter(
      ({ source }: { source: string }) => source === 'operator',
    )
  expect(await own()).toMatchObject([
    { model: 'bge-m3', usd_per_million_tokens: '0.01' },
    { model: 'e5', usd_per_million_tokens: '0.5' },
  ])
  expect((await fiko('prices')).out).toMatch(/bge-m3 +0\.01 +operator/)
  expect((await fiko('prices', 'set', 'bge-m3', 'free')).code).toBe(3)
  expect((await fiko('prices', 'unset', 'bge-m4')).code).toBe(2)
  expect((await fiko('prices', 'unset', 'bge-m3')).code).toBe(0)
  expect(await own()).toMatchObject([{ model: 'e5' }])
})
