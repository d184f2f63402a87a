import { readDecimal } from '../../ingest/decimal.ts'
import type { Sql } from '../../platform/db/database.ts'
import { invalidInput } from '../../platform/errors.ts'
import { type ProductFilter, RIALS } from './product-view.ts'

/** In addition to ISO 4217: the toman, and thousands of both Iranian units, with the codes of Iranian shops. */
const IRANIAN = Object.keys(RIALS)
const ISO_CODES = new Set(Intl.supportedValuesOf('currency'))

/** Number of a store's products per currency. */
interface StoreCurrency {
  storeId: number
  currency: string
  products: number
}

/**
 * Adds the unit of the prices to the filter. A given unit is validated; otherwise it is the store's own, the currency of most of
 * its products. Prices of several stores with different units are not comparable: the caller must name a unit.
 * @throws {Problem} 400 for an unknown currency, or for a price without a currency when stores differ; both list the choices
 */
export async function withPriceUnit(sql: Sql, filter: ProductFilter): Promise<ProductFilter> {
  const { currency } = filter
  if (currency !== undefined) {
    const code = currency.trim().toUpperCase()
    if (ISO_CODES.has(code) || IRANIAN.includes(code)) return { ...filter, currency: code }
    const used = currenciesOf(await storeCurrencies(sql, filter))
    if (used.includes(code)) return { ...filter, currency: code }
    throw unknownCurrency(currency, used)
  }
  if (filter.minPrice == null && filter.maxPrice == null) return filter
  const found = await storeCurrencies(sql, filter)
  if (currenciesOf(found).length <= 1) return filter
  const units = new Set(unitsOf(found))
  const [unit] = units
  if (units.size > 1) throw ambiguousUnit([...units])
  return unit === undefined ? filter : { ...filter, currency: unit }
}

/** The units of the searched stores: for each the currency of most of its products. */
export async function readStoreUnits(sql: Sql, filter: ProductFilter): Promise<string[]> {
  return [...new Set(unitsOf(await storeCurrencies(sql, filter)))]
}

function unitsOf(found: StoreCurrency[]): string[] {
  return [...Map.groupBy(found, (row) => row.storeId).values()].map(
    (rows) => rows.reduce((most, row) => (row.products > most.products ? row : most)).currency,
  )
}

function currenciesOf(rows: StoreCurrency[]): string[] {
  return [...new Set(rows.map((row) => row.currency))].sort()
}

/**
 * The currencies of the stores in a filter. Jumps from one currency to the next in an index; counts products only for stores with
 * several.
 */
async function storeCurrencies(sql: Sql, filter: ProductFilter): Promise<StoreCurrency[]> {
  return await sql.query<StoreCurrency>(
    `with recursive stores_asked as (
       select id, tenant_id from stores s
        where ($1::bigint is null or s.tenant_id = $1) and ($2::bigint is null or s.id = $2)
          and ($3::text is null or s.environment = $3) and s.deleted_at is null
          and ($4::bigint[] is null or s.id = any($4))
     ), used as (
       select s.tenant_id, s.id as store_id,
              (select min(currency) from products p
                where p.tenant_id = s.tenant_id and p.store_id = s.id and p.is_active and p.currency > '') as currency
         from stores_asked s
       union all
       select u.tenant_id, u.store_id,
              (select min(currency) from products p
                where p.tenant_id = u.tenant_id and p.store_id = u.store_id and p.is_active and p.currency > u.currency)
         from used u where u.currency is not null
     ), several as (
       select *, count(*) over (partition by store_id) > 1 as is_mixed from used where currency is not null
     )
     select store_id as "storeId", currency,
            case when is_mixed then (select count(*)::int from products p
                                      where p.tenant_id = m.tenant_id and p.store_id = m.store_id and p.is_active
                                        and p.currency = m.currency) else 1 end as products
       from several m order by store_id, currency`,
    [filter.tenantId, filter.storeId ?? null, filter.environment ?? null, filter.storeIds ?? null],
  )
}

function unknownCurrency(given: string, used: string[]) {
  const list = [...new Set([...used, ...IRANIAN])].join(', ')
  return issue(
    `must be a currency, but it is ${JSON.stringify(given.slice(0, 20))}; valid values are ${list} and the codes of ISO 4217, such as EUR`,
    `باید یک ارز باشد؛ ارزهای شناخته‌شده: ${list} و کدهای ISO 4217 مانند EUR`,
  )
}

function ambiguousUnit(units: string[]) {
  const list = units.sort().join(', ')
  return issue(
    `is required with a price filter: the stores use ${list}. Send one of these, or select one store with store_id`,
    `همراه قیمت لازم است: فروشگاه‌ها با ${list} می‌فروشند. یکی را نام ببرید، یا با store_id یک فروشگاه را انتخاب کنید`,
  )
}

function issue(en: string, fa: string) {
  return invalidInput([{ path: 'currency', detail: { en, fa } }])
}

/** The amount of a price parameter; null when it is empty. @throws {Problem} 400 when the text is not an amount */
export function priceParameter(path: string, given: string | number | undefined): string | null {
  const decimal = readDecimal(given)
  if (decimal !== undefined) return decimal
  throw invalidInput([
    { path, detail: { en: 'must be an amount, such as 2000000', fa: 'باید یک مبلغ باشد، مانند ۲۰۰۰۰۰۰' } },
  ])
}
