import { Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { scopeOf } from '../tenants/scope.ts'
import { findUnfindable, UNFINDABLE_GROUPS, UnfindableList } from './find-unfindable.ts'

const StoreParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })
const GroupQuery = Type.Object({
  ...PageQuery,
  group: Type.Optional(
    oneOf(
      UNFINDABLE_GROUPS,
      localized(
        'attention, waiting or hidden; without it, attention and waiting',
        'یکی از attention، waiting یا hidden؛ بدون آن attention و waiting',
      ),
    ),
  ),
})

/** The products of a store that the AI does not find, each with the reason and the next step. */
export function unfindableRoutes(app: Http, db: Database, auth: Authenticator): void {
  app.get(
    '/api/v1/stores/:id/unfindable/',
    {
      schema: {
        operationId: 'listUnfindableProducts',
        summary: 'Products that the AI does not find, with the reason and the next step',
        tags: ['stores'],
        security: BY_PERSON,
        params: StoreParams,
        querystring: GroupQuery,
        response: { 200: UnfindableList },
        problems: [404],
        example: { params: { id: 1 }, query: { group: 'attention', limit: 20 } },
      },
    },
    async (request) => {
      const scope = await scopeOf(db, await auth.person(request), { store_id: request.params.id })
      const { group } = request.query
      return await findUnfindable(db, scope, group ? [group] : ['attention', 'waiting'], {
        query: request.query,
        url: request.url,
        language: negotiateLanguage(request.headers['accept-language']),
      })
    },
  )
}
