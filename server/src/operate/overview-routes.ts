import { Type } from 'typebox'
import { readProviderHealth } from '../knowledge/provider-health.ts'
import type { Database } from '../platform/database.ts'
import type { Http } from '../platform/http.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import { idSchema, localized } from '../platform/validation.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import type { TokenUsage } from '../tenants/token-usage.ts'
import { type Overview, readOverview } from './overview.ts'
import { ScopeQuery, scopeOf } from './scope.ts'
import { readStoreProgress } from './store-progress.ts'

/** A year and a day. */
const MAX_HOURS = 366 * 24

const OverviewQuery = Type.Object({
  ...ScopeQuery,
  hours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_HOURS,
      ...localized(`hours back from now, from 1 to ${MAX_HOURS}; 24 without it`, `ساعت‌های گذشته، از ۱ تا ${MAX_HOURS}`),
    }),
  ),
})

const StoreParams = Type.Object({ id: idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه')) })

interface Parts {
  db: Database
  auth: Authenticator
  usage: TokenUsage
  /** What texts are embedded with, and its price: US dollars for a million tokens. */
  profileId: number
  price: string | null
}

/** What an overview page needs, and what whoever connects a store waits for, each in one answer. */
export function overviewRoutes(app: Http, { db, auth, usage, profileId, price }: Parts): void {
  app.get(
    '/api/v1/overview/',
    {
      schema: {
        summary: 'What happened over time, what waits, what is quiet',
        tags: ['overview'],
        querystring: OverviewQuery,
      },
    },
    async (request): Promise<Overview> => {
      const person = await auth.person(request)
      const scope = await scopeOf(db, person, request.query)
      const overview = await readOverview(scope, request.query.hours ?? 24, price)
      return { ...overview, provider: person.role === 'admin' ? await readProviderHealth(db.service, profileId) : null }
    },
  )

  app.get(
    '/api/v1/stores/:id/progress/',
    {
      schema: { summary: 'How far a store’s connection and first sync are', tags: ['stores'], params: StoreParams },
    },
    async (request) => {
      const scope = await scopeOf(db, await auth.person(request), { store_id: request.params.id })
      return await readStoreProgress(scope, negotiateLanguage(request.headers['accept-language']), (tokenIds) => {
        const used = tokenIds.flatMap((id) => usage.pending(id).lastUsedAt?.getTime() ?? [])
        return used.length > 0 ? new Date(Math.max(...used)) : null
      })
    },
  )
}
