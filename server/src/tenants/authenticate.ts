import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Database } from '../platform/db/database.ts'
import { EVERY_TENANT, type TenantScope } from '../platform/db/tenant-scope.ts'
import { Problem } from '../platform/errors.ts'
import { publicOrigin } from '../platform/http/public-address.ts'
import { createBoundedCache } from '../platform/runtime/bounded-cache.ts'
import { isAllowedAddress } from './address-rules.ts'
import type { Actor } from './audit.ts'
import { type Agent, findAgent } from './oauth/grants.ts'
import { isAccessTokenForm, RESOURCE_METADATA_PATH, RESOURCE_PATH, SCOPE } from './oauth/oauth-values.ts'
import type { RequestLimits } from './request-limits.ts'
import { dashboardAddress, refuseOtherOrigins } from './sign-in/csrf.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import { hashToken, isTokenForm } from './tokens/token-format.ts'
import type { TokenUsage } from './tokens/token-usage.ts'
import { bindSite, findToken, notePendingSite, type TokenHolder } from './tokens/tokens.ts'

/** Read scope of a caller: everything (operator), or one tenant, optionally limited to one store or one environment. */
export interface Reader {
  scope: TenantScope
  /** The same as a parameter of SQL filters: null for all tenants. */
  tenantId: number | null
  /** A store's token sees that store only. */
  storeId: number | null
  environment: 'live' | 'test' | null
  /** A caller without a credential, at a public address: sees what a visitor of the shop sees, so no stock quantities. */
  isGuest?: boolean
  /** The knowledge token, or the connected agent, that reads. Users and guests have neither. */
  tokenId?: number | null
  grantId?: number | null
}

/** A caller of the operator's endpoints: an admin reads all tenants, an owner only their own. */
export interface Person extends Reader {
  role: 'admin' | 'owner'
  /** null for the operator's key, which has no account. */
  userId: string | null
  email: string | null
  name: string | null
  ownTenantId: number | null
}

/** The actor of an audit entry. */
export function actorOf(request: FastifyRequest, person: Person): Actor {
  const kind = person.userId === null ? 'operator' : person.role
  return { kind, userId: person.userId, tenantId: person.tenantId, sourceIp: request.ip }
}

/** The caller of a request, identified once, before the body is read. */
type Caller =
  | { kind: 'token'; holder: TokenHolder }
  | { kind: 'agent'; agent: Agent }
  | { kind: 'person'; person: Person }

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}

export interface Authenticator {
  /**
   * Identifies the caller before the body is read; the four methods below check the rights. Public routes skip it.
   * @throws {Problem} 401, 403 or 429
   */
  identify(request: FastifyRequest): Promise<void>
  /** The store of a WooCommerce token. @throws {Problem} 401 or 403 */
  shop(request: FastifyRequest): Promise<TokenHolder & { storeId: number }>
  /** The user of a session, or the operator of `ADMIN_API_KEY`, with any role. @throws {Problem} 401 or 403 */
  person(request: FastifyRequest): Promise<Person>
  /** The same with the role admin. @throws {Problem} 401 or 403 */
  admin(request: FastifyRequest): Promise<Person>
  /**
   * A caller with read access to the knowledge base: a knowledge token, an agent connected by OAuth, a user or the operator.
   * @throws {Problem} 401 or 403
   */
  knowledge(request: FastifyRequest): Promise<Reader>
}

/**
 * Cache TTL of a valid token. A revocation takes effect in every process within 1 s, without messages between processes. It costs
 * one primary-key look-up per second for each busy token.
 */
const TOKEN_CACHE_TTL_MS = 900

interface Parts {
  db: Database
  usage: TokenUsage
  agentUsage: TokenUsage
  signIn: SignIn
  limits: RequestLimits
  adminApiKey: string | null
  publicUrl: string | null
}

