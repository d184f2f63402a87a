import type { Database, Sql } from '../../platform/db/database.ts'
import { hashToken } from '../tokens/token-format.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { makeValue, SCOPE } from './oauth-values.ts'
import { isRedirectUri } from './redirect-uris.ts'

/** Registered clients at most. An anonymous caller can cause these rows (about 500 bytes each). */
const MAX_CLIENTS = 10_000
/** A client that no user has allowed is deleted after a day; when the table is full, after an hour. */
const UNUSED_HOURS = 24
const UNUSED_HOURS_WHEN_FULL = 1
const MAX_REDIRECT_URIS = 10
const MAX_NAME_CHARACTERS = 80

export const AUTH_METHODS = ['none', 'client_secret_post', 'client_secret_basic'] as const
type AuthMethod = (typeof AUTH_METHODS)[number]
export const GRANT_TYPES = ['authorization_code', 'refresh_token']

export interface OAuthClient {
  id: string
  name: string
  redirectUris: string[]
  secretHash: string | null
  createdAt: Date
}

/** The client with this id, or null. */
export async function findClient(sql: Sql, id: string): Promise<OAuthClient | null> {
  if (!/^fo_client_[\w-]{43}$/.test(id)) return null
  const [found] = await sql.query<OAuthClient>(
    `select id, name, redirect_uris as "redirectUris", secret_hash as "secretHash", created_at as "createdAt"
       from oauth_clients where id = $1`,
    [id],
  )
  return found ?? null
}

/** The answer to a registration (RFC 7591, section 3.2.1). The only one that contains the secret. */
export interface RegisteredClient {
  client_id: string
  client_id_issued_at: number
  client_secret?: string
  client_secret_expires_at?: 0
  client_name: string
  redirect_uris: string[]
  token_endpoint_auth_method: AuthMethod
  grant_types: string[]
  response_types: string[]
  scope: string
}

/** Registers a client. Fields that this server does not use are ignored. @throws {OAuthRefusal} for metadata that it cannot accept */
export async function registerClient(db: Database, metadata: unknown): Promise<RegisteredClient> {
  const { name, redirectUris, authMethod } = readMetadata(metadata)
  const id = makeValue('client')
  const secret = authMethod === 'none' ? null : makeValue('secret')
  const insert = async () =>
    await db.service.query<{ createdAt: Date }>(
      `insert into oauth_clients (id, name, redirect_uris, auth_method, secret_hash)
       select $1, $2, $3::text[], $4, $5 where (select count(*) from oauth_clients) < ${MAX_CLIENTS}
       returning created_at as "createdAt"`,
      [id, name, redirectUris, authMethod, secret === null ? null : hashToken(secret)],
    )
  let [made] = await insert()
  if (!made && (await deleteUnused(db.service, UNUSED_HOURS_WHEN_FULL)) > 0) made = (await insert())[0]
  if (!made)
    throw new OAuthRefusal('temporarily_unavailable', 'Too many clients are registered; try again in an hour.', 503)
  return {
    client_id: id,
    client_id_issued_at: Math.floor(made.createdAt.getTime() / 1000),
    ...(secret !== null && { client_secret: secret, client_secret_expires_at: 0 }),
    client_name: name,
    redirect_uris: redirectUris,
    token_endpoint_auth_method: authMethod,
    grant_types: GRANT_TYPES,
    response_types: ['code'],
    scope: SCOPE,
  }
}

/**
 * Deletes clients that no user has allowed, and those without a grant whose last consent is a year old; at most 1,000 a call.
 * Returns their number. Safe in two processes at once.
 */
export async function deleteUnused(sql: Sql, hours = UNUSED_HOURS): Promise<number> {
  const gone = await sql.query(
    `delete from oauth_clients where id in (
       select c.id from oauth_clients c
        where (c.allowed_at is null and c.created_at < now() - $1 * interval '1 hour')
           or (c.allowed_at < now() - interval '1 year' and not exists (select 1 from oauth_grants g where g.client_id = c.id))
        order by c.created_at limit 1000 for update skip locked) returning 1`,
    [hours],
  )
  return gone.length
}

function readMetadata(metadata: unknown): { name: string; redirectUris: string[]; authMethod: AuthMethod } {
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata))
    throw badMetadata('a JSON object is required')
  const given = metadata as Record<string, unknown>
  const uris = given.redirect_uris
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > MAX_REDIRECT_URIS || !uris.every(isRedirectUri)) {
    throw new OAuthRefusal(
      'invalid_redirect_uri',
      `redirect_uris must be 1 to ${MAX_REDIRECT_URIS} addresses with https, or with http on localhost, 127.0.0.1 or [::1]; without user name and fragment.`,
    )
  }
  const authMethod = AUTH_METHODS.find(
    (method) => method === (given.token_endpoint_auth_method ?? 'client_secret_basic'),
  )
  if (!authMethod) throw badMetadata(`token_endpoint_auth_method must be one of ${AUTH_METHODS.join(', ')}`)
  if (!includesIfGiven(given.grant_types, 'authorization_code'))
    throw badMetadata('grant_types must contain authorization_code')
  if (!includesIfGiven(given.response_types, 'code')) throw badMetadata('response_types must contain code')
  const name = given.client_name ?? ''
  if (typeof name !== 'string') throw badMetadata('client_name must be a text')
  return { name: plainName(name), redirectUris: uris, authMethod }
}

/**
 * The name without control, format and bidirectional characters, which would change how the consent page reads; zero-width
 * non-joiners of Persian names go, too.
 */
function plainName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return [...plain].slice(0, MAX_NAME_CHARACTERS).join('').trim()
}

function includesIfGiven(list: unknown, word: string): boolean {
  return list === undefined || (Array.isArray(list) && list.includes(word))
}

function badMetadata(description: string): OAuthRefusal {
  return new OAuthRefusal('invalid_client_metadata', `${description}.`)
}
