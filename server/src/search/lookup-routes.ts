import { Type } from 'typebox'
import { ProductView } from '../catalog/products/product-view.ts'
import type { Database } from '../platform/db/database.ts'
import { invalidInput, notFound } from '../platform/errors.ts'
import { bodyComponent, component } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Authenticator, Reader } from '../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../tenants/credentials.ts'
import { countCategories, lookUpProduct, lookUpProducts } from './look-up-products.ts'

const MAX_LOOKUPS = 100

const LookupQuery = Type.Object({
  ids: Type.Optional(
    Type.String({
      maxLength: 3000,
      ...localized(
        'ids of products, separated by commas: ours, such as 12, or the shop’s, such as woo_414',
        'شناسهٔ محصولات با ویرگول: شناسهٔ ما مانند 12 یا شناسهٔ فروشگاه مانند woo_414',
      ),
    }),
  ),
  skus: Type.Optional(
    Type.String({ maxLength: 8000, ...localized('SKUs, separated by commas', 'کدهای کالا (SKU) با ویرگول') }),
  ),
})

const FoundProducts = component('FoundProducts', Type.Object({ results: Type.Array(ProductView) }))

const LookupBody = bodyComponent(
  'ProductLookup',
  Type.Object(
    {
      ids: Type.Optional(
        Type.Array(Type.Union([Type.Integer(), Type.String({ maxLength: 60 })]), {
          maxItems: MAX_LOOKUPS,
          ...localized('a list of ids of products', 'فهرستی از شناسهٔ محصولات'),
        }),
      ),
      skus: Type.Optional(
        Type.Array(Type.String({ maxLength: 200 }), {
          maxItems: MAX_LOOKUPS,
          ...localized('a list of SKUs', 'فهرستی از کدهای کالا (SKU)'),
        }),
      ),
    },
    { additionalProperties: false },
  ),
)

const CategoryView = component(
  'Category',
  Type.Object({
    name: Type.String(),
    products: Type.Integer({ description: 'products that search may find' }),
    in_stock: Type.Integer({ description: 'those of them that can be bought' }),
  }),
)
const CategoryList = component('CategoryList', Type.Object({ results: Type.Array(CategoryView) }))

const CategoriesQuery = Type.Object({
  store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
})

const IdParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

/**
 * Products by id or SKU, with their current price and stock. Finds all shown products, including those of WooCommerce's visibility
 * "catalog", which search does not find.
 */
export function lookupRoutes(app: Http, { db, auth }: { db: Database; auth: Authenticator }): void {
  const shared = { tags: ['knowledge'], security: BY_KNOWLEDGE }
  app.get(
    '/api/v1/knowledge/products/',
    {
      schema: {
        ...shared,
        operationId: 'lookUpProducts',
        summary: 'Look up products by id or SKU',
        querystring: LookupQuery,
        response: { 200: FoundProducts },
        example: { query: { ids: 'woo_7001' } },
      },
    },
    async (request) => {
      const reader = await auth.knowledge(request)
      return await lookUp(reader, split(request.query.ids), split(request.query.skus))
    },
  )

  app.post(
    '/api/v1/knowledge/products/',
    {
      schema: {
        ...shared,
        operationId: 'lookUpProductsByBody',
        summary: 'Look up products by id or SKU, as JSON lists',
        body: LookupBody,
        response: { 200: FoundProducts },
        example: { body: { ids: ['woo_7001'], skus: [] } },
      },
    },
    async (request) => {
      const reader = await auth.knowledge(request)
      return await lookUp(reader, (request.body.ids ?? []).map(String), request.body.skus ?? [])
    },
  )

  app.get(
    '/api/v1/knowledge/categories/',
    {
      schema: {
        ...shared,
        operationId: 'listCategories',
        summary: 'Categories with the number of products that search may find',
        querystring: CategoriesQuery,
        response: { 200: CategoryList },
      },
    },
    async (request) => {
      const reader = await auth.knowledge(request)
      const storeId = reader.storeId ?? request.query.store_id ?? null
      if (request.query.store_id !== undefined && request.query.store_id !== storeId) return { results: [] }
      const results = await countCategories(db, reader, storeId)
      return { results }
    },
  )

  const lookUp = async (reader: Reader, ids: string[], skus: string[]): Promise<{ results: ProductView[] }> => {
    if (ids.length + skus.length === 0) throw issue('ids', 'or skus is required', 'یا skus لازم است')
    if (ids.length + skus.length > MAX_LOOKUPS) {
      throw issue('ids', `and skus: at most ${MAX_LOOKUPS} together`, `و skus: حداکثر ${MAX_LOOKUPS} تا با هم`)
    }
    return { results: await lookUpProducts(db, reader, { ids, skus }) }
  }

  app.get(
    '/api/v1/knowledge/products/:id/',
    {
      schema: {
        ...shared,
        operationId: 'lookUpProduct',
        summary: 'Look up one product',
        params: IdParams,
        response: { 200: ProductView },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const reader = await auth.knowledge(request)
      const product = await lookUpProduct(db, reader, request.params.id)
      if (!product) throw notFound()
      return product
    },
  )
}

function split(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function issue(path: string, en: string, fa: string) {
  return invalidInput([{ path, detail: { en, fa } }])
}
