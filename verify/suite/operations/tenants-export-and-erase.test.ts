import { afterAll, beforeAll, expect, test } from 'vitest'
import { failEvent, type OpenEvent } from '../../../server/src/catalog/event-log.ts'
import { resumeErasing } from '../../../server/src/operations/erase-tenant.ts'
import type { Sql } from '../../../server/src/platform/db/database.ts'
import { createLog } from '../../../server/src/platform/log.ts'
import { addUsage } from '../../../server/src/tenants/usage.ts'
import { anUpdate } from '../../support/events.ts'
import { FRESHNESS_ROWS } from '../../support/freshness.ts'
import { PASSWORD, type Person, signedIn, signIn } from '../../support/people.ts'
import { call, databaseKind, type Shop, startTestServer, type TestServer, waitFor } from '../../support/test-server.ts'

interface Tenant {
  person: Person
  id: number
  shop: Shop
  knowledge: string
}

let server: TestServer
let kept: Tenant

beforeAll(async () => {
  server = await startTestServer()
  kept = await aTenant()
})
afterAll(() => server.stop())

/** An owner with something in every table. */
async function aTenant(products = 45): Promise<Tenant> {
  const person = await signedIn(server, 'owner')
  const id: number = (await person.request('GET', '/api/v1/me/')).body.tenant_id
  const shop = await server.newShop({ tenantOf: person.userId })
  const knowledge = await server.knowledgeToken(person.userId)
  const variations = [{ id: 7, attributes: { colour: 'red' }, price: '5' }]
  await shop.sendBatch(
    Array.from({ length: products }, (_, at) => anUpdate({ id: at + 1, name: `Rug ${at}`, variations })),
  )
  await server.settled()
  await server.sql(
    `update events set status = 'dead', outcome = null, error = 'x' where id = (select min(id) from events where store_id = $1)`,
    [shop.storeId],
  )
  await server.sql(
    `insert into event_attempts (log_id, received_at, tenant_id, store_id, attempt, error, follows)
     select id, received_at, tenant_id, store_id, 1, 'x', 'dead_letter' from events where store_id = $1 and status = 'dead'`,
    [shop.storeId],
  )
  await server.sql(
    `insert into embedding_cache select tenant_id, profile_id, text_hash, embedding from chunk_embeddings where tenant_id = $1
     on conflict do nothing`,
    [id],
  )
  const [product] = await server.sql<{ id: number }>('select min(id) as id from products where store_id = $1', [
    shop.storeId,
  ])
  await person.request('POST', '/api/v1/feeds/', { store_id: shop.storeId, kind: 'google' })
  await person.request('POST', '/api/v1/alert-channels/', { kind: 'email', email: person.email })
  await server.running.alerts.check()
  await person.request('POST', '/api/v1/knowledge/synonyms/', { words: ['rug', `mat of ${person.email}`] })
  const pin = { kind: 'pin', query: `rug of ${person.email}`, product_id: product?.id }
  await person.request('POST', '/api/v1/knowledge/search-rules/', pin)
  await server.search(`rug of ${person.email}`, { token: knowledge })
  await person.request('PATCH', '/api/v1/questions/settings/', { retention_days: 30 })
  const asked = await server.search('red rug', { token: knowledge })
  const report = await call(
    server.url,
    'POST',
    '/api/v1/knowledge/feedback/',
    { authorization: `Bearer ${knowledge}` },
    { question_id: asked.body.question_id, kind: 'click', product_id: product?.id },
  )
  expect(report.body).toMatchObject({ status: 'stored' })
  await server.admin('POST', `/api/v1/users/${person.userId}/reset-link/`, {})
  await person.request('POST', '/api/v1/stores/', { name: 'Second' })
  const state = { version: '1.1.0', state: 'stuck', waiting: 6, failed: 0 }
  await shop.request('POST', '/api/integrations/woocommerce/report/', state)
  await shop.request('PUT', '/api/integrations/woocommerce/documents/', {
    version: 1_762_768_200_000_000,
    documents: [{ id: 9, kind: 'faq', title: 'Questions', content: `Ask ${person.email}` }],
    shop: { email: person.email },
  })
  await server.settled()
  for (const statement of FRESHNESS_ROWS) await server.sql(statement)
  return { person, id, shop, knowledge }
}

