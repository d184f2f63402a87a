import { type Static, Type } from 'typebox'
import { priceParameter, withPriceUnit } from '../catalog/products/price-unit.ts'
import type { Database } from '../platform/db/database.ts'
import { component } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Authenticator, Reader } from '../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../tenants/credentials.ts'
import type { QueryEmbedder } from './embed-query.ts'
import { SearchResult, searchProducts } from './search-products.ts'

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
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 50, ...localized('a whole number from 1 to 50', 'عددی صحیح از ۱ تا ۵۰') }),
  ),
})

/** Fields may be added: clients ignore those that they do not know. */
export const SearchAnswer = component(
  'SearchAnswer',
  Type.Object(
    {
      results: Type.Array(SearchResult),
      degraded: Type.Boolean({
        description: 'true when the query’s vector did not arrive in time: the results come from words only',
      }),
      took_ms: Type.Number(),
    },
    { additionalProperties: true },
  ),
)
export type SearchAnswer = Static<typeof SearchAnswer>

interface Parts {
  db: Database
  auth: Authenticator
  queries: QueryEmbedder
}

/** Search in the knowledge base, for AI clients. */
export function searchRoutes(app: Http, parts: Parts): void {
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
      const startedAt = performance.now()
      const reader = await parts.auth.knowledge(request)
      const { q, limit, category, currency } = request.query
      const prices = {
        minPrice: priceParameter('min_price', request.query.min_price),
        maxPrice: priceParameter('max_price', request.query.max_price),
      }
      const { environment } = reader
      const narrowed = { ...prices, environment, inStock: request.query.in_stock, currency, category }
      const scope = await narrowedScope(parts.db, reader, request.query)
      const filter = scope && (await withPriceUnit(parts.db.inScope(reader.scope), { ...scope, ...narrowed }))
      const found = filter
        ? await searchProducts({ ...parts, asker: reader.tenantId }, q, filter, limit ?? 10)
        : { results: [], degraded: false }
      return { ...found, took_ms: Math.round((performance.now() - startedAt) * 10) / 10 }
    },
  )
}

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
    .inScope(reader.scope)
    .query<{ id: number }>('select id from tenants where ($1::bigint is null or id = $1) and owner_id = $2::uuid', [
      reader.tenantId,
      asked.user_id,
    ])
  return tenant ? { tenantId: tenant.id, storeId } : null
}
