import type { FastifyRequest } from 'fastify'
import { negotiateLanguage } from '../platform/i18n.ts'
import { clientFamily } from '../questions/client-names.ts'
import type { Channel } from '../questions/question-log.ts'
import type { Caller } from './catalog/catalog-scope.ts'

/** The caller of the catalogue tools, for a credential that was found in any way. */
export function callerOf(request: FastifyRequest, reader: Caller['reader'], channel: Channel): Caller {
  const language = negotiateLanguage(request.headers['accept-language'])
  return { reader, language, channel, tool: null, client: clientFamily(request.headers['user-agent']) }
}
