import type { ProductView } from '../../catalog/products/product-view.ts'
import { Problem } from '../../platform/errors.ts'
import { type Language, LIST_COMMA } from '../../platform/i18n.ts'
import { FLOOR } from '../../search/score-products.ts'
import { searchProducts } from '../../search/search-products.ts'
import type { Caller, CatalogParts } from './catalog-scope.ts'
import { detailLines } from './detail-lines.ts'
import { isNamed, namedVariant, productsNamed, readId } from './lookup-catalog.ts'
import { priceWords, rangeWords } from './money.ts'
import type { FetchRequest, QueryRequest } from './requests.ts'
import { categoryNames, ratingOf } from './ucp-details.ts'
import { chosenOptions, countedStock, extremesOf, languageOf, pageOf, wholeDescription } from './ucp-product.ts'
import { cutText, visibleLine } from './visible-text.ts'

export interface SearchResults {
  /** For feedback. MCP sends it beside the answer, whose form ChatGPT defines. */
  question_id?: string
  results: { id: string; title: string; url: string }[]
}

export interface FetchedDocument {
  id: string
  title: string
  text: string
  url: string
  metadata: Record<string, unknown>
}

const MAX_RESULTS = 10
const MAX_VARIANT_LINES = 60
const MAX_DESCRIPTION = 8_000
const MAX_ATTRIBUTE_LINES = 40

/** The tool `search` of ChatGPT: titles with price and stock, because the model decides by titles which products it fetches. */
export async function searchTitles(
  parts: CatalogParts,
  caller: Caller,
  { query: given }: QueryRequest,
): Promise<SearchResults> {
  const startedAt = performance.now()
  const { tenantId, storeId, environment } = caller.reader
  const query = visibleLine(given)
  const found = await searchProducts(
    { ...parts, asker: tenantId },
    { query, filter: { tenantId, storeId, environment }, limit: MAX_RESULTS, floor: FLOOR },
  )
  const results = found.results.map(({ product }) => ({
    id: String(product.id),
    title: `${cutText(visibleLine(product.name), 150)} — ${priceTextOf(product)} — ${stockWords(product.in_stock, languageOf(product))}`,
    url: pageOf(product) ?? '',
  }))
  const questionId =
    query === ''
      ? null
      : parts.questions.note(caller, {
          query,
          storeId,
          understood: found.understood,
          filters: {},
          results: found.total,
          productIds: found.results.map(({ product }) => product.id),
          documentIds: [],
          relevance: found.results[0]?.relevance ?? null,
          answered: found.answered,
          degraded: found.degraded,
          startedAt,
        })
  return { ...(questionId !== null && { question_id: questionId }), results }
}

/** The tool `fetch` of ChatGPT: a product as one text. @throws {Problem} 404 that tells the model where ids come from */
export async function fetchDocument(
  parts: CatalogParts,
  caller: Caller,
  { id: given }: FetchRequest,
): Promise<FetchedDocument> {
  const id = readId(visibleLine(given))
  const found = (await productsNamed(parts, caller, [id], {})).filter((one) => isNamed(one, id))
  const product = found.find((one) => [String(one.id), one.external_id].includes(id.product)) ?? found[0]
  if (!product) throw unknownId(id.given)
  const variant = namedVariant(product, id)
  const language = languageOf(product)
  const own = variant ?? product
  const price = own.price ?? product.price
  return {
    id: id.given,
    title: [
      visibleLine(product.name),
      ...(variant ? chosenOptions(product, variant).map(({ label }) => label) : []),
    ].join(' / '),
    text: documentText(product, language),
    url: pageOf(product) ?? '',
    metadata: {
      price,
      currency: visibleLine(product.currency),
      price_text: visibleLine(variant ? priceWords(price, product.currency, language) : priceTextOf(product)),
      in_stock: own.in_stock,
      sku: visibleLine(own.sku),
      ...(own.gtin !== null && { gtin: own.gtin }),
      ...(product.brand !== null && { brand: visibleLine(product.brand) }),
      ...ratingOf(product),
      store: visibleLine(product.store.name),
      updated_at: product.updated_at.toISOString(),
    },
  }
}

