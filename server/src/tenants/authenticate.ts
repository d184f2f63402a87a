import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Database } from '../platform/database.ts'
import { Problem } from '../platform/errors.ts'
import { isAllowedAddress } from './address-rules.ts'
import type { Actor } from './audit.ts'
import { dashboardAddress, refuseOtherOrigins } from './csrf.ts'
import type { RequestLimits } from './request-limits.ts'
import type { SignIn } from './sign-in.ts'
import { hashToken, isTokenForm } from './token-format.ts'
import type { TokenUsage } from './token-usage.ts'
import { bindSite, findToken, notePendingSite, type TokenHolder } from './tokens.ts'

/** Who may read: everything (the operator), or one tenant, perhaps only one kind of store of it. */
export interface Reader {
  /** null: all tenants. */
  tenantId: number | null
  /** A store's own token sees that store only. */
  storeId: number | null
  environment: 'live' | 'test' | null
}

/** Somebody at the operator's endpoints: an admin reads all tenants, an owner their own only. */
export interface Person extends Reader {
  role: 'admin' | 'owner'
  /** null for the operator's key, which belongs to nobody. */
  userId: string | null
  email: string | null
  name: string | null
  ownTenantId: number | null
}

/** Who the audit log says it was. */
export function actorOf(request: FastifyRequest, person: Person): Actor {
  const kind = person.userId === null ? 'operator' : person.role
  return { kind, userId: person.userId, tenantId: person.tenantId, sourceIp: request.ip }
}

/** Who a request comes from: found out once, before its body is read. */
type Caller = { kind: 'token'; holder: TokenHolder } | { kind: 'person'; person: Person }

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}

export interface Authenticator {
  /**
   * Finds out who asks, before the body is read; the four below then say who may do what. An open page takes anybody.
   * @throws {Problem} 401, 403 or 429
   */
  identify(request: FastifyRequest): Promise<void>
  /** The shop behind a WooCommerce token. @throws {Problem} 401 or 403 */
  shop(request: FastifyRequest): Promise<TokenHolder & { storeId: number }>
  /** The person behind a session or `ADMIN_API_KEY`, of either role. @throws {Problem} 401 or 403 */
  person(request: FastifyRequest): Promise<Person>
  /** The same, of role admin. @throws {Problem} 401 or 403 */
  admin(request: FastifyRequest): Promise<Person>
  /** Whoever may ask the knowledge base: a knowledge token, a person, or the operator. @throws {Problem} 401 or 403 */
  knowledge(request: FastifyRequest): Promise<Reader>
}

/**
 * A token that was found is believed for 0.9 s, so that a revocation holds in every process within 1 s, without any
 * message between them, at the price of one primary-key look-up a second for each busy token.
 */
const TOKEN_CACHE_TTL_MS = 900

interface Parts {
  db: Database
  usage: TokenUsage
  signIn: SignIn
  limits: RequestLimits
  adminApiKey: string | null
  publicUrl: string | null
}

