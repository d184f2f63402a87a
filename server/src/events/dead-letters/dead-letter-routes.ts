import { Type } from 'typebox'
import { EMBED_STAGE } from '../../knowledge/chunks/chunk-products.ts'
import { replayRefused } from '../../knowledge/chunks/replay-texts.ts'
import { binder } from '../../platform/db/binder.ts'
import type { Database, SqlValue } from '../../platform/db/database.ts'
import { notFound } from '../../platform/errors.ts'
import { component, oneOf } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { PageQuery, readPage } from '../../platform/http/lists.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { negotiateLanguage } from '../../platform/i18n.ts'
import type { Queue } from '../../platform/runtime/queue.ts'
import { writeAuditEntry } from '../../tenants/audit.ts'
import { type Authenticator, actorOf } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { CSV_LANGUAGE, type CsvExports, csvAnswer } from '../../tenants/csv-exports.ts'
import { DEAD_LETTER_FILTER, type DeadLetter, DeadLetterGroups, DeadLetterList } from './dead-letter-schemas.ts'
import { cellsOf, HEADINGS } from './export-dead-letters.ts'
import { deadLetterIn, deadLetterList } from './find-dead-letters.ts'
import { groupDeadLetters } from './group-dead-letters.ts'
import { replayRoutes } from './replay-routes.ts'

const ReplayedText = component('ReplayedText', Type.Object({ id: Type.Integer(), status: oneOf(['pending']) }))

const DeadLettersQuery = Type.Object({ ...PageQuery, ...DEAD_LETTER_FILTER })
const GroupsQuery = Type.Object(DEAD_LETTER_FILTER)
const ExportQuery = Type.Object({ ...DEAD_LETTER_FILTER, ...CSV_LANGUAGE })
const ChunkParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  csv: CsvExports
}

/** Dead letters with their reasons: events that failed on every retry, and texts that the provider refused. */
export function deadLetterRoutes(app: Http, { db, queue, auth, csv }: Parts): void {
  const shared = { tags: ['events'], security: BY_PERSON }

  app.get(
    '/api/v1/dead-letters/',
    {
      schema: {
        ...shared,
        operationId: 'listDeadLetters',
        summary: 'Dead letters of both kinds, newest first',
        querystring: DeadLettersQuery,
        response: { 200: DeadLetterList },
        example: { query: { store_id: 1, since: '2026-01-31T00:00:00Z', limit: 20 } },
      },
    },
    async (request) => {
      const reader = await auth.person(request)
      const values: SqlValue[] = []
      const list = deadLetterList(reader, request.query, values, binder(values))
      const page = await readPage<DeadLetter>(db.inScope(reader.scope), list, request.query, request.url)
      const language = negotiateLanguage(request.headers['accept-language'])
      return { ...page, results: page.results.map((letter) => deadLetterIn(language, letter)) }
    },
  )

  app.get(
    '/api/v1/dead-letters/groups/',
    {
      schema: {
        ...shared,
        operationId: 'groupDeadLetters',
        summary: 'Dead letters grouped by cause, the last failure first',
        querystring: GroupsQuery,
        response: { 200: DeadLetterGroups },
        example: { query: { store_id: 1, kind: 'event' } },
      },
    },
    async (request) => {
      const reader = await auth.person(request)
      const language = negotiateLanguage(request.headers['accept-language'])
      return await groupDeadLetters(db.inScope(reader.scope), reader, request.query, language)
    },
  )

  app.get(
    '/api/v1/dead-letters/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportDeadLetters',
        summary: 'The dead letters of a filter as a CSV file for spreadsheets',
        querystring: ExportQuery,
        response: { 200: csvAnswer('dead letter') },
        example: { query: { store_id: 1, language: 'en' } },
      },
    },
    async (request, reply) => {
      const reader = await auth.person(request)
      const values: SqlValue[] = []
      return await csv.send(request, reply, reader, {
        name: 'dead_letters',
        headings: HEADINGS,
        pages: csv.pagesOf<DeadLetter>(reader, deadLetterList(reader, request.query, values, binder(values))),
        cells: (rows, language) => rows.map((row) => cellsOf(deadLetterIn(language, row))),
      })
    },
  )

  app.post(
    '/api/v1/dead-letters/embedding/:id/replay/',
    {
      schema: {
        ...shared,
        operationId: 'replayText',
        summary: 'Replay a refused text',
        params: ChunkParams,
        response: { 202: ReplayedText },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request, reply) => {
      const reader = await auth.person(request)
      const by = actorOf(request, reader)
      const { id } = request.params
      await db.inScope(reader.scope).transaction(async (tx) => {
        const replayed = await replayRefused(
          tx,
          (bind) => {
            const tenant = bind(reader.tenantId)
            return `c.id = ${bind(id)} and (${tenant}::bigint is null or c.tenant_id = ${tenant})`
          },
          by.kind,
        )
        if (replayed === 0) throw notFound()
        await queue.wake(tx, EMBED_STAGE)
        await writeAuditEntry(tx, by, { action: 'text.replayed', target: { kind: 'text', id } })
      })
      reply.code(202)
      return { id, status: 'pending' as const }
    },
  )

  replayRoutes(app, { db, queue, auth })
}
