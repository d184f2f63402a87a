import { type Static, Type } from 'typebox'
import type { Sql, SqlValue } from '../../platform/db/database.ts'
import { component, decimal, nullable, oneOf, record, time } from '../../platform/http/contract.ts'
import { StoreReference } from '../../tenants/credentials.ts'
import { categoryKey } from './category-key.ts'
import { DIMENSION_UNITS, WEIGHT_UNITS } from './product-details.ts'
import { LACKS, type Lack } from './readiness.ts'
import { IN_STOCK_STATUSES } from './shop-words.ts'

/** Maximum chunks per product; text after the last chunk is not embedded. */
export const MAX_CHUNKS_PER_PRODUCT = 200

const DimensionsView = Type.Object(
  { length: nullable(Type.Number()), width: nullable(Type.Number()), height: nullable(Type.Number()) },
  { description: 'in dimension_unit of the product' },
)

/** Optional fields of products and variants; null: the shop did not send them, or not in a readable form. */
const SHARED_DETAILS = {
  gtin: nullable(Type.String({ description: 'GTIN, UPC, EAN or ISBN: 8, 12, 13 or 14 digits' })),
  weight: nullable(Type.Number({ description: 'in weight_unit of the product' })),
  dimensions: nullable(DimensionsView),
  min_quantity: nullable(Type.Number({ description: 'lowest quantity of one order' })),
  max_quantity: nullable(Type.Number({ description: 'highest quantity of one order' })),
}

const MONEY = {
  price: nullable(decimal('an exact amount as text')),
  regular_price: nullable(decimal()),
  sale_price: nullable(decimal()),
}

export const VariantView = component(
  'Variant',
  Type.Object({
    id: Type.Integer({ description: 'the id that the shop gave' }),
    sku: Type.String(),
    attributes: record(Type.String()),
    ...MONEY,
    on_sale: Type.Boolean(),
    stock_quantity: nullable(Type.Number({ description: 'null when stock is not counted' })),
    stock_status: Type.String(),
    in_stock: Type.Boolean({ description: 'true also for back orders' }),
    image: Type.String(),
    image_alt: nullable(Type.String()),
    ...SHARED_DETAILS,
    // A text also on the server: variants come from the database as JSON.
    sale_ends_at: nullable(Type.Unsafe<string>({ type: 'string', format: 'date-time' })),
  }),
)
export type VariantView = Static<typeof VariantView>

/** The fields of a product in all API responses. */
export const PRODUCT_FIELDS = {
  id: Type.Integer(),
  external_id: Type.String({ description: 'the id in the shop, such as woo_414' }),
  external_source: Type.String(),
  store: StoreReference,
  type: Type.String(),
  name: Type.String(),
  short_description: Type.String(),
  description: Type.String(),
  sku: Type.String(),
  ...MONEY,
  on_sale: Type.Boolean(),
  currency: Type.String(),
  stock_quantity: nullable(Type.Number({ description: 'null when stock is not counted' })),
  stock_status: Type.String(),
  in_stock: Type.Boolean({ description: 'true when it, or one of its variants, can be bought' }),
  categories: Type.Array(Type.String()),
  tags: Type.Array(Type.String()),
  attributes: Type.Array(
    Type.Object({ name: Type.String(), options: Type.Array(Type.String()), variation: Type.Boolean() }),
  ),
  image: Type.String(),
  gallery: Type.Array(Type.String()),
  permalink: Type.String(),
  ...SHARED_DETAILS,
  sale_ends_at: nullable(time('when the sale price ends')),
  brand: nullable(Type.String()),
  category_paths: nullable(
    Type.Array(Type.Array(Type.String()), {
      description: 'paths of the categories, root first, such as [["Clothing", "Shoes"]]',
    }),
  ),
  image_details: nullable(
    Type.Array(
      Type.Object({
        url: Type.String(),
        alt: Type.String(),
        width: nullable(Type.Integer({ description: 'pixels' })),
        height: nullable(Type.Integer()),
      }),
      { description: 'the images with their alternative texts and sizes, the featured one first' },
    ),
  ),
  average_rating: nullable(Type.Number({ description: '0 to 5' })),
  review_count: nullable(Type.Integer()),
  weight_unit: nullable(oneOf(WEIGHT_UNITS)),
  dimension_unit: nullable(oneOf(DIMENSION_UNITS)),
  language: nullable(Type.String({ description: 'BCP 47 tag of the texts, such as fa-IR' })),
  display_currency: nullable(Type.String({ description: 'the currency that the shop shows' })),
  status: Type.String(),
  catalog_visibility: Type.String(),
  is_active: Type.Boolean({ description: 'true when the shop shows it' }),
  deleted_at: nullable(time()),
  texts_cut: Type.Array(Type.String(), {
    description: 'texts that the AI knows only in part: the event was too large, or the text has more than 200 chunks',
  }),
  readiness: nullable(
    Type.Integer({
      description:
        'how much of what an agent needs to sell it is there, 0 to 100; null for a short time after an upgrade',
    }),
  ),
  readiness_missing: nullable(Type.Array(oneOf(LACKS), { description: 'what it lacks' })),
  version: Type.Integer(),
  content_hash: Type.String(),
  variants: Type.Array(VariantView),
  created_at: time(),
  updated_at: time(),
}

