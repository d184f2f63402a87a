import { readGtin } from '../catalog/products/gtin.ts'
import {
  IN_SEARCH,
  IS_SHOWN,
  PRODUCT_COLUMNS,
  PRODUCT_SOURCE,
  type ProductFilter,
  type ProductView,
  productConditions,
} from '../catalog/products/product-view.ts'
import type { Database, SqlValue } from '../platform/db/database.ts'
import type { Reader } from '../tenants/authenticate.ts'

/** Filters that a caller may add to the scope of its credential. */
export type AddedFilter = Omit<ProductFilter, 'tenantId' | 'environment'>

/** Maximum categories of one list. */
export const MAX_CATEGORIES = 500

export interface CategoryCount {
  name: string
  /** Products that search may find. */
  products: number
  /** Those of them that can be bought. */
  in_stock: number
}

/**
 * Shown products by our ids, the shop's ids, SKUs (upper or lower case) or GTINs, also of variations, as they are now. `skus` holds SKUs
 * and GTINs. Finds also products of WooCommerce's visibility "catalog", which search does not find. Without `ids` and `skus` it finds nothing.
 */
export async function lookUpProducts(
  db: Database,
  reader: Reader,
  { ids, skus }: { ids: string[]; skus: string[] },
  added: AddedFilter = {},
): Promise<ProductView[]> {
  const ours = ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number)
  // An empty SKU would name every product without one.
  const given = skus.filter((sku) => sku !== '').map((sku) => sku.toLowerCase())
  const gtins = skus.flatMap((sku) => readGtin(sku) ?? [])
  const values: SqlValue[] = [ours, ids, given, gtins]
  if (reader.tenantId !== null) values.push(reader.tenantId)
  const condition = lookedUp(reader.tenantId === null ? 'true' : 'tenant_id = $5::bigint')
  return await readShown(db, reader, condition, values, added)
}

/** One shown product by our id, or null. */
export async function lookUpProduct(db: Database, reader: Reader, id: number): Promise<ProductView | null> {
  return (await readShown(db, reader, 'p.id = $1::bigint', [id]))[0] ?? null
}

/** The largest categories with their numbers of products. */
export async function countCategories(db: Database, reader: Reader, storeId: number | null): Promise<CategoryCount[]> {
  const values: SqlValue[] = []
  const { tenantId, environment } = reader
  const where = productConditions({ tenantId, storeId, environment }, values)
  return await db.inScope(reader.scope).query<CategoryCount>(
    `select c.name, count(distinct p.id)::int as products, (count(distinct p.id) filter (where p.in_stock))::int as in_stock
       from ${PRODUCT_SOURCE} cross join lateral unnest(p.categories) as c (name)
      where ${[...where, IN_SEARCH].join(' and ')}
      group by c.name order by products desc, c.name limit ${MAX_CATEGORIES}`,
    values,
  )
}

/**
 * Products that search may find, without a query: the newest id first. `before` is the last id of the page before. Reads one
 * product more than `limit`, so that the caller knows whether there are more.
 */
export async function browseProducts(
  db: Database,
  reader: Reader,
  filter: AddedFilter,
  { before, limit }: { before: number | null; limit: number },
): Promise<ProductView[]> {
  const values: SqlValue[] = [before, limit + 1]
  const { tenantId, environment } = reader
  const where = [...productConditions({ ...filter, tenantId, environment }, values), NOT_HIDDEN]
  // The subquery finds the ids, so that the variations of a page only are read.
  return await db.inScope(reader.scope).query<ProductView>(
    `select ${PRODUCT_COLUMNS} from ${PRODUCT_SOURCE}
      where p.id in (select p.id from ${PRODUCT_SOURCE}
                      where ${[...where, IN_SEARCH, '($1::bigint is null or p.id < $1)'].join(' and ')}
                      order by p.id desc limit $2)
      order by p.id desc`,
    values,
  )
}

/** SQL: products that the tenant does not hide from every search. */
export const NOT_HIDDEN = `not exists (select 1 from search_rules r
  where r.tenant_id = p.tenant_id and r.product_id = p.id and r.kind = 'hide' and r.query is null)`

async function readShown(
  db: Database,
  reader: Reader,
  condition: string,
  given: SqlValue[],
  added: AddedFilter = {},
): Promise<ProductView[]> {
  const values = [...given]
  const { tenantId, environment } = reader
  const storeId = reader.storeId ?? added.storeId ?? null
  const where = productConditions({ ...added, tenantId, storeId, environment }, values)
  return await db
    .inScope(reader.scope)
    .query<ProductView>(
      `select ${PRODUCT_COLUMNS} from ${PRODUCT_SOURCE} where ${[...where, IS_SHOWN, condition].join(' and ')} order by p.id`,
      values,
    )
}

/** SQL: products by our ids ($1), the shop's ids ($2), lower-case SKUs ($3) and GTINs ($4); one branch per index. */
function lookedUp(tenant: string): string {
  return `p.id in (select id from products where id = any($1::bigint[])
    union select id from products
           where store_id = any(array(select id from stores where ${tenant}))
             and external_id = any($2::text[])
    union select id from products where ${tenant} and lower(sku) = any($3::text[])
    union select product_id from product_variants where ${tenant} and lower(sku) = any($3::text[])
    union select id from products where ${tenant} and gtin = any($4::text[])
    union select product_id from product_variants where ${tenant} and gtin = any($4::text[]))`
}
