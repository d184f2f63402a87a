import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { priceParameter, withPriceUnit } from '../catalog/products/price-unit.ts'
import type { ProductFilter } from '../catalog/products/product-view.ts'
import type { Database } from '../platform/db/database.ts'
import { invalidInput } from '../platform/errors.ts'
import { bodyComponent } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { clientFamily } from '../questions/client-names.ts'
import type { Asking, QuestionLog } from '../questions/question-log.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../tenants/credentials.ts'

import type { Curations } from './curation/curation.ts'
import { compactPassage } from './documents/document-answers.ts'
import { type DocumentFilter, type FoundPassage, findPassages, mayAskAboutShop } from './documents/find-passages.ts'
import { offsetOf } from './rank-products.ts'
import { FLOOR } from './score-products.ts'
import { type AnswerFields, bestOf, isCompact, readFields, sentAnswer } from './search-answer.ts'
import { nothing, searchProducts } from './search-products.ts'
import { SearchAnswer } from './search-schemas.ts'
import { UNDERSTANDING, type UnderstandingPart, understandQuery } from './understand/understand-query.ts'
import type { QueryEmbedder } from './vectors/embed-query.ts'
import type { Vocabularies } from './words/vocabulary.ts'

const PARTS = UNDERSTANDING.join(', ')
const partsWords = localized(
  `parts of understanding to switch off, so that their words are searched as they are: ${PARTS}, or all`,
  `بخش‌هایی از فهم پرسش که خاموش می‌شوند تا کلمه‌هایشان همان‌طور که هستند جست‌وجو شوند: ${PARTS} یا all`,
)
const fieldsWords = localized(
  'fields of the products, separated by commas; full for all of them; by default the few of a compact answer',
  'فیلدهای محصولات با ویرگول؛ full برای همه؛ به‌طور پیش‌فرض چند فیلد یک پاسخ کوتاه',
)
const amountWords = localized('an amount, such as 2000000', 'یک مبلغ، مانند ۲۰۰۰۰۰۰')
const storesWords = localized('the id of a store, or several', 'شناسهٔ یک یا چند فروشگاه')
const yesNo = Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false')))

/** Fields that GET and POST have in common. */
const COMMON = {
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  in_stock: yesNo,
  currency: Type.Optional(
    Type.String({
      maxLength: 10,
      ...localized(
        'the unit of min_price and max_price, by default the store’s own; IRR, IRT, IRHR and IRHT are converted into each other',
        'واحد min_price و max_price، به‌طور پیش‌فرض واحد خود فروشگاه؛ ریال و تومان به هم تبدیل می‌شوند',
      ),
    }),
  ),
  category: Type.Optional(Type.String({ maxLength: 1000, ...localized('the name of a category', 'نام یک دسته') })),
  min_relevance: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      ...localized(
        `a number from 0 to 1: the relevance below which nothing is an answer, by default ${FLOOR}`,
        `عددی از ۰ تا ۱: کمترین ارتباطی که پاسخ به شمار می‌آید، به‌طور پیش‌فرض ${FLOOR}`,
      ),
    }),
  ),
  sort: Type.Optional(
    Type.Union(
      [Type.Literal('relevance'), Type.Literal('price'), Type.Literal('-price'), Type.Literal('newest')],
      localized('one of relevance, price, -price, newest', 'یکی از relevance، price، ‎-price و newest'),
    ),
  ),
  facets: yesNo,
  explain: yesNo,
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 50, ...localized('a whole number from 1 to 50', 'عددی صحیح از ۱ تا ۵۰') }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 20, ...localized('the value of next in an answer', 'مقدار next در یک پاسخ') }),
  ),
}

const SearchQuery = Type.Object({
  q: Type.String({
    minLength: 1,
    maxLength: 500,
    ...localized('the search text: 1 to 500 characters', 'عبارت جست‌وجو: ۱ تا ۵۰۰ نویسه'),
  }),
  store_id: Type.Optional(Type.String({ maxLength: 500, pattern: '^\\d{1,15}(?:,\\d{1,15})*$', ...storesWords })),
  min_price: Type.Optional(Type.String({ maxLength: 80, ...amountWords })),
  max_price: Type.Optional(Type.String({ maxLength: 80, ...amountWords })),
  ...COMMON,
  fields: Type.Optional(Type.String({ maxLength: 500, ...fieldsWords })),
  literal: Type.Optional(Type.String({ maxLength: 100, ...partsWords })),
})

