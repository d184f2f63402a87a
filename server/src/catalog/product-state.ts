import { hash } from 'node:crypto'
import { readDecimal } from '../ingest/decimal.ts'
import type { WebhookAttribute, WebhookProduct, WebhookVariation } from '../ingest/event-schema.ts'
import { cleanName, htmlToText } from '../platform/clean-html.ts'
import { tsvectorLiteral } from '../platform/language.ts'
import { canonicalContent } from './canonical-content.ts'
import { type NamedAttribute, variationNamer } from './variation-names.ts'

export interface VariantState {
  external_id: number
  position: number
  sku: string
  attributes: Record<string, string>
  price: string | null
  regular_price: string | null
  sale_price: string | null
  on_sale: boolean
  stock_quantity: string | null
  stock_status: string
  image: string
}

/** A product as one event describes it, in the columns of `products`; money as exact decimal text. */
export interface ProductState {
  type: string
  name: string
  short_description: string
  description: string
  sku: string
  price: string | null
  regular_price: string | null
  sale_price: string | null
  on_sale: boolean
  currency: string
  stock_quantity: string | null
  stock_status: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[]; variation: boolean }[]
  image: string
  gallery: string[]
  permalink: string
  status: string
  catalog_visibility: string
  password_protected: boolean
  product_hash: string
  content_hash: string
  state_hash: string
  /** Whether the shop shows it: search finds nothing else. */
  is_active: boolean
  lexemes: string
  variants: VariantState[]
}

/**
 * Reads a product out of an event's payload, which was validated when it was received. An event is the whole product: an
 * absent field means its default. Texts and labels lose their HTML; addresses that are not http(s) are dropped.
 */
export function readProduct(product: WebhookProduct): ProductState {
  const named = (product.attributes ?? []).map(readAttribute)
  const attributes = named.map(({ name, options, variation }) => ({ name, options, variation }))
  const nameOptions = variationNamer(named)
  const variants = (product.variations ?? []).map((variation, position) => ({
    ...readVariant(variation, position),
    attributes: nameOptions(variation.attributes),
  }))
  const described = {
    type: product.type || 'simple',
    name: cleanName(product.name ?? ''),
    short_description: htmlToText(product.short_description ?? ''),
    description: htmlToText(product.description ?? ''),
    sku: product.sku ?? '',
    price: amount(product.price),
    regular_price: amount(product.regular_price),
    sale_price: amount(product.sale_price),
    on_sale: product.on_sale ?? false,
    currency: (product.currency ?? '').toUpperCase(),
    ...readStock(product),
    categories: cleanNames(product.categories),
    tags: cleanNames(product.tags),
    attributes,
    image: webAddress(product.image),
    gallery: (product.gallery ?? []).map(webAddress).filter(Boolean),
    permalink: webAddress(product.permalink),
    status: product.status || 'publish',
    catalog_visibility: product.catalog_visibility || 'visible',
    password_protected: product.password_protected ?? false,
    product_hash: product.product_hash ?? '',
  }
  return {
    ...described,
    is_active: isShown(described),
    content_hash: contentHash(described),
    state_hash: hash('sha256', JSON.stringify([described, variants])),
    lexemes: wordsOf(described, variants),
    variants,
  }
}

/** What the shop does not show, the AI must not know: the one place that decides. */
function isShown(product: { status: string; catalog_visibility: string; password_protected: boolean }): boolean {
  return product.status === 'publish' && product.catalog_visibility !== 'hidden' && !product.password_protected
}

type Content = Pick<ProductState, 'name' | 'short_description' | 'description' | 'categories' | 'tags' | 'attributes'>

/**
 * SHA-256 over exactly what is embedded, in its canonical form, serialised as JSON so that no two contents look alike (plain
 * concatenation would make "ab"+"c" equal "a"+"bc"). Variations, prices, stock, images and SKUs are not in it: they never cost an
 * embedding, and neither does another order of labels.
 */
export function contentHash(content: Content): string {
  const { name, shortDescription, description, categories, tags, attributes } = canonicalContent({
    ...content,
    shortDescription: content.short_description,
  })
  const labels = attributes.map((attribute) => [attribute.name, attribute.options])
  return hash('sha256', JSON.stringify([name, shortDescription, description, categories, tags, labels]))
}

function wordsOf(product: Content & { sku: string }, variants: VariantState[]): string {
  const skus = [product.sku, ...variants.map((variant) => variant.sku)].join('\n')
  const choices = variants.flatMap((variant) => Object.values(variant.attributes))
  const labels = [...product.categories, ...product.tags, ...choices]
  for (const attribute of product.attributes) labels.push(attribute.name, ...attribute.options)
  return tsvectorLiteral([
    { text: `${product.name}\n${skus}`, weight: 'A' },
    { text: labels.join('\n'), weight: 'B' },
    { text: product.short_description, weight: 'C' },
    { text: product.description, weight: 'D' },
  ])
}

function readAttribute(attribute: WebhookAttribute): NamedAttribute & { variation: boolean } {
  const options = (attribute.options ?? []).map((option, index) => ({
    name: cleanName(option),
    slug: attribute.slugs?.[index] ?? '',
  }))
  const shown = options.filter((option) => option.name !== '')
  return {
    name: cleanName(attribute.name),
    slug: attribute.slug ?? '',
    options: shown.map((option) => option.name),
    slugs: shown.map((option) => option.slug),
    variation: attribute.variation ?? false,
  }
}

function cleanNames(names: string[] | null | undefined): string[] {
  return (names ?? []).map(cleanName).filter((name) => name !== '')
}

function readVariant(variation: WebhookVariation, position: number): Omit<VariantState, 'attributes'> {
  return {
    external_id: variation.id,
    position,
    sku: variation.sku ?? '',
    price: amount(variation.price),
    regular_price: amount(variation.regular_price),
    sale_price: amount(variation.sale_price),
    on_sale: variation.on_sale ?? false,
    ...readStock(variation),
    image: webAddress(variation.image),
  }
}

/** Without a status: in stock when the quantity is not counted or above zero. */
function readStock(stock: Pick<WebhookProduct, 'stock_quantity' | 'stock_status'>) {
  const quantity = amount(stock.stock_quantity)
  const inStock = quantity === null || (!quantity.startsWith('-') && /[1-9]/.test(quantity))
  return { stock_quantity: quantity, stock_status: stock.stock_status || (inStock ? 'instock' : 'outofstock') }
}

function amount(value: unknown): string | null {
  const decimal = readDecimal(value)
  if (decimal === undefined) throw new RangeError(`not an exact amount: ${String(value).slice(0, 40)}`)
  return decimal
}

/** As it was sent, if a browser would take it for an address of the web, and for that from its first character on. */
function webAddress(value: string | null | undefined): string {
  return value && /^https?:\/\/[^\s/\\]/i.test(value) && URL.canParse(value) ? value : ''
}
