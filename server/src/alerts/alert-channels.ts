import type { Sql } from '../platform/db/database.ts'
import { type Issue, invalidInput, notFound, Problem } from '../platform/errors.ts'
import type { List } from '../platform/http/lists.ts'
import { OutgoingFailure, webhookAddress } from '../platform/http/outgoing-request.ts'
import { formatFa, type Language, type Localised } from '../platform/i18n.ts'
import { type Actor, writeAuditEntry } from '../tenants/audit.ts'
import { ALERT_KINDS, type AlertKind, KIND_NAMES } from './alert-kinds.ts'
import { type AlertChannel, type ChannelChange, MAX_CHANNELS, type NewChannelBody } from './channel-schemas.ts'
import { failureSentence } from './channels/delivery.ts'
import { makeSigningSecret } from './channels/sign-webhook.ts'
import { type ChannelKind, resumeChannel } from './deliver-messages.ts'
import { clockOf, isTimeZone, minutesOf } from './quiet-hours.ts'
import type { ChannelSecret, Sealer } from './seal-secret.ts'

export interface ChannelRow {
  id: number
  tenantId: number
  kind: ChannelKind
  name: string
  target: string
  secret: string | null
  language: Language
  timeZone: string
  quietFrom: number | null
  quietTo: number | null
  kinds: AlertKind[] | null
  urgentKinds: AlertKind[]
  isEnabled: boolean
  createdAt: Date
  updatedAt: Date
  lastSuccessAt: Date | null
  failingSince: Date | null
  retryAt: Date | null
  pausedAt: Date | null
  pauseReason: 'failing' | 'gone' | null
  waiting: number
  user: AlertChannel['user']
}

const COLUMNS = `c.id, c.tenant_id as "tenantId", c.kind, c.name, c.target, c.secret, c.language, c.time_zone as "timeZone",
  c.quiet_from as "quietFrom", c.quiet_to as "quietTo", c.kinds, c.urgent_kinds as "urgentKinds", c.is_enabled as "isEnabled",
  c.created_at as "createdAt", c.updated_at as "updatedAt", c.last_success_at as "lastSuccessAt", c.failing_since as "failingSince",
  c.retry_at as "retryAt", c.paused_at as "pausedAt", c.pause_reason as "pauseReason",
  (select count(*)::int from alert_messages m where m.channel_id = c.id and m.status = 'waiting') as waiting,
  json_build_object('id', u.id, 'email', u.email) as "user"`
const SOURCE = 'alert_channels c join tenants n on n.id = c.tenant_id join users u on u.id = n.owner_id'

/** First key of the advisory locks of this file; the second key is the tenant. */
const CHANNELS_LOCK = 7_105_133

/** What the functions of this file need besides the database. */
export interface ChannelRules {
  sealer: Sealer
  allowsPrivate: boolean
}

/** The channels that a caller may see, oldest first, for `readPage`; null: those of all tenants. */
export function channelList(tenantId: number | null, userId: string | undefined): List {
  return {
    columns: COLUMNS,
    from: SOURCE,
    where: ['($1::bigint is null or c.tenant_id = $1)', '($2::uuid is null or u.id = $2::uuid)'],
    values: [tenantId, userId ?? null],
    sort: { sql: 'c.id', type: 'bigint', descending: false },
    id: 'c.id',
  }
}

/** The channel, if the caller may see it. @throws {Problem} 404 */
export async function findChannel(sql: Sql, caller: number | null, id: number): Promise<ChannelRow> {
  const [row] = await sql.query<ChannelRow>(
    `select ${COLUMNS} from ${SOURCE} where ($1::bigint is null or c.tenant_id = $1) and c.id = $2`,
    [caller, id],
  )
  if (!row) throw notFound()
  return row
}

export interface MadeChannel {
  row: ChannelRow
  /** Of a webhook, to be shown once. */
  signingSecret: string | null
}

