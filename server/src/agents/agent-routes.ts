import type { FastifyRequest } from 'fastify'
import type { Http } from '../platform/http/http.ts'
import type { Log } from '../platform/log.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import type { CatalogParts } from './catalog/catalog-scope.ts'
import { contextRoutes } from './context/context-routes.ts'
import { createMcp } from './mcp/answer-mcp.ts'
import { mcpRoutes } from './mcp/mcp-routes.ts'
import { toolsJsonRoute } from './tools-json.ts'
import { ucpRoutes } from './ucp/ucp-routes.ts'

interface Parts extends CatalogParts {
  auth: Authenticator
  log: Log
  publicUrl: string | null
}

/** All that agents speak: MCP, UCP over HTTP, context for a prompt, and schemas of functions. */
export function agentRoutes(app: Http, parts: Parts): void {
  const { publicUrl } = parts
  const baseOf = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`
  mcpRoutes(app, { auth: parts.auth, answerMcp: createMcp(parts) })
  ucpRoutes(app, { ...parts, baseOf })
  contextRoutes(app, parts)
  toolsJsonRoute(app, baseOf)
}
