/**
 * The shop of the search benchmark: products in the shape the webhook takes, and the facts that judgements are made from.
 * The same lists give the same products in every run.
 */
import { createHash } from 'node:crypto'
import type { WebhookAttribute, WebhookProduct, WebhookVariation } from '../../../demo/catalogue.ts'
import type { Random } from '../../../scripts/random.ts'
import { type Base, type Kind, readBases, readBrands, readKinds } from './read-bases.ts'
import { COLOUR_NAMES, MATERIAL_NAMES, TAG_NAMES } from './shop-words.ts'

export interface VariantFacts {
  colour: string | null
  size: string | null
  /** Gigabytes. */
  capacity: number | null
  /** Toman. */
  price: number
  inStock: boolean
}

/** Facts of a product, written by hand or drawn for it; never read back from its text. */
export interface ProductFacts {
  id: number
  base: string
  kind: string
  brand: string
  model: string
  audience: string
  language: 'fa' | 'en'
  uses: Record<string, number>
  features: ReadonlySet<string>
  material: string | null
  ramGb: number | null
  /** At least one: a simple product is its own variant. */
  variants: VariantFacts[]
  sku: string
  name: string
}

export interface Catalogue {
  products: WebhookProduct[]
  facts: ProductFacts[]
  /** True for a product of this kind or of a narrower one. */
  isOfKind(facts: ProductFacts, kind: string): boolean
}

const FIRST_ID = 5001
const FIRST_VARIATION_ID = 100_001
const MAX_VARIATIONS = 16
/** Kinds whose capacities and pack sizes are products of their own, as many shops list them: near duplicates. */
const LISTED_APART = new Set([
  'ssd',
  'flash-drive',
  'memory-card',
  'ram',
  'rice',
  'honey',
  'coffee',
  'nuts',
  'olive-oil',
  'saffron',
  'hard-disk',
])
/** Percent of products. */
const OUT_OF_STOCK = 8
const VARIANT_OUT_OF_STOCK = 22
const ON_SALE = 25
const PERSIAN_BRAND = 55
const KEEP_SENTENCE = 80
/** Percent of products with each untidiness that real shops have. */
const ARABIC_LETTERS = 12
const SPACE_FOR_HALF_SPACE = 14
const NO_HALF_SPACE = 5
const PERSIAN_DIGITS = 30
const ARABIC_DIGITS = 3
/** Each larger capacity or pack costs so much more. */
const STEP_UP = 1.22

let made: Catalogue | undefined

/** About 1,500 products; made once for each process. */
export function makeCatalogue(): Catalogue {
  made ??= make()
  return made
}

function make(): Catalogue {
  const kinds = readKinds()
  const brands = readBrands()
  const products: WebhookProduct[] = []
  const facts: ProductFacts[] = []
  for (const base of readBases()) {
    const kind = kinds.get(base.kind)
    if (!kind) throw new Error(`${base.place}: ${base.kind} is not in kinds.txt`)
    const packs = LISTED_APART.has(base.kind)
      ? [
          ...base.sizes.map((size) => ({ size, capacity: null })),
          ...base.capacities.map((capacity) => ({ size: null, capacity })),
        ]
      : []
    for (const [index, edition] of base.editions.entries()) {
      for (const [step, pack] of (packs.length > 0 ? packs : [null]).entries()) {
        const seed = `${base.place.split(':')[0]}|${base.kind}|${edition.brand}|${edition.model}|${base.names[0]}|${step}`
        const random = randomOf(seed)
        const draft = { base, edition, kind, pack, step, share: index / Math.max(1, base.editions.length - 1), random }
        const { product, fact } = makeProduct(FIRST_ID + products.length, draft, kinds, brands)
        products.push(product)
        facts.push(fact)
      }
    }
  }
  const isOfKind = (fact: ProductFacts, wanted: string) => pathOf(fact.kind, kinds).some(({ id }) => id === wanted)
  return { products, facts, isOfKind }
}

interface Draft {
  base: Base
  edition: { brand: string; model: string }
  kind: Kind
  pack: { size: string | null; capacity: number | null } | null
  step: number
  /** 0 for the first edition, 1 for the last one. */
  share: number
  random: Random
}