/** Adds a channel. @throws {Problem} 400 for missing or wrong fields, 409 above the limit */
export async function makeChannel(
  tx: Sql,
  { tenantId, body, language }: { tenantId: number; body: NewChannelBody; language: Language },
  rules: ChannelRules,
  by: Actor,
): Promise<MadeChannel> {
  const { kind } = body
  const spoken = body.language ?? language
  refuseOtherFields(kind, body)
  const { target, secret } = addressOf(kind, body, rules)
  const timeZone = checkedZone(body.time_zone ?? (spoken === 'fa' ? 'Asia/Tehran' : 'UTC'))
  const [quietFrom, quietTo] = checkedHours(body.quiet_hours ?? null)
  // Two requests of a person count one after the other.
  await tx.query('select pg_advisory_xact_lock($1::int, ($2::bigint % 2147483647)::int)', [CHANNELS_LOCK, tenantId])
  const [held] = await tx.query<{ count: number }>(
    'select count(*)::int as count from alert_channels where tenant_id = $1',
    [tenantId],
  )
  if ((held?.count ?? 0) >= MAX_CHANNELS) throw tooManyChannels()
  const signingSecret = kind === 'webhook' ? makeSigningSecret() : null
  const sealed = secretText(rules, tenantId, { ...secret, ...(signingSecret && { signingSecret }) })
  const [made] = await tx.query<{ id: number }>(
    `insert into alert_channels (tenant_id, kind, name, target, secret, language, time_zone, quiet_from, quiet_to, kinds, urgent_kinds)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text[], $11::text[]) returning id`,
    [
      tenantId,
      kind,
      body.name ?? target.slice(0, 100),
      target,
      sealed,
      spoken,
      timeZone,
      quietFrom,
      quietTo,
      body.kinds ?? null,
      body.urgent_kinds ?? KIND_NAMES.filter((one) => ALERT_KINDS[one].isUrgent),
    ],
  )
  if (!made) throw new Error('the insert of a channel returned no row')
  await writeAuditEntry(tx, by, {
    action: 'alert_channel.made',
    target: { kind: 'alert_channel', id: made.id },
    detail: { kind, name: body.name ?? target.slice(0, 100) },
  })
  return { row: await findChannel(tx, tenantId, made.id), signingSecret }
}

/**
 * Changes a channel. Another address, or `is_enabled`, ends a pause. @throws {Problem} 404, and 400 as `makeChannel`
 */
export async function changeChannel(
  tx: Sql,
  { caller, id, change }: { caller: number | null; id: number; change: ChannelChange },
  rules: ChannelRules,
  by: Actor,
): Promise<ChannelRow> {
  const old = await lockChannel(tx, caller, id)
  const { kind, tenantId } = old
  refuseOtherFields(kind, change)
  const given = ADDRESS_FIELDS[kind].filter((field) => change[field] !== undefined)
  let { target } = old
  let sealed = old.secret
  if (given.length > 0) {
    const known = old.secret === null ? {} : (rules.sealer.open(old.secret, tenantId) ?? {})
    const address = addressOf(kind, { ...change, ...(kind !== 'email' && keptFields(kind, change, old, known)) }, rules)
    // A webhook keeps its signing key; one that cannot be read any more is replaced by `rotate-secret`.
    const signingSecret = kind === 'webhook' ? (known.signingSecret ?? makeSigningSecret()) : undefined
    target = address.target
    sealed = secretText(rules, tenantId, { ...address.secret, ...(signingSecret && { signingSecret }) })
  }
  const timeZone = change.time_zone === undefined ? old.timeZone : checkedZone(change.time_zone)
  const [quietFrom, quietTo] =
    change.quiet_hours === undefined ? [old.quietFrom, old.quietTo] : checkedHours(change.quiet_hours)
  await tx.query(
    `update alert_channels set name = $3, target = $4, secret = $5, language = $6, time_zone = $7, quiet_from = $8, quiet_to = $9,
            kinds = $10::text[], urgent_kinds = $11::text[], is_enabled = $12, updated_at = now()
      where tenant_id = $1 and id = $2`,
    [
      tenantId,
      id,
      change.name ?? old.name,
      target,
      sealed,
      change.language ?? old.language,
      timeZone,
      quietFrom,
      quietTo,
      change.kinds === undefined ? old.kinds : change.kinds,
      change.urgent_kinds ?? old.urgentKinds,
      change.is_enabled ?? old.isEnabled,
    ],
  )
  if (given.length > 0 || (change.is_enabled === true && !old.isEnabled))
    await resumeChannel(tx, tenantId, id, { isProven: false })
  // The sender compares held messages with the new quiet hours.
  if (change.quiet_hours !== undefined || change.time_zone !== undefined)
    await tx.query(
      `update alert_messages set next_attempt_at = now() where channel_id = $1 and status = 'waiting' and attempts = 0`,
      [id],
    )
  await writeAuditEntry(tx, by, {
    action: 'alert_channel.changed',
    target: { kind: 'alert_channel', id },
    detail: { name: change.name ?? old.name, changed: Object.keys(change) },
  })
  return await findChannel(tx, tenantId, id)
}

