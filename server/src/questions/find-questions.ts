import type { SqlValue } from '../platform/db/database.ts'
import type { List } from '../platform/http/lists.ts'
import type { Channel } from './question-log.ts'
import { queryKey } from './write-questions.ts'

/** Which questions a list shows. */
export interface WantedQuestions {
  /** null: all tenants. */
  tenantId: number | null
  userId?: string | undefined
  storeId?: number | undefined
  since?: Date | undefined
  until?: Date | undefined
  answered?: boolean | undefined
  channel?: Channel | undefined
  client?: string | undefined
  tokenId?: number | undefined
  /** Words that the question contains, in any form of their letters. */
  text?: string | undefined
}

const COLUMNS = `q.question_id as id, q.asked_at, q.query, q.understood, q.filters, q.results,
  (select coalesce(json_agg(json_build_object('id', p.id, 'name', p.name) order by array_position(q.product_ids, p.id)), '[]'::json)
     from products p where p.tenant_id = q.tenant_id and p.id = any(q.product_ids) and p.deleted_at is null) as products,
  round(q.relevance::numeric, 3)::float8 as relevance, q.answered, q.degraded, round(q.took_ms::numeric, 1)::float8 as took_ms,
  q.channel, q.tool, q.client, q.is_guest,
  case when t.id is not null then json_build_object('id', t.id, 'name', t.name, 'preview', t.token_preview) end as token,
  case when g.id is not null then json_build_object('id', g.id, 'name', g.client_name) end as agent,
  case when s.id is not null then json_build_object('id', s.id, 'name', s.name) end as store,
  json_build_object('id', u.id, 'email', u.email) as "user",
  (select count(*)::int from question_feedback f where f.question_id = q.question_id and f.kind = 'click') as clicks,
  (select count(*)::int from question_feedback f where f.question_id = q.question_id and f.kind = 'conversion') as conversions,
  (select bool_and(f.kind = 'helpful') from question_feedback f
    where f.question_id = q.question_id and f.kind in ('helpful', 'not_helpful')) as helpful`

const SOURCE = `questions q join tenants n on n.id = q.tenant_id join users u on u.id = n.owner_id
  left join integration_tokens t on t.id = q.token_id left join oauth_grants g on g.id = q.grant_id
  left join stores s on s.id = q.store_id and s.deleted_at is null`

/** The questions, newest first, for `readPage`. */
export function questionList(wanted: WantedQuestions): List {
  const { where, values } = questionConditions(wanted)
  return {
    columns: COLUMNS,
    from: SOURCE,
    where,
    values,
    sort: { sql: 'q.asked_at', type: 'timestamptz', descending: true },
    id: 'q.id',
  }
}

/** Conditions on `questions q` (and `tenants n`, when a user is named), beginning with the tenant. */
export function questionConditions(wanted: WantedQuestions): { where: string[]; values: SqlValue[] } {
  const values: SqlValue[] = []
  const where: string[] = []
  const add = (value: SqlValue | undefined, condition: (place: string) => string) => {
    if (value === undefined || value === null) return
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  add(wanted.tenantId, (place) => `q.tenant_id = ${place}::bigint`)
  add(wanted.userId, (place) => `q.tenant_id = (select id from tenants where owner_id = ${place}::uuid)`)
  add(wanted.since, (place) => `q.asked_at >= ${place}::timestamptz`)
  add(wanted.until, (place) => `q.asked_at < ${place}::timestamptz`)
  add(wanted.storeId, (place) => `q.store_id = ${place}::bigint`)
  add(wanted.answered, (place) => `q.answered = ${place}::boolean`)
  add(wanted.channel, (place) => `q.channel = ${place}::text`)
  add(wanted.client, (place) => `q.client = ${place}::text`)
  add(wanted.tokenId, (place) => `q.token_id = ${place}::bigint`)
  add(
    wanted.text === undefined ? undefined : queryKey(wanted.text),
    (place) => `position(${place}::text in q.query_key) > 0`,
  )
  if (where.length === 0) where.push('true')
  return { where, values }
}
