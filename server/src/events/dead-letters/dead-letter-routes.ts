import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { EMBED_STAGE } from '../../knowledge/chunks/chunk-products.ts'
import { replayRefused } from '../../knowledge/chunks/replay-texts.ts'
import { binder } from '../../platform/db/binder.ts'
import type { Database, SqlValue } from '../../platform/db/database.ts'
import { notFound } from '../../platform/errors.ts'
import { component, download, oneOf } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { PageQuery, readPage } from '../../platform/http/lists.ts'
import { createLongAnswers } from '../../platform/http/long-answers.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { negotiateLanguage } from '../../platform/i18n.ts'
import type { Log } from '../../platform/log.ts'
import type { Queue } from '../../platform/runtime/queue.ts'
import { writeAuditEntry } from '../../tenants/audit.ts'
import { type Authenticator, actorOf } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { DEAD_LETTER_FILTER, type DeadLetter, DeadLetterGroups, DeadLetterList } from './dead-letter-schemas.ts'
import { exportDeadLetters } from './export-dead-letters.ts'
import { deadLetterIn, deadLetterList } from './find-dead-letters.ts'
import { groupDeadLetters } from './group-dead-letters.ts'
import { replayRoutes } from './replay-routes.ts'

const ReplayedText = component('ReplayedText', Type.Object({ id: Type.Integer(), status: oneOf(['pending']) }))

const DeadLettersQuery = Type.Object({ ...PageQuery, ...DEAD_LETTER_FILTER })
const GroupsQuery = Type.Object(DEAD_LETTER_FILTER)
const ExportQuery = Type.Object({
  ...DEAD_LETTER_FILTER,
  // A browser that opens the address sends its own Accept-Language.
  language: Type.Optional(oneOf(['en', 'fa'], localized('one of en, fa', 'یکی از en، fa'))),
})
const ChunkParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  log: Log
}

/** Dead letters with their reasons: events that failed on every retry, and texts that the provider refused. */
export function deadLetterRoutes(app: Http, { db, queue, auth, log }: Parts): void {
  const shared = { tags: ['events'], security: BY_PERSON }
  const sendLong = createLongAnswers(app, log)

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
        response: { 200: download('text/csv', 'One dead letter a line, after a line of headings.') },
        example: { query: { store_id: 1, language: 'en' } },
      },
    },
    async (request, reply) => {
      const reader = await auth.person(request)
      const { language = negotiateLanguage(request.headers['accept-language']), ...filter } = request.query
      const lines = exportDeadLetters(db.inBackground().inScope(reader.scope), reader, filter, language)
      reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="dead-letters.csv"')
      return sendLong(reply, Readable.from(await startedLines(lines), { objectMode: false }), 'dead_letters_export')
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

/** The same lines, the first of which are read: a refusal of the filter is then an answer, and not a broken file. */
async function startedLines(lines: AsyncGenerator<string>): Promise<AsyncGenerator<string>> {
  const heading = await lines.next()
  const rows = await lines.next()
  return (async function* () {
    for (const part of [heading, rows]) if (!part.done) yield part.value
    yield* lines
  })()
}
