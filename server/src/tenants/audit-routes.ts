import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery, readPage } from '../platform/http/lists.ts'
import { localized } from '../platform/http/validation.ts'
import { AUDIT_ACTIONS, AuditList, type AuditRow, auditList } from './audit.ts'
import type { Authenticator } from './authenticate.ts'
import { BY_PERSON } from './credentials.ts'
import { readTime } from './read-time.ts'

const AuditQuery = Type.Object({
  action: Type.Optional(
    oneOf(AUDIT_ACTIONS, localized(`one of ${AUDIT_ACTIONS.join(', ')}`, `یکی از ${AUDIT_ACTIONS.join('، ')}`)),
  ),
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  since: Type.Optional(
    Type.String({
      format: 'date-time',
      ...localized('a time such as 2027-01-31T00:00:00Z', 'زمانی مانند 2027-01-31T00:00:00Z'),
    }),
  ),
  ...PageQuery,
})

/** The audit log: an owner sees the entries of their tenant, an admin all. Read-only. */
export function auditRoutes(app: Http, db: Database, auth: Authenticator): void {
  app.get(
    '/api/v1/audit/',
    {
      schema: {
        operationId: 'listAuditEntries',
        summary: 'The audit log, newest first',
        tags: ['audit'],
        security: BY_PERSON,
        querystring: AuditQuery,
        response: { 200: AuditList },
        example: { query: { action: 'token.generated', since: '2026-01-31T00:00:00Z', limit: 20 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const { action, user_id: userId } = request.query
      const since = request.query.since === undefined ? undefined : readTime('since', request.query.since)
      return await readPage<AuditRow>(
        db.inScope(scope),
        auditList({ tenantId, action, userId, since: since?.toISOString() }),
        request.query,
        request.url,
      )
    },
  )
}
