import { type Static, Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { oneOf } from '../platform/http/contract.ts'
import type { CsvValue } from '../platform/http/csv.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { ACTOR_KINDS, AUDIT_ACTIONS, AuditList, type AuditRow, type AuditWanted, auditList } from './audit.ts'
import type { Authenticator } from './authenticate.ts'
import { BY_PERSON } from './credentials.ts'
import { CSV_LANGUAGE, type CsvExports, csvAnswer, type Headings } from './csv-exports.ts'
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
const ExportQuery = Type.Object({ ...AUDIT_FILTER, ...CSV_LANGUAGE })
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

const HEADINGS: Headings = [
  ['Time', 'زمان'],
  ['Action', 'کار'],
  ['User', 'کاربر'],
  ['Role', 'نقش'],
  ['Address', 'نشانی'],
  ['Tenant', 'کسب‌وکار'],
  ['Store', 'فروشگاه'],
  ['Target', 'مورد'],
  ['Target id', 'شناسهٔ مورد'],
  ['Target name', 'نام مورد'],
  ['Deleted', 'حذف‌شده'],
  ['Details', 'جزئیات'],
  ['Id', 'شناسه'],
]

/** The audit log: an owner sees the entries of their tenant, an admin all. Read-only. */
export function auditRoutes(app: Http, db: Database, auth: Authenticator, csv: CsvExports): void {
  const shared = { tags: ['audit'], security: BY_PERSON }
  app.get(
    '/api/v1/audit/',
    {
      schema: {
        operationId: 'listAuditEntries',
        summary: 'The audit log, newest first',
        ...shared,
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

  app.get(
    '/api/v1/audit/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportAuditEntries',
        summary: 'The audit log as a CSV file for spreadsheets',
        querystring: ExportQuery,
        response: { 200: csvAnswer('entry') },
        example: { query: { action: 'token.generated', language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const list = auditList(wantedOf(person.tenantId, request.query))
      return await csv.send(request, reply, person, {
        name: 'audit',
        headings: HEADINGS,
        pages: csv.pagesOf<AuditRow>(person, list),
        cells: (rows) => rows.map(cellsOf),
      })
    },
  )
}

function cellsOf({ at, action, actor, source_ip: address, tenant, store, target, detail, id }: AuditRow): CsvValue[] {
  return [
    at,
    action,
    actor.email,
    actor.kind,
    address,
    tenant?.email ?? tenant?.id ?? null,
    store?.name ?? store?.id ?? null,
    target?.kind ?? null,
    target?.id ?? null,
    target?.name ?? null,
    target?.is_deleted ?? null,
    Object.keys(detail).length > 0 ? JSON.stringify(detail) : null,
    id,
  ]
}
