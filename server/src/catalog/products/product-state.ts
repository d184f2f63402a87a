import { hash } from 'node:crypto'
import { readDecimal } from '../../ingest/decimal.ts'
import type { WebhookProduct } from '../../ingest/event-schema.ts'
import { type PlainAttribute, type PlainVariation, plainProduct } from '../../ingest/plain-product.ts'
import type { ProductsRow, ProductVariantsRow } from '../../platform/db/schema/rows.ts'
import { cleanName, htmlToText } from '../../platform/text/clean-html.ts'
import { canonicalContent } from './canonical-content.ts'
import { categoryKey } from './category-key.ts'
import {
  type ProductDetails,
  presentDetails,
  readDetails,
  readVariantDetails,
  type VariantDetails,
} from './product-details.ts'
import { readiness } from './readiness.ts'
import { stampOf, wordsOf } from './search-terms.ts'
import { isInStock, isShown, shopWord } from './shop-words.ts'
import { type NamedAttribute, variationNamer } from './variation-names.ts'
import { webAddress } from './web-address.ts'

/** A variation as described by one event, in the columns of `product_variants`. */
export interface VariantState
  extends Omit<ProductVariantsRow, 'id' | 'tenant_id' | 'product_id' | 'attributes' | keyof VariantDetails>,
    VariantDetails {
  attributes: Record<string, string>
}

/** A product as described by one event, in the columns of `products`; money as exact decimal text. */
export interface ProductState
  extends Pick<
      ProductsRow,
      | 'type'
      | 'name'
      | 'short_description'
      | 'description'
      | 'sku'
      | 'price'
      | 'regular_price'
      | 'sale_price'
      | 'on_sale'
      | 'currency'
      | 'stock_quantity'
      | 'stock_status'
      | 'in_stock'
      | 'categories'
      | 'category_keys'
      | 'tags'
      | 'image'
      | 'gallery'
      | 'permalink'
      | 'status'
      | 'catalog_visibility'
      | 'password_protected'
      | 'texts_cut'
      | 'product_hash'
      | 'content_hash'
      | 'state_hash'
      | 'is_active'
      | 'readiness'
      | 'readiness_missing'
    >,
    ProductDetails {
  attributes: { name: string; options: string[]; variation: boolean }[]
  /** The words for the word index; null: those that the row has under this stamp. */
  lexemes: string | null
  /** The words by field, for scoring (search-terms.ts); null together with `lexemes`. */
  search_terms: string | null
  words_stamp: string
  variants: VariantState[]
}

/**
 * Reads a product from the validated payload of an event. An event contains the whole product: an absent field means its default.
 * HTML is removed from texts and labels; URLs other than http(s) are dropped. Words with the stamp `storedStamp` are not computed.
 */
export function readProduct(given: WebhookProduct, storedStamp: string | null = null): ProductState {
  const product = plainProduct(given)
  const named = product.attributes.map(readAttribute)
  const attributes = named.map(({ name, options, variation }) => ({ name, options, variation }))
  const nameOptions = variationNamer(named)
  const offers = product.variations.map((variation, position) => ({
    ...readVariant(variation, position),
    attributes: nameOptions(variation.attributes),
  }))
  const details = readDetails(given)
  const variantDetails = product.variations.map((variation) => readVariantDetails(variation.given))
  const stock = readStock(product)
  const categories = cleanNames(product.categories)
  const plain = {
    type: product.type || 'simple',
    name: cleanName(product.name),
    short_description: htmlToText(product.short_description),
    description: htmlToText(product.description),
    sku: product.sku,
    price: amount(product.price) ?? lowestPrice(offers),
    regular_price: amount(product.regular_price),
    sale_price: amount(product.sale_price),
    on_sale: product.on_sale,
    currency: product.currency.trim().toUpperCase(),
    ...stock,
    in_stock:
      offers.length > 0 ? offers.some((variant) => isInStock(variant.stock_status)) : isInStock(stock.stock_status),
    categories,
    category_keys: categoryKeys(categories, details.category_paths),
    tags: cleanNames(product.tags),
    attributes,
    image: webAddress(product.image),
    gallery: product.gallery.map(webAddress).filter(Boolean),
    permalink: webAddress(product.permalink),
    status: shopWord(product.status) || 'publish',
    catalog_visibility: shopWord(product.catalog_visibility) || 'visible',
    password_protected: product.password_protected,
    texts_cut: product.texts_cut,
    product_hash: product.product_hash,
  }
  const present = [details, ...variantDetails].map(presentDetails)
  const optional = present.some((fields) => fields.length > 0) ? [present] : []
  const stateHash = hash('sha256', JSON.stringify([plain, offers, ...optional]))
  const described = { ...plain, ...details }
  const variants = offers.map((offer, at) => ({
    ...offer,
    ...(variantDetails[at] ?? readVariantDetails({ id: offer.external_id })),
  }))
  const stamp = stampOf(described, variants)
  const words = stamp === storedStamp ? NO_WORDS : wordsOf(described, variants, stamp)
  const { score, missing } = readiness({ ...described, variants })
  return {
    ...described,
    is_active: isShown(described),
    content_hash: contentHash(described),
    state_hash: stateHash,
    ...words,
    words_stamp: stamp,
    readiness: score,
    readiness_missing: missing,
    variants,
  }
}

