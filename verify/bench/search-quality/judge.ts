/** Conditions on the facts of a product, of which judgements are made. None of them reads a product's text. */
import { makeCatalogue, type ProductFacts, type VariantFacts } from './catalogue.ts'

export type Condition = (facts: ProductFacts) => boolean
/** The first rule that holds gives the grade: 3 the thing itself, 2 good, 1 better than nothing; no rule: 0. */
export type Rules = [grade: 1 | 2 | 3, condition: Condition][]

export const kind =
  (...wanted: string[]): Condition =>
  (facts) =>
    wanted.some((one) => makeCatalogue().isOfKind(facts, one))
export const all =
  (...conditions: Condition[]): Condition =>
  (facts) =>
    conditions.every((condition) => condition(facts))
export const any =
  (...conditions: Condition[]): Condition =>
  (facts) =>
    conditions.some((condition) => condition(facts))
export const not =
  (condition: Condition): Condition =>
  (facts) =>
    !condition(facts)

export const audience =
  (...wanted: string[]): Condition =>
  (facts) =>
    wanted.includes(facts.audience)
export const forMen = audience('men', 'unisex')
export const forWomen = audience('women', 'unisex')
export const forKids = audience('kids')
export const brand =
  (...wanted: string[]): Condition =>
  (facts) =>
    wanted.includes(facts.brand)
/** The model has this in it: `A54` of `Galaxy A54 5G`. */
export const model =
  (...wanted: string[]): Condition =>
  (facts) =>
    wanted.some((one) => facts.model.toLowerCase().includes(one.toLowerCase()))
export const feature =
  (...wanted: string[]): Condition =>
  (facts) =>
    wanted.every((one) => facts.features.has(one))
export const material =
  (...wanted: string[]): Condition =>
  (facts) =>
    facts.material !== null && wanted.includes(facts.material)
/** Written for this use at least so well: 3 its purpose, 2 good, 1 usable. */
export const madeFor =
  (wanted: string, atLeast = 2): Condition =>
  (facts) =>
    (facts.uses[wanted] ?? 0) >= atLeast
export const english: Condition = (facts) => facts.language === 'en'

export const variant =
  (condition: (variant: VariantFacts) => boolean): Condition =>
  (facts) =>
    facts.variants.some(condition)
export const colour = (...wanted: string[]): Condition =>
  variant((one) => one.colour !== null && wanted.includes(one.colour))
export const size = (wanted: string): Condition => variant((one) => one.size === wanted)
export const capacity = (gb: number): Condition => variant((one) => one.capacity === gb)
/** Some variant costs from `from` to `to` toman, both included. */
export const priced = (from: number, to: number): Condition => variant(({ price }) => price >= from && price <= to)
/** Some variant can be bought. */
export const inStock: Condition = variant((one) => one.inStock)
