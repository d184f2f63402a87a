import { canonicalText } from '../platform/canonical-text.ts'
import { cleanName } from '../platform/clean-html.ts'
import { normaliseText } from '../platform/language.ts'
import { decodePercent, decodeSlug, northernSlug, wordpressSlug } from '../platform/wordpress-slug.ts'

/** An attribute of a product: its name and options as the customer sees them, and the shop's slugs where it sent them. */
export interface NamedAttribute {
  name: string
  options: string[]
  /** Such as `pa_color`; "" where the shop sent none. */
  slug?: string
  /** The slug of each option, in the order of `options`; "" where the shop sent none. */
  slugs?: string[]
}

type Given = Record<string, string | null> | unknown[] | null | undefined

/**
 * Gives a function that names a variation's attributes as the customer sees them. WooCommerce sends what it stores: sometimes the
 * option's name, sometimes the term's slug (`red` for `Red`, `%d9%82…` for `قرمز`), under the attribute's name or its slug
 * (`attribute_pa_color`, `logo` for `Logo`). The exact name counts first, then the name in other case, then, for what can be a slug,
 * the shop's own slug, the slug that WordPress makes, and a loose comparison; after the first only where one option fits. What fits
 * nothing or several stays as it was sent, percent-encoding decoded. An empty value means "any" and fits no option.
 *
 * The look-ups are made once for a product, so that its variations cost what they are long: 486 KB took more than 30 s without.
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
      // Not an attribute that has its value already: then two values would become one.
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

/** Without what WooCommerce puts before the slug of a form field or of a shop-wide attribute. */
function withoutPrefixes(key: string): string {
  return key.replace(/^attribute_/, '').replace(/^pa_/, '')
}

interface Entry<Value> {
  name: string
  slug: string
  value: Value
}

/** The thing that a text names: exactly, similarly, or (undefined) nothing or several things. */
type LookUp<Value> = (text: string) => Found<Value>
interface Found<Value> {
  value: Value | undefined
  isExact: boolean
}

/** A look-up whose indexes are built when they are first needed: most shops send exact names. Each text is looked up once. */
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
      // Several that fit are not told apart by a looser comparison.
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

/** The values of each key: one, or two where it has several, which is all that is asked. */
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

/** A name without regard to its case and to how its accents are composed. */
function folded(name: string): string {
  return canonicalText(name).toLowerCase()
}

/** Lower case, without the signs that no slug holds: "+1.00" and "C" are names, and one that is no option fits none. */
function canBeSlug(text: string): boolean {
  return text === text.toLowerCase() && !/[!-$&-,./:-@[-^`{-~\s]|^-|-$/.test(text)
}

/** Words joined by hyphens, without accents, in one form of Persian and Arabic letters and of digits. */
function looseSlug(text: string): string {
  return normaliseText(text)
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
}
