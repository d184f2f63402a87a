import { IN_SEARCH } from '../catalog/products/product-view.ts'
import { IN_STOCK_STATUSES } from '../catalog/products/shop-words.ts'
import { type Access, type Sql, together } from '../platform/db/database.ts'
import { NOT_HIDDEN } from '../search/look-up-products.ts'
import { IS_SERVED, type ServedFeed } from './feeds.ts'

/** Bounds of one page: products, and lines of a feed (one for each variant); one product is always allowed. */
const PAGE_PRODUCTS = 100
const PAGE_ITEMS = 500
/** Longest text of a product that is read. No format prints more than 5,000 characters. */
const TEXT_CHARACTERS = 6_000

export interface FeedVariant {
  id: number
  sku: string
  attributes: Record<string, string>
  price: string | null
  regular_price: string | null
  on_sale: boolean
  stock_status: string
  in_stock: boolean
  image: string
  gtin: string | null
  weight: number | null
  dimensions: Dimensions | null
  sale_ends_at: string | null
}

export interface Dimensions {
  length: number | null
  width: number | null
  height: number | null
}

/** A shown product with what the formats print. */
export interface FeedProduct {
  id: number
  external_id: string
  name: string
  short_description: string
  description: string
  sku: string
  price: string | null
  regular_price: string | null
  on_sale: boolean
  currency: string
  stock_status: string
  in_stock: boolean
  categories: string[]
  attributes: { name: string; options: string[]; variation: boolean }[]
  image: string
  gallery: string[]
  permalink: string
  gtin: string | null
  brand: string | null
  category_paths: string[][] | null
  image_details: { url: string; alt: string; width: number | null; height: number | null }[] | null
  weight: number | null
  weight_unit: string | null
  dimensions: Dimensions | null
  dimension_unit: string | null
  sale_ends_at: Date | null
  language: string | null
  created_at: Date
  updated_at: Date
  variants: FeedVariant[]
}

const VARIANT_IN_STOCK = `v.stock_status in (${IN_STOCK_STATUSES.map((status) => `'${status}'`).join(', ')})`

/** Select list of a `FeedProduct` from products `p`. Without texts they are empty: enough to count. */
export function feedColumns({ hasTexts }: { hasTexts: boolean }): string {
  const text = (column: string) => (hasTexts ? `left(p.${column}, ${TEXT_CHARACTERS})` : `''`)
  return `p.id, p.external_id, p.name, ${text('short_description')} as short_description, ${text('description')} as description, p.sku,
    p.price, p.regular_price, p.on_sale, p.currency, p.stock_status, p.in_stock, p.categories, p.attributes, p.image, p.gallery,
    p.permalink, p.gtin, p.brand, p.category_paths, p.image_details, p.weight::float8 as weight, p.weight_unit, p.dimensions,
    p.dimension_unit, p.sale_ends_at, p.language, p.created_at, p.updated_at,
    coalesce((select json_agg(json_build_object('id', v.external_id, 'sku', v.sku, 'attributes', v.attributes,
        'price', v.price::text, 'regular_price', v.regular_price::text, 'on_sale', v.on_sale, 'stock_status', v.stock_status,
        'in_stock', ${VARIANT_IN_STOCK}, 'image', v.image, 'gtin', v.gtin, 'weight', v.weight::float8,
        'dimensions', v.dimensions, 'sale_ends_at', v.sale_ends_at)
        order by v.position)
      from product_variants v where v.tenant_id = p.tenant_id and v.product_id = p.id), '[]'::json) as variants`
}

/** SQL: products `p` of stores `s` that a feed may print, the same as search finds. `$1` is the tenant, `$2` the store. */
export const IN_FEED = `p.tenant_id = $1 and p.store_id = $2 and ${IN_SEARCH} and ${NOT_HIDDEN}`

/** Page after page of a store's shown products by their ids; a page of a feed is read in one short transaction. */
export async function* readProducts(
  access: Access,
  feed: ServedFeed,
  options: { hasTexts: boolean } = { hasTexts: true },
): AsyncGenerator<FeedProduct[]> {
  const columns = feedColumns(options)
  for (let after = 0; ; ) {
    const last: number = after
    const page = await access.transaction((tx) => readPage(tx, feed, columns, last))
    if (page.length > 0) yield page
    const end = page.at(-1)
    if (!end) return
    after = end.id
  }
}

/**
 * @throws {FeedEnded} when the feed was revoked since the page before. Without it the rest of the file would look empty, and its
 * reader would delete those products.
 */
async function readPage(tx: Sql, feed: ServedFeed, columns: string, after: number): Promise<FeedProduct[]> {
  const [[open], products] = await together(
    tx.query(
      `select 1 from feeds f join stores s on s.id = f.store_id
        where f.tenant_id = $1 and f.id = $2 and f.token_hash = $3 and ${IS_SERVED}`,
      [feed.tenantId, feed.id, feed.tokenHash],
    ),
    tx.query<FeedProduct>(
      `with first as (
         select p.id, greatest(p.variant_count, 1) as items from products p join stores s on s.id = p.store_id
          where ${IN_FEED} and p.id > $3 order by p.id limit ${PAGE_PRODUCTS}
       ), page as (select id, sum(items) over (order by id) - items as before from first)
       select ${columns} from products p
        where p.tenant_id = $1 and p.id = any(array(select id from page where before < ${PAGE_ITEMS})) order by p.id`,
      [feed.tenantId, feed.storeId, after],
    ),
  )
  if (!open) throw new FeedEnded()
  return products
}

/** The feed was revoked while it was read. */
export class FeedEnded extends Error {
  override name = 'FeedEnded'

  constructor() {
    super('the feed was revoked')
  }
}
