import { canonicalText } from '../../platform/text/canonical-text.ts'
import { cleanName } from '../../platform/text/clean-html.ts'
import { normaliseText } from '../../platform/text/language.ts'
import { decodePercent, decodeSlug, northernSlug, wordpressSlug } from '../../platform/text/wordpress-slug.ts'

/** An attribute of a product: visible name and options, and the shop's slugs if it sent them. */
export interface NamedAttribute {
  name: string
  options: string[]
  /** Such as `pa_color`; "" without a slug. */
  slug?: string
  /** The slug of each option, in the order of `options`; "" without a slug. */
  slugs?: string[]
}

type Given = Record<string, string | null> | unknown[] | null | undefined

/**
 * Returns a function that maps the attributes of a variation to their visible names. WooCommerce sends its stored form: sometimes
 * the option's name, sometimes the term's slug (`red` for `Red`, `%d9%82…` for `قرمز`), under the attribute's name or its slug
 * (`attribute_pa_color`, `logo` for `Logo`). The order of comparison: the exact name; the name in another case; and, for a possible
 * slug, the shop's slug, WordPress's slug and a loose comparison. After the first step a match must be unique. Without a match the
 * value stays unchanged, except for percent-decoding. An empty value means "any" and matches no option.
 * The indexes are built once per product, so the time is proportional to the length of the variations: 486 KB took more than 30 s
 * without them.
 */
export function variationNamer(attributes: NamedAttribute[]): (given: Given) => Record<string, string> {
  const attributeOf = lookUp(
    attributes.map((attribute, index) => ({ name: attribute.name, slug: attribute.slug ?? '', value: index })),
    withoutPrefixes,
  )
  const optionOf = attributes.map(({ options, slugs }) =>
    lookUp(
      options.map((option, index) => ({ name: option, slug: slugs?.[index] ?? '', value: option })),
      (text) => text,
    ),
  )
  return (given) => {
    if (!given || Array.isArray(given)) return {}
    const entries = Object.entries(given).map(([key, value]) => ({ key, value, found: attributeOf(key) }))
    const taken = new Set(entries.map(({ found }) => (found.isExact ? found.value : undefined)))
    const named = new Map<string, string>()
    for (const { key, value, found } of entries) {
      // Skips an attribute that already has a value; otherwise two values would become one.
      const index = found.isExact || !taken.has(found.value) ? found.value : undefined
      taken.add(index)
      const name = index === undefined ? asSent(key) : (attributes[index]?.name ?? key)
      named.set(named.has(name) ? key : name, nameOption(value, index === undefined ? undefined : optionOf[index]))
    }
    return Object.fromEntries(named)
  }
}

function nameOption(value: string | null, options: LookUp<string> | undefined): string {
  if (value === null || cleanName(value) === '') return ''
  return options?.(value).value ?? asSent(value)
}

function asSent(text: string): string {
  const name = cleanName(text)
  return decodePercent(name) ?? name
}

/** Removes WooCommerce's prefixes of form fields and of shop-wide attributes. */
function withoutPrefixes(key: string): string {
  return key.replace(/^attribute_/, '').replace(/^pa_/, '')
}

interface Entry<Value> {
  name: string
  slug: string
  value: Value
}

/** The object named by a text: exact, similar, or undefined without a unique match. */
type LookUp<Value> = (text: string) => Found<Value>
interface Found<Value> {
  value: Value | undefined
  isExact: boolean
}

/** A look-up with indexes that are built on first use, because most shops send exact names. The result of each text is cached. */
function lookUp<Value>(entries: Entry<Value>[], bare: (text: string) => string): LookUp<Value> {
  const by = (keyOf: (entry: Entry<Value>) => string) => {
    let index: Map<string, Value[]> | undefined
    return (key: string): Value[] => {
      index ??= indexBy(entries, keyOf)
      return (key === '' ? undefined : index.get(key)) ?? []
    }
  }
  const byName = by(({ name }) => name)
  const byShopSlug = by(({ slug }) => decodeSlug(bare(slug)))
  const byFoldedName = by(({ name }) => folded(name))
  const byWordpressSlug = by(({ name }) => wordpressSlug(bare(name)))
  const byNorthernSlug = by(({ name }) => northernSlug(bare(name)))
  const byLooseSlug = by(({ name }) => looseSlug(bare(name)))
  const exact = (text: string, name: string) => [text, name, decodePercent(name) ?? ''].flatMap(byName)[0]
  const similar = (name: string): Value | undefined => {
    const slug = canBeSlug(bare(name)) ? decodeSlug(bare(name)) : ''
    const tiers: [(key: string) => Value[], string][] = [
      [byShopSlug, slug],
      [byFoldedName, folded(name)],
      [byWordpressSlug, slug],
      [byNorthernSlug, slug],
      [byLooseSlug, looseSlug(slug)],
    ]
    for (const [tier, key] of tiers) {
      const found = tier(key)
      // Several matches are not resolved by a looser comparison.
      if (found.length > 0) return found.length === 1 ? found[0] : undefined
    }
    return undefined
  }
  const known = new Map<string, Found<Value>>()
  return (text) => {
    const before = known.get(text)
    if (before) return before
    const name = cleanName(text)
    const itself = exact(text, name)
    const found = { value: itself ?? similar(name), isExact: itself !== undefined }
    known.set(text, found)
    return found
  }
}

/** One value per key, or two if the key has several; more are not needed. */
function indexBy<Value>(entries: Entry<Value>[], keyOf: (entry: Entry<Value>) => string): Map<string, Value[]> {
  const index = new Map<string, Value[]>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const values = index.get(key)
    if (!values) index.set(key, [entry.value])
    else if (values.length === 1 && values[0] !== entry.value) values.push(entry.value)
  }
  return index
}

/** A name without case and with composed accents. */
function folded(name: string): string {
  return canonicalText(name).toLowerCase()
}

/** True for lower-case text without characters that slugs never contain: "+1.00" and "C" are names, not slugs. */
function canBeSlug(text: string): boolean {
  return text === text.toLowerCase() && !/[!-$&-,./:-@[-^`{-~\s]|^-|-$/.test(text)
}

/** Words joined by hyphens, without accents, with unified Persian and Arabic letters and digits. */
function looseSlug(text: string): string {
  return normaliseText(text)
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
}