/** Finds the caller of a request by its credential, or by its session. */
function createCallerLookUp({ db, signIn, limits, adminApiKey, publicUrl }: Omit<Parts, 'usage' | 'agentUsage'>) {
  const known = createBoundedCache<string, Exclude<Caller, { kind: 'person' }>>({
    max: 10_000,
    ttl: TOKEN_CACHE_TTL_MS,
  })
  // Credentials that were valid last time: they stay usable from an IP address that another caller has blocked with wrong guesses.
  const proven = createBoundedCache<string, true>({ max: 20_000 })

  const callerOf = async (credential: string, hash: string): Promise<Caller | null> => {
    if (isTokenForm(credential)) {
      const holder = await findToken(db.service, hash)
      if (holder && !hasExpired(holder)) return { kind: 'token', holder }
    }
    if (isAccessTokenForm(credential)) {
      const agent = await findAgent(db.service, hash)
      return agent && !hasExpired(agent) ? { kind: 'agent', agent } : null
    }
    const isOperator = adminApiKey !== null && equalInConstantTime(credential, adminApiKey)
    return isOperator ? { kind: 'person', person: OPERATOR } : null
  }

  // Concurrent requests with the same credential share one look-up.
  const lookUps = new Map<string, Promise<Caller | null>>()
  const lookUp = (credential: string, hash: string): Promise<Caller | null> => {
    const under = lookUps.get(hash)
    if (under) return under
    const begun = callerOf(credential, hash).finally(() => lookUps.delete(hash))
    lookUps.set(hash, begun)
    return begun
  }

  const byCredential = async (request: FastifyRequest, credential: string): Promise<Caller> => {
    const hash = hashToken(credential)
    const cached = known.get(hash)
    if (cached && !hasExpired(cached.kind === 'agent' ? cached.agent : cached.holder)) return cached
    if (!proven.has(hash)) limits.limitByIp(request.ip)
    const caller = await lookUp(credential, hash)
    if (!caller) {
      // The credential was revoked or has expired. From now on it is limited like any wrong credential, before the look-up.
      proven.delete(hash)
      const refusal = unauthorized(request, publicUrl, { isInvalid: credential !== '' })
      // An access token expires every hour, and the agents of a web chat share few addresses: too many failures would keep them all
      // from the 401 that tells them to refresh it. 256 random bits cannot be guessed.
      if (isAccessTokenForm(credential)) throw refusal
      const isKeyUnset = adminApiKey === null && isAdminRequest(request) && isOtherThanToken(credential)
      throw limits.refuse(request.ip, isKeyUnset ? adminKeyUnset() : refusal)
    }
    proven.set(hash, true)
    if (caller.kind !== 'person') known.set(hash, caller)
    return caller
  }

  const bySession = async (request: FastifyRequest): Promise<Caller> => {
    const hash = hashToken(request.headers.cookie ?? '')
    if (!proven.has(hash)) limits.limitByIp(request.ip)
    const user = await signIn.getSessionUser(request.headers)
    if (!user) {
      proven.delete(hash)
      throw unauthorized(request, publicUrl)
    }
    proven.set(hash, true)
    limits.limitByCaller(user.userId, request.headers)
    refuseOtherOrigins(request, publicUrl)
    const { userId, email, name, role } = user
    const ownTenantId = user.tenantId
    const account = { role, userId, email, name, ownTenantId, storeId: null, environment: null }
    if (role === 'admin') return { kind: 'person', person: { ...account, scope: EVERY_TENANT, tenantId: null } }
    if (ownTenantId === null) throw unauthorized(request, publicUrl)
    return { kind: 'person', person: { ...account, scope: ownTenantId, tenantId: ownTenantId } }
  }

  return { byCredential, bySession }
}

