import type { Http } from '../platform/http/http.ts'
import type { Log } from '../platform/log.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import type { CatalogParts } from './catalog/catalog-scope.ts'
import { createMcp } from './mcp/answer-mcp.ts'
import { mcpRoutes } from './mcp/mcp-routes.ts'

interface Parts extends CatalogParts {
  auth: Authenticator
  log: Log
  publicUrl: string | null
}

/** Everything that an agent speaks: MCP. */
export function agentRoutes(app: Http, parts: Parts): void {
  const answerMcp = createMcp(parts)
  mcpRoutes(app, { ...parts, answerMcp })
}