const NO_WORDS = { lexemes: null, search_terms: null }

/** The same product with its words. */
export function withWords(state: ProductState): ProductState {
  return state.lexemes === null ? { ...state, ...wordsOf(state, state.variants, state.words_stamp) } : state
}

/** Separates the names of a path, as in "Clothing > Shoes". */
export const PATH_SEPARATOR = ' > '

/**
 * The spellings under which the filter by category finds a product: its categories, the categories above them, and every path in
 * full, such as "clothing > shoes".
 */
function categoryKeys(categories: string[], paths: string[][] | null): string[] {
  const above = (paths ?? []).flatMap((path) =>
    path.flatMap((name, at) => (at === 0 ? [name] : [name, path.slice(0, at + 1).join(PATH_SEPARATOR)])),
  )
  return [...categories.map(categoryKey), ...new Set(above.map(categoryKey))]
}

/** The lowest price of the variations, for a product without its own price; null when no variation has one. */
function lowestPrice(variants: Pick<VariantState, 'price'>[]): string | null {
  const prices = variants.flatMap((variant) => variant.price ?? [])
  return prices.reduce<string | null>(
    (lowest, price) => (lowest === null || isLess(price, lowest) ? price : lowest),
    null,
  )
}

/** Compares two plain decimals of `readDecimal`, without a float. */
function isLess(a: string, b: string): boolean {
  const [[wholeA = '', partA = ''], [wholeB = '', partB = '']] = [a.split('.'), b.split('.')]
  if (wholeA !== wholeB) return BigInt(wholeA) < BigInt(wholeB)
  const length = Math.max(partA.length, partB.length)
  return partA.padEnd(length, '0') < partB.padEnd(length, '0')
}

type Content = Pick<
  ProductState,
  'name' | 'short_description' | 'description' | 'categories' | 'tags' | 'attributes' | 'brand' | 'category_paths'
>

/**
 * SHA-256 over exactly the embedded content, in canonical form, serialised as JSON so that different contents never collide (plain
 * concatenation would make "ab"+"c" equal "a"+"bc"). Brand and category paths count only when present, so that the hashes of
 * products without them are those of earlier releases. Variations, prices, stock, images, SKUs and the order of labels are excluded:
 * their changes cost no embedding.
 */
export function contentHash(content: Content): string {
  const { name, shortDescription, description, categories, tags, attributes, brand, categoryPaths } = canonicalContent({
    ...content,
    shortDescription: content.short_description,
    categoryPaths: content.category_paths,
  })
  const labels = attributes.map((attribute) => [attribute.name, attribute.options])
  const optional = brand === null && categoryPaths === null ? [] : [{ brand, categoryPaths }]
  return hash('sha256', JSON.stringify([name, shortDescription, description, categories, tags, labels, ...optional]))
}

function readAttribute(attribute: PlainAttribute): NamedAttribute & { variation: boolean } {
  const options = attribute.options.map((option, index) => ({
    name: cleanName(option),
    slug: attribute.slugs[index] ?? '',
  }))
  const shown = options.filter((option) => option.name !== '')
  return {
    name: cleanName(attribute.name),
    slug: attribute.slug,
    options: shown.map((option) => option.name),
    slugs: shown.map((option) => option.slug),
    variation: attribute.variation,
  }
}

function cleanNames(names: string[]): string[] {
  return names.map(cleanName).filter((name) => name !== '')
}

function readVariant(
  variation: PlainVariation,
  position: number,
): Omit<VariantState, 'attributes' | keyof VariantDetails> {
  return {
    external_id: variation.id,
    position,
    sku: variation.sku,
    price: amount(variation.price),
    regular_price: amount(variation.regular_price),
    sale_price: amount(variation.sale_price),
    on_sale: variation.on_sale,
    ...readStock(variation),
    image: webAddress(variation.image),
  }
}

/** Without a status: in stock when the quantity is not counted or is above zero. */
function readStock(stock: Pick<PlainVariation, 'stock_quantity' | 'stock_status'>) {
  const quantity = amount(stock.stock_quantity)
  const isCountedOut = quantity !== null && (quantity.startsWith('-') || !/[1-9]/.test(quantity))
  return {
    stock_quantity: quantity,
    stock_status: shopWord(stock.stock_status) || (isCountedOut ? 'outofstock' : 'instock'),
  }
}

function amount(value: unknown): string | null {
  const decimal = readDecimal(value)
  if (decimal === undefined) throw new RangeError(`not an exact amount: ${String(value).slice(0, 40)}`)
  return decimal
}