/** Deletes a channel with its messages. @throws {Problem} 404 */
export async function deleteChannel(tx: Sql, caller: number | null, id: number, by: Actor): Promise<void> {
  const { tenantId, kind, name } = await lockChannel(tx, caller, id)
  await writeAuditEntry(tx, by, {
    action: 'alert_channel.deleted',
    target: { kind: 'alert_channel', id },
    detail: { kind, name },
  })
  await tx.query('delete from alert_channels where tenant_id = $1 and id = $2', [tenantId, id])
}

/** Replaces the signing key of a webhook: the old one ends at once. @throws {Problem} 404, 409 for another kind of channel */
export async function rotateSecret(
  tx: Sql,
  { caller, id }: { caller: number | null; id: number },
  { sealer }: ChannelRules,
  by: Actor,
): Promise<MadeChannel> {
  const { tenantId, kind, secret, name } = await lockChannel(tx, caller, id)
  const known = secret === null ? null : sealer.open(secret, tenantId)
  if (kind !== 'webhook') throw noSigningSecret()
  // Without the old key the address is unknown, too.
  if (known === null) throw secretUnreadable()
  const signingSecret = makeSigningSecret()
  await tx.query('update alert_channels set secret = $3, updated_at = now() where tenant_id = $1 and id = $2', [
    tenantId,
    id,
    sealer.seal({ ...known, signingSecret }, tenantId),
  ])
  await writeAuditEntry(tx, by, {
    action: 'alert_channel.secret_rotated',
    target: { kind: 'alert_channel', id },
    detail: { name },
  })
  return { row: await findChannel(tx, tenantId, id), signingSecret }
}

/** Ends the pause of a channel; its waiting messages are sent. @throws {Problem} 404 */
export async function resume(tx: Sql, caller: number | null, id: number, by: Actor): Promise<ChannelRow> {
  const { tenantId, name } = await lockChannel(tx, caller, id)
  await resumeChannel(tx, tenantId, id, { isProven: false })
  await writeAuditEntry(tx, by, {
    action: 'alert_channel.resumed',
    target: { kind: 'alert_channel', id },
    detail: { name },
  })
  return await findChannel(tx, tenantId, id)
}

async function lockChannel(tx: Sql, caller: number | null, id: number): Promise<ChannelRow> {
  await tx.query('select 1 from alert_channels where ($1::bigint is null or tenant_id = $1) and id = $2 for update', [
    caller,
    id,
  ])
  return await findChannel(tx, caller, id)
}

