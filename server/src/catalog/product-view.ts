import type { Sql, SqlValue } from '../platform/database.ts'

/** A product as the API shows it, everywhere it is shown. */
export interface ProductView {
  id: number
  external_id: string
  external_source: string
  store: { id: number; name: string }
  type: string
  name: string
  short_description: string
  description: string
  sku: string
  /** Exact decimals as text, or null. */
  price: string | null
  regular_price: string | null
  sale_price: string | null
  on_sale: boolean
  currency: string
  stock_quantity: number | null
  stock_status: string
  in_stock: boolean
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[]; variation: boolean }[]
  image: string
  gallery: string[]
  permalink: string
  status: string
  is_active: boolean
  deleted_at: Date | null
  version: number
  content_hash: string
  variants: VariantView[]
  created_at: Date
  updated_at: Date
}

export interface VariantView {
  id: number
  sku: string
  attributes: Record<string, string>
  price: string | null
  regular_price: string | null
  sale_price: string | null
  on_sale: boolean
  stock_quantity: number | null
  stock_status: string
  in_stock: boolean
  image: string
}

/** Where `PRODUCT_COLUMNS` come from. */
export const PRODUCT_SOURCE = 'products p join stores s on s.id = p.store_id'

/** "In stock" is what WooCommerce says: everything but out of stock, so that back orders count. */
export const IN_STOCK = `p.stock_status <> 'outofstock'`

export const PRODUCT_COLUMNS = `p.id, p.external_id, p.external_source,
  json_build_object('id', s.id, 'name', s.name) as store, p.type, p.name, p.short_description, p.description, p.sku,
  p.price, p.regular_price, p.sale_price, p.on_sale, p.currency, p.stock_quantity::float8 as stock_quantity,
  p.stock_status, ${IN_STOCK} as in_stock, p.categories, p.tags, p.attributes, p.image, p.gallery, p.permalink,
  p.status, p.is_active, p.deleted_at, p.version, p.content_hash, p.created_at, p.updated_at,
  coalesce((select json_agg(json_build_object('id', v.external_id, 'sku', v.sku, 'attributes', v.attributes,
      'price', v.price::text, 'regular_price', v.regular_price::text, 'sale_price', v.sale_price::text,
      'on_sale', v.on_sale, 'stock_quantity', v.stock_quantity, 'stock_status', v.stock_status,
      'in_stock', v.stock_status <> 'outofstock', 'image', v.image) order by v.position)
    from product_variants v where v.product_id = p.id), '[]'::json) as variants`

/** What narrows products, in search and in the list alike. */
export interface ProductFilter {
  tenantId: number | null
  storeId?: number | null | undefined
  environment?: 'live' | 'test' | null | undefined
  inStock?: boolean | undefined
  minPrice?: string | null | undefined
  maxPrice?: string | null | undefined
  /** The unit of the two prices; without it they are compared in each product's own. */
  currency?: string | undefined
  category?: string | undefined
}

/**
 * SQL condition for products `p` with the words of a tsquery. In a tenant's name the index can only be asked by a function of the
 * owner's (migration 0008), which knows the tenant by itself. Its ids in an array: joined the plain way, 30,000 products of a
 * table that was never analysed took 257 ms, and now 8, as with the owner's rights.
 */
export function hasWords(tenantId: number | null, tsquery: string): string {
  return tenantId === null
    ? `p.lexemes @@ ${tsquery}::tsquery`
    : `p.id = any(array(select products_with_words(${tsquery}::tsquery)))`
}

/** Rials in one unit of each Iranian currency: the toman is 10 rials, the H units are thousands. */
const RIALS: Record<string, number> = { IRR: 1, IRT: 10, IRHR: 1000, IRHT: 10_000 }

/** SQL conditions for a filter, tenant first; values are appended to `values`. */
export function productConditions(filter: ProductFilter, values: SqlValue[]): string[] {
  const where: string[] = []
  const add = (condition: (placeholder: string) => string, value: SqlValue) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter.tenantId !== null) add((v) => `p.tenant_id = ${v}::bigint`, filter.tenantId)
  if (filter.storeId != null) add((v) => `p.store_id = ${v}::bigint`, filter.storeId)
  if (filter.environment) add((v) => `s.environment = ${v}::text`, filter.environment)
  if (filter.inStock !== undefined) add((v) => `(${IN_STOCK}) = ${v}::boolean`, filter.inStock)
  if (filter.category !== undefined) {
    add((v) => `exists (select 1 from unnest(p.categories) as c where lower(c) = lower(${v}::text))`, filter.category)
  }
  const rials = filter.currency === undefined ? undefined : RIALS[filter.currency.toUpperCase()]
  if (filter.currency !== undefined && rials === undefined)
    add((v) => `p.currency = upper(${v}::text)`, filter.currency)
  const price = rials === undefined ? 'p.price' : `p.price * ${rialsCase()}`
  const unit = rials ?? 1
  if (filter.minPrice != null) add((v) => `${price} >= ${v}::numeric * ${unit}`, filter.minPrice)
  if (filter.maxPrice != null) add((v) => `${price} <= ${v}::numeric * ${unit}`, filter.maxPrice)
  return where
}

function rialsCase(): string {
  const cases = Object.entries(RIALS).map(([currency, rials]) => `when '${currency}' then ${rials}`)
  return `(case p.currency ${cases.join(' ')} end)`
}

/** Products by id, live: their price, stock and visibility are those of this moment. */
export async function viewProducts(
  sql: Sql,
  tenantId: number | null,
  ids: number[],
): Promise<Map<number, ProductView>> {
  const rows = await sql.query<ProductView>(
    `select ${PRODUCT_COLUMNS} from ${PRODUCT_SOURCE}
      where ($1::bigint is null or p.tenant_id = $1) and p.id = any($2::bigint[])`,
    [tenantId, ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}
