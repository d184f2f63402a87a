import { readGtin } from '../../catalog/products/gtin.ts'
import type { ProductFilter, ProductView, VariantView } from '../../catalog/products/product-view.ts'
import { lookUpProducts } from '../../search/look-up-products.ts'
import { meetsFilter } from '../../search/match-variants.ts'
import { asSeenBy, type Caller, type CatalogParts, filterOf, languageFor } from './catalog-scope.ts'
import { bytesOf, fitAnswer } from './fit-answer.ts'
import { envelope, info, type Message } from './messages.ts'
import { InvalidParams } from './refusals.ts'
import { type LookupRequest, MAX_IDS } from './requests.ts'
import { priceMessages, tooExpensive } from './search-catalog.ts'
import {
  allVariants,
  isTooExpensive,
  LIST_LEVELS,
  type ShownVariant,
  type UcpProduct,
  ucpProduct,
} from './ucp-product.ts'
import { cutText, visibleLine } from './visible-text.ts'

export interface LookupResponse {
  ucp: ReturnType<typeof envelope>
  products: UcpProduct[]
  messages?: Message[]
}

/** An id of a request: `12`, `woo_414`, `12:415`, `woo_414:415`, a SKU or a GTIN. */
export interface ReadId {
  given: string
  /** The id of a product, ours or the shop's. */
  product: string
  /** The shop's id of a variation, after the colon. */
  variant: number | null
}

/** Reads an id. Every text is an id: one that names nothing is not found. */
export function readId(given: string): ReadId {
  const [, product = given, variant] = /^([^:]{1,100}):(\d{1,15})$/.exec(given) ?? []
  return { given, product, variant: variant === undefined ? null : Number(variant) }
}

/** The variation of a product that an id names: by its own id, its SKU or its GTIN. */
export function namedVariant(product: ProductView, { given, variant }: ReadId): VariantView | undefined {
  const isNamedBy = codeOf(given)
  return product.variants.find((each) => (variant !== null && each.id === variant) || isNamedBy(each))
}

/** True for a product or variation with this SKU or GTIN. */
function codeOf(given: string): (item: { sku: string; gtin: string | null }) => boolean {
  const [sku, gtin] = [given.toLowerCase(), readGtin(given)]
  return (item) => (item.sku !== '' && item.sku.toLowerCase() === sku) || (gtin !== null && item.gtin === gtin)
}

/** True when an id names the product, or one of its variations. */
export function isNamed(product: ProductView, id: ReadId): boolean {
  const isProduct = String(product.id) === id.product || product.external_id === id.product
  if (isProduct) return id.variant === null || namedVariant(product, id) !== undefined
  return codeOf(id.given)(product) || namedVariant(product, id) !== undefined
}

/** The products that ids may name, as they are now. */
export async function productsNamed(
  parts: CatalogParts,
  caller: Caller,
  ids: ReadId[],
  filter: Omit<ProductFilter, 'tenantId'>,
): Promise<ProductView[]> {
  const wanted = { ids: ids.map(({ product }) => product), skus: ids.map(({ given }) => given) }
  const found = await lookUpProducts(parts.db, caller.reader, wanted, filter)
  return found.map((product) => asSeenBy(caller.reader, product))
}

/**
 * Products by ids. Each variant says which ids named it. An id that names nothing, or only something that the filters exclude, is
 * missing from the answer and named in a message. @throws {Problem} 400 for bad arguments
 */
export async function lookupCatalog(
  parts: CatalogParts,
  caller: Caller,
  asked: LookupRequest,
): Promise<LookupResponse> {
  if (asked.ids.length > MAX_IDS) throw tooManyIds(asked.ids.length)
  const ids = [...new Set(asked.ids.map((id) => visibleLine(id)))].map(readId)
  const language = languageFor(caller, asked)
  const filter = await filterOf(parts.db, caller, asked)
  const found = filter === null ? [] : await productsNamed(parts, caller, ids, filter)
  const named = found.flatMap((product) => {
    const shown = namedVariants(product, ids, { tenantId: null, ...filter })
    return shown.length > 0 ? [{ product, shown }] : []
  })
  const sellable = named.filter(({ product }) => !isTooExpensive(product))
  const levels = LIST_LEVELS.map((level) => ({ ...level, variants: Math.max(level.variants, MAX_IDS) }))
  const products = fitAnswer(
    sellable,
    levels,
    ({ product, shown }, level) => ucpProduct(product, shown, level),
    bytesOf(sellable.length),
  )
  const leftOut = sellable.slice(products.length).map(({ product }) => product.id)
  const missing = ids.filter((id) => !named.some(({ product }) => isNamed(product, id)))
  const messages: Message[] = [
    ...missing.map(({ given }): Message => ({ type: 'info', code: 'not_found', content: cutText(given, 100) })),
    ...priceMessages(products, language),
    ...named.filter((each) => !sellable.includes(each)).map(({ product }) => tooExpensive(product, language)),
  ]
  if (leftOut.length > 0) {
    const list = leftOut.join(', ')
    messages.push(
      info(
        'left_out',
        {
          en: `The answer has no room for the products ${list}. Look them up in another request.`,
          fa: `پاسخ برای محصولات ${list} جا نداشت. آن‌ها را در درخواستی دیگر بخواهید.`,
        },
        language,
      ),
    )
  }
  return { ucp: envelope('lookup'), products, ...(messages.length > 0 && { messages }) }
}

/** The variations that ids name, and the first choice of a product that is named itself. */
function namedVariants(product: ProductView, ids: ReadId[], filter: ProductFilter): ShownVariant[] {
  const choices = allVariants(product).filter(
    ({ variant }) => variant === null || meetsFilter(variant, product, filter),
  )
  const [featured] = choices
  const inputs = new Map<ShownVariant, NonNullable<ShownVariant['inputs']>>()
  for (const id of ids.filter((each) => isNamed(product, each))) {
    const variant = namedVariant(product, id)
    const choice = variant ? choices.find((each) => each.variant?.id === variant.id) : featured
    if (!choice) continue
    const isExact = variant !== undefined || product.variants.length === 0
    const list = inputs.get(choice) ?? []
    inputs.set(choice, [...list, { id: id.given, match: isExact ? 'exact' : 'featured' }])
  }
  return [...inputs].map(([choice, named]) => ({ ...choice, inputs: named }))
}

function tooManyIds(count: number) {
  return new InvalidParams('request_too_large', {
    en: `ids: at most ${MAX_IDS} ids in one request, but there are ${count}. Send them in several requests.`,
    fa: `ids: حداکثر ${MAX_IDS} شناسه در هر درخواست، ولی ${count} شناسه فرستاده شده است. آن‌ها را در چند درخواست بفرستید.`,
  })
}
