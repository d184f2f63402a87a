import { categoryKey } from './category-key.ts'
import { isGtin } from './gtin.ts'
import type { ProductState } from './product-state.ts'

/**
 * Points that a product loses for each lack, of 100. An agent sells with a price and a picture; it explains with the description; it
 * finds with category, brand and codes.
 */
const POINTS = {
  /** An agent cannot offer it. */
  no_price: 30,
  /** A buyer does not choose what they do not see; feeds refuse the product. */
  no_image: 20,
  /** Questions about the product have no answer in it. */
  thin_description: 15,
  /** Filters and lists of categories leave it out. */
  uncategorised: 10,
  /** Buyers ask for brands; feeds require one. */
  no_brand: 8,
  /** Other catalogues recognise the product by it. */
  no_gtin: 7,
  /** Other catalogues refuse a number with a wrong check digit. */
  wrong_gtin: 7,
  /** An agent that reads no pictures does not know what they show. */
  image_without_alt: 5,
  /** Orders and look-ups name products by it. */
  no_sku: 5,
  /** A choice without a price cannot be offered. */
  variants_without_price: 5,
} as const

/** The name of something that a product lacks. */
export type Lack = keyof typeof POINTS
export const LACKS = Object.keys(POINTS) as Lack[]

/** Fewer words in both descriptions together leave most questions open: two or three sentences. */
const MIN_WORDS = 25

/** Names of WooCommerce's default category, in English and Persian, in the spelling of the filter. */
const DEFAULT_CATEGORIES = new Set(
  [
    'Uncategorized',
    'Uncategorised',
    'دسته‌بندی نشده',
    'دسته بندی نشده',
    'دسته‌بندی‌نشده',
    'بدون دسته‌بندی',
    'بدون دسته بندی',
    'بدون دسته',
  ].map(categoryKey),
)

/** The part of a product that readiness reads. */
export type ReadyContent = Pick<
  ProductState,
  | 'type'
  | 'price'
  | 'image'
  | 'gallery'
  | 'image_details'
  | 'short_description'
  | 'description'
  | 'categories'
  | 'brand'
  | 'gtin'
  | 'sku'
> & { variants: Pick<ProductState['variants'][number], 'price' | 'image' | 'sku' | 'gtin'>[] }

export interface Readiness {
  /** 0 to 100. */
  score: number
  missing: Lack[]
}

/** How much of what an agent needs to sell a product is there, and what is not, in the order of `LACKS`. */
export function readiness(product: ReadyContent): Readiness {
  const lacks = lacksOf(product)
  const missing = LACKS.filter((lack) => lacks[lack])
  return { score: missing.reduce((score, lack) => score - POINTS[lack], 100), missing }
}

function lacksOf(product: ReadyContent): Record<Lack, boolean> {
  const { variants, image_details, price } = product
  const offers = variants.length === 0 ? [product] : variants
  const codes = [product, ...variants].flatMap(({ gtin }) => gtin ?? [])
  const hasImage = product.image !== '' || product.gallery.length > 0 || variants.some(({ image }) => image !== '')
  // A grouped product is not sold itself: its members have prices and codes.
  const isSold = product.type !== 'grouped'
  return {
    no_price: isSold && price === null,
    no_image: !hasImage,
    thin_description: !hasWords(`${product.short_description}\n${product.description}`, MIN_WORDS),
    uncategorised: product.categories.every((category) => DEFAULT_CATEGORIES.has(categoryKey(category))),
    no_brand: product.brand === null,
    no_gtin: isSold && product.gtin === null && offers.some(({ gtin }) => gtin === null),
    wrong_gtin: codes.some((code) => !isGtin(code)),
    // Earlier plugins send no texts of images.
    image_without_alt: image_details !== null && image_details[0]?.alt === '',
    no_sku: isSold && product.sku === '' && offers.some(({ sku }) => sku === ''),
    variants_without_price: price !== null && variants.some((variant) => variant.price === null),
  }
}

/** A word begins with a letter or digit; ZWNJ, apostrophes, hyphens and the separators of numbers are inside words. */
const WORD = /[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}\u200c\u200d]|['’._٫٬,/-](?=[\p{L}\p{N}]))*/gu

/** The number of words of a text, in any script that separates words by spaces; «می‌خواهم» and «۱٬۲۰۰» are one word each. */
export function countWords(text: string, max = Number.POSITIVE_INFINITY): number {
  let count = 0
  for (const _ of text.matchAll(WORD)) {
    count += 1
    if (count >= max) break
  }
  return count
}

function hasWords(text: string, least: number): boolean {
  return countWords(text, least) >= least
}
