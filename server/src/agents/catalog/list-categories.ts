import { countCategories } from '../../search/look-up-products.ts'
import type { Caller, CatalogParts } from './catalog-scope.ts'
import { pagesOf } from './page-cursor.ts'
import type { CategoriesRequest } from './requests.ts'
import { cutText, visibleLine } from './visible-text.ts'

export interface CategoriesResponse {
  categories: { value: string; count: number; in_stock: number }[]
  pagination: { has_next_page: boolean; cursor?: string; total_count: number }
}

const DEFAULT_CATEGORIES = 50
const MAX_CATEGORIES_PAGE = 100

/** Categories with the number of products that search may find, the largest first; 500 at most. @throws {Problem} 400 */
export async function listCategories(
  { db }: Pick<CatalogParts, 'db'>,
  { reader }: Caller,
  { limit = DEFAULT_CATEGORIES, cursor, store_id: asksFor }: CategoriesRequest,
): Promise<CategoriesResponse> {
  const pages = pagesOf(reader, ['categories', asksFor])
  const place = pages.placeOf(cursor)
  const isElsewhere = asksFor !== undefined && reader.storeId !== null && reader.storeId !== asksFor
  const all = isElsewhere ? [] : await countCategories(db, reader, reader.storeId ?? asksFor ?? null)
  const end = place + Math.min(limit, MAX_CATEGORIES_PAGE)
  const hasMore = all.length > end
  return {
    categories: all.slice(place, end).map(({ name, products, in_stock }) => ({
      value: cutText(visibleLine(name), 150),
      count: products,
      in_stock,
    })),
    pagination: {
      has_next_page: hasMore,
      ...(hasMore && { cursor: pages.cursorAt(end) }),
      total_count: all.length,
    },
  }
}