function makeProduct(id: number, draft: Draft, kinds: Map<string, Kind>, brands: Map<string, string>) {
  const { base, edition, kind, pack, step, random } = draft
  const english = base.language === 'en'
  const chance = (percent: number) => random.below(100) < percent
  const untidy = makeUntidy(chance)
  const persianBrand = brands.get(edition.brand)
  const brandName = !english && persianBrand && chance(PERSIAN_BRAND) ? persianBrand : edition.brand
  const template = base.names[random.below(base.names.length)] ?? ''
  const packName = pack === null ? '' : ` ${english ? (pack.size ?? `${pack.capacity}GB`) : nameOfPack(pack, random)}`
  const name =
    template.replace('{b}', brandName).replace('{m}', edition.model).replaceAll(/\s+/g, ' ').trim() + packName
  const [from, to] = base.prices
  const wobble = 0.9 + random.below(21) / 100
  const price = roundPrice((from + (to - from) * (0.15 + 0.7 * draft.share)) * 1000 * wobble * STEP_UP ** step)
  const isOut = chance(OUT_OF_STOCK)
  const variants = makeVariants(base, pack, price, isOut, random)
  const sku = skuOf(kind.id, edition, id)
  const sentences = base.sentences.filter((_, index) => index === 0 || chance(KEEP_SENTENCE))
  const cheapest = Math.min(...variants.map((variant) => variant.price))
  const isOnSale = chance(ON_SALE)
  const isVariable = variants.length > 1
  const path = pathOf(kind.id, kinds)
  const label = (word: string, names: Record<string, [string, string]>) => names[word]?.[english ? 1 : 0] ?? word
  const attributes: WebhookAttribute[] = []
  const add = (fa: string, en: string, options: string[], variation = false) => {
    if (options.length > 0)
      attributes.push({ name: english ? en : fa, options: [...new Set(options)].map(untidy), variation })
  }
  const present = <T>(values: (T | null)[]) => [...new Set(values.filter((value) => value !== null))]
  add('برند', 'Brand', [chance(50) ? edition.brand : (persianBrand ?? edition.brand)])
  const colourNames = present(variants.map((variant) => variant.colour)).map((colour) => label(colour, COLOUR_NAMES))
  add('رنگ', 'Colour', colourNames, isVariable && colourNames.length > 1)
  const sizes = present(variants.map((variant) => variant.size))
  add(
    'سایز',
    'Size',
    sizes.map((size) => nameOfSize(size, english)),
    isVariable && sizes.length > 1,
  )
  const capacities = present(variants.map((variant) => variant.capacity))
  add(
    'حافظه',
    'Storage',
    capacities.map((gb) => nameOfCapacity(gb, english)),
    isVariable && capacities.length > 1,
  )
  if (base.ramGb) add('رم', 'Memory', [english ? `${base.ramGb} GB` : `${base.ramGb} گیگابایت`])
  if (base.material && chance(75)) add('جنس', 'Material', [label(base.material, MATERIAL_NAMES)])
  const tags = [...Object.keys(base.uses), ...base.features, base.audience]
    .filter((word) => word in TAG_NAMES && chance(60))
    .map((word) => label(word, TAG_NAMES))
  const attributeName = (fa: string, en: string) => (english ? en : fa)
  const variations: WebhookVariation[] = isVariable
    ? variants.map((variant, index) => ({
        id: FIRST_VARIATION_ID + (id - FIRST_ID) * MAX_VARIATIONS + index,
        sku: chance(70) ? `${sku}-${index + 1}` : '',
        attributes: {
          ...(variant.colour &&
            colourNames.length > 1 && {
              [attributeName('رنگ', 'Colour')]: untidy(label(variant.colour, COLOUR_NAMES)),
            }),
          ...(variant.size &&
            sizes.length > 1 && { [attributeName('سایز', 'Size')]: untidy(nameOfSize(variant.size, english)) }),
          ...(variant.capacity &&
            capacities.length > 1 && {
              [attributeName('حافظه', 'Storage')]: untidy(nameOfCapacity(variant.capacity, english)),
            }),
        },
        price: String(variant.price),
        regular_price: String(variant.price),
        sale_price: '',
        on_sale: false,
        stock_quantity: variant.inStock ? 1 + random.below(9) : 0,
        stock_status: variant.inStock ? 'instock' : 'outofstock',
        image: '',
      }))
    : []
  const regular = isOnSale && !isVariable ? roundPrice(cheapest * 1.2) : cheapest
  const isAvailable = variants.some((variant) => variant.inStock)
  const product: WebhookProduct = {
    id,
    type: isVariable ? 'variable' : 'simple',
    sku,
    name: untidy(name),
    short_description: chance(50) ? untidy(sentences.at(-1) ?? '') : '',
    description: paragraphs(sentences.map(untidy)),
    price: String(cheapest),
    regular_price: isVariable ? '' : String(regular),
    sale_price: isOnSale && !isVariable ? String(cheapest) : '',
    on_sale: isOnSale && !isVariable,
    currency: 'IRT',
    stock_quantity: isVariable ? null : isAvailable ? 1 + random.below(40) : 0,
    stock_status: isAvailable ? 'instock' : 'outofstock',
    status: 'publish',
    catalog_visibility: 'visible',
    password_protected: false,
    categories: path
      .slice(0, 2)
      .reverse()
      .map((part) => untidy(english ? part.english : part.persian)),
    tags: tags.map(untidy),
    attributes,
    variations,
    image: `https://shop.example/wp-content/uploads/p-${id}.jpg`,
    gallery: [],
    permalink: `https://shop.example/product/p-${id}/`,
    date_modified: '2025-11-10T09:30:00Z',
  }
  const fact: ProductFacts = {
    id,
    base: base.place,
    kind: base.kind,
    brand: edition.brand,
    model: edition.model,
    audience: base.audience,
    language: base.language,
    uses: base.uses,
    features: new Set(base.features),
    material: base.material,
    ramGb: base.ramGb,
    variants,
    sku,
    name: product.name,
  }
  return { product, fact }
}

