/** Two tenants with everything a tenant can have. Of the second every text holds a word, and every id a number, of its own. */
import { askJson } from './http-client.ts'
import { type Headers, makeToken, makeUser, operator, type SignedInUser } from './people.ts'

export type RunSql = (text: string, values?: (string | number)[]) => Promise<Record<string, unknown>[]>

export interface Tenant {
  owner: SignedInUser
  /** The credentials of this tenant. */
  credentials: Record<string, Headers>
}

/** Objects of the second tenant, for requests as the first. */
export interface Belongings {
  word: string
  ids: Record<'store' | 'token' | 'event' | 'product' | 'chunk' | 'synonym' | 'rule' | 'feed' | 'external', number[]>
  userId: string
  email: string
  /** Every word there is of it. */
  texts: string[]
  eventIds: string[]
  cursors: string[]
}

/** Ids of the second tenant begin here, a range for each table, so that a number identifies its tenant and table. */
const FIRST_IDS = {
  stores: 710_000_000,
  integration_tokens: 720_000_000,
  products: 730_000_000,
  product_variants: 740_000_000,
  knowledge_chunks: 750_000_000,
  tenants: 760_000_000,
  search_synonyms: 770_000_000,
  search_rules: 775_000_000,
  feeds: 777_000_000,
  documents: 778_000_000,
}
const FIRST_EVENT = 780_000_000
const FIRST_EXTERNAL = 790_000_000

export const LISTS = [
  '/api/v1/stores/',
  '/api/v1/integrations/tokens/',
  '/api/v1/integrations/woocommerce/events/',
  '/api/v1/web-knowledge/products/',
  '/api/v1/dead-letters/',
  '/api/v1/knowledge/synonyms/',
  '/api/v1/knowledge/search-rules/',
  '/api/v1/feeds/',
]

interface Parts {
  url: string
  sql: RunSql
  /** Resolves when everything sent is applied and embedded. */
  settled(): Promise<void>
}

/** @throws {Error} when the server refuses what an operator may do */
export async function makeTwoTenants(parts: Parts, word: string): Promise<{ a: Tenant; b: Tenant; ofB: Belongings }> {
  const a = await makeTenant(
    parts,
    (() => {
      let number = 0
      return () => `mine${number++}`
    })(),
    1000,
  )
  for (const [table, first] of Object.entries(FIRST_IDS)) {
    await parts.sql(`select setval(pg_get_serial_sequence('${table}', 'id'), ${first})`)
  }
  await parts.sql(`select setval('events_id_seq', ${FIRST_EVENT})`)
  let words = 0
  const b = await makeTenant(parts, () => `${word}n${words++}z`, FIRST_EXTERNAL)
  await parts.settled()
  return { a, b, ofB: await readBelongings(parts, b, word, words) }
}

