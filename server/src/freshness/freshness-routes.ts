import { Type } from 'typebox'
import type { FreshnessConfig } from '../platform/config.ts'
import type { Database } from '../platform/db/database.ts'
import { Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { type Localised, negotiateLanguage } from '../platform/i18n.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { ScopeQuery, scopeOf } from '../tenants/scope.ts'
import { CHECK_FRESHNESS_STAGE } from './check-freshness.ts'
import {
  FreshnessChange,
  FreshnessParams,
  FreshnessSummary,
  FreshnessVisit,
  StoreFreshness,
} from './freshness-schemas.ts'
import { freshnessSentence } from './freshness-sentences.ts'
import { findStore, readFreshness, readSummary } from './read-freshness.ts'

const VISIT_SOON: Localised = {
  en: 'The shop is visited within seconds. A difference counts after a second look, some minutes later.',
  fa: 'فروشگاه تا چند ثانیهٔ دیگر بازدید می‌شود. هر تفاوت پس از بازدید دوم، چند دقیقه بعد، به حساب می‌آید.',
}

interface Parts {
  db: Database
  auth: Authenticator
  queue: Queue
  config: Pick<FreshnessConfig, 'isOn' | 'lookIntervalS'>
}

/** How often the answers about a store are right, and the switch of the checks. */
export function freshnessRoutes(app: Http, { db, auth, queue, config }: Parts): void {
  const { lookIntervalS } = config
  const path = '/api/v1/stores/:id/freshness/'
  const shared = { tags: ['stores'], security: BY_PERSON, params: FreshnessParams, problems: [404] as const }
  const example = { params: { id: 1 } }

  app.get(
    path,
    {
      schema: {
        ...shared,
        operationId: 'readFreshness',
        summary: 'How many sampled answers equal the shop, and which do not',
        response: { 200: StoreFreshness },
        example,
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const of = { tenantId: person.tenantId, storeId: request.params.id }
      const language = negotiateLanguage(request.headers['accept-language'])
      return await readFreshness(db.inScope(person.scope), of, { isOn: config.isOn, language })
    },
  )

  app.patch(
    path,
    {
      schema: {
        ...shared,
        operationId: 'changeFreshness',
        summary: 'Turn the checks of a store on or off',
        body: FreshnessChange,
        response: { 200: StoreFreshness },
        example: { ...example, body: { is_on: true } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const of = { tenantId: person.tenantId, storeId: request.params.id }
      const { is_on: isOnHere } = request.body
      const language = negotiateLanguage(request.headers['accept-language'])
      return await db.inScope(person.scope).transaction(async (tx) => {
        const store = await findStore(tx, of)
        await tx.query(
          `insert into freshness_schedules (store_id, tenant_id, is_on, visit_at) values ($1, $2, $3, now() + random() * interval '1 hour')
           on conflict (store_id) do update set is_on = excluded.is_on`,
          [of.storeId, store.tenantId, isOnHere],
        )
        if (isOnHere !== (store.isOn ?? true)) {
          await writeAuditEntry(tx, actorOf(request, person), {
            action: 'store.freshness_changed',
            target: { kind: 'store', id: of.storeId },
            detail: { is_on: isOnHere },
          })
        }
        return await readFreshness(tx, of, { isOn: config.isOn, language })
      })
    },
  )

  app.post(
    '/api/v1/stores/:id/freshness/check/',
    {
      schema: {
        ...shared,
        operationId: 'checkFreshness',
        summary: 'Compare answers with the shop now',
        response: { 202: FreshnessVisit },
        problems: [404, 409],
        example,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const of = { tenantId: person.tenantId, storeId: request.params.id }
      const language = negotiateLanguage(request.headers['accept-language'])
      const nextAt = await db.inScope(person.scope).transaction(async (tx) => {
        const before = await readFreshness(tx, of, { isOn: config.isOn, language })
        if (before.state === 'off' || before.state === 'unavailable') {
          const detail = { en: freshnessSentence(before, 'en'), fa: freshnessSentence(before, 'fa') }
          throw new Problem(409, 'freshness_off', detail)
        }
        const { tenantId } = await findStore(tx, of)
        const [row] = await tx.query<{ at: Date }>(
          `insert into freshness_schedules as f (store_id, tenant_id, sample_at, visit_at) values ($1, $2, now(), now())
           on conflict (store_id) do update set sample_at = now(), visit_at = now()
             where f.last_visit_at is null or f.last_visit_at < now() - make_interval(secs => $3) or f.last_visit_at > now()
           returning visit_at as at`,
          [of.storeId, tenantId, lookIntervalS],
        )
        if (!row) throw visitedJustNow()
        await queue.wake(tx, CHECK_FRESHNESS_STAGE)
        return row.at
      })
      reply.code(202)
      return { next_at: nextAt, message: VISIT_SOON[language] }
    },
  )

  app.get(
    '/api/v1/freshness/',
    {
      schema: {
        operationId: 'readFreshnessSummary',
        summary: 'How many sampled answers of all stores equal the shops',
        tags: ['overview'],
        security: BY_PERSON,
        querystring: Type.Object(ScopeQuery),
        response: { 200: FreshnessSummary },
        problems: [404],
        example: { query: { store_id: 1 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const { sql, tenantId, storeId } = await scopeOf(db, person, request.query)
      return await readSummary(sql, { tenantId, storeId })
    },
  )
}

function visitedJustNow(): Problem {
  return new Problem(409, 'visited_just_now', {
    en: 'The shop was visited a moment ago. Wait some minutes, so that the shop is not asked too often.',
    fa: 'فروشگاه چند لحظه پیش بازدید شد. چند دقیقه صبر کنید تا بیش از حد از آن پرسیده نشود.',
  })
}
