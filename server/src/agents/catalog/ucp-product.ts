import type { ProductView, VariantView } from '../../catalog/products/product-view.ts'
import { type Language, LIST_COMMA } from '../../platform/i18n.ts'
import { isoCurrency, minorUnits, type Price, priceWords, rangeWords } from './money.ts'
import {
  type Barcode,
  barcodesOf,
  categoryNames,
  imageDetails,
  measuresOf,
  quantitiesOf,
  type Rating,
  ratingOf,
  saleEndOf,
} from './ucp-details.ts'
import { cutText, visibleLine, visibleText } from './visible-text.ts'

/** How much of a product an answer has room for. Lengths in UTF-16 units, the rest in entries. */
export interface Detail {
  title: number
  description: number
  variants: number
  values: number
  categories: number
  attributes: number
  media: number
  tags: number
  url: number
  /** Price in words, SKU, barcode and list price of each variant. */
  hasVariantDetails: boolean
  /** Weight, dimensions, quantities of an order, and sizes of images. */
  hasMeasures: boolean
}

/** Levels of a list, the richest first: the answer takes the first level that fits (fit-answer.ts). */
export const LIST_LEVELS: readonly Detail[] = [
  list({ description: 300, variants: 10, values: 20, attributes: 8, media: 1, hasVariantDetails: true }),
  list({ description: 200, variants: 5, values: 12, attributes: 6, media: 1, hasVariantDetails: true }),
  list({ description: 120, variants: 3, values: 8, attributes: 4, media: 1 }),
  list({ description: 60, variants: 2, values: 5, attributes: 2 }),
  list({ description: 0, variants: 1, values: 0, categories: 1, title: 120 }),
  list({ description: 0, variants: 1, values: 0, categories: 0, title: 60, url: 300 }),
]

/** Levels of one whole product. */
export const WHOLE_LEVELS: readonly Detail[] = [
  whole({ description: 6_000, variants: 20, values: 100 }),
  whole({ description: 3_000, variants: 15, values: 60 }),
  whole({ description: 1_000, variants: 8, values: 30, attributes: 15, tags: 5, media: 2 }),
  list({ description: 300, variants: 3, values: 10, attributes: 5 }),
  list({ description: 0, variants: 1, values: 5, title: 120, url: 300 }),
]

function list(of: Partial<Detail>): Detail {
  return {
    title: 200,
    description: 0,
    variants: 1,
    values: 0,
    categories: 3,
    attributes: 0,
    media: 0,
    tags: 0,
    url: 1_000,
    hasVariantDetails: false,
    hasMeasures: false,
    ...of,
  }
}

function whole(of: Partial<Detail>): Detail {
  return list({
    title: 500,
    categories: 10,
    attributes: 40,
    media: 5,
    tags: 20,
    hasVariantDetails: true,
    hasMeasures: true,
    ...of,
  })
}

export interface UcpVariant {
  id: string
  title: string
  description: { plain: string }
  price: Price
  list_price?: Price
  sku?: string
  barcodes?: Barcode[]
  availability: { available: boolean; status: string }
  options?: { name: string; label: string }[]
  media?: { type: 'image'; url: string; alt_text?: string }[]
  inputs?: { id: string; match: 'exact' | 'featured' }[]
  /** Only of the first variant of get_product. */
  seller?: { name: string; links?: { type: string; url: string; title: string }[] }
  metadata?: Record<string, unknown>
}

export interface UcpProduct {
  id: string
  title: string
  description: { plain: string }
  url?: string
  categories?: { value: string; taxonomy: 'merchant' }[]
  price_range: { min: Price; max: Price }
  list_price_range?: { min: Price; max: Price }
  rating?: Rating
  media?: { type: 'image'; url: string; alt_text?: string; width?: number; height?: number }[]
  options?: { name: string; values: { label: string; available?: boolean; exists?: boolean }[] }[]
  selected?: { name: string; label: string }[]
  variants: UcpVariant[]
  tags?: string[]
  metadata: Record<string, unknown>
}

/** A variation to show, or null for the only choice of a product without variations. */
export interface ShownVariant {
  variant: VariantView | null
  inputs?: UcpVariant['inputs']
}

/** The language in which a product's price is written. */
export function languageOf(product: Pick<ProductView, 'name'>): Language {
  return /\p{Script=Arabic}/u.test(product.name) ? 'fa' : 'en'
}

/** The address of a product's page; undefined when it is no web address. */
export function pageOf({ permalink }: Pick<ProductView, 'permalink'>): string | undefined {
  return webAddress(permalink)
}

function webAddress(address: string): string | undefined {
  const url = URL.parse(address)
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined
}

