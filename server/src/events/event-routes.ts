import { type Static, Type } from 'typebox'
import { replayDead } from '../catalog/event-attempts.ts'
import { APPLY_STAGE } from '../ingest/store-events.ts'
import { type Bind, binder } from '../platform/db/binder.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import { bodyComponent, component, oneOf } from '../platform/http/contract.ts'
import type { CsvValue } from '../platform/http/csv.ts'
import type { Http } from '../platform/http/http.ts'
import { type List, PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import { type Actor, writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Reader } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { CSV_LANGUAGE, type CsvExports, csvAnswer, type Headings } from '../tenants/csv-exports.ts'
import { EventDetail, readEventDetail } from './event-detail.ts'
import { EventStats, readStats } from './event-stats.ts'
import { EVENT_COLUMNS, EventList, type EventView, withReasonIn } from './event-view.ts'
import { EventFilter, eventConditions, eventsToList, tenantCondition } from './find-events.ts'

const EventsQuery = Type.Object({
  ...PageQuery,
  ...EventFilter,
  search: Type.Optional(
    Type.String({
      maxLength: 200,
      ...localized('an event id, a product id or words of a product', 'شناسهٔ رویداد یا محصول، یا واژه‌هایی از محصول'),
    }),
  ),
})

const ExportQuery = Type.Object({ ...EventFilter, search: EventsQuery.properties.search, ...CSV_LANGUAGE })

const HEADINGS: Headings = [
  ['Received', 'زمان دریافت'],
  ['Type', 'نوع'],
  ['Store', 'فروشگاه'],
  ['Product in the shop', 'محصول در فروشگاه'],
  ['Product', 'محصول'],
  ['Status', 'وضعیت'],
  ['Outcome', 'نتیجه'],
  ['Reason', 'علت'],
  ['Attempts', 'تلاش‌ها'],
  ['Processed', 'زمان پردازش'],
  ['Time (ms)', 'مدت (میلی‌ثانیه)'],
  ['Source', 'منبع'],
  ['Event id', 'شناسهٔ رویداد'],
  ['Version', 'نسخه'],
  ['Id', 'شناسه'],
]

function cellsOf(event: EventView): CsvValue[] {
  return [
    event.received_at,
    event.event_type,
    event.store.name,
    event.woo_product_id,
    event.product_name,
    event.status,
    event.outcome,
    event.error,
    event.attempts,
    event.processed_at,
    event.processing_time_ms,
    event.source,
    event.event_id,
    event.version,
    event.id,
  ]
}

/** The events of a filter, newest first. */
async function eventList(db: Database, person: Reader, filter: EventFilter & { search?: string }): Promise<List> {
  const values: SqlValue[] = []
  const bind = binder(values)
  const where = eventConditions(person, filter, bind)
  const events = await eventsToList(db, person, filter, bind)
  return {
    columns: EVENT_COLUMNS,
    from: `${events} e`,
    where,
    values,
    sort: { sql: 'e.id', type: 'bigint', descending: true },
    id: 'e.id',
  }
}

const ReplayBody = bodyComponent(
  'EventReplay',
  Type.Object({
    ...EventFilter,
    dry_run: Type.Optional(
      Type.Boolean(localized('true to only count them, without replaying', 'true فقط برای شمارش')),
    ),
  }),
)

const ReplayedEvent = component(
  'ReplayedEvent',
  Type.Object({ id: Type.Integer(), event_id: Type.String(), status: oneOf(['received']) }),
)

export type ReplayedEvent = Static<typeof ReplayedEvent>

const Replayed = component(
  'ReplayedEvents',
  Type.Object({ dry_run: Type.Boolean(), matched: Type.Integer(), replayed: Type.Integer() }),
)
export type Replayed = Static<typeof Replayed>

const IdParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  csv: CsvExports
}

