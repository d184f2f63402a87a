import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { SILENCES } from './ask-shop.ts'
import { FIELDS } from './compare-answers.ts'

export const FreshnessParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

const figures = {
  sampled: Type.Integer({ description: 'sampled answers that are decided: right and wrong' }),
  right: Type.Integer(),
  wrong: Type.Integer(),
}

const percent = nullable(
  Type.Number({ description: 'right answers of the sampled, rounded down to one decimal; null without a sample' }),
)

export const FreshnessFinding = component(
  'FreshnessFinding',
  Type.Object(
    {
      id: Type.Integer(),
      product: Type.Object({
        id: nullable(Type.Integer({ description: 'our id; null: the product was never received' })),
        external_id: Type.String({ description: 'the id in the shop, such as woo_414' }),
        name: Type.String(),
        image: Type.String(),
        permalink: Type.String(),
      }),
      field: oneOf(FIELDS),
      ours: nullable(
        Type.String({
          description:
            'our answer: an amount with its currency, in_stock, out_of_stock, a quantity, shown or not_shown; null: none',
        }),
      ),
      theirs: nullable(Type.String({ description: 'the same of the shop' })),
      since: time('when the difference was first seen'),
      confirmed_at: time('when a second look found it again'),
    },
    { description: 'An answer that differs from the shop.' },
  ),
)
export type FreshnessFinding = Static<typeof FreshnessFinding>

export const StoreFreshness = component(
  'StoreFreshness',
  Type.Object({
    state: oneOf(['unavailable', 'off', 'waiting', 'checked', 'silent'], {
      description:
        'unavailable: the operator has turned checks off, or the store is a test copy; off: by the store’s switch; waiting: the first visit comes within an hour; checked: the last visit compared answers; silent: the last visit could not, see reason',
    }),
    is_on: Type.Boolean({ description: 'the switch of the store' }),
    reason: nullable(oneOf(SILENCES, { description: 'why the last visit compared nothing' })),
    detail: nullable(Type.String({ description: 'technical detail of the reason, such as HTTP 403' })),
    message: Type.String({ description: 'the result and the next step, in the language of the reader' }),
    days: Type.Integer({ description: 'the days of the figures' }),
    ...figures,
    late: Type.Integer({
      description: 'right answers that differed at first: the event was on its way when the shop was asked',
    }),
    undecided: Type.Integer({ description: 'answers that differed at the first look and wait for the second one' }),
    percent,
    wrong_now: Type.Integer({ description: 'products whose answer differs from the shop at present' }),
    checked_at: nullable(time('the last visit of the shop')),
    next_at: nullable(time('the next visit')),
    history: Type.Array(Type.Object({ day: Type.String({ format: 'date', description: 'in UTC' }), ...figures }), {
      description: 'days with decided answers, the oldest first',
    }),
    findings: Type.Array(FreshnessFinding, {
      description: 'the wrong answers at present, the newest first; at most 50',
    }),
  }),
)
export type StoreFreshness = Static<typeof StoreFreshness>

export const FreshnessChange = bodyComponent(
  'FreshnessChange',
  Type.Object(
    {
      is_on: Type.Boolean(
        localized(
          'true or false: whether the shop of the store is visited',
          'true یا false: آیا سایت فروشگاه بازدید شود',
        ),
      ),
    },
    { additionalProperties: false },
  ),
)

export const FreshnessVisit = component(
  'FreshnessVisit',
  Type.Object({ next_at: time('the visit, within seconds'), message: Type.String() }),
)

export const FreshnessSummary = component(
  'FreshnessSummary',
  Type.Object({
    days: Type.Integer(),
    ...figures,
    percent,
    wrong_now: Type.Integer({ description: 'products whose answer differs from the shop at present' }),
    stores: Type.Integer({ description: 'stores with a decided answer' }),
    silent_stores: Type.Integer({ description: 'stores whose last visit compared nothing' }),
    worst: Type.Array(
      Type.Object({
        id: Type.Integer(),
        name: Type.String(),
        percent,
        wrong_now: Type.Integer(),
      }),
      { description: 'stores with wrong answers at present, the most first; at most 5' },
    ),
  }),
)
export type FreshnessSummary = Static<typeof FreshnessSummary>
