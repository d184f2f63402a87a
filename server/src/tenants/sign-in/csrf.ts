import type { FastifyRequest } from 'fastify'
import { Problem } from '../../platform/errors.ts'
import { publicOrigin } from '../../platform/http/public-address.ts'

/**
 * Protects against cross-site requests: a browser attaches the session cookie by itself, so a request with a session must come from
 * a page of this server. Reads are checked too: a GET may start a backup and write an audit entry, and a link on another site sends
 * the cookie.
 * @throws {Problem} 403
 */
export function refuseOtherOrigins(request: FastifyRequest, publicUrl: string | null): void {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const isOwn = isOwnPage(request, publicUrl) || (isRead && isOwnRead(request, publicUrl))
  if (!isOwn) throw otherOrigin()
}

/**
 * The same for sign-in, which has no cookie yet. Programs without a browser send neither header and are allowed. @throws {Problem}
 * 403
 */
export function refuseForeignPages(request: FastifyRequest, publicUrl: string | null): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  if ((origin !== undefined || site !== undefined) && !isOwnPage(request, publicUrl)) throw otherOrigin()
}

/** Without an Origin header, Sec-Fetch-Site decides; pages cannot set it. */
function isOwnPage(request: FastifyRequest, publicUrl: string | null): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === undefined) return site === 'same-origin'
  return origin === ownOrigin(request, publicUrl) || origin === originOf(publicUrl)
}

/**
 * Over plain HTTP (except localhost) browsers send neither header with a GET. Then the Referer decides, which pages of this server
 * always send. Without any of the three, a browser that follows a link still asks for text/html; a program does not.
 */
function isOwnRead(request: FastifyRequest, publicUrl: string | null): boolean {
  const { origin, 'sec-fetch-site': site, referer, accept } = request.headers
  if (origin !== undefined || site !== undefined) return false
  if (referer === undefined) return !accept?.includes('text/html')
  const from = originOf(referer)
  return from !== null && (from === ownOrigin(request, publicUrl) || from === originOf(publicUrl))
}

/**
 * The origin of the pages on this request's host. For the host of PUBLIC_URL the scheme is that of PUBLIC_URL, also behind an
 * untrusted proxy; for another host it is that of the connection, or X-Forwarded-Proto of a trusted proxy.
 */
function ownOrigin(request: FastifyRequest, publicUrl: string | null): string | null {
  const { host } = request.headers
  const published = publicUrl === null ? null : URL.parse(publicUrl)
  if (published && URL.parse(`${published.protocol}//${host}`)?.host === published.host) return published.origin
  return originOf(`${request.protocol}://${host}`)
}

/** A dashboard URL: on PUBLIC_URL, or on the host of this request. */
export function dashboardAddress(request: FastifyRequest, publicUrl: string | null, path: string): string | null {
  const origin = publicOrigin(request, publicUrl)
  return origin === null ? null : `${origin}${path}`
}

function originOf(address: string | null): string | null {
  return address === null ? null : (URL.parse(address)?.origin ?? null)
}

function otherOrigin(): Problem {
  return new Problem(403, 'other_origin', {
    en: 'A request with a session must come from a page of this server (Origin header). Behind a TLS proxy, set PUBLIC_URL to the public address.',
    fa: 'این درخواست باید از صفحه‌های همین سرور فرستاده شود (سرایند Origin). پشت پروکسی TLS، تنظیم PUBLIC_URL را برابر نشانی کاربران بگذارید.',
  })
}