const amountOrText = Type.Optional(Type.Union([Type.Number(), Type.String({ maxLength: 80 })], amountWords))
const store = idSchema(storesWords)

const SearchBody = bodyComponent(
  'SearchRequest',
  Type.Object(
    {
      q: Type.String({
        minLength: 1,
        maxLength: 4000,
        ...localized('the search text: 1 to 4000 characters', 'عبارت جست‌وجو: ۱ تا ۴۰۰۰ نویسه'),
      }),
      store_id: Type.Optional(Type.Union([store, Type.Array(store, { maxItems: 50 })], storesWords)),
      min_price: amountOrText,
      max_price: amountOrText,
      ...COMMON,
      fields: Type.Optional(Type.Array(Type.String({ maxLength: 60 }), { maxItems: 50, ...fieldsWords })),
      literal: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10, ...partsWords })),
    },
    { additionalProperties: false },
  ),
)

interface Parts {
  db: Database
  auth: Authenticator
  queries: QueryEmbedder
  vocabularies: Vocabularies
  curations: Curations
  questions: QuestionLog
}

/** A request of either method, in one form. */
interface Asked extends Omit<Static<typeof SearchBody>, 'store_id' | 'min_price' | 'max_price' | 'fields' | 'literal'> {
  stores: number[] | null
  minPrice: string | null
  maxPrice: string | null
  fields: AnswerFields
  literal: ReadonlySet<UnderstandingPart>
}

/** Search in the knowledge base, for AI clients. */
export function searchRoutes(app: Http, parts: Parts): void {
  const answer = async (asking: Asking, asked: Asked): Promise<SearchAnswer> => {
    const { reader } = asking
    const startedAt = performance.now()
    if (asked.q.trim() === '') throw blankQuestion()
    const offset = asked.cursor === undefined ? 0 : offsetOf(asked.cursor)
    if (offset === null) throw issueAt('cursor', 'is not a cursor of this search', 'نشانگر این جست‌وجو نیست')
    const { environment } = reader
    const { minPrice, maxPrice, currency, category, in_stock: inStock } = asked
    const scope = await narrowedScope(parts.db, reader, asked)
    const filter =
      scope &&
      (await withPriceUnit(parts.db.inScope(reader.scope), {
        ...scope,
        environment,
        minPrice,
        maxPrice,
        currency,
        category,
        inStock,
      }))
    const products = filter
      ? searchProducts(
          { ...parts, asker: reader.tenantId },
          {
            query: asked.q,
            filter,
            limit: asked.limit ?? 10,
            offset,
            floor: asked.min_relevance ?? FLOOR,
            sort: asked.sort ?? null,
            facets: asked.facets ?? false,
            literal: asked.literal,
          },
        )
      : nowhere(asked.q)
    const floor = asked.min_relevance ?? FLOOR
    const [found, passages] = await Promise.all([
      products,
      scope === null || !mayShowPassages(asked)
        ? []
        : passagesFor(parts, reader, asked.q, { ...scope, environment }, floor),
    ])
    const documents = isCompact(asked.fields) ? passages.map(compactPassage) : passages
    const answered = found.answered || documents.length > 0
    const sent = sentAnswer(found, asked.fields, asked.explain ?? false)
    // A store that the credential does not read is no question to the shop.
    const questionId = filter
      ? parts.questions.note(asking, {
          query: asked.q,
          storeId: reader.storeId ?? filter.storeId ?? null,
          understood: found.understood,
          filters: {
            in_stock: inStock,
            min_price: minPrice,
            max_price: maxPrice,
            currency,
            category,
            sort: asked.sort,
          },
          results: found.total + documents.length,
          productIds: found.results.map(({ product }) => product.id),
          documentIds: documents.map(({ id }) => id),
          relevance: bestOf(found.results[0]?.relevance, documents[0]?.relevance),
          answered,
          degraded: found.degraded,
          startedAt,
          isFurtherPage: offset > 0,
        })
      : null
    const tookMs = Math.round((performance.now() - startedAt) * 10) / 10
    return { question_id: questionId, ...sent, documents, answered, floor, took_ms: tookMs }
  }
  const askingOf = async (request: FastifyRequest): Promise<Asking> => ({
    reader: await parts.auth.knowledge(request),
    channel: 'search',
    tool: null,
    client: clientFamily(request.headers['user-agent']),
  })

  app.get(
    '/api/v1/knowledge/search/',
    {
      schema: {
        operationId: 'searchProducts',
        summary: 'Find products by words and meaning, with their current price and stock',
        tags: ['knowledge'],
        security: BY_KNOWLEDGE,
        querystring: SearchQuery,
        response: { 200: SearchAnswer },
        example: { query: { q: 'something warm for my feet', in_stock: true, max_price: '60', currency: 'EUR' } },
      },
    },
    async (request) => {
      const asking = await askingOf(request)
      const { store_id, min_price, max_price, fields, literal, ...rest } = request.query
      return await answer(asking, {
        ...rest,
        stores: store_id === undefined ? null : store_id.split(',').map(Number),
        minPrice: priceParameter('min_price', min_price),
        maxPrice: priceParameter('max_price', max_price),
        fields: readFields(listOf(fields)),
        literal: readLiteral(listOf(literal)),
      })
    },
  )

  app.post(
    '/api/v1/knowledge/search/',
    {
      schema: {
        summary: 'The same for long questions: the parameters are fields of the body, lists are JSON lists',
        operationId: 'searchProductsByBody',
        tags: ['knowledge'],
        security: BY_KNOWLEDGE,
        body: SearchBody,
        response: { 200: SearchAnswer },
        example: { body: { q: 'something warm for my feet', in_stock: true, max_price: 60, currency: 'EUR' } },
      },
    },
    async (request) => {
      const asking = await askingOf(request)
      const { store_id, min_price, max_price, fields, literal, ...rest } = request.body
      return await answer(asking, {
        ...rest,
        stores: store_id === undefined ? null : [store_id].flat(),
        minPrice: priceParameter('min_price', min_price),
        maxPrice: priceParameter('max_price', max_price),
        fields: readFields(fields),
        literal: readLiteral(literal),
      })
    },
  )
}

