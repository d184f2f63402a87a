import fc from 'fast-check'
import { expect, test } from 'vitest'
import { otherLayout } from '../../server/src/search/understand/keyboard-layout.ts'
import { readNumber } from '../../server/src/search/understand/number-words.ts'
import { partsOf, replaceParts } from '../../server/src/search/understand/query-parts.ts'
import { UNDERSTANDING, understandQuery } from '../../server/src/search/understand/understand-query.ts'

const million = 1_000_000

test.each<[query: string, text: string, min: number | null, max: number | null, currency: string | null]>([
  ['کفش زیر ۲ میلیون تومان', 'کفش', null, 2 * million, 'IRT'],
  ['گوشی بین ۱۰ تا ۱۵ میلیون', 'گوشی', 10 * million, 15 * million, null],
  ['کفش از ۱ تا ۲ میلیون', 'کفش', million, 2 * million, null],
  ['کفش 500 هزار تا 1 میلیون', 'کفش', 500_000, million, null],
  ['2-3 میلیون کفش', 'کفش', 2 * million, 3 * million, null],
  ['هدفون حدود ۱٫۲ میلیون', 'هدفون', 960_000, 1_440_000, null],
  ['هدفون حدود ۱/۲ میلیون', 'هدفون', 960_000, 1_440_000, null],
  ['گوشی ۲۰ میلیونی', 'گوشی', 16 * million, 24 * million, null],
  ['یک میلیون و دویست هزار تومان کیف', 'کیف', 960_000, 1_440_000, 'IRT'],
  ['کیف زیر دو و نیم میلیون', 'کیف', null, 2_500_000, null],
  ['کاپشن حداکثر سه میلیون تومان', 'کاپشن', null, 3 * million, 'IRT'],
  ['کتونی با بودجه ۲ میلیون', 'کتونی', null, 2 * million, null],
  ['هدیه تا ۵۰۰ هزار', 'هدیه', null, 500_000, null],
  ['کفش بالای ۳ میلیون', 'کفش', 3 * million, null, null],
  ['مبل ۵ میلیون به بالا', 'مبل', 5 * million, null, null],
  ['کیف زیر ۵۰۰ تومن', 'کیف', null, 500_000, 'IRT'],
  ['ساعت ارزان‌تر از ۱,۲۰۰,۰۰۰ ریال', 'ساعت', null, 1_200_000, 'IRR'],
  ['shoes under $50', 'shoes', null, 50, 'USD'],
  ['shoes between 20 and 50 dollars', 'shoes', 20, 50, 'USD'],
  ['shoes below 500k', 'shoes', null, 500_000, null],
  ['laptop under 50', 'laptop', null, 50, null],
  ['watch over 100 euros', 'watch', 100, null, 'EUR'],
  ['watch for about 100 euros', 'watch', 80, 120, 'EUR'],
  ['two million five hundred thousand toman or less bag', 'bag', null, 2_500_000, 'IRT'],
  ['monitor 27 inch 144 hz under 300 usd', 'monitor 27 inch 144 hz', null, 300, 'USD'],
])('the price of %j', (query, text, min, max, currency) => {
  const understood = understandQuery(query)
  expect(understood).toMatchObject({ text, price: { min, max, currency } })
  // Switched off, the words stay.
  expect(understandQuery(query, new Set(UNDERSTANDING))).toMatchObject({ text: query, price: null })
})

test.each([
  'tent for up to 6 people',
  'چادر تا ۶ نفر',
  'کفش سایز ۴۰ تا ۴۴',
  'لامپ زیر ۲۰ وات',
  'iphone 13 128gb',
  'جوراب ۳ عددی',
  'ps5',
  'باتری بالای 5000 میلی آمپر',
  'کتاب بالای ۱۸ سال',
  'مبل هفت نفره',
])('%j has no price', (query) => {
  expect(understandQuery(query)).toMatchObject({ text: query, price: null })
})