/** An event that was acknowledged before its token ended, and is stored only now. */
const storeLate = (sql: Sql, tenant: Tenant, eventId: string) =>
  sql.query(
    `with id as (insert into event_ids values ($2, $3, 'hash', now()))
     insert into events (received_at, next_attempt_at, tenant_id, store_id, event_id, event_type, source, external_product_id, payload, version, is_versioned, priority)
     values (now(), now(), $1, $2, $3, 'product.updated', 'live', 5, $4::json, 5, true, 0)`,
    [tenant.id, tenant.shop.storeId, eventId, JSON.stringify(anUpdate({ id: 5 }))],
  )

const erase = (who: Person, id: number, confirm: unknown) =>
  who.request('DELETE', `/api/v1/tenants/${id}/`, { confirm })

/** Every table, by what it holds of the tenant: by columns, and by anything that names it anywhere in a row. */
async function rowsOf({ person, id, shop }: Tenant): Promise<Record<string, number>> {
  const columns = await server.sql<{ table: string; columns: string[] }>(
    `select c.table_name as table, array_agg(c.column_name::text) as columns from information_schema.columns c
       join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = 'public' and t.table_type = 'BASE TABLE' group by c.table_name`,
  )
  expect(columns.length).toBeGreaterThan(18)
  const held: Record<string, number> = {}
  for (const { table, columns: names } of columns) {
    const conditions = ['t::text like $1', 't::text like $2']
    const values: (string | number)[] = [`%${person.userId}%`, `%${person.email}%`]
    const add = (column: string, value: string | number) => {
      if (!names.includes(column)) return
      values.push(value)
      conditions.push(`t.${column}::text = $${values.length}::text`)
    }
    add('tenant_id', String(id))
    add('store_id', String(shop.storeId))
    add('user_id', person.userId)
    const [row] = await server.sql<{ count: number }>(
      `select count(*)::int as count from "${table}" t where ${conditions.join(' or ')}`,
      values,
    )
    if (row && row.count > 0) held[table] = row.count
  }
  return held
}

