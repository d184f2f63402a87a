import type { Config } from '../platform/config.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import { nothing } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { type List, readPage } from '../platform/http/lists.ts'
import { type Language, negotiateLanguage } from '../platform/i18n.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { tenantFor } from '../tenants/users.ts'
import {
  type ChannelRow,
  type ChannelRules,
  changeChannel,
  channelList,
  deleteChannel,
  findChannel,
  makeChannel,
  resume,
  rotateSecret,
  viewChannel,
} from './alert-channels.ts'
import { ALERT_KINDS, KIND_NAMES } from './alert-kinds.ts'
import {
  AlertChannel,
  AlertChannelList,
  type AlertDelivery,
  AlertDeliveryList,
  AlertOptions,
  AlertTestResult,
  ChannelChange,
  ChannelParams,
  ChannelsQuery,
  DeliveriesQuery,
  MadeAlertChannel,
  NewChannelBody,
} from './channel-schemas.ts'
import { type Failure, failureSentence } from './channels/delivery.ts'
import { CHANNEL_KINDS, type TestResult } from './deliver-messages.ts'
import { renderMessage } from './render-message.ts'
import type { Alerts } from './start-alerts.ts'
import type { MessageItems } from './write-messages.ts'

/** Tests of a channel within ten minutes: a test sends a message to an address that the caller chooses. */
const MAX_TESTS = 10
const SHOWN_ATTEMPTS = 20

interface Parts {
  db: Database
  auth: Authenticator
  alerts: Pick<Alerts, 'sealer' | 'test'>
  config: Pick<Config, 'alerts' | 'allowsPrivateAddresses'>
}

const EXAMPLE_ID = { params: { id: 1 } }

