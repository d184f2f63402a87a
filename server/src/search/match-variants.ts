import type { ProductFilter, ProductView, VariantView } from '../catalog/products/product-view.ts'
import { RIALS } from '../catalog/products/product-view.ts'
import { codeKey, indexTokens } from '../platform/text/index-tokens.ts'
import type { QueryConcept } from './words/query-concepts.ts'

/** Lowest and highest price of what can be chosen; null without a price. */
export interface PriceRange {
  min: string
  max: string
}

export interface VariantMatch {
  /** The variations that meet the filter and have every choice that the query names: «قرمز ۴۲» is not answered with size 41. */
  variants: VariantView[]
  /**
   * Share of the query's words about choices that one variation has, 0 to 1: below 1, when no variation has both the colour and the
   * size that others have one by one. 1 for products without variations.
   */
  together: number
}

const MAX_VARIANTS = 5
/** Sums of the same weights in another order differ by less. */
const ROUNDING = 1e-9

/** Finds the variations that a query means, among those that meet the filter. Pure. */
export function matchVariants(
  product: ProductView,
  concepts: QueryConcept[],
  codes: string[],
  filter: ProductFilter,
): VariantMatch {
  if (product.variants.length === 0) return { variants: [], together: 1 }
  const meeting = product.variants.filter((variant) => meetsFilter(variant, product, filter))
  const words = concepts.flatMap((concept) =>
    concept.parts.length > 0 && concept.alternatives.length === 0 ? concept.parts : [concept],
  )
  const tokensOf = (variant: VariantView) =>
    new Set(Object.entries(variant.attributes).flatMap(([name, value]) => optionsOf(product, name, value)))
  const hits = (variants: VariantView[]) =>
    variants.map((variant) => {
      const tokens = tokensOf(variant)
      const found = words.filter((concept) => hasConcept(concept, tokens))
      const isCode = variant.sku !== '' && codes.includes(codeKey(variant.sku))
      return { variant, found, weight: found.reduce((sum, concept) => sum + concept.weight, isCode ? 1_000 : 0) }
    })
  const all = hits(product.variants)
  const choices = new Set(all.flatMap(({ found }) => found))
  const wanted = [...choices].reduce((sum, concept) => sum + concept.weight, 0)
  const best = hits(meeting).sort((a, b) => b.weight - a.weight)
  const most = best[0]?.weight ?? 0
  const isAsked = most > 0 || hasVariantFilter(filter)
  return {
    variants: isAsked
      ? best
          .filter(({ weight }) => weight === most && weight >= wanted - ROUNDING)
          .slice(0, MAX_VARIANTS)
          .map(({ variant }) => variant)
      : [],
    together: wanted === 0 ? 1 : Math.min(1, most / wanted),
  }
}

/** Words of a variation's choice. An empty value means that the buyer may choose any of the product's options. */
function optionsOf(product: ProductView, name: string, value: string): string[] {
  if (value !== '') return indexTokens(value)
  return product.attributes.find((attribute) => attribute.name === name)?.options.flatMap(indexTokens) ?? []
}

function hasConcept(concept: QueryConcept, tokens: Set<string>): boolean {
  const isThere = concept.alternatives.some(
    (each) => each.weight >= 0.6 && each.tokens.every((token) => tokens.has(token)),
  )
  return isThere || (concept.parts.length > 0 && concept.parts.every((part) => hasConcept(part, tokens)))
}

function hasVariantFilter({ inStock, minPrice, maxPrice }: ProductFilter): boolean {
  return inStock === true || minPrice != null || maxPrice != null
}

/** The same conditions as `productConditions` has in SQL; amounts within 2^53 are compared exactly enough to choose a variation. */
export function meetsFilter(variant: VariantView, product: ProductView, filter: ProductFilter): boolean {
  if (filter.inStock === true && !variant.in_stock) return false
  const rials = filter.currency === undefined ? undefined : RIALS[filter.currency]
  const own = rials === undefined ? 1 : (RIALS[product.currency] ?? Number.NaN)
  const price = variant.price ?? product.price
  if (filter.minPrice == null && filter.maxPrice == null) return true
  if (price === null) return false
  const amount = Number(price) * own
  const limit = (text: string) => Number(text) * (rials ?? 1)
  return (
    (filter.minPrice == null || amount >= limit(filter.minPrice)) &&
    (filter.maxPrice == null || amount <= limit(filter.maxPrice))
  )
}

/** The prices of a product: those of its variations, or its own. */
export function priceRangeOf(product: ProductView): PriceRange | null {
  const prices = product.variants.flatMap((variant) => variant.price ?? product.price ?? [])
  const own = product.price === null ? [] : [product.price]
  const sorted = (prices.length > 0 ? prices : own).sort((a, b) => Number(a) - Number(b))
  const [min, max] = [sorted[0], sorted.at(-1)]
  return min === undefined || max === undefined ? null : { min, max }
}
