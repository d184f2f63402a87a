import { readStoreUnits } from '../../catalog/products/price-unit.ts'
import { type ProductFilter, RIALS } from '../../catalog/products/product-view.ts'
import type { Sql } from '../../platform/db/database.ts'
import type { AskedPrice } from './read-price.ts'

/** The price range of a query as the filter uses it. */
export interface UnderstoodPrice {
  min: string | null
  max: string | null
  currency: string | null
  about: boolean
  /** False: the shop sells in no unit that this one can be converted into, so that every price is shown. */
  applied: boolean
}

/** In Iran, an amount below this without a unit is said in thousands of toman. */
const LEAST_TOMAN = 1_000

/**
 * Adds the price range of a query to a filter. Its unit is the one that it names, or that of the searched stores; only the Iranian
 * units are converted into each other. Stores with several units and a price without one: no price is filtered.
 */
export async function applyPrice(
  tx: Sql,
  asked: AskedPrice,
  filter: ProductFilter,
): Promise<{ filter: ProductFilter; price: UnderstoodPrice }> {
  const units = await readStoreUnits(tx, filter)
  const [only] = units
  const isIranian = (unit: string) => RIALS[unit] !== undefined
  const own = units.length === 1 || (units.length > 1 && units.every(isIranian)) ? only : undefined
  const wanted = filter.currency ?? asked.currency ?? undefined
  const unit = wanted ?? own
  const applied =
    unit !== undefined &&
    (units.length === 0 || units.some((each) => each === unit || (isIranian(each) && isIranian(unit))))
  // «زیر ۵۰۰» in a shop that sells in toman; an explicit unit was looked at when the query was read.
  const isSpoken =
    wanted === undefined && (unit === 'IRT' || unit === 'IRR') && Math.max(asked.min ?? 0, asked.max ?? 0) < LEAST_TOMAN
  // Without a unit, amounts are said in toman, also in a shop whose prices are in rials.
  const said = wanted === undefined && unit === 'IRR' ? 'IRT' : unit
  const textOf = (amount: number | null) => (amount === null ? null : decimalText(isSpoken ? amount * 1_000 : amount))
  const price = {
    min: textOf(asked.min),
    max: textOf(asked.max),
    currency: said ?? null,
    about: asked.isAbout,
    applied,
  }
  if (!applied) return { filter, price }
  return { filter: { ...filter, minPrice: price.min, maxPrice: price.max, currency: said }, price }
}

function decimalText(amount: number): string {
  return amount.toFixed(2).replace(/\.?0+$/, '')
}