/** True when an amount of the product is above what a JSON integer holds exactly: UCP has no form for it. */
export function isTooExpensive(product: ProductView): boolean {
  return [product.price, ...product.variants.map(({ price }) => price)].some(
    (price) => price !== null && minorUnits(price, product.currency) === null,
  )
}

/** All choices of a product, in the shop's order, those that can be bought first. */
export function allVariants(product: ProductView): ShownVariant[] {
  if (product.variants.length === 0) return [{ variant: null }]
  const inStock = product.variants.filter((variant) => variant.in_stock)
  const others = product.variants.filter((variant) => !variant.in_stock)
  return [...inStock, ...others].map((variant) => ({ variant }))
}

/**
 * A product in UCP's shape. Texts are the shop's, without characters that hide something. The caller has checked
 * `isTooExpensive`. A product without a price has the amount 0, is not available, and says so in `metadata`.
 */
export function ucpProduct(product: ProductView, shown: ShownVariant[], detail: Detail, more: object = {}): UcpProduct {
  const language = languageOf(product)
  const { currency } = product
  const prices =
    product.variants.length > 0 ? product.variants.map(({ price }) => price ?? product.price) : [product.price]
  const range = extremesOf(prices)
  const title = cutText(visibleLine(product.name), detail.title)
  const text = product.short_description || product.description
  const description = detail.description > 1_000 ? wholeDescription(product) : visibleLine(text)
  const url = pageOf(product)
  const options = optionsOf(product, detail.values)
  const variants = shown.slice(0, detail.variants)
  const hasPrice = range !== null
  const categories = categoryNames(product).slice(0, detail.categories)
  const listRange = extremesOf([...product.variants, product].map(({ regular_price }) => regular_price))
  return {
    id: String(product.id),
    title,
    description: { plain: cutText(description, detail.description) },
    ...(url !== undefined && url.length <= detail.url && { url }),
    ...(categories.length > 0 && {
      categories: categories.map((value) => ({ value, taxonomy: 'merchant' as const })),
    }),
    price_range: { min: priceOf(range?.min ?? null, currency), max: priceOf(range?.max ?? null, currency) },
    ...(product.on_sale &&
      listRange && {
        list_price_range: { min: priceOf(listRange.min, currency), max: priceOf(listRange.max, currency) },
      }),
    ...(detail.attributes > 0 && ratingOf(product)),
    ...mediaOf(product, detail, title),
    ...(options.length > 0 && { options }),
    variants: variants.map((each) => ucpVariant(product, each, detail)),
    ...(detail.tags > 0 && product.tags.length > 0 && { tags: product.tags.slice(0, detail.tags).map(visibleLine) }),
    metadata: {
      external_id: product.external_id,
      ...(product.sku !== '' && { sku: visibleLine(product.sku) }),
      ...(detail.attributes > 0 && product.brand !== null && { brand: cutText(visibleLine(product.brand), 70) }),
      ...(product.type !== 'simple' && { type: product.type }),
      store: visibleLine(product.store.name),
      in_stock: product.in_stock,
      ...(countedStock(product) !== null && { stock_quantity: countedStock(product) }),
      price_text: visibleLine(rangeWords(range?.min ?? null, range?.max ?? null, currency, language)),
      has_price: hasPrice,
      shop_currency: visibleLine(currency),
      ...saleEndOf(product),
      ...(product.variants.length > 0 && { variants_total: product.variants.length }),
      ...(detail.hasMeasures && { ...measuresOf(product, product), ...quantitiesOf(product) }),
      ...(detail.hasMeasures && product.language !== null && { language: product.language }),
      ...attributesOf(product, detail.attributes),
      updated_at: product.updated_at.toISOString(),
      ...more,
    },
  }
}

function ucpVariant(product: ProductView, { variant, inputs }: ShownVariant, detail: Detail): UcpVariant {
  const { currency } = product
  const own = variant ?? product
  const price = own.price ?? product.price
  const minor = price === null ? null : minorUnits(price, currency)
  const chosen = variant ? chosenOptions(product, variant) : []
  const listPrice = own.on_sale && own.regular_price !== null ? minorUnits(own.regular_price, currency) : null
  const image = detail.hasVariantDetails && variant ? webAddress(variant.image) : undefined
  return {
    id: variant ? `${product.id}:${variant.id}` : String(product.id),
    title: chosen.length > 0 ? chosen.map(({ label }) => label).join(' / ') : cutText(visibleLine(product.name), 60),
    description: { plain: '' },
    price: minor ?? { amount: 0, currency: isoCurrency(currency) },
    ...(listPrice && detail.hasVariantDetails && { list_price: listPrice }),
    ...(own.sku !== '' && variant && detail.hasVariantDetails && { sku: visibleLine(own.sku) }),
    ...(detail.hasVariantDetails && barcodesOf(own)),
    // The shop sells nothing that has no price.
    availability: { available: own.in_stock && price !== null, status: statusOf(own.in_stock, own.stock_status) },
    ...(chosen.length > 0 && { options: chosen }),
    ...(image !== undefined && detail.media > 1 && { media: [imageOf(image, variant)] }),
    ...(inputs && { inputs }),
    ...(variant &&
      detail.hasVariantDetails && {
        metadata: {
          ...(countedStock(variant) !== null && { stock_quantity: countedStock(variant) }),
          price_text: visibleLine(priceWords(price, currency, languageOf(product))),
          ...saleEndOf(variant),
          ...(detail.hasMeasures && { ...measuresOf(product, variant), ...quantitiesOf(variant) }),
        },
      }),
  }
}

