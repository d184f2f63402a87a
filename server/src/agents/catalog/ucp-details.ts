import { isGtin } from '../../catalog/products/gtin.ts'
import { PATH_SEPARATOR } from '../../catalog/products/product-state.ts'
import type { ProductView, VariantView } from '../../catalog/products/product-view.ts'
import { cutText, visibleLine } from './visible-text.ts'

/** The stars that WooCommerce gives, from 1 to 5. */
const MAX_STARS = 5

export interface Rating {
  value: number
  scale_min: number
  scale_max: number
  count?: number
}

export interface Barcode {
  type: 'GTIN'
  value: string
}

/** The rating of a product with at least one review. */
export function ratingOf({ average_rating, review_count }: ProductView): { rating?: Rating } {
  if (average_rating === null || average_rating < 1) return {}
  const count = review_count === null ? {} : { count: review_count }
  return { rating: { value: average_rating, scale_min: 1, scale_max: MAX_STARS, ...count } }
}

/** A code with a wrong check digit is found by search, but is no barcode. */
export function barcodesOf({ gtin }: Pick<VariantView, 'gtin'>): { barcodes?: Barcode[] } {
  return gtin !== null && isGtin(gtin) ? { barcodes: [{ type: 'GTIN', value: gtin }] } : {}
}

/** Paths as "Clothing > Shoes", then the categories that no path ends with. Each is a value for the filter by category. */
export function categoryNames({ categories, category_paths }: ProductView): string[] {
  const paths = category_paths ?? []
  const ends = new Set(paths.map((path) => path.at(-1)))
  const names = [
    ...paths.map((path) => path.map(visibleLine).join(PATH_SEPARATOR)),
    ...categories.filter((category) => !ends.has(category)).map(visibleLine),
  ]
  return [...new Set(names)]
}

/** Alternative text and size of an image, as far as the shop sent them. `title` stands in for the text. */
export function imageDetails(
  { image_details }: ProductView,
  address: string,
  title: string,
): { alt_text: string; width?: number; height?: number } {
  const known = (image_details ?? []).find(({ url }) => url === address)
  const alt = visibleLine(known?.alt ?? '')
  const size = known && known.width !== null && known.height !== null && { width: known.width, height: known.height }
  return { alt_text: cutText(alt === '' ? title : alt, 100), ...size }
}

type Measured = Pick<VariantView, 'weight' | 'dimensions'>

/** Weight and dimensions with their units; a number without a unit says nothing. */
export function measuresOf(
  { weight_unit, dimension_unit }: Pick<ProductView, 'weight_unit' | 'dimension_unit'>,
  { weight, dimensions }: Measured,
): { weight?: { value: number; unit: string }; dimensions?: Record<string, number | string> } {
  const sides = Object.entries(dimensions ?? {}).filter((side): side is [string, number] => side[1] !== null)
  return {
    ...(weight !== null && weight_unit !== null && { weight: { value: weight, unit: weight_unit } }),
    ...(sides.length > 0 &&
      dimension_unit !== null && { dimensions: { ...Object.fromEntries(sides), unit: dimension_unit } }),
  }
}

/** Lowest and highest quantity of one order. One is the lowest of every product and is not said. */
export function quantitiesOf({ min_quantity, max_quantity }: Pick<VariantView, 'min_quantity' | 'max_quantity'>): {
  min_quantity?: number
  max_quantity?: number
} {
  return {
    ...(min_quantity !== null && min_quantity !== 1 && { min_quantity }),
    ...(max_quantity !== null && { max_quantity }),
  }
}

/** When the present sale price ends; nothing for a sale that has no end or is over. */
export function saleEndOf(
  { on_sale, sale_ends_at }: { on_sale: boolean; sale_ends_at: Date | string | null },
  now = Date.now(),
): { sale_ends_at?: string } {
  const end = sale_ends_at === null ? null : new Date(sale_ends_at)
  return on_sale && end !== null && end.getTime() > now ? { sale_ends_at: end.toISOString() } : {}
}
