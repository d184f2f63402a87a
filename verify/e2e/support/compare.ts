/** The backend's products against the shop's own view of them, field by field. */
import { join } from 'node:path'
import type { ProductView } from '../../../server/src/catalog/products/product-view.ts'
import { cleanName, htmlToText } from '../../../server/src/platform/text/clean-html.ts'
import type { Shop } from './shop.ts'
import { wordpressFolder } from './wordpress-folder.ts'

interface Offer {
  sku: string
  price: string | null
  regular_price: string | null
  sale_price: string | null
  on_sale: boolean
  stock_quantity: number | null
  stock_status: string
  image: string
}

interface ShownProduct extends Offer {
  id: number
  is_shown: true
  type: string
  name: string
  short_description: string
  description: string
  currency: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[]; variation: boolean }[]
  gallery: string[]
  permalink: string
  status: string
  variants: (Offer & { id: number; attributes: Record<string, string> })[]
}

export type ShopView = ShownProduct | { id: number; is_shown: false }

export async function shopViews(shop: Shop, ids: number[]): Promise<ShopView[]> {
  const file = join(wordpressFolder, 'shop-view.php')
  return await shop.php<ShopView[]>('return ( require $args["file"] )( $args["ids"] );', { file, ids })
}

/** Every field in which the backend is not what the shop shows, as sentences; none when it knows the shop as it is. */
export function differences(view: ShopView, product: ProductView | undefined): string[] {
  if (!view.is_shown) return product?.is_active ? [`product ${view.id} is not shown, but the backend has it`] : []
  if (!product) return [`product ${view.id} is not at the backend`]
  if (!product.is_active) return [`product ${view.id} is shown, but not active at the backend`]
  const found: string[] = []
  const expectSame = (field: string, shop: unknown, backend: unknown) => {
    const [left, right] = [JSON.stringify(shop), JSON.stringify(backend)]
    if (left !== right) found.push(`product ${view.id}, ${field}: the shop shows ${left}, the backend ${right}`)
  }
  for (const field of ['type', 'currency', 'gallery', 'permalink', 'status'] as const) {
    expectSame(field, view[field], product[field])
  }
  expectSame('name', cleanName(view.name), product.name)
  for (const field of ['short_description', 'description'] as const) {
    expectSame(field, htmlToText(view[field]), product[field])
  }
  for (const field of ['categories', 'tags'] as const) {
    expectSame(field, [...view[field]].sort(), [...product[field]].sort())
  }
  expectSame('attributes', view.attributes.map(sortedAttribute), product.attributes.map(sortedAttribute))
  // The regular price of a variable product is a range; its variants are compared with their own. A group has no price.
  const isGroup = view.type === 'grouped'
  compareOffer('', isGroup ? { ...view, price: null } : view, product, expectSame, view.type === 'variable' || isGroup)

  const variants = new Map(product.variants.map((variant) => [variant.id, variant]))
  const ids = (list: { id: number }[]) => list.map(({ id }) => id).sort((a, b) => a - b)
  expectSame('variants', ids(view.variants), ids(product.variants))
  for (const shown of view.variants) {
    const variant = variants.get(shown.id)
    if (!variant) continue
    expectSame(`variant ${shown.id} attributes`, sortedEntries(shown.attributes), sortedEntries(variant.attributes))
    compareOffer(`variant ${shown.id} `, shown, variant, expectSame, false)
  }
  return found
}

type Expect = (field: string, shop: unknown, backend: unknown) => void

function compareOffer(label: string, shop: Offer, backend: Offer, expectSame: Expect, isRange: boolean): void {
  for (const field of ['sku', 'on_sale', 'stock_quantity', 'stock_status'] as const) {
    expectSame(label + field, shop[field], backend[field])
  }
  // A variant without an image of its own may be shown with its parent's, or with none.
  if (backend.image !== '' || label === '') expectSame(`${label}image`, shop.image, backend.image)
  expectSame(`${label}price`, decimal(shop.price), decimal(backend.price))
  if (isRange) return
  expectSame(`${label}regular_price`, decimal(shop.regular_price), decimal(backend.regular_price))
  // A sale that has not begun may be known or not; one that runs must be.
  if (shop.on_sale) expectSame(`${label}sale_price`, decimal(shop.sale_price), decimal(backend.sale_price))
}

function decimal(amount: string | null): string | null {
  if (amount === null) return null
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
}

function sortedAttribute(attribute: { name: string; options: string[]; variation: boolean }) {
  return { name: attribute.name, options: [...attribute.options].sort(), variation: attribute.variation }
}

function sortedEntries(record: Record<string, string>): [string, string][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}
