import type { FastifyReply, FastifyRequest } from 'fastify'
import { toProblem } from '../platform/http/http.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import type { Caller } from './catalog/catalog-scope.ts'

/** The caller of the catalogue tools, for a credential that was found in any way. */
export function callerOf(request: FastifyRequest, reader: Caller['reader']): Caller {
  return { reader, language: negotiateLanguage(request.headers['accept-language']) }
}

/**
 * Error handler of the routes for agents: a 401 says which credential is wanted, as HTTP and MCP demand. It names no document of an
 * authorization server, because there is none: a client that follows such an address to nothing gives up.
 */
export function challengeAgents(error: unknown, _request: FastifyRequest, reply: FastifyReply): never {
  if (toProblem(error).status === 401) reply.header('www-authenticate', 'Bearer')
  throw error
}