function imageOf(url: string, variant: VariantView | null): { type: 'image'; url: string; alt_text?: string } {
  const alt = visibleLine(variant?.image_alt ?? '')
  return { type: 'image', url, ...(alt !== '' && { alt_text: cutText(alt, 100) }) }
}

function statusOf(inStock: boolean, status: string): string {
  if (status === 'onbackorder' && inStock) return 'backorder'
  return inStock ? 'in_stock' : 'out_of_stock'
}

function priceOf(amount: string | null, currency: string): Price {
  return (amount === null ? null : minorUnits(amount, currency)) ?? { amount: 0, currency: isoCurrency(currency) }
}

/** Compared as decimals of one scale, because numbers are inexact above 2^53. */
export function extremesOf(amounts: (string | null)[]): { min: string; max: string } | null {
  const sorted = amounts.flatMap((amount) => amount ?? []).sort(compareDecimals)
  const [min, max] = [sorted[0], sorted.at(-1)]
  return min === undefined || max === undefined ? null : { min, max }
}

function compareDecimals(a: string, b: string): number {
  const scaled = (amount: string) => {
    const [whole = '0', decimals = ''] = amount.split('.')
    return BigInt(whole + decimals.padEnd(20, '0').slice(0, 20))
  }
  const difference = scaled(a) - scaled(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** Short and long description, in the order of the page. */
export function wholeDescription({ short_description, description }: ProductView): string {
  const texts = [short_description, description].map((text) => visibleText(text).trim()).filter((text) => text !== '')
  return [...new Set(texts)].join('\n\n')
}

/** The options that a variation fixes, in the product's order; an empty value means any. */
export function chosenOptions(product: ProductView, variant: VariantView): { name: string; label: string }[] {
  const order = product.attributes.map(({ name }) => name)
  return Object.entries(variant.attributes)
    .filter(([, label]) => label !== '')
    .toSorted(([one], [other]) => order.indexOf(one) - order.indexOf(other))
    .map(([name, label]) => ({ name: visibleLine(name), label: visibleLine(label) }))
}

/** The options of a product with variations. */
export function optionsOf(product: ProductView, maxValues: number): { name: string; values: { label: string }[] }[] {
  if (product.variants.length === 0 || maxValues === 0) return []
  return product.attributes
    .filter(({ variation, options }) => variation && options.length > 0)
    .map(({ name, options }) => ({
      name: visibleLine(name),
      values: options.slice(0, maxValues).map((label) => ({ label: visibleLine(label) })),
    }))
}

/** The quantity in stock; null if it is unknown. A shop that is in stock with 0 does not count, or sells beyond its stock. */
export function countedStock(of: Pick<ProductView, 'in_stock' | 'stock_quantity'>): number | null {
  return of.in_stock && of.stock_quantity !== null && of.stock_quantity <= 0 ? null : of.stock_quantity
}

function attributesOf(product: ProductView, most: number): { attributes?: Record<string, string> } {
  const shown = product.attributes.filter(({ variation, options }) => !variation && options.length > 0).slice(0, most)
  if (shown.length === 0) return {}
  const entries = shown.map(({ name, options }) => [
    cutText(visibleLine(name), 60),
    cutText(options.map(visibleLine).join(LIST_COMMA[languageOf(product)]), 120),
  ])
  return { attributes: Object.fromEntries(entries) }
}

function mediaOf(product: ProductView, { media }: Detail, title: string): Pick<UcpProduct, 'media'> {
  const sent = [...new Set([product.image, ...product.gallery])]
  const addresses = sent.flatMap((address) => {
    const url = webAddress(address)
    return url === undefined ? [] : [{ address, url }]
  })
  if (media === 0 || addresses.length === 0) return {}
  return {
    media: addresses
      .slice(0, media)
      .map(({ address, url }) => ({ type: 'image', url, ...(media > 1 && imageDetails(product, address, title)) })),
  }
}
