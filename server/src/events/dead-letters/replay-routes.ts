import { Type } from 'typebox'
import { reasonIn } from '../../catalog/failure-sentences.ts'
import type { Database, SqlValue } from '../../platform/db/database.ts'
import { notFound } from '../../platform/errors.ts'
import { oneOf } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { PageQuery, readPage } from '../../platform/http/lists.ts'
import { localized } from '../../platform/http/validation.ts'
import { negotiateLanguage } from '../../platform/i18n.ts'
import type { Queue } from '../../platform/runtime/queue.ts'
import { type Authenticator, actorOf } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { ScopeQuery } from '../../tenants/scope.ts'
import { type Change, changeDeadLetters } from './change-dead-letters.ts'
import {
  ChangedDeadLetters,
  DeadLetterSelection,
  OUTCOMES,
  type ReplayItem,
  ReplayItemList,
  Replays,
} from './dead-letter-schemas.ts'
import { hasReplay, readReplays, replayItemList } from './read-replays.ts'

const ReplaysQuery = Type.Object({ user_id: ScopeQuery.user_id })
const ReplayParams = Type.Object({
  id: Type.String({ format: 'uuid', ...localized('the id of a replay', 'شناسهٔ یک اجرای دوباره') }),
})
const ReplayItemsQuery = Type.Object({
  ...PageQuery,
  outcome: Type.Optional(oneOf(OUTCOMES, localized(`one of ${OUTCOMES.join(', ')}`, `یکی از ${OUTCOMES.join('، ')}`))),
})

const CHANGES: { change: Change; operationId: string; summary: string }[] = [
  {
    change: 'replay',
    operationId: 'replayDeadLetters',
    summary: 'Replay named dead letters, or all of a filter; dry_run only counts them',
  },
  {
    change: 'dismiss',
    operationId: 'dismissDeadLetters',
    summary: 'Dismiss dead letters: the open list and its counts leave them out',
  },
  {
    change: 'restore',
    operationId: 'restoreDeadLetters',
    summary: 'Undo the dismissal of dead letters',
  },
]

/** Changes of many dead letters at once, and the outcomes of replays. */
export function replayRoutes(
  app: Http,
  { db, queue, auth }: { db: Database; queue: Queue; auth: Authenticator },
): void {
  const shared = { tags: ['events'], security: BY_PERSON }

  for (const { change, operationId, summary } of CHANGES) {
    app.post(
      `/api/v1/dead-letters/${change}/`,
      {
        schema: {
          ...shared,
          operationId,
          summary,
          body: DeadLetterSelection,
          response: { 200: ChangedDeadLetters, ...(change === 'replay' && { 202: ChangedDeadLetters }) },
          example: { body: { store_id: 1, since: '2026-01-31T00:00:00Z', dry_run: true } },
        },
      },
      async (request, reply) => {
        const person = await auth.person(request)
        const isDry = request.body.dry_run ?? false
        const by = isDry ? null : actorOf(request, person)
        const changed = await changeDeadLetters({ db, queue }, person, change, request.body, by)
        reply.code(change === 'replay' && !isDry ? 202 : 200)
        return changed
      },
    )
  }

  app.get(
    '/api/v1/dead-letters/replays/',
    {
      schema: {
        ...shared,
        operationId: 'listReplays',
        summary: 'The newest replays and their outcomes',
        querystring: ReplaysQuery,
        response: { 200: Replays },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const language = negotiateLanguage(request.headers['accept-language'])
      const { user_id: userId } = request.query
      return { results: await readReplays(db.inScope(person.scope), person, { userId, language }) }
    },
  )

  app.get(
    '/api/v1/dead-letters/replays/:id/',
    {
      schema: {
        ...shared,
        operationId: 'readReplay',
        summary: 'The dead letters of one replay, with the outcome of each',
        params: ReplayParams,
        querystring: ReplayItemsQuery,
        response: { 200: ReplayItemList },
        problems: [404],
        example: { params: { id: '0b6f3a52-7c1d-4e57-9a40-2f8f6f1f3c12' }, query: { outcome: 'failed' } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const sql = db.inScope(person.scope)
      const { id } = request.params
      if (!(await hasReplay(sql, person, id))) throw notFound()
      const values: SqlValue[] = []
      const list = replayItemList(person, { id, outcome: request.query.outcome }, values)
      const page = await readPage<ReplayItem>(sql, list, request.query, request.url)
      const language = negotiateLanguage(request.headers['accept-language'])
      const told = page.results.map((item) => ({
        ...item,
        reason: item.reason === null ? null : reasonIn(language, item.reason),
      }))
      return { ...page, results: told }
    },
  )
}
