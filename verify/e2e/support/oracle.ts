/**
 * The backend's products against what a guest sees: the product's page, printed by WooCommerce's template functions in a
 * request without cookies (`wordpress/guest-view.php`), and where the page says nothing, WooCommerce's Store API. Neither knows
 * of the plugin.
 */
import type { ProductView, VariantView } from '../../../server/src/catalog/products/product-view.ts'
import type { Scenario } from './scenario.ts'
import type { Shop } from './shop.ts'
import type { SentEvent } from './unreliable-backend.ts'

interface GuestVariation {
  id: number
  /** `attribute_…` → the value of an option; '' stands for any. */
  attributes: Record<string, string>
  price: string
  regular_price: string
  is_in_stock: boolean
  sku: string
  description: string
  weight: string
}

interface GuestPage {
  id: number
  type: string
  is_visible: boolean
  name: string
  /** All amounts of the price; those struck out; those beside them. Plain decimals. */
  amounts: string[]
  amounts_before: string[]
  amounts_now: string[]
  is_on_sale: boolean
  short_description: string
  description: string
  stock: { is_sold_out: boolean; text: string }
  sku: string
  categories: string[]
  tags: string[]
  brands: string[]
  table: { key: string; label: string; value: string }[]
  images: string[]
  rating: { average: string; count: number }
  choices: { key: string; label: string; options: [string, string][] }[]
  variations: GuestVariation[]
  /** The page that a guest reaches by the product's id. */
  address: string
}

/** The part of the Store API's answer that is read here. */
interface StoreProduct {
  is_in_stock: boolean
  on_sale: boolean
  prices: {
    price: string
    regular_price: string
    sale_price: string
    currency_minor_unit: number
    currency_code: string
  }
  brands?: { name: string }[]
  images: { src: string }[]
}

type Report = (field: string, guest: unknown, backend: unknown) => void

/** Every difference between what a guest sees of these products and what the backend holds, as sentences. */
export async function compareWithGuest(scenario: Scenario, ids: number[]): Promise<string[]> {
  const differences = await differencesByProduct(scenario, ids)
  return [...differences.values()].flat()
}

/** The same by product. What was sent of brands, sizes and ratings is read from the last event of each. */
export async function differencesByProduct(scenario: Scenario, ids: number[]): Promise<Map<number, string[]>> {
  const products = await scenario.backend.products(scenario.store)
  const sent = new Map(scenario.way.taken.map((event) => [event.product.id, event.product]))
  const found = new Map<number, string[]>()
  for (const id of ids) {
    const page = await guestPage(scenario.shop.url, id)
    found.set(
      id,
      page?.is_visible
        ? compare(page, await storeProduct(scenario.shop.url, id), products.get(id), sent.get(id))
        : products.get(id)?.is_active
          ? [`product ${id}: a guest finds it nowhere, but the backend has it`]
          : [],
    )
  }
  return found
}

/** True if a guest finds a product in the catalogue or by a search, and gets its page. */
export async function isSeenByGuest(shop: Shop, id: number): Promise<boolean> {
  return (await guestPage(shop.url, id))?.is_visible ?? false
}

/** The page as a guest gets it; null where there is none, or a password is asked for. */
async function guestPage(shopUrl: string, id: number): Promise<GuestPage | null> {
  const answer = await fetch(`${shopUrl}/?post_type=product&p=${id}&guest_view=1`)
  if (answer.status === 404) return null
  if (!answer.ok)
    throw new Error(`a guest's page of product ${id} was answered ${answer.status}: ${await answer.text()}`)
  if (!answer.headers.get('content-type')?.includes('json')) return null
  const view = (await answer.json()) as GuestPage | { needs_password: true }
  if ('needs_password' in view) return null
  if (view.id !== id) throw new Error(`the page of product ${id} shows product ${view.id}`)
  const address = new URL(answer.url)
  address.searchParams.delete('guest_view')
  return { ...view, address: address.href }
}

async function storeProduct(shopUrl: string, id: number): Promise<StoreProduct> {
  const answer = await fetch(`${shopUrl}/wp-json/wc/store/v1/products/${id}`)
  if (!answer.ok) throw new Error(`the Store API answered ${answer.status} for product ${id}: ${await answer.text()}`)
  return (await answer.json()) as StoreProduct
}