test.each([
  ['سلام کفش نایک دارید', 'کفش نایک', null, ['سلام', 'دارید']],
  ['گوشی سامسونگ موجود دارید', 'گوشی سامسونگ', true, []],
  ['do you have nike shoes in stock', 'nike shoes', true, ['do', 'you', 'have']],
  ["I'm looking for a red dress", 'a red dress', null, ["I'm", 'looking', 'for']],
  ['قیمت گوشی a54 چنده', 'گوشی a54', null, ['قیمت', 'چنده']],
  ['چیزی که موقع خواب استفاده بشه', 'که خواب', null, ['چیزی', 'موقع', 'استفاده', 'بشه']],
  ['a trash can that can be used when camping', 'a trash can be used camping', null, ['that', 'can', 'when']],
])('%j asks for %j', (query, text, inStock, ignored) => {
  expect(understandQuery(query)).toMatchObject({ text, inStock, ignored })
})

test('a query of question words only is searched as it is', () => {
  expect(understandQuery('قیمت')).toMatchObject({ text: 'قیمت', ignored: [] })
  expect(understandQuery('best price')).toMatchObject({ text: 'best price', ignored: [] })
})

test('the order is read from superlatives', () => {
  expect(understandQuery('ارزان‌ترین گوشی')).toMatchObject({ text: 'گوشی', sort: 'price' })
  expect(understandQuery('most expensive watch')).toMatchObject({ text: 'watch', sort: '-price' })
})

test('an amount that is no price is written in digits', () => {
  expect(understandQuery('پاوربانک ۲۰ هزار میلی آمپر').text).toBe('پاوربانک 20000 میلی آمپر')
})

test('decimal, grouped and spoken numbers have their value', () => {
  const read = (text: string) => readNumber(partsOf(text), 0)?.value
  expect(read('۱٫۲ میلیون')).toBe(1_200_000)
  expect(read('1.200.000')).toBe(1_200_000)
  expect(read('12.500 تومان')).toBe(12_500)
  expect(read('12.5 million')).toBe(12_500_000)
  expect(read('بیست و پنج')).toBe(25)
  expect(read('سه میلیون و پانصد')).toBe(3_000_500)
  expect(read('20 and 50')).toBe(20)
  expect(read('کفش')).toBeUndefined()
})

test.each([
  ['مشحفخح', 'laptop'],
  ['\\dvhik', 'پیراهن'],
  ['lhkj,', 'مانتو'],
  ['سشئسعدل', 'samsung'],
  [';ta', 'کفش'],
])('%s with the other keyboard layout is %s', (typed, meant) => {
  expect(otherLayout(typed)).toBe(meant)
})

test('whatever is asked, understanding is quick, adds no words and reads a sensible range', () => {
  const pieces = fc.constantFrom(
    ...'زیر بین تا و از میلیون هزار تومان ۲ 1.5 ۱۲۳۴ صد نیم حدود کفش under between and to 50 $ million in stock دارید سلام -'.split(
      ' ',
    ),
  )
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 30 }).map((words) => words.join(' ')),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
  )
  fc.assert(
    fc.property(text, (query) => {
      const { text: rest, price } = understandQuery(query)
      expect(rest.length).toBeLessThanOrEqual(query.length + 400)
      if (!price) return
      expect(price.min ?? price.max).not.toBeNull()
      if (price.min !== null && price.max !== null) expect(price.min).toBeLessThanOrEqual(price.max)
      for (const bound of [price.min, price.max]) if (bound !== null) expect(bound).toBeGreaterThan(0)
    }),
    { numRuns: 1_000 },
  )
})

test('replaced parts leave the rest of the query as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (query) => {
      expect(replaceParts(query, [])).toBe(query.replace(/\s+/g, ' ').trim())
      for (const { start, end, text } of partsOf(query)) expect(query.slice(start, end)).toBe(text)
    }),
  )
})
