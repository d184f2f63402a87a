import { readStoreUnits, withPriceUnit } from '../../catalog/products/price-unit.ts'
import { type ProductView, RIALS } from '../../catalog/products/product-view.ts'
import { invalidInput } from '../../platform/errors.ts'
import { type Language, negotiateLanguage } from '../../platform/i18n.ts'
import type { Asking, QuestionLog } from '../../questions/question-log.ts'
import type { AddedFilter } from '../../search/look-up-products.ts'
import type { SearchParts } from '../../search/search-products.ts'
import { fromMinorUnits, isoCurrency } from './money.ts'
import type { SearchRequest } from './requests.ts'
import { visibleLine } from './visible-text.ts'

export interface CatalogParts extends SearchParts {
  questions: QuestionLog
}

/** A caller of the catalogue tools, independent of how it was found: a token of any kind, a user, or a public address. */
export interface Caller extends Asking {
  /** Language of messages: the request's Accept-Language. `context.language` wins. */
  language: Language
}

type Asked = Pick<SearchRequest, 'filters' | 'context' | 'store_id'>

/** The language of the messages of an answer. */
export function languageFor(caller: Caller, { context }: Pick<Asked, 'context'>): Language {
  return context?.language === undefined ? caller.language : negotiateLanguage(context.language)
}

/**
 * The filter of a request. Null when it can match nothing, because the token does not read the store. @throws {Problem} 400 for a
 * price without a currency that fits all stores, or for an unknown currency
 */
export async function filterOf(db: CatalogParts['db'], { reader }: Caller, asked: Asked): Promise<AddedFilter | null> {
  const { filters = {}, context = {}, store_id: asksFor } = asked
  if (asksFor !== undefined && reader.storeId !== null && reader.storeId !== asksFor) return null
  const { tenantId, environment } = reader
  const storeId = reader.storeId ?? asksFor ?? null
  const scope = { tenantId, environment, storeId }
  const categories = filters.categories?.map(visibleLine).filter((name) => name !== '')
  const narrowed: AddedFilter = {
    storeId,
    ...(filters.available === true && { inStock: true }),
    ...(categories && categories.length > 0 && { categories }),
  }
  const { min, max } = filters.price ?? {}
  if (min === undefined && max === undefined) return narrowed
  const sql = db.inScope(reader.scope)
  const currency = context.currency?.trim().toUpperCase() ?? (await ownCurrency(sql, scope))
  const decimal = (amount: number | undefined) => (amount === undefined ? null : fromMinorUnits(amount, currency))
  const priced = await withPriceUnit(sql, { ...scope, minPrice: decimal(min), maxPrice: decimal(max), currency })
  return { ...narrowed, minPrice: priced.minPrice, maxPrice: priced.maxPrice, currency: priced.currency }
}

/** The ISO currency of the searched stores. Stores with different ones need a named one. */
async function ownCurrency(...scope: Parameters<typeof readStoreUnits>): Promise<string> {
  const codes = [...new Set((await readStoreUnits(...scope)).map(isoCurrency))].sort()
  if (codes.length <= 1) return codes[0] ?? 'IRR'
  throw invalidInput([
    {
      path: 'context.currency',
      detail: {
        en: `is required with filters.price: the stores sell in ${codes.join(', ')}`,
        fa: `همراه filters.price لازم است: فروشگاه‌ها با ${codes.join('، ')} می‌فروشند`,
      },
    },
  ])
}

/** The product without what the caller may not see: a shop shows its visitors whether a thing is in stock, not always how many. */
export function asSeenBy({ isGuest = false }: Caller['reader'], product: ProductView): ProductView {
  if (!isGuest) return product
  const variants = product.variants.map((variant) => ({ ...variant, stock_quantity: null }))
  return { ...product, stock_quantity: null, variants }
}

/** True when amounts of the two currencies can be compared. */
export function isConvertible(one: string, other: string): boolean {
  return one === other || (one in RIALS && other in RIALS)
}