/** The channel as the API shows it, without its secret. */
export function viewChannel(
  row: ChannelRow,
  language: Language,
  { sealer }: Pick<ChannelRules, 'sealer'>,
): AlertChannel {
  const { quietFrom, quietTo } = row
  const state = stateOf(row, sealer)
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    target: row.target,
    user: row.user,
    language: row.language,
    time_zone: row.timeZone,
    quiet_hours: quietFrom === null || quietTo === null ? null : { from: clockOf(quietFrom), to: clockOf(quietTo) },
    kinds: row.kinds,
    urgent_kinds: row.urgentKinds,
    is_enabled: row.isEnabled,
    state,
    message: STATE_SENTENCES[state === 'paused' && row.pauseReason === 'gone' ? 'gone' : state][language],
    failing_since: row.failingSince,
    next_attempt_at: state === 'failing' ? row.retryAt : null,
    last_success_at: row.lastSuccessAt,
    waiting: row.waiting,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  }
}

function stateOf(row: ChannelRow, sealer: Sealer): AlertChannel['state'] {
  if (!row.isEnabled) return 'disabled'
  if (row.secret !== null && !row.secret.startsWith(sealer.prefix)) return 'secret_unreadable'
  if (row.pausedAt !== null) return 'paused'
  return row.failingSince === null ? 'ok' : 'failing'
}

const STATE_SENTENCES: Record<AlertChannel['state'] | 'gone', Localised> = {
  ok: { en: 'Messages are sent here.', fa: 'پیام‌ها به اینجا فرستاده می‌شوند.' },
  failing: {
    en: 'The last attempt failed. The messages are kept and tried again.',
    fa: 'آخرین تلاش ناموفق بود. پیام‌ها نگه داشته و دوباره فرستاده می‌شوند.',
  },
  paused: {
    en: 'Paused: all attempts of two days failed. Correct the channel and send a test message; the waiting messages follow.',
    fa: 'متوقف‌شده: همهٔ تلاش‌های دو روز ناموفق بود. کانال را درست کنید و پیام آزمایشی بفرستید؛ پیام‌های منتظر پس از آن فرستاده می‌شوند.',
  },
  gone: {
    en: 'Paused: the receiver refuses all messages. Correct the channel and send a test message; the waiting messages follow.',
    fa: 'متوقف‌شده: گیرنده هیچ پیامی را نمی‌پذیرد. کانال را درست کنید و پیام آزمایشی بفرستید؛ پیام‌های منتظر پس از آن فرستاده می‌شوند.',
  },
  disabled: { en: 'Switched off.', fa: 'خاموش است.' },
  secret_unreadable: {
    en: failureSentence({ failure: 'secret_unreadable', code: null, detail: null }, 'en'),
    fa: failureSentence({ failure: 'secret_unreadable', code: null, detail: null }, 'fa'),
  },
}

const ADDRESS_FIELDS = {
  webhook: ['url'],
  email: ['email'],
  telegram: ['bot_token', 'chat_id'],
  bale: ['bot_token', 'chat_id'],
} as const satisfies Record<ChannelKind, readonly ('url' | 'email' | 'bot_token' | 'chat_id')[]>
type AddressFields = Partial<Record<'url' | 'email' | 'bot_token' | 'chat_id', string>>

/** A field of another kind of channel would be ignored silently. */
function refuseOtherFields(kind: ChannelKind, given: AddressFields): void {
  const own: readonly string[] = ADDRESS_FIELDS[kind]
  const others = (['url', 'email', 'bot_token', 'chat_id'] as const).filter(
    (field) => given[field] !== undefined && !own.includes(field),
  )
  if (others.length === 0) return
  throw invalidInput(
    others.map((path) => ({
      path,
      detail: { en: `is not a field of a channel of kind ${kind}`, fa: `در کانالی از نوع ${kind} به کار نمی‌رود` },
    })),
  )
}

/** The fields of the address that a change does not name, as far as they are known. */
function keptFields(kind: ChannelKind, change: AddressFields, old: ChannelRow, known: ChannelSecret): AddressFields {
  if (kind === 'webhook') return {}
  const token = change.bot_token ?? known.botToken
  return { chat_id: change.chat_id ?? old.target, ...(token !== undefined && { bot_token: token }) }
}

