import type { Database, Sql } from '../platform/db/database.ts'
import type { Language } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Stage } from '../platform/runtime/stage-runner.ts'
import type { Delivery, Send } from './channels/delivery.ts'
import { quietUntil } from './quiet-hours.ts'
import { renderMessage } from './render-message.ts'
import type { Sealer } from './seal-secret.ts'
import type { MessageItems } from './write-messages.ts'

/** Channels that get a message in one turn, at the same time. */
const CHANNELS_PER_TURN = 10
/** A process that ends while it sends loses its claim after this time. Longer than the limit of every sender. */
const CLAIM_S = 60
/** Pauses after the first, second, … failure of a channel; the last one repeats. */
const BACKOFF_S = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400]
/** A channel that fails for this long, and at least this often, is paused. */
const PAUSED_AFTER_HOURS = 48
const PAUSED_AFTER_FAILURES = 10

export const CHANNEL_KINDS = ['webhook', 'email', 'telegram', 'bale'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

interface Due {
  id: number
  uid: string
  tenantId: number
  channelId: number
  channelKind: ChannelKind
  kind: 'changed' | 'digest' | 'test'
  isUrgent: boolean
  items: MessageItems
  createdAt: Date
  target: string
  secret: string | null
  language: Language
  timeZone: string
  quietFrom: number | null
  quietTo: number | null
  failures: number
}

interface Parts {
  db: Database
  log: Log
  metrics: Metrics
  sealer: Sealer
  senders: Record<ChannelKind, Send>
  publicUrl: string
}

/** The result of a test message. */
export type TestResult = Delivery & { durationMs: number }

export interface Delivering {
  /** Sends the messages that are due; it needs no other stage. */
  stage: Stage
  /** Sends a test message to a channel at once; a success resumes the channel. null: the channel does not exist. */
  test(channelId: number): Promise<TestResult | null>
}

/** Columns of a message `m` and of its channel `c`. */
const DUE = `m.id, m.uid, m.tenant_id as "tenantId", m.kind, m.is_urgent as "isUrgent", m.items, m.created_at as "createdAt",
  c.id as "channelId", c.kind as "channelKind", c.target, c.secret, c.language, c.time_zone as "timeZone", c.quiet_from as "quietFrom",
  c.quiet_to as "quietTo", c.failures`

/**
 * Delivers messages at least once: the id of a message is equal in each attempt, so that a receiver can recognise a repeated one. A
 * channel that fails waits with backoff, and its messages with it; other channels are not delayed.
 */
export function createDelivering({ db, log, metrics, sealer, senders, publicUrl }: Parts): Delivering {
  const stopped = new AbortController()
  const sql = db.inBackground().service
  const attempts = metrics.counter('fiko_alert_messages_total', 'Attempts to deliver a message of an alert', [
    'channel',
    'result',
  ])

  const send = async (due: Due): Promise<TestResult> => {
    const startedAt = performance.now()
    const secret = due.secret === null ? {} : sealer.open(due.secret, due.tenantId)
    const result: Delivery =
      secret === null
        ? { isDelivered: false, failure: 'secret_unreadable', code: null, detail: null }
        : await senders[due.channelKind]({
            uid: due.uid,
            target: due.target,
            secret,
            message: renderMessage(due, { language: due.language, timeZone: due.timeZone, publicUrl }),
            language: due.language,
            signal: stopped.signal,
          })
    const durationMs = Math.round(performance.now() - startedAt)
    attempts.inc({ channel: due.channelKind, result: result.isDelivered ? 'delivered' : 'failed' })
    return { ...result, durationMs }
  }

  const deliver = async (due: Due): Promise<void> => {
    const result = await send(due)
    // A stop interrupts the attempt; the claim ends by itself, and no failure is counted.
    if (!result.isDelivered && stopped.signal.aborted) return
    await sql.transaction(async (tx) => {
      await noteAttempt(tx, due, result)
      if (result.isDelivered) await noteSuccess(tx, due)
      else await noteFailure(tx, due, result)
    })
    const line = { channelId: due.channelId, messageId: due.id, durationMs: result.durationMs }
    if (result.isDelivered) log.info(line, 'alert.delivered')
    else log.warn({ ...line, failure: result.failure, code: result.code }, 'alert.not_delivered')
  }

  const takeTurn = async () => {
    const due = await findDue(sql, sealer.prefix)
    const now = new Date()
    const claimed: Due[] = []
    for (const message of due) {
      const { isUrgent, quietFrom: from, quietTo: to, timeZone } = message
      const until = isUrgent || from === null || to === null ? null : quietUntil(now, { from, to, timeZone })
      if (until !== null) await postpone(sql, message, until)
      else if (await claim(sql, message)) claimed.push(message)
    }
    await Promise.all(claimed.map(deliver))
    // A channel that has just received a message may have another one.
    return claimed.length > 0 || due.length === CHANNELS_PER_TURN ? ('more' as const) : { nextAt: null }
  }

  return {
    stage: { name: 'deliver-alerts', takeTurn, abort: () => stopped.abort() },
    test: async (channelId) => {
      const [message] = await sql.query<Due>(
        `with made as (
           insert into alert_messages (tenant_id, channel_id, kind, attempts, status)
           select tenant_id, id, 'test', 1, 'expired' from alert_channels where id = $1 returning *)
         select ${DUE} from made m join alert_channels c on c.id = m.channel_id`,
        [channelId],
      )
      if (!message) return null
      const result = await send(message)
      await sql.transaction(async (tx) => {
        await noteAttempt(tx, message, result)
        if (result.isDelivered) await noteSuccess(tx, message)
      })
      return result
    },
  }
}

/** The oldest due message of each channel that is not paused and does not wait after a failure. */
async function findDue(sql: Sql, sealedPrefix: string): Promise<Due[]> {
  return await sql.query<Due>(
    // A secret that another key sealed belongs to another process, or to an owner who must enter it again.
    `select distinct on (c.id) ${DUE}
       from alert_messages m
       join alert_channels c on c.id = m.channel_id
       join tenants n on n.id = c.tenant_id and n.erasing_since is null
       join users u on u.id = n.owner_id and u.is_active
      where m.status = 'waiting' and m.next_attempt_at <= now() and c.is_enabled and c.paused_at is null
        and (c.retry_at is null or c.retry_at <= now()) and (c.secret is null or starts_with(c.secret, $1))
      order by c.id, m.id limit ${CHANNELS_PER_TURN}`,
    [sealedPrefix],
  )
}

/** False: another process has claimed the message, or it got more items since it was read. */
async function claim(sql: Sql, message: Due): Promise<boolean> {
  const [row] = await sql.query<{ items: MessageItems }>(
    `update alert_messages set attempts = attempts + 1, next_attempt_at = now() + interval '${CLAIM_S} s'
      where id = $1 and status = 'waiting' and next_attempt_at <= now() returning items`,
    [message.id],
  )
  // Items may have been added between the two statements; from the first attempt on they are fixed.
  if (row) message.items = row.items
  return row !== undefined
}

async function postpone(sql: Sql, { id }: Due, until: Date): Promise<void> {
  await sql.query(`update alert_messages set next_attempt_at = $2 where id = $1 and status = 'waiting'`, [id, until])
}

async function noteAttempt(tx: Sql, { id, tenantId }: Due, result: TestResult): Promise<void> {
  const failure = result.isDelivered ? null : result
  // The message may have been deleted with its channel meanwhile.
  await tx.query(
    `insert into alert_attempts (message_id, tenant_id, is_delivered, answer_code, duration_ms, error, detail)
     select id, tenant_id, $3, $4, $5, $6, $7 from alert_messages where id = $1 and tenant_id = $2`,
    [
      id,
      tenantId,
      result.isDelivered,
      result.code,
      result.durationMs,
      failure?.failure ?? null,
      failure?.detail ?? null,
    ],
  )
}

async function noteSuccess(tx: Sql, { id, channelId, tenantId }: Due): Promise<void> {
  await tx.query(`update alert_messages set status = 'sent', sent_at = now() where id = $1`, [id])
  await resumeChannel(tx, tenantId, channelId, { isProven: true })
}

/** Ends the pause and the backoff of a channel, so that its waiting messages are due. */
export async function resumeChannel(
  tx: Sql,
  tenantId: number,
  channelId: number,
  { isProven }: { isProven: boolean },
): Promise<void> {
  const [before] = await tx.query<{ wasFailing: boolean }>(
    `select failures > 0 or paused_at is not null as "wasFailing" from alert_channels where tenant_id = $1 and id = $2 for update`,
    [tenantId, channelId],
  )
  await tx.query(
    `update alert_channels set failures = 0, failing_since = null, retry_at = null, paused_at = null, pause_reason = null,
            last_success_at = case when $3 then now() else last_success_at end
      where tenant_id = $1 and id = $2`,
    [tenantId, channelId, isProven],
  )
  if (before?.wasFailing) {
    // A message that is being sent keeps its claim of 60 s; the quiet hours are checked again before each attempt.
    await tx.query(
      `update alert_messages set next_attempt_at = now()
        where channel_id = $1 and status = 'waiting' and next_attempt_at > now() + interval '${CLAIM_S} s'`,
      [channelId],
    )
  }
}

async function noteFailure(tx: Sql, due: Due, result: Delivery & { isDelivered: false }): Promise<void> {
  const [channel] = await tx.query<{ failures: number; isPaused: boolean }>(
    `update alert_channels set failures = failures + 1, failing_since = coalesce(failing_since, now())
      where tenant_id = $1 and id = $2 returning failures, paused_at is not null as "isPaused"`,
    [due.tenantId, due.channelId],
  )
  if (!channel) return
  const pauseS = Math.max(backoffS(channel.failures, Math.random()), result.retryAfterS ?? 0)
  const [state] = await tx.query<{ isTooLong: boolean }>(
    `update alert_channels set retry_at = now() + make_interval(secs => $3) where tenant_id = $1 and id = $2
     returning failures >= ${PAUSED_AFTER_FAILURES} and failing_since <= now() - interval '${PAUSED_AFTER_HOURS} hours' as "isTooLong"`,
    [due.tenantId, due.channelId, pauseS],
  )
  // Due as soon as the channel is: a message has no attempts of its own to use up.
  await tx.query('update alert_messages set next_attempt_at = now() where id = $1', [due.id])
  const reason = result.isGone ? 'gone' : state?.isTooLong ? 'failing' : null
  if (reason !== null) {
    await tx.query(
      'update alert_channels set paused_at = coalesce(paused_at, now()), pause_reason = coalesce(pause_reason, $3) where tenant_id = $1 and id = $2',
      [due.tenantId, due.channelId, reason],
    )
  }
}

/** Seconds until the next attempt after this many failures in a row, with 10 % of jitter (`random`: 0 to 1). Pure. */
export function backoffS(failures: number, random: number): number {
  const base = BACKOFF_S[Math.min(failures, BACKOFF_S.length) - 1] ?? BACKOFF_S[0] ?? 0
  return Math.round(base * (0.9 + 0.2 * random) * 10) / 10
}

/** A message that could not be sent in this time ends. It and its attempts are deleted after twice the time. */
const KEPT_DAYS = 30
/** Retention of alerts that are over. */
const CLOSED_KEPT_DAYS = 90
const PRUNED_AT_ONCE = 1_000
const MAX_BATCHES = 100

/** Ends messages that waited for 30 days, and deletes old messages and old alerts. Returns the number of changed rows. */
export async function pruneAlerts(db: Database): Promise<number> {
  const statements = [
    `update alert_messages set status = 'expired' where id in (
       select id from alert_messages where status = 'waiting' and created_at < now() - interval '${KEPT_DAYS} days' limit $1) returning 1`,
    `delete from alert_messages where id in (
       select id from alert_messages where status <> 'waiting' and created_at < now() - interval '${2 * KEPT_DAYS} days' limit $1) returning 1`,
    `delete from alerts where id in (
       select id from alerts where closed_at < now() - interval '${CLOSED_KEPT_DAYS} days' limit $1) returning 1`,
  ]
  let changed = 0
  for (const statement of statements) {
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const { length } = await db.service.query(statement, [PRUNED_AT_ONCE])
      changed += length
      if (length < PRUNED_AT_ONCE) break
    }
  }
  return changed
}
