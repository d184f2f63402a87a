import { Type } from 'typebox'
import {
  IS_SHOWN,
  PRODUCT_COLUMNS,
  PRODUCT_SOURCE,
  ProductView,
  productConditions,
} from '../catalog/products/product-view.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import { invalidInput, notFound } from '../platform/errors.ts'
import { component } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../tenants/credentials.ts'

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

const IdParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

/**
 * Products by id or SKU, with their current price and stock. Finds all shown products, including those of WooCommerce's visibility
 * "catalog", which search does not find.
 */
export function lookupRoutes(app: Http, { db, auth }: { db: Database; auth: Authenticator }): void {
  const shared = { tags: ['knowledge'], security: BY_KNOWLEDGE }
  const find = async (
    reader: Awaited<ReturnType<Authenticator['knowledge']>>,
    condition: string,
    wanted: SqlValue[],
  ) => {
    const values = [...wanted]
    const where = productConditions(
      { tenantId: reader.tenantId, storeId: reader.storeId, environment: reader.environment },
      values,
    )
    return await db
      .inScope(reader.scope)
      .query<ProductView>(
        `select ${PRODUCT_COLUMNS} from ${PRODUCT_SOURCE} where ${[...where, IS_SHOWN, condition].join(' and ')} order by p.id`,
        values,
      )
  }

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
      const [ids, skus] = [split(request.query.ids), split(request.query.skus).map((sku) => sku.toLowerCase())]
      if (ids.length + skus.length === 0) throw issue('ids', 'or skus is required', 'یا skus لازم است')
      if (ids.length + skus.length > MAX_LOOKUPS) {
        throw issue('ids', `and skus: at most ${MAX_LOOKUPS} together`, `و skus: حداکثر ${MAX_LOOKUPS} تا با هم`)
      }
      const wanted: SqlValue[] = [ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number), ids, skus]
      if (reader.tenantId !== null) wanted.push(reader.tenantId)
      const results = await find(reader, lookedUp(reader.tenantId === null ? 'true' : 'tenant_id = $4::bigint'), wanted)
      return { results }
    },
  )

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
      const [product] = await find(reader, 'p.id = $1::bigint', [request.params.id])
      if (!product) throw notFound()
      return product
    },
  )
}

/** SQL: products by our ids ($1), the shop's ids ($2) and lower-case SKUs ($3); one branch per index. */
function lookedUp(tenant: string): string {
  return `p.id in (select id from products where id = any($1::bigint[])
    union select id from products
           where store_id = any(array(select id from stores where ${tenant}))
             and external_id = any($2::text[])
    union select id from products where ${tenant} and lower(sku) = any($3::text[])
    union select product_id from product_variants where ${tenant} and lower(sku) = any($3::text[]))`
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