function compare(
  page: GuestPage,
  store: StoreProduct,
  product: ProductView | undefined,
  sent: SentEvent['product'] | undefined,
): string[] {
  if (!product?.is_active) return [`product ${page.id}: a guest sees it, but the backend has no active product`]
  const found: string[] = []
  const report: Report = (field, guest, backend) => {
    const [left, right] = [JSON.stringify(guest), JSON.stringify(backend)]
    if (left !== right) found.push(`product ${page.id}, ${field}: a guest sees ${left}, the backend has ${right}`)
  }
  report('name', plain(page.name), plain(product.name))
  report('sku', page.sku, product.sku)
  report('currency', store.prices.currency_code, product.currency)
  report('permalink', readable(page.address), readable(product.permalink))
  report('categories', sorted(page.categories), sorted(product.categories))
  report('tags', sorted(page.tags), sorted(product.tags))
  compareOffer(page, store, product, report)
  compareWords('short description', page.short_description, product.short_description, report)
  compareWords('description', page.description, product.description, report)
  compareImages(page, store, product, report)
  compareAttributes(page, product, report)
  compareVariations(page, product, report)
  compareDetails(page, store, sent, report)
  return found
}

function compareOffer(page: GuestPage, store: StoreProduct, product: ProductView, report: Report): void {
  report('on sale', page.is_on_sale, product.on_sale)
  // A variable product's page says only of its variations whether they are sold out.
  const isInStock = page.type === 'variable' ? store.is_in_stock : !page.stock.is_sold_out
  report('in stock', isInStock, product.in_stock)
  // A group's page shows the range of its members, which are products of their own; the group is not sold.
  if (page.type === 'grouped') return
  const now = page.amounts_now.length > 0 ? page.amounts_now : page.amounts
  report('price', lowest(now), decimal(product.price))
  if (page.type === 'variable') return
  // Without a price that is struck out, the page does not say what the product costs regularly.
  const before = page.amounts_before.length > 0 ? page.amounts_before : page.amounts.length > 0 ? regular(store) : []
  report('regular price', lowest(before), decimal(product.regular_price))
  if (page.is_on_sale) report('sale price', lowest(page.amounts_now), decimal(product.sale_price))
}

/** The main image first. */
function compareImages(page: GuestPage, store: StoreProduct, product: ProductView, report: Report): void {
  const shown = page.images.length > 0 ? page.images : store.images.map(({ src }) => src)
  report('images', shown.map(readable), [product.image, ...product.gallery].filter((url) => url !== '').map(readable))
}

/** A guest reads attributes in the page's table, and chooses variations by others. The table holds sizes as well. */
function compareAttributes(page: GuestPage, product: ProductView, report: Report): void {
  const shown = page.table
    .filter(({ key }) => key.startsWith('attribute_'))
    .map(({ label, value }) => `${plain(label)}: ${words(value).join(' ')}`)
  const labels = new Set(page.table.map(({ label }) => plain(label)))
  for (const { label, options } of page.choices) {
    const values = options.map(([, text]) => words(text).join(' '))
    if (!labels.has(plain(label))) shown.push(`${plain(label)}: ${values.join(' ')}`)
  }
  const known = product.attributes.map(({ name, options }) => {
    return `${plain(withoutNumber(name, labels))}: ${options.flatMap((option) => words(option)).join(' ')}`
  })
  report('attributes', sorted(shown), sorted(known))
}

/** Two attributes with one label are told apart by a number. */
function withoutNumber(name: string, labels: Set<string>): string {
  const without = name.replace(/ \(\d+\)$/, '')
  return labels.has(plain(without)) && !labels.has(plain(name)) ? without : name
}

function compareVariations(page: GuestPage, product: ProductView, report: Report): void {
  const byId = <Of extends { id: number }>(list: Of[]) => [...list].sort((a, b) => a.id - b.id)
  const [shown, known] = [byId(page.variations), byId(product.variants)]
  report(
    'variations',
    shown.map(({ id }) => id),
    known.map(({ id }) => id),
  )
  for (const variation of shown) {
    const variant = known.find(({ id }) => id === variation.id)
    if (variant) compareVariation(page, variation, variant, product.sku, report)
  }
}

function compareVariation(
  page: GuestPage,
  shown: GuestVariation,
  known: VariantView,
  sku: string,
  report: Report,
): void {
  const label = `variation ${shown.id}`
  const chosen = Object.entries(shown.attributes).map(([key, value]) => {
    const choice = page.choices.find((one) => one.key === key)
    return [plain(choice?.label ?? key), value && plain(choice?.options.find(([of]) => of === value)?.[1] ?? value)]
  })
  const attributes = Object.entries(known.attributes).map(([name, value]) => [plain(name), plain(value)])
  report(`${label} attributes`, sorted(chosen.map(String)), sorted(attributes.map(String)))
  report(`${label} price`, decimal(shown.price), decimal(known.price))
  report(`${label} regular price`, decimal(shown.regular_price), decimal(known.regular_price))
  report(`${label} in stock`, shown.is_in_stock, known.in_stock)
  // A variation without a SKU of its own has its product's.
  if (shown.sku !== sku) report(`${label} sku`, shown.sku, known.sku)
}

