import { type Static, Type } from 'typebox'
import type { Access, Database, Sql } from '../platform/db/database.ts'
import { deleteInPages } from '../platform/db/delete-in-pages.ts'
import { component, nullable, time } from '../platform/http/contract.ts'

/** Days for which questions are kept when the tenant has said nothing. */
export const DEFAULT_RETENTION_DAYS = 90
export const MAX_RETENTION_DAYS = 730
/** Most questions of a tenant, about 200 MB; the oldest ones beyond it are deleted every hour. */
export const MAX_QUESTIONS = 200_000

export const QuestionSettings = component(
  'QuestionSettings',
  Type.Object(
    {
      is_on: Type.Boolean({ description: 'false: no question is stored' }),
      retention_days: Type.Integer({ description: 'days after which a question is deleted' }),
      changed_at: nullable(time('null: never changed')),
      stored: Type.Integer({ description: 'questions in the log now' }),
      oldest_at: nullable(time()),
    },
    { description: 'Whether a tenant keeps its questions, and for how long.' },
  ),
)
export type QuestionSettings = Static<typeof QuestionSettings>

/** The settings of a tenant, and the size of its log. */
export async function readQuestionSettings(sql: Sql, tenantId: number): Promise<QuestionSettings> {
  const [found] = await sql.query<QuestionSettings>(
    `select coalesce(s.is_on, true) as is_on, coalesce(s.retention_days, ${DEFAULT_RETENTION_DAYS}) as retention_days, s.changed_at,
            (select count(*)::int from questions q where q.tenant_id = $1) as stored,
            (select min(q.asked_at) from questions q where q.tenant_id = $1) as oldest_at
       from (select 1) one left join question_settings s on s.tenant_id = $1`,
    [tenantId],
  )
  if (!found) throw new Error('a select of one row returned none')
  return found
}

export interface SettingsChange {
  is_on?: boolean
  retention_days?: number
}

/** Changes what is given. The next batch of questions follows `is_on`; the next hour's maintenance follows `retention_days`. */
export async function changeQuestionSettings(tx: Sql, tenantId: number, change: SettingsChange): Promise<void> {
  await tx.query(
    `insert into question_settings as s (tenant_id, is_on, retention_days)
     values ($1, coalesce($2::boolean, true), coalesce($3::int, ${DEFAULT_RETENTION_DAYS}))
     on conflict (tenant_id) do update
        set is_on = coalesce($2::boolean, s.is_on), retention_days = coalesce($3::int, s.retention_days), changed_at = now()`,
    [tenantId, change.is_on ?? null, change.retention_days ?? null],
  )
}

/** Deletes all questions of a tenant with their feedback, one page per transaction. Returns their number. */
export async function deleteQuestions(access: Access, tenantId: number): Promise<number> {
  return await deleteInPages(access, 'questions', (bind) => `tenant_id = ${bind(tenantId)}::bigint`)
}

/**
 * Deletes questions that are older than their tenant keeps them, and the oldest ones above the limit of a tenant, one page per
 * transaction. Every statement uses the index by tenant and time. Called every hour; safe in two processes at once.
 */
export async function pruneQuestions(db: Database): Promise<void> {
  const tenants = await db.service.query<{ id: number; days: number }>(
    `select n.id, coalesce(s.retention_days, ${DEFAULT_RETENTION_DAYS}) as days
       from tenants n left join question_settings s on s.tenant_id = n.id
      where exists (select 1 from questions q where q.tenant_id = n.id) order by n.id`,
  )
  for (const { id, days } of tenants) {
    await deleteInPages(
      db.service,
      'questions',
      (bind) => `tenant_id = ${bind(id)}::bigint and asked_at < now() - make_interval(days => ${bind(days)}::int)`,
    )
    const [beyond] = await db.service.query<{ at: Date }>(
      `select asked_at as at from questions where tenant_id = $1 order by asked_at desc, id desc offset ${MAX_QUESTIONS} limit 1`,
      [id],
    )
    if (!beyond) continue
    await deleteInPages(
      db.service,
      'questions',
      (bind) => `tenant_id = ${bind(id)}::bigint and asked_at <= ${bind(beyond.at)}::timestamptz`,
    )
  }
}