const MAX_PASSAGES = 3

/** Passages stand beside the first page of an open question; a filter of products, or a product in plain words, wants none. */
function mayShowPassages({ q, cursor, category, in_stock, minPrice, maxPrice, sort }: Asked): boolean {
  const filters = [cursor, category, in_stock, minPrice ?? undefined, maxPrice ?? undefined, sort]
  return filters.every((filter) => filter === undefined) && mayAskAboutShop(q)
}

async function passagesFor(
  parts: Parts,
  { tenantId }: Asking['reader'],
  query: string,
  filter: DocumentFilter,
  floor: number,
): Promise<FoundPassage[]> {
  return (await findPassages({ ...parts, asker: tenantId }, { query, filter, limit: MAX_PASSAGES, floor })).passages
}

/** The answer for a store that does not exist. */
function nowhere(query: string) {
  const { text, sort, ignored } = understandQuery(query)
  const understood = { text, layout: null, price: null, in_stock: null, sort, ignored, words: [] }
  return { ...nothing(), emptied_by: ['store' as const], degraded: false, understood }
}

/**
 * The tenant and stores to search: the reader's own, or those that an admin names. Null when nothing can be found: an unknown user,
 * a user of another tenant, or no store that the token may read.
 */
async function narrowedScope(
  db: Database,
  reader: Asking['reader'],
  asked: { user_id?: string | undefined; stores: number[] | null },
): Promise<Pick<ProductFilter, 'tenantId' | 'storeId' | 'storeIds'> | null> {
  const { storeId } = reader
  if (asked.stores !== null && storeId !== null && !asked.stores.includes(storeId)) return null
  const [only] = asked.stores ?? []
  const stores =
    storeId !== null || asked.stores === null
      ? { storeId }
      : asked.stores.length === 1
        ? { storeId: only ?? null }
        : { storeIds: asked.stores }
  if (asked.user_id === undefined) return { tenantId: reader.tenantId, ...stores }
  const [tenant] = await db
    .inScope(reader.scope)
    .query<{ id: number }>('select id from tenants where ($1::bigint is null or id = $1) and owner_id = $2::uuid', [
      reader.tenantId,
      asked.user_id,
    ])
  return tenant ? { tenantId: tenant.id, ...stores } : null
}

function readLiteral(given: readonly string[] | undefined): Set<UnderstandingPart> {
  const known = new Set<string>(UNDERSTANDING)
  const names = given?.includes('all') ? UNDERSTANDING : (given ?? [])
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined) throw issueAt('literal', `must be of ${PARTS}, all`, `باید از ${PARTS} یا all باشد`)
  return new Set(names as UnderstandingPart[])
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function blankQuestion() {
  return issueAt('q', 'must contain a word or a number', 'باید دست‌کم یک کلمه یا عدد داشته باشد')
}

function issueAt(path: string, en: string, fa: string) {
  return invalidInput([{ path, detail: { en, fa } }])
}
