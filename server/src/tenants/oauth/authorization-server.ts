import OAuth2Server from '@node-oauth/oauth2-server'
import type { Database, Sql } from '../../platform/db/database.ts'
import { hashToken } from '../tokens/token-format.ts'
import { findClient, GRANT_TYPES, type OAuthClient } from './clients.ts'
import {
  lockCode,
  lockRefreshToken,
  type NewGrant,
  storeGrant,
  storeTokens,
  useCode,
  useRefreshToken,
} from './grants.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { ACCESS_SECONDS, CODE_SECONDS, makeValue, REFRESH_SECONDS, SCOPE } from './oauth-values.ts'
import { matchesRedirectUri, withParameters } from './redirect-uris.ts'

/** The addresses of this server, as the caller sees them. */
export interface Addresses {
  issuer: string
  resource: string
}

/** The rights that a user gives on the consent page. */
export type Consent = Pick<NewGrant, 'tenantId' | 'userId' | 'storeId' | 'environment'>

/**
 * A valid request for authorization, or one that the client must correct: then `redirectTo` tells it the reason. null when client or
 * redirect URI are unknown: such a request leads nowhere.
 */
export type Authorization =
  | { client: OAuthClient; redirectUri: string; redirectTo: string; error: null; grantId: number | null }
  | { client: OAuthClient; redirectUri: string; redirectTo: string; error: string }
  | null

const { Request, Response } = OAuth2Server

/** The parameters of an authorization request that this server reads; others are ignored, as the RFC asks. */
const PARAMETERS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
  'resource',
] as const
type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>

/**
 * Checks an authorization request; with `consent` it also stores the grant and makes the code. The answer tells the issuer (RFC
 * 9207), so that a client of several servers notices a mix-up.
 */
export async function authorize(
  sql: Sql,
  query: string,
  { issuer, resource }: Addresses,
  consent: Consent | null,
): Promise<Authorization> {
  const { given, repeated } = readOnce(query, PARAMETERS)
  if (repeated === 'client_id' || repeated === 'redirect_uri') return null
  const client = given.client_id === undefined ? null : await findClient(sql, given.client_id)
  const redirectUri = given.redirect_uri
  if (!client || redirectUri === undefined || !matchesRedirectUri(redirectUri, client.redirectUris)) return null
  const goBack = (parameters: Record<string, string | undefined>) =>
    withParameters(redirectUri, { ...parameters, state: given.state, iss: issuer })
  try {
    if (repeated !== null) throw new OAuth2Server.InvalidRequestError(`Repeated parameter: \`${repeated}\``)
    const server = serverOver(sql, { resource, client, mayBeAnonymous: true })
    const code = await server.authorize(
      new Request({ method: 'GET', headers: {}, query: given as Record<string, string> }),
      new Response(),
      {
        allowEmptyState: true,
        authorizationCodeLifetime: CODE_SECONDS,
        authenticateHandler: { handle: () => ({ given, consent }) },
      },
    )
    const redirectTo = goBack({ code: code.authorizationCode })
    return { client, redirectUri, redirectTo, error: null, grantId: code.grantId ?? null }
  } catch (error) {
    if (!(error instanceof OAuth2Server.OAuthError) || error.name === 'server_error') throw causeOf(error)
    const redirectTo = goBack({ error: error.name, error_description: error.message })
    return { client, redirectUri, redirectTo, error: error.message }
  }
}

/** The answer to a user who does not allow the client. */
export function denied(query: string, redirectUri: string, { issuer }: Addresses): string {
  const { given } = readOnce(query, PARAMETERS)
  return withParameters(redirectUri, { error: 'access_denied', state: given.state, iss: issuer })
}

export interface TokenAnswer {
  status: number
  body: unknown
  headers: Record<string, string>
}

/**
 * Answers a request at the token endpoint. A `scope` is ignored: there is one, and the answer names it. Everything is stored in one transaction, which also commits what a refusal causes: a
 * wrong PKCE verifier uses up its code, a reused value ends its grant. @throws {OAuthRefusal} for a malformed request
 */
export async function issueTokens(
  db: Database,
  form: string,
  authorization: string | undefined,
  { resource }: Addresses,
): Promise<TokenAnswer> {
  const names = [
    'grant_type',
    'code',
    'redirect_uri',
    'code_verifier',
    'refresh_token',
    'client_id',
    'client_secret',
    'resource',
  ] as const
  const { given, repeated } = readOnce(form, names)
  if (repeated !== null) throw new OAuthRefusal('invalid_request', `Repeated parameter: \`${repeated}\`.`)
  if (given.grant_type === undefined) throw new OAuthRefusal('invalid_request', 'Missing parameter: `grant_type`.')
  // Before the client proves its identity: the library would ask for a secret first.
  if (!GRANT_TYPES.includes(given.grant_type))
    throw new OAuthRefusal('unsupported_grant_type', `The grant types are ${GRANT_TYPES.join(' and ')}.`)
  requireResource(given.resource, resource)
  return await db.service.transaction(async (tx) => {
    const response = new Response()
    const request = new Request({
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        // The library takes a request without a length as one without a body.
        'content-length': String(form.length),
        ...(authorization !== undefined && { authorization }),
      },
      query: {},
      body: given,
    })
    await serverOver(tx, { resource, client: null, mayBeAnonymous: false })
      .token(request, response, {
        accessTokenLifetime: ACCESS_SECONDS,
        refreshTokenLifetime: REFRESH_SECONDS,
        alwaysIssueNewRefreshToken: true,
        // `getClient` below asks for the secret of the clients that have one.
        requireClientAuthentication: { authorization_code: false, refresh_token: false },
      })
      .catch((error: unknown) => {
        if (!(error instanceof OAuth2Server.OAuthError) || error.name === 'server_error') throw causeOf(error)
      })
    return { status: response.status ?? 200, body: response.body, headers: response.headers ?? {} }
  })
}

