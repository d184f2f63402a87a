import type { Database, SqlValue } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { CsvValue } from '../platform/http/csv.ts'
import type { Http } from '../platform/http/http.ts'
import { type List, type PageQuery, readPage } from '../platform/http/lists.ts'
import { type Language, negotiateLanguage } from '../platform/i18n.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Person } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { type CsvExports, csvAnswer, type Headings } from '../tenants/csv-exports.ts'
import { ALERT_KINDS } from './alert-kinds.ts'
import { Alert, AlertList, AlertParams, AlertsExportQuery, AlertsQuery } from './alert-schemas.ts'
import { sentencesOf } from './alert-sentences.ts'
import { ALERT_COLUMNS, type AlertRow } from './follow-alerts.ts'

interface Row extends AlertRow {
  acknowledgedAt: Date | null
  acknowledgedBy: Alert['acknowledged_by']
  store: Alert['store']
  user: Alert['user']
}

const COLUMNS = `${ALERT_COLUMNS}, a.acknowledged_at as "acknowledgedAt", a.acknowledged_by as "acknowledgedBy",
  case when s.id is not null then json_build_object('id', s.id, 'name', s.name) end as store,
  case when u.id is not null then json_build_object('id', u.id, 'email', u.email) end as "user"`
const SOURCE = `alerts a left join stores s on s.id = a.store_id left join tenants n on n.id = a.tenant_id
  left join users u on u.id = n.owner_id`

/** The alerts: an owner sees those of their tenant, an admin all, with those of the installation. */
export function alertRoutes(app: Http, db: Database, auth: Authenticator, csv: CsvExports): void {
  const shared = { tags: ['alerts'], security: BY_PERSON }
  app.get(
    '/api/v1/alerts/',
    {
      schema: {
        ...shared,
        operationId: 'listAlerts',
        summary: 'Open and past alerts, newest first',
        querystring: AlertsQuery,
        response: { 200: AlertList },
        example: { query: { state: 'open', limit: 20 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const page = await readPage<Row>(
        db.inScope(person.scope),
        alertList(person, request.query),
        request.query,
        request.url,
      )
      const language = negotiateLanguage(request.headers['accept-language'])
      return { ...page, results: page.results.map((row) => viewAlert(row, language)) }
    },
  )

  app.get(
    '/api/v1/alerts/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportAlerts',
        summary: 'Alerts as a CSV file for spreadsheets, newest first',
        querystring: AlertsExportQuery,
        response: { 200: csvAnswer('alert') },
        example: { query: { state: 'open', language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      return await csv.send(request, reply, person, {
        name: 'alerts',
        headings: HEADINGS,
        pages: csv.pagesOf<Row>(person, alertList(person, request.query)),
        cells: (rows, language) => rows.map((row) => cellsOf(viewAlert(row, language))),
      })
    },
  )

  app.get(
    '/api/v1/alerts/:id/',
    {
      schema: {
        ...shared,
        operationId: 'readAlert',
        summary: 'One alert',
        params: AlertParams,
        response: { 200: Alert },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const [row] = await db
        .inScope(scope)
        .query<Row>(`select ${COLUMNS} from ${SOURCE} where ($1::bigint is null or a.tenant_id = $1) and a.id = $2`, [
          tenantId,
          request.params.id,
        ])
      if (!row) throw notFound()
      return viewAlert(row, negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.post(
    '/api/v1/alerts/:id/acknowledge/',
    {
      schema: {
        ...shared,
        operationId: 'acknowledgeAlert',
        summary: 'Acknowledge an alert: no digest mentions it any more',
        params: AlertParams,
        response: { 200: Alert },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const by = actorOf(request, person)
      const { id } = request.params
      return await db.inScope(person.scope).transaction(async (tx) => {
        const changed = await tx.query(
          `update alerts set acknowledged_at = now(), acknowledged_by = $3
            where ($1::bigint is null or tenant_id = $1) and id = $2 and acknowledged_at is null returning 1`,
          [person.tenantId, id, by.kind],
        )
        if (changed.length > 0)
          await writeAuditEntry(tx, by, { action: 'alert.acknowledged', target: { kind: 'alert', id } })
        const [row] = await tx.query<Row>(
          `select ${COLUMNS} from ${SOURCE} where ($1::bigint is null or a.tenant_id = $1) and a.id = $2`,
          [person.tenantId, id],
        )
        if (!row) throw notFound()
        return viewAlert(row, negotiateLanguage(request.headers['accept-language']))
      })
    },
  )
}

const HEADINGS: Headings = [
  ['Alert', 'هشدار'],
  ['Kind', 'نوع'],
  ['State', 'وضعیت'],
  ['What happened', 'شرح'],
  ['What to do', 'چه باید کرد'],
  ['Number', 'تعداد'],
  ['Store', 'فروشگاه'],
  ['User', 'کاربر'],
  ['First seen', 'نخستین بار'],
  ['Last seen', 'آخرین بار'],
  ['Closed', 'زمان پایان'],
  ['Acknowledged', 'زمان دیدن'],
  ['Id', 'شناسه'],
]

function cellsOf(alert: Alert): CsvValue[] {
  return [
    alert.title,
    alert.kind_name,
    alert.state,
    alert.message,
    alert.advice,
    alert.count,
    alert.store?.name ?? null,
    alert.user?.email ?? null,
    alert.first_seen_at,
    alert.last_seen_at,
    alert.closed_at,
    alert.acknowledged_at,
    alert.id,
  ]
}

function alertList({ tenantId, ownTenantId, role }: Person, query: Omit<AlertsQuery, keyof typeof PageQuery>): List {
  const values: SqlValue[] = [
    tenantId,
    query.user_id ?? null,
    query.state ?? null,
    query.kind ?? null,
    query.is_acknowledged ?? null,
    query.own ?? false,
    ownTenantId,
    role === 'admin',
  ]
  return {
    columns: COLUMNS,
    from: SOURCE,
    where: [
      '($1::bigint is null or a.tenant_id = $1)',
      '($2::uuid is null or n.owner_id = $2::uuid)',
      `($3::text is null or (a.closed_at is null) = ($3::text = 'open'))`,
      '($4::text is null or a.kind = $4)',
      '($5::boolean is null or (a.acknowledged_at is not null) = $5)',
      '(not $6::boolean or a.tenant_id = $7::bigint or (a.tenant_id is null and $8::boolean))',
    ],
    values,
    sort: { sql: 'a.id', type: 'bigint', descending: true },
    id: 'a.id',
  }
}

function viewAlert(row: Row, language: Language): Alert {
  const { id, kind, tenantId, storeId, level, count, facts, store, user, closedAt } = row
  const told = { kind, level, count, facts, storeId, isOfInstallation: tenantId === null }
  const { title, message, advice, over, path } = sentencesOf(told)
  return {
    id,
    kind,
    kind_name: ALERT_KINDS[kind].name[language],
    scope: tenantId === null ? 'installation' : 'tenant',
    state: closedAt === null ? 'open' : 'closed',
    level,
    count,
    store,
    user,
    title: title[language],
    message: closedAt === null ? message[language] : over[language],
    advice: closedAt === null ? advice[language] : null,
    path,
    first_seen_at: row.firstSeenAt,
    last_seen_at: row.lastSeenAt,
    closed_at: closedAt,
    acknowledged_at: row.acknowledgedAt,
    acknowledged_by: row.acknowledgedBy,
  }
}
