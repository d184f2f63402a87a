import type { FastifyRequest } from 'fastify'

/**
 * The origin under which clients reach this server: PUBLIC_URL, or the host and scheme of the request (with TRUSTED_PROXIES, as the
 * proxy names them). null without a usable host.
 */
export function publicOrigin(request: FastifyRequest, publicUrl: string | null): string | null {
  return URL.parse(publicUrl ?? `${request.protocol}://${request.host}`)?.origin ?? null
}
