import type { Localised } from '../platform/i18n.ts'

/** The shop owner's name for a field of an event. `sender` marks fields that only the plugin can correct. */
interface FieldWord extends Localised {
  rule?: Localised
  sender?: true
}

const AMOUNT: Localised = {
  en: 'an amount of 0 or more with at most 15 digits, such as 850000 or 15.50',
  fa: 'مبلغی صفر یا بیشتر با حداکثر ۱۵ رقم، مانند ۸۵۰۰۰۰ یا ۱۵٫۵۰',
}
const NUMBER: Localised = { en: 'a number, such as 12, or empty', fa: 'یک عدد، مانند ۱۲، یا خالی' }
const YES_NO: Localised = { en: 'yes or no', fa: 'بله یا خیر' }
export const TEXT: Localised = { en: 'a text', fa: 'یک متن' }
const LIST: Localised = { en: 'a list', fa: 'یک فهرست' }

/** Fields of an event, of its product and of a variation, by name. */
const FIELDS: Record<string, FieldWord> = {
  body: { en: 'the event', fa: 'رویداد', sender: true },
  event_id: { en: 'the event id', fa: 'شناسهٔ رویداد', sender: true },
  event_type: { en: 'the event type', fa: 'نوع رویداد', sender: true },
  version: { en: 'the version of the product', fa: 'نسخهٔ محصول', sender: true },
  source: { en: 'the source of the event', fa: 'منبع رویداد', sender: true },
  product: { en: 'the product', fa: 'محصول', sender: true },
  id: { en: 'the id', fa: 'شناسهٔ', sender: true },
  product_hash: { en: 'the hash', fa: 'چکیدهٔ', sender: true },
  date_modified: { en: 'the date of the last change', fa: 'تاریخ آخرین تغییر', sender: true },
  type: { en: 'the type', fa: 'نوع' },
  sku: { en: 'the SKU', fa: 'کد SKU' },
  name: { en: 'the name', fa: 'نام' },
  short_description: { en: 'the short description', fa: 'توضیح کوتاه' },
  description: { en: 'the description', fa: 'توضیحات' },
  price: { en: 'the price', fa: 'قیمت', rule: AMOUNT },
  regular_price: { en: 'the regular price', fa: 'قیمت عادی', rule: AMOUNT },
  sale_price: { en: 'the sale price', fa: 'قیمت فروش ویژه', rule: AMOUNT },
  on_sale: { en: 'the on-sale mark', fa: 'نشان حراج', rule: YES_NO },
  currency: { en: 'the currency', fa: 'واحد پول' },
  stock_quantity: { en: 'the stock quantity', fa: 'تعداد موجودی', rule: NUMBER },
  stock_status: { en: 'the stock status', fa: 'وضعیت موجودی' },
  status: { en: 'the status', fa: 'وضعیت انتشار' },
  catalog_visibility: { en: 'the catalog visibility', fa: 'نمایش در فروشگاه' },
  password_protected: { en: 'the password protection', fa: 'رمزدار بودن', rule: YES_NO },
  categories: { en: 'the categories', fa: 'دسته‌ها', rule: LIST },
  tags: { en: 'the tags', fa: 'برچسب‌ها', rule: LIST },
  attributes: { en: 'the attributes', fa: 'ویژگی‌ها', rule: LIST },
  variations: { en: 'the variations', fa: 'متغیرها', rule: LIST },
  options: { en: 'the options', fa: 'گزینه‌ها', rule: LIST },
  variation: { en: 'the “used for variations” mark', fa: 'نشان «استفاده برای متغیرها»', rule: YES_NO },
  slug: { en: 'the slug', fa: 'نامک' },
  slugs: { en: 'the slugs of the options', fa: 'نامک گزینه‌ها', rule: LIST },
  image: { en: 'the image', fa: 'تصویر' },
  gallery: { en: 'the gallery images', fa: 'تصاویر گالری', rule: LIST },
  permalink: { en: 'the address', fa: 'نشانی' },
}

/** The word for one item of a list (before its position: "variation 3"), and for several (after their number). */
const ITEMS: Record<string, { one: Localised; many: Localised }> = {
  variations: { one: { en: 'variation', fa: 'متغیر' }, many: { en: 'variations', fa: 'متغیر' } },
  attributes: { one: { en: 'attribute', fa: 'ویژگی' }, many: { en: 'attributes', fa: 'ویژگی' } },
  options: { one: { en: 'option', fa: 'گزینهٔ' }, many: { en: 'options', fa: 'گزینه' } },
  slugs: { one: { en: 'slug', fa: 'نامک' }, many: { en: 'slugs', fa: 'نامک' } },
  categories: { one: { en: 'category', fa: 'دستهٔ' }, many: { en: 'categories', fa: 'دسته' } },
  tags: { one: { en: 'tag', fa: 'برچسب' }, many: { en: 'tags', fa: 'برچسب' } },
  gallery: { one: { en: 'gallery image', fa: 'تصویر گالری' }, many: { en: 'gallery images', fa: 'تصویر گالری' } },
}

/** Maps instead of objects, because a field name from an event may exist on Object.prototype. */
export const fieldWords = new Map(Object.entries(FIELDS))
export const itemWords = new Map(Object.entries(ITEMS))
