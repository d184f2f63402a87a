import { RIALS } from '../../catalog/products/product-view.ts'
import type { Access, SqlValue } from '../../platform/db/database.ts'
import { feedEntry, MAX_TOROB_ADDRESS } from '../feed-items.ts'
import type { ServedFeed } from '../feeds.ts'
import { type FeedProduct, feedColumns, IN_FEED } from '../read-products.ts'
import { type TorobProduct, torobProducts } from './torob-product.ts'
import { PAGE_SIZE, type Sort } from './torob-request.ts'

/** Items of an answer to a list of addresses or ids: a product may have a thousand variants. */
const MAX_ITEMS = 1_000

/** SQL: the products of a feed that Torob gets, as `feedEntry` decides; `$3` is the language of the feed or null. */
const FOR_TOROB = `${IN_FEED} and p.is_active and p.permalink <> '' and octet_length(p.permalink) <= ${MAX_TOROB_ADDRESS}
  and p.currency in (${Object.keys(RIALS)
    .map((code) => `'${code}'`)
    .join(', ')})
  and ($3::text is null or p.language is null or lower(split_part(p.language, '-', 1)) = $3)`

const scopeOf = ({ tenantId, storeId, language }: ServedFeed): SqlValue[] => [tenantId, storeId, language]

/** The number of items of the whole feed. */
export async function countItems(access: Access, feed: ServedFeed): Promise<number> {
  const [row] = await access.query<{ items: number }>(
    `select coalesce(sum(greatest(p.variant_count, 1)), 0)::int as items
       from products p join stores s on s.id = p.store_id where ${FOR_TOROB}`,
    scopeOf(feed),
  )
  return row?.items ?? 0
}

/** The items of a page, `PAGE_SIZE` of them unless it is the last; a product's variants may stand on two pages. */
export async function findPage(access: Access, feed: ServedFeed, page: number, sort: Sort): Promise<TorobProduct[]> {
  const offset = (page - 1) * PAGE_SIZE
  // Ids grow with the time of the first event of a product.
  const order = sort === 'date_added_desc' ? 'p.id desc' : 'p.updated_at desc, p.id desc'
  const rows = await access.query<FeedProduct & { before: number }>(
    `with placed as (
       select p.id, greatest(p.variant_count, 1) as items,
              (sum(greatest(p.variant_count, 1)) over (order by ${order} rows unbounded preceding)
                - greatest(p.variant_count, 1))::int as before
         from products p join stores s on s.id = p.store_id where ${FOR_TOROB}
     ), page as materialized (
       select id, before from placed where before < $4::int + ${PAGE_SIZE} and before + items > $4::int
     )
     select ${feedColumns({ hasTexts: true })}, page.before from page join products p on p.id = page.id
      where p.tenant_id = $1 order by page.before`,
    [...scopeOf(feed), offset],
  )
  const items = rows.flatMap((product) => torobProducts(feedEntry(product, feed)))
  const first = rows[0]
  const skipped = first ? Math.max(0, offset - first.before) : 0
  return items.slice(skipped, skipped + PAGE_SIZE)
}

/** Items by the addresses of their pages: all variants of each product. */
export async function findByUrls(access: Access, feed: ServedFeed, urls: string[]): Promise<TorobProduct[]> {
  const forms = [...new Set(urls.flatMap(spellingsOf))]
  return await findProducts(access, feed, 'p.permalink = any($4::text[])', forms)
}

/** Items by their `page_unique`. */
export async function findByUniques(access: Access, feed: ServedFeed, uniques: string[]): Promise<TorobProduct[]> {
  const known = uniques.filter((unique) => /^\d{1,19}(?:_\d{1,19})?$/.test(unique))
  const externalIds = known.map((unique) => `woo_${unique.split('_')[0]}`)
  const wanted = new Set(known)
  const items = await findProducts(access, feed, 'p.external_id = any($4::text[])', [...new Set(externalIds)], wanted)
  return items
}

async function findProducts(
  access: Access,
  feed: ServedFeed,
  condition: string,
  values: string[],
  wanted: ReadonlySet<string> | null = null,
): Promise<TorobProduct[]> {
  const rows = await access.query<FeedProduct>(
    `select ${feedColumns({ hasTexts: true })} from products p join stores s on s.id = p.store_id
      where ${FOR_TOROB} and ${condition} order by p.id limit ${PAGE_SIZE}`,
    [...scopeOf(feed), values],
  )
  const items = rows.flatMap((product) => torobProducts(feedEntry(product, feed)))
  return items.filter((item) => wanted?.has(item.page_unique) ?? true).slice(0, MAX_ITEMS)
}

/** An address as a shop may have sent it: encoded or not, with upper- or lower-case escapes, with or without the last slash. */
function spellingsOf(given: string): string[] {
  const href = URL.parse(given)?.href ?? given
  const forms = [given, href, decoded(href), href.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())]
  return forms.flatMap((form) => [form.replace(/\/$/, ''), form.endsWith('/') ? form : `${form}/`])
}

function decoded(address: string): string {
  try {
    return decodeURI(address)
  } catch {
    return address
  }
}
