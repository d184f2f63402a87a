import type { WebhookProduct, WebhookVariation } from './event-schema.ts'

/** Forms of true and false in WordPress, WooCommerce and PHP, besides true and false. */
export const TRUE_WORDS = ['1', 'yes', 'true', 1] as const
export const FALSE_WORDS = ['', '0', 'no', 'false', 0] as const

/** Amounts stay in the received form (text or number); `readDecimal` reads them exactly. */
type Amount = string | number | null

interface PlainOffer {
  sku: string
  price: Amount
  regular_price: Amount
  sale_price: Amount
  on_sale: boolean
  stock_quantity: Amount
  stock_status: string
  image: string
}

export interface PlainVariation extends PlainOffer {
  id: number
  attributes: Record<string, string>
  /** As it was sent, for its optional fields. */
  given: WebhookVariation
}

export interface PlainAttribute {
  name: string
  /** May contain empty texts: `slugs` has the same order. */
  options: string[]
  variation: boolean
  slug: string
  slugs: string[]
}

/** A product with one type per field; an absent text is `''`, an absent list is empty. */
export interface PlainProduct extends PlainOffer {
  id: number
  type: string
  name: string
  short_description: string
  description: string
  currency: string
  status: string
  catalog_visibility: string
  password_protected: boolean
  categories: string[]
  tags: string[]
  attributes: PlainAttribute[]
  variations: PlainVariation[]
  gallery: string[]
  permalink: string
  product_hash: string
  texts_cut: string[]
}

/**
 * Reads the forms in which PHP sends one value: a list as an object with numeric keys, `false` or `""` for nothing, a text of
 * digits as a number, `"yes"` or `1` for true. Accepts every product that `WebhookProduct` allows.
 */
export function plainProduct(product: WebhookProduct): PlainProduct {
  return {
    id: product.id,
    ...plainOffer(product),
    type: text(product.type),
    name: text(product.name),
    short_description: text(product.short_description),
    description: text(product.description),
    currency: text(product.currency),
    status: text(product.status),
    catalog_visibility: text(product.catalog_visibility),
    password_protected: flag(product.password_protected),
    categories: labels(product.categories),
    tags: labels(product.tags),
    attributes: list(product.attributes).map((attribute) => ({
      name: text(attribute.name),
      options: list(attribute.options).map(text),
      variation: flag(attribute.variation),
      slug: text(attribute.slug),
      slugs: list(attribute.slugs).map(text),
    })),
    variations: list(product.variations).map((variation) => ({
      id: variation.id,
      ...plainOffer(variation),
      given: variation,
      attributes: Object.fromEntries(
        Object.entries(variation.attributes || {}).map(([key, value]) => [key, text(value)]),
      ),
    })),
    gallery: labels(product.gallery),
    permalink: text(product.permalink),
    product_hash: text(product.product_hash),
    texts_cut: Array.isArray(product.texts_cut) ? product.texts_cut.filter((name) => typeof name === 'string') : [],
  }
}

function plainOffer(offer: WebhookProduct | WebhookVariation): PlainOffer {
  return {
    sku: text(offer.sku),
    price: offer.price || offer.price === 0 ? offer.price : null,
    regular_price: offer.regular_price || offer.regular_price === 0 ? offer.regular_price : null,
    sale_price: offer.sale_price || offer.sale_price === 0 ? offer.sale_price : null,
    on_sale: flag(offer.on_sale),
    stock_quantity: offer.stock_quantity || offer.stock_quantity === 0 ? offer.stock_quantity : null,
    stock_status: text(offer.stock_status),
    image: text(offer.image),
  }
}

function text(value: string | number | false | null | undefined): string {
  return value === false || value === null || value === undefined ? '' : String(value)
}

function flag(value: unknown): boolean {
  return value === true || TRUE_WORDS.some((word) => word === value)
}

/** The items of a list. JavaScript keeps numeric keys of an object in ascending order, the order of PHP's list. */
function list<T>(value: T[] | Record<string, T> | false | '' | null | undefined): T[] {
  return value ? Object.values(value) : []
}

function labels(value: Parameters<typeof list<string | number | false | null>>[0]): string[] {
  return list(value)
    .map(text)
    .filter((label) => label !== '')
}
