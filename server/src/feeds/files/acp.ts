import { cutText, visibleLine } from '../../agents/catalog/visible-text.ts'
import type { CatalogRevision } from '../../catalog/products/catalog-revision.ts'
import { addressOf, categoryPath, type FeedEntry, type FeedItem } from '../feed-items.ts'
import type { ServedFeed } from '../feeds.ts'

/** The protocol has no lengths; these are the limits of the file feed of ChatGPT's merchants. */
const MAX_TITLE = 150
const MAX_DESCRIPTION = 5_000
const MAX_SELLER = 70
const MAX_CATEGORY = 750
const MAX_MEDIA = 10

/** A product as one line of `products.jsonl`, in the schema of the Agentic Commerce Protocol of 2026-04-17. */
export function acpLine(entry: FeedEntry, feed: ServedFeed): string {
  if (entry.items.length === 0) return ''
  const { product, title, link } = entry
  const media = mediaOf(
    entry,
    [product.image, ...product.gallery].flatMap((address) => addressOf(address) ?? []),
  )
  return `${JSON.stringify({
    id: entry.id,
    title: cutText(title, MAX_TITLE),
    description: { plain: cutText(entry.description, MAX_DESCRIPTION) },
    ...(link !== null && { url: link }),
    ...(media.length > 0 && { media }),
    variants: entry.items.map((item) => acpVariant(item, entry, feed)),
  })}\n`
}

function acpVariant(item: FeedItem, entry: FeedEntry, feed: ServedFeed) {
  const category = categoryPath(entry.product, MAX_CATEGORY)
  const media = mediaOf(entry, item.images)
  const site = addressOf(feed.site)
  return {
    id: item.id,
    title: cutText(item.choices.map(({ value }) => value).join(' / ') || entry.title, MAX_TITLE),
    ...(item.link !== null && { url: item.link }),
    ...(item.gtin !== null && { barcodes: [{ type: 'GTIN', value: item.gtin }] }),
    ...(item.price && { price: item.price }),
    ...(item.listPrice && { list_price: item.listPrice }),
    // The shop sells nothing that has no price.
    availability: { available: item.inStock && item.price !== null, status: statusOf(item) },
    ...(category !== '' && { categories: [{ value: category, taxonomy: 'merchant' }] }),
    condition: ['new'],
    ...(item.choices.length > 0 && { variant_options: item.choices }),
    ...(media.length > 0 && { media }),
    seller: {
      name: cutText(visibleLine(feed.storeName), MAX_SELLER),
      ...(site !== null && { links: [{ type: 'shop', url: site }] }),
    },
  }
}

function statusOf({ inStock, onBackorder }: FeedItem): string {
  if (onBackorder) return 'backorder'
  return inStock ? 'in_stock' : 'out_of_stock'
}

function mediaOf({ product, title }: FeedEntry, images: string[]) {
  const details = new Map((product.image_details ?? []).map((image) => [addressOf(image.url), image]))
  return images.slice(0, MAX_MEDIA).map((url) => {
    const { alt = '', width = null, height = null } = details.get(url) ?? {}
    return {
      type: 'image',
      url,
      alt_text: cutText(visibleLine(alt) || title, MAX_TITLE),
      ...(width !== null && { width }),
      ...(height !== null && { height }),
    }
  })
}

/** The contents of `metadata.json`. */
export function acpMetadata(feed: ServedFeed, { changedAt }: CatalogRevision): string {
  return `${JSON.stringify({
    id: `feed_${feed.id}`,
    ...(feed.targetCountry !== null && { target_country: feed.targetCountry }),
    updated_at: changedAt.toISOString(),
  })}\n`
}
