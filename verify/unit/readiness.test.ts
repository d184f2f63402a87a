import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countWords, LACKS, type ReadyContent, readiness } from '../../server/src/catalog/products/readiness.ts'

const ZWNJ = '\u200c'
const persian = fc.array(fc.constantFrom(...'ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی'), { minLength: 1, maxLength: 8 })
const english = fc.array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), { minLength: 1, maxLength: 8 })
const word = fc.oneof(
  persian.map((letters) => letters.join('')),
  english.map((letters) => letters.join('')),
  // «می‌خواهم»: parts joined by ZWNJ.
  fc.tuple(persian, persian).map(([one, other]) => one.join('') + ZWNJ + other.join('')),
  fc.nat().map((number) => number.toLocaleString('fa-IR')),
  fc.nat().map((number) => number.toLocaleString('en')),
  fc.constantFrom('don’t', 'USB-C', '۲٫۵', 'می‌روم', 'کتاب‌ها', 'é', 'خانهٔ'),
)
const gap = fc.constantFrom(' ', '\n', '، ', '. ', '؟ ', ' – ', ' «', '» ', '؛ ', ' / ', '\u00a0', '!\n\n')

test('a text has as many words as were written into it, in Persian and English, with any signs between them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, gap), { maxLength: 40 }), (pieces) => {
      const text = pieces.flat().join('')
      expect(countWords(text)).toBe(pieces.length)
      expect(countWords(text, 10)).toBe(Math.min(10, pieces.length))
    }),
  )
})

test.each([
  ['', 0],
  ['—،.؟ !«»', 0],
  [ZWNJ, 0],
  ['می‌خواهم نمی‌دانم', 2],
  ['قیمت: ۱٬۲۰۰٬۰۰۰ تومان', 3],
  ['The well-known 12.5-inch screen', 4],
  ['👟 کفش', 1],
])('%j has %i words', (text, count) => {
  expect(countWords(text)).toBe(count)
})

test('a text without spaces is counted in linear time', () => {
  expect(countWords('a-'.repeat(500_000))).toBe(1)
  expect(countWords('ا'.repeat(1_000_000))).toBe(1)
})

const ENGLISH =
  'A light shoe for walking and running, with a soft sole that protects your feet on hard roads. It weighs two hundred grams and dries within one hour in the sun.'
const PERSIAN =
  'کفشی سبک برای پیاده‌روی و دویدن که زیرهٔ نرم آن پا را در جاده‌های سخت نگه می‌دارد. وزن آن ۲۰۰ گرم است و در آفتاب یک‌ساعته خشک می‌شود. رویهٔ آن هم توری است.'

const whole: ReadyContent = {
  type: 'simple',
  price: '850000',
  image: 'https://shop.example/a.jpg',
  gallery: [],
  image_details: [{ url: 'https://shop.example/a.jpg', alt: 'A shoe', width: 1, height: 1 }],
  short_description: '',
  description: ENGLISH,
  categories: ['Shoes'],
  brand: 'Nike',
  gtin: '4006381333931',
  sku: 'S-1',
  variants: [],
}
const missingOf = (change: Partial<ReadyContent>) => readiness({ ...whole, ...change }).missing

test('a product that lacks nothing has 100, in Persian as in English', () => {
  expect(readiness(whole)).toEqual({ score: 100, missing: [] })
  expect(readiness({ ...whole, description: '', short_description: PERSIAN })).toEqual({ score: 100, missing: [] })
})

