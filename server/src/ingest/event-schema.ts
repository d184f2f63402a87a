import { type Static, type TSchema, Type } from 'typebox'
import { bodyComponent } from '../platform/http/contract.ts'
import { localized } from '../platform/http/validation.ts'
import { FALSE_WORDS, TRUE_WORDS } from './plain-product.ts'

/** An optional field may also be null, which means absent: PHP sends null for missing values. */
const optional = <T extends TSchema>(schema: T, words: { description: string; 'x-fa': string }) =>
  Type.Optional(Type.Union([schema, Type.Null()], words))

/** PHP sends a missing text as `false`, and a text of digits as a number; `plainProduct` reads both. */
const text = (maxLength: number) =>
  optional(
    Type.Union([Type.String({ maxLength }), Type.Number(), Type.Literal(false)]),
    localized(`text of at most ${maxLength} characters`, `متنی با حداکثر ${maxLength} نویسه`),
  )

const money = optional(
  Type.Union([Type.String({ maxLength: 80 }), Type.Number(), Type.Literal(false)]),
  localized(
    'an exact amount from 0 to 10^15 as text or number, such as "850000" or 15.5 ("" for none)',
    'مبلغی دقیق از ۰ تا ۱۰ به توان ۱۵ به‌صورت متن یا عدد، مانند "850000" ("" یعنی ندارد)',
  ),
)

const quantity = optional(
  Type.Union([Type.String({ maxLength: 80 }), Type.Number(), Type.Literal(false)]),
  localized('a number, or null when stock is not counted', 'یک عدد، یا null وقتی موجودی شمرده نمی‌شود'),
)

/** WordPress stores `yes` and `no`, PHP sends `"1"` and `""`. Other words are rejected. */
const yesNo = optional(
  Type.Union([Type.Boolean(), ...[...TRUE_WORDS, ...FALSE_WORDS].map((word) => Type.Literal(word))]),
  localized('true or false', 'یکی از true یا false'),
)

/** PHP sends a list with a gap in its keys as an object, and an empty list sometimes as `false` or `""`. */
const listOf = <T extends TSchema>(item: T, max: number) =>
  Type.Union([
    Type.Array(item, { maxItems: max }),
    Type.Record(Type.String(), item, { maxProperties: max }),
    Type.Literal(false),
    Type.Literal(''),
  ])

const label = Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Literal(false), Type.Null()])

const names = optional(
  listOf(label, 10_000),
  localized('a list of at most 10,000 texts', 'فهرستی با حداکثر ۱۰٬۰۰۰ متن'),
)

/** The maximum that a body can hold. A body above 1 MB is reduced before it is stored (reduce-event.ts). */
const MAX_TEXT_CHARACTERS = 5_000_000

/** Optional fields. They accept any form, because an invalid weight must not block a price; one that cannot be read counts as absent. */
const kept = (en: string, fa: string) => Type.Optional(Type.Unknown(localized(en, fa)))

const SHARED_EXTRAS = {
  weight: kept('the weight as text or number, in weight_unit', 'وزن، متن یا عدد، به weight_unit'),
  dimensions: kept(
    '{length, width, height} as texts or numbers, in dimension_unit',
    '{length, width, height}، متن یا عدد، به dimension_unit',
  ),
  purchasable: kept('whether the shop sells it: true or false', 'آیا فروشگاه آن را می‌فروشد: true یا false'),
  gtin: kept('the GTIN, UPC, EAN or ISBN', 'کد GTIN، UPC، EAN یا شابک'),
  sale_ends_at: kept(
    'when the sale price ends, such as 2026-12-01T00:00:00Z',
    'پایان قیمت فروش ویژه، مانند 2026-12-01T00:00:00Z',
  ),
  min_quantity: kept('the lowest quantity of one order', 'کمترین تعداد در یک سفارش'),
  max_quantity: kept('the highest quantity of one order', 'بیشترین تعداد در یک سفارش'),
}

const ProductExtras = {
  brand: kept('the name of the brand', 'نام برند'),
  brands: kept(
    'a list of texts; the first is the brand when brand is absent',
    'فهرستی از متن‌ها؛ بدون brand، اولی برند است',
  ),
  category_paths: kept(
    'a list of paths, each a list of names with the root first: [["Clothing", "Shoes"]]',
    'فهرستی از مسیرها؛ هر مسیر فهرستی از نام‌ها از ریشه: [["پوشاک", "کفش"]]',
  ),
  image_details: kept(
    'a list of {url, alt, width, height}, the featured image first',
    'فهرستی از {url, alt, width, height} که تصویر شاخص اول است',
  ),
  ...SHARED_EXTRAS,
  weight_unit: kept('the unit of every weight: kg, g, lbs or oz', 'واحد وزن‌ها: kg، g، lbs یا oz'),
  dimension_unit: kept('the unit of all dimensions: m, cm, mm, in or yd', 'واحد ابعاد: m، cm، mm، in یا yd'),
  average_rating: kept('from 0 to 5, text or number', 'از ۰ تا ۵، متن یا عدد'),
  review_count: kept('the number of approved reviews', 'تعداد دیدگاه‌های تأییدشده'),
  rating_count: kept(
    'how many ratings there are; used when review_count is absent',
    'تعداد امتیازها؛ بدون review_count به کار می‌رود',
  ),
  language: kept('the language of the texts as a BCP 47 tag, such as fa-IR', 'زبان متن‌ها با برچسب BCP 47، مانند fa-IR'),
  display_currency: kept('the currency that the shop shows, such as IRT', 'واحد پولی که فروشگاه نشان می‌دهد، مانند IRT'),
}

