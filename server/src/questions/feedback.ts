import type { Sql } from '../platform/db/database.ts'
import { invalidInput, Problem } from '../platform/errors.ts'
import { formatFa } from '../platform/i18n.ts'
import type { Reader } from '../tenants/authenticate.ts'

export const FEEDBACK_KINDS = ['click', 'conversion', 'helpful', 'not_helpful'] as const
export type FeedbackKind = (typeof FEEDBACK_KINDS)[number]

/** Most reports about one question. */
export const MAX_FEEDBACK = 100
const FOREIGN_KEY_VIOLATION = '23503'
const OPPOSITE: Partial<Record<FeedbackKind, FeedbackKind>> = { helpful: 'not_helpful', not_helpful: 'helpful' }

export interface Feedback {
  questionId: string
  kind: FeedbackKind
  productId: number | null
  /** A decimal. */
  value: string | null
  currency: string | null
}

/** `not_kept`: the tenant keeps no questions, so that nothing was stored. */
export type FeedbackStatus = 'stored' | 'repeated' | 'not_kept'

/**
 * Stores what a client tells about an answer. The same report again changes nothing; a conversion with another value replaces the
 * value; of two opposite opinions the later one counts.
 * @throws {Problem} 404 for an unknown question, 400 for a product that is not of the tenant, 409 above the limit
 */
export async function storeFeedback(tx: Sql, reader: Reader, given: Feedback): Promise<FeedbackStatus> {
  const { questionId, kind, productId, value, currency } = given
  // Reports about one question that arrive at once are stored one after the other.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [questionId])
  const [question] = await tx.query<{ tenantId: number }>(
    `select tenant_id as "tenantId" from questions where ($2::bigint is null or tenant_id = $2) and question_id = $1::uuid`,
    [questionId, reader.tenantId],
  )
  if (!question) {
    if (await keepsNone(tx, reader.tenantId)) return 'not_kept'
    throw unknownQuestion()
  }
  const { tenantId } = question
  if (productId !== null && !(await hasProduct(tx, reader, tenantId, productId))) throw unknownProduct()
  const same = 'question_id = $1::uuid and kind = $2 and coalesce(product_id, 0) = $3::bigint'
  const [known] = await tx.query<{ isEqual: boolean }>(
    `select (value is not distinct from $4::numeric and currency is not distinct from $5::text) as "isEqual"
       from question_feedback where ${same}`,
    [questionId, kind, productId ?? 0, value, currency],
  )
  if (known?.isEqual) return 'repeated'
  if (known) {
    await tx.query(
      `update question_feedback set value = $4::numeric, currency = $5::text, told_at = now() where ${same}`,
      [questionId, kind, productId ?? 0, value, currency],
    )
    return 'stored'
  }
  const opposite = OPPOSITE[kind]
  if (opposite) {
    await tx.query(`delete from question_feedback where ${same}`, [questionId, opposite, productId ?? 0])
  }
  const [counted] = await tx.query<{ count: number }>(
    'select count(*)::int as count from question_feedback where question_id = $1::uuid',
    [questionId],
  )
  if ((counted?.count ?? 0) >= MAX_FEEDBACK) throw tooMuchFeedback()
  await tx
    .query(
      `insert into question_feedback (tenant_id, question_id, kind, product_id, value, currency)
       values ($1, $2::uuid, $3, $4, $5::numeric, $6)`,
      [tenantId, questionId, kind, productId, value, currency],
    )
    .catch((error: { code?: string }) => {
      // The question was deleted meanwhile.
      throw error.code === FOREIGN_KEY_VIOLATION ? unknownQuestion() : error
    })
  return 'stored'
}

async function keepsNone(tx: Sql, tenantId: number | null): Promise<boolean> {
  if (tenantId === null) return false
  const [off] = await tx.query('select 1 from question_settings where tenant_id = $1 and not is_on', [tenantId])
  return off !== undefined
}

/** True for a product of the tenant that the reader may see. A deleted one counts: it was sold before. */
async function hasProduct(tx: Sql, { storeId, environment }: Reader, tenantId: number, id: number): Promise<boolean> {
  const [found] = await tx.query(
    `select 1 from products p join stores s on s.id = p.store_id
      where p.tenant_id = $1 and p.id = $2 and ($3::bigint is null or s.id = $3) and ($4::text is null or s.environment = $4)`,
    [tenantId, id, storeId, environment],
  )
  return found !== undefined
}

function unknownQuestion(): Problem {
  return new Problem(404, 'question_not_found', {
    en: 'There is no question with this id. Send the question_id of an answer; it can be reported about two seconds after the answer, and as long as the tenant keeps its questions.',
    fa: 'پرسشی با این شناسه پیدا نشد. مقدار question_id یک پاسخ را بفرستید؛ گزارش حدود دو ثانیه پس از پاسخ و تا زمانی که کسب‌وکار پرسش‌ها را نگه می‌دارد ممکن است.',
  })
}

function unknownProduct(): Problem {
  return invalidInput([
    {
      path: 'product_id',
      detail: {
        en: 'is no product that this credential reads; send the id of a product of the answer',
        fa: 'محصولی نیست که این توکن می‌خواند؛ شناسهٔ یکی از محصولات پاسخ را بفرستید',
      },
    },
  ])
}

function tooMuchFeedback(): Problem {
  return new Problem(409, 'too_much_feedback', {
    en: `A question takes at most ${MAX_FEEDBACK} reports; this one was not stored.`,
    fa: `هر پرسش حداکثر ${formatFa(MAX_FEEDBACK)} گزارش می‌پذیرد؛ این گزارش ذخیره نشد.`,
  })
}