function makeVariants(base: Base, pack: Draft['pack'], price: number, isOut: boolean, random: Random): VariantFacts[] {
  const some = (values: string[], atMost: number): (string | null)[] => {
    if (values.length === 0) return [null]
    const from = random.below(values.length)
    const count = Math.min(values.length, 1 + random.below(atMost))
    return Array.from({ length: count }, (_, i) => values[(from + i) % values.length] ?? null)
  }
  const colours = some(base.colours, 3)
  const sizes = pack ? [pack.size] : base.sizes.length > 0 ? base.sizes : [null]
  const capacities = pack ? [pack.capacity] : base.capacities.length > 0 ? base.capacities : [null]
  const isWorn = base.sizes.some((size) => /^(\d{2}|S|M|L|X+L)$/.test(size))
  const all = colours.flatMap((colour) =>
    sizes.flatMap((size, bigger) =>
      capacities.map((capacity, larger) => ({
        colour,
        size,
        capacity,
        price: roundPrice(price * STEP_UP ** ((isWorn ? 0 : bigger) + larger)),
        inStock: !isOut && random.below(100) >= VARIANT_OUT_OF_STOCK,
      })),
    ),
  )
  const variants = all.slice(0, MAX_VARIATIONS)
  const [first] = variants
  if (variants.length === 1 && first) return [{ ...first, inStock: !isOut }]
  return variants
}

/** Draws by hashing, so that a product depends on its own lines only and not on other bases. */
function randomOf(seed: string): Random {
  let draws = 0
  const below = (limit: number) => {
    draws += 1
    return createHash('sha256').update(`${seed}|${draws}`).digest().readUInt32BE(0) % limit
  }
  return { below, oneOf: <T>(list: readonly [T, ...T[]]) => list[below(list.length)] as T }
}

function pathOf(kind: string, kinds: Map<string, Kind>): Kind[] {
  const path: Kind[] = []
  for (let at = kinds.get(kind); at; at = at.parent === null ? undefined : kinds.get(at.parent)) path.push(at)
  return path
}

/** Prices of shops end in zeros: 10,000 below a million, 50,000 below ten, else 100,000; small ones 1,000. */
function roundPrice(price: number): number {
  const unit = price < 100_000 ? 1_000 : price < 1_000_000 ? 10_000 : price < 10_000_000 ? 50_000 : 100_000
  return Math.max(unit, Math.round(price / unit) * unit)
}