const VariationExtras = {
  description: kept('a text of the variation', 'متنی دربارهٔ متغیر'),
  image_alt: kept('the alternative text of the image', 'متن جایگزین تصویر'),
  ...SHARED_EXTRAS,
}

/** Names of the extra fields of a product and of a variation. */
export const EXTRA_FIELDS = { product: Object.keys(ProductExtras), variation: Object.keys(VariationExtras) }

const productId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  ...localized('a whole number from 1 to 2^53-1', 'یک عدد صحیح از ۱ تا ۲ به توان ۵۳ منهای ۱'),
})

const Attribute = Type.Object({
  name: Type.String({ maxLength: 1000, ...localized('the name of the attribute', 'نام ویژگی') }),
  options: names,
  variation: yesNo,
  slug: text(1000),
  slugs: names,
})

const Variation = Type.Object({
  id: productId,
  sku: text(1000),
  attributes: optional(
    listOf(label, 1000),
    localized('an object of attribute names and their values', 'شیئی از نام ویژگی‌ها و مقدار آن‌ها'),
  ),
  price: money,
  regular_price: money,
  sale_price: money,
  on_sale: yesNo,
  stock_quantity: quantity,
  stock_status: text(50),
  image: text(5000),
  ...VariationExtras,
})

export const WebhookProduct = Type.Object({
  id: productId,
  type: text(50),
  sku: text(1000),
  name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 5000,
      ...localized('the name of the product: text of 1 to 5000 characters', 'نام محصول: متنی با ۱ تا ۵۰۰۰ نویسه'),
    }),
  ),
  short_description: text(MAX_TEXT_CHARACTERS),
  description: text(MAX_TEXT_CHARACTERS),
  price: money,
  regular_price: money,
  sale_price: money,
  on_sale: yesNo,
  currency: text(10),
  stock_quantity: quantity,
  stock_status: text(50),
  status: text(50),
  catalog_visibility: text(50),
  password_protected: yesNo,
  categories: names,
  tags: names,
  attributes: optional(
    listOf(Attribute, 1000),
    localized(
      'a list of at most 1,000 attributes, each {name, options[], variation, slug, slugs[]}',
      'فهرستی با حداکثر ۱٬۰۰۰ ویژگی',
    ),
  ),
  variations: optional(
    listOf(Variation, 1000),
    localized('a list of at most 1,000 variations', 'فهرستی با حداکثر ۱٬۰۰۰ متغیر'),
  ),
  image: text(5000),
  gallery: names,
  permalink: text(5000),
  product_hash: text(64),
  ...ProductExtras,
  /** Read only when the event has no version (read-event.ts), so that a date in another format rejects no event. */
  date_modified: Type.Optional(Type.Unknown()),
  /** The texts that the server truncated to store the event (reduce-event.ts). */
  texts_cut: Type.Optional(Type.Unknown()),
})

/** The body of the webhook: one event with the whole product. Unknown fields are stored in the payload and ignored. */
export const WebhookEvent = bodyComponent(
  'WebhookEvent',
  Type.Object({
    event_id: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\u0000-\\u001f\\u007f]+$',
      ...localized(
        'text of 1 to 100 characters without control characters',
        'متنی با ۱ تا ۱۰۰ نویسه، بدون نویسه‌های کنترلی',
      ),
    }),
    event_type: Type.Union(
      [Type.Literal('product.created'), Type.Literal('product.updated'), Type.Literal('product.deleted')],
      localized(
        'product.created, product.updated or product.deleted',
        'یکی از product.created، product.updated یا product.deleted',
      ),
    ),
    version: optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      localized('a whole number of microseconds from 0 to 2^53-1', 'عدد صحیح میکروثانیه از ۰ تا ۲ به توان ۵۳ منهای ۱'),
    ),
    source: text(50),
    product: Type.Object(WebhookProduct.properties, localized('the product, an object', 'شیء محصول')),
  }),
)

export type WebhookEvent = Static<typeof WebhookEvent>
export type WebhookProduct = Static<typeof WebhookProduct>
export type WebhookAttribute = Static<typeof Attribute>
export type WebhookVariation = Static<typeof Variation>