interface SentDetails {
  brands?: string[]
  weight?: string
  weight_unit?: string
  dimensions?: { length: string; width: string; height: string }
  dimension_unit?: string
  average_rating?: string
  rating_count?: number
  variations?: { id: number; description?: string; weight?: string }[]
}

/** Compares the fields that the backend accepts and does not show yet. */
function compareDetails(page: GuestPage, store: StoreProduct, event: SentEvent['product'] | undefined, report: Report) {
  const sent = (event ?? {}) as SentDetails
  const brands = page.brands.length > 0 ? page.brands : (store.brands ?? []).map(({ name }) => name)
  report('brands sent', sorted(brands), sorted(sent.brands ?? []))
  const row = (of: string) => words(page.table.find(({ key }) => key === of)?.value ?? '')
  if (page.type !== 'variable') {
    report('weight sent', row('weight'), words(`${sent.weight ?? ''} ${sent.weight_unit ?? ''}`))
    const { length = '', width = '', height = '' } = sent.dimensions ?? {}
    report('dimensions sent', row('dimensions'), words(`${length} × ${width} × ${height} ${sent.dimension_unit ?? ''}`))
  }
  report(
    'rating sent',
    [Number(page.rating.average), page.rating.count],
    [Number(sent.average_rating ?? 0), sent.rating_count ?? 0],
  )
  for (const variation of page.variations) {
    const one = sent.variations?.find(({ id }) => id === variation.id)
    if (variation.description !== '') {
      const described = textOf(one?.description ?? '')
      compareWords(`variation ${variation.id} description sent`, variation.description, described, report)
    }
  }
}

/** Reports the first words that only one of the two has; the same words in another order are a difference, too. */
function compareWords(field: string, guest: string, backend: string, report: Report): void {
  const [seen, known] = [words(guest), words(backend)]
  const missing = without(seen, known)
  const extra = without(known, seen)
  if (missing.length > 0) report(`${field}, missing words`, missing.slice(0, 12).join(' '), '')
  if (extra.length > 0) report(`${field}, words no guest sees`, '', extra.slice(0, 12).join(' '))
  if (missing.length + extra.length > 0) return
  const place = seen.findIndex((word, at) => word !== known[at])
  if (place !== -1) report(`${field}, order of words`, seen.slice(place, place + 8), known.slice(place, place + 8))
}

function without(all: string[], taken: string[]): string[] {
  const left = new Map<string, number>()
  for (const word of taken) left.set(word, (left.get(word) ?? 0) + 1)
  return all.filter((word) => {
    const count = left.get(word) ?? 0
    left.set(word, count - 1)
    return count <= 0
  })
}

/** Letters and digits of any script; punctuation is typography, which WordPress and the backend may set differently. */
function words(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}\u200c]+/gu) ?? []
}

/** One line with plain quotes, dashes and spaces. */
function plain(text: string): string {
  return text
    .replaceAll(/[‘’′]/g, "'")
    .replaceAll(/[“”″]/g, '"')
    .replaceAll(/[–—]/g, '-')
    .replaceAll('…', '...')
    .replaceAll('×', 'x')
    .replaceAll(/[\s\u00a0]+/g, ' ')
    .trim()
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&nbsp;': ' ' }

function textOf(html: string): string {
  return html
    .replaceAll(/<\/?[a-z][^>]*>/gi, ' ')
    .replaceAll(/&(?:amp|lt|gt|quot|nbsp);/g, (entity) => ENTITIES[entity] ?? entity)
}

/** The Store API counts in the smallest unit of the currency. */
function regular({ prices }: StoreProduct): string[] {
  return [String(Number(prices.regular_price) / 10 ** prices.currency_minor_unit)]
}

function lowest(amounts: string[]): string | null {
  if (amounts.length === 0) return null
  return decimal(String(Math.min(...amounts.map(Number))))
}

function decimal(amount: string | null): string | null {
  if (amount === null) return null
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
}

function readable(url: string): string {
  try {
    return decodeURI(url)
  } catch {
    return url
  }
}

function sorted(list: string[]): string[] {
  return list.map((text) => plain(text)).sort()
}
