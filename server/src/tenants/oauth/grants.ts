import type { Sql } from '../../platform/db/database.ts'
import { writeAuditEntry } from '../audit.ts'
import type { Environment } from '../tokens/token-format.ts'
import { CODE_SECONDS } from './oauth-values.ts'

/** The rights of a consent. */
export interface NewGrant {
  tenantId: number
  userId: string
  clientId: string
  clientName: string
  redirectUri: string
  storeId: number | null
  environment: Environment
  resource: string
  codeHash: string
  codeChallenge: string
}

/** Stores a consent with its one-time code; returns its id. */
export async function storeGrant(tx: Sql, grant: NewGrant): Promise<number> {
  await tx.query('update oauth_clients set allowed_at = now() where id = $1', [grant.clientId])
  const [made] = await tx.query<{ id: number }>(
    `insert into oauth_grants (tenant_id, user_id, client_id, client_name, redirect_uri, store_id, environment, resource, code_hash,
                               code_challenge, expires_at)
     values ($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9, $10, now() + interval '${CODE_SECONDS} seconds') returning id`,
    [
      grant.tenantId,
      grant.userId,
      grant.clientId,
      grant.clientName,
      grant.redirectUri,
      grant.storeId,
      grant.environment,
      grant.resource,
      grant.codeHash,
      grant.codeChallenge,
    ],
  )
  if (!made) throw new Error('an insert returned no row')
  return made.id
}

/** A grant counts only while its user is active, its tenant is not being erased, and its store exists. */
const SOURCE = `oauth_grants g join users u on u.id = g.user_id join tenants n on n.id = g.tenant_id
  left join stores s on s.id = g.store_id`
const IS_VALID = 'g.revoked_at is null and u.is_active and n.erasing_since is null and s.deleted_at is null'

export interface CodeGrant {
  grantId: number
  clientId: string
  redirectUri: string
  codeChallenge: string
  expiresAt: Date
}

/**
 * Locks and returns the valid grant of an unused code. The second use of a code revokes the tokens that the first one made: the
 * code was stolen. Returns null for a used or unknown code, and for one of another resource.
 */
export async function lockCode(tx: Sql, codeHash: string, resource: string): Promise<CodeGrant | null> {
  const [found] = await tx.query<CodeGrant & { isUsed: boolean }>(
    `select g.id as "grantId", g.client_id as "clientId", g.redirect_uri as "redirectUri", g.code_challenge as "codeChallenge",
            g.expires_at as "expiresAt", g.code_used_at is not null as "isUsed"
       from ${SOURCE} where g.code_hash = $1 and g.resource = $2 and ${IS_VALID} for update of g`,
    [codeHash, resource],
  )
  if (!found) return null
  if (!found.isUsed) return found
  await revokeReused(tx, found.grantId, 'code')
  return null
}

/** Marks a code as used. Returns false when it was used before. */
export async function useCode(tx: Sql, grantId: number): Promise<boolean> {
  const used = await tx.query(
    'update oauth_grants set code_used_at = now() where id = $1 and code_used_at is null returning 1',
    [grantId],
  )
  return used.length > 0
}

export interface RefreshGrant {
  grantId: number
  clientId: string
  expiresAt: Date
}

/** The same for a refresh token: a second use revokes the grant with all its tokens. */
export async function lockRefreshToken(tx: Sql, tokenHash: string, resource: string): Promise<RefreshGrant | null> {
  const [found] = await tx.query<RefreshGrant & { isUsed: boolean }>(
    `select g.id as "grantId", g.client_id as "clientId", t.expires_at as "expiresAt", t.used_at is not null as "isUsed"
       from ${SOURCE} join oauth_tokens t on t.grant_id = g.id
      where t.token_hash = $1 and t.kind = 'refresh' and g.resource = $2 and ${IS_VALID} for update of g, t`,
    [tokenHash, resource],
  )
  if (!found) return null
  if (!found.isUsed) return found
  await revokeReused(tx, found.grantId, 'refresh_token')
  return null
}