/** The event log, event details, and replays. */
export function eventRoutes(app: Http, { db, queue, auth, csv }: Parts): void {
  const base = '/api/v1/integrations/woocommerce/events'
  const shared = { tags: ['events'], security: BY_PERSON }

  app.get(
    `${base}/`,
    {
      schema: {
        ...shared,
        operationId: 'listEvents',
        summary: 'The event log, newest first',
        querystring: EventsQuery,
        response: { 200: EventList },
        example: { query: { status: 'dead', limit: 20 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const list = await eventList(db, person, request.query)
      const page = await readPage<EventView>(db.inScope(person.scope), list, request.query, request.url)
      const language = negotiateLanguage(request.headers['accept-language'])
      return { ...page, results: page.results.map((event) => withReasonIn(language, 'error', event)) }
    },
  )

  app.get(
    `${base}/export/`,
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportEvents',
        summary: 'The event log as a CSV file for spreadsheets, newest first',
        querystring: ExportQuery,
        response: { 200: csvAnswer('event') },
        example: { query: { status: 'dead', language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      return await csv.send(request, reply, person, {
        name: 'events',
        headings: HEADINGS,
        pages: csv.pagesOf<EventView>(person, await eventList(db, person, request.query)),
        cells: (rows, language) => rows.map((event) => cellsOf(withReasonIn(language, 'error', event))),
      })
    },
  )

  app.get(
    `${base}/stats/`,
    {
      schema: {
        ...shared,
        operationId: 'readEventStats',
        summary: 'Totals of the event log',
        response: { 200: EventStats },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      return await readStats(db.inScope(scope), tenantId)
    },
  )

  app.get(
    `${base}/:id/`,
    {
      schema: {
        ...shared,
        operationId: 'readEvent',
        summary: 'One event: payload, changes and history',
        params: IdParams,
        response: { 200: EventDetail },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const language = negotiateLanguage(request.headers['accept-language'])
      const event = await readEventDetail(db.inScope(person.scope), person, request.params.id, language)
      if (!event) throw notFound()
      return event
    },
  )

  app.post(
    `${base}/:id/replay/`,
    {
      schema: {
        ...shared,
        operationId: 'replayEvent',
        summary: 'Replay a dead letter with all its retries',
        params: IdParams,
        response: { 202: ReplayedEvent },
        problems: [404, 409],
        example: { params: { id: 1 } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const event = await replayEvent(db, queue, person, request.params.id, actorOf(request, person))
      reply.code(202)
      return event
    },
  )

  app.post(
    `${base}/replay/`,
    {
      schema: {
        ...shared,
        operationId: 'replayEvents',
        summary: 'Replay the dead letters of a filter; dry_run only counts them',
        body: ReplayBody,
        response: { 200: Replayed, 202: Replayed },
        example: { body: { store_id: 1, event_type: 'product.updated', dry_run: true } },
      },
    },
    async (request, reply) => {
      const { dry_run: dryRun = false, ...filter } = request.body
      const person = await auth.person(request)
      const result = await replayDeadEvents(db, queue, person, filter, dryRun ? null : actorOf(request, person))
      reply.code(dryRun ? 200 : 202)
      return result
    },
  )
}

/** Resets the attempts of all dead letters of a filter, in one transaction; with `by` null it only counts them. */
async function replayDeadEvents(db: Database, queue: Queue, reader: Reader, filter: EventFilter, by: Actor | null) {
  return await db.inScope(reader.scope).transaction(
    async (tx) => {
      const values: SqlValue[] = []
      const condition = (bind: Bind) => eventConditions(reader, filter, bind).join(' and ')
      const [counted] = await tx.query<{ count: number }>(
        `select count(*)::int as count from events e where ${condition(binder(values))} and e.status = 'dead'`,
        values,
      )
      const matched = counted?.count ?? 0
      if (by === null || matched === 0) return { dry_run: by === null, matched, replayed: 0 }
      const replayed = await replayDead(tx, condition, by.kind)
      await queue.wake(tx, APPLY_STAGE)
      await writeAuditEntry(tx, by, { action: 'events.replayed', detail: { ...filter, replayed } })
      return { dry_run: false, matched, replayed }
    },
    { isLong: true },
  )
}

async function replayEvent(db: Database, queue: Queue, reader: Reader, eventId: number, by: Actor) {
  return await db.inScope(reader.scope).transaction(async (tx) => {
    const values: SqlValue[] = []
    const bind = binder(values)
    const where = [`e.id = ${bind(eventId)}::bigint`, ...tenantCondition(reader.scope, bind)].join(' and ')
    const [event] = await tx.query<{ id: number; event_id: string; status: string; received_at: string }>(
      `select e.id, e.event_id, e.status, e.received_at::text as received_at from events e where ${where} for update`,
      values,
    )
    if (!event) throw notFound()
    if (event.status !== 'dead') {
      throw new Problem(409, 'not_a_dead_letter', {
        en: `Only a dead letter can be replayed; this event is ${event.status}.`,
        fa: `فقط رویداد مرده را می‌توان دوباره اجرا کرد؛ وضعیت این رویداد ${event.status} است.`,
      })
    }
    const isThis = (bind: Bind) =>
      `e.id = ${bind(event.id)} and e.received_at = ${bind(event.received_at)}::timestamptz`
    await replayDead(tx, isThis, by.kind)
    await queue.wake(tx, APPLY_STAGE)
    await writeAuditEntry(tx, by, { action: 'event.replayed', target: { kind: 'event', id: event.id } })
    return { id: event.id, event_id: event.event_id, status: 'received' as const }
  })
}
