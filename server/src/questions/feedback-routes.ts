import { type Static, Type } from 'typebox'
import { priceParameter } from '../catalog/products/price-unit.ts'
import type { Database } from '../platform/db/database.ts'
import { invalidInput } from '../platform/errors.ts'
import { bodyComponent, component, oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../tenants/credentials.ts'
import { FEEDBACK_KINDS, type Feedback, storeFeedback } from './feedback.ts'
import type { QuestionLog } from './question-log.ts'

const KINDS = FEEDBACK_KINDS.join(', ')

const FeedbackBody = bodyComponent(
  'FeedbackRequest',
  Type.Object(
    {
      question_id: Type.String({
        format: 'uuid',
        ...localized('the question_id of an answer', 'مقدار question_id یک پاسخ'),
      }),
      kind: oneOf(FEEDBACK_KINDS, localized(`one of ${KINDS}`, `یکی از ${KINDS}`)),
      product_id: Type.Optional(
        idSchema(
          localized(
            'the id of a product of the answer; required for a click',
            'شناسهٔ یکی از محصولات پاسخ؛ برای click لازم است',
          ),
        ),
      ),
      value: Type.Optional(
        Type.Union(
          [Type.Number(), Type.String({ maxLength: 80 })],
          localized(
            'the amount of a conversion, such as 850000; needs a currency',
            'مبلغ خرید، مانند ۸۵۰۰۰۰؛ همراه currency',
          ),
        ),
      ),
      currency: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z]{3,4}$',
          ...localized('the currency of value, such as EUR or IRT', 'واحد value، مانند EUR یا IRT'),
        }),
      ),
    },
    { additionalProperties: false },
  ),
)

const FeedbackReceipt = component(
  'FeedbackReceipt',
  Type.Object({
    status: oneOf(['stored', 'repeated', 'not_kept'], {
      description: 'repeated: it was known; not_kept: the tenant keeps no questions',
    }),
    question_id: Type.String({ format: 'uuid' }),
  }),
)

/** Reports of clients about answers: clicks, conversions and opinions. */
export function feedbackRoutes(
  app: Http,
  { db, auth, questions }: { db: Database; auth: Authenticator; questions: QuestionLog },
): void {
  app.post(
    '/api/v1/knowledge/feedback/',
    {
      schema: {
        tags: ['knowledge'],
        security: BY_KNOWLEDGE,
        operationId: 'sendFeedback',
        summary: 'Report a click, a conversion or an opinion about an answer; the same report again changes nothing',
        body: FeedbackBody,
        response: { 200: FeedbackReceipt },
        problems: [404, 409],
        example: {
          body: {
            question_id: '01935d4c-7a10-7c3e-9b51-0242ac120002',
            kind: 'conversion',
            product_id: 1,
            value: '49.90',
            currency: 'EUR',
          },
        },
      },
    },
    async (request) => {
      const reader = await auth.knowledge(request)
      const feedback = readFeedback(request.body)
      // A client may report faster than questions are written.
      if (questions.isWaiting(feedback.questionId)) await questions.flush()
      const status = await db.inScope(reader.scope).transaction((tx) => storeFeedback(tx, reader, feedback))
      return { status, question_id: feedback.questionId }
    },
  )
}

/** @throws {Problem} 400 that names the fields which do not fit each other */
function readFeedback(given: Static<typeof FeedbackBody>): Feedback {
  const { question_id: questionId, kind, product_id: productId = null, currency } = given
  const value = priceParameter('value', given.value)
  if (kind === 'click' && productId === null)
    throw issueAt('product_id', 'is required for a click', 'برای click لازم است')
  if (value !== null && kind !== 'conversion')
    throw issueAt('value', 'is only for a conversion', 'فقط برای conversion است')
  if (value?.startsWith('-')) throw issueAt('value', 'must be 0 or more', 'باید صفر یا بیشتر باشد')
  if ((value === null) !== (currency === undefined))
    throw issueAt('currency', 'and value belong together: send both or none', 'و value با هم می‌آیند: هر دو یا هیچ‌کدام')
  return { questionId: questionId.toLowerCase(), kind, productId, value, currency: currency?.toUpperCase() ?? null }
}

function issueAt(path: string, en: string, fa: string) {
  return invalidInput([{ path, detail: { en, fa } }])
}
