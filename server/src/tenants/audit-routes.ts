import { type Static, Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { ACTOR_KINDS, AUDIT_ACTIONS, AuditList, type AuditRow, type AuditWanted, auditList } from './audit.ts'
import type { Authenticator } from './authenticate.ts'
import { BY_PERSON } from './credentials.ts'
import { readTime } from './read-time.ts'

const moment = (en: string, fa: string) =>
  Type.Optional(
    Type.String({
      format: 'date-time',
      ...localized(`${en}: a time such as 2027-01-31T00:00:00Z`, `${fa}: زمانی مانند 2027-01-31T00:00:00Z`),
    }),
  )
const user = (en: string, fa: string) => Type.Optional(Type.String({ format: 'uuid', ...localized(en, fa) }))

/** Filters of the audit log. */
export const AUDIT_FILTER = {
  action: Type.Optional(
    oneOf(AUDIT_ACTIONS, localized(`one of ${AUDIT_ACTIONS.join(', ')}`, `یکی از ${AUDIT_ACTIONS.join('، ')}`)),
  ),
  user_id: user('the id of a user: their actions, and all entries about their tenant', 'شناسهٔ یک کاربر'),
  actor_id: user('the id of a user: their actions only', 'شناسهٔ یک کاربر: فقط کارهای خودش'),
  actor_kind: Type.Optional(
    oneOf(ACTOR_KINDS, localized(`one of ${ACTOR_KINDS.join(', ')}`, `یکی از ${ACTOR_KINDS.join('، ')}`)),
  ),
  store_id: Type.Optional(idSchema(localized('the id of a store, also of a deleted one', 'شناسهٔ یک فروشگاه'))),
  since: moment('at this time or later', 'از این زمان به بعد'),
  until: moment('before this time', 'پیش از این زمان'),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      ...localized(
        'a part of the action, the address, the user, the name of the thing, or a detail',
        'بخشی از کار، نشانی، کاربر، نام مورد یا جزئیات',
      ),
    }),
  ),
}
const AuditQuery = Type.Object({ ...AUDIT_FILTER, ...PageQuery })
const AuditFilterObject = Type.Object(AUDIT_FILTER)
type AuditFilter = Static<typeof AuditFilterObject>

/** The filter as `auditList` takes it. @throws {Problem} 400 for a time that does not exist */
function wantedOf(tenantId: number | null, query: AuditFilter): AuditWanted {
  const time = (name: 'since' | 'until') => {
    const text = query[name]
    return text === undefined ? undefined : readTime(name, text).toISOString()
  }
  return {
    tenantId,
    action: query.action,
    userId: query.user_id,
    actorId: query.actor_id,
    actorKind: query.actor_kind,
    storeId: query.store_id,
    since: time('since'),
    until: time('until'),
    search: query.search?.trim() || undefined,
  }
}

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
      return await readPage<AuditRow>(
        db.inScope(scope),
        auditList(wantedOf(tenantId, request.query)),
        request.query,
        request.url,
      )
    },
  )
}
