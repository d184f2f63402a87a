import { type Static, Type } from 'typebox'
import type { Sql } from '../platform/db/database.ts'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { formatFa, type Language, type Localised } from '../platform/i18n.ts'

export const RESEND_KINDS = ['all', 'products', 'category', 'since', 'failed'] as const
export type ResendKind = (typeof RESEND_KINDS)[number]

/** Products that one request can name. */
export const MAX_RESENT_PRODUCTS = 500
/** After this time without a report of the plugin another request may take the place of one in progress. */
export const STALE_HOURS = 2

const STATES = ['asked', 'taken', 'done', 'replaced', 'cancelled', 'expired'] as const

/** A request as the plugin gets it, in the answers that it reads anyway. Plugins of earlier releases ignore it. */
export const ResendTask = component(
  'ResendTask',
  Type.Object(
    {
      id: Type.Integer({ description: 'a task with a known id is not begun again' }),
      kind: oneOf(RESEND_KINDS),
      product_ids: Type.Array(Type.Integer(), {
        description:
          'of kind products: these; of kind failed: the failed ones of the server, in addition to those of the plugin',
      }),
      category: nullable(Type.String({ description: 'of kind category: its name; categories below it belong to it' })),
      since: nullable(
        Type.Integer({ description: 'of kind since: products changed after these seconds of the epoch' }),
      ),
    },
    { description: 'Products that the plugin shall send again.' },
  ),
)
export type ResendTask = Static<typeof ResendTask>

/** What the plugin reports of a task. */
export interface ResendProgress {
  id: number
  state: 'taken' | 'done'
  done: number
  total: number
}

export const Resend = component(
  'Resend',
  Type.Object(
    {
      id: Type.Integer(),
      kind: oneOf(RESEND_KINDS),
      product_ids: Type.Array(Type.Integer({ description: 'the ids that the shop gave' })),
      category: nullable(Type.String()),
      since: nullable(time()),
      state: oneOf(STATES, {
        description:
          'asked: the plugin has not taken it yet; taken: products are being sent; done; replaced by a newer one; cancelled; expired: no plugin took or finished it within a week',
      }),
      done: Type.Integer({ description: 'products that the plugin has sent or found unsendable' }),
      total: nullable(Type.Integer({ description: 'products of the request; null until the plugin has counted them' })),
      message: Type.String({ description: 'the state and the next step, in the language of the reader' }),
      created_at: time(),
      taken_at: nullable(time()),
      ended_at: nullable(time()),
      reported_at: nullable(time('the last report about it')),
    },
    { description: 'A request to send products again.' },
  ),
)
export type Resend = Static<typeof Resend>
export type ResendRow = Omit<Resend, 'message'>

export const RESEND_COLUMNS = `r.id, r.kind, to_json(r.product_ids) as product_ids, r.category, r.since, r.state, r.done, r.total, r.created_at,
  r.taken_at, r.ended_at, r.reported_at`

/** The open request of a store, for its plugin; undefined without one. One look-up in an index of open requests. */
export async function openResend(sql: Sql, storeId: number): Promise<ResendTask | undefined> {
  const [task] = await sql.query<ResendTask>(
    `select id, kind, to_json(product_ids) as product_ids, category, extract(epoch from since)::bigint as since from resend_requests
      where store_id = $1 and state in ('asked', 'taken')`,
    [storeId],
  )
  return task
}

/** Stores the progress of a task. A report about a task that has ended, or of another store, has no effect. */
export async function storeResendProgress(sql: Sql, storeId: number, progress: ResendProgress): Promise<void> {
  await sql.query(
    `update resend_requests
        set state = $3, done = least($4::int, $5::int), total = $5, taken_at = coalesce(taken_at, now()), reported_at = now(),
            ended_at = case when $3 = 'done' then now() end
      where store_id = $1 and id = $2 and state in ('asked', 'taken')`,
    [storeId, progress.id, progress.state, progress.done, progress.total],
  )
}

export function viewResend(row: ResendRow, language: Language, now = new Date()): Resend {
  return { ...row, message: resendSentence(row, now)[language] }
}

/** A plugin asks at least once an hour. */
const TAKEN_WITHIN_MS = 2 * 3_600_000

function resendSentence({ state, done, total, created_at: createdAt }: ResendRow, now: Date): Localised {
  const isLate = now.getTime() - createdAt.getTime() > TAKEN_WITHIN_MS
  switch (state) {
    case 'asked':
      return isLate
        ? {
            en: 'The plugin has not taken the request. Press “Test connection” in the plugin. A plugin of an earlier release does not know such requests: update it.',
            fa: 'افزونه این درخواست را نگرفته است. در افزونه «آزمایش اتصال» را بزنید. افزونهٔ قدیمی چنین درخواستی را نمی‌شناسد: آن را به‌روز کنید.',
          }
        : {
            en: 'The plugin takes the request within an hour. “Test connection” in the plugin takes it at once.',
            fa: 'افزونه این درخواست را در کمتر از یک ساعت می‌گیرد. «آزمایش اتصال» در افزونه آن را فوری می‌گیرد.',
          }
    case 'taken':
      return total === null
        ? { en: 'The plugin has taken the request.', fa: 'افزونه درخواست را گرفته است.' }
        : {
            en: `The plugin is sending the products: ${done} of ${total}.`,
            fa: `افزونه در حال ارسال محصولات است: ${formatFa(done)} از ${formatFa(total)}.`,
          }
    case 'done':
      return total === 0
        ? { en: 'No product of the shop belongs to the request.', fa: 'هیچ محصولی از فروشگاه در این درخواست نبود.' }
        : {
            en: total === 1 ? 'The product was sent again.' : `${total} products were sent again.`,
            fa: `${formatFa(total ?? done)} محصول دوباره فرستاده شد.`,
          }
    case 'replaced':
      return { en: 'A newer request took its place.', fa: 'درخواست تازه‌تری جای آن را گرفت.' }
    case 'cancelled':
      return { en: 'The request was cancelled.', fa: 'درخواست لغو شد.' }
    default:
      return {
        en: 'The plugin did not finish the request within a week. Update the plugin, and ask again.',
        fa: 'افزونه در یک هفته این درخواست را به پایان نرساند. افزونه را به‌روز کنید و دوباره درخواست دهید.',
      }
  }
}
