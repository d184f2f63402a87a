import type { Bind, Condition } from '../../platform/db/binder.ts'
import type { SqlValue } from '../../platform/db/database.ts'
import { EVERY_TENANT } from '../../platform/db/tenant-scope.ts'
import type { List } from '../../platform/http/lists.ts'
import type { Language } from '../../platform/i18n.ts'
import { cleanName } from '../../platform/text/clean-html.ts'
import type { Reader } from '../../tenants/authenticate.ts'
import { readTime } from '../../tenants/read-time.ts'
import { withReasonIn } from '../event-view.ts'
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterSelection,
  KINDS,
  type Kind,
} from './dead-letter-schemas.ts'

/** Maximum characters of a reason that tell causes apart. */
const CAUSE_CHARACTERS = 500

/**
 * SQL for the id of the group of a dead letter: a hash of its kind and its cause. The code of a sentence of ours is the cause. In
 * another text, such as a provider's, quoted parts and words with digits (numbers of tokens, ids of requests) differ from case to
 * case, and do not count.
 */
export function groupOf(kind: string, reason: string): string {
  const words = `regexp_replace(regexp_replace(left(${reason}, ${CAUSE_CHARACTERS}), '"[^"]*"|“[^”]*”|«[^»]*»', '…', 'g'),
    '[^[:space:]]*[0-9][^[:space:]]*', '#', 'g')`
  return `md5(${kind} || ' ' || coalesce(substring(${reason} from '\\(code ([A-Za-z0-9_]{1,40})\\)'), ${words}))`
}

interface Columns {
  kind: Kind
  alias: 'e' | 'c'
  isDead: string
  reason: string
  failedAt: string
}

const EVENTS: Columns = {
  kind: 'event',
  alias: 'e',
  isDead: `e.status = 'dead'`,
  reason: 'e.error',
  failedAt: 'e.processed_at',
}
const TEXTS: Columns = {
  kind: 'embedding',
  alias: 'c',
  isDead: `c.embedding_status = 'refused'`,
  reason: 'c.embedding_error',
  failedAt: 'c.updated_at',
}

/**
 * The condition of a selection for events `e` (kind event) or chunks `c` (kind embedding), the tenant first; null when the selection
 * leaves this kind out. Without `dismissed` and without named dead letters, dismissed ones are left out. @throws {Problem} 400 for a
 * time that is none
 */
export function conditionOf(kind: Kind, reader: Reader, selection: DeadLetterSelection): Condition | null {
  const { alias, isDead, reason, failedAt } = kind === 'event' ? EVENTS : TEXTS
  const named = selection.items?.filter((item) => item.kind === kind).map((item) => item.id)
  if (named?.length === 0 || (selection.kind !== undefined && selection.kind !== kind)) return null
  const times = (['since', 'until'] as const).map((name) => {
    const text = selection[name]
    return text === undefined ? null : readTime(name, text).toISOString()
  })
  return (bind) => {
    const where = reader.scope === EVERY_TENANT ? [] : [`${alias}.tenant_id = ${bind(reader.scope)}::bigint`]
    where.push(isDead)
    const add = (condition: (placeholder: string) => string, value: SqlValue | undefined) => {
      if (value !== undefined && value !== null) where.push(condition(bind(value)))
    }
    add((v) => `${alias}.tenant_id = (select id from tenants where owner_id = ${v}::uuid)`, selection.user_id)
    // Dead letters are indexed by tenant.
    add((v) => `${alias}.tenant_id = (select tenant_id from stores where id = ${v}::bigint)`, selection.store_id)
    add((v) => `${alias}.store_id = ${v}::bigint`, selection.store_id)
    add((v) => `${failedAt} >= ${v}::timestamptz`, times[0])
    add((v) => `${failedAt} < ${v}::timestamptz`, times[1])
    add((v) => `${groupOf(`'${kind}'`, reason)} = ${v}::text`, selection.group)
    add((v) => `${alias}.id = any(${v}::bigint[])`, named)
    if (selection.dismissed !== undefined || named === undefined)
      where.push(`${alias}.dismissed_at is ${selection.dismissed ? 'not null' : 'null'}`)
    return where.join(' and ')
  }
}

