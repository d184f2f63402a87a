import { Type } from 'typebox'
import type { Database } from '../platform/database.ts'
import type { Http } from '../platform/http.ts'
import { says } from '../platform/validation.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { readOverview } from './overview.ts'
import { ScopeQuery, scopeOf } from './scope.ts'

/** A year and a day. */
const MAX_HOURS = 366 * 24

const OverviewQuery = Type.Object({
  ...ScopeQuery,
  hours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_HOURS,
      ...says(`hours back from now, from 1 to ${MAX_HOURS}; 24 without it`, `ساعت‌های گذشته، از ۱ تا ${MAX_HOURS}`),
    }),
  ),
})

/** What an overview page needs, in one answer. */
export function overviewRoutes(app: Http, { db, auth }: { db: Database; auth: Authenticator }): void {
  app.get(
    '/api/v1/overview/',
    {
      schema: {
        summary: 'What happened over time, what waits, what is quiet',
        tags: ['overview'],
        querystring: OverviewQuery,
      },
    },
    async (request) => {
      const scope = await scopeOf(db, await auth.person(request), request.query)
      return await readOverview(scope, request.query.hours ?? 24)
    },
  )
}