/** The resource may be omitted; another one is refused (RFC 8707). @throws {OAuthRefusal} */
function requireResource(given: string | undefined, resource: string): void {
  if (given !== undefined && given.replace(/\/$/, '') !== resource)
    throw new OAuthRefusal('invalid_target', `The only resource of this server is ${resource}.`)
}

/** Proves the identity of a client that has a secret. Returns null for a wrong one. */
export async function authenticateClient(
  sql: Sql,
  id: string,
  secret: string | undefined,
): Promise<OAuthClient | null> {
  const client = await findClient(sql, id)
  if (!client) return null
  // Both are SHA-256 of a random value, so that the time of the comparison tells nothing.
  const isProven = client.secretHash === null ? secret === undefined : hashToken(secret ?? '') === client.secretHash
  return isProven ? client : null
}

interface Context {
  resource: string
  /** The client that is known already. */
  client: OAuthClient | null
  /** The consent page shows a client before the client proves its identity. */
  mayBeAnonymous: boolean
}

interface Asking {
  given: Parameters
  consent: Consent | null
}

/** The library over one transaction. It checks requests, PKCE and lifetimes; this model stores. */
function serverOver(tx: Sql, { resource, client: known, mayBeAnonymous }: Context): OAuth2Server {
  const viewed = (client: OAuthClient) => ({ id: client.id, redirectUris: client.redirectUris, grants: GRANT_TYPES })
  const model: OAuth2Server.AuthorizationCodeModel & OAuth2Server.RefreshTokenModel = {
    getClient: async (id, secret) => {
      const client = mayBeAnonymous ? known : await authenticateClient(tx, id, secret || undefined)
      return client && viewed(client)
    },
    validateRedirectUri: async (uri, client) => matchesRedirectUri(uri, client.redirectUris as string[]),
    /** Runs before a code is made, so a refusal here goes back to the client. */
    validateScope: async (user, _client, scope) => {
      const { given } = user as Asking
      if (given) requireSafeRequest(given, resource)
      return scope === undefined || scope.includes(SCOPE) ? [SCOPE] : false
    },
    generateAuthorizationCode: async () => makeValue('code'),
    saveAuthorizationCode: async (code, client, user) => {
      const { consent } = user as Asking
      const { authorizationCode, redirectUri, codeChallenge = '' } = code
      if (!known || !consent) return { ...code, client, user }
      const codeHash = hashToken(authorizationCode)
      const of = { clientId: known.id, clientName: known.name, redirectUri, resource }
      return { ...code, client, user, grantId: await storeGrant(tx, { ...consent, ...of, codeHash, codeChallenge }) }
    },
    getAuthorizationCode: async (code) => {
      const found = await lockCode(tx, hashToken(code), resource)
      if (!found) return null
      const { grantId, clientId, redirectUri, codeChallenge, expiresAt } = found
      return {
        authorizationCode: code,
        expiresAt,
        redirectUri,
        scope: [SCOPE],
        client: { id: clientId, grants: GRANT_TYPES },
        user: { grantId },
        codeChallenge,
        codeChallengeMethod: 'S256',
      }
    },
    revokeAuthorizationCode: async ({ user }) => await useCode(tx, user.grantId),
    getRefreshToken: async (token) => {
      const found = await lockRefreshToken(tx, hashToken(token), resource)
      if (!found) return null
      return {
        refreshToken: token,
        refreshTokenExpiresAt: found.expiresAt,
        scope: [SCOPE],
        client: { id: found.clientId, grants: GRANT_TYPES },
        user: { grantId: found.grantId },
      }
    },
    revokeToken: async ({ refreshToken }) => await useRefreshToken(tx, hashToken(refreshToken)),
    generateAccessToken: async () => makeValue('access'),
    generateRefreshToken: async () => makeValue('refresh'),
    saveToken: async (token, client, user) => {
      await storeTokens(tx, user.grantId, {
        accessHash: hashToken(token.accessToken),
        accessSeconds: ACCESS_SECONDS,
        refreshHash: hashToken(token.refreshToken ?? ''),
        refreshSeconds: REFRESH_SECONDS,
      })
      return { ...token, client, user }
    },
    /** `authenticate.ts` checks access tokens, not the library. */
    getAccessToken: async () => null,
  }
  return new OAuth2Server({ model })
}

/** The library accepts requests without PKCE; OAuth 2.1 does not. */
function requireSafeRequest(given: Parameters, resource: string): void {
  if (given.code_challenge_method !== 'S256' || !/^[\w-]{43}$/.test(given.code_challenge ?? '')) {
    throw new OAuth2Server.InvalidRequestError('PKCE is required: `code_challenge` with `code_challenge_method=S256`')
  }
  try {
    requireResource(given.resource, resource)
  } catch (error) {
    throw new OAuth2Server.OAuthError((error as Error).message, { code: 400, name: 'invalid_target' })
  }
}

/** Parameters by name. An empty value counts as absent (RFC 6749, section 3.1); a repeated one makes the request invalid. */
function readOnce<Name extends string>(text: string, names: readonly Name[]) {
  const all = new URLSearchParams(text)
  const given: Partial<Record<Name, string>> = {}
  let repeated: Name | null = null
  for (const name of names) {
    const values = all.getAll(name).filter((value) => value !== '')
    if (values.length > 1) repeated ??= name
    if (values[0] !== undefined) given[name] = values[0]
  }
  return { given, repeated }
}

/** The library wraps an error of the database. */
function causeOf(error: unknown): unknown {
  return (error as { inner?: unknown }).inner ?? error
}
