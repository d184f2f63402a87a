import { ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../platform/errors.ts'
import { type Http, toProblem } from '../../platform/http/http.ts'
import type { Authenticator } from '../../tenants/authenticate.ts'
import type { FindPublicStore } from '../../tenants/public-stores.ts'
import type { RequestLimits } from '../../tenants/request-limits.ts'
import { callerOf } from '../agent-requests.ts'
import { type AnswerMcp, sendError } from './answer-mcp.ts'

interface Parts {
  auth: Authenticator
  limits: RequestLimits
  findPublicStore: FindPublicStore
  answerMcp: AnswerMcp
}

/**
 * `POST /mcp` for a caller with a credential of the knowledge routes, and `POST /mcp/<public id>` for a guest of a store whose owner
 * made a public address. Requests of guests are limited by address and, for each store, like those of one token.
 */
export function mcpRoutes(app: Http, { auth, limits, findPublicStore, answerMcp }: Parts): void {
  const schema = { hide: true }
  app.post('/mcp', { schema, errorHandler: answerMcpError }, async (request, reply) => {
    const caller = callerOf(request, await auth.knowledge(request), 'mcp')
    return await answerMcp(request, reply, caller)
  })
  const config = { isOpen: true }
  app.post<{ Params: { publicId: string } }>(
    '/mcp/:publicId',
    { schema, config, errorHandler: answerMcpError },
    async (request, reply) => {
      const store = await findPublicStore(request.params.publicId)
      if (!store) throw noPublicAddress()
      limits.limitByCaller(`guests of ${store.storeId}`, request.headers)
      return await answerMcp(request, reply, callerOf(request, store.reader, 'mcp'))
    },
  )
  for (const url of ['/mcp', '/mcp/:publicId']) {
    app.route({
      url,
      method: ['GET', 'DELETE', 'PUT', 'PATCH'],
      schema,
      config,
      handler: async (_request, reply) => {
        reply.header('allow', 'POST')
        throw notAllowed()
      },
    })
  }
}

/** A body that is no JSON-RPC request gets an error of JSON-RPC; all other refusals are problem documents. */
function answerMcpError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, detail } = toProblem(error)
  // An odd Host is no fault of the body.
  if ((status !== 400 && status !== 413 && status !== 415) || code === 'bad_host') throw error
  const number = code === 'malformed_json' ? ProtocolErrorCode.ParseError : ProtocolErrorCode.InvalidRequest
  return sendError(reply, status, number, null, detail.en)
}

function notAllowed(): Problem {
  return new Problem(405, 'method_not_allowed', {
    en: 'This address takes POST only: each request is answered at once, without a session or a stream.',
    fa: 'این نشانی فقط POST می‌پذیرد: هر درخواست همان لحظه پاسخ می‌گیرد، بدون نشست یا جریان.',
  })
}

/** The same for an address that never was and for one that has ended. */
function noPublicAddress(): Problem {
  return new Problem(404, 'not_found', {
    en: 'There is no public address like this, or its owner has ended it. Ask the owner of the shop for the current one.',
    fa: 'چنین نشانی عمومی‌ای وجود ندارد یا مالک فروشگاه آن را خاموش کرده است. نشانی کنونی را از مالک فروشگاه بگیرید.',
  })
}
