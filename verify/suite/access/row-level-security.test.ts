import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { viewProducts } from '../../../server/src/catalog/products/product-view.ts'
import { readSync } from '../../../server/src/catalog/products/sync-state.ts'
import type { Access } from '../../../server/src/platform/db/database.ts'
import { createRoles } from '../../../server/src/platform/db/roles.ts'
import { findDiffering } from '../../../server/src/plugin-api/reconcile.ts'
import { createCurations } from '../../../server/src/search/curation/curation.ts'
import { searchProducts, shoppingWords } from '../../../server/src/search/search-products.ts'
import { createVocabularies } from '../../../server/src/search/words/vocabulary.ts'
import { aProduct } from '../../support/events.ts'
import { FRESHNESS_ROWS } from '../../support/freshness.ts'
import { connected } from '../../support/oauth.ts'
import { type Person, signedIn } from '../../support/people.ts'
import { openQueryEmbedder } from '../../support/query-embedder.ts'
import { call, databaseKind, type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let owners: Person[]
let shops: Shop[]
let tenants: number[]

/** In the first owner's name. */
let asFirst: Access

/** Tables with a tenant's rows, and the condition that such a row belongs to tenant `$1`. */
const OWN: Record<string, string> = {
  users: 'id = (select owner_id from tenants where id = $1)',
  tenants: 'id = $1',
  stores: 'tenant_id = $1',
  plugin_reports: 'tenant_id = $1',
  document_sets: 'tenant_id = $1',
  documents: 'tenant_id = $1',
  freshness_schedules: 'tenant_id = $1',
  freshness_checks: 'tenant_id = $1',
  freshness_findings: 'tenant_id = $1',
  reconciliations: 'tenant_id = $1',
  reconciliation_differences: 'tenant_id = $1',
  resend_requests: 'tenant_id = $1',
  integration_tokens: 'tenant_id = $1',
  oauth_grants: 'tenant_id = $1',
  feeds: 'tenant_id = $1',
  catalog_revisions: 'tenant_id = $1',
  events: 'tenant_id = $1',
  event_attempts: 'tenant_id = $1',
  replays: 'tenant_id = $1',
  replay_items: 'tenant_id = $1',
  products: 'tenant_id = $1',
  product_variants: 'tenant_id = $1',
  search_words: 'tenant_id = $1',
  search_synonyms: 'tenant_id = $1',
  search_rules: 'tenant_id = $1',
  questions: 'tenant_id = $1',
  question_feedback: 'tenant_id = $1',
  question_settings: 'tenant_id = $1',
  knowledge_chunks: 'tenant_id = $1',
  chunk_embeddings: 'tenant_id = $1',
  embedding_cache: 'tenant_id = $1',
  embedding_budgets: 'tenant_id = $1',
  store_savings: 'tenant_id = $1',
  usage_counters: 'tenant_id = $1',
  event_hours: 'tenant_id = $1',
  usage_hours: 'tenant_id = $1',
  audit_log: 'tenant_id = $1',
  alerts: 'tenant_id = $1',
  alert_channels: 'tenant_id = $1',
  alert_messages: 'tenant_id = $1',
  alert_attempts: 'tenant_id = $1',
}

beforeAll(async () => {
  server = await startTestServer()
  owners = [await signedIn(server, 'owner'), await signedIn(server, 'owner')]
  shops = await Promise.all(owners.map((owner) => server.newShop({ tenantOf: owner.userId })))
  for (const [index, shop] of shops.entries()) {
    const variations = [{ id: 11, attributes: { colour: 'red' }, price: '5' }]
    await shop.send({
      event_id: 'same',
      event_type: 'product.updated',
      version: 1_762_768_200_000_000,
      product: aProduct({ id: 1, name: `Walled carpet ${index}`, variations }),
    })
    const page = { id: 1, kind: 'shipping', title: 'Shipping', content: 'We ship walled carpets.' }
    await shop.request('PUT', '/api/integrations/woocommerce/documents/', {
      version: 1_762_768_200_000_000,
      documents: [page],
    })
    await shop.send({ event_id: 'off', event_type: 'product.deleted', product: { id: 2 } })
  }
  await server.settled()
  await server.sql(
    `insert into plugin_reports (store_id, tenant_id, version, state, waiting, failed)
     select id, tenant_id, '1.0', 'ok', 0, 0 from stores`,
  )
  await server.sql(
    'insert into store_savings (store_id, tenant_id) select id, tenant_id from stores on conflict do nothing',
  )
  await server.sql(
    `insert into search_synonyms (tenant_id, words, keys, created_by)
     select tenant_id, '{rug,carpet}', '{rug,carpet}', 'owner' from stores`,
  )
  await server.sql(
    `insert into search_rules (tenant_id, kind, product_id, created_by)
     select tenant_id, 'hide', id, 'owner' from products where deleted_at is not null`,
  )
  await server.sql(
    `insert into questions (question_id, tenant_id, asked_at, channel, client, is_guest, query, query_key, filters, results, product_ids,
                            document_ids, answered, degraded, took_ms)
     select gen_random_uuid(), id, now(), 'search', '', false, 'carpet', 'carpet', '{}', 0, '{}', '{}', false, false, 1 from tenants`,
  )
  await server.sql(
    `insert into question_feedback (tenant_id, question_id, kind) select tenant_id, question_id, 'helpful' from questions`,
  )
  await server.sql('insert into question_settings (tenant_id) select id from tenants')
  await server.sql(
    `insert into feeds (tenant_id, store_id, kind, token_hash, token_preview)
     select tenant_id, id, 'google', encode(sha256(id::text::bytea), 'hex'), 'fd_…' from stores`,
  )
  await server.sql(
    `insert into event_attempts (log_id, received_at, tenant_id, store_id, replayed_by)
     select id, received_at, tenant_id, store_id, 'admin' from events`,
  )
  for (const statement of FRESHNESS_ROWS) await server.sql(statement)
  await server.sql(
    `insert into alerts (tenant_id, kind, group_key, first_seen_at, last_seen_at)
     select tenant_id, 'quiet_store', id::text, now(), now() from stores`,
  )
  await server.sql(
    `with channels as (
       insert into alert_channels (tenant_id, kind, name, target, language, time_zone)
       select tenant_id, 'email', 'x', 'x@example.com', 'en', 'UTC' from stores returning id, tenant_id
     ), messages as (
       insert into alert_messages (tenant_id, channel_id, kind) select tenant_id, id, 'changed' from channels returning id, tenant_id)
     insert into alert_attempts (message_id, tenant_id, is_delivered, duration_ms) select id, tenant_id, true, 1 from messages`,
  )
  await server.sql(
    `insert into replays (id, tenant_id, asked_by, asked) select gen_random_uuid(), tenant_id, 'admin', 1 from stores`,
  )
  await server.sql(
    `insert into replay_items (replay_id, tenant_id, store_id, kind, item_id, received_at)
     select r.id, r.tenant_id, e.store_id, 'event', e.id, e.received_at from replays r join events e using (tenant_id)`,
  )
  for (const owner of owners) await connected(server, owner)
  const rows = await server.sql<{ id: number }>(
    'select tenant_id as id from stores where id = any($1::bigint[]) order by id',
    [`{${shops.map((shop) => shop.storeId).join(',')}}`],
  )
  tenants = rows.map((row) => row.id)
  asFirst = server.running.db.forTenant(tenants[0] ?? 0)
})
afterAll(() => server.stop())

const countOf = async (sql: Access, table: string, condition: string, tenant: number | undefined) => {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from ${table} where ${condition}`,
    tenant === undefined ? [] : [tenant],
  )
  return row?.count
}

describe.each(Object.entries(OWN))('in a tenant’s name, table %s', (table, own) => {
  test('shows all rows of that tenant and none of another, without any condition', async () => {
    const { owner } = server.running.db
    for (const tenant of tenants) {
      const held = await countOf(owner, table, own, tenant)
      expect(held, 'both have rows here, or this shows nothing').toBeGreaterThan(0)
      expect(await countOf(server.running.db.forTenant(tenant), table, 'true', undefined)).toBe(held)
    }
  })

  test('lets no row of another tenant be changed, deleted or locked', async () => {
    const isCounted = table === 'usage_counters' || table.endsWith('_hours')
    const value = table === 'event_hours' ? 'received' : 'value'
    const column = isCounted ? value : table === 'embedding_cache' ? 'used_at' : 'created_at'
    const changed = table === 'events' ? 'attempts' : table === 'product_variants' ? 'position' : column
    const noted = ['audit_log', 'event_attempts', 'alert_attempts'].includes(table) ? 'at' : changed
    const reported = table === 'plugin_reports' ? 'reported_at' : noted
    const received = table === 'document_sets' ? 'received_at' : reported
    const stored = table === 'chunk_embeddings' ? 'stored_at' : received
    const budgeted = table === 'embedding_budgets' || table === 'catalog_revisions' ? 'changed_at' : stored
    const saved = table === 'store_savings' ? 'embeddings_avoided' : budgeted
    const asked: Record<string, string> = {
      questions: 'answered',
      question_feedback: 'told_at',
      question_settings: 'changed_at',
      replays: 'asked',
      replay_items: 'store_id',
    }
    const target = table === 'search_words' ? 'seq' : (asked[table] ?? saved)
    for (const statement of [
      `update ${table} set ${target} = ${target} where ${own} returning 1`,
      `delete from ${table} where ${own} returning 1`,
      `select 1 from ${table} where ${own} for update`,
    ]) {
      const touched = await asFirst.query(statement, [tenants[1] ?? 0]).then(
        (rows) => rows.length,
        // Without the right to such a statement at all.
        (error: { code?: string }) => (error.code === '42501' ? 0 : error.code),
      )
      expect(touched, statement).toBe(0)
    }
  })
})

test('in a tenant’s name no row can be given to another tenant', async () => {
  const other = tenants[1] ?? 0
  for (const statement of [
    `insert into stores (tenant_id, platform, name, environment) values (${other}, 'manual', 'x', 'live')`,
    `insert into plugin_reports (store_id, tenant_id, version, state, waiting, failed) values (${shops[0]?.storeId}, ${other}, '1', 'ok', 0, 0)`,
    `insert into document_sets (store_id, tenant_id, version, set_hash) values (${shops[0]?.storeId}, ${other}, 1, repeat('0', 64))`,
    `insert into documents (tenant_id, store_id, external_id, kind, title, content, url, language, content_hash)
     values (${other}, ${shops[0]?.storeId}, 9, 'faq', '', '', '', '', '')`,
    `insert into freshness_schedules (store_id, tenant_id) values (1, ${other})`,
    `insert into freshness_checks (tenant_id, store_id, sampled) values (${other}, 1, 1)`,
    `insert into freshness_findings (tenant_id, store_id, external_product_id, field) values (${other}, 1, 9, 'price')`,
    `insert into reconciliations (tenant_id, store_id, cause, compared) values (${other}, 1, 'daily', 0)`,
    `insert into reconciliation_differences (tenant_id, store_id, reconciliation_id, external_product_id, kind, version)
     values (${other}, 1, 1, 9, 'stale', 1)`,
    `insert into resend_requests (tenant_id, store_id, kind) values (${other}, 1, 'all')`,
    `insert into usage_counters (tenant_id, counter, value) values (${other}, 'x', 1)`,
    `insert into usage_counters (tenant_id, counter, value) values (null, 'x', 1)`,
    `insert into event_attempts (log_id, received_at, tenant_id, store_id, replayed_by) values (1, now(), ${other}, 1, 'admin')`,
    `insert into replays (id, tenant_id, asked_by, asked) values (gen_random_uuid(), ${other}, 'owner', 1)`,
    `insert into replay_items (replay_id, tenant_id, store_id, kind, item_id) values (gen_random_uuid(), ${other}, 1, 'embedding', 1)`,
    `insert into feeds (tenant_id, store_id, kind, token_hash, token_preview) values (${other}, 1, 'google', repeat('a', 64), 'x')`,
    `insert into catalog_revisions (store_id, tenant_id, revision, changed_at) values (1, ${other}, gen_random_uuid(), now())`,
    `insert into search_synonyms (tenant_id, words, keys, created_by) values (${other}, '{a,b}', '{a,b}', 'owner')`,
    `insert into search_rules (tenant_id, kind, product_id, created_by) values (${other}, 'hide', 1, 'owner')`,
    `insert into question_feedback (tenant_id, question_id, kind) select ${other}, question_id, 'click' from questions`,
    `insert into question_settings (tenant_id) values (${other})`,
    `insert into embedding_budgets (tenant_id) values (${other})`,
    `insert into store_savings (store_id, tenant_id) values (${shops[0]?.storeId}, ${other})`,
    `insert into alert_channels (tenant_id, kind, name, target, language, time_zone) values (${other}, 'email', 'x', 'x', 'en', 'UTC')`,
    `insert into alert_messages (tenant_id, channel_id, kind) values (${other}, 1, 'changed')`,
    `insert into alert_attempts (message_id, tenant_id, is_delivered, duration_ms) values (1, ${other}, true, 1)`,
    `insert into event_hours (tenant_id, store_id, hour) values (${other}, 1, now())`,
    `insert into usage_hours (tenant_id, counter, hour) values (${other}, 'x', now())`,
    `insert into audit_log (tenant_id, actor_kind, action) values (${other}, 'anonymous', 'store.made')`,
    `update products set tenant_id = ${other}`,
    `update stores set tenant_id = ${other}`,
  ]) {
    await expect(asFirst.query(statement), statement).rejects.toMatchObject({ code: '42501' })
  }
})

test('a tenant’s name reaches neither event ids, passwords, sessions and links, nor a part of the log by its own name', async () => {
  const [partition] = await server.sql<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'events'::regclass limit 1`,
  )
  const names = [
    'event_ids',
    'accounts',
    'two_factors',
    'sessions',
    'verifications',
    'schema_migrations',
    partition?.name ?? '',
  ]
  for (const table of names) {
    await expect(asFirst.query(`select 1 from ${table}`), table).rejects.toMatchObject({ code: '42501' })
  }
})