export function createAuthenticator(parts: Parts): Authenticator {
  const { db, usage, agentUsage, limits, publicUrl } = parts
  const { byCredential, bySession } = createCallerLookUp(parts)

  const identify = async (request: FastifyRequest): Promise<void> => {
    if (request.headers.authorization === undefined) {
      request.caller = await bySession(request)
      return
    }
    const caller = await byCredential(request, bearer(request))
    if (caller.kind === 'token') {
      const { holder } = caller
      limits.limitByCaller(holder.tokenId, request.headers)
      if (holder.allowedIps.length > 0 && !isAllowedAddress(request.ip, holder.allowedIps))
        throw addressNotAllowed(request.ip)
      await checkSite(db, request, holder, publicUrl)
      usage.count(holder.tokenId)
    } else if (caller.kind === 'agent') {
      const { agent } = caller
      limits.limitByCaller(`agent ${agent.grantId}`, request.headers)
      // The token of another server, or of another address of this one, is of no use here (RFC 8707).
      if (agent.resource !== `${publicOrigin(request, publicUrl)}${RESOURCE_PATH}`)
        throw unauthorized(request, publicUrl, { isInvalid: true })
      agentUsage.count(agent.grantId)
    }
    request.caller = caller
  }

  const identified = (request: FastifyRequest): Caller => {
    if (!request.caller) throw new Error('a public route asked for its caller')
    return request.caller
  }

  const person = async (request: FastifyRequest): Promise<Person> => {
    const caller = identified(request)
    if (caller.kind === 'person') return caller.person
    if (caller.kind === 'agent') throw insufficientScope()
    throw forbidden('not_a_person', {
      en: 'This endpoint does not accept tokens. Sign in, or use ADMIN_API_KEY.',
      fa: 'این کار با توکن ممکن نیست: وارد شوید یا از کلید مدیر سامانه استفاده کنید.',
    })
  }

  return {
    identify,
    shop: async (request) => {
      const caller = identified(request)
      if (caller.kind === 'person') throw unauthorized(request, publicUrl)
      if (caller.kind === 'agent') throw insufficientScope()
      const { holder } = caller
      if (holder.integrationType !== 'woocommerce' || holder.storeId === null) {
        throw forbidden('wrong_token_type', {
          en: `This is a ${holder.integrationType} token. The WooCommerce endpoints need a token that begins with wc_sk_.`,
          fa: 'نوع این توکن برای ووکامرس نیست؛ توکنی لازم است که با wc_sk_ آغاز شود.',
        })
      }
      return { ...holder, storeId: holder.storeId }
    },
    person,
    admin: async (request) => {
      const found = await person(request)
      if (found.role === 'admin') return found
      throw forbidden('not_an_admin', {
        en: 'This action needs the role admin; you are signed in as an owner.',
        fa: 'این کار فقط برای مدیر مجاز است؛ شما به‌عنوان مالک وارد شده‌اید.',
      })
    },
    knowledge: async (request) => {
      const caller = identified(request)
      if (caller.kind === 'person') return caller.person
      if (caller.kind === 'agent') return readerOf(caller.agent)
      const { holder } = caller
      if (holder.integrationType !== 'knowledge') {
        throw forbidden('wrong_token_type', {
          en: 'This token can only write the catalogue of its shop. Search needs a knowledge token (kb_sk_…).',
          fa: 'توکن فروشگاه فقط برای فرستادن کاتالوگ است؛ جست‌وجو به توکن دانش (kb_sk_…) نیاز دارد.',
        })
      }
      return readerOf(holder)
    },
  }
}

/** The read scope of a token, an agent or a public address. */
export function readerOf({
  tenantId,
  storeId,
  environment,
  tokenId = null,
  grantId = null,
}: Pick<Agent, 'tenantId' | 'storeId' | 'environment'> & Pick<Reader, 'tokenId' | 'grantId'>): Reader {
  return { scope: tenantId, tenantId, storeId, environment, tokenId, grantId }
}

function hasExpired({ expiresAt }: { expiresAt: Date | null }): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now()
}

/**
 * @throws {Problem} 403 when the token is bound to another site; its owner confirms the new site in the dashboard, at `confirm_url`
 */
