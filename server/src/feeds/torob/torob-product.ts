import type { Price } from '../../agents/catalog/money.ts'
import { cutText, visibleLine } from '../../agents/catalog/visible-text.ts'
import type { FeedEntry, FeedItem } from '../feed-items.ts'

/** Lengths in characters, from Torob's guide; the last two bound `spec`, which has no limits there. */
const MAX = { title: 500, category: 200, image: 1_000, description: 500, guarantee: 200, specs: 50, spec: 500 }
const MAX_IMAGES = 20
const GUARANTEE = /^(?:گارانتی|ضمانت|ضمانت‌?نامه|warranty|guarantee)$/i

export interface TorobProduct {
  page_unique: string
  page_url: string
  product_group_id?: string
  title: string
  current_price: number
  old_price?: number
  availability: boolean
  category_name?: string
  image_links: string[]
  spec?: Record<string, string>
  guarantee?: string
  short_desc?: string
  date_added: string
  date_updated: string
}

/** The items of a product for Torob: one for each variant, grouped by the id of the product. */
export function torobProducts(entry: FeedEntry): TorobProduct[] {
  const { product, groupId } = entry
  const description = visibleLine(product.short_description) || visibleLine(product.description)
  return entry.items.map((item) => {
    const price = tomanOf(item.price)
    const oldPrice = tomanOf(item.listPrice)
    // A price of 0 with a stock would be shown as free.
    const isAvailable = item.inStock && price > 0
    const guarantee = item.attributes.find(({ name }) => GUARANTEE.test(name))?.values.join('، ')
    const spec = specOf(item)
    const [category] = product.categories.map(visibleLine)
    return {
      page_unique: item.id,
      page_url: product.permalink,
      ...(groupId !== null && { product_group_id: groupId }),
      title: cutText([entry.title, ...item.choices.map(({ value }) => value)].join(' '), MAX.title),
      current_price: isAvailable ? price : 0,
      ...(isAvailable && oldPrice > price && { old_price: oldPrice }),
      availability: isAvailable,
      ...(category && { category_name: cutText(category, MAX.category) }),
      image_links: item.images.filter((address) => address.length <= MAX.image).slice(0, MAX_IMAGES),
      ...(Object.keys(spec).length > 0 && { spec }),
      ...(guarantee && { guarantee: cutText(guarantee, MAX.guarantee) }),
      ...(description !== '' && { short_desc: cutText(description, MAX.description) }),
      date_added: timeText(product.created_at),
      date_updated: timeText(product.updated_at),
    }
  })
}

function specOf({ attributes }: FeedItem): Record<string, string> {
  const entries = attributes
    .slice(0, MAX.specs)
    .map(({ name, values }) => [cutText(name, MAX.spec), cutText(values.join('، '), MAX.spec)])
  return Object.fromEntries(entries)
}

/** Whole toman, half up: a toman is 10 rials, which ISO 4217 divides into 1,000 minor units. */
function tomanOf(price: Price | null): number {
  return price === null ? 0 : Math.floor((price.amount + 500) / 1_000)
}

/** With a numeric offset: some readers know no "Z". */
function timeText(time: Date): string {
  return time.toISOString().replace('Z', '+00:00')
}
