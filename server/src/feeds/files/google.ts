import { fromMinorUnits, type Price } from '../../agents/catalog/money.ts'
import { cutText } from '../../agents/catalog/visible-text.ts'
import { addressOf, categoryPath, type FeedEntry, type FeedItem } from '../feed-items.ts'
import type { FeedProduct } from '../read-products.ts'

/** Lengths in characters, from Google's product data specification. */
const MAX = { title: 150, description: 5_000, brand: 70, mpn: 70, category: 750, color: 100, size: 100, material: 200 }
const MAX_ADDITIONAL_IMAGES = 10
const MAX_IMAGE_ADDRESS = 2_000
/** Google reads three colours of one item. */
const MAX_COLORS = 3

/** Names of attributes that Google has a column for, as shops write them. */
const COLOR = /^(?:pa_)?(?:colou?rs?|رنگ|رنگ‌?بندی)$/i
const SIZE = /^(?:pa_)?(?:sizes?|سایز|اندازه)$/i
const MATERIAL = /^(?:pa_)?(?:materials?|جنس|متریال)$/i

type Column = (item: FeedItem, entry: FeedEntry) => string

/** The columns of the file in their order. An empty value means that the item has none. */
const COLUMNS: [name: string, value: Column][] = [
  ['id', (item) => item.id],
  ['item_group_id', (_item, { groupId }) => groupId ?? ''],
  ['title', titleOf],
  ['description', (_item, { description }) => cutText(description, MAX.description)],
  ['link', (item) => item.link ?? ''],
  ['image_link', (item) => item.images[0] ?? ''],
  ['additional_image_link', additionalImages],
  ['availability', availabilityOf],
  ['price', (item) => priceText(item.listPrice ?? item.price)],
  ['sale_price', (item) => (item.listPrice ? priceText(item.price) : '')],
  ['sale_price_effective_date', (item, { product }) => salePeriod(item, product)],
  ['brand', (_item, entry) => brandOf(entry)],
  ['gtin', (item) => item.gtin ?? ''],
  ['mpn', (item) => cutText(item.sku, MAX.mpn)],
  ['identifier_exists', (item, entry) => (isIdentified(item, entry) ? 'yes' : 'no')],
  ['condition', () => 'new'],
  ['product_type', (_item, { product }) => categoryPath(product, MAX.category)],
  ['color', (item) => cutText(valuesOf(item, COLOR).slice(0, MAX_COLORS).join('/'), MAX.color)],
  ['size', (item) => cutText(valuesOf(item, SIZE).slice(0, 1).join(''), MAX.size)],
  ['material', (item) => cutText(valuesOf(item, MATERIAL).slice(0, MAX_COLORS).join('/'), MAX.material)],
  ['shipping_weight', (item, { product }) => weightOf(item, product)],
  ['shipping_length', (item, { product }) => lengthOf(item.dimensions?.length, product)],
  ['shipping_width', (item, { product }) => lengthOf(item.dimensions?.width, product)],
  ['shipping_height', (item, { product }) => lengthOf(item.dimensions?.height, product)],
]

/** The first line of the file. */
export const GOOGLE_HEADER = `${COLUMNS.map(([name]) => name).join('\t')}\n`

/** The lines of a product: one for each variant. */
export function googleLines(entry: FeedEntry): string {
  return entry.items.map((item) => `${COLUMNS.map(([, value]) => quoted(value(item, entry))).join('\t')}\n`).join('')
}

/** Texts have no tabs or line ends any more; a quotation mark needs quotes around the field. */
function quoted(value: string): string {
  return value.includes('"') ? `"${value.replaceAll('"', '""')}"` : value
}

function titleOf(item: FeedItem, { title }: FeedEntry): string {
  const choices = item.choices.map(({ value }) => value).join(' / ')
  if (choices === '') return cutText(title, MAX.title)
  // The choices stay readable at the end of a long title.
  const end = cutText(` - ${choices}`, 70)
  return `${cutText(title, MAX.title - end.length)}${end}`
}

function additionalImages({ images }: FeedItem): string {
  const rest = images.slice(1, 1 + MAX_ADDITIONAL_IMAGES)
  return rest.flatMap((address) => addressOf(address, MAX_IMAGE_ADDRESS) ?? []).join(',')
}

function availabilityOf({ inStock, onBackorder }: FeedItem): string {
  if (onBackorder) return 'backorder'
  return inStock ? 'in_stock' : 'out_of_stock'
}

/** "8500000.00 IRR": ISO 4217 has neither the toman nor the thousands of Iranian shops. */
function priceText(price: Price | null): string {
  return price === null ? '' : `${fromMinorUnits(price.amount, price.currency)} ${price.currency}`
}

/** A period needs a beginning. The sale has begun, so a time before it is right: the product's first one here. */
function salePeriod({ saleEndsAt }: FeedItem, { created_at: createdAt }: FeedProduct): string {
  if (saleEndsAt === null || saleEndsAt <= createdAt) return ''
  const time = (date: Date) => `${date.toISOString().slice(0, 16)}Z`
  return `${time(createdAt)}/${time(saleEndsAt)}`
}

function brandOf({ product }: FeedEntry): string {
  return cutText(product.brand ?? '', MAX.brand)
}

function isIdentified(item: FeedItem, entry: FeedEntry): boolean {
  return item.gtin !== null || (brandOf(entry) !== '' && item.sku !== '')
}

function valuesOf({ attributes }: FeedItem, name: RegExp): string[] {
  return attributes.find((attribute) => name.test(attribute.name))?.values ?? []
}

const WEIGHT_UNITS: Record<string, string> = { kg: 'kg', g: 'g', lbs: 'lb', oz: 'oz' }

function weightOf({ weight }: FeedItem, { weight_unit: unit }: FeedProduct): string {
  const name = WEIGHT_UNITS[unit ?? '']
  return weight === null || name === undefined ? '' : `${plain(weight)} ${name}`
}

/** Google reads centimetres and inches. */
const LENGTH_UNITS: Record<string, [factor: number, unit: string]> = {
  m: [100, 'cm'],
  cm: [1, 'cm'],
  mm: [0.1, 'cm'],
  in: [1, 'in'],
  yd: [36, 'in'],
}

function lengthOf(length: number | null | undefined, { dimension_unit: unit }: FeedProduct): string {
  const [factor, name] = LENGTH_UNITS[unit ?? ''] ?? []
  return length == null || factor === undefined || length <= 0 ? '' : `${plain(length * factor)} ${name}`
}

/** A number without an exponent, to three decimals. */
function plain(number: number): string {
  return number.toFixed(3).replace(/\.?0+$/, '')
}