/** The channels of a person: where and when they are told, a test, and the log of deliveries. An admin sees the channels of all. */
export function channelRoutes(app: Http, { db, auth, alerts, config }: Parts): void {
  const shared = { tags: ['alerts'], security: BY_PERSON }
  const rules: ChannelRules = { sealer: alerts.sealer, allowsPrivate: config.allowsPrivateAddresses }
  const languageOf = (request: { headers: { 'accept-language'?: string | undefined } }) =>
    negotiateLanguage(request.headers['accept-language'])
  const view = (row: ChannelRow, language: Language) => viewChannel(row, language, rules)

  app.get(
    '/api/v1/alert-channels/',
    {
      schema: {
        ...shared,
        operationId: 'listAlertChannels',
        summary: 'Channels for alerts, without their secrets',
        querystring: ChannelsQuery,
        response: { 200: AlertChannelList },
        example: { query: { limit: 20 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const list = channelList(tenantId, request.query.user_id)
      const page = await readPage<ChannelRow>(db.inScope(scope), list, request.query, request.url)
      return { ...page, results: page.results.map((row) => view(row, languageOf(request))) }
    },
  )

  app.get(
    '/api/v1/alert-channels/options/',
    {
      schema: {
        ...shared,
        operationId: 'readAlertOptions',
        summary: 'The kinds of channels and of alerts that the caller can choose',
        response: { 200: AlertOptions },
      },
    },
    async (request) => {
      const { role } = await auth.person(request)
      const language = languageOf(request)
      const isMissing = (kind: string) => kind === 'email' && config.alerts.smtp === null
      return {
        channels: CHANNEL_KINDS.map((kind) => ({
          kind,
          is_available: !isMissing(kind),
          message: isMissing(kind)
            ? failureSentence({ failure: 'not_configured', code: null, detail: null }, language)
            : null,
        })),
        kinds: KIND_NAMES.filter(
          (kind) => role === 'admin' || (ALERT_KINDS[kind].scopes as readonly string[]).includes('tenant'),
        ).map((kind) => ({ kind, name: ALERT_KINDS[kind].name[language], is_urgent: ALERT_KINDS[kind].isUrgent })),
        local_hosts: config.allowsPrivateAddresses,
      }
    },
  )

  app.post(
    '/api/v1/alert-channels/',
    {
      schema: {
        ...shared,
        operationId: 'createAlertChannel',
        summary: 'Add a channel for alerts; the answer of a webhook has its signing secret, once',
        body: NewChannelBody,
        response: { 201: MadeAlertChannel },
        problems: [409],
        example: {
          body: {
            kind: 'webhook',
            name: 'On call',
            url: 'https://alerts.example.com/fiko',
            quiet_hours: { from: '22:00', to: '07:00' },
            time_zone: 'Asia/Tehran',
            language: 'fa',
          },
        },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const language = languageOf(request)
      const by = actorOf(request, person)
      const made = await db.inScope(person.scope).transaction(async (tx) => {
        const tenantId = await tenantFor(tx, person, request.body.user_id)
        return await makeChannel(tx, { tenantId, body: request.body, language }, rules, by)
      })
      reply.code(201)
      return { ...view(made.row, language), signing_secret: made.signingSecret }
    },
  )

  app.get(
    '/api/v1/alert-channels/:id/',
    {
      schema: {
        ...shared,
        operationId: 'readAlertChannel',
        summary: 'One channel',
        params: ChannelParams,
        response: { 200: AlertChannel },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      return view(await findChannel(db.inScope(scope), tenantId, request.params.id), languageOf(request))
    },
  )

  app.patch(
    '/api/v1/alert-channels/:id/',
    {
      schema: {
        ...shared,
        operationId: 'changeAlertChannel',
        summary: 'Change a channel',
        params: ChannelParams,
        body: ChannelChange,
        response: { 200: AlertChannel },
        problems: [404],
        example: {
          ...EXAMPLE_ID,
          body: { name: 'Office', quiet_hours: null, kinds: ['failed_events', 'quiet_store'] },
        },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const wanted = { caller: person.tenantId, id: request.params.id, change: request.body }
      const row = await db
        .inScope(person.scope)
        .transaction((tx) => changeChannel(tx, wanted, rules, actorOf(request, person)))
      return view(row, languageOf(request))
    },
  )

  app.post(
    '/api/v1/alert-channels/:id/rotate-secret/',
    {
      schema: {
        ...shared,
        operationId: 'rotateAlertChannelSecret',
        summary: 'Replace the signing secret of a webhook; the old one ends at once',
        params: ChannelParams,
        response: { 200: MadeAlertChannel },
        problems: [404, 409],
        example: EXAMPLE_ID,
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const wanted = { caller: person.tenantId, id: request.params.id }
      const { row, signingSecret } = await db
        .inScope(person.scope)
        .transaction((tx) => rotateSecret(tx, wanted, rules, actorOf(request, person)))
      return { ...view(row, languageOf(request)), signing_secret: signingSecret }
    },
  )

  app.post(
    '/api/v1/alert-channels/:id/resume/',
    {
      schema: {
        ...shared,
        operationId: 'resumeAlertChannel',
        summary: 'End the pause of a channel; its waiting messages are sent',
        params: ChannelParams,
        response: { 200: AlertChannel },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const row = await db
        .inScope(person.scope)
        .transaction((tx) => resume(tx, person.tenantId, request.params.id, actorOf(request, person)))
      return view(row, languageOf(request))
    },
  )

  app.post(
    '/api/v1/alert-channels/:id/test/',
    {
      schema: {
        ...shared,
        operationId: 'testAlertChannel',
        summary: 'Send a test message now; the answer is the result of the attempt',
        params: ChannelParams,
        response: { 200: AlertTestResult },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const { id } = request.params
      await db.inScope(person.scope).transaction(async (tx) => {
        const { kind, name } = await findChannel(tx, person.tenantId, id)
        const [recent] = await tx.query<{ count: number }>(
          `select count(*)::int as count from alert_messages
            where channel_id = $1 and kind = 'test' and created_at > now() - interval '10 minutes'`,
          [id],
        )
        if ((recent?.count ?? 0) >= MAX_TESTS) throw tooManyTests()
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'alert_channel.tested',
          target: { kind: 'alert_channel', id },
          detail: { kind, name },
        })
      })
      const result = await alerts.test(id)
      if (result === null) throw notFound()
      return viewResult(result, languageOf(request))
    },
  )

  app.get(
    '/api/v1/alert-channels/:id/deliveries/',
    {
      schema: {
        ...shared,
        operationId: 'listAlertDeliveries',
        summary: 'Messages to a channel with their attempts, newest first',
        params: ChannelParams,
        querystring: DeliveriesQuery,
        response: { 200: AlertDeliveryList },
        problems: [404],
        example: { ...EXAMPLE_ID, query: { limit: 20 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const sql = db.inScope(scope)
      const channel = await findChannel(sql, tenantId, request.params.id)
      const page = await readPage<DeliveryRow>(sql, deliveryList(channel), request.query, request.url)
      const language = languageOf(request)
      return { ...page, results: page.results.map((row) => viewDelivery(row, channel, language)) }
    },
  )

  app.delete(
    '/api/v1/alert-channels/:id/',
    {
      schema: {
        ...shared,
        operationId: 'deleteAlertChannel',
        summary: 'Delete a channel with its messages',
        params: ChannelParams,
        response: { 204: nothing('The channel is deleted.') },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      await db
        .inScope(person.scope)
        .transaction((tx) => deleteChannel(tx, person.tenantId, request.params.id, actorOf(request, person)))
      return reply.code(204).send()
    },
  )
}

function viewResult(result: TestResult, language: Language): AlertTestResult {
  const delivered = { en: 'The message was delivered.', fa: 'پیام رسید.' }
  return {
    is_delivered: result.isDelivered,
    answer_code: result.code,
    duration_ms: result.durationMs,
    message: result.isDelivered ? delivered[language] : failureSentence(result, language),
  }
}

interface DeliveryRow {
  id: number
  uid: string
  kind: 'changed' | 'digest' | 'test'
  items: MessageItems
  status: 'waiting' | 'sent' | 'expired'
  createdAt: Date
  sentAt: Date | null
  nextAttemptAt: Date | null
  attempts: {
    at: string
    isDelivered: boolean
    code: number | null
    durationMs: number
    failure: Failure | null
    detail: string | null
  }[]
}

function deliveryList({ id, tenantId, retryAt, pausedAt, isEnabled }: ChannelRow): List {
  const values: SqlValue[] = [tenantId, id, retryAt, pausedAt === null && isEnabled]
  return {
    columns: `m.id, m.uid, m.kind, m.items, m.status, m.created_at as "createdAt", m.sent_at as "sentAt",
      case when m.status = 'waiting' and $4::boolean then greatest(m.next_attempt_at, $3::timestamptz) end as "nextAttemptAt",
      (select coalesce(json_agg(json_build_object('at', a.at, 'isDelivered', a.is_delivered, 'code', a.answer_code,
                'durationMs', a.duration_ms, 'failure', a.error, 'detail', a.detail) order by a.id desc), '[]'::json)
         from (select * from alert_attempts where message_id = m.id order by id desc limit ${SHOWN_ATTEMPTS}) a) as attempts`,
    from: 'alert_messages m',
    where: ['m.tenant_id = $1', 'm.channel_id = $2', '($3::timestamptz is null or true)', '($4::boolean or true)'],
    values,
    sort: { sql: 'm.id', type: 'bigint', descending: true },
    id: 'm.id',
  }
}

function viewDelivery(row: DeliveryRow, channel: ChannelRow, language: Language): AlertDelivery {
  const { id, uid, kind, items, status, createdAt, sentAt, nextAttemptAt, attempts } = row
  const reader = { language, timeZone: channel.timeZone, publicUrl: '' }
  return {
    id,
    webhook_id: `msg_${uid.replaceAll('-', '')}`,
    kind,
    subject: renderMessage({ kind, items, createdAt }, reader).title,
    alerts: Object.keys(items).length,
    status,
    created_at: createdAt,
    sent_at: sentAt,
    next_attempt_at: nextAttemptAt,
    attempts: attempts.map(({ at, isDelivered, code, durationMs, failure, detail }) => ({
      at: new Date(at).toISOString(),
      is_delivered: isDelivered,
      answer_code: code,
      duration_ms: durationMs,
      message: failure === null ? null : failureSentence({ failure, code: null, detail }, language),
    })),
  }
}

function tooManyTests(): Problem {
  return new Problem(
    429,
    'too_many_tests',
    {
      en: `A channel has at most ${MAX_TESTS} tests in ten minutes. Try again later.`,
      fa: 'هر کانال در ده دقیقه حداکثر ۱۰ پیام آزمایشی دارد. کمی بعد دوباره امتحان کنید.',
    },
    { retryAfterSeconds: 60 },
  )
}