const variant = { price: '5', image: '', sku: 'V', gtin: '9780306406157' }
test.each<[string, Partial<ReadyContent>, string[]]>([
  ['no price', { price: null }, ['no_price']],
  ['a price of 0', { price: '0' }, []],
  ['a grouped product without price and codes', { type: 'grouped', price: null, sku: '', gtin: null }, []],
  ['no picture', { image: '', image_details: null }, ['no_image']],
  [
    'pictures of variations only',
    { image: '', image_details: null, variants: [{ ...variant, image: 'https://a/b' }] },
    [],
  ],
  [
    'a picture without a text',
    { image_details: [{ url: 'x', alt: '', width: null, height: null }] },
    ['image_without_alt'],
  ],
  ['a picture of which the shop sent no details', { image_details: null }, []],
  ['a description of a few words', { description: 'کفش خوب و ارزان با ارسال رایگان' }, ['thin_description']],
  ['a long word is no description', { description: 'آ'.repeat(5_000) }, ['thin_description']],
  ['no category', { categories: [] }, ['uncategorised']],
  ['the default category in English', { categories: ['Uncategorized'] }, ['uncategorised']],
  ['the default category in Persian', { categories: ['دسته‌بندی نشده'] }, ['uncategorised']],
  ['the default category in Arabic letters', { categories: ['دسته‌بندي نشده'] }, ['uncategorised']],
  ['the default category beside another', { categories: ['دسته‌بندی نشده', 'کفش'] }, []],
  ['no brand', { brand: null }, ['no_brand']],
  ['no GTIN', { gtin: null }, ['no_gtin']],
  ['a GTIN on every variation', { gtin: null, sku: '', variants: [variant] }, []],
  ['a GTIN on some variations', { gtin: null, variants: [variant, { ...variant, gtin: null }] }, ['no_gtin']],
  ['a wrong check digit', { gtin: '4006381333932' }, ['wrong_gtin']],
  ['no SKU', { sku: '' }, ['no_sku']],
  ['a variation without a price', { variants: [variant, { ...variant, price: null }] }, ['variants_without_price']],
])('%s', (_, change, missing) => {
  expect(missingOf(change)).toEqual(missing)
})

const text = fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constant(PERSIAN))
const code = fc.constantFrom(null, '4006381333931', '4006381333932')
const image = fc.constantFrom('', 'https://shop.example/a.jpg')
const content = fc.record<ReadyContent>({
  type: fc.constantFrom('simple', 'variable', 'grouped', 'external'),
  price: fc.constantFrom(null, '0', '5'),
  image,
  gallery: fc.array(fc.constant('https://shop.example/b.jpg'), { maxLength: 2 }),
  image_details: fc.option(
    fc.array(fc.record({ url: text, alt: text, width: fc.constant(null), height: fc.constant(null) }), {
      maxLength: 2,
    }),
  ),
  short_description: text,
  description: text,
  categories: fc.array(fc.oneof(text, fc.constant('Uncategorized')), { maxLength: 3 }),
  brand: fc.option(text),
  gtin: code,
  sku: fc.constantFrom('', 'S'),
  variants: fc.array(
    fc.record({ price: fc.constantFrom(null, '5'), image, sku: fc.constantFrom('', 'V'), gtin: code }),
    { maxLength: 3 },
  ),
})

test('every product has a score from 0 to 100, 100 means that nothing is missing, and codes are distinct and known', () => {
  fc.assert(
    fc.property(content, (product) => {
      const { score, missing } = readiness(product)
      expect(score).toBeGreaterThanOrEqual(0)
      expect(score === 100).toBe(missing.length === 0)
      expect(missing).toEqual(LACKS.filter((lack) => missing.includes(lack)))
    }),
    { numRuns: 1_000 },
  )
})

test('more information never lowers the score', () => {
  fc.assert(
    fc.property(content, (product) => {
      const { score } = readiness(product)
      for (const better of [
        { price: '9' },
        { description: `${product.description} ${PERSIAN} ${ENGLISH}` },
        { categories: [...product.categories, 'کفش'] },
        { brand: 'A' },
        { gtin: '9780306406157' },
        { sku: 'S' },
      ]) {
        // A price of the product shows that some of its variations have none.
        const isFirstPrice = 'price' in better && product.price === null && product.variants.length > 0
        if (!isFirstPrice) expect(readiness({ ...product, ...better }).score).toBeGreaterThanOrEqual(score)
      }
    }),
    { numRuns: 1_000 },
  )
})
