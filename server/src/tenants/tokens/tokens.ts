import type { Sql } from '../../platform/db/database.ts'
import type { List } from '../../platform/http/lists.ts'
import { type Environment, hashToken, type IntegrationType, makeToken, previewToken } from './token-format.ts'
import type { Token } from './token-schemas.ts'

/** The identity behind a valid token. Tenant and store always come from here, never from a payload. */
export interface TokenHolder {
  tokenId: number
  tenantId: number
  /** null for a knowledge token of the whole tenant. */
  storeId: number | null
  integrationType: IntegrationType
  environment: Environment
  name: string
  siteHash: string | null
  allowedIps: string[]
  expiresAt: Date | null
  lastUsedAt: Date | null
  usageCount: number
}

/** The active token with this hash, or null. Tokens of deleted stores are not found. */
export async function findToken(sql: Sql, tokenHash: string): Promise<TokenHolder | null> {
  const [row] = await sql.query<TokenHolder>(
    `select t.id as "tokenId", t.tenant_id as "tenantId", t.store_id as "storeId", t.integration_type as "integrationType",
            t.environment, t.name, t.site_hash as "siteHash", t.allowed_ips as "allowedIps", t.expires_at as "expiresAt",
            t.last_used_at as "lastUsedAt", t.usage_count as "usageCount"
       from integration_tokens t left join stores s on s.id = t.store_id
      where t.token_hash = $1 and t.is_active and s.deleted_at is null`,
    [tokenHash],
  )
  return row ?? null
}

export interface NewToken {
  tenantId: number
  integrationType: IntegrationType
  environment: Environment
  name: string
  /** null: a store named after the token is created (knowledge tokens need none). */
  storeId: number | null
  expiresAt: Date | null
  allowedIps: string[]
}

