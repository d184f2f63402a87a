import { Type } from 'typebox'
import type { Prices } from '../knowledge/cost/prices.ts'
import type { ModelInUse } from '../knowledge/model-in-use.ts'
import { readProviderHealth } from '../knowledge/provider/provider-health.ts'
import type { Database } from '../platform/db/database.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import { readStoreProgress } from '../stores/store-progress.ts'
import { StoreProgress } from '../stores/store-schemas.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { ScopeQuery, scopeOf } from '../tenants/scope.ts'
import type { TokenUsage } from '../tenants/tokens/token-usage.ts'
import { readOverview } from './overview.ts'
import { Overview } from './overview-schemas.ts'

/** A year and a day. */
const MAX_HOURS = 366 * 24

const OverviewQuery = Type.Object({
  ...ScopeQuery,
  hours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_HOURS,
      ...localized(`hours before now, from 1 to ${MAX_HOURS}; default 24`, `ساعت‌های گذشته، از ۱ تا ${MAX_HOURS}`),
    }),
  ),
})

const StoreParams = Type.Object({ id: idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه')) })

interface Parts {
  db: Database
  auth: Authenticator
  usage: TokenUsage
  model: ModelInUse
  prices: Prices
}

/** The overview, and the progress of a store's connection, each in one response. */
export function overviewRoutes(app: Http, { db, auth, usage, model, prices }: Parts): void {
  app.get(
    '/api/v1/overview/',
    {
      schema: {
        operationId: 'readOverview',
        summary: 'The state of the stores, activity over time and open work',
        tags: ['overview'],
        security: BY_PERSON,
        querystring: OverviewQuery,
        response: { 200: Overview },
        problems: [404],
        example: { query: { hours: 24, store_id: 1 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const scope = await scopeOf(db, person, request.query)
      const { profileId, embedder } = model.current()
      const { price } = await prices.of(embedder.profile)
      const language = negotiateLanguage(request.headers['accept-language'])
      const overview = await readOverview(db, scope, { hours: request.query.hours ?? 24, price, language })
      return { ...overview, provider: person.role === 'admin' ? await readProviderHealth(db.service, profileId) : null }
    },
  )

  app.get(
    '/api/v1/stores/:id/progress/',
    {
      schema: {
        operationId: 'readStoreProgress',
        summary: 'Progress of a store’s connection and first sync',
        tags: ['stores'],
        security: BY_PERSON,
        params: StoreParams,
        response: { 200: StoreProgress },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const scope = await scopeOf(db, await auth.person(request), { store_id: request.params.id })
      return await readStoreProgress(db, scope, negotiateLanguage(request.headers['accept-language']), (tokenIds) => {
        const used = tokenIds.flatMap((id) => usage.pending(id).lastUsedAt?.getTime() ?? [])
        return used.length > 0 ? new Date(Math.max(...used)) : null
      })
    },
  )
}
