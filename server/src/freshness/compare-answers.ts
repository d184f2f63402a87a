import { RIALS } from '../catalog/products/product-view.ts'

export const FIELDS = ['price', 'currency', 'stock', 'quantity', 'visibility'] as const
export type Field = (typeof FIELDS)[number]

/** A product as a look-up would answer it now. */
export interface OurAnswer {
  id: number
  type: string
  isShown: boolean
  /** An exact amount; null: none. */
  price: string | null
  currency: string
  inStock: boolean
  /** Null: not counted. */
  quantity: number | null
  /** The shop itself keeps the product from the AI, or the reason why it is not shown is unknown. */
  isKeptBack: boolean
}

/** A product as the shop's public Store API gives it. */
export interface ShopAnswer {
  id: number
  type: string
  /** In minor units; null: unreadable. */
  price: string | null
  currency: string
  minorUnit: number
  inStock: boolean
  /** Given for a low stock only. */
  lowStock: number | null
  /** The shop has the product, but neither its lists nor its search show it. */
  isHidden: boolean
}

/** One difference; null stands for none, such as no price. */
export interface Difference {
  field: Field
  ours: string | null
  theirs: string | null
}

/** Digits after the decimal point that a shop can have. */
const MAX_MINOR_UNIT = 10

/**
 * The differences between our answer and the shop's. `theirs` null: the shop's public API does not have the product. A product that
 * neither side shows has no difference, whatever its price.
 */
export function compareAnswers(ours: OurAnswer, theirs: ShopAnswer | null): Difference[] {
  const isShownThere = theirs !== null && !theirs.isHidden
  if (ours.isShown !== isShownThere) {
    if (!ours.isShown && ours.isKeptBack) return []
    return [{ field: 'visibility', ours: shown(ours.isShown), theirs: shown(isShownThere) }]
  }
  if (!ours.isShown || theirs === null) return []
  return [...comparePrices(ours, theirs), ...compareStock(ours, theirs)]
}

const shown = (isShown: boolean) => (isShown ? 'shown' : 'not_shown')

function* comparePrices(ours: OurAnswer, theirs: ShopAnswer): Generator<Difference> {
  // A group has no price of its own with us; the shop gives that of a member.
  if (ours.type === 'grouped' || theirs.type === 'grouped' || theirs.price === null) return
  const ratio = unitRatio(ours.currency, theirs.currency)
  if (ratio === null) {
    yield { field: 'currency', ours: ours.currency || null, theirs: theirs.currency }
    return
  }
  // The Store API has the price 0 for a product without a price.
  if (ours.price === null && theirs.price === '0') return
  const shops = fromMinorUnits(theirs.price, theirs.minorUnit)
  const isEqual = ours.price !== null && equalAmounts(ours.price, shops, theirs.minorUnit, ratio)
  if (!isEqual) {
    yield { field: 'price', ours: withUnit(ours.price, ours.currency), theirs: withUnit(shops, theirs.currency) }
  }
}

function* compareStock(ours: OurAnswer, theirs: ShopAnswer): Generator<Difference> {
  if (ours.inStock !== theirs.inStock) {
    yield { field: 'stock', ours: stock(ours.inStock), theirs: stock(theirs.inStock) }
    return
  }
  // The shop never gives less than 0, even when back orders have made the quantity negative.
  if (theirs.lowStock === null || ours.quantity === null || Math.max(0, ours.quantity) === theirs.lowStock) return
  yield { field: 'quantity', ours: String(ours.quantity), theirs: String(theirs.lowStock) }
}

const stock = (inStock: boolean) => (inStock ? 'in_stock' : 'out_of_stock')

function withUnit(amount: string | null, currency: string): string | null {
  return amount === null ? null : `${amount} ${currency}`.trim()
}

/** Units of theirs in one of ours, as a fraction; null: two currencies that have no fixed relation. */
function unitRatio(ours: string, theirs: string): [numerator: bigint, denominator: bigint] | null {
  if (ours === theirs || ours === '' || theirs === '') return [1n, 1n]
  const [our, their] = [RIALS[ours.toUpperCase()], RIALS[theirs.toUpperCase()]]
  if (our === undefined || their === undefined) return ours.toUpperCase() === theirs.toUpperCase() ? [1n, 1n] : null
  return [BigInt(our), BigInt(their)]
}

/** The decimal text of an amount in minor units: "1995" with 2 digits is "19.95". */
export function fromMinorUnits(amount: string, minorUnit: number): string {
  if (minorUnit === 0) return amount
  const digits = amount.padStart(minorUnit + 1, '0')
  const [whole, fraction] = [digits.slice(0, -minorUnit), digits.slice(-minorUnit).replace(/0+$/, '')]
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/**
 * True when the amounts are equal at the precision of the shop: it rounds half up to its minor unit. Exact, in whole numbers.
 */
function equalAmounts(ours: string, theirs: string, minorUnit: number, [numerator, denominator]: [bigint, bigint]) {
  const our = toScaled(ours)
  const their = toScaled(theirs)
  if (our === null || their === null) return false
  // Both in 10^-SCALE of the shop's unit, times the denominator.
  const exact = our * numerator
  const step = 10n ** BigInt(SCALE - minorUnit) * denominator
  const rounded = ((2n * exact + step) / (2n * step)) * step
  return rounded === their * denominator || exact === their * denominator
}

/** Digits after the point that amounts are compared with. */
const SCALE = 20

function toScaled(amount: string): bigint | null {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(amount) ?? []
  return whole === undefined ? null : BigInt(whole + fraction.slice(0, SCALE).padEnd(SCALE, '0'))
}

/**
 * Reads the products of a Store API answer; entries that are no products are left out. `hidden` is the answer to the same question with
 * `catalog_visibility=hidden`.
 */
export function readShopAnswers(list: unknown[], hidden: unknown[]): ShopAnswer[] {
  const hiddenIds = new Set(hidden.map((entry) => objectOf(entry).id))
  return list.flatMap((entry): ShopAnswer[] => {
    const product = objectOf(entry)
    const { id, type, is_in_stock: inStock, low_stock_remaining: low } = product
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || typeof inStock !== 'boolean') return []
    const prices = objectOf(product.prices)
    return [
      {
        id,
        type: typeof type === 'string' ? type : '',
        ...readPrice(prices),
        currency: typeof prices.currency_code === 'string' ? prices.currency_code.slice(0, 10) : '',
        inStock,
        lowStock: typeof low === 'number' && Number.isFinite(low) ? low : null,
        isHidden: hiddenIds.has(id),
      },
    ]
  })
}

/** Of variations with different prices the lowest, which is ours as well. */
function readPrice(prices: Record<string, unknown>): Pick<ShopAnswer, 'price' | 'minorUnit'> {
  const { currency_minor_unit: minorUnit, price } = prices
  const lowest = objectOf(prices.price_range).min_amount ?? price
  const isReadable =
    typeof lowest === 'string' &&
    /^\d{1,30}$/.test(lowest) &&
    Number.isInteger(minorUnit) &&
    (minorUnit as number) >= 0 &&
    (minorUnit as number) <= MAX_MINOR_UNIT
  return isReadable
    ? { price: lowest.replace(/^0+(?=\d)/, ''), minorUnit: minorUnit as number }
    : { price: null, minorUnit: 0 }
}

function objectOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
