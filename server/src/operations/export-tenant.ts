import type { Database, Sql } from '../platform/db/database.ts'
import { FEW_PIECES, type Lines, readLines } from '../platform/db/row-lines.ts'

/** Limits of a page, at the end of a row. */
const PAGE_ROWS = 200
const PAGE_BYTES = 1_000_000

interface Part {
  kind: string
  /** Select list and conditions over `$1`, the tenant. `key` is unique and sorts the rows. */
  columns: string
  from: string
  where: string
  key: string
  /** Default: `text`. */
  keyType?: 'bigint'
}

const tenantOf = (alias: string) => `${alias}.tenant_id = $1::bigint`
const user = '(select owner_id from tenants where id = $1::bigint)'

/**
 * Everything stored about a tenant, except sign-in secrets (password, token and session secrets) and data derived from the texts
 * (vectors, the word index).
 */
const PARTS: Part[] = [
  {
    kind: 'user',
    columns: 't.id, t.email, t.name, t.role, t.is_active, t.two_factor_enabled, t.language, t.created_at, t.updated_at',
    from: 'users t',
    where: `t.id = ${user}`,
    key: 't.id::text',
  },
  {
    kind: 'session',
    columns: 't.id, t.ip_address, t.user_agent, t.created_at, t.updated_at, t.expires_at',
    from: 'sessions t',
    where: `t.user_id = ${user}`,
    key: 't.id::text',
  },
  { kind: 'store', columns: 't.*', from: 'stores t', where: tenantOf('t'), key: 't.id', keyType: 'bigint' },
  {
    kind: 'plugin_report',
    columns: 't.*',
    from: 'plugin_reports t',
    where: tenantOf('t'),
    key: 't.store_id',
    keyType: 'bigint',
  },
  {
    kind: 'token',
    columns: `t.id, t.store_id, t.token_preview, t.integration_type, t.environment, t.name, t.is_active, t.site_hash,
      t.pending_site_hash, t.allowed_ips, t.expires_at, t.revoked_at, t.replaced_by, t.first_used_at, t.last_used_at, t.usage_count, t.created_at`,
    from: 'integration_tokens t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'connected_agent',
    columns: `t.id, t.user_id, t.client_id, t.client_name, t.redirect_uri, t.store_id, t.environment, t.resource, t.code_used_at,
      t.created_at, t.expires_at, t.revoked_at, t.last_used_at, t.usage_count`,
    from: 'oauth_grants t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'feed',
    columns: `t.id, t.store_id, t.kind, t.token_preview, t.target_country, t.language, t.currency, t.created_at, t.rotated_at,
      t.revoked_at, t.last_read_at, t.reads, t.announced_until`,
    from: 'feeds t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  { kind: 'alert', columns: 't.*', from: 'alerts t', where: tenantOf('t'), key: 't.id', keyType: 'bigint' },
  {
    kind: 'alert_channel',
    columns: `t.id, t.kind, t.name, t.target, t.language, t.time_zone, t.quiet_from, t.quiet_to, t.kinds, t.urgent_kinds, t.is_enabled,
      t.created_at, t.updated_at, t.last_success_at, t.failures, t.failing_since, t.paused_at, t.pause_reason`,
    from: 'alert_channels t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'alert_message',
    columns: 't.*',
    from: 'alert_messages t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'alert_attempt',
    columns: 't.*',
    from: 'alert_attempts t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  { kind: 'event', columns: 't.*', from: 'events t', where: tenantOf('t'), key: 't.id', keyType: 'bigint' },
  {
    kind: 'event_attempt',
    columns: 't.*',
    from: 'event_attempts t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  { kind: 'replay', columns: 't.*', from: 'replays t', where: tenantOf('t'), key: 't.id::text' },
  {
    kind: 'replay_item',
    columns: 't.*',
    from: 'replay_items t',
    where: tenantOf('t'),
    key: "t.replay_id || ' ' || t.kind || ' ' || t.item_id",
  },
  {
    kind: 'product',
    columns: `t.id, t.store_id, t.external_id, t.external_source, t.type, t.name, t.short_description, t.description, t.sku,
      t.price, t.regular_price, t.sale_price, t.on_sale, t.currency, t.stock_quantity, t.stock_status, t.categories, t.tags,
      t.attributes, t.image, t.gallery, t.permalink, t.status, t.catalog_visibility, t.password_protected, t.product_hash,
      t.gtin, t.brand, t.category_paths, t.image_details, t.average_rating, t.review_count, t.weight, t.weight_unit, t.dimensions,
      t.dimension_unit, t.sale_ends_at, t.min_quantity, t.max_quantity, t.language, t.display_currency, t.readiness,
      t.readiness_missing, t.version, t.is_active, t.deleted_at, t.created_at, t.updated_at`,
    from: 'products t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  { kind: 'variant', columns: 't.*', from: 'product_variants t', where: tenantOf('t'), key: 't.id', keyType: 'bigint' },
  {
    kind: 'document_set',
    columns: 't.store_id, t.version, t.shop, t.received_at',
    from: 'document_sets t',
    where: tenantOf('t'),
    key: 't.store_id',
    keyType: 'bigint',
  },
  {
    kind: 'document',
    columns: `t.id, t.store_id, t.external_id, t.kind, t.title, t.content, t.url, t.language, t.modified_at, t.created_at,
      t.updated_at`,
    from: 'documents t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'freshness_schedule',
    columns: 't.store_id, t.is_on, t.last_visit_at, t.last_outcome, t.last_detail',
    from: 'freshness_schedules t',
    where: tenantOf('t'),
    key: 't.store_id',
    keyType: 'bigint',
  },
  {
    kind: 'freshness_check',
    columns: 't.*',
    from: 'freshness_checks t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'freshness_finding',
    columns: 't.*',
    from: 'freshness_findings t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'reconciliation',
    columns: 't.*',
    from: 'reconciliations t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'reconciliation_difference',
    columns: 't.*',
    from: 'reconciliation_differences t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'resend_request',
    columns: 't.*',
    from: 'resend_requests t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'chunk',
    columns:
      't.id, t.store_id, t.product_id, t.document_id, t.position, t.text, t.language, t.embedding_status, t.embedding_error',
    from: 'knowledge_chunks t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'synonym',
    columns: 't.id, t.word, t.words, t.created_by, t.created_at, t.updated_at',
    from: 'search_synonyms t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'search_rule',
    columns: 't.id, t.kind, t.query, t.product_id, t.position, t.created_by, t.created_at',
    from: 'search_rules t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'question_settings',
    columns: 't.is_on, t.retention_days, t.changed_at',
    from: 'question_settings t',
    where: tenantOf('t'),
    key: 't.tenant_id',
    keyType: 'bigint',
  },
  { kind: 'question', columns: 't.*', from: 'questions t', where: tenantOf('t'), key: 't.id', keyType: 'bigint' },
  {
    kind: 'question_feedback',
    columns: 't.*',
    from: 'question_feedback t',
    where: tenantOf('t'),
    key: 't.id',
    keyType: 'bigint',
  },
  {
    kind: 'usage',
    columns: 't.counter, t.value',
    from: 'usage_counters t',
    where: tenantOf('t'),
    key: 't.counter',
  },
  {
    kind: 'embedding_budget',
    columns: 't.unit, t.amount, t.month, t.tokens, t.usd, t.paused_since, t.paused_reason, t.changed_at',
    from: 'embedding_budgets t',
    where: tenantOf('t'),
    key: 't.tenant_id',
    keyType: 'bigint',
  },
  {
    kind: 'store_savings',
    columns: 't.store_id, t.embeddings_avoided',
    from: 'store_savings t',
    where: tenantOf('t'),
    key: 't.store_id',
    keyType: 'bigint',
  },
  {
    kind: 'event_hour',
    columns: 't.*',
    from: 'event_hours t',
    where: tenantOf('t'),
    key: "t.store_id || ' ' || extract(epoch from t.hour)::bigint",
  },
  {
    kind: 'usage_hour',
    columns: 't.counter, t.hour, t.value',
    from: 'usage_hours t',
    where: tenantOf('t'),
    key: "t.counter || ' ' || extract(epoch from t.hour)::bigint",
  },
  { kind: 'audit', columns: 't.*', from: 'audit_log t', where: tenantOf('t'), key: 't.id', keyType: 'bigint' },
]

/**
 * The lines of an export (NDJSON, `{"kind","row"}`), page after page: memory holds one page of about 1 MB (or one larger row), and
 * no transaction is open while the reader is slow. Rows that change meanwhile appear as found by one page or another. The last line
 * contains the counts; without it the export is incomplete.
 */
export async function* exportTenant(db: Database, tenantId: number): AsyncGenerator<Buffer> {
  const rows: Record<string, number> = {}
  for (const part of PARTS) {
    rows[part.kind] = 0
    // Under a tenant's role its own rows are visible, but no sessions.
    const access = part.kind === 'session' ? db.service : db.forTenant(tenantId)
    for (let last: string | null = null; ; ) {
      const page: Page = await access.transaction((tx) => readPage(tx, part, tenantId, last))
      for (const lines of page.lines) {
        rows[part.kind] = (rows[part.kind] ?? 0) + lines.rows
        yield lines.bytes
      }
      if (page.last === null) break
      last = page.last
    }
  }
  yield Buffer.from(`${JSON.stringify({ kind: 'end', rows })}\n`)
}

interface Page {
  lines: Lines[]
  /** The key of the last row of the page; null on the last page. */
  last: string | null
}

async function readPage(tx: Sql, part: Part, tenantId: number, last: string | null): Promise<Page> {
  const { kind, columns, from, where, key, keyType = 'text' } = part
  const behind = last === null ? '' : `and ${key} > $2::text::${keyType}`
  // The text of a row is built when the row is fetched, after sorting, and not for the whole page at once.
  const select = `select (${key})::text as key, (select row_to_json(one)::text from (select ${columns}) one) as row
      from (select t.* from ${from} where ${where} ${behind} order by ${key} limit ${PAGE_ROWS}) t`
  const values = last === null ? [tenantId] : [tenantId, last]
  const lines: Lines[] = []
  let bytes = 0
  for await (const some of readLines(tx, select, values, FEW_PIECES, `{"kind":"${kind}","row":`, '}')) {
    lines.push(some)
    bytes += some.bytes.length
    if (bytes >= PAGE_BYTES && some.lastKey !== null) return { lines, last: some.lastKey }
  }
  const count = lines.reduce((sum, some) => sum + some.rows, 0)
  return { lines, last: count < PAGE_ROWS ? null : (lines.at(-1)?.lastKey ?? null) }
}