/** Marks a refresh token as replaced. Returns false when it was replaced before. */
export async function useRefreshToken(tx: Sql, tokenHash: string): Promise<boolean> {
  const used = await tx.query(
    `update oauth_tokens set used_at = now() where token_hash = $1 and kind = 'refresh' and used_at is null returning 1`,
    [tokenHash],
  )
  return used.length > 0
}

/** Stores an access token and the refresh token that belongs to it. */
export async function storeTokens(
  tx: Sql,
  grantId: number,
  tokens: { accessHash: string; accessSeconds: number; refreshHash: string; refreshSeconds: number },
): Promise<void> {
  const { accessHash, accessSeconds, refreshHash, refreshSeconds } = tokens
  await tx.query(
    `insert into oauth_tokens (token_hash, grant_id, kind, expires_at)
     values ($2, $1, 'access', now() + $3 * interval '1 second'), ($4, $1, 'refresh', now() + $5 * interval '1 second')`,
    [grantId, accessHash, accessSeconds, refreshHash, refreshSeconds],
  )
  await tx.query(`update oauth_grants set expires_at = now() + $2 * interval '1 second' where id = $1`, [
    grantId,
    refreshSeconds,
  ])
}

/** A connected agent: the rights behind a valid access token. */
export interface Agent {
  grantId: number
  tenantId: number
  storeId: number | null
  environment: Environment
  /** The address for which the token is valid. */
  resource: string
  expiresAt: Date
}

/** The agent of an access token, or null. */
export async function findAgent(sql: Sql, tokenHash: string): Promise<Agent | null> {
  const [found] = await sql.query<Agent>(
    `select g.id as "grantId", g.tenant_id as "tenantId", g.store_id as "storeId", g.environment, g.resource,
            t.expires_at as "expiresAt"
       from ${SOURCE} join oauth_tokens t on t.grant_id = g.id
      where t.token_hash = $1 and t.kind = 'access' and ${IS_VALID}`,
    [tokenHash],
  )
  return found ?? null
}

/** The grant of a token of any kind and state, for its revocation by the client. */
export async function findGrantOfToken(
  sql: Sql,
  tokenHash: string,
): Promise<{ grantId: number; clientId: string } | null> {
  const [found] = await sql.query<{ grantId: number; clientId: string }>(
    `select g.id as "grantId", g.client_id as "clientId" from oauth_tokens t join oauth_grants g on g.id = t.grant_id
      where t.token_hash = $1`,
    [tokenHash],
  )
  return found ?? null
}

/** Ends a grant with all its tokens. Returns false when the tenant (null: any) has no such grant, or it has ended. */
export async function revokeGrant(sql: Sql, tenantId: number | null, grantId: number): Promise<boolean> {
  const ended = await sql.query(
    `update oauth_grants set revoked_at = now()
      where ($1::bigint is null or tenant_id = $1) and id = $2 and revoked_at is null and code_used_at is not null returning 1`,
    [tenantId, grantId],
  )
  return ended.length > 0
}

/** The entry is written once: a revoked grant is not found again. */
async function revokeReused(tx: Sql, grantId: number, reused: string): Promise<void> {
  await revokeGrant(tx, null, grantId)
  await writeAuditEntry(
    tx,
    { kind: 'anonymous', userId: null, tenantId: null, sourceIp: null },
    { action: 'agent.revoked', target: { kind: 'agent', id: grantId }, detail: { reused } },
  )
}

/**
 * Deletes expired tokens and grants that have ended, at most 1,000 of each a call; returns their number. Safe in two processes at
 * once.
 */
export async function deleteEnded(sql: Sql): Promise<number> {
  const tokens = await sql.query(
    `delete from oauth_tokens where token_hash in (
       select token_hash from oauth_tokens where expires_at < now() order by expires_at limit 1000 for update skip locked) returning 1`,
  )
  const grants = await sql.query(
    `delete from oauth_grants where id in (
       select id from oauth_grants where least(expires_at, revoked_at) < now() - interval '1 day' order by id limit 1000
          for update skip locked) returning 1`,
  )
  return tokens.length + grants.length
}
