import { type Static, type TSchema, Type } from 'typebox'
import { Problem } from '../../platform/errors.ts'
import { compileCheck, idSchema, localized } from '../../platform/http/validation.ts'

/** Most ids of one look-up. */
export const MAX_IDS = 50
/** Most products of one page; a larger `pagination.limit` counts as this. */
export const MAX_PAGE = 25
export const DEFAULT_PAGE = 10

const words = localized
const text = (maxLength: number, en: string, fa: string) => Type.String({ maxLength, ...words(en, fa) })
const minorUnits = (en: string, fa: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...words(en, fa) }))

const Filters = Type.Optional(
  Type.Object(
    {
      categories: Type.Optional(
        Type.Array(text(300, 'the name of a category', 'نام یک دسته'), {
          maxItems: 50,
          ...words(
            'a list of names of categories: products in any of them',
            'فهرستی از نام دسته‌ها: محصولاتی که در یکی از آن‌ها هستند',
          ),
        }),
      ),
      price: Type.Optional(
        Type.Object(
          {
            min: minorUnits('the lowest price, a whole number in minor units', 'کمترین قیمت، عددی صحیح به واحد خرد'),
            max: minorUnits('the highest price, a whole number in minor units', 'بیشترین قیمت، عددی صحیح به واحد خرد'),
          },
          words(
            'an object with min and max in minor units of context.currency (by default of the shop’s currency): 1 toman is 1000 minor units of IRR; with context.currency IRT they are whole toman',
            'شیئی با min و max به واحد خرد context.currency (به‌طور پیش‌فرض ارز فروشگاه): هر تومان ۱۰۰۰ واحد خرد IRR است؛ با context.currency برابر IRT به تومان',
          ),
        ),
      ),
      available: Type.Optional(
        Type.Boolean(words('true: only what can be bought now', 'مقدار true: فقط آنچه اکنون قابل خرید است')),
      ),
    },
    words('an object: all of its filters apply', 'یک شیء که همهٔ فیلترهای آن اعمال می‌شوند'),
  ),
)

const Context = Type.Optional(
  Type.Object(
    {
      currency: Type.Optional(
        text(
          10,
          'the currency of filters.price: an ISO 4217 code, or IRT (toman)',
          'ارز filters.price: یک کد ISO 4217 یا IRT (تومان)',
        ),
      ),
      language: Type.Optional(text(35, 'the buyer’s language, such as fa', 'زبان خریدار، مانند fa')),
    },
    words('an object with hints about the buyer', 'شیئی با اطلاعاتی دربارهٔ خریدار'),
  ),
)

const StoreId = Type.Optional(
  idSchema(words('the id of a store, for a token of several stores', 'شناسهٔ یک فروشگاه، برای توکن چند فروشگاه')),
)

export const SearchRequest = Type.Object(
  {
    query: Type.Optional(
      text(
        1000,
        'what the buyer wants, in the buyer’s own words and language; prices, sizes and stock in it are understood',
        'خواستهٔ خریدار با کلمه‌ها و زبان خودش؛ قیمت، اندازه و موجودی در آن فهمیده می‌شود',
      ),
    ),
    filters: Filters,
    context: Context,
    pagination: Type.Optional(
      Type.Object(
        {
          limit: Type.Optional(
            Type.Integer({
              minimum: 1,
              ...words(
                `a whole number of at least 1: products of one page, by default ${DEFAULT_PAGE}, at most ${MAX_PAGE}`,
                `عددی صحیح از ۱: تعداد محصولات یک صفحه، به‌طور پیش‌فرض ${DEFAULT_PAGE} و حداکثر ${MAX_PAGE}`,
              ),
            }),
          ),
          cursor: Type.Optional(text(100, 'pagination.cursor of the page before', 'مقدار pagination.cursor صفحهٔ قبل')),
        },
        words('an object with limit and cursor', 'شیئی با limit و cursor'),
      ),
    ),
    store_id: StoreId,
  },
  words('an object with query or filters', 'شیئی با query یا filters'),
)
export type SearchRequest = Static<typeof SearchRequest>

const id = text(
  200,
  'the id of a product or variant from an earlier answer, the shop’s id such as woo_414, or a SKU',
  'شناسهٔ محصول یا متغیر از پاسخ قبلی، شناسهٔ فروشگاه مانند woo_414 یا کد کالا (SKU)',
)

