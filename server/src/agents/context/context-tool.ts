import { type Static, Type } from 'typebox'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { plainSchema } from '../tools.ts'

export const MIN_BUDGET = 100
export const MAX_BUDGET = 20_000
export const DEFAULT_BUDGET = 2_000
export const CONTEXT_PATH = '/api/v1/knowledge/context/'

export const ContextRequest = Type.Object(
  {
    question: Type.String({
      minLength: 1,
      maxLength: 4000,
      ...localized('the buyer’s question: 1 to 4000 characters', 'پرسش خریدار: ۱ تا ۴۰۰۰ نویسه'),
    }),
    budget_tokens: Type.Optional(
      Type.Integer({
        minimum: MIN_BUDGET,
        maximum: MAX_BUDGET,
        ...localized(
          `a whole number from ${MIN_BUDGET} to ${MAX_BUDGET}: the most tokens of the text, by default ${DEFAULT_BUDGET}`,
          'عددی صحیح از ۱۰۰ تا ۲۰۰۰۰: بیشترین تعداد توکن متن، به‌طور پیش‌فرض ۲۰۰۰',
        ),
      }),
    ),
    store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
  },
  { additionalProperties: false },
)
export type ContextRequest = Static<typeof ContextRequest>

/** The route as a function of a chat API. */
export const CONTEXT_TOOL = {
  name: 'shop_context',
  description:
    'The passages of the shop’s catalogue that answer a question, with current price and stock, as one text with numbered sources. An unanswered question has answered: false.',
  parameters: plainSchema(ContextRequest),
  path: CONTEXT_PATH,
}
