import {
  createMcpHandler,
  isLegacyRequest,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../platform/errors.ts'
import { toProblem } from '../../platform/http/http.ts'
import type { Log } from '../../platform/log.ts'
import { VERSION } from '../../platform/version.ts'
import { createMcpClientNames } from '../../questions/client-names.ts'
import type { Caller, CatalogParts } from '../catalog/catalog-scope.ts'
import { InvalidParams } from '../catalog/refusals.ts'
import { TITLES_ANSWER } from '../catalog/response-schemas.ts'
import { type AgentTool, plainSchema, TOOLS } from '../tools.ts'
import { instructionsFor } from './instructions.ts'

/** Clients may keep the list of tools and the instructions for this long. */
const CACHE_TTL_MS = 300_000
const JSON_RPC_VERSION = '2.0'
/** The field of `_meta` with the id of the question, for feedback. */
const QUESTION_ID = 'fiko-sync/question_id'

const LISTED = new Map(TOOLS.map((tool) => [tool, listed(tool)]))
const BY_NAME = new Map(TOOLS.map((tool) => [tool.name, tool]))

/** The tools that the caller can use. */
async function listFor(parts: CatalogParts, caller: Caller) {
  const isShown = await Promise.all(TOOLS.map(async ({ isListed }) => (await isListed?.(parts, caller)) ?? true))
  return TOOLS.filter((_, index) => isShown[index]).flatMap((tool) => LISTED.get(tool) ?? [])
}

function listed(tool: AgentTool) {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchemaOf(tool),
    outputSchema: tool.output,
    annotations: {
      title: tool.title,
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  }
}

function inputSchemaOf({ input, isNested }: AgentTool): { type: 'object' } & Record<string, unknown> {
  const schema = plainSchema(input)
  const root = isNested ? { type: 'object', properties: { catalog: schema }, required: ['catalog'] } : schema
  return root as { type: 'object' }
}

interface McpParts extends CatalogParts {
  log: Log
  publicUrl: string | null
}

/** Answers one MCP request. It does not matter how the caller was found. */
export type AnswerMcp = (request: FastifyRequest, reply: FastifyReply, caller: Caller) => Promise<FastifyReply>

/**
 * The MCP endpoint of both eras: the stateless revision 2026-07-28, and the revisions with a handshake up to 2025-11-25, each
 * request for itself, without sessions. Every answer is JSON; no stream is opened.
 */
export function createMcp(parts: McpParts): AnswerMcp {
  const names = createMcpClientNames()
  return async (request, reply, asking) => {
    refuseForeignOrigin(request, parts.publicUrl)
    const body = request.body as { id?: unknown; method?: unknown } | undefined
    if (body === undefined || body === null || Array.isArray(body)) {
      return sendError(
        reply,
        400,
        ProtocolErrorCode.InvalidRequest,
        null,
        'The body must be one JSON-RPC request, not a list.',
      )
    }
    const caller = { ...asking, client: names.nameOf(body, senderOf(request, asking)) ?? asking.client }
    if (body.method === 'subscriptions/listen') {
      return sendError(reply, 404, ProtocolErrorCode.MethodNotFound, body.id, 'This server has no subscriptions.')
    }
    const needsInstructions = body.method === 'initialize' || body.method === 'server/discover'
    const instructions = needsInstructions ? await instructionsFor(parts.db, caller.reader) : undefined
    const server = () => serverFor(parts, caller, instructions)
    const web = webRequest(request)
    const answer = (await isLegacyRequest(web, body))
      ? await answerLegacy(server(), web, body)
      : await createMcpHandler(server, { legacy: 'reject' }).fetch(web, { parsedBody: body })
    for (const [name, value] of answer.headers) if (name !== 'content-length') reply.header(name, value)
    return reply.code(answer.status).send(Buffer.from(await answer.arrayBuffer()))
  }
}

/**
 * One server for one request. The low-level class, because the other one turns every refusal of a tool, also an unknown cursor, into
 * a result, and validates each answer against its schema on the way.
 */
function serverFor(parts: McpParts, caller: Caller, instructions: string | undefined): Server {
  const server = new Server(
    { name: 'fiko-sync', title: 'Fiko Sync', version: VERSION },
    {
      capabilities: { tools: {} },
      cacheHints: {
        'tools/list': { ttlMs: CACHE_TTL_MS, cacheScope: 'private' },
        // The instructions name the stores of the token.
        'server/discover': { ttlMs: CACHE_TTL_MS, cacheScope: 'private' },
      },
      ...(instructions !== undefined && { instructions }),
    },
  )
  server.setRequestHandler('tools/list', async ({ params }) => {
    if (params?.cursor !== undefined)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is one page of tools.')
    return { tools: await listFor(parts, caller) }
  })
  server.setRequestHandler('tools/call', async ({ params }) => {
    const tool = BY_NAME.get(params.name)
    if (!tool) {
      const known = TOOLS.map(({ name }) => name).join(', ')
      const name = JSON.stringify(params.name.slice(0, 60))
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${name}; the tools are ${known}.`)
    }
    try {
      const answer = await tool.run(parts, { ...caller, tool: tool.name }, params.arguments)
      const { question_id: questionId, ...plain } = answer as { question_id?: string }
      const structuredContent = tool.output === TITLES_ANSWER ? plain : answer
      return {
        ...(questionId !== undefined && { _meta: { [QUESTION_ID]: questionId } }),
        structuredContent: { ...structuredContent },
        content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
      }
    } catch (error) {
      return refusal(parts.log, tool.name, caller, error)
    }
  })
  return server
}

/** A program with a credential: its handshake names the client of its later requests. */
function senderOf(request: FastifyRequest, { reader }: Caller): string {
  const { tenantId, tokenId, grantId, storeId } = reader
  const guest = reader.isGuest ? request.ip : ''
  return [tenantId, tokenId, grantId, storeId, guest, request.headers['user-agent']].join(' ')
}

/** A refusal as a result, so that the model reads the sentence and calls again. @throws {ProtocolError} for invalid parameters */
function refusal(log: Log, tool: string, { language }: Caller, error: unknown) {
  const problem = toProblem(error)
  if (problem.status >= 500) log.error({ tool, error: String(error) }, 'mcp.tool_failed')
  const sentence = problem.detail[language]
  if (problem instanceof InvalidParams) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, sentence, { error: problem.code })
  }
  return { isError: true, content: [{ type: 'text' as const, text: sentence }] }
}

/** A request of an earlier revision. The transport of the library answers it with JSON instead of a stream of one message. */
async function answerLegacy(server: Server, web: Request, parsedBody: unknown): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await server.connect(transport)
  try {
    return await transport.handleRequest(web, { parsedBody })
  } finally {
    await server.close()
  }
}

/** The request in the library's form. `Accept` may say less than the protocol wants: every answer is JSON anyway. */
function webRequest(request: FastifyRequest): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    // The credential stays here: the library needs none.
    if (typeof value === 'string' && name !== 'authorization' && name !== 'cookie' && !name.startsWith(':'))
      headers.set(name, value)
  }
  headers.set('accept', 'application/json, text/event-stream')
  headers.set('content-type', 'application/json')
  return new Request('http://localhost/mcp', { method: 'POST', headers, body: JSON.stringify(request.body) })
}

/** A page of another site may not use the credential of a browser or of a local program. @throws {Problem} 403 */
function refuseForeignOrigin(request: FastifyRequest, publicUrl: string | null): void {
  const { origin } = request.headers
  if (origin === undefined) return
  const own = [publicUrl, `${request.protocol}://${request.host}`].map(
    (address) => address && URL.parse(address)?.origin,
  )
  if (own.includes(origin)) return
  throw new Problem(403, 'other_origin', {
    en: 'Pages of other sites may not call this address (Origin header). Call it from a program, or set PUBLIC_URL to the public address.',
    fa: 'صفحه‌های سایت‌های دیگر نمی‌توانند این نشانی را صدا بزنند (سرایند Origin). آن را از یک برنامه صدا بزنید یا PUBLIC_URL را برابر نشانی عمومی بگذارید.',
  })
}

/** An error before the library is asked. */
export function sendError(
  reply: FastifyReply,
  status: number,
  code: number,
  id: unknown,
  message: string,
): FastifyReply {
  const known = typeof id === 'string' || typeof id === 'number' ? id : null
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ jsonrpc: JSON_RPC_VERSION, id: known, error: { code, message } }))
}
