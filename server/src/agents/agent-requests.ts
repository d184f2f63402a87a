import type { FastifyRequest } from 'fastify'
import { negotiateLanguage } from '../platform/i18n.ts'
import type { Caller } from './catalog/catalog-scope.ts'

/** The caller of the catalogue tools, for a credential that was found in any way. */
export function callerOf(request: FastifyRequest, reader: Caller['reader']): Caller {
  return { reader, language: negotiateLanguage(request.headers['accept-language']) }
}