/** Creates a token (and its store, if none is given). The return value is the only place where the token is readable. */
export async function generateToken(tx: Sql, wanted: NewToken): Promise<{ token: string; summary: Token }> {
  const token = makeToken(wanted.integrationType, wanted.environment)
  const storeId = wanted.storeId ?? (wanted.integrationType === 'knowledge' ? null : await createStore(tx, wanted))
  const [row] = await tx.query<{ id: number }>(
    `insert into integration_tokens (tenant_id, store_id, token_hash, token_preview, integration_type, environment, name, expires_at, allowed_ips)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [
      wanted.tenantId,
      storeId,
      hashToken(token),
      previewToken(token),
      wanted.integrationType,
      wanted.environment,
      wanted.name,
      wanted.expiresAt,
      wanted.allowedIps,
    ],
  )
  if (!row) throw new Error('an insert returned no row')
  return { token, summary: await findSummary(tx, wanted.tenantId, row.id) }
}

async function createStore(tx: Sql, wanted: NewToken): Promise<number> {
  const [row] = await tx.query<{ id: number }>(
    'insert into stores (tenant_id, platform, name, environment) values ($1, $2, $3, $4) returning id',
    [wanted.tenantId, wanted.integrationType, wanted.name, wanted.environment],
  )
  if (!row) throw new Error('an insert returned no row')
  return row.id
}

/** Columns of a `Token`, without secrets. */
const COLUMNS = `t.id, t.token_preview, t.integration_type, t.name, t.environment, t.is_active, t.last_used_at, t.usage_count,
  t.allowed_ips, t.expires_at, t.revoked_at, t.replaced_by, t.pending_site_hash is not null as site_waits, t.created_at,
  case when s.id is null then null else json_build_object('id', s.id, 'name', s.name) end as store,
  json_build_object('id', u.id, 'email', u.email) as "user"`
const SOURCE = `integration_tokens t
  join tenants n on n.id = t.tenant_id join users u on u.id = n.owner_id
  left join stores s on s.id = t.store_id`

export interface TokensWanted {
  /** null: of all tenants. */
  tenantId: number | null
  userId?: string | undefined
  storeId?: number | undefined
}

/** The list of tokens, newest first, for `readPage`. */
export function tokenList({ tenantId, userId, storeId }: TokensWanted): List {
  return {
    columns: COLUMNS,
    from: SOURCE,
    where: [
      '($1::bigint is null or t.tenant_id = $1)',
      '($2::uuid is null or u.id = $2::uuid)',
      '($3::bigint is null or t.store_id = $3)',
    ],
    values: [tenantId, userId ?? null, storeId ?? null],
    sort: { sql: 't.id', type: 'bigint', descending: true },
    id: 't.id',
  }
}

/** A token by its id. `tenantId` null: of any tenant. */
export async function findSummary(sql: Sql, tenantId: number | null, id: number): Promise<Token> {
  const [summary] = await sql.query<Token>(
    `select ${COLUMNS} from ${SOURCE} where ($1::bigint is null or t.tenant_id = $1) and t.id = $2`,
    [tenantId, id],
  )
  if (!summary) throw new Error('an existing token was not found')
  return summary
}

/** Revokes a token for good; the row stays. Returns false when the tenant has no token with this id. */
export async function revokeToken(sql: Sql, tenantId: number | null, id: number): Promise<boolean> {
  const rows = await sql.query(
    `update integration_tokens set is_active = false, revoked_at = coalesce(revoked_at, now())
      where ($1::bigint is null or tenant_id = $1) and id = $2 returning id`,
    [tenantId, id],
  )
  return rows.length > 0
}

/** Binds a token to the first site that uses it. Returns the bound site, which is another one if two sites raced. */
export async function bindSite(sql: Sql, tokenId: number, siteHash: string): Promise<string> {
  const [row] = await sql.query<{ siteHash: string }>(
    'update integration_tokens set site_hash = coalesce(site_hash, $2) where id = $1 returning site_hash as "siteHash"',
    [tokenId, siteHash],
  )
  return row?.siteHash ?? siteHash
}

/**
 * Creates a successor of a token with the same rights. The old token works for another `graceSeconds`, so that the shop can switch
 * without losing events. Returns null when the token does not exist, `'revoked'` when it is no longer valid.
 */
export async function rotateToken(
  tx: Sql,
  tenantId: number | null,
  id: number,
  graceSeconds: number,
): Promise<{ token: string; summary: Token } | 'revoked' | null> {
  const [old] = await tx.query<{
    type: IntegrationType
    environment: Environment
    isActive: boolean
    isReplaced: boolean
  }>(
    `select integration_type as type, environment, is_active and (expires_at is null or expires_at > now()) as "isActive",
              replaced_by is not null as "isReplaced"
         from integration_tokens where ($1::bigint is null or tenant_id = $1) and id = $2 for update`,
    [tenantId, id],
  )
  if (!old) return null
  if (!old.isActive || old.isReplaced) return 'revoked'
  const token = makeToken(old.type, old.environment)
  const [made] = await tx.query<{ id: number }>(
    `insert into integration_tokens (tenant_id, store_id, token_hash, token_preview, integration_type, environment, name,
                                       expires_at, allowed_ips, site_hash)
       select tenant_id, store_id, $2, $3, integration_type, environment, name, expires_at, allowed_ips, site_hash
         from integration_tokens where id = $1 returning id`,
    [id, hashToken(token), previewToken(token)],
  )
  if (!made) throw new Error('an insert returned no row')
  await tx.query(
    `update integration_tokens
          set replaced_by = $2, expires_at = least(expires_at, now() + $3 * interval '1 second') where id = $1`,
    [id, made.id, graceSeconds],
  )
  return { token, summary: await findSummary(tx, tenantId, made.id) }
}

/** Records that another site has presented the token. */
export async function notePendingSite(sql: Sql, tokenId: number, siteHash: string): Promise<void> {
  await sql.query('update integration_tokens set pending_site_hash = $2 where id = $1', [tokenId, siteHash])
}

/** Binds the token to the pending site after its owner confirmed it. Returns false when no site is pending. */
export async function confirmSite(sql: Sql, tenantId: number | null, id: number): Promise<boolean> {
  const rows = await sql.query(
    `update integration_tokens set site_hash = pending_site_hash, pending_site_hash = null
      where ($1::bigint is null or tenant_id = $1) and id = $2 and is_active and pending_site_hash is not null returning id`,
    [tenantId, id],
  )
  return rows.length > 0
}
