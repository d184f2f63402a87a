import { isoCurrency, minorUnits, type Price } from '../agents/catalog/money.ts'
import { cutText, visibleLine } from '../agents/catalog/visible-text.ts'
import { isGtin } from '../catalog/products/gtin.ts'
import type { FeedKind, LeftOutReason } from './feed-schemas.ts'
import type { FeedOptions } from './feeds.ts'
import type { Dimensions, FeedProduct, FeedVariant } from './read-products.ts'

/** Longest address that a format prints. */
const MAX_LINK = 2_000

/** Octets of an address that Torob takes, and that the index of addresses holds (migration 0027). */
export const MAX_TOROB_ADDRESS = 1_500

/** One line of a feed: a variant, or a product without variants. */
export interface FeedItem {
  id: string
  /** Title of the product, without the choices of the variant. */
  title: string
  link: string | null
  images: string[]
  price: Price | null
  /** The price before the sale. */
  listPrice: Price | null
  saleEndsAt: Date | null
  inStock: boolean
  onBackorder: boolean
  sku: string
  gtin: string | null
  /** Choices of the variant. */
  choices: { name: string; value: string }[]
  /** All attributes of the product, with the values of this item. */
  attributes: { name: string; values: string[] }[]
  weight: number | null
  dimensions: Dimensions | null
}

/** The part that all formats share: the items of a product, or the reason why it has none. */
export interface FeedEntry {
  product: FeedProduct
  id: string
  /** Null: the product has no variants. */
  groupId: string | null
  title: string
  description: string
  link: string | null
  items: FeedItem[]
  leftOut: LeftOutReason | null
}

/** Conditions of a format on each item. */
const NEEDS: Record<FeedKind, { link: boolean; image: boolean; price: boolean }> = {
  google: { link: true, image: true, price: true },
  acp: { link: false, image: false, price: false },
  llms: { link: true, image: false, price: false },
  torob: { link: true, image: false, price: false },
}

/** The entry of a product in a feed. Texts are on one line and free of invisible characters. */
export function feedEntry(product: FeedProduct, feed: FeedOptions): FeedEntry {
  const id = product.external_id.replace(/^woo_/, '')
  const title = visibleLine(product.name) || `#${id}`
  const link = addressOf(product.permalink)
  const ofProduct = productReason(product, feed, link)
  const all = product.variants.length === 0 ? [null] : product.variants
  const items = all.map((variant) => itemOf(product, variant, { id, title, link }))
  const reasons = items.map((item) => itemReason(item, product, feed))
  const kept = ofProduct === null ? items.filter((_, at) => reasons[at] === null) : []
  return {
    product,
    id,
    groupId: product.variants.length === 0 ? null : id,
    title,
    description: visibleLine(product.description) || visibleLine(product.short_description) || title,
    link,
    items: kept,
    leftOut: kept.length > 0 ? null : (ofProduct ?? reasons.find((reason) => reason !== null) ?? null),
  }
}

function productReason(product: FeedProduct, { kind, language, currency }: FeedOptions, link: string | null) {
  const ownLanguage = product.language?.split('-')[0]?.toLowerCase()
  if (language !== null && ownLanguage !== undefined && ownLanguage !== language) return 'other_language'
  const iso = isoCurrency(product.currency)
  if (iso === NO_CURRENCY && NEEDS[kind].price) return 'no_currency'
  if (currency !== null && iso !== currency) return 'other_currency'
  if (kind === 'torob' && iso !== 'IRR') return 'other_currency'
  if (kind === 'torob') {
    const { permalink } = product
    return permalink === '' || Buffer.byteLength(permalink) > MAX_TOROB_ADDRESS ? 'no_link' : null
  }
  return NEEDS[kind].link && link === null ? 'no_link' : null
}

/** The code of ISO 4217 for "no currency", as `isoCurrency` returns it. */
const NO_CURRENCY = 'XXX'

