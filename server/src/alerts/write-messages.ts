import type { Sql } from '../platform/db/database.ts'
import type { AlertKind, Facts } from './alert-kinds.ts'
import { ALERT_COLUMNS, type AlertRow, type Change } from './follow-alerts.ts'
import { quietUntil } from './quiet-hours.ts'

/** Channels that get a digest in one check; the others get it in the next one. */
const MAX_DIGESTS = 500
/** Alerts in one message. More of them at once are an outage of a whole installation, which has an alert of its own. */
const MAX_ITEMS = 200

/** The state of an alert in a message, as it was when the message was written. */
export interface MessageItem {
  change: 'opened' | 'raised' | 'closed' | 'open'
  kind: AlertKind
  level: number
  count: number
  facts: Facts
  store_id: number | null
  is_of_installation: boolean
  first_seen_at: string
  last_seen_at: string
  closed_at: string | null
}

/** The items of a message by the id of the alert. */
export type MessageItems = Record<string, MessageItem>

interface Channel {
  id: number
  tenantId: number
  kinds: AlertKind[] | null
  urgentKinds: AlertKind[]
  timeZone: string
  quietFrom: number | null
  quietTo: number | null
  isAdmin: boolean
}

const CHANNELS = `select c.id, c.tenant_id as "tenantId", c.kinds, c.urgent_kinds as "urgentKinds", c.time_zone as "timeZone",
    c.quiet_from as "quietFrom", c.quiet_to as "quietTo", u.role = 'admin' as "isAdmin"
  from alert_channels c join tenants n on n.id = c.tenant_id and n.erasing_since is null
  join users u on u.id = n.owner_id and u.is_active`

/**
 * Writes the messages about these changes, in the transaction that made them: one for each channel, however many alerts changed. A
 * channel whose earlier message was not tried yet (quiet hours, a receiver that is down) gets the changes in that message.
 */
export async function writeMessages(tx: Sql, changes: Change[], now = new Date()): Promise<number> {
  if (changes.length === 0) return 0
  const tenants = [...new Set(changes.flatMap(({ alert }) => alert.tenantId ?? []))]
  const isOfAll = changes.some(({ alert }) => alert.tenantId === null)
  const channels = await tx.query<Channel>(
    `${CHANNELS} where c.is_enabled and (c.tenant_id = any($1::bigint[]) or ($2 and u.role = 'admin')) order by c.id`,
    [tenants, isOfAll],
  )
  let written = 0
  for (const channel of channels) {
    const concerning = changes.filter(({ alert }) => concerns(channel, alert))
    // The end of a problem can wait until the morning.
    const isUrgent = ({ alert, change }: Change) => change !== 'closed' && channel.urgentKinds.includes(alert.kind)
    for (const urgent of [true, false]) {
      const items = concerning.filter((change) => isUrgent(change) === urgent).slice(0, MAX_ITEMS)
      if (items.length === 0) continue
      await addItems(tx, channel, urgent, itemsOf(items), now)
      written += 1
    }
  }
  return written
}

/**
 * Writes the daily digest of each channel with an alert that has been open for a day: one message with all open alerts that were not
 * acknowledged. A channel with a message that still waits gets no digest.
 */
export async function writeDigests(tx: Sql, now = new Date()): Promise<number> {
  const open = `select ${ALERT_COLUMNS} from alerts a
     where a.closed_at is null and a.acknowledged_at is null and (a.tenant_id = c.tenant_id or (a.tenant_id is null and u.role = 'admin'))
       and (c.kinds is null or a.kind = any(c.kinds))`
  const due = await tx.query<Channel>(
    `${CHANNELS} where c.is_enabled and c.paused_at is null and (c.digest_at is null or c.digest_at <= now() - interval '24 hours')
        and exists (${open} and a.created_at <= now() - interval '24 hours')
        and not exists (select 1 from alert_messages m where m.channel_id = c.id and m.status = 'waiting')
      order by c.id limit ${MAX_DIGESTS}`,
  )
  for (const channel of due) {
    const alerts = await tx.query<AlertRow>(
      `select ${ALERT_COLUMNS} from alerts a
        where a.closed_at is null and a.acknowledged_at is null and (a.tenant_id = $1 or ($2 and a.tenant_id is null))
          and ($3::text[] is null or a.kind = any($3::text[])) order by a.id limit ${MAX_ITEMS}`,
      [channel.tenantId, channel.isAdmin, channel.kinds],
    )
    const items = itemsOf(alerts.map((alert) => ({ alert, change: 'open' as const })))
    await insertMessage(tx, channel, { kind: 'digest', isUrgent: false, items, now })
    await tx.query('update alert_channels set digest_at = now() where tenant_id = $1 and id = $2', [
      channel.tenantId,
      channel.id,
    ])
  }
  return due.length
}

function concerns({ tenantId, isAdmin, kinds }: Channel, alert: AlertRow): boolean {
  const isOwn = alert.tenantId === null ? isAdmin : alert.tenantId === tenantId
  return isOwn && (kinds === null || kinds.includes(alert.kind))
}

function itemsOf(changes: { alert: AlertRow; change: MessageItem['change'] }[]): MessageItems {
  return Object.fromEntries(
    changes.map(({ alert, change }): [string, MessageItem] => [
      String(alert.id),
      {
        change,
        kind: alert.kind,
        level: alert.level,
        count: alert.count,
        facts: alert.facts,
        store_id: alert.storeId,
        is_of_installation: alert.tenantId === null,
        first_seen_at: alert.firstSeenAt.toISOString(),
        last_seen_at: alert.lastSeenAt.toISOString(),
        closed_at: alert.closedAt?.toISOString() ?? null,
      },
    ]),
  )
}

async function addItems(tx: Sql, channel: Channel, isUrgent: boolean, items: MessageItems, now: Date): Promise<void> {
  // The newest state of an alert takes the place of an older one. A message that was tried keeps its content.
  const added = await tx.query(
    `update alert_messages set items = items || $3::jsonb
      where id = (select id from alert_messages
                   where channel_id = $1 and status = 'waiting' and kind = 'changed' and attempts = 0 and is_urgent = $2
                   order by id limit 1 for update)
        and attempts = 0
      returning 1`,
    [channel.id, isUrgent, JSON.stringify(items)],
  )
  if (added.length === 0) await insertMessage(tx, channel, { kind: 'changed', isUrgent, items, now })
}

interface NewMessage {
  kind: 'changed' | 'digest'
  isUrgent: boolean
  items: MessageItems
  now: Date
}

async function insertMessage(tx: Sql, channel: Channel, { kind, isUrgent, items, now }: NewMessage): Promise<void> {
  const { id, tenantId, quietFrom: from, quietTo: to, timeZone } = channel
  const until = isUrgent || from === null || to === null ? null : quietUntil(now, { from, to, timeZone })
  await tx.query(
    `insert into alert_messages (tenant_id, channel_id, kind, is_urgent, items, next_attempt_at)
     values ($1, $2, $3, $4, $5::jsonb, coalesce($6::timestamptz, now()))`,
    [tenantId, id, kind, isUrgent, JSON.stringify(items), until],
  )
}
