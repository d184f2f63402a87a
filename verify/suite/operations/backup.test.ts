import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { runFiko as run, runAtTerminal } from '../../support/fiko-command.ts'
import { FRESHNESS_ROWS } from '../../support/freshness.ts'
import { databaseKind, freshDatabase, shopOf, startTestServer, type TestServer } from '../../support/test-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'fiko-backup-'))
const file = join(directory, 'copy.gz')
/** Nothing but the tests changes a row between the backup and the comparison. */
const STILL = { FRESHNESS_CHECKS: 'off' }
let server: TestServer
let before: unknown[][]
let shopToken: { token: string; id: number; store: { id: number } }
let knowledge: string

const remote = () => ({ FIKO_URL: server.url, ADMIN_API_KEY: server.env.ADMIN_API_KEY ?? '' })

beforeAll(async () => {
  server = await startTestServer(STILL)
  const made = await server.admin('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'woocommerce',
    name: 'kept',
  })
  shopToken = made.body
  knowledge = await server.knowledgeToken()
  const shop = shopOf(server.url, shopToken)
  await shop.sendBatch([
    anUpdate({ id: 1, name: 'کاپشن «زمستانی» \\ "گرم"\nبا آستر', price: '999999999999999.99' }),
    anUpdate({
      id: 2,
      name: 'Teapot 🫖',
      variations: [{ id: 21, sku: 'pot', attributes: { size: 'big' }, price: '12.50', stock_quantity: -5 }],
    }),
    anUpdate({ id: 3, name: 'Gone' }),
    aDeletion(3),
  ])
  await shop.request('POST', '/api/integrations/woocommerce/report/', {
    version: '1.1.0',
    state: 'wall',
    since: 1_762_768_200,
    waiting: 6,
    failed: 1,
    details: { what: 'فایروال', status: 403 },
  })
  await shop.request('PUT', '/api/integrations/woocommerce/documents/', {
    version: 1_762_768_200_000_000,
    documents: [{ id: 9, kind: 'shipping', title: 'ارسال', content: '<p>We ship teapots 🫖 in a day.</p>' }],
    shop: { phone: '021-1234' },
  })
  await server.settled()
  await server.sql(
    'insert into store_savings (store_id, tenant_id) select id, tenant_id from stores on conflict do nothing',
  )
  for (const statement of FRESHNESS_ROWS) await server.sql(statement)
  const [teapot] = await server.sql<{ id: number }>(`select id from products where external_id = 'woo_2'`)
  await server.admin('POST', '/api/v1/feeds/', { store_id: shop.storeId, kind: 'google', language: 'fa' })
  await server.admin('POST', '/api/v1/knowledge/synonyms/', { words: ['tea jug', 'teapot', 'قوری'] })
  const pin = { kind: 'pin', query: 'for guests', product_id: teapot?.id }
  expect((await server.admin('POST', '/api/v1/knowledge/search-rules/', pin)).status).toBe(201)
  // One that fails, so that there is something to tell of it.
  await server.sql(`create function refuse() returns trigger language plpgsql security definer as $$ begin
    if new.external_id = 'woo_9' then raise exception 'refused'; end if; return new; end $$`)
  await server.sql('create trigger refuse before insert on products for each row execute function refuse()')
  await shop.send(anUpdate({ id: 9, name: 'Refused' }))
  await server.settled()
  await server.sql('drop function refuse() cascade')
  before = await contents(server)
})
afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
})

test('a backup is taken while the server runs, and opened to verify it', async () => {
  const { code, out, error } = await run(['backup', file], remote())
  expect(error, 'no bar where there is no terminal').toBe('')
  expect(code).toBe(0)
  expect(out).toContain('opened and verified')
})

// There is no `script` of util-linux elsewhere.
test.skipIf(process.platform !== 'linux')(
  'backup and restore show their progress at a terminal, and not in scripts',
  async () => {
    const copy = join(directory, 'shown.gz')
    const backup = await runAtTerminal(['backup', copy], remote())
    expect(backup.code).toBe(0)
    const footer = gunzipSync(readFileSync(copy)).toString('utf8').trimEnd().split('\n').at(-1) ?? ''
    const { rows } = JSON.parse(footer.replace('footer ', '')) as { rows: Record<string, number> }
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
    expect(total).toBeGreaterThan(20)
    expect(backup.shown).toMatch(new RegExp(`\\rReading █{30} 100 % \\(${total}/${total}\\)`))
    expect(backup.shown).toMatch(/\rChecking █{30} 100 % \(\d+\.\d MB\/\d+\.\d MB\)/)
    expect(backup.shown).toMatch(/\rOpening █{30} 100 %/)
    const scripted = await runAtTerminal(['backup', copy, '--no-open', '--json'], remote())
    // The audit log has one line more: of the backup before.
    const { audit_log: entries = 0, ...others } = rows
    expect(JSON.parse(scripted.shown)).toMatchObject({ file: copy, rows: { ...others, audit_log: entries + 1 } })

    const restored = await runAtTerminal(['restore', copy], { DATA_DIR: join(directory, 'shown') })
    expect(restored.code).toBe(0)
    expect(restored.shown).toMatch(/\rChecking █{30} 100 % .*\n.*\rRestoring █{30} 100 %/s)
  },
)

