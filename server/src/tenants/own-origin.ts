import type { FastifyRequest } from 'fastify'
import { Problem } from '../platform/errors.ts'

/**
 * A session's cookie travels by itself, so a request that changes something must come from our own pages: of this very host,
 * or of PUBLIC_URL. Where a browser sends no Origin, its Sec-Fetch-Site, which no page can set, says the same.
 * @throws {Problem} 403
 */
export function refuseOtherOrigins(request: FastifyRequest, publicUrl: string | null): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  if (!isOwnPage(request, publicUrl)) throw otherOrigin()
}

/** The same for signing in, where there is no cookie yet: programs send neither header, and may. @throws {Problem} 403 */
export function refuseForeignPages(request: FastifyRequest, publicUrl: string | null): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  if ((origin !== undefined || site !== undefined) && !isOwnPage(request, publicUrl)) throw otherOrigin()
}

function isOwnPage(request: FastifyRequest, publicUrl: string | null): boolean {
  const { origin, 'sec-fetch-site': site, host } = request.headers
  if (site !== undefined && site !== 'same-origin') return false
  if (origin === undefined) return site === 'same-origin'
  return origin === publicUrl || URL.parse(origin)?.host === host
}

function otherOrigin(): Problem {
  return new Problem(403, 'other_origin', {
    en: 'A signed-in request must come from this server’s own pages (Origin header).',
    fa: 'این درخواست باید از صفحه‌های همین سامانه فرستاده شود (سرایند Origin).',
  })
}
