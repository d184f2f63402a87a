import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { listOf, PageQuery } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { UserReference } from '../tenants/credentials.ts'
import { KIND_NAMES } from './alert-kinds.ts'
import { CHANNEL_KINDS } from './deliver-messages.ts'

/** Limit of a person. */
export const MAX_CHANNELS = 20

const userId = Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })
const name = Type.String({
  minLength: 1,
  maxLength: 100,
  ...localized('a name of 1 to 100 characters', 'نامی با ۱ تا ۱۰۰ نویسه'),
})
const url = Type.String({
  minLength: 1,
  maxLength: 1_000,
  ...localized('the address of a webhook, with https', 'نشانی وب‌هوک، با https'),
})
const email = Type.String({
  maxLength: 200,
  pattern: '^[^\\s@<>,;:"()\\[\\]\\\\]+@[^\\s@<>,;:"()\\[\\]\\\\]+\\.[A-Za-z]{2,}$',
  ...localized('an e-mail address', 'یک نشانی ایمیل'),
})
const botToken = Type.String({
  pattern: '^\\d{5,20}:[A-Za-z0-9_-]{20,100}$',
  ...localized('the token of a bot, such as 123456:ABC…', 'توکن بات، مانند 123456:ABC…'),
})
const chatId = Type.String({
  pattern: '^(-?\\d{1,20}|@[A-Za-z0-9_]{3,64})$',
  ...localized('a chat: a number, or the @name of a channel', 'گفتگو: یک عدد، یا نام کانال با @'),
})
const language = oneOf(['fa', 'en'], localized('fa or en', 'یکی از fa یا en'))
const timeZone = Type.String({
  minLength: 1,
  maxLength: 60,
  ...localized('a time zone such as Asia/Tehran', 'منطقهٔ زمانی، مانند Asia/Tehran'),
})
const clock = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  ...localized('a time of the day such as 22:30', 'ساعتی مانند 22:30'),
})
const quietHours = Type.Union(
  [Type.Object({ from: clock, to: clock }, { additionalProperties: false }), Type.Null()],
  localized(
    'hours in which messages are held back: {"from":"22:00","to":"07:00"}, or null',
    'ساعت‌هایی که پیام‌ها نگه داشته می‌شوند: {"from":"22:00","to":"07:00"} یا null',
  ),
)
const kindList = Type.Array(oneOf(KIND_NAMES), {
  maxItems: KIND_NAMES.length,
  uniqueItems: true,
  ...localized(`a list of ${KIND_NAMES.join(', ')}`, `فهرستی از ${KIND_NAMES.join('، ')}`),
})
const kinds = Type.Union(
  [kindList, Type.Null()],
  localized('the kinds of alerts to send; null: all, also those of later versions', 'نوع هشدارها؛ null یعنی همه'),
)

const CHANGEABLE = {
  name: Type.Optional(name),
  url: Type.Optional(url),
  email: Type.Optional(email),
  bot_token: Type.Optional(botToken),
  chat_id: Type.Optional(chatId),
  language: Type.Optional(language),
  time_zone: Type.Optional(timeZone),
  quiet_hours: Type.Optional(quietHours),
  kinds: Type.Optional(kinds),
  urgent_kinds: Type.Optional(kindList),
}

export const ChannelParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })
export const ChannelsQuery = Type.Object({ user_id: Type.Optional(userId), ...PageQuery })
export const DeliveriesQuery = Type.Object({ ...PageQuery })

export const NewChannelBody = bodyComponent(
  'NewAlertChannel',
  Type.Object(
    {
      kind: oneOf(CHANNEL_KINDS, localized(`one of ${CHANNEL_KINDS.join(', ')}`, `یکی از ${CHANNEL_KINDS.join('، ')}`)),
      user_id: Type.Optional(userId),
      ...CHANGEABLE,
    },
    { additionalProperties: false },
  ),
)
export type NewChannelBody = Static<typeof NewChannelBody>

