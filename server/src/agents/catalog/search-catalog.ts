import type { ProductView } from '../../catalog/products/product-view.ts'
import type { Language } from '../../platform/i18n.ts'
import { browseProducts } from '../../search/look-up-products.ts'
import type { SearchResult } from '../../search/rank-products.ts'
import { FLOOR } from '../../search/score-products.ts'
import { type Found, searchProducts } from '../../search/search-products.ts'
import { asSeenBy, type Caller, type CatalogParts, filterOf, languageFor } from './catalog-scope.ts'
import { bytesOf, fitAnswer } from './fit-answer.ts'
import { envelope, info, type Message, warning } from './messages.ts'
import { priceWords } from './money.ts'
import { pagesOf } from './page-cursor.ts'
import { InvalidParams } from './refusals.ts'
import { DEFAULT_PAGE, MAX_PAGE, type SearchRequest } from './requests.ts'
import {
  allVariants,
  isTooExpensive,
  LIST_LEVELS,
  languageOf,
  type ShownVariant,
  type UcpProduct,
  ucpProduct,
} from './ucp-product.ts'
import { cutText, visibleLine } from './visible-text.ts'

export interface SearchResponse {
  /** For feedback; absent on further pages and for lists without a query. */
  question_id?: string
  ucp: ReturnType<typeof envelope>
  products: UcpProduct[]
  pagination: { has_next_page: boolean; cursor?: string; total_count?: number }
  messages?: Message[]
}

/** A product and what the search knows about it. */
interface Listed {
  product: ProductView
  variants: ShownVariant[]
  more: object
}

/**
 * Finds products by a query, or lists products by filters, the newest first. When the shop does not have what was asked for,
 * `products` is empty and the messages say what is near. @throws {Problem} 400 for bad arguments
 */
export async function searchCatalog(
  parts: CatalogParts,
  caller: Caller,
  asked: SearchRequest,
): Promise<SearchResponse> {
  const startedAt = performance.now()
  const { reader } = caller
  const query = visibleLine(asked.query ?? '')
  const { filters, context, store_id } = asked
  const isFiltered = Object.values(filters ?? {}).some((value) => value !== undefined) || store_id !== undefined
  if (!/[\p{L}\p{N}]/u.test(query) && !isFiltered) throw nothingAsked()
  const pages = pagesOf(reader, [query, filters, context?.currency, store_id])
  const place = pages.placeOf(asked.pagination?.cursor)
  const limit = Math.min(asked.pagination?.limit ?? DEFAULT_PAGE, MAX_PAGE)
  const filter = await filterOf(parts.db, caller, asked)
  const language = languageFor(caller, asked)
  if (filter === null) {
    return {
      ucp: envelope('search'),
      products: [],
      pagination: { has_next_page: false },
      messages: [noStore(language)],
    }
  }
  if (query === '') {
    const found = await browseProducts(parts.db, reader, filter, { before: place === 0 ? null : place, limit })
    const page = found
      .slice(0, limit)
      .map((one) => asSeenBy(reader, one))
      .map((product) => ({ product, variants: allVariants(product), more: {} }))
    const { products, expensive, shown } = rendered(page, limit)
    const last = page[shown - 1]?.product.id
    const hasMore = found.length > shown
    return {
      ucp: envelope('search'),
      products,
      pagination: { has_next_page: hasMore, ...(hasMore && last !== undefined && { cursor: pages.cursorAt(last) }) },
      ...withMessages(products, expensive, [], language),
    }
  }
  const { tenantId, environment } = reader
  const found = await searchProducts(
    { ...parts, asker: tenantId },
    { query, filter: { ...filter, tenantId, environment }, limit, offset: place, floor: FLOOR },
  )
  const { products, expensive, shown } = rendered(
    found.results.map((one) => listed({ ...one, product: asSeenBy(reader, one.product) })),
    limit,
  )
  const hasMore = found.next !== null || shown < found.results.length
  const questionId = parts.questions.note(caller, {
    query,
    storeId: filter.storeId ?? null,
    understood: found.understood,
    filters: { ...filters, ...filters?.price, price: undefined, currency: context?.currency },
    results: found.total,
    productIds: found.results.map(({ product }) => product.id),
    documentIds: [],
    relevance: found.results[0]?.relevance ?? null,
    answered: found.answered,
    degraded: found.degraded,
    startedAt,
    isFurtherPage: place > 0,
  })
  return {
    ...(questionId !== null && { question_id: questionId }),
    ucp: envelope('search'),
    products,
    pagination: {
      has_next_page: hasMore,
      ...(hasMore && { cursor: pages.cursorAt(place + shown) }),
      total_count: found.total,
    },
    ...withMessages(products, expensive, searchMessages(found, query, language), language),
  }
}

/** Variations that the query means come first. */
function listed({ product, matched_variants, match }: SearchResult): Listed {
  const all = allVariants(product)
  const meant = matched_variants.flatMap(({ id }) => all.filter(({ variant }) => variant?.id === id))
  return { product, variants: [...meant, ...all.filter((each) => !meant.includes(each))], more: { match } }
}

