import { Type } from 'typebox'
import { withPriceUnit } from '../catalog/products/price-unit.ts'
import { readDecimal } from '../ingest/decimal.ts'
import type { Database } from '../platform/db/database.ts'
import { invalidInput } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Authenticator, Reader } from '../tenants/authenticate.ts'
import type { QueryEmbedder } from './embed-query.ts'
import { FLOOR } from './score-products.ts'
import { type Found, searchProducts } from './search-products.ts'
import { createVocabularies } from './vocabulary.ts'

const amount = Type.Optional(
  Type.String({ maxLength: 80, ...localized('an amount, such as 2000000', 'یک مبلغ، مانند ۲۰۰۰۰۰۰') }),
)

const SearchQuery = Type.Object({
  q: Type.String({
    minLength: 1,
    maxLength: 500,
    ...localized('the search text: 1 to 500 characters', 'عبارت جست‌وجو: ۱ تا ۵۰۰ نویسه'),
  }),
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
  in_stock: Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false'))),
  min_price: amount,
  max_price: amount,
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
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 50, ...localized('a whole number from 1 to 50', 'عددی صحیح از ۱ تا ۵۰') }),
  ),
})

export interface SearchAnswer extends Found {
  took_ms: number
}

interface Parts {
  db: Database
  auth: Authenticator
  queries: QueryEmbedder
}

/** Search in the knowledge base, for AI clients. */
export function searchRoutes(app: Http, parts: Parts): void {
  const vocabularies = createVocabularies()
  app.get(
    '/api/v1/knowledge/search/',
    {
      schema: {
        summary: 'Find products by words and meaning, with their current price and stock',
        tags: ['knowledge'],
        querystring: SearchQuery,
      },
    },
    async (request): Promise<SearchAnswer> => {
      const startedAt = performance.now()
      const reader = await parts.auth.knowledge(request)
      const { q, limit = 10, category, currency, min_relevance: floor = FLOOR } = request.query
      if (q.trim() === '') throw blankQuestion()
      const prices = {
        minPrice: priceParameter('min_price', request.query.min_price),
        maxPrice: priceParameter('max_price', request.query.max_price),
      }
      const { environment } = reader
      const narrowed = { ...prices, environment, inStock: request.query.in_stock, currency, category }
      const scope = await narrowedScope(parts.db, reader, request.query)
      const filter = scope && (await withPriceUnit(parts.db.forTenant(reader.tenantId), { ...scope, ...narrowed }))
      const found = filter
        ? await searchProducts({ ...parts, vocabularies, asker: reader.tenantId }, q, filter, { limit, floor })
        : NOTHING
      return { ...found, took_ms: Math.round((performance.now() - startedAt) * 10) / 10 }
    },
  )
}

/** The answer for a store that does not exist. */
const NOTHING: Found = { results: [], degraded: false, answered: false, did_you_mean: null, nearest_categories: [] }

/**
 * The tenant and store to search: the reader's own, or those that an admin names. Null when nothing can be found: an unknown user,
 * a user of another tenant, or a store other than the token's.
 */
async function narrowedScope(
  db: Database,
  reader: Reader,
  asked: { user_id?: string; store_id?: number },
): Promise<{ tenantId: number | null; storeId: number | null } | null> {
  const storeId = reader.storeId ?? asked.store_id ?? null
  if (asked.store_id !== undefined && asked.store_id !== storeId) return null
  if (asked.user_id === undefined) return { tenantId: reader.tenantId, storeId }
  const [tenant] = await db
    .forTenant(reader.tenantId)
    .query<{ id: number }>('select id from tenants where ($1::bigint is null or id = $1) and owner_id = $2::uuid', [
      reader.tenantId,
      asked.user_id,
    ])
  return tenant ? { tenantId: tenant.id, storeId } : null
}

function blankQuestion() {
  return invalidInput([
    { path: 'q', detail: { en: 'must contain a word or a number', fa: 'باید دست‌کم یک کلمه یا عدد داشته باشد' } },
  ])
}

function priceParameter(path: string, text: string | undefined): string | null {
  const decimal = readDecimal(text)
  if (decimal !== undefined) return decimal
  throw invalidInput([
    { path, detail: { en: 'must be an amount, such as 2000000', fa: 'باید یک مبلغ باشد، مانند ۲۰۰۰۰۰۰' } },
  ])
}