test('a transaction that names no tenant, or something else, sees nothing', async () => {
  const { owner, forTenant } = server.running.db
  const nameless = owner.transaction(async (tx) => {
    await tx.query('set local role fiko_tenant')
    return await tx.query('select 1 from products')
  })
  expect(await nameless).toEqual([])
  expect(await forTenant(0).query('select 1 from products')).toEqual([])
  await expect(forTenant(Number.NaN).query('select 1 from products')).rejects.toThrow(/NaN/)
})

test('a name ends with its transaction, however that ends', async () => {
  const { owner, service } = server.running.db
  await asFirst.query('select 1 from products')
  await expect(asFirst.query('select 1 from nowhere')).rejects.toThrow()
  for (let n = 0; n < 20; n++) {
    const [row] = await owner.query<{ tenant: string | null; isOwner: boolean }>(
      `select nullif(current_setting('fiko.tenant_id', true), '') as tenant, current_user = session_user as "isOwner"`,
    )
    expect(row).toEqual({ tenant: null, isOwner: true })
  }
  const seen = await service.query('select distinct tenant_id from products where tenant_id = any($1::bigint[])', [
    tenants,
  ])
  expect(seen).toHaveLength(2)
})

test('every table with a tenant is under row-level security, and a tenant role cannot read the other tables', async () => {
  const tables = await server.sql<{
    name: string
    isOwn: boolean
    isSecured: boolean
    policies: number
    mayRead: boolean
  }>(
    `select c.relname as name, c.relrowsecurity as "isSecured",
            exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as "isOwn",
            (select count(*)::int from pg_policies p where p.tablename = c.relname) as policies,
            has_table_privilege('fiko_tenant', c.oid, 'select') as "mayRead"
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
  )
  for (const table of tables) {
    if (table.isOwn || table.name in OWN) expect(table, table.name).toMatchObject({ isSecured: true, policies: 2 })
    // Profiles belong to the installation and hold no tenant's data.
    else if (table.name !== 'embedding_profiles') expect(table.mayRead, table.name).toBe(false)
  }
  expect(tables.filter((table) => table.isSecured && !(table.name in OWN)).map((table) => table.name)).toEqual([])
  const roles = await server.sql(
    `select rolname, rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname ~ '^fiko_' order by rolname`,
  )
  const bound = { rolsuper: false, rolbypassrls: false, rolcanlogin: false }
  expect(roles).toEqual([
    { rolname: 'fiko_service', ...bound },
    { rolname: 'fiko_tenant', ...bound },
  ])
})

test('the program’s own statements without their tenant condition still find no rows of another tenant', async () => {
  const { db } = server.running
  const queries = await openQueryEmbedder(db, { EMBEDDING_PROVIDER: 'offline' })
  // Without a condition (null), but in the first tenant's name.
  const forgetful = { ...db, forTenant: () => asFirst, inScope: () => asFirst, service: asFirst }
  const search = (filter: object) =>
    searchProducts(
      {
        db: forgetful,
        queries,
        vocabularies: createVocabularies(),
        curations: createCurations(shoppingWords),
        asker: null,
      },
      { query: 'walled carpet', filter: { tenantId: null, ...filter }, limit: 50, floor: 0 },
    )
  const namesOf = ({ results }: Awaited<ReturnType<typeof search>>) => results.map((hit) => hit.product.name)
  expect(namesOf(await search({}))).toEqual(['Walled carpet 0'])
  expect(namesOf(await search({ storeId: shops[1]?.storeId }))).toEqual([])

  const ids = await server.sql<{ id: number; tenant: number }>('select id, tenant_id as tenant from products')
  const shown = await viewProducts(
    asFirst,
    null,
    ids.map((row) => row.id),
  )
  expect([...shown.keys()].sort()).toEqual(
    ids
      .filter((row) => row.tenant === tenants[0])
      .map((row) => row.id)
      .sort(),
  )
  for (const product of shown.values()) expect(product.store.id).toBe(shops[0]?.storeId)

  expect(await readSync(asFirst, shops[1]?.storeId ?? 0, [1], 'en')).toMatchObject([{ state: 'unknown' }])
  const nothing = { from: 0, to: 100, count: 0, digest: '0'.repeat(32) }
  const otherStore = { tenantId: tenants[1] ?? 0, storeId: shops[1]?.storeId ?? 0 }
  expect(await findDiffering(asFirst, otherStore, [nothing]), 'there seems to be nothing').toEqual([])
  expect(await findDiffering(db.forTenant(otherStore.tenantId), otherStore, [nothing])).toHaveLength(1)
})

test('requests of shops, owners and AIs run in the tenant role and never in the service role', async () => {
  const [owner] = owners
  const [shop] = shops
  if (!owner || !shop) throw new Error('the owner or the shop is missing')
  const kb = await server.knowledgeToken(owner.userId)
  const [event] = await server.sql<{ id: number }>('select id from events where store_id = $1', [shop.storeId])
  const [product] = await server.sql<{ id: number }>('select id from products where store_id = $1', [shop.storeId])
  const catalogue =
    'products, product_variants, knowledge_chunks, chunk_embeddings, embedding_cache, events, event_attempts, search_synonyms, search_rules, questions, question_feedback, question_settings, documents, document_sets'
  await server.sql(`revoke all on ${catalogue} from fiko_service`)
  try {
    const log = '/api/v1/integrations/woocommerce/events/'
    for (const path of [
      '/api/v1/web-knowledge/products/?search=carpet',
      `/api/v1/web-knowledge/products/${product?.id}/`,
      log,
      `${log}${event?.id}/`,
      `${log}stats/`,
      '/api/v1/dead-letters/',
      '/api/v1/knowledge/stats/',
      '/api/v1/knowledge/search/?q=carpet',
      '/api/v1/knowledge/profiles/',
      '/api/v1/knowledge/synonyms/',
      '/api/v1/knowledge/search-rules/',
      '/api/v1/questions/',
      '/api/v1/questions/summary/',
      '/api/v1/questions/settings/',
      '/api/v1/stores/',
      '/api/v1/integrations/tokens/',
    ]) {
      expect((await owner.request('GET', path)).status, path).toBe(200)
    }
    expect((await owner.request('POST', `${log}replay/`, {})).status).toBe(202)
    const words = { words: ['mat', 'doormat'] }
    expect((await owner.request('POST', '/api/v1/knowledge/synonyms/', words)).status).toBe(201)
    const pin = { kind: 'pin', query: 'floor', product_id: product?.id }
    expect((await owner.request('POST', '/api/v1/knowledge/search-rules/', pin)).status).toBe(201)
    const base = '/api/integrations/woocommerce'
    expect((await shop.request('GET', `${base}/health/`)).status).toBe(200)
    expect((await shop.request('POST', `${base}/status/`, { product_ids: [1] })).body.results[0].state).toBe(
      'searchable',
    )
    expect((await shop.request('POST', `${base}/reconcile/`, { ranges: [] })).status).toBe(200)
    const found = await server.search('walled carpet', { token: kb })
    expect(found.body.results).toHaveLength(1)
    // Admins do need it: the rights were really gone.
    expect((await server.admin('GET', '/api/v1/web-knowledge/products/')).status).toBe(500)
  } finally {
    await server.sql(`grant all on ${catalogue} to fiko_service`)
  }
  const stats = await call(server.url, 'GET', '/api/v1/knowledge/stats/', { authorization: `Bearer ${kb}` })
  expect(stats.body).toMatchObject({ products: 1, chunks: 2 })
})

if (databaseKind === 'postgres') {
  test('a role that bypasses row-level security is refused, with the commands that correct it', async () => {
    const { owner } = server.running.db
    // Inside a transaction that is rolled back: the role belongs to the whole database server, and to other tests.
    const refusal = owner.transaction(async (tx) => {
      await tx.query('alter role fiko_tenant bypassrls')
      await createRoles({ query: tx.query, transaction: (work) => work(tx) })
    })
    await expect(refusal).rejects.toThrow(
      /fiko_tenant bypasses row-level security.*alter role fiko_tenant nosuperuser nobypassrls/,
    )
  })
}
