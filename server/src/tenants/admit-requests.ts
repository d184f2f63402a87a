import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticate.ts'
import type { RequestLimits } from './request-limits.ts'

/**
 * Authorizes a request before its body is read. Public routes (`isOpen`) and unknown paths are limited by IP; all other routes need
 * a valid credential. @throws {Problem} 401, 403 or 429
 */
export function admitRequests(auth: Authenticator, limits: RequestLimits): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { isOpen, isUncounted } = request.routeOptions.config
    if (isUncounted) return
    if (isOpen || request.is404) limits.limitByIp(request.ip)
    else await auth.identify(request)
  }
}
