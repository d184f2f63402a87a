import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../platform/db/database.ts'
import { Problem } from '../../platform/errors.ts'
import { addressKey } from '../../platform/http/address-key.ts'
import { type Http, toProblem } from '../../platform/http/http.ts'
import { publicOrigin } from '../../platform/http/public-address.ts'
import { createTokenBuckets } from '../../platform/http/token-buckets.ts'
import type { Log } from '../../platform/log.ts'
import { hashToken } from '../tokens/token-format.ts'
import { type Addresses, authenticateClient, issueTokens } from './authorization-server.ts'
import { AUTH_METHODS, GRANT_TYPES, registerClient } from './clients.ts'
import { findGrantOfToken, revokeGrant } from './grants.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { RESOURCE_METADATA_PATH, RESOURCE_PATH, SCOPE } from './oauth-values.ts'

/** Registrations of one address per hour. A web chat registers for all its users from few addresses. */
const REGISTRATIONS_PER_HOUR = 60
const BODY_BYTES = 20_000

interface Parts {
  db: Database
  log: Log
  publicUrl: string | null
}

/**
 * The endpoints of OAuth 2.1 for MCP clients: metadata (RFC 9728, RFC 8414), registration (RFC 7591), tokens and revocation (RFC
 * 7009). The authorization endpoint is a page of the dashboard. No client metadata is ever fetched.
 */
export async function oauthRoutes(app: Http, { db, log, publicUrl }: Parts): Promise<void> {
  const open = { config: { isOpen: true }, schema: { hide: true } }
  const registrations = createTokenBuckets({ perSecond: REGISTRATIONS_PER_HOUR / 3_600, burst: REGISTRATIONS_PER_HOUR })
  const addresses = (request: FastifyRequest) => addressesOf(request, publicUrl)

  for (const path of ['/.well-known/oauth-protected-resource', RESOURCE_METADATA_PATH]) {
    app.get(path, open, async (request) => {
      const { issuer, resource } = addresses(request)
      return {
        resource,
        authorization_servers: [issuer],
        scopes_supported: [SCOPE],
        bearer_methods_supported: ['header'],
        resource_name: 'Fiko Sync',
      }
    })
  }

  app.get('/.well-known/oauth-authorization-server', open, async (request) => {
    const { issuer } = addresses(request)
    return {
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      registration_endpoint: `${issuer}/oauth/register`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      scopes_supported: [SCOPE],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: GRANT_TYPES,
      token_endpoint_auth_methods_supported: AUTH_METHODS,
      revocation_endpoint_auth_methods_supported: AUTH_METHODS,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ui_locales_supported: ['fa', 'en'],
    }
  })

  await app.register(async (scope) => {
    scope.setErrorHandler(async (error, request, reply) => refuse(reply, request, error, log))

    scope.post('/oauth/register', { ...open, bodyLimit: BODY_BYTES }, async (request, reply) => {
      const seconds = registrations.take(addressKey(request.ip))
      if (seconds > 0) {
        reply.header('retry-after', seconds)
        throw new OAuthRefusal('temporarily_unavailable', `Too many registrations; try again in ${seconds} s.`, 429)
      }
      reply.code(201)
      return await registerClient(db, request.body)
    })

    await scope.register(async (forms) => {
      forms.removeAllContentTypeParsers()
      forms.addContentTypeParser(
        /^application\/x-www-form-urlencoded(?:\s*;|$)/i,
        { parseAs: 'string', bodyLimit: BODY_BYTES },
        async (_request: unknown, body: string) => body,
      )

      forms.post('/oauth/token', open, async (request, reply) => {
        const { status, body, headers } = await issueTokens(
          db,
          String(request.body ?? ''),
          request.headers.authorization,
          addresses(request),
        )
        return reply
          .code(status)
          .headers({ ...headers, 'cache-control': 'no-store' })
          .send(body)
      })

      forms.post('/oauth/revoke', open, async (request, reply) => {
        await revoke(db, new URLSearchParams(String(request.body ?? '')), request.headers.authorization)
        return reply.code(200).send({})
      })
    })
  })
}

/** The addresses of this server as the caller sees them. @throws {OAuthRefusal} without a usable host */
export function addressesOf(request: FastifyRequest, publicUrl: string | null): Addresses {
  const issuer = publicOrigin(request, publicUrl)
  if (issuer === null) throw new OAuthRefusal('invalid_request', 'The Host header names no host.')
  return { issuer, resource: issuer + RESOURCE_PATH }
}

/** Ends the whole grant of a token of the client. An unknown token is not an error (RFC 7009, section 2.2). */
async function revoke(db: Database, form: URLSearchParams, authorization: string | undefined): Promise<void> {
  const { id, secret } = credentialsOf(form, authorization)
  const client = id === null ? null : await authenticateClient(db.service, id, secret)
  if (!client) throw new OAuthRefusal('invalid_client', 'The client is unknown, or its secret is wrong.', 401)
  const token = form.get('token')
  if (!token) throw new OAuthRefusal('invalid_request', 'Missing parameter: `token`.')
  const found = await findGrantOfToken(db.service, hashToken(token))
  if (!found) return
  if (found.clientId !== client.id) throw new OAuthRefusal('invalid_grant', 'The token belongs to another client.')
  await revokeGrant(db.service, null, found.grantId)
}

function credentialsOf(form: URLSearchParams, authorization: string | undefined) {
  const basic = /^Basic +([\w+/]+=*)$/i.exec(authorization ?? '')?.[1]
  if (basic === undefined) return { id: form.get('client_id'), secret: form.get('client_secret') || undefined }
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':')
  return { id, secret }
}

/** Writes every error in the form of OAuth. */
function refuse(reply: FastifyReply, request: FastifyRequest, error: unknown, log: Log): FastifyReply {
  const refusal = error instanceof OAuthRefusal ? error : fromProblem(toProblem(error))
  const { retryAfterSeconds } = error instanceof Problem ? error : { retryAfterSeconds: undefined }
  if (refusal.status >= 500) log.error({ route: request.routeOptions.url, error: String(error) }, 'http.failed')
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  if (refusal.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', 5)
  if (refusal.status === 401) reply.header('www-authenticate', 'Basic realm="Fiko Sync"')
  return reply.code(refusal.status).send({ error: refusal.error, error_description: refusal.message })
}

const ERRORS: Record<number, string> = {
  429: 'temporarily_unavailable',
  500: 'server_error',
  503: 'temporarily_unavailable',
}

function fromProblem({ status, detail }: Problem): OAuthRefusal {
  const isOwn = status === 413 || status === 429 || status >= 500
  return new OAuthRefusal(ERRORS[status] ?? 'invalid_request', detail.en, isOwn ? status : 400)
}
