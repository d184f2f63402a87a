import type { FastifyRequest } from 'fastify'
import { Problem } from '../platform/errors.ts'

/**
 * A session's cookie travels by itself, so a request with a session must come from a page of this server. Reading counts, too: a GET may
 * start a backup and write an audit row, and a link on another site makes a browser send the cookie with it.
 * @throws {Problem} 403
 */
export function refuseOtherOrigins(request: FastifyRequest, publicUrl: string | null): void {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const isOwn = isOwnPage(request, publicUrl) || (isRead && isOwnRead(request, publicUrl))
  if (!isOwn) throw otherOrigin()
}

/** The same for signing in, where there is no cookie yet: programs send neither header, and may. @throws {Problem} 403 */
export function refuseForeignPages(request: FastifyRequest, publicUrl: string | null): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  if ((origin !== undefined || site !== undefined) && !isOwnPage(request, publicUrl)) throw otherOrigin()
}

/** Where a browser sends no Origin, its Sec-Fetch-Site, which no page can set, says the same. */
function isOwnPage(request: FastifyRequest, publicUrl: string | null): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === undefined) return site === 'same-origin'
  return origin === ownOrigin(request, publicUrl) || origin === originOf(publicUrl)
}

/**
 * Over plain HTTP, other than on localhost, browsers send neither header with a GET. Then the Referer decides, which pages of this
 * server always send. Without any of the three, a browser that follows a link still says that it wants a page; a program does not.
 */
function isOwnRead(request: FastifyRequest, publicUrl: string | null): boolean {
  const { origin, 'sec-fetch-site': site, referer, accept } = request.headers
  if (origin !== undefined || site !== undefined) return false
  if (referer === undefined) return !accept?.includes('text/html')
  const from = originOf(referer)
  return from !== null && (from === ownOrigin(request, publicUrl) || from === originOf(publicUrl))
}

/**
 * The origin of the pages that this request's host serves, with its scheme. PUBLIC_URL knows the scheme of its own host, also behind a
 * proxy that is not trusted; of any other host it is the connection's, or what a trusted proxy says in X-Forwarded-Proto.
 */
function ownOrigin(request: FastifyRequest, publicUrl: string | null): string | null {
  const { host } = request.headers
  const published = publicUrl === null ? null : URL.parse(publicUrl)
  if (published && URL.parse(`${published.protocol}//${host}`)?.host === published.host) return published.origin
  return originOf(`${request.protocol}://${host}`)
}

/** An address of the dashboard, as its people reach it: by PUBLIC_URL, or by the host that this request names. */
export function dashboardAddress(request: FastifyRequest, publicUrl: string | null, path: string): string | null {
  const origin = publicUrl ?? originOf(`${request.protocol}://${request.host}`)
  return origin === null ? null : `${origin}${path}`
}

function originOf(address: string | null): string | null {
  return address === null ? null : (URL.parse(address)?.origin ?? null)
}

function otherOrigin(): Problem {
  return new Problem(403, 'other_origin', {
    en: 'A signed-in request must come from this server’s own pages (Origin header). Behind a proxy with TLS, set PUBLIC_URL to the address that people use.',
    fa: 'این درخواست باید از صفحه‌های همین سامانه فرستاده شود (سرایند Origin). پشت پروکسی TLS، تنظیم PUBLIC_URL را برابر نشانی کاربران بگذارید.',
  })
}
