import { type Static, Type } from 'typebox'
import { APPLY_STAGE } from '../ingest/store-events.ts'
import type { Database, SqlValue } from '../platform/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http.ts'
import { PageQuery, readPage } from '../platform/lists.ts'
import type { Queue } from '../platform/queue.ts'
import { idSchema, says } from '../platform/validation.ts'
import { type Actor, recordDeed } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Reader } from '../tenants/authenticate.ts'

const text = (en: string, fa: string) => Type.Optional(Type.String({ maxLength: 100, ...says(en, fa) }))
const id = (en: string, fa: string) => idSchema(says(en, fa))

const EventFilter = {
  user_id: Type.Optional(Type.String({ format: 'uuid', ...says('the id of a user', 'شناسهٔ یک کاربر') })),
  store_id: Type.Optional(id('the id of a store', 'شناسهٔ یک فروشگاه')),
  event_type: text('an event type, such as product.updated', 'نوع رویداد، مانند product.updated'),
  status: text('received, processed, superseded, retrying or dead', 'یکی از وضعیت‌های رویداد'),
  success: Type.Optional(Type.Boolean(says('true or false', 'یکی از true یا false'))),
  woo_product_id: Type.Optional(id('a WooCommerce product id', 'شناسهٔ محصول در ووکامرس')),
}

const EventsQuery = Type.Object({ ...PageQuery, ...EventFilter })

const ReplayBody = Type.Object({
  ...EventFilter,
  dry_run: Type.Optional(Type.Boolean(says('true to be told how many, without replaying', 'true فقط برای شمارش'))),
})

type EventFilter = Omit<Static<typeof ReplayBody>, 'dry_run'>

const IdParams = Type.Object({ id: id('a whole number', 'یک عدد صحیح') })

const SUCCESS = `case when e.status in ('processed', 'superseded') then true when e.status = 'dead' then false end`

const COLUMNS = `e.id, e.event_id, e.event_type, e.source, e.external_product_id as woo_product_id, e.version, e.status,
  e.outcome, ${SUCCESS} as processed_successfully, e.attempts,
  case when e.status in ('received', 'retrying') then e.next_attempt_at end as next_attempt_at, e.error,
  e.processing_time_ms, e.received_at, e.processed_at, e.source_ip, e.user_agent,
  json_build_object('id', s.id, 'name', s.name) as store`

const SOURCE = 'events e join stores s on s.id = e.store_id'

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
}

