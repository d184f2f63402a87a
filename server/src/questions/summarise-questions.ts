import type { Sql } from '../platform/db/database.ts'
import { questionConditions, type WantedQuestions } from './find-questions.ts'
import type { GroupOfQuestions, QuestionsBucket, QuestionsOfClient, QuestionsSummary } from './question-schemas.ts'

/** Most questions that a summary reads: a bound for a reader of all tenants. */
const MAX_COUNTED = 200_000
/** Most intervals: the capacity of a chart. */
const MAX_BUCKETS = 60
const BUCKET_HOURS = [1, 2, 3, 6, 12, 24, 48, 168]
const HOUR_MS = 3_600_000
const MAX_CLIENTS = 20

/** The times of a summary: whole intervals, the last of them up to now. */
function intervals(hours: number) {
  const to = new Date()
  const bucketHours = BUCKET_HOURS.find((size) => hours / size <= MAX_BUCKETS) ?? 168
  const bucketMs = bucketHours * HOUR_MS
  const from = new Date(Math.floor((to.getTime() - (hours - 1) * HOUR_MS) / bucketMs) * bucketMs)
  return { from, to, bucketHours, bucketMs }
}

/** The figures of the last hours, and the questions that were asked most, at most `limit` of each kind. */
export async function summariseQuestions(
  tx: Sql,
  wanted: Pick<WantedQuestions, 'tenantId' | 'storeId'>,
  { hours, limit }: { hours: number; limit: number },
): Promise<QuestionsSummary> {
  const { from, to, bucketHours, bucketMs } = intervals(hours)
  const { where, values } = questionConditions({ ...wanted, since: from })
  const asked = `asked as materialized (
    select q.id, q.question_id, q.tenant_id, q.asked_at, q.query_key, q.client, q.is_guest, q.token_id, q.grant_id, q.answered,
           q.degraded, q.took_ms
      from questions q where ${where.join(' and ')} order by q.asked_at desc, q.id desc limit ${MAX_COUNTED})`
  // One scan of the feedback; most questions have none.
  const told = `told as materialized (
    select f.question_id, (count(*) filter (where f.kind = 'click'))::int as clicks,
           (count(*) filter (where f.kind = 'conversion'))::int as conversions,
           (count(*) filter (where f.kind = 'helpful'))::int as helpful,
           (count(*) filter (where f.kind = 'not_helpful'))::int as not_helpful
      from question_feedback f where f.question_id in (select question_id from asked) group by f.question_id)`
  const [totals] = await tx.query<Totals>(
    `with ${asked}, ${told}
     select count(*)::int as questions, (count(*) filter (where a.answered))::int as answered,
            (count(*) filter (where a.degraded))::int as degraded,
            percentile_cont(0.5) within group (order by a.took_ms)::float8 as "medianMs",
            coalesce(sum(o.clicks), 0)::int as clicks, coalesce(sum(o.conversions), 0)::int as conversions,
            coalesce(sum(o.helpful), 0)::int as helpful, coalesce(sum(o.not_helpful), 0)::int as "notHelpful"
       from asked a left join told o on o.question_id = a.question_id`,
    values,
  )
  if (!totals) throw new Error('an aggregate returned no row')
  const sold = await tx.query<{ currency: string; value: string }>(
    `with ${asked}
     select f.currency, sum(f.value) as value from question_feedback f join asked a on a.question_id = f.question_id
      where f.value is not null group by f.currency order by f.currency`,
    values,
  )
  const counted = await tx.query<{ place: number; answered: number; unanswered: number }>(
    `with ${asked}
     select floor((extract(epoch from a.asked_at) * 1000 - ${from.getTime()}) / ${bucketMs})::int as place,
            (count(*) filter (where a.answered))::int as answered, (count(*) filter (where not a.answered))::int as unanswered
       from asked a group by 1`,
    values,
  )
  const groups = await tx.query<GroupOfQuestions & { isTop: boolean; isMissing: boolean }>(
    `with ${asked}, ${told}, grouped as (
       select a.query_key, count(*)::int as questions, (count(*) filter (where not a.answered))::int as unanswered,
              coalesce(sum(o.clicks), 0)::int as clicks, coalesce(sum(o.conversions), 0)::int as conversions,
              max(a.id) as last_id, (array_agg(a.answered order by a.id desc))[1] as answered_now
         from asked a left join told o on o.question_id = a.question_id group by a.query_key
     ), ranked as (
       select *, row_number() over (order by questions desc, last_id desc) as place,
              row_number() over (order by answered_now, unanswered desc, last_id desc) as missing_place from grouped
     )
     select l.query, r.questions, r.unanswered, r.answered_now, coalesce(l.understood -> 'unknown', '[]'::json) as unknown, r.clicks,
            r.conversions, l.asked_at as last_asked_at, r.place <= ${limit} as "isTop",
            r.missing_place <= ${limit} and not r.answered_now as "isMissing"
       from ranked r join questions l on l.id = r.last_id
      where r.place <= ${limit} or (r.missing_place <= ${limit} and not r.answered_now)
      order by r.place`,
    values,
  )
  const clients = await tx.query<QuestionsOfClient>(
    `with ${asked}, ${told}, counted as (
       select a.client, a.is_guest, a.token_id, a.grant_id, count(*)::int as questions,
              (count(*) filter (where not a.answered))::int as unanswered, coalesce(sum(o.clicks), 0)::int as clicks,
              coalesce(sum(o.conversions), 0)::int as conversions
         from asked a left join told o on o.question_id = a.question_id
        group by a.client, a.is_guest, a.token_id, a.grant_id
        order by count(*) desc, a.client, a.token_id, a.grant_id limit ${MAX_CLIENTS})
     select c.client, c.is_guest,
            case when t.id is not null then json_build_object('id', t.id, 'name', t.name, 'preview', t.token_preview) end as token,
            case when g.id is not null then json_build_object('id', g.id, 'name', g.client_name) end as agent,
            c.questions, c.unanswered, c.clicks, c.conversions
       from counted c left join integration_tokens t on t.id = c.token_id left join oauth_grants g on g.id = c.grant_id
      order by c.questions desc, c.client, c.token_id, c.grant_id`,
    values,
  )
  const group = ({ isTop: _isTop, isMissing: _isMissing, ...shown }: (typeof groups)[number]): GroupOfQuestions => shown
  return {
    from,
    to,
    bucket_hours: bucketHours,
    counted_all: totals.questions < MAX_COUNTED,
    questions: totals.questions,
    answered: totals.answered,
    unanswered: totals.questions - totals.answered,
    degraded: totals.degraded,
    median_ms: totals.medianMs === null ? null : Math.round(totals.medianMs * 10) / 10,
    clicks: totals.clicks,
    conversions: totals.conversions,
    helpful: totals.helpful,
    not_helpful: totals.notHelpful,
    values: sold,
    series: seriesOf(counted, { from, to, bucketMs }),
    top: groups.filter(({ isTop }) => isTop).map(group),
    top_unanswered: groups
      .filter(({ isMissing }) => isMissing)
      .sort((a, b) => b.unanswered - a.unanswered || b.last_asked_at.getTime() - a.last_asked_at.getTime())
      .map(group),
    by_client: clients,
  }
}

interface Totals {
  questions: number
  answered: number
  degraded: number
  medianMs: number | null
  clicks: number
  conversions: number
  helpful: number
  notHelpful: number
}

function seriesOf(
  counted: { place: number; answered: number; unanswered: number }[],
  { from, to, bucketMs }: { from: Date; to: Date; bucketMs: number },
): QuestionsBucket[] {
  const byPlace = new Map(counted.map((bucket) => [bucket.place, bucket]))
  const buckets = Math.ceil((to.getTime() - from.getTime()) / bucketMs)
  return Array.from({ length: buckets }, (_, place) => ({
    at: new Date(from.getTime() + place * bucketMs),
    answered: byPlace.get(place)?.answered ?? 0,
    unanswered: byPlace.get(place)?.unanswered ?? 0,
  }))
}
