import { ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../platform/errors.ts'
import { type Http, toProblem } from '../../platform/http/http.ts'
import type { Authenticator } from '../../tenants/authenticate.ts'
import { callerOf, challengeAgents } from '../agent-requests.ts'
import { type AnswerMcp, sendError } from './answer-mcp.ts'

interface Parts {
  auth: Authenticator
  answerMcp: AnswerMcp
}

/** `POST /mcp` for a caller with a credential of the knowledge routes. */
export function mcpRoutes(app: Http, { auth, answerMcp }: Parts): void {
  const schema = { hide: true }
  app.post('/mcp', { schema, errorHandler: answerMcpError }, async (request, reply) => {
    const caller = callerOf(request, await auth.knowledge(request))
    return await answerMcp(request, reply, caller)
  })
  app.route({
    url: '/mcp',
    method: ['GET', 'DELETE', 'PUT', 'PATCH'],
    schema,
    config: { isOpen: true },
    handler: async (_request, reply) => {
      reply.header('allow', 'POST')
      throw notAllowed()
    },
  })
}

/** A body that is no JSON-RPC request gets an error of JSON-RPC; all other refusals are problem documents. */
function answerMcpError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, detail } = toProblem(error)
  if (status !== 400 && status !== 413 && status !== 415) return challengeAgents(error, request, reply)
  const number = code === 'malformed_json' ? ProtocolErrorCode.ParseError : ProtocolErrorCode.InvalidRequest
  return sendError(reply, status, number, null, detail.en)
}

function notAllowed(): Problem {
  return new Problem(405, 'method_not_allowed', {
    en: 'This address takes POST only: each request is answered at once, without a session or a stream.',
    fa: 'این نشانی فقط POST می‌پذیرد: هر درخواست همان لحظه پاسخ می‌گیرد، بدون نشست یا جریان.',
  })
}