export const LookupRequest = Type.Object(
  {
    ids: Type.Array(id, {
      minItems: 1,
      ...words(
        `a list of 1 to ${MAX_IDS} ids: of products or variants, the shop’s such as woo_414, or SKUs`,
        `فهرستی از ۱ تا ${MAX_IDS} شناسه: محصول یا متغیر، شناسهٔ فروشگاه مانند woo_414 یا کد کالا (SKU)`,
      ),
    }),
    filters: Filters,
    context: Context,
    store_id: StoreId,
  },
  words('an object with ids', 'شیئی با ids'),
)
export type LookupRequest = Static<typeof LookupRequest>

export const ProductRequest = Type.Object(
  {
    id,
    selected: Type.Optional(
      Type.Array(
        Type.Object({
          name: text(200, 'the name of an option, such as Color', 'نام یک ویژگی، مانند رنگ'),
          label: text(300, 'the chosen value, such as Red', 'مقدار انتخاب‌شده، مانند قرمز'),
        }),
        {
          maxItems: 20,
          ...words('a list of {name, label}: what the buyer has chosen', 'فهرستی از {name, label}: انتخاب‌های خریدار'),
        },
      ),
    ),
    preferences: Type.Optional(
      Type.Array(text(200, 'the name of an option', 'نام یک ویژگی'), {
        maxItems: 20,
        ...words(
          'a list of names of options: when nothing has all choices, the last ones are given up first',
          'فهرستی از نام ویژگی‌ها: اگر هیچ متغیری همهٔ انتخاب‌ها را نداشت، ابتدا از آخرین‌ها صرف‌نظر می‌شود',
        ),
      }),
    ),
    filters: Filters,
    context: Context,
    store_id: StoreId,
  },
  words('an object with id', 'شیئی با id'),
)
export type ProductRequest = Static<typeof ProductRequest>

export const CategoriesRequest = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        ...words(
          'a whole number of at least 1: categories of one page, at most 100',
          'عددی صحیح از ۱: تعداد دسته‌های یک صفحه، حداکثر ۱۰۰',
        ),
      }),
    ),
    cursor: Type.Optional(text(100, 'pagination.cursor of the page before', 'مقدار pagination.cursor صفحهٔ قبل')),
    store_id: StoreId,
  },
  words('an object', 'یک شیء'),
)
export type CategoriesRequest = Static<typeof CategoriesRequest>

export const QueryRequest = Type.Object(
  { query: text(1000, 'what to search for, in any language', 'عبارت جست‌وجو به هر زبانی') },
  words('an object with query', 'شیئی با query'),
)
export type QueryRequest = Static<typeof QueryRequest>

export const FetchRequest = Type.Object(
  { id: text(200, 'an id from the results of search', 'شناسه‌ای از نتایج search') },
  words('an object with id', 'شیئی با id'),
)
export type FetchRequest = Static<typeof FetchRequest>

export const PoliciesRequest = Type.Object(
  {
    query: text(
      1000,
      'the buyer’s question about the shop, in the buyer’s own words and language',
      'پرسش خریدار دربارهٔ فروشگاه، با کلمه‌ها و زبان خودش',
    ),
    context: Type.Optional(
      Type.Unknown(
        words('what you know about the buyer; it changes no result', 'آنچه دربارهٔ خریدار می‌دانید؛ در نتیجه اثری ندارد'),
      ),
    ),
    store_id: StoreId,
  },
  words('an object with query', 'شیئی با query'),
)
export type PoliciesRequest = Static<typeof PoliciesRequest>

const checks = new WeakMap<TSchema, ReturnType<typeof compileCheck>>()

/**
 * Reads arguments. UCP puts them in `catalog`; models often leave that out, so both forms are accepted, and unknown arguments are
 * ignored. @throws {Problem} 400 whose sentences name the paths
 */
export function readRequest<T extends TSchema>(schema: T, given: unknown): Static<T> {
  const check = checks.get(schema) ?? compileCheck(schema)
  checks.set(schema, check)
  const asked = withoutNulls(flattened(given))
  const issues = check(asked)
  if (issues.length > 0) {
    const sentence = (language: 'en' | 'fa') =>
      issues.map(({ path, detail }) => `${path === 'body' ? 'arguments' : path}: ${detail[language]}`).join('; ')
    throw new Problem(400, 'invalid_input', { en: sentence('en'), fa: sentence('fa') }, { issues })
  }
  return asked as Static<T>
}

function flattened(given: unknown): unknown {
  if (!isObject(given) || !('catalog' in given)) return given ?? {}
  const { catalog, meta: _, ...flat } = given
  return isObject(catalog) ? { ...flat, ...catalog } : catalog
}

/** Models send null for what they leave out. */
function withoutNulls(given: unknown): unknown {
  if (!isObject(given)) return given
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, Array.isArray(value) ? value : withoutNulls(value)]),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
}