/** The selected dead letters of both kinds, as a source `d` of a statement. */
export function deadLettersFrom(reader: Reader, selection: DeadLetterSelection, bind: Bind): string {
  const parts = KINDS.flatMap((kind) => {
    const condition = conditionOf(kind, reader, selection)
    return condition ? [`${SOURCES[kind]} where ${condition(bind)}`] : []
  })
  return `(${parts.length > 0 ? parts.join('\n union all\n') : `${SOURCES.event} where false`}) d`
}

const SOURCES: Record<Kind, string> = {
  event: `select 'event' as kind, e.id, e.received_at, e.tenant_id, e.store_id, e.error as reason, e.processed_at as failed_at,
                 e.dismissed_at, e.event_id::text as event_id, 'woo_' || e.external_product_id as external_id, null as text
            from events e`,
  embedding: `select 'embedding' as kind, c.id, null::timestamptz as received_at, c.tenant_id, c.store_id, c.embedding_error as reason,
                 c.updated_at as failed_at, c.dismissed_at, null as event_id, coalesce(p.external_id, 'page_' || n.external_id) as external_id,
                 c.text
            from knowledge_chunks c left join products p on p.id = c.product_id left join documents n on n.id = c.document_id`,
}

/** The stored product of a dead letter `d`. The inner "select" makes the id a value (see EVENT_COLUMNS). */
export const PRODUCT_COLUMN = `(select json_build_object('id', p.id, 'name', p.name, 'image', p.image) from products p
    where p.store_id = d.store_id and p.external_id = (select d.external_id)) as product`

/** Bytes of a payload up to which the name of its product is read. */
const MAX_NAMED_PAYLOAD_BYTES = 100_000

/**
 * The name in the payload of an event `d` whose product was never stored. An escape that PostgreSQL cannot turn into a character
 * would fail the whole statement, so such a payload gives no name.
 */
export const NAME_COLUMN = `case when d.kind = 'event' and not exists (select 1 from products p
      where p.store_id = d.store_id and p.external_id = (select d.external_id) and p.name <> '') then (
    select left(x.payload -> 'product' ->> 'name', 500) from events x
     where x.id = d.id and x.received_at = d.received_at and pg_column_size(x.payload) <= ${MAX_NAMED_PAYLOAD_BYTES}
       and x.payload::text !~ '\\\\u(0000|[dD][89a-fA-F])') end as product_name`

const STORE_COLUMN = `(select json_build_object('id', s.id, 'name', s.name) from stores s where s.id = d.store_id) as store`

/** Both kinds count their own ids: this one is unique among both. */
export const UNIQUE_ID = `(d.id * 2 + (d.kind = 'event')::int)`

/** The list of dead letters, the last failure first, for `readPage`. */
export function deadLetterList(reader: Reader, filter: DeadLetterFilter, values: SqlValue[], bind: Bind): List {
  return {
    columns: `d.kind, d.id, ${groupOf('d.kind', 'd.reason')} as group, d.reason, d.failed_at, d.dismissed_at, d.event_id, d.external_id,
              d.text, ${PRODUCT_COLUMN}, ${NAME_COLUMN}, ${STORE_COLUMN}`,
    from: deadLettersFrom(reader, filter, bind),
    where: ['true'],
    values,
    sort: { sql: 'd.failed_at', type: 'timestamptz', descending: true },
    id: UNIQUE_ID,
  }
}

/** A dead letter as its reader sees it: the reason in their language, the name in an event without markup. */
export function deadLetterIn(language: Language, letter: DeadLetter): DeadLetter {
  return { ...withReasonIn(language, 'reason', letter), product_name: shownName(letter.product_name) }
}

/** A name in a payload without markup; null without a readable character. */
export function shownName(name: string | null): string | null {
  return name === null ? null : cleanName(name) || null
}
