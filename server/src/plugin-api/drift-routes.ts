import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { listOf, PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { Reconciliation, reconciliationList } from './drift-history.ts'

const StoreParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })
const ReconciliationList = listOf('ReconciliationList', Reconciliation)

/** The history of drift: when the plugin compared, what differed, and what was repaired. */
export function driftRoutes(app: Http, { db, auth }: { db: Database; auth: Authenticator }): void {
  app.get(
    '/api/v1/stores/:id/drift/',
    {
      schema: {
        operationId: 'listReconciliations',
        summary: 'Reconciliations of a store with their differences, newest first',
        tags: ['stores'],
        security: BY_PERSON,
        params: StoreParams,
        querystring: Type.Object(PageQuery),
        response: { 200: ReconciliationList },
        problems: [404],
        example: { params: { id: 1 }, query: { limit: 20 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const sql = db.inScope(person.scope)
      const { id } = request.params
      const [store] = await sql.query(
        'select 1 from stores where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null',
        [person.tenantId, id],
      )
      if (!store) throw notFound()
      return await readPage<Reconciliation>(sql, reconciliationList(person.tenantId, id), request.query, request.url)
    },
  )
}