async function makeTenant({ url, sql, settled }: Parts, text: () => string, firstId: number): Promise<Tenant> {
  const owner = await makeUser(url, 'owner', text())
  const token = (type: string, environment: string) =>
    makeToken(url, { integration_type: type, name: text(), user_id: owner.id, environment })
  const shops = [await token('woocommerce', 'live'), await token('woocommerce', 'test')]
  const knowledge = await token('knowledge', 'live')
  await askJson(url, 'POST', `/api/v1/users/${owner.id}/reset-link/`, operator, {})
  for (const [place, shop] of shops.entries()) {
    const site = `https://${text()}.example`
    await askJson(url, 'PATCH', `/api/v1/stores/${shop.storeId}/`, owner.headers, { name: text(), site })
    const events = Array.from({ length: 4 }, (_, n) => ({
      event_id: text(),
      event_type: 'product.updated',
      version: 10,
      product: {
        id: firstId + place * 10 + n,
        name: `${text()} winter shoe`,
        description: `${text()} warm`,
        sku: text(),
        categories: [text()],
        tags: [text()],
        price: '850000',
        permalink: `https://shop.example/${text()}`,
        // One of them is hidden, and one is deleted below.
        status: n === 2 ? 'draft' : 'publish',
        variations: [{ id: firstId + 100 + place * 10 + n, sku: text(), price: '1' }],
      },
    }))
    const deletion = {
      event_id: text(),
      event_type: 'product.deleted',
      version: 20,
      product: { id: firstId + place * 10 },
    }
    await askJson(url, 'POST', '/api/integrations/woocommerce/webhook/batch/', bearer(shop.token), {
      events: [...events, deletion],
    })
    await askJson(url, 'PUT', '/api/integrations/woocommerce/documents/', bearer(shop.token), {
      version: 20,
      documents: [{ id: firstId + 300 + place, kind: 'shipping', title: text(), content: text() }],
      shop: { phone: text(), shipping_zones: [text()] },
    })
    await askJson(url, 'POST', '/api/integrations/woocommerce/report/', bearer(shop.token), {
      version: text(),
      state: 'wall',
      waiting: 1,
      failed: 0,
      details: { what: text() },
    })
    await settled()
    for (const kind of ['google', 'torob'])
      await askJson(url, 'POST', '/api/v1/feeds/', owner.headers, { store_id: shop.storeId, kind })
    for (const word of [text(), text()])
      await askJson(url, 'POST', '/api/v1/knowledge/synonyms/', owner.headers, { words: [word, 'shoe'] })
    const shown = await sql('select id from products where store_id = $1 and is_active order by id', [shop.storeId])
    for (const { id } of shown.slice(0, 2)) {
      const pin = { kind: 'pin', query: text(), product_id: Number(id) }
      await askJson(url, 'POST', '/api/v1/knowledge/search-rules/', owner.headers, pin)
    }
    // One dead letter of each kind.
    await sql(
      `update events set status = 'dead', outcome = null, error = $1
        where id = (select max(id) from events where store_id = $2 and event_type = 'product.updated')`,
      [text(), shop.storeId],
    )
    await sql(
      `insert into event_attempts (log_id, received_at, tenant_id, store_id, attempt, error, follows)
       select id, received_at, tenant_id, store_id, 4, $1, 'dead_letter' from events where store_id = $2 and status = 'dead'`,
      [text(), shop.storeId],
    )
    await sql(
      `update knowledge_chunks set embedding_status = 'refused', embedding_error = $1
        where id = (select max(id) from knowledge_chunks where store_id = $2)`,
      [text(), shop.storeId],
    )
  }
  return {
    owner,
    credentials: {
      session: owner.headers,
      shop: bearer(shops[0]?.token ?? ''),
      'test shop': bearer(shops[1]?.token ?? ''),
      knowledge: bearer(knowledge.token),
      nobody: {},
    },
  }
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

async function readBelongings({ url, sql }: Parts, b: Tenant, word: string, words: number): Promise<Belongings> {
  const tenant = '(select id from tenants where owner_id = $1::uuid)'
  const idsOf = async (table: string) => {
    const rows = await sql(`select id from ${table} where tenant_id = ${tenant} order by id`, [b.owner.id])
    return rows.map((row) => Number(row.id))
  }
  const events = await sql(`select event_id from events where tenant_id = ${tenant} order by id`, [b.owner.id])
  const externals = await sql(`select external_product_id as id from products where tenant_id = ${tenant} order by 1`, [
    b.owner.id,
  ])
  const cursors: string[] = []
  for (const list of LISTS) {
    const { body } = await askJson(url, 'GET', `${list}?limit=1`, b.credentials.session ?? {})
    const cursor = new URL(String(body.next ?? '/'), url).searchParams.get('cursor')
    if (cursor) cursors.push(cursor)
  }
  return {
    word,
    ids: {
      store: await idsOf('stores'),
      token: await idsOf('integration_tokens'),
      event: await idsOf('events'),
      product: await idsOf('products'),
      chunk: await idsOf('knowledge_chunks'),
      synonym: await idsOf('search_synonyms'),
      rule: await idsOf('search_rules'),
      feed: await idsOf('feeds'),
      external: externals.map((row) => Number(row.id)),
    },
    userId: b.owner.id,
    email: b.owner.email,
    texts: Array.from({ length: words }, (_, number) => `${word}n${number}z`),
    eventIds: events.map((row) => String(row.event_id)),
    cursors,
  }
}

/** Tables with a tenant's rows, and how to find them; of a token all but the columns that every use of it moves. */
const ROWS: Record<string, string> = {
  tenants: 'id = T',
  stores: 'tenant_id = T',
  integration_tokens: 'tenant_id = T',
  plugin_reports: 'tenant_id = T',
  document_sets: 'tenant_id = T',
  documents: 'tenant_id = T',
  freshness_checks: 'tenant_id = T',
  freshness_findings: 'tenant_id = T',
  reconciliations: 'tenant_id = T',
  reconciliation_differences: 'tenant_id = T',
  resend_requests: 'tenant_id = T',
  events: 'tenant_id = T',
  event_attempts: 'tenant_id = T',
  replays: 'tenant_id = T',
  replay_items: 'tenant_id = T',
  event_ids: 'store_id in (select id from stores where tenant_id = T)',
  products: 'tenant_id = T',
  product_variants: 'tenant_id = T',
  knowledge_chunks: 'tenant_id = T',
  chunk_embeddings: 'tenant_id = T',
  embedding_cache: 'tenant_id = T',
  search_synonyms: 'tenant_id = T',
  search_rules: 'tenant_id = T',
  feeds: 'tenant_id = T',
  catalog_revisions: 'tenant_id = T',
  embedding_budgets: 'tenant_id = T',
  store_savings: 'tenant_id = T',
  usage_counters: 'tenant_id = T',
  event_hours: 'tenant_id = T',
  usage_hours: 'tenant_id = T',
  users: 'id = $1::uuid',
  accounts: 'user_id = $1::uuid',
  two_factors: 'user_id = $1::uuid',
  sessions: 'user_id = $1::uuid',
  verifications: 'value = $1',
}

/** One digest of a tenant's rows for each table. */
export async function digestRows(sql: RunSql, ownerId: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const [table, where] of Object.entries(ROWS)) {
    const condition = where
      .replace('T', '(select id from tenants where owner_id = $1::text::uuid)')
      .replace('$1::uuid', '$1::text::uuid')
    const [row] = await sql(
      `select count(*)::int as rows, md5(coalesce(string_agg(r.text, '|' order by r.text), '')) as digest
         from (select (to_jsonb(t) - 'first_used_at' - 'last_used_at' - 'usage_count')::text as text from ${table} t where ${condition}) r`,
      [ownerId],
    )
    digests[table] = `${row?.rows} rows ${row?.digest}`
  }
  return digests
}
