import { type Static, Type } from 'typebox'
import type { Database } from '../platform/db/database.ts'
import { bodyComponent, nothing, oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { PageQuery, readPage } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { CSV_LANGUAGE, type CsvExports, csvAnswer } from '../tenants/csv-exports.ts'
import { readTime } from '../tenants/read-time.ts'
import { ScopeQuery, scopeOf } from '../tenants/scope.ts'
import { tenantFor } from '../tenants/users.ts'
import { cellsOf, HEADINGS } from './export-questions.ts'
import { questionList, type WantedQuestions } from './find-questions.ts'
import { CHANNELS, type QuestionLog } from './question-log.ts'
import { type Question, QuestionList, QuestionsSummary } from './question-schemas.ts'
import {
  changeQuestionSettings,
  deleteQuestions,
  MAX_RETENTION_DAYS,
  QuestionSettings,
  readQuestionSettings,
} from './question-settings.ts'
import { summariseQuestions } from './summarise-questions.ts'

/** A year and a day. */
const MAX_HOURS = 366 * 24
const MAX_GROUPS = 100
const DEFAULT_GROUPS = 20

const moment = (en: string, fa: string) => Type.Optional(Type.String({ format: 'date-time', ...localized(en, fa) }))

const FILTERS = {
  ...ScopeQuery,
  since: moment('the first time, such as 2027-01-31T00:00:00Z', 'نخستین زمان، مانند 2027-01-31T00:00:00Z'),
  until: moment('the time before which it ends', 'زمانی که پیش از آن پایان می‌یابد'),
  answered: Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false'))),
  channel: Type.Optional(oneOf(CHANNELS, localized(`one of ${CHANNELS.join(', ')}`, `یکی از ${CHANNELS.join('، ')}`))),
  client: Type.Optional(Type.String({ maxLength: 60, ...localized('the name of a client', 'نام یک برنامه') })),
  token_id: Type.Optional(idSchema(localized('the id of a token', 'شناسهٔ یک توکن'))),
  text: Type.Optional(
    Type.String({ maxLength: 200, ...localized('words that the question contains', 'واژه‌هایی که در پرسش آمده‌اند') }),
  ),
}
const ListQuery = Type.Object({ ...FILTERS, ...PageQuery })
const ExportQuery = Type.Object({ ...FILTERS, ...CSV_LANGUAGE })

const SummaryQuery = Type.Object({
  ...ScopeQuery,
  hours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_HOURS,
      ...localized(`hours before now, from 1 to ${MAX_HOURS}; default 168`, `ساعت‌های گذشته، از ۱ تا ${MAX_HOURS}`),
    }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_GROUPS,
      ...localized(
        `most questions of each kind, from 1 to ${MAX_GROUPS}; default ${DEFAULT_GROUPS}`,
        `بیشترین تعداد پرسش از هر نوع، از ۱ تا ${MAX_GROUPS}`,
      ),
    }),
  ),
})

const ofUser = { user_id: ScopeQuery.user_id }
const TenantQuery = Type.Object(ofUser)
const SettingsBody = bodyComponent(
  'QuestionSettingsChange',
  Type.Object(
    {
      ...ofUser,
      is_on: Type.Optional(Type.Boolean(localized('false: store no questions', 'مقدار false: پرسشی ذخیره نشود'))),
      retention_days: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_RETENTION_DAYS,
          ...localized(
            `days for which questions are kept, from 1 to ${MAX_RETENTION_DAYS}`,
            `روزهای نگهداری پرسش‌ها، از ۱ تا ${MAX_RETENTION_DAYS}`,
          ),
        }),
      ),
    },
    { additionalProperties: false },
  ),
)

interface Parts {
  db: Database
  auth: Authenticator
  questions: QuestionLog
  csv: CsvExports
}