export function createAuthenticator({ db, usage, signIn, limits, adminApiKey, publicUrl }: Parts): Authenticator {
  const known = new LRUCache<string, TokenHolder>({ max: 10_000, ttl: TOKEN_CACHE_TTL_MS })
  // A credential that was right the last time may go on from an address where another caller is guessing.
  const proven = new LRUCache<string, true>({ max: 20_000 })

  const callerOf = async (credential: string, hash: string): Promise<Caller | null> => {
    if (isTokenForm(credential)) {
      const holder = await findToken(db.service, hash)
      if (holder && !hasExpired(holder)) return { kind: 'token', holder }
    }
    const isOperator = adminApiKey !== null && equalInConstantTime(credential, adminApiKey)
    return isOperator ? { kind: 'person', person: OPERATOR } : null
  }

  // Requests that show the same credential at the same time share one look-up: a thousand of them do not make a thousand.
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
    const believed = known.get(hash)
    if (believed && !hasExpired(believed)) return { kind: 'token', holder: believed }
    if (!proven.has(hash)) limits.limitByIp(request.ip)
    const caller = await lookUp(credential, hash)
    if (!caller) {
      // Revoked or expired since: from now on it counts as any wrong credential does, before it is looked up.
      proven.delete(hash)
      throw limits.refuse(request.ip, unauthorized())
    }
    proven.set(hash, true)
    if (caller.kind === 'token') known.set(hash, caller.holder)
    return caller
  }

  const bySession = async (request: FastifyRequest): Promise<Caller> => {
    const hash = hashToken(request.headers.cookie ?? '')
    if (!proven.has(hash)) limits.limitByIp(request.ip)
    const user = await signIn.getSessionUser(request.headers)
    if (!user) {
      proven.delete(hash)
      throw unauthorized()
    }
    proven.set(hash, true)
    limits.limitByCaller(user.userId, request.headers)
    refuseOtherOrigins(request, publicUrl)
    const { userId, email, name, role } = user
    const tenantId = role === 'admin' ? null : user.tenantId
    const person = { role, userId, email, name, ownTenantId: user.tenantId, tenantId, storeId: null, environment: null }
    return { kind: 'person', person }
  }

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
    }
    request.caller = caller
  }

  const identified = (request: FastifyRequest): Caller => {
    if (!request.caller) throw new Error('an open route asked who its caller is')
    return request.caller
  }

  const person = async (request: FastifyRequest): Promise<Person> => {
    const caller = identified(request)
    if (caller.kind === 'person') return caller.person
    throw forbidden('not_a_person', {
      en: 'A token cannot do this: sign in, or use the operator’s ADMIN_API_KEY.',
      fa: 'این کار با توکن ممکن نیست: وارد شوید یا از کلید مدیر سامانه استفاده کنید.',
    })
  }

  return {
    identify,
    shop: async (request) => {
      const caller = identified(request)
      if (caller.kind === 'person') throw unauthorized()
      const { holder } = caller
      if (holder.integrationType !== 'woocommerce' || holder.storeId === null) {
        throw forbidden('wrong_token_type', {
          en: `This is a ${holder.integrationType} token; the WooCommerce endpoints need one that begins with wc_sk_.`,
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
        en: 'Only an admin may do this; you are signed in as an owner.',
        fa: 'این کار فقط برای مدیر سامانه مجاز است؛ شما به‌عنوان مالک وارد شده‌اید.',
      })
    },
    knowledge: async (request) => {
      const caller = identified(request)
      if (caller.kind === 'person') return caller.person
      const { holder } = caller
      if (holder.integrationType !== 'knowledge') {
        throw forbidden('wrong_token_type', {
          en: 'A shop’s token may write its own catalogue only; searching needs a knowledge token (kb_sk_…).',
          fa: 'توکن فروشگاه فقط برای فرستادن کاتالوگ است؛ جست‌وجو به توکن دانش (kb_sk_…) نیاز دارد.',
        })
      }
      return { tenantId: holder.tenantId, storeId: holder.storeId, environment: holder.environment }
    },
  }
}

function hasExpired(holder: TokenHolder): boolean {
  return holder.expiresAt !== null && holder.expiresAt.getTime() <= Date.now()
}

/** @throws {Problem} 403 for another site than the token's; its owner confirms the new one in the dashboard, at `confirm_url` */
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
        en: 'This token belongs to another site, so nothing was taken. If the shop has moved here, its owner signs in to the dashboard and confirms this site, once; if this is a copy of the shop, make a token of its own for it.',
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

function unauthorized(): Problem {
  return new Problem(401, 'unauthorized', {
    en: 'The token is missing, mistyped, expired or revoked. Send it as: Authorization: Bearer …',
    fa: 'توکن فرستاده نشده، اشتباه است، منقضی شده یا باطل شده است. آن را این‌گونه بفرستید: Authorization: Bearer …',
  })
}

function addressNotAllowed(address: string): Problem {
  return forbidden('address_not_allowed', {
    en: `This token may not be used from ${address}.`,
    fa: `استفاده از این توکن از نشانی ${address} مجاز نیست.`,
  })
}

function forbidden(code: string, detail: Problem['detail']): Problem {
  return new Problem(403, code, detail)
}