function itemReason(item: FeedItem, product: FeedProduct, { kind }: FeedOptions): LeftOutReason | null {
  const needs = NEEDS[kind]
  if (needs.image && item.images.length === 0) return 'no_image'
  if (needs.price && item.price === null) return hasPrice(product, item) ? 'price_too_high' : 'no_price'
  return null
}

function hasPrice(product: FeedProduct, item: FeedItem): boolean {
  const variant = product.variants.find((each) => item.id.endsWith(`_${each.id}`))
  return Number(variant?.price ?? product.price ?? 0) > 0
}

function itemOf(
  product: FeedProduct,
  variant: FeedVariant | null,
  { id, title, link }: { id: string; title: string; link: string | null },
): FeedItem {
  const own = variant ?? product
  const price = priceOf(own.price ?? product.price, product.currency)
  const before = own.on_sale ? priceOf(own.regular_price, product.currency) : null
  const isSale = price !== null && before !== null && before.amount > price.amount
  const choices = variant ? choicesOf(product, variant) : []
  const images = [variant?.image ?? '', product.image, ...product.gallery].flatMap(
    (address) => addressOf(address) ?? [],
  )
  const saleEnd = own.sale_ends_at === null ? null : new Date(own.sale_ends_at)
  return {
    id: variant ? `${id}_${variant.id}` : id,
    title,
    link,
    images: [...new Set(images)],
    price,
    listPrice: isSale ? before : null,
    saleEndsAt: isSale ? saleEnd : null,
    inStock: own.in_stock,
    onBackorder: own.in_stock && own.stock_status === 'onbackorder',
    sku: visibleLine(own.sku || (variant ? '' : product.sku)),
    gtin: own.gtin !== null && isGtin(own.gtin) ? own.gtin : null,
    choices,
    attributes: attributesOf(product, choices),
    weight: variant?.weight ?? product.weight,
    dimensions: variant?.dimensions ?? product.dimensions,
  }
}

/** Null also for 0: a shop sells nothing for nothing, and «تماس بگیرید» is an empty price. */
function priceOf(amount: string | null, currency: string): Price | null {
  const price = amount === null ? null : minorUnits(amount, currency)
  return price !== null && price.amount > 0 ? price : null
}

/** The choices of a variant in the order of the product's attributes. A choice without a value means any value. */
function choicesOf(product: FeedProduct, variant: FeedVariant): FeedItem['choices'] {
  const order = product.attributes.map(({ name }) => name)
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  return Object.entries(variant.attributes)
    .map(([name, value]) => ({ name: visibleLine(name), value: visibleLine(value), place: place(name) }))
    .filter(({ name, value }) => name !== '' && value !== '')
    .sort((a, b) => a.place - b.place)
    .map(({ name, value }) => ({ name, value }))
}

function attributesOf(product: FeedProduct, choices: FeedItem['choices']): FeedItem['attributes'] {
  const chosen = new Map(choices.map(({ name, value }) => [name, [value]]))
  const others = product.attributes
    .filter(({ variation }) => !variation)
    .map(({ name, options }) => [visibleLine(name), options.map(visibleLine).filter(Boolean)] as const)
  return [...new Map([...others, ...chosen])]
    .map(([name, values]) => ({ name, values }))
    .filter(({ name, values }) => name !== '' && values.length > 0)
}

/** A web address in ASCII, as feeds need it; null when it is none, or is too long. */
export function addressOf(given: string, length = MAX_LINK): string | null {
  const url = URL.parse(given)
  // A comma separates addresses in some formats.
  const address = url && /^https?:$/.test(url.protocol) ? url.href.replaceAll(',', '%2C') : null
  return address !== null && address.length <= length ? address : null
}

/** The path of the product's first category, "A > B"; empty without one. */
export function categoryPath(product: FeedProduct, length: number): string {
  const path = product.category_paths?.[0] ?? product.categories.slice(0, 1)
  return cutText(path.map((name) => visibleLine(name).replaceAll('>', '›')).join(' > '), length)
}