/** What was received, what came of it, and doing it again. */
export function eventRoutes(app: Http, { db, queue, auth }: Parts): void {
  const base = '/api/v1/integrations/woocommerce/events'
  const tags = ['events']

  app.get(
    `${base}/`,
    { schema: { summary: 'The event log, newest first', tags, querystring: EventsQuery } },
    async (request) => {
      const values: SqlValue[] = []
      const person = await auth.person(request)
      const where = eventConditions(person, request.query, values)
      return await readPage(
        db.forTenant(person.tenantId),
        {
          columns: COLUMNS,
          from: SOURCE,
          where,
          values,
          sort: { sql: 'e.id', type: 'bigint', descending: true },
          id: 'e.id',
        },
        request.query,
        request.url,
      )
    },
  )

  app.get(`${base}/stats/`, { schema: { summary: 'Totals of the event log', tags } }, async (request) => {
    return await readStats(db, await auth.person(request))
  })

  app.get(
    `${base}/:id/`,
    { schema: { summary: 'One event with its payload', tags, params: IdParams } },
    async (request) => {
      const values: SqlValue[] = [request.params.id]
      const person = await auth.person(request)
      const where = tenantCondition(person, values)
      const [event] = await db
        .forTenant(person.tenantId)
        .query(`select ${COLUMNS}, e.payload from ${SOURCE} where e.id = $1::bigint and ${where.join(' and ')}`, values)
      if (!event) throw notFound()
      return event
    },
  )

  app.post(
    `${base}/:id/replay/`,
    { schema: { summary: 'Try a dead letter again, with all its retries', tags, params: IdParams } },
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
        summary: 'Try the dead letters of a filter again; with dry_run it only says how many there are',
        tags,
        body: ReplayBody,
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

/** Gives all retries back to the dead letters of a filter, in one transaction; by nobody, it only counts them. */
async function replayDeadEvents(db: Database, queue: Queue, reader: Reader, filter: EventFilter, by: Actor | null) {
  return await db.forTenant(reader.tenantId).transaction(
    async (tx) => {
      const values: SqlValue[] = []
      const where = [...eventConditions(reader, filter, values), `e.status = 'dead'`].join(' and ')
      const [counted] = await tx.query<{ count: number }>(
        `select count(*)::int as count from events e where ${where}`,
        values,
      )
      const matched = counted?.count ?? 0
      if (by === null || matched === 0) return { dry_run: by === null, matched, replayed: 0 }
      const replayed = await tx.query(
        `update events e set status = 'received', attempts = 0, next_attempt_at = now(), processed_at = null
        where ${where} returning 1`,
        values,
      )
      await queue.wake(tx, APPLY_STAGE)
      await recordDeed(tx, by, { action: 'events.replayed', detail: { ...filter, replayed: replayed.length } })
      return { dry_run: false, matched, replayed: replayed.length }
    },
    { isLong: true },
  )
}

/** What a list or a replay is about: the tenant first, then the caller's filter. */
function eventConditions(reader: Reader, filter: EventFilter, values: SqlValue[]): string[] {
  const where = tenantCondition(reader, values)
  const add = (condition: (placeholder: string) => string, value: SqlValue | undefined) => {
    if (value === undefined) return
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  add((v) => `e.tenant_id = (select id from tenants where owner_id = ${v}::uuid)`, filter.user_id)
  add((v) => `e.store_id = ${v}::bigint`, filter.store_id)
  add((v) => `e.external_product_id = ${v}::bigint`, filter.woo_product_id)
  add((v) => `e.event_type = ${v}::text`, filter.event_type)
  add((v) => `e.status = ${v}::text`, filter.status)
  add((v) => `(${SUCCESS}) = ${v}::boolean`, filter.success)
  return where
}

function tenantCondition(reader: Reader, values: SqlValue[]): string[] {
  if (reader.tenantId === null) return ['true']
  values.push(reader.tenantId)
  return [`e.tenant_id = $${values.length}::bigint`]
}

async function readStats(db: Database, reader: Reader) {
  const values: SqlValue[] = []
  const where = tenantCondition(reader, values).join(' and ')
  const rows = await db.forTenant(reader.tenantId).query<{
    status: string
    event_type: string
    count: number
    time: number | null
    timed: number
    retries: number
  }>(
    `select e.status, e.event_type, count(*)::int as count, sum(e.processing_time_ms)::float8 as time,
            count(e.processing_time_ms)::int as timed,
            sum(greatest(e.attempts - 1, 0))::int as retries
       from events e where ${where} group by e.status, e.event_type`,
    values,
  )
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0)
  const by = (key: 'status' | 'event_type') =>
    rows.reduce<Record<string, number>>((totals, row) => {
      totals[row[key]] = (totals[row[key]] ?? 0) + row.count
      return totals
    }, {})
  const timed = sum((row) => row.timed)
  const byStatus = by('status')
  return {
    total: sum((row) => row.count),
    by_status: byStatus,
    by_event_type: by('event_type'),
    average_processing_time_ms: timed === 0 ? null : Math.round((sum((row) => row.time ?? 0) / timed) * 100) / 100,
    retries: sum((row) => row.retries),
    dead: byStatus.dead ?? 0,
  }
}

async function replayEvent(db: Database, queue: Queue, reader: Reader, eventId: number, by: Actor) {
  return await db.forTenant(reader.tenantId).transaction(async (tx) => {
    const values: SqlValue[] = [eventId]
    const where = tenantCondition(reader, values).join(' and ')
    const [event] = await tx.query<{ id: number; event_id: string; status: string; received_at: string }>(
      `select e.id, e.event_id, e.status, e.received_at::text as received_at from events e where e.id = $1::bigint and ${where} for update`,
      values,
    )
    if (!event) throw notFound()
    if (event.status !== 'dead') {
      throw new Problem(409, 'not_a_dead_letter', {
        en: `Only a dead letter can be replayed; this event is ${event.status}.`,
        fa: `فقط رویداد مرده را می‌توان دوباره اجرا کرد؛ وضعیت این رویداد ${event.status} است.`,
      })
    }
    await tx.query(
      `update events set status = 'received', attempts = 0, next_attempt_at = now(), processed_at = null
        where id = $1 and received_at = $2::timestamptz`,
      [event.id, event.received_at],
    )
    await queue.wake(tx, APPLY_STAGE)
    await recordDeed(tx, by, { action: 'event.replayed', target: { kind: 'event', id: event.id } })
    return { id: event.id, event_id: event.event_id, status: 'received' }
  })
}
