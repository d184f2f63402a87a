/**
 * The catalogue of the demo's shop: 60 products, 35 in Persian and 25 in English, in the shape the webhook takes.
 *
 * The two lists hold only what a shopkeeper would type; what WooCommerce adds to it is added here.
 */
import { englishProducts } from './catalogue-en.ts'
import { persianProducts } from './catalogue-fa.ts'

export interface WebhookAttribute {
  name: string
  options: string[]
  variation: boolean
}

export interface WebhookVariation {
  id: number
  sku: string
  /** Empty: any value. */
  attributes: Record<string, string>
  price: string
  regular_price: string
  sale_price: string
  on_sale: boolean
  stock_quantity: number | null
  stock_status: 'instock' | 'outofstock'
  image: string
}

export interface WebhookProduct {
  id: number
  type: 'simple' | 'variable'
  sku: string
  name: string
  short_description: string
  description: string
  price: string
  regular_price: string
  sale_price: string
  on_sale: boolean
  currency: string
  stock_quantity: number | null
  stock_status: 'instock' | 'outofstock'
  status: 'publish'
  catalog_visibility: 'visible'
  password_protected: boolean
  categories: string[]
  tags: string[]
  attributes: WebhookAttribute[]
  variations: WebhookVariation[]
  image: string
  gallery: string[]
  permalink: string
  date_modified: string
}

/** An article with a price: a simple product or one variation. Prices are in toman. */
interface Offer {
  price: number
  salePrice?: number
  /** Null: the shop does not count it, and has it. */
  stock: number | null
}

interface ProductText {
  id: number
  sku: string
  name: string
  short: string
  description: string
  categories: string[]
  tags: string[]
  attributes?: Record<string, string[]>
  /** Last part of the address. */
  slug: string
  modified: string
}

export interface SimpleProduct extends ProductText, Offer {}

export interface VariableProduct extends ProductText {
  variations: (Offer & { id: number; sku: string; attributes: Record<string, string> })[]
}

const shop = 'https://shop.example'
// A WooCommerce shop has one currency for all its languages.
const currency = 'IRT'

export const catalogue: WebhookProduct[] = [...persianProducts, ...englishProducts].map(asWebhookProduct)

function asWebhookProduct(product: SimpleProduct | VariableProduct): WebhookProduct {
  const variations = 'variations' in product ? product.variations : []
  const varying = new Set(variations.flatMap((variation) => Object.keys(variation.attributes)))
  return {
    id: product.id,
    type: 'variations' in product ? 'variable' : 'simple',
    sku: product.sku,
    name: product.name,
    short_description: product.short,
    description: product.description,
    ...('variations' in product ? offerOfVariable(product) : offerFields(product)),
    currency,
    status: 'publish',
    catalog_visibility: 'visible',
    password_protected: false,
    categories: product.categories,
    tags: product.tags,
    attributes: Object.entries(product.attributes ?? {}).map(([name, options]) => ({
      name,
      options,
      variation: varying.has(name),
    })),
    variations: variations.map((variation) => ({
      id: variation.id,
      sku: variation.sku,
      attributes: variation.attributes,
      ...offerFields(variation),
      image: `${shop}/wp-content/uploads/${variation.sku.toLowerCase()}.jpg`,
    })),
    image: `${shop}/wp-content/uploads/${product.sku.toLowerCase()}.jpg`,
    gallery: [`${shop}/wp-content/uploads/${product.sku.toLowerCase()}-2.jpg`],
    permalink: `${shop}/product/${encodeURIComponent(product.slug)}/`,
    date_modified: product.modified,
  }
}

function offerFields({ price, salePrice, stock }: Offer) {
  return {
    price: String(salePrice ?? price),
    regular_price: String(price),
    sale_price: salePrice === undefined ? '' : String(salePrice),
    on_sale: salePrice !== undefined,
    stock_quantity: stock,
    stock_status: stock === 0 ? ('outofstock' as const) : ('instock' as const),
  }
}

/** As WooCommerce gives it: the lowest price of the variations, and no stock of its own. */
function offerOfVariable({ variations }: VariableProduct) {
  return {
    price: String(Math.min(...variations.map(({ price, salePrice }) => salePrice ?? price))),
    regular_price: '',
    sale_price: '',
    on_sale: variations.some(({ salePrice }) => salePrice !== undefined),
    stock_quantity: null,
    stock_status: variations.some(({ stock }) => stock !== 0) ? ('instock' as const) : ('outofstock' as const),
  }
}