export const ChannelChange = bodyComponent(
  'AlertChannelChange',
  Type.Object(
    { ...CHANGEABLE, is_enabled: Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false'))) },
    { additionalProperties: false },
  ),
)
export type ChannelChange = Static<typeof ChannelChange>

const CHANNEL = {
  id: Type.Integer(),
  kind: oneOf(CHANNEL_KINDS),
  name: Type.String(),
  target: Type.String({
    description: 'an e-mail address, a chat, or the host of a webhook: secret parts are never shown',
  }),
  user: UserReference,
  language: oneOf(['fa', 'en']),
  time_zone: Type.String(),
  quiet_hours: nullable(Type.Object({ from: Type.String(), to: Type.String() })),
  kinds: nullable(Type.Array(oneOf(KIND_NAMES), { description: 'null: all' })),
  urgent_kinds: Type.Array(oneOf(KIND_NAMES), { description: 'sent in quiet hours, too' }),
  is_enabled: Type.Boolean(),
  state: oneOf(['ok', 'failing', 'paused', 'disabled', 'secret_unreadable']),
  message: Type.String({ description: 'the meaning of the state, in the language of Accept-Language' }),
  failing_since: nullable(time()),
  next_attempt_at: nullable(time('of a failing channel')),
  last_success_at: nullable(time()),
  waiting: Type.Integer({ description: 'messages that are not delivered yet' }),
  created_at: time(),
  updated_at: time(),
}

/** A channel of a person: where and when they are told. */
export const AlertChannel = component('AlertChannel', Type.Object(CHANNEL))
export type AlertChannel = Static<typeof AlertChannel>
export const AlertChannelList = listOf('AlertChannelList', AlertChannel)

/** A channel with the signing key that is shown once. */
export const MadeAlertChannel = component(
  'MadeAlertChannel',
  Type.Object({
    ...CHANNEL,
    signing_secret: nullable(Type.String({ description: 'of a webhook: whsec_…, shown only in this answer' })),
  }),
)
export type MadeAlertChannel = Static<typeof MadeAlertChannel>

export const AlertTestResult = component(
  'AlertTestResult',
  Type.Object({
    is_delivered: Type.Boolean(),
    answer_code: nullable(Type.Integer({ description: 'of HTTP or SMTP' })),
    duration_ms: Type.Integer(),
    message: Type.String({ description: 'the result in a sentence' }),
  }),
)
export type AlertTestResult = Static<typeof AlertTestResult>

const Attempt = Type.Object({
  at: Type.String({ format: 'date-time' }),
  is_delivered: Type.Boolean(),
  answer_code: nullable(Type.Integer()),
  duration_ms: Type.Integer(),
  message: nullable(Type.String({ description: 'why the attempt failed' })),
})

/** A message to a channel, with its attempts. */
export const AlertDelivery = component(
  'AlertDelivery',
  Type.Object({
    id: Type.Integer(),
    webhook_id: Type.String({ description: 'the header webhook-id: equal in each attempt' }),
    kind: oneOf(['changed', 'digest', 'test']),
    subject: Type.String(),
    alerts: Type.Integer({ description: 'alerts in the message' }),
    status: oneOf(['waiting', 'sent', 'expired'], {
      description: 'expired: not sent within 30 days, or a test that failed',
    }),
    created_at: time(),
    sent_at: nullable(time()),
    next_attempt_at: nullable(time('null: no further attempt, or the channel is paused')),
    attempts: Type.Array(Attempt, { description: 'the last 20, newest first' }),
  }),
)
export type AlertDelivery = Static<typeof AlertDelivery>
export const AlertDeliveryList = listOf('AlertDeliveryList', AlertDelivery)

/** What a person can choose for a channel. */
export const AlertOptions = component(
  'AlertOptions',
  Type.Object({
    channels: Type.Array(
      Type.Object({
        kind: oneOf(CHANNEL_KINDS),
        is_available: Type.Boolean(),
        message: nullable(Type.String({ description: 'why it is not available' })),
      }),
    ),
    kinds: Type.Array(
      Type.Object({
        kind: oneOf(KIND_NAMES),
        name: Type.String(),
        is_urgent: Type.Boolean({ description: 'a new channel sends this kind in quiet hours, too' }),
      }),
      { description: 'the kinds that concern the caller' },
    ),
    local_hosts: Type.Boolean({ description: 'webhooks may lead to private networks' }),
  }),
)
export type AlertOptions = Static<typeof AlertOptions>
