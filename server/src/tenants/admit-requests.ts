import type { FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticate.ts'
import type { RequestLimits } from './request-limits.ts'

/**
 * What every request passes before anything of it is read: a route takes known callers only, unless it says `isOpen`, and
 * then (as for an address that leads nowhere) it is counted for the address it comes from. @throws {Problem} 401, 403 or 429
 */
export function admitRequests(auth: Authenticator, limits: RequestLimits): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { isOpen, isUncounted } = request.routeOptions.config
    if (isUncounted) return
    if (isOpen || request.is404) limits.limitByIp(request.ip)
    else await auth.identify(request)
  }
}
