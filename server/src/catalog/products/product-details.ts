import { readDecimal } from '../../ingest/decimal.ts'
import type { WebhookProduct, WebhookVariation } from '../../ingest/event-schema.ts'
import { readTime } from '../../ingest/read-time.ts'
import { cleanName } from '../../platform/text/clean-html.ts'
import { readGtin } from './gtin.ts'
import { webAddress } from './web-address.ts'

export const WEIGHT_UNITS = ['kg', 'g', 'lbs', 'oz'] as const
export const DIMENSION_UNITS = ['m', 'cm', 'mm', 'in', 'yd'] as const

export interface Dimensions {
  length: number | null
  width: number | null
  height: number | null
}

export interface ImageDetail {
  url: string
  alt: string
  /** Pixels; null when the shop does not know them. */
  width: number | null
  height: number | null
}

/** The optional fields that a product and a variation have in common, in the columns of both tables; null: absent or not readable. */
interface SharedDetails {
  gtin: string | null
  weight: string | null
  dimensions: Dimensions | null
  sale_ends_at: string | null
  min_quantity: string | null
  max_quantity: string | null
}

export interface VariantDetails extends SharedDetails {
  image_alt: string | null
}

export interface ProductDetails extends SharedDetails {
  brand: string | null
  category_paths: string[][] | null
  image_details: ImageDetail[] | null
  average_rating: string | null
  review_count: number | null
  weight_unit: (typeof WEIGHT_UNITS)[number] | null
  dimension_unit: (typeof DIMENSION_UNITS)[number] | null
  language: string | null
  display_currency: string | null
}

const MAX_BRAND = 200
const MAX_PATHS = 50
const MAX_PATH_DEPTH = 10
const MAX_PATH_NAME = 200
const MAX_IMAGES = 50
const MAX_ADDRESS = 5_000
const MAX_ALT = 500
const MAX_PIXELS = 100_000
const MAX_REVIEWS = 2_000_000_000
/** Limit of weights, lengths and quantities, without a unit. */
const MAX_MEASURE = 1e9
/** Characters of a received text that are read. */
const MAX_READ = 2_000

/**
 * Reads the optional fields of a product. They may have any form: a value that cannot be read is null and never an error, because a
 * wrong weight must not keep the price of the product old.
 */
export function readDetails(given: WebhookProduct): ProductDetails {
  const variations = given.variations ? Object.values(given.variations) : []
  const unit = (name: 'weight_unit' | 'dimension_unit') =>
    // WooCommerce's plugin sent the units of a product without own measures with its variations only.
    given[name] ?? variations.map((variation) => (variation as Record<string, unknown>)[name]).find(Boolean)
  const reviews = wholeNumber(given.review_count ?? given.rating_count, MAX_REVIEWS)
  const rating = positive(given.average_rating, 5)
  return {
    ...readShared(given),
    brand: readText(given.brand, MAX_BRAND) ?? firstText(given.brands, MAX_BRAND),
    category_paths: readPaths(given.category_paths),
    image_details: readImages(given.image_details),
    average_rating: reviews === 0 ? null : rating,
    review_count: reviews,
    weight_unit: oneOf(WEIGHT_UNITS, unit('weight_unit')),
    dimension_unit: oneOf(DIMENSION_UNITS, unit('dimension_unit')),
    language: readLanguage(given.language),
    display_currency:
      readText(given.display_currency, 10)
        ?.toUpperCase()
        .match(/^[A-Z]{3,10}$/)?.[0] ?? null,
  }
}

/** Reads the optional fields of a variation, as `readDetails`. */
export function readVariantDetails(given: WebhookVariation): VariantDetails {
  return { ...readShared(given), image_alt: readText(given.image_alt, MAX_ALT) }
}

/** The fields that have a value: products without any keep their hashes. */
export function presentDetails(details: object): [string, unknown][] {
  return Object.entries(details).filter(([, value]) => value !== null)
}

