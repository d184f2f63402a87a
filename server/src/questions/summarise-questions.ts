import type { Sql } from '../platform/db/database.ts'
import { questionConditions, type WantedQuestions } from './find-questions.ts'
import type { GroupOfQuestions, QuestionsBucket, QuestionsOfClient, QuestionsSummary } from './question-schemas.ts'

/** Most questions that a summary reads, the newest ones: about 0.8 s of the embedded database. */
const MAX_COUNTED = 100_000
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

/**
 * The figures of the last hours, and the questions that were asked most, at most `limit` of each kind. One statement, so that the
 * questions are read once: 200,000 of them took 1.5 s on the embedded database, and 4 s with five statements.
 */
export async function summariseQuestions(
  tx: Sql,
  wanted: Pick<WantedQuestions, 'tenantId' | 'storeId'>,
  { hours, limit }: { hours: number; limit: number },
): Promise<QuestionsSummary> {
  const { from, to, bucketHours, bucketMs } = intervals(hours)
  const { where, values } = questionConditions({ ...wanted, since: from })
  const [found] = await tx.query<Found>(
    `with asked as materialized (
       select q.id, q.question_id, q.asked_at, q.query_key, q.client, q.is_guest, q.token_id, q.grant_id, q.answered, q.degraded,
              q.took_ms
         from questions q where ${where.join(' and ')} order by q.asked_at desc, q.id desc limit ${MAX_COUNTED}
     ), told as materialized (
       select f.question_id, (count(*) filter (where f.kind = 'click'))::int as clicks,
              (count(*) filter (where f.kind = 'conversion'))::int as conversions,
              (count(*) filter (where f.kind = 'helpful'))::int as helpful,
              (count(*) filter (where f.kind = 'not_helpful'))::int as not_helpful
         from question_feedback f where f.question_id in (select question_id from asked) group by f.question_id
     ), totals as (
       select count(*)::int as questions, (count(*) filter (where a.answered))::int as answered,
              (count(*) filter (where a.degraded))::int as degraded,
              percentile_cont(0.5) within group (order by a.took_ms) as median_ms
         from asked a
     ), reported as (
       select coalesce(sum(clicks), 0)::int as clicks, coalesce(sum(conversions), 0)::int as conversions,
              coalesce(sum(helpful), 0)::int as helpful, coalesce(sum(not_helpful), 0)::int as not_helpful from told
     ), sold as (
       select f.currency, sum(f.value)::text as value from question_feedback f join asked a on a.question_id = f.question_id
        where f.value is not null group by f.currency
     ), counted as (
       select floor((extract(epoch from a.asked_at) * 1000 - ${from.getTime()}) / ${bucketMs})::int as place,
              (count(*) filter (where a.answered))::int as answered, (count(*) filter (where not a.answered))::int as unanswered
         from asked a group by 1
     ), grouped as (
       -- The greatest array is that of the last question.
       select a.query_key, count(*)::int as questions, (count(*) filter (where not a.answered))::int as unanswered,
              coalesce(sum(o.clicks), 0)::int as clicks, coalesce(sum(o.conversions), 0)::int as conversions,
              max(array[a.id, a.answered::int]) as last
         from asked a left join told o on o.question_id = a.question_id group by a.query_key
     ), ranked as (
       select *, last[1] as last_id, last[2] = 1 as answered_now, row_number() over (order by questions desc, last[1] desc) as place,
              row_number() over (order by last[2], unanswered desc, last[1] desc) as missing_place from grouped
     ), shown as (
       select l.query, r.questions, r.unanswered, r.answered_now, coalesce(l.understood -> 'unknown', '[]'::json) as unknown, r.clicks,
              r.conversions, l.asked_at as last_asked_at, r.place, r.missing_place,
              r.place <= ${limit} as is_top, r.missing_place <= ${limit} and not r.answered_now as is_missing
         from ranked r join questions l on l.id = r.last_id
        where r.place <= ${limit} or (r.missing_place <= ${limit} and not r.answered_now)
     ), clients as (
       select a.client, a.is_guest, a.token_id, a.grant_id, count(*)::int as questions,
              (count(*) filter (where not a.answered))::int as unanswered, coalesce(sum(o.clicks), 0)::int as clicks,
              coalesce(sum(o.conversions), 0)::int as conversions
         from asked a left join told o on o.question_id = a.question_id
        group by a.client, a.is_guest, a.token_id, a.grant_id
        order by count(*) desc, a.client, a.token_id, a.grant_id limit ${MAX_CLIENTS}
     ), named as (
       select c.client, c.is_guest,
              case when t.id is not null
                then json_build_object('id', t.id, 'name', t.name, 'preview', t.token_preview) end as token,
              case when g.id is not null then json_build_object('id', g.id, 'name', g.client_name) end as agent,
              c.questions, c.unanswered, c.clicks, c.conversions
         from clients c left join integration_tokens t on t.id = c.token_id left join oauth_grants g on g.id = c.grant_id
        order by c.questions desc, c.client, c.token_id, c.grant_id
     )
     select (select row_to_json(totals) from totals) as totals, (select row_to_json(reported) from reported) as reported,
            (select coalesce(json_agg(sold order by currency), '[]'::json) from sold) as sold,
            (select coalesce(json_agg(counted), '[]'::json) from counted) as counted,
            (select coalesce(json_agg(shown order by place), '[]'::json) from shown) as groups,
            (select coalesce(json_agg(named), '[]'::json) from named) as clients`,
    values,
  )
  if (!found) throw new Error('a select of one row returned none')
  const { totals, reported, sold, counted, groups, clients } = found
  const unanswered = groups.filter(({ is_missing }) => is_missing).sort((a, b) => a.missing_place - b.missing_place)
  return {
    from,
    to,
    bucket_hours: bucketHours,
    counted_all: totals.questions < MAX_COUNTED,
    questions: totals.questions,
    answered: totals.answered,
    unanswered: totals.questions - totals.answered,
    degraded: totals.degraded,
    median_ms: totals.median_ms === null ? null : Math.round(totals.median_ms * 10) / 10,
    ...reported,
    values: sold,
    series: seriesOf(counted, { from, to, bucketMs }),
    top: groups.filter(({ is_top }) => is_top).map(groupOf),
    top_unanswered: unanswered.map(groupOf),
    by_client: clients,
  }
}

/** The one row of the statement, as JSON: times are texts. */
interface Found {
  totals: { questions: number; answered: number; degraded: number; median_ms: number | null }
  reported: Pick<QuestionsSummary, 'clicks' | 'conversions' | 'helpful' | 'not_helpful'>
  sold: QuestionsSummary['values']
  counted: Counted[]
  groups: FoundGroup[]
  clients: QuestionsOfClient[]
}

interface FoundGroup extends Omit<GroupOfQuestions, 'last_asked_at'> {
  last_asked_at: string
  missing_place: number
  is_top: boolean
  is_missing: boolean
}

interface Counted {
  place: number
  answered: number
  unanswered: number
}

function groupOf(group: FoundGroup): GroupOfQuestions {
  const { query, questions, unanswered, answered_now, unknown, clicks, conversions, last_asked_at } = group
  return {
    query,
    questions,
    unanswered,
    answered_now,
    unknown,
    clicks,
    conversions,
    last_asked_at: new Date(last_asked_at),
  }
}

function seriesOf(
  counted: Counted[],
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
