import type { Database } from '../../platform/db/database.ts'
import { notFound } from '../../platform/errors.ts'
import { nothing } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { readPage } from '../../platform/http/lists.ts'
import { writeAuditEntry } from '../audit.ts'
import { type Authenticator, actorOf } from '../authenticate.ts'
import { BY_PERSON } from '../credentials.ts'
import { revokeGrant } from './grants.ts'
import { AgentList, AgentParams, AgentsQuery, type ConnectedAgent } from './oauth-schemas.ts'
import { redirectHost } from './redirect-uris.ts'

type AgentRow = Omit<ConnectedAgent, 'client'> & { name: string; redirect_uri: string }

/** Agents that were connected on the consent page: list and revoke. */
export function connectedAgentRoutes(app: Http, db: Database, auth: Authenticator): void {
  const shared = { tags: ['agents'], security: BY_PERSON }

  app.get(
    '/api/v1/oauth/agents/',
    {
      schema: {
        ...shared,
        operationId: 'listConnectedAgents',
        summary: 'Agents with access to the own shops by OAuth, newest first',
        querystring: AgentsQuery,
        response: { 200: AgentList },
        example: { query: { limit: 20 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const page = await readPage<AgentRow>(
        db.inScope(scope),
        {
          columns: `g.id, g.client_name as name, g.redirect_uri, g.environment, g.created_at, g.last_used_at, g.usage_count,
            case when s.id is not null then json_build_object('id', s.id, 'name', s.name) end as store,
            json_build_object('id', u.id, 'email', u.email) as "user"`,
          from: 'oauth_grants g join users u on u.id = g.user_id left join stores s on s.id = g.store_id',
          where: [
            '($1::bigint is null or g.tenant_id = $1)',
            '($2::uuid is null or g.user_id = $2::uuid)',
            'g.code_used_at is not null and g.revoked_at is null and g.expires_at > now() and s.deleted_at is null',
          ],
          values: [tenantId, request.query.user_id ?? null],
          sort: { sql: 'g.id', type: 'bigint', descending: true },
          id: 'g.id',
        },
        request.query,
        request.url,
      )
      return { ...page, results: page.results.map(viewAgent) }
    },
  )

  app.delete(
    '/api/v1/oauth/agents/:id/',
    {
      schema: {
        ...shared,
        operationId: 'revokeConnectedAgent',
        summary: 'End the access of an agent, within 1 s in every process',
        params: AgentParams,
        response: { 204: nothing('The agent has no access any more.') },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id } = request.params
      await db.inScope(person.scope).transaction(async (tx) => {
        if (!(await revokeGrant(tx, person.tenantId, id))) throw notFound()
        await writeAuditEntry(tx, actorOf(request, person), { action: 'agent.revoked', target: { kind: 'agent', id } })
      })
      return reply.code(204).send()
    },
  )
}

function viewAgent({ name, redirect_uri: uri, ...agent }: AgentRow): ConnectedAgent {
  return { ...agent, client: { name, host: redirectHost(uri).host } }
}
