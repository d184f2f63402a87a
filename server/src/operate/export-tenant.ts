import type { Database, Sql } from '../platform/database.ts'

interface Part {
  kind: string
  /** What follows `select` up to the conditions, over `$1`, the tenant. `key` is unique and sorts the rows. */
  columns: string
  from: string
  where: string
  key: string
  /** A page is held in memory: an event's payload may have 1 MB, a product's texts as much. */
  pageRows: number
}

const tenantOf = (alias: string) => `${alias}.tenant_id = $1::bigint`
const user = '(select owner_id from tenants where id = $1::bigint)'

/**
 * Everything that is kept of a tenant, but what signs in (password, token and session secrets) and what is made anew from the
 * texts (vectors, the word index).
 */
const PARTS: Part[] = [
  {
    kind: 'user',
    columns: 't.id, t.email, t.name, t.role, t.is_active, t.created_at, t.updated_at',
    from: 'users t',
    where: `t.id = ${user}`,
    key: 't.id::text',
    pageRows: 1,
  },
  {
    kind: 'session',
    columns: 't.id, t.ip_address, t.user_agent, t.created_at, t.updated_at, t.expires_at',
    from: 'sessions t',
    where: `t.user_id = ${user}`,
    key: 't.id::text',
    pageRows: 200,
  },
  { kind: 'store', columns: 't.*', from: 'stores t', where: tenantOf('t'), key: 't.id', pageRows: 200 },
  {
    kind: 'token',
    columns: `t.id, t.store_id, t.token_preview, t.integration_type, t.environment, t.name, t.is_active, t.site_hash,
      t.pending_site_hash, t.allowed_ips, t.expires_at, t.revoked_at, t.replaced_by, t.first_used_at, t.last_used_at, t.usage_count, t.created_at`,
    from: 'integration_tokens t',
    where: tenantOf('t'),
    key: 't.id',
    pageRows: 200,
  },
  { kind: 'event', columns: 't.*', from: 'events t', where: tenantOf('t'), key: 't.id', pageRows: 20 },
  { kind: 'event_attempt', columns: 't.*', from: 'event_attempts t', where: tenantOf('t'), key: 't.id', pageRows: 200 },
  {
    kind: 'product',
    columns: `t.id, t.store_id, t.external_id, t.external_source, t.type, t.name, t.short_description, t.description, t.sku,
      t.price, t.regular_price, t.sale_price, t.on_sale, t.currency, t.stock_quantity, t.stock_status, t.categories, t.tags,
      t.attributes, t.image, t.gallery, t.permalink, t.status, t.catalog_visibility, t.password_protected, t.product_hash,
      t.version, t.is_active, t.deleted_at, t.created_at, t.updated_at`,
    from: 'products t',
    where: tenantOf('t'),
    key: 't.id',
    pageRows: 20,
  },
  { kind: 'variant', columns: 't.*', from: 'product_variants t', where: tenantOf('t'), key: 't.id', pageRows: 200 },
  {
    kind: 'chunk',
    columns: 't.id, t.store_id, t.product_id, t.position, t.text, t.language, t.embedding_status, t.embedding_error',
    from: 'knowledge_chunks t',
    where: tenantOf('t'),
    key: 't.id',
    pageRows: 200,
  },
  {
    kind: 'usage',
    columns: 't.counter, t.value',
    from: 'usage_counters t',
    where: tenantOf('t'),
    key: 't.counter',
    pageRows: 200,
  },
  {
    kind: 'event_hour',
    columns: 't.*',
    from: 'event_hours t',
    where: tenantOf('t'),
    key: "t.store_id || ' ' || extract(epoch from t.hour)::bigint",
    pageRows: 200,
  },
  {
    kind: 'usage_hour',
    columns: 't.counter, t.hour, t.value',
    from: 'usage_hours t',
    where: tenantOf('t'),
    key: "t.counter || ' ' || extract(epoch from t.hour)::bigint",
    pageRows: 200,
  },
  { kind: 'audit', columns: 't.*', from: 'audit_log t', where: tenantOf('t'), key: 't.id', pageRows: 200 },
]

/**
 * The lines of an export (NDJSON, `{"kind","row"}`), page after page, so that memory holds one page however much there is. Rows
 * that change meanwhile are in it as one page or the next found them. The last line counts the others: without it the export
 * was broken off.
 */
export async function* exportTenant(db: Database, tenantId: number): AsyncGenerator<string> {
  const rows: Record<string, number> = {}
  for (const part of PARTS) {
    rows[part.kind] = 0
    // A tenant's name reaches its own rows only, but no sessions.
    const sql = part.kind === 'session' ? db.service : db.forTenant(tenantId)
    for await (const page of pagesOf(sql, part, tenantId)) {
      rows[part.kind] = (rows[part.kind] ?? 0) + page.length
      yield page.map((row) => `{"kind":"${part.kind}","row":${row}}\n`).join('')
    }
  }
  yield `${JSON.stringify({ kind: 'end', rows })}\n`
}

async function* pagesOf(sql: Sql, { columns, from, where, key, pageRows }: Part, tenantId: number) {
  for (let last: string | number | null = null; ; ) {
    const behind: string = last === null ? '' : `and ${key} > $2`
    const page: { key: string | number; row: string }[] = await sql.query(
      `select ${key} as key, (select row_to_json(one)::text from (select ${columns}) one) as row
         from ${from} where ${where} ${behind} order by ${key} limit ${pageRows}`,
      last === null ? [tenantId] : [tenantId, last],
    )
    // A payload is kept as it came, and JSON may have newlines between its parts.
    if (page.length > 0) yield page.map(({ row }) => row.replaceAll(/[\r\n]/g, ' '))
    last = page.at(-1)?.key ?? null
    if (page.length < pageRows) return
  }
}
