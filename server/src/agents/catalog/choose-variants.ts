import type { ProductView, VariantView } from '../../catalog/products/product-view.ts'
import { normaliseText } from '../../platform/text/language.ts'
import { allVariants, chosenOptions, optionsOf, type ShownVariant, type UcpProduct } from './ucp-product.ts'

export interface Choice {
  name: string
  label: string
}

export interface Chosen {
  /** The variations that have the choices, the first one featured; all variations when nothing is chosen. */
  variants: ShownVariant[]
  /** The choices in force, after those that could not be met were given up. */
  selected: Choice[]
}

const key = (text: string) => normaliseText(text).replaceAll(/\s+/g, ' ').trim()

/** A variation whose option has an empty value exists in every value of it. */
function has(variant: VariantView, { name, label }: Choice): boolean {
  const own = Object.entries(variant.attributes).find(([each]) => key(each) === key(name))
  return own !== undefined && (own[1] === '' || key(own[1]) === key(label))
}

const hasAll = (variant: VariantView, choices: Choice[]) => choices.every((choice) => has(variant, choice))

/**
 * Narrows variations to the buyer's choices. When no variation has all of them, choices are given up: first those without a
 * preference, from the last one, then the preferences from their end.
 */
export function chooseVariants(product: ProductView, asked: Choice[], preferences: string[]): Chosen {
  const all = allVariants(product)
  const names = new Set(optionsOf(product, 1).map(({ name }) => key(name)))
  const rank = ({ name }: Choice) => {
    const place = preferences.findIndex((preference) => key(preference) === key(name))
    return place === -1 ? preferences.length : place
  }
  const choices = asked.filter(({ name }) => names.has(key(name))).toSorted((a, b) => rank(a) - rank(b))
  const matching = () => all.filter(({ variant }) => variant !== null && hasAll(variant, choices))
  while (choices.length > 0 && matching().length === 0) choices.pop()
  if (choices.length === 0)
    return { variants: all, selected: all[0]?.variant ? chosenOptions(product, all[0].variant) : [] }
  return { variants: matching(), selected: asked.filter((choice) => choices.includes(choice)) }
}

/** The choices of one variation, which comes first; others that have the same choices follow. */
export function chosenBy(product: ProductView, featured: VariantView): Chosen {
  const selected = chosenOptions(product, featured)
  const others = allVariants(product).filter(
    ({ variant }) => variant !== null && variant.id !== featured.id && hasAll(variant, selected),
  )
  return { variants: [{ variant: featured }, ...others], selected }
}

/** For each value of each option: whether a variation has it together with the other choices, and whether it can be bought. */
export function availabilityOf(
  product: ProductView,
  options: NonNullable<UcpProduct['options']>,
  selected: Choice[],
): NonNullable<UcpProduct['options']> {
  return options.map(({ name, values }) => {
    const others = selected.filter((choice) => key(choice.name) !== key(name))
    return {
      name,
      values: values.map(({ label }) => {
        const matching = product.variants.filter((variant) => hasAll(variant, [...others, { name, label }]))
        return { label, available: matching.some(({ in_stock }) => in_stock), exists: matching.length > 0 }
      }),
    }
  })
}