function readShared(given: WebhookProduct | WebhookVariation): SharedDetails {
  const lowest = positive(given.min_quantity, MAX_MEASURE)
  const highest = positive(given.max_quantity, MAX_MEASURE)
  const isReversed = lowest !== null && highest !== null && Number(lowest) > Number(highest)
  return {
    gtin: readGtin(given.gtin),
    weight: positive(given.weight, MAX_MEASURE),
    dimensions: readDimensions(given.dimensions),
    sale_ends_at: readMoment(given.sale_ends_at),
    min_quantity: lowest,
    max_quantity: isReversed ? null : highest,
  }
}

/** A text on one line, truncated; null when nothing visible is left. */
function readText(value: unknown, maxLength: number): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const line = cleanName(String(value).slice(0, MAX_READ))
    .slice(0, maxLength)
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trim()
  return line === '' ? null : line
}

/** The items of a list; PHP sends a list with a gap in its keys as an object. */
function itemsOf(value: unknown): unknown[] {
  return value !== null && typeof value === 'object' ? Object.values(value) : []
}

function firstText(list: unknown, maxLength: number): string | null {
  for (const item of itemsOf(list)) {
    const text = readText(item, maxLength)
    if (text !== null) return text
  }
  return null
}

function readPaths(value: unknown): string[][] | null {
  const paths = new Map<string, string[]>()
  for (const item of itemsOf(value).slice(0, MAX_PATHS)) {
    const names = (Array.isArray(item) || (item !== null && typeof item === 'object') ? itemsOf(item) : [item])
      .slice(0, MAX_PATH_DEPTH)
      .flatMap((name) => readText(name, MAX_PATH_NAME) ?? [])
    if (names.length > 0) paths.set(JSON.stringify(names), names)
  }
  return paths.size === 0 ? null : [...paths.values()]
}

function readImages(value: unknown): ImageDetail[] | null {
  const images = new Map<string, ImageDetail>()
  for (const item of itemsOf(value).slice(0, MAX_IMAGES)) {
    if (item === null || typeof item !== 'object') continue
    const { url: address, alt, width, height } = item as Record<string, unknown>
    const url = typeof address === 'string' && address.length <= MAX_ADDRESS ? webAddress(address) : ''
    if (url === '' || images.has(url)) continue
    const pixels = (size: unknown) => wholeNumber(size, MAX_PIXELS) || null
    images.set(url, { url, alt: readText(alt, MAX_ALT) ?? '', width: pixels(width), height: pixels(height) })
  }
  return images.size === 0 ? null : [...images.values()]
}

function readDimensions(value: unknown): Dimensions | null {
  if (value === null || typeof value !== 'object') return null
  const given = value as Record<string, unknown>
  const side = (name: keyof Dimensions) => {
    const size = positive(given[name], MAX_MEASURE)
    return size === null ? null : Number(size)
  }
  const dimensions = { length: side('length'), width: side('width'), height: side('height') }
  return Object.values(dimensions).some((size) => size !== null) ? dimensions : null
}

/** A decimal above 0 and up to `max`; null otherwise. */
function positive(value: unknown, max: number): string | null {
  const decimal = typeof value === 'string' && value.length > 80 ? undefined : readDecimal(value)
  if (decimal === undefined || decimal === null) return null
  return Number(decimal) > 0 && Number(decimal) <= max ? decimal : null
}

/** A whole number from 0 to `max`; null otherwise. */
function wholeNumber(value: unknown, max: number): number | null {
  const decimal = typeof value === 'string' && value.length > 80 ? undefined : readDecimal(value)
  if (decimal === undefined || decimal === null) return null
  const number = Number(decimal)
  return Number.isInteger(number) && number >= 0 && number <= max ? number : null
}

/** ISO time; null for an unreadable one. */
function readMoment(value: unknown): string | null {
  const ms = readTime(value)
  return ms === null || ms === undefined ? null : new Date(ms).toISOString()
}

function oneOf<const Word extends string>(words: readonly Word[], value: unknown): Word | null {
  const given = typeof value === 'string' ? value.trim().toLowerCase() : ''
  return words.find((word) => word === given) ?? null
}

/** A BCP 47 tag in its canonical spelling; WordPress writes `fa_IR`. */
function readLanguage(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 35) return null
  try {
    return Intl.getCanonicalLocales(value.trim().replaceAll('_', '-'))[0] ?? null
  } catch {
    return null
  }
}