const contents = (of: TestServer) =>
  Promise.all(
    [
      'select external_id, name, price, version, deleted_at, content_hash, searchable_version, lexemes::text from products order by id',
      'select product_id, external_id, sku, attributes, price, stock_quantity from product_variants order by id',
      'select product_id, document_id, position, text, text_hash, embedding_status from knowledge_chunks order by id',
      'select chunk_id, text_hash, embedding::text from chunk_embeddings order by chunk_id',
      'select id, event_id, payload::text, version, status, outcome, received_at::text from events order by id',
      'select id, log_id, received_at::text, at::text, attempt, error, follows from event_attempts order by id',
      'select id, token_hash, is_active from integration_tokens order by id',
      'select *, reported_at::text from plugin_reports order by store_id',
      'select *, received_at::text from document_sets order by store_id',
      'select *, created_at::text, updated_at::text from documents order by id',
      'select store_id, event_id, body_hash from event_ids order by 1, 2',
      'select *, created_at::text, updated_at::text from search_synonyms order by id',
      'select *, created_at::text from search_rules order by id',
      'select *, created_at::text, announce_after::text from feeds order by id',
      'select *, month::text, changed_at::text from embedding_budgets order by tenant_id',
      'select * from store_savings order by store_id',
      'select store_id, is_on, failures, sample_at::text from freshness_schedules order by store_id',
      'select *, created_at::text from freshness_checks order by id',
      'select *, created_at::text from freshness_findings order by id',
      'select *, created_at::text, ended_at::text from reconciliations order by id',
      'select *, created_at::text from reconciliation_differences order by id',
      'select *, created_at::text from resend_requests order by id',
    ].map((query) => of.sql(query)),
  )

test('it restores into either kind of database: the same rows, tokens that still work, a search that finds', async () => {
  for (const rows of before) expect(rows).not.toEqual([])
  const targets: Record<string, string>[] = [{ DATA_DIR: join(directory, 'embedded') }]
  const fresh = databaseKind === 'postgres' ? await freshDatabase() : null
  if (fresh) targets.push(fresh.env)
  for (const env of targets) {
    const restored = await run(['restore', file], env)
    expect(restored.error).toBe('')
    expect(restored.code).toBe(0)
    const copy = await startTestServer({ ...env, ...STILL })
    expect(await contents(copy)).toEqual(before)
    const shop = shopOf(copy.url, shopToken)
    expect((await shop.request('GET', '/api/integrations/woocommerce/health/')).status).toBe(200)
    const found = await copy.search('teapot', { token: knowledge })
    expect(found.body.results[0].product).toMatchObject({
      external_id: 'woo_2',
      variants: [{ price: '12.50', stock_quantity: -5 }],
    })
    const byOwnWord = await copy.search('قوری', { token: knowledge, params: { explain: 'true' } })
    expect(byOwnWord.body.results[0].why).toMatchObject([{ by: 'tenant_synonym' }])
    expect((await copy.search('for guests', { token: knowledge })).body.results).toMatchObject([{ pinned: true }])
    // Life goes on: new rows get ids of their own, and known events are still known.
    expect((await shop.send(anUpdate({ id: 4, name: 'New after the move' }))).status).toBe(202)
    await copy.settled()
    expect((await copy.search('moved', { token: knowledge })).status).toBe(200)
    expect(await copy.sql(`select 1 from products where external_id = 'woo_4' and is_active`)).toHaveLength(1)
    await copy.stop()
  }
  await fresh?.remove()
})

test('a backup that is cut off or changed is refused before anything is touched', async () => {
  const whole = readFileSync(file)
  const text = gunzipSync(whole).toString('utf8')
  const variants: Record<string, Buffer> = {
    'cut.gz': whole.subarray(0, whole.length - 200),
    'no-end.gz': gzipSync(text.slice(0, text.lastIndexOf('footer '))),
    'changed.gz': gzipSync(text.replace('Teapot', 'Kettle')),
    'newer.gz': gzipSync(text.replace(/"schema":\d+/, '"schema":9999')),
    'something.gz': gzipSync('hello\n'),
  }
  const target = await freshDatabase()
  for (const [name, bytes] of Object.entries(variants)) {
    writeFileSync(join(directory, name), bytes)
    const answer = await run(['restore', join(directory, name)], target.env)
    expect([name, answer.code]).toEqual([name, 3])
    expect(answer.error).toMatch(/backup/i)
  }
  const opened = await startTestServer(target.env)
  expect(await opened.sql('select 1 from products')).toEqual([])
  await opened.stop()
  await target.remove()
})

test('a database that is in use is not restored into', async () => {
  const used = join(directory, 'embedded')
  const answer = await run(['restore', file], { DATA_DIR: used })
  expect(answer.code).toBe(3)
  expect(answer.error).toContain('not empty')
})