/** What agents ask a tenant's knowledge base: the log, its summary, its settings and its deletion. */
export function questionRoutes(app: Http, { db, auth, questions, csv }: Parts): void {
  const shared = { tags: ['questions'], security: BY_PERSON }

  app.get(
    '/api/v1/questions/',
    {
      schema: {
        ...shared,
        operationId: 'listQuestions',
        summary: 'Questions that agents asked, newest first',
        querystring: ListQuery,
        response: { 200: QuestionList },
        problems: [404],
        example: { query: { answered: false, limit: 20 } },
      },
    },
    async (request) => {
      const scope = await scopeOf(db, await auth.person(request), request.query)
      const list = questionList(wantedOf(scope.tenantId, request.query))
      return await readPage<Question>(scope.sql, list, request.query, request.url)
    },
  )

  app.get(
    '/api/v1/questions/summary/',
    {
      schema: {
        ...shared,
        operationId: 'summariseQuestions',
        summary: 'Top questions, unanswered questions, agents, and activity over time',
        querystring: SummaryQuery,
        response: { 200: QuestionsSummary },
        problems: [404],
        example: { query: { hours: 168 } },
      },
    },
    async (request) => {
      const { tenantId, storeId, sql } = await scopeOf(db, await auth.person(request), request.query)
      const { hours = 168, limit = DEFAULT_GROUPS } = request.query
      return await sql.transaction((tx) =>
        summariseQuestions(tx, { tenantId, storeId: storeId ?? undefined }, { hours, limit }),
      )
    },
  )

  app.get(
    '/api/v1/questions/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportQuestions',
        summary: 'The questions of a filter as a CSV file for spreadsheets, newest first',
        querystring: ExportQuery,
        response: { 200: csvAnswer('question') },
        problems: [404],
        example: { query: { answered: false } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { tenantId } = await scopeOf(db, person, request.query)
      return await csv.send(request, reply, person, {
        name: 'questions',
        headings: HEADINGS,
        pages: csv.pagesOf<Question>(person, questionList(wantedOf(tenantId, request.query))),
        cells: (rows) => rows.map(cellsOf),
      })
    },
  )

  app.delete(
    '/api/v1/questions/',
    {
      schema: {
        ...shared,
        operationId: 'deleteQuestions',
        summary: 'Delete all questions of a tenant, with their feedback; irreversible',
        querystring: TenantQuery,
        response: { 204: nothing('All questions of the tenant are deleted.') },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const access = db.inScope(person.scope)
      const tenantId = await tenantFor(access, person, request.query.user_id)
      // Those that wait in memory belong to the log, too.
      await questions.flush()
      const deleted = await deleteQuestions(access, tenantId)
      await writeAuditEntry(access, actorOf(request, person), {
        action: 'questions.deleted',
        target: { kind: 'tenant', id: tenantId },
        detail: { questions: deleted },
      })
      return reply.code(204).send()
    },
  )

  app.get(
    '/api/v1/questions/settings/',
    {
      schema: {
        ...shared,
        operationId: 'readQuestionSettings',
        summary: 'Whether a tenant keeps its questions, and for how long',
        querystring: TenantQuery,
        response: { 200: QuestionSettings },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const access = db.inScope(person.scope)
      return await readQuestionSettings(access, await tenantFor(access, person, request.query.user_id))
    },
  )

  app.patch(
    '/api/v1/questions/settings/',
    {
      schema: {
        ...shared,
        operationId: 'changeQuestionSettings',
        summary: 'Keep questions or not, and for how many days',
        body: SettingsBody,
        response: { 200: QuestionSettings },
        example: { body: { retention_days: 30 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const { user_id: userId, ...change } = request.body
      return await db.inScope(person.scope).transaction(async (tx) => {
        const tenantId = await tenantFor(tx, person, userId)
        await changeQuestionSettings(tx, tenantId, change)
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'questions.settings_changed',
          target: { kind: 'tenant', id: tenantId },
          detail: { ...change },
        })
        return await readQuestionSettings(tx, tenantId)
      })
    },
  )
}

/** The filters of a request, within the scope that the caller may see. @throws {Problem} 400 for an impossible time */
function wantedOf(tenantId: number | null, query: Static<typeof ExportQuery>): WantedQuestions {
  const { user_id: userId, store_id: storeId, since, until, token_id: tokenId, ...rest } = query
  return {
    ...rest,
    tenantId,
    userId,
    storeId,
    tokenId,
    since: since === undefined ? undefined : readTime('since', since),
    until: until === undefined ? undefined : readTime('until', until),
  }
}