export const ProductView = component('Product', Type.Object(PRODUCT_FIELDS))
export type ProductView = Static<typeof ProductView>

/** Source of `PRODUCT_COLUMNS`. */
export const PRODUCT_SOURCE = 'products p join stores s on s.id = p.store_id'

/** Products that the shop shows. Products of a deleted store are hidden at once and deactivated in batches later. */
export const IS_SHOWN = 'p.is_active and s.deleted_at is null'

/** Products that search may find. WooCommerce's visibility `catalog` excludes a product from search, not from look-ups. */
export const IN_SEARCH = `${IS_SHOWN} and p.catalog_visibility <> 'catalog'`

/** A variation that can be bought, including back orders. */
const VARIANT_IN_STOCK = `v.stock_status in (${IN_STOCK_STATUSES.map((status) => `'${status}'`).join(', ')})`

/** SQL: the end of a variation's sale as ISO text in UTC; the time zone of the session does not matter. */
const UTC_TEXT = `to_char(v.sale_ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

export const PRODUCT_COLUMNS = `p.id, p.external_id, p.external_source,
  json_build_object('id', s.id, 'name', s.name) as store, p.type, p.name, p.short_description, p.description, p.sku,
  p.price, p.regular_price, p.sale_price, p.on_sale, p.currency, p.stock_quantity::float8 as stock_quantity,
  p.stock_status, p.in_stock, p.categories, p.tags, p.attributes, p.image, p.gallery, p.permalink,
  p.gtin, p.weight::float8 as weight, p.dimensions, p.sale_ends_at, p.min_quantity::float8 as min_quantity,
  p.max_quantity::float8 as max_quantity, p.brand, p.category_paths, p.image_details, p.average_rating::float8 as average_rating,
  p.review_count, p.weight_unit, p.dimension_unit, p.language, p.display_currency,
  p.status, p.catalog_visibility, p.is_active, p.deleted_at,
  case when p.chunk_count >= ${MAX_CHUNKS_PER_PRODUCT} and not 'description' = any(p.texts_cut) then array_append(p.texts_cut, 'description') else p.texts_cut end as texts_cut,
  p.readiness, p.readiness_missing, p.version, p.content_hash, p.created_at, p.updated_at,
  coalesce((select json_agg(json_build_object('id', v.external_id, 'sku', v.sku, 'attributes', v.attributes,
      'price', v.price::text, 'regular_price', v.regular_price::text, 'sale_price', v.sale_price::text,
      'on_sale', v.on_sale, 'stock_quantity', v.stock_quantity, 'stock_status', v.stock_status,
      'in_stock', ${VARIANT_IN_STOCK}, 'image', v.image, 'image_alt', v.image_alt, 'gtin', v.gtin,
      'weight', v.weight::float8, 'dimensions', v.dimensions, 'sale_ends_at', ${UTC_TEXT},
      'min_quantity', v.min_quantity::float8, 'max_quantity', v.max_quantity::float8) order by v.position)
    from product_variants v where v.product_id = p.id), '[]'::json) as variants`

/** Filters of products, for search and for the list. */
export interface ProductFilter {
  tenantId: number | null
  storeId?: number | null | undefined
  /** Only these stores. */
  storeIds?: number[] | undefined
  environment?: 'live' | 'test' | null | undefined
  inStock?: boolean | undefined
  minPrice?: string | null | undefined
  maxPrice?: string | null | undefined
  /** Unit of the two prices (price-unit.ts finds the store's own); without it the numbers are compared unchanged. */
  currency?: string | undefined
  category?: string | undefined
  /** Ids of products that search must not find. */
  hidden?: number[] | undefined
  /** At least one of these categories. */
  categories?: string[] | undefined
  /** Products that lack this (readiness.ts). */
  missing?: Lack | undefined
}

/**
 * SQL condition for products `p` with the words of a tsquery. Under a tenant's role the index is reachable only through a function
 * of the owner (migration 0008), which filters by tenant. The ids are passed as an array: a plain join over 30,000 products of a
 * table without statistics took 257 ms, the array takes 8, as with the owner's rights.
 */
export function hasWords(tenantId: number | null, tsquery: string): string {
  return tenantId === null
    ? `p.lexemes @@ ${tsquery}::tsquery`
    : `p.id = any(array(select products_with_words(${tsquery}::tsquery)))`
}

/** Rials per unit of each Iranian currency: a toman is 10 rials, the H units are thousands. */
export const RIALS: Record<string, number> = { IRR: 1, IRT: 10, IRHR: 1000, IRHT: 10_000 }

/** SQL conditions of a filter, tenant first; appends to `values`. */
export function productConditions(filter: ProductFilter, values: SqlValue[]): string[] {
  const where: string[] = []
  const bind = (value: SqlValue) => `$${values.push(value)}`
  if (filter.tenantId !== null) where.push(`p.tenant_id = ${bind(filter.tenantId)}::bigint`)
  if (filter.storeId != null) where.push(`p.store_id = ${bind(filter.storeId)}::bigint`)
  if (filter.storeIds !== undefined) where.push(`p.store_id = any(${bind(filter.storeIds)}::bigint[])`)
  if (filter.environment) where.push(`s.environment = ${bind(filter.environment)}::text`)
  if (filter.category !== undefined) where.push(`${bind(categoryKey(filter.category))}::text = any(p.category_keys)`)
  if (filter.categories !== undefined)
    where.push(`p.category_keys && ${bind(filter.categories.map(categoryKey))}::text[]`)
  if (filter.missing !== undefined) where.push(`${bind(filter.missing)}::text = any(p.readiness_missing)`)
  if (filter.inStock !== undefined) where.push(`p.in_stock = ${bind(filter.inStock)}::boolean`)
  if (filter.hidden !== undefined && filter.hidden.length > 0)
    where.push(`p.id <> all(${bind(filter.hidden)}::bigint[])`)
  where.push(...priceConditions(filter, bind))
  return where
}

/**
 * Conditions for price and stock together. A product with variations needs one variation that meets both: a cheap variation that is
 * sold out does not count. A variation without its own price has the price of the product.
 */
function priceConditions(filter: ProductFilter, bind: (value: SqlValue) => string): string[] {
  const { minPrice, maxPrice, inStock, currency } = filter
  const where: string[] = []
  const rials = currency === undefined ? undefined : RIALS[currency.toUpperCase()]
  if (currency !== undefined && rials === undefined) where.push(`p.currency = upper(${bind(currency)}::text)`)
  const converted = (price: string) => (rials === undefined ? price : `${price} * ${RIALS_PER_UNIT}`)
  const limits: [string, string][] = []
  if (minPrice != null) limits.push(['>=', bind(minPrice)])
  if (maxPrice != null) limits.push(['<=', bind(maxPrice)])
  if (limits.length === 0) return where
  const within = (price: string) =>
    limits.map(([sign, limit]) => `${converted(price)} ${sign} ${limit}::numeric * ${rials ?? 1}`).join(' and ')
  const variant = ['v.tenant_id = p.tenant_id', 'v.product_id = p.id', within('coalesce(v.price, p.price)')]
  if (inStock === true) variant.push(VARIANT_IN_STOCK)
  where.push(
    `case when p.variant_count = 0 then ${within('p.price')}
          else exists (select 1 from product_variants v where ${variant.join(' and ')}) end`,
  )
  return where
}

/** SQL: rials per unit of a product's currency; null for other currencies, which then match no price limit. */
const RIALS_PER_UNIT = `(case p.currency ${Object.entries(RIALS)
  .map(([currency, rials]) => `when '${currency}' then ${rials}`)
  .join(' ')} end)`

/** Products by id, with their current price, stock and visibility. */
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