test('an export holds all data of the tenant, page after page, and ends with a mark that it is complete', async () => {
  const answer = await kept.person.request('GET', `/api/v1/tenants/${kept.id}/export/`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
  const text: string = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const of = (kind: string) => lines.filter((line) => line.kind === kind).map((line) => line.row)
  const end = lines.at(-1)
  expect(end.kind).toBe('end')
  for (const [kind, count] of Object.entries(end.rows)) expect(of(kind), kind).toHaveLength(count as number)
  expect(end.rows).toMatchObject({ user: 1, session: 1, store: 2, token: 2, event: 45, variant: 45 })
  expect(end.rows).toMatchObject({
    event_attempt: 1,
    product: 45,
    plugin_report: 1,
    document_set: 1,
    document: 1,
    synonym: 1,
    search_rule: 1,
    question: 2,
    question_feedback: 1,
    question_settings: 1,
    alert_channel: 1,
  })
  for (const kind of ['chunk', 'usage', 'event_hour', 'usage_hour', 'audit'])
    expect(end.rows[kind], kind).toBeGreaterThan(0)
  expect(of('user')[0]).toMatchObject({ id: kept.person.userId, email: kept.person.email })
  expect(new Set(of('product').map((row) => row.external_id)).size).toBe(45)
  expect(of('event')[0].payload.product.name).toMatch(/^Rug /)
  expect(of('audit').map((row) => row.action)).toContain('tenant.exported')
})

test('an export holds no secret, and no data of another tenant', async () => {
  const other = await aTenant(1)
  const answer = await server.admin('GET', `/api/v1/tenants/${other.id}/export/`)
  const text = String(answer.body)
  const secrets = await server.sql<{ secret: string }>(
    `select token_hash as secret from integration_tokens union select password from accounts union select token from sessions
     union select identifier from verifications`,
  )
  expect(secrets.length).toBeGreaterThan(8)
  for (const { secret } of secrets) expect(text).not.toContain(secret)
  expect(text).not.toContain(other.shop.token)
  expect(text).toContain(other.person.email)
  expect(text).not.toContain(kept.person.email)
  expect(text).not.toContain(`"tenant_id":${kept.id},`)
  const begun = await server.sql(`select 1 from audit_log where action = 'tenant.exported' and target_id = $1`, [
    String(other.id),
  ])
  expect(begun).toHaveLength(1)
})

test('erasing needs the owner’s address, and only the owner or an admin may', async () => {
  const tenant = await aTenant(1)
  const before = await rowsOf(tenant)
  for (const confirm of ['', 'yes', kept.person.email]) {
    const answer = await erase(tenant.person, tenant.id, confirm)
    expect([answer.status, answer.body.issues?.[0].path], String(confirm)).toEqual([400, 'confirm'])
  }
  expect((await erase(tenant.person, tenant.id, undefined)).status).toBe(400)
  expect((await erase(kept.person, tenant.id, tenant.person.email)).status).toBe(404)
  const admin = await signedIn(server, 'admin')
  const own = (await admin.request('GET', '/api/v1/me/')).body.tenant_id
  expect((await erase(admin, own, admin.email)).body.error).toBe('is_an_admin')
  expect(await rowsOf(tenant)).toEqual(before)
  expect((await tenant.person.request('GET', '/api/v1/me/')).status).toBe(200)
})

test('an erased tenant leaves no row in any table, other tenants’ rows are unchanged, and one anonymous entry has the time', async () => {
  const tenant = await aTenant()
  const before = await rowsOf(tenant)
  for (const table of [
    'users',
    'accounts',
    'sessions',
    'verifications',
    'tenants',
    'stores',
    'integration_tokens',
    'plugin_reports',
    'document_sets',
    'documents',
    'events',
  ])
    expect(before, table).toHaveProperty(table)
  for (const table of [
    'event_ids',
    'products',
    'product_variants',
    'knowledge_chunks',
    'chunk_embeddings',
    'event_attempts',
    'search_words',
    'search_synonyms',
    'search_rules',
    'questions',
    'question_feedback',
    'question_settings',
    'feeds',
    'alert_channels',
    'catalog_revisions',
    'freshness_schedules',
    'freshness_checks',
    'freshness_findings',
    'reconciliations',
    'reconciliation_differences',
    'resend_requests',
  ])
    expect(before, table).toHaveProperty(table)
  for (const table of ['embedding_cache', 'usage_counters', 'event_hours', 'usage_hours', 'audit_log'])
    expect(before, table).toHaveProperty(table)
  const others = await rowsOf(kept)

  // Events under way at the same time, by a token that was used a moment ago.
  const sending = Array.from({ length: 40 }, (_, at) => tenant.shop.send(anUpdate({ id: 1_000 + at })))
  const erased = await erase(tenant.person, tenant.id, tenant.person.email.toUpperCase())
  expect(erased.status).toBe(204)
  const sent = await Promise.all(sending)
  for (const answer of sent) expect([202, 401, 503]).toContain(answer.status)

  await waitFor('the token to end', async () => (await tenant.shop.send(anUpdate())).status === 401)
  await expect.poll(() => rowsOf(tenant), { timeout: 120_000 }).toEqual({})
  expect(await rowsOf(kept)).toEqual(others)
  expect((await kept.shop.send(anUpdate({ id: 1 }))).status).toBe(202)

  expect((await tenant.person.request('GET', '/api/v1/me/')).status).toBe(401)
  expect(await signIn(server, tenant.person.email, PASSWORD)).toBeNull()
  const asAi = async () => (await server.search('rug', { token: tenant.knowledge })).status
  await waitFor('the AI’s token to end', async () => (await asAi()) === 401)
  const lines = await server.sql<Record<string, unknown>>(
    `select tenant_id, actor_kind, actor_id, source_ip, target_id, detail from audit_log where action = 'tenant.erased'`,
  )
  expect(lines).toEqual([
    {
      tenant_id: null,
      actor_kind: 'owner',
      actor_id: null,
      source_ip: null,
      target_id: null,
      detail: { tenant: tenant.id },
    },
  ])
  // The e-mail address is not blocked: a new user may have it.
  const again = await server.admin('POST', '/api/v1/users/', { email: tenant.person.email, role: 'owner' })
  expect(again.status).toBe(201)
})

test('an event that is acknowledged before the erasure and stored after it is dropped by the apply stage', async () => {
  const tenant = await aTenant(1)
  expect((await server.admin('DELETE', `/api/v1/tenants/${tenant.id}/`, { confirm: tenant.person.email })).status).toBe(
    204,
  )
  await storeLate(server.running.db.service, tenant, 'late')
  await waitFor('it to be dropped', async () => Object.keys(await rowsOf(tenant)).length === 0)
  expect(await server.sql(`select 1 from events where event_id = 'late'`)).toEqual([])
})

test('an interrupted erasure has closed the tenant already, and continues after another request or by itself', async () => {
  for (const again of ['asked', 'by itself']) {
    const tenant = await aTenant()
    await server.sql(`create function stop_it() returns trigger language plpgsql as $$
      begin if old.external_id = 'woo_44' then raise exception 'stopped'; end if; return old; end $$`)
    await server.sql('create trigger stop_it before delete on products for each row execute function stop_it()')
    const confirm = { confirm: tenant.person.email }
    expect((await server.admin('DELETE', `/api/v1/tenants/${tenant.id}/`, confirm)).status).toBe(500)
    expect(Object.keys(await rowsOf(tenant))).toContain('products')
    await waitFor('the token to end', async () => (await tenant.shop.send(anUpdate())).status === 401)
    const search = () => server.search('rug', { token: tenant.knowledge })
    await waitFor('the knowledge token to end', async () => (await search()).status === 401)
    expect((await tenant.person.request('GET', '/api/v1/me/')).status).toBe(401)
    expect(await signIn(server, tenant.person.email, PASSWORD)).toBeNull()
    await server.sql('drop function stop_it() cascade')

    if (again === 'asked') {
      expect((await server.admin('DELETE', `/api/v1/tenants/${tenant.id}/`, confirm)).status).toBe(204)
    } else await resumeErasing(server.running.db, createLog('silent'))
    await waitFor('everything to be gone', async () => Object.keys(await rowsOf(tenant)).length === 0)
    expect((await server.admin('DELETE', `/api/v1/tenants/${tenant.id}/`, confirm)).status).toBe(404)
  }
})

// The embedded database does one thing after the other.
if (databaseKind === 'postgres') {
  const isHeld = async () =>
    (await server.sql(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
      .length > 0

  /** Erases the tenant while `write` is on its way: that is committed once the erasing waits for it, and nothing of either is left. */
  const eraseDuring = async (tenant: Tenant, write: (tx: Sql) => Promise<void>) => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: written, resolve: isWritten } = Promise.withResolvers<void>()
    const writing = server.running.db.service.transaction(async (tx) => {
      await write(tx)
      isWritten()
      await gate
    })
    await Promise.race([written, writing])
    const erasing = erase(tenant.person, tenant.id, tenant.person.email)
    await Promise.race([erasing, waitFor('the erasing to wait for what is written', isHeld)])
    open()
    await writing
    expect((await erasing).status).toBe(204)
    await expect.poll(() => rowsOf(tenant), { timeout: 120_000 }).toEqual({})
  }

  test('an event that is stored while others of its erased tenant are dropped goes with its id', async () => {
    for (const held of ['events', 'event_ids']) {
      const tenant = await aTenant(1)
      expect((await erase(tenant.person, tenant.id, tenant.person.email)).status).toBe(204)
      const { promise: gate, resolve: open } = Promise.withResolvers<void>()
      const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>()
      // Dropping the first event waits for its row in one table or the other: the second comes in between.
      await server.sql(`create function stay_open() returns trigger language plpgsql as $$
        begin new.next_attempt_at = now() + interval '3 seconds'; return new; end $$`)
      await server.sql('create trigger stay_open before insert on events for each row execute function stay_open()')
      await storeLate(server.running.db.service, tenant, 'first')
      await server.sql('drop function stay_open() cascade')
      const holding = server.running.db.service.transaction(async (tx) => {
        await tx.query(`select 1 from ${held} where store_id = $1 for update`, [tenant.shop.storeId])
        isLocked()
        await gate
      })
      await locked
      await waitFor(`the dropping to wait for ${held}`, isHeld)
      await storeLate(server.running.db.service, tenant, 'second')
      open()
      await holding
      await expect.poll(() => rowsOf(tenant), { timeout: 120_000 }).toEqual({})
    }
  })

  test('a failure that is on its way while its tenant is erased goes with its event', async () => {
    const tenant = await aTenant(1)
    await server.sql('delete from event_attempts where tenant_id = $1', [tenant.id])
    await eraseDuring(tenant, async (tx) => {
      const [event] = await tx.query<OpenEvent>(
        `update events set status = 'received', outcome = null where store_id = $1 returning id, received_at::text as "receivedAt"`,
        [tenant.shop.storeId],
      )
      if (!event) throw new Error('there is no event')
      await failEvent(tx, event, 'x', { dead: true, delayMs: 0 })
      expect(await tx.query('select 1 from event_attempts where tenant_id = $1', [tenant.id])).toHaveLength(1)
    })
  })

  test('a count that is on its way while its tenant is erased goes with them', async () => {
    const tenant = await aTenant(1)
    // Its first count is a new row, which other sessions do not see before it is committed.
    for (const table of ['usage_counters', 'usage_hours'])
      await server.sql(`delete from ${table} where tenant_id = $1`, [tenant.id])
    await eraseDuring(tenant, (tx) => addUsage(tx, [{ tenantId: tenant.id, counter: 'query_embeddings', by: 1 }]))
  })
}
