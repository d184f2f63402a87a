import { Type } from 'typebox'
import { invalidInput } from '../../platform/errors.ts'
import { bodyComponent, component, nullable } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { findPassages, mayAskAboutShop } from '../../search/documents/find-passages.ts'
import { FLOOR } from '../../search/score-products.ts'
import { bestOf } from '../../search/search-answer.ts'
import { searchProducts } from '../../search/search-products.ts'
import { Understood } from '../../search/search-schemas.ts'
import type { Authenticator } from '../../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../../tenants/credentials.ts'
import { callerOf } from '../agent-requests.ts'
import { type CatalogParts, filterOf } from '../catalog/catalog-scope.ts'
import { visibleLine } from '../catalog/visible-text.ts'
import { buildContext, type Passage } from './build-context.ts'
import { CONTEXT_PATH, ContextRequest, DEFAULT_BUDGET } from './context-tool.ts'

/** Most sources of one context. */
const MAX_SOURCES = 20
/** Most of them that are passages of pages. */
const MAX_PAGES = 3
/** The id of no store: a token that does not read the store finds nothing. */
const NO_STORE = 0

const ContextBody = bodyComponent('ContextRequest', ContextRequest)
const ContextAnswer = component(
  'ContextAnswer',
  Type.Object({
    question_id: nullable(Type.String({ format: 'uuid', description: 'the id of this question, for feedback' })),
    context: Type.String({
      description:
        'numbered sources: products with current price and stock, pages of the shop; empty when nothing was found',
    }),
    citations: Type.Array(Type.Object({ id: Type.String(), title: Type.String(), url: Type.String() }), {
      description: 'in the order of the numbers: the first is [1]',
    }),
    tokens: Type.Integer({ description: 'tokens of the context, at most budget_tokens' }),
    answered: Type.Boolean({ description: 'false: the shop has nothing that was asked for' }),
    understood: Understood,
    degraded: Type.Boolean({ description: 'true when only words were compared' }),
  }),
)

/** Passages for a prompt. */
export function contextRoutes(app: Http, { auth, ...parts }: CatalogParts & { auth: Authenticator }): void {
  app.post(
    CONTEXT_PATH,
    {
      schema: {
        tags: ['agents'],
        security: BY_KNOWLEDGE,
        operationId: 'buildContext',
        summary: 'The passages that answer a question, within a budget of tokens, with current price and stock',
        body: ContextBody,
        response: { 200: ContextAnswer },
        example: { body: { question: 'something warm for my feet', budget_tokens: 1000 } },
      },
    },
    async (request) => {
      const startedAt = performance.now()
      const caller = callerOf(request, await auth.knowledge(request), 'context')
      const { question, budget_tokens: budget = DEFAULT_BUDGET, store_id } = request.body
      const query = visibleLine(question)
      if (query === '') throw blankQuestion()
      const { tenantId, environment } = caller.reader
      const known = await filterOf(parts.db, caller, store_id === undefined ? {} : { store_id })
      const filter = known ?? { storeId: NO_STORE }
      const scope = { tenantId, environment, storeId: filter.storeId ?? null }
      const asker = tenantId
      const [found, pages] = await Promise.all([
        searchProducts(
          { ...parts, asker },
          { query, filter: { ...filter, tenantId, environment }, limit: MAX_SOURCES, floor: FLOOR },
        ),
        mayAskAboutShop(query)
          ? findPassages({ ...parts, asker }, { query, filter: scope, limit: MAX_PAGES }).then(
              ({ passages }) => passages,
            )
          : [],
      ])
      const { results, understood, degraded } = found
      const products = results.map(({ product, chunk }): Passage => ({ product, text: chunk.text }))
      const ofPages = pages.map((page): Passage => ({ page }))
      const pagesFirst = (pages[0]?.relevance ?? 0) >= (results[0]?.relevance ?? 0)
      const passages = pagesFirst ? [...ofPages, ...products] : [...products, ...ofPages]
      const answered = found.answered || pages.length > 0
      const built = buildContext(passages, budget)
      const questionId =
        known === null
          ? null
          : parts.questions.note(caller, {
              query,
              storeId: scope.storeId,
              understood,
              filters: {},
              results: found.total + pages.length,
              productIds: results.map(({ product }) => product.id),
              documentIds: pages.map(({ id }) => id),
              relevance: bestOf(results[0]?.relevance, pages[0]?.relevance),
              answered,
              degraded,
              startedAt,
            })
      return { question_id: questionId, ...built, answered, understood, degraded }
    },
  )
}

function blankQuestion() {
  return invalidInput([
    {
      path: 'question',
      detail: { en: 'must contain a word or a number', fa: 'باید دست‌کم یک کلمه یا عدد داشته باشد' },
    },
  ])
}