async function checkSite(
  db: Database,
  request: FastifyRequest,
  holder: TokenHolder,
  publicUrl: string | null,
): Promise<void> {
  const site = request.headers['x-fiko-site']
  if (typeof site !== 'string' || holder.integrationType === 'knowledge') return
  const siteHash = site.trim().toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(siteHash)) {
    throw new Problem(400, 'invalid_site', {
      en: 'X-Fiko-Site must be the SHA-256 of the site’s URL: 64 hexadecimal characters.',
      fa: 'مقدار X-Fiko-Site باید SHA-256 نشانی سایت باشد: ۶۴ نویسهٔ شانزده‌شانزدهی.',
    })
  }
  holder.siteHash ??= await bindSite(db.forTenant(holder.tenantId), holder.tokenId, siteHash)
  if (holder.siteHash !== siteHash) {
    await notePendingSite(db.forTenant(holder.tenantId), holder.tokenId, siteHash)
    const page = `/stores/${holder.storeId}?confirm_site=${holder.tokenId}`
    const address = holder.storeId === null ? null : dashboardAddress(request, publicUrl, page)
    throw new Problem(
      403,
      'site_mismatch',
      {
        en: 'This token belongs to another site; nothing of this request was stored. If the shop has moved here, its owner signs in to the dashboard and confirms this site once. If this is a copy of the shop, create a separate token for it.',
        fa: 'این توکن متعلق به سایت دیگری است و چیزی پذیرفته نشد. اگر فروشگاه به اینجا منتقل شده، مالک آن یک بار وارد داشبورد شود و این سایت را تأیید کند؛ اگر این نسخه‌ای از فروشگاه است، برای آن توکنی جداگانه بسازید.',
      },
      { extensions: address === null ? {} : { confirm_url: address } },
    )
  }
}

const OPERATOR: Person = {
  role: 'admin',
  userId: null,
  email: null,
  name: null,
  ownTenantId: null,
  scope: EVERY_TENANT,
  tenantId: null,
  storeId: null,
  environment: null,
}

function bearer(request: FastifyRequest): string {
  return /^Bearer +(\S{1,300})$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function equalInConstantTime(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** 401. The header leads an MCP client to the authorization server (RFC 9728, section 5.1). */
function unauthorized(request: FastifyRequest, publicUrl: string | null, { isInvalid = false } = {}): Problem {
  const origin = publicOrigin(request, publicUrl)
  const challenge = [
    ...(isInvalid ? ['error="invalid_token"'] : []),
    ...(origin === null ? [] : [`resource_metadata="${origin}${RESOURCE_METADATA_PATH}"`]),
    `scope="${SCOPE}"`,
  ]
  return new Problem(
    401,
    'unauthorized',
    {
      en: 'The token is missing, mistyped, expired or revoked. Send it as: Authorization: Bearer …',
      fa: 'توکن فرستاده نشده، اشتباه است، منقضی شده یا باطل شده است. آن را این‌گونه بفرستید: Authorization: Bearer …',
    },
    { headers: { 'www-authenticate': `Bearer ${challenge.join(', ')}` } },
  )
}

/** 403 for an agent that asks for more than the knowledge base. */
function insufficientScope(): Problem {
  return new Problem(
    403,
    'insufficient_scope',
    {
      en: 'A connected agent may only read the knowledge base (scope knowledge:read).',
      fa: 'دستیار متصل فقط اجازهٔ خواندن پایگاه دانش را دارد (knowledge:read).',
    },
    { headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${SCOPE}"` } },
  )
}

function isAdminRequest(request: FastifyRequest): boolean {
  return request.url.startsWith('/api/v1/')
}

/** A mistyped token keeps the message about tokens. */
function isOtherThanToken(credential: string): boolean {
  return credential !== '' && !/^(wc|sp|kb)_sk_/.test(credential)
}

function adminKeyUnset(): Problem {
  return new Problem(401, 'unauthorized', {
    en: 'This server was started without ADMIN_API_KEY; set it and restart, or sign in with a session.',
    fa: 'این سرور بدون ADMIN_API_KEY راه‌اندازی شده است؛ آن را تنظیم و سرور را دوباره راه‌اندازی کنید، یا با نشست وارد شوید.',
  })
}

function addressNotAllowed(address: string): Problem {
  return forbidden('address_not_allowed', {
    en: `This token is not allowed from the address ${address}.`,
    fa: `استفاده از این توکن از نشانی ${address} مجاز نیست.`,
  })
}

function forbidden(code: string, detail: Problem['detail']): Problem {
  return new Problem(403, code, detail)
}