/** The price, or the range of prices of the variations, in words. */
export function priceTextOf(product: ProductView): string {
  const own = product.variants.map(({ price }) => price ?? product.price)
  const range = extremesOf(own.length > 0 ? own : [product.price])
  return visibleLine(rangeWords(range?.min ?? null, range?.max ?? null, product.currency, languageOf(product)))
}

const STOCK: Record<Language, [inStock: string, soldOut: string]> = {
  en: ['in stock', 'sold out'],
  fa: ['موجود', 'ناموجود'],
}

export function stockWords(isInStock: boolean, language: Language): string {
  return STOCK[language][isInStock ? 0 : 1]
}

const LABELS: Record<
  Language,
  Record<'price' | 'stock' | 'at' | 'categories' | 'variants' | 'more' | 'before', string>
> = {
  en: {
    price: 'Price',
    stock: 'Stock',
    at: 'as of',
    categories: 'Categories',
    variants: 'Variants',
    more: 'more',
    before: 'instead of',
  },
  fa: {
    price: 'قیمت',
    stock: 'موجودی',
    at: 'در زمان',
    categories: 'دسته‌ها',
    variants: 'متغیرها',
    more: 'متغیر دیگر',
    before: 'به‌جای',
  },
}

/** One product as text: price and stock first, then attributes, each variation in a line, and the description. */
function documentText(product: ProductView, language: Language): string {
  const label = LABELS[language]
  const before =
    product.on_sale && product.regular_price !== null && product.variants.length === 0
      ? ` (${label.before} ${priceWords(product.regular_price, product.currency, language)})`
      : ''
  const attributes = product.attributes
    .slice(0, MAX_ATTRIBUTE_LINES)
    .map(
      ({ name, options }) =>
        `${visibleLine(name)}: ${cutText(options.map(visibleLine).join(LIST_COMMA[language]), 500)}`,
    )
  const categories = categoryNames(product)
  const lines = [
    visibleLine(product.name),
    `${label.price}: ${priceTextOf(product)}${before} (${label.at} ${product.updated_at.toISOString()})`,
    `${label.stock}: ${stockWords(product.in_stock, language)}${stockCount(product)}`,
    ...(product.sku === '' ? [] : [`SKU: ${visibleLine(product.sku)}`]),
    ...(categories.length === 0 ? [] : [`${label.categories}: ${categories.join(LIST_COMMA[language])}`]),
    ...detailLines(product, language),
    ...attributes,
    ...variantLines(product, language),
  ]
  return `${lines.join('\n')}\n\n${cutText(wholeDescription(product), MAX_DESCRIPTION)}`.trim()
}

function stockCount(product: ProductView): string {
  const quantity = countedStock(product)
  return quantity === null ? '' : ` (${quantity})`
}

function variantLines(product: ProductView, language: Language): string[] {
  if (product.variants.length === 0) return []
  const label = LABELS[language]
  const lines = product.variants.slice(0, MAX_VARIANT_LINES).map((variant) => {
    const name = chosenOptions(product, variant)
      .map(({ name: option, label: value }) => `${option}: ${value}`)
      .join(LIST_COMMA[language])
    const price = priceWords(variant.price ?? product.price, product.currency, language)
    return `- ${cutText(name, 100)} — ${price} — ${stockWords(variant.in_stock, language)}`
  })
  const left = product.variants.length - lines.length
  return [`${label.variants}:`, ...lines, ...(left > 0 ? [`- … ${left} ${label.more}`] : [])]
}

function unknownId(given: string): Problem {
  const id = JSON.stringify(cutText(given, 100))
  return new Problem(404, 'not_found', {
    en: `id: the shop shows no product ${id}. Take ids from the results of search.`,
    fa: `id: فروشگاه محصول ${id} را نشان نمی‌دهد. شناسه‌ها را از نتایج search بگیرید.`,
  })
}
