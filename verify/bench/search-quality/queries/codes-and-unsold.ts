/** Exact SKUs, and queries for which nothing is sold. */
import { makeCatalogue } from '../catalogue.ts'
import { createList } from './list.ts'

const { written, add } = createList()

// ---- exact SKU: every 62nd product, as written and as typed ----
const SKU_STEP = 62
for (const [index, { sku, id }] of makeCatalogue().facts.entries()) {
  if (index % SKU_STEP !== 7) continue
  const forms = [sku, sku.toLowerCase(), sku.replaceAll('-', ' ')]
  add('exact SKU', forms[index % 3] ?? sku, [3, (facts) => facts.id === id])
}

// ---- unanswerable: not sold here, or no wish at all ----
for (const text of [
  'بلیط هواپیما مشهد',
  'اجاره آپارتمان در تهران',
  'لاستیک تراکتور',
  'قایق موتوری',
  'تعمیر پکیج',
  'وکیل طلاق',
  'سیمان تیپ ۲',
  'میلگرد ۱۶',
  'واکسن آنفلوانزا',
  'گوسفند زنده',
  'خودروی صفر پژو ۲۰۷ اتوماتیک',
  'استخدام منشی',
  'piano tuning service',
  'cheap flights to istanbul',
  'bitcoin wallet recovery',
  'wedding photographer',
  'helicopter rental',
  'asdkjhqwe zxcmnb',
  'ضصثقفغعه',
  'شسیبل منتال',
  '😀😀😀',
  '🛒❤️🔥',
  '؟؟؟!!!',
  '....',
  'qqqqqqqqqq',
  'هسته‌ای سانتریفیوژ',
  'دندانپزشک ایمپلنت',
  'tractor diesel engine',
  'کاشت مو ترکیه',
  'swimming pool construction',
  'میکروسکوپ آزمایشگاهی',
  'لباس غواصی',
  'ویلچر برقی',
  'موتورسیکلت هوندا',
  'گوشت گوسفندی',
  'ویولن',
  'تلسکوپ نجومی',
  'پنجره دوجداره',
  'inflatable kayak',
  'electric wheelchair',
  'گاوصندوق',
  'پیانو دیجیتال',
  // Their words are in the shop, the thing is not.
  'شمع موتور پراید',
  'دوربین شکاری',
  'کیسه بوکس',
  'میز پینگ پنگ',
  'ماشین چمن زنی',
  'تخت بیمارستانی',
  'لنز رنگی چشم',
  'golf clubs',
  'سلام بلیط استخر دارید؟',
  'do you sell car tires?',
])
  add('unanswerable', text)

export const codesAndUnsold = written