function skuOf(kind: string, edition: { brand: string; model: string }, id: number): string {
  const letters = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')
  const model = letters(edition.model).slice(0, 6) || letters(kind).slice(0, 3)
  return `${letters(edition.brand).slice(0, 3)}-${model}-${String((id * 7919) % 9973).padStart(4, '0')}`
}

function nameOfCapacity(gb: number, english: boolean): string {
  if (gb >= 1000) return english ? `${gb / 1000} TB` : `${gb / 1000} ترابایت`
  return english ? `${gb} GB` : `${gb} گیگابایت`
}

const UNITS: [RegExp, string][] = [
  [/^([\d.]+)kg$/, 'کیلوگرم'],
  [/^([\d.]+)g$/, 'گرم'],
  [/^([\d.]+)ml$/, 'میلی‌لیتر'],
  [/^([\d.]+)l$/, 'لیتر'],
  [/^([\d.]+)cm$/, 'سانتی‌متر'],
  [/^([\d.]+)m$/, 'متر'],
  [/^([\d.]+)in$/, 'اینچ'],
  [/^([\d.]+)w$/, 'وات'],
  [/^([\d.]+)v$/, 'ولت'],
]
const SIZE_WORDS: Record<string, string> = {
  free: 'فری سایز',
  small: 'کوچک',
  medium: 'متوسط',
  large: 'بزرگ',
  single: 'یک نفره',
  double: 'دو نفره',
}

function nameOfSize(size: string, english: boolean): string {
  if (english) return size
  const word = SIZE_WORDS[size]
  if (word) return word
  for (const [pattern, unit] of UNITS) {
    const number = pattern.exec(size)?.[1]
    if (number) return `${number} ${unit}`
  }
  return size
}

/** A capacity or weight as shopkeepers write it in a name: three ways. */
function nameOfPack(pack: { size: string | null; capacity: number | null }, random: Random): string {
  const way = random.below(3)
  if (pack.capacity !== null) {
    const [number, latin, persian] =
      pack.capacity >= 1000 ? [pack.capacity / 1000, 'TB', 'ترابایت'] : [pack.capacity, 'GB', 'گیگابایت']
    return way === 0 ? `${number}${latin}` : way === 1 ? `${number} ${persian}` : `ظرفیت ${number} ${persian}`
  }
  const full = nameOfSize(pack.size ?? '', false)
  return way === 0 ? full : way === 1 ? full.replace('کیلوگرم', 'کیلویی').replace(/گرم$/, 'گرمی') : `- ${full}`
}

/** One product has the same untidiness in all its texts. */
function makeUntidy(chance: (percent: number) => boolean): (text: string) => string {
  const arabicLetters = chance(ARABIC_LETTERS)
  const spaces = chance(SPACE_FOR_HALF_SPACE)
  const joined = !spaces && chance(NO_HALF_SPACE)
  const arabicDigits = chance(ARABIC_DIGITS)
  const persianDigits = !arabicDigits && chance(PERSIAN_DIGITS)
  return (text) => {
    if (!/\p{Script=Arabic}/u.test(text)) return text
    let result = text
    if (arabicLetters) result = result.replaceAll('ی', 'ي').replaceAll('ک', 'ك')
    if (spaces) result = result.replaceAll('\u200c', ' ')
    if (joined) result = result.replaceAll('\u200c', '')
    // Digits beside Latin letters (A54, 4K) stay as they are.
    const zero = arabicDigits ? 0x660 : persianDigits ? 0x6f0 : null
    if (zero !== null)
      result = result.replaceAll(/(?<![A-Za-z\d.-])\d+(?![A-Za-z\d.-])/g, (digits) =>
        [...digits].map((digit) => String.fromCharCode(zero + Number(digit))).join(''),
      )
    return result
  }
}

function paragraphs(sentences: string[]): string {
  const half = Math.ceil(sentences.length / 2)
  return [sentences.slice(0, half), sentences.slice(half)]
    .filter((part) => part.length > 0)
    .map((part) => `<p>${part.join(' ')}</p>`)
    .join('\n')
}