/** The shown and the secret part of an address. @throws {Problem} 400 for a missing or forbidden address */
function addressOf(
  kind: ChannelKind,
  given: AddressFields,
  { allowsPrivate }: ChannelRules,
): { target: string; secret: ChannelSecret | null } {
  const missing = ADDRESS_FIELDS[kind].filter((field) => given[field] === undefined)
  if (missing.length > 0) throw invalidInput(missing.map((path) => ({ path, detail: REQUIRED[path] })))
  const { url = '', email = '', bot_token: botToken = '', chat_id: chatId = '' } = given
  if (kind === 'email') return { target: email, secret: null }
  if (kind !== 'webhook') return { target: chatId, secret: { botToken } }
  try {
    const { protocol, host, pathname } = webhookAddress(url, allowsPrivate)
    // Paths and queries of webhooks are often the secret itself.
    return { target: `${protocol}//${host}${pathname === '/' ? '/' : '/…'}`.slice(0, 300), secret: { url } }
  } catch (error) {
    if (!(error instanceof OutgoingFailure)) throw error
    const failure = error.reason === 'private_address' ? 'private_address' : 'bad_address'
    const sentence = (language: Language) => failureSentence({ failure, code: null, detail: null }, language)
    throw invalidInput([{ path: 'url', detail: { en: sentence('en'), fa: sentence('fa') } }])
  }
}

const REQUIRED: Record<keyof AddressFields, Issue['detail']> = {
  url: { en: 'is required: the address of the webhook', fa: 'لازم است: نشانی وب‌هوک' },
  email: { en: 'is required: an e-mail address', fa: 'لازم است: یک نشانی ایمیل' },
  bot_token: { en: 'is required: the token of your bot', fa: 'لازم است: توکن بات شما' },
  chat_id: { en: 'is required: the chat that the bot writes to', fa: 'لازم است: گفتگویی که بات در آن می‌نویسد' },
}

function secretText({ sealer }: ChannelRules, tenantId: number, secret: ChannelSecret): string | null {
  return Object.keys(secret).length === 0 ? null : sealer.seal(secret, tenantId)
}

function checkedZone(timeZone: string): string {
  if (isTimeZone(timeZone)) return timeZone
  throw invalidInput([
    {
      path: 'time_zone',
      detail: { en: 'is not a time zone; an example is Asia/Tehran', fa: 'منطقهٔ زمانی نیست؛ نمونه: Asia/Tehran' },
    },
  ])
}

function checkedHours(hours: { from: string; to: string } | null): [number | null, number | null] {
  if (hours === null) return [null, null]
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)]
  if (from === to)
    throw invalidInput([
      {
        path: 'quiet_hours',
        detail: {
          en: 'must begin and end at different times; null means no quiet hours',
          fa: 'آغاز و پایان باید متفاوت باشند؛ null یعنی بدون ساعت سکوت',
        },
      },
    ])
  return [from, to]
}

function tooManyChannels(): Problem {
  return new Problem(409, 'too_many_channels', {
    en: `A person has at most ${MAX_CHANNELS} channels. Delete one that is not needed.`,
    fa: `هر کاربر حداکثر ${formatFa(MAX_CHANNELS)} کانال دارد. کانالی را که لازم نیست حذف کنید.`,
  })
}

function noSigningSecret(): Problem {
  return new Problem(409, 'no_signing_secret', {
    en: 'Only webhooks have a signing secret.',
    fa: 'فقط وب‌هوک کلید امضا دارد.',
  })
}

function secretUnreadable(): Problem {
  return new Problem(409, 'secret_unreadable', {
    en: 'The address of this webhook cannot be read, because the server has another SESSION_SECRET now. Enter the address again.',
    fa: 'نشانی این وب‌هوک خوانده نمی‌شود، چون SESSION_SECRET سرور تغییر کرده است. نشانی را دوباره وارد کنید.',
  })
}
