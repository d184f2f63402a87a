import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { DOCUMENT_KINDS, kindWords } from '../../knowledge/documents/document-schemas.ts'
import { invalidInput } from '../../platform/errors.ts'
import { bodyComponent, oneOf } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { type Language, type Localised, negotiateLanguage } from '../../platform/i18n.ts'
import { clientFamily } from '../../questions/client-names.ts'
import type { Asking, QuestionLog } from '../../questions/question-log.ts'
import type { Authenticator } from '../../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../../tenants/credentials.ts'
import { FLOOR } from '../score-products.ts'
import type { SearchParts } from '../search-products.ts'
import { answersByFacts, DocumentsAnswer } from './document-answers.ts'
import { findPassages } from './find-passages.ts'

export const DOCUMENTS_PATH = '/api/v1/knowledge/documents/'
const DEFAULT_LIMIT = 5

const fields = {
  kind: Type.Optional(oneOf(DOCUMENT_KINDS, kindWords)),
  store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 20, ...localized('a whole number from 1 to 20', 'عددی صحیح از ۱ تا ۲۰') }),
  ),
}
const question = (maxLength: number) =>
  Type.Optional(
    Type.String({
      maxLength,
      ...localized(
        `a question of at most ${maxLength} characters; without it, kind is required`,
        `پرسشی با حداکثر ${maxLength} نویسه؛ بدون آن kind لازم است`,
      ),
    }),
  )
const DocumentsQuery = Type.Object({ q: question(500), ...fields })
export const DocumentsBody = bodyComponent(
  'DocumentsRequest',
  Type.Object({ q: question(4000), ...fields }, { additionalProperties: false }),
)

const NO_DOCUMENTS: Localised = {
  en: 'The shop has sent no pages (shipping, returns, payment …), so this cannot be answered from them.',
  fa: 'فروشگاه هیچ برگه‌ای (ارسال، مرجوعی، پرداخت و …) نفرستاده است، پس پاسخی از برگه‌ها در دست نیست.',
}
const NO_PASSAGE: Localised = {
  en: 'No page of the shop says this. Do not guess: give the buyer the contact of the shop.',
  fa: 'هیچ برگهٔ فروشگاه این را نمی‌گوید. حدس نزنید و راه تماس فروشگاه را به خریدار بدهید.',
}

/** The sentence of an answer without a passage. */
export function nothingFound(hasDocuments: boolean, language: Language): string {
  return (hasDocuments ? NO_PASSAGE : NO_DOCUMENTS)[language]
}

interface Parts extends SearchParts {
  auth: Authenticator
  questions: QuestionLog
}

/** Passages of the shop's pages, for AI clients. */
export function documentSearchRoutes(app: Http, parts: Parts): void {
  const answer = async (asking: Asking, asked: Static<typeof DocumentsBody>, language: Language) => {
    const { reader } = asking
    const startedAt = performance.now()
    const query = (asked.q ?? '').trim()
    if (!/[\p{L}\p{N}]/u.test(query) && asked.kind === undefined) throw nothingAsked()
    const { tenantId, environment, storeId } = reader
    const isElsewhere = storeId !== null && asked.store_id !== undefined && asked.store_id !== storeId
    const found = isElsewhere
      ? { passages: [], facts: [], hasDocuments: false, subjects: [], degraded: false }
      : await findPassages(
          { ...parts, asker: tenantId },
          {
            query,
            filter: { tenantId, environment, storeId: storeId ?? asked.store_id ?? null, kind: asked.kind },
            limit: asked.limit ?? DEFAULT_LIMIT,
          },
        )
    const { passages, facts, hasDocuments, subjects, degraded } = found
    const answered = passages.length > 0 || answersByFacts(facts, subjects)
    const questionId =
      query === '' || isElsewhere
        ? null
        : parts.questions.note(asking, {
            query,
            storeId: storeId ?? asked.store_id ?? null,
            understood: null,
            filters: { kind: asked.kind },
            results: passages.length,
            productIds: [],
            documentIds: passages.map(({ id }) => id),
            relevance: passages[0]?.relevance ?? null,
            answered,
            degraded,
            startedAt,
          })
    return {
      question_id: questionId,
      results: passages,
      answered,
      has_documents: hasDocuments,
      message: passages.length > 0 ? '' : nothingFound(hasDocuments, language),
      facts,
      floor: FLOOR,
      degraded,
      took_ms: Math.round((performance.now() - startedAt) * 10) / 10,
    }
  }

  const askingOf = async (request: FastifyRequest): Promise<Asking> => ({
    reader: await parts.auth.knowledge(request),
    channel: 'documents',
    tool: null,
    client: clientFamily(request.headers['user-agent']),
  })
  const shared = { tags: ['knowledge'], security: BY_KNOWLEDGE, response: { 200: DocumentsAnswer } }
  app.get(
    DOCUMENTS_PATH,
    {
      schema: {
        ...shared,
        operationId: 'searchDocuments',
        summary: 'Find passages of the shop’s pages: shipping, returns, payment, questions and answers',
        querystring: DocumentsQuery,
        example: { query: { q: 'how long does shipping take?' } },
      },
    },
    async (request) =>
      await answer(await askingOf(request), request.query, negotiateLanguage(request.headers['accept-language'])),
  )

  app.post(
    DOCUMENTS_PATH,
    {
      schema: {
        ...shared,
        operationId: 'searchDocumentsByBody',
        summary: 'The same for long questions: the parameters are fields of the body',
        body: DocumentsBody,
        example: { body: { q: 'how long does shipping take?', kind: 'shipping' } },
      },
    },
    async (request) =>
      await answer(await askingOf(request), request.body, negotiateLanguage(request.headers['accept-language'])),
  )
}

function nothingAsked() {
  return invalidInput([
    {
      path: 'q',
      detail: {
        en: 'must contain a word or a number, or name a kind',
        fa: 'باید دست‌کم یک کلمه یا عدد داشته باشد، یا kind داده شود',
      },
    },
  ])
}