function rendered(page: Listed[], limit: number) {
  const sellable = page.filter(({ product }) => !isTooExpensive(product))
  const products = fitAnswer(
    sellable,
    LIST_LEVELS,
    ({ product, variants, more }, level) => ucpProduct(product, variants, level, more),
    bytesOf(limit),
  )
  // Entries of the page up to the last rendered product: the next page begins after them.
  const next = sellable[products.length]
  const shown = next === undefined ? page.length : page.indexOf(next)
  const expensive = page.slice(0, shown).filter((each) => !sellable.includes(each))
  return { products, shown, expensive: expensive.map(({ product }) => product) }
}

function withMessages(
  products: UcpProduct[],
  expensive: ProductView[],
  given: Message[],
  language: Language,
): { messages?: Message[] } {
  const messages = [
    ...given,
    ...priceMessages(products, language),
    ...expensive.map((product) => tooExpensive(product, language)),
  ]
  return messages.length > 0 ? { messages } : {}
}

/** A warning for the products without a price: their amount 0 must not be read as "free". */
export function priceMessages(products: UcpProduct[], language: Language): Message[] {
  const without = products.filter(({ metadata }) => metadata.has_price === false).map(({ id }) => id)
  if (without.length === 0) return []
  const ids = without.join(', ')
  return [
    warning(
      'price_unknown',
      {
        en: `The shop states no price for ${ids}. The amount 0 does not mean free; ask the shop.`,
        fa: `فروشگاه برای ${ids} قیمتی اعلام نکرده است. مبلغ ۰ به معنای رایگان نیست؛ از فروشگاه بپرسید.`,
      },
      language,
    ),
  ]
}

/** Says that a product is left out, because its price in minor units is above 2^53-1. */
export function tooExpensive(product: ProductView, language: Language): Message {
  const name = cutText(visibleLine(product.name), 100)
  const price = product.price ?? product.variants[0]?.price ?? null
  const words = (of: Language) => visibleLine(priceWords(price, product.currency, of))
  const own = languageOf(product)
  return warning(
    'price_too_large',
    {
      en: `${name} (id ${product.id}) is left out: its price of ${words(own)} is too large for the field amount. The tool fetch shows it.`,
      fa: `${name} (شناسهٔ ${product.id}) نیامده است: قیمت آن (${words(own)}) در فیلد amount نمی‌گنجد. ابزار fetch آن را نشان می‌دهد.`,
    },
    language,
  )
}

function searchMessages(found: Found, query: string, language: Language): Message[] {
  const messages: Message[] = []
  const asked = JSON.stringify(cutText(query, 200))
  if (!found.answered) {
    messages.push(
      info(
        'no_match',
        {
          en: `The shop has nothing that matches ${asked}. Do not offer something else as if it were this.`,
          fa: `فروشگاه چیزی مطابق ${asked} ندارد. چیز دیگری را به‌جای آن معرفی نکنید.`,
        },
        language,
      ),
    )
  }
  if (found.emptied_by.length > 0) {
    const names = found.emptied_by.join(', ')
    messages.push(
      info(
        'emptied_by',
        {
          en: `Without the filter ${names} there are products. Ask the buyer whether to drop it.`,
          fa: `بدون فیلتر ${names} محصولاتی هست. از خریدار بپرسید که آیا از آن صرف‌نظر می‌کند.`,
        },
        language,
      ),
    )
  }
  if (found.did_you_mean !== null) {
    const meant = JSON.stringify(cutText(visibleLine(found.did_you_mean), 200))
    messages.push(
      info('did_you_mean', { en: `The query may mean ${meant}.`, fa: `شاید منظور ${meant} باشد.` }, language),
    )
  }
  if (found.nearest_categories.length > 0) {
    const names = found.nearest_categories.map((name) => JSON.stringify(cutText(visibleLine(name), 100))).join(', ')
    messages.push(
      info(
        'nearest_categories',
        { en: `The nearest categories are ${names}.`, fa: `نزدیک‌ترین دسته‌ها: ${names}` },
        language,
      ),
    )
  }
  if (found.degraded) {
    messages.push(
      info(
        'degraded',
        {
          en: 'This search compared words only; products that say it in other words may be missing.',
          fa: 'این جست‌وجو فقط کلمه‌ها را مقایسه کرد؛ محصولاتی با کلمه‌های دیگر ممکن است نیامده باشند.',
        },
        language,
      ),
    )
  }
  return messages
}

function noStore(language: Language): Message {
  return info(
    'no_match',
    { en: 'This token reads no store with this id.', fa: 'این توکن فروشگاهی با این شناسه نمی‌خواند.' },
    language,
  )
}

function nothingAsked() {
  return new InvalidParams('nothing_asked', {
    en: 'catalog: query or filters is required. Send what the buyer wants as query, such as {"catalog":{"query":"winter boots"}}.',
    fa: 'catalog: مقدار query یا filters لازم است. خواستهٔ خریدار را در query بفرستید، مانند {"catalog":{"query":"کفش زمستانی"}}.',
  })
}
