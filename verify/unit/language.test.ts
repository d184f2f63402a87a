import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  detectLanguage,
  normaliseText,
  queryTokens,
  searchTokens,
  tsvectorLiteral,
} from '../../server/src/platform/text/language.ts'

test.each([
  ['كتاب عربي', 'کتاب عربی', 'Arabic kaf and yeh'],
  ['قهوۀ مؤثر آئینه', 'قهوه موثر ایینه', 'hamza forms'],
  ['مدرسة', 'مدرسه', 'teh marbuta'],
  ['مـــحصول', 'محصول', 'tatweel'],
  ['مُحَمَّد', 'محمد', 'harakat'],
  ['\u200fکفش\u200e\u2066', 'کفش', 'direction marks'],
  ['۱۲۳ ٤٥٦', '123 456', 'Persian and Arabic digits'],
  ['Café ÉCOLE', 'cafe ecole', 'accents and case'],
  ['ﻛﺘﺎﺏ', 'کتاب', 'presentation forms'],
  ['می شود', 'میشود', 'a prefix written apart'],
  ['کفش های', 'کفش‌های', 'a suffix written apart'],
])('%s and %s are one spelling (%s)', (one, other) => {
  expect(normaliseText(one)).toBe(normaliseText(other))
})

test('normalising twice changes nothing more', () => {
  const text = 'كفش‌های ورزشیِ ۴۲ Café V-Neck می شود'
  expect(normaliseText(normaliseText(text))).toBe(normaliseText(text))
})

test.each([
  ['کفش‌ها', 'کفش'],
  ['کفش ها', 'کفش'],
  ['کفشها', 'کفش'],
  ['کفش‌های', 'کفش'],
  ['كفش‌هایی', 'کفش'],
  ['می‌شود', 'میشود'],
  ['می شود', 'میشود'],
  ['نرم افزار', 'نرم‌افزار'],
  ['نرمافزار', 'نرم‌افزار'],
  ['vneck', 'V-Neck'],
  ['prod001', 'PROD-001'],
  ['boxes', 'box'],
  ['hoodies', 'hoodie'],
  ['batteries', 'battery'],
  ['lenses', 'lens'],
  ["women's", 'women'],
  ['Nike™', 'nike'],
])('%s finds %s', (query, text) => {
  const indexed = new Set(searchTokens(text))
  expect(searchTokens(query).some((token) => indexed.has(token))).toBe(true)
})

test.each([
  ['تنها', 'تن'],
  ['کفش', 'کیف'],
])('%s does not find %s', (query, text) => {
  const indexed = new Set(searchTokens(text))
  expect(searchTokens(query).some((token) => indexed.has(token))).toBe(false)
})

test('a word that only looks like a plural stays', () => {
  expect(searchTokens('dress glass status bus تنها بها')).toEqual(['dress', 'glass', 'status', 'bus', 'تنها', 'بها'])
})

test('tokens keep their order and repeat', () => {
  expect(searchTokens('Red shoe, red hat')).toEqual(['red', 'shoe', 'red', 'hat'])
})

test('a compound gives its parts and its joined form', () => {
  expect(searchTokens('woo-vneck-tee')).toEqual(['woo', 'vneck', 'tee', 'woovnecktee'])
  expect(searchTokens('end. -start a--b')).toEqual(['end', 'start', 'a', 'b'])
})

test('any string gives letters and digits only, within the bounds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      return searchTokens(text).every((token) => /^[\p{L}\p{N}]{1,64}$/u.test(token))
    }),
    { numRuns: 200 },
  )
  expect(searchTokens('a '.repeat(20_000))).toHaveLength(5_000)
  expect(searchTokens('a-'.repeat(50_000)).length).toBe(5_000)
  expect(searchTokens(`${'!'.repeat(100_000)}late`)).toEqual([])
  expect(searchTokens(`${'x'.repeat(40)}-${'y'.repeat(40)}`).at(-1)).toHaveLength(64)
  expect(searchTokens('x'.repeat(90_000))).toEqual(['x'.repeat(64)])
})

test('a query is its distinct telling words', () => {
  expect(queryTokens('the shoes and the shoe for running')).toEqual(['shoe', 'running'])
  expect(queryTokens('کفش برای دویدن و کفش‌ها')).toEqual(['کفش', 'دویدن'])
})

test('a query of stop words alone still asks for something', () => {
  expect(queryTokens('the who')).toEqual(['who'])
  expect(queryTokens('this and that')).toEqual(searchTokens('this and that'))
  expect(queryTokens('؟ !')).toEqual([])
})

test('a query asks for at most 32 words', () => {
  expect(queryTokens(Array.from({ length: 100 }, (_, n) => `word${n}`).join(' '))).toHaveLength(32)
})

test('a tsvector literal counts positions on through its weighted fields', () => {
  expect(
    tsvectorLiteral([
      { text: 'Red shoe', weight: 'A' },
      { text: 'red', weight: 'D' },
    ]),
  ).toBe("'red':1A,3D 'shoe':2A")
  expect(tsvectorLiteral([{ text: "o'neill \\", weight: 'B' }])).toBe("'o':1B 'neill':2B")
  expect(tsvectorLiteral([])).toBe('')
})

test('a tsvector literal stays within what PostgreSQL takes', () => {
  const repeated = tsvectorLiteral([{ text: 'a '.repeat(3_000), weight: 'A' }])
  expect(repeated.split(',')).toHaveLength(255)

  const words = (from: number) => Array.from({ length: 1_500 }, (_, n) => `${from + n}`.padStart(63, 'کابی')).join(' ')
  const fields = Array.from({ length: 10 }, (_, n) => ({ text: words(n * 1_500), weight: 'B' as const }))
  const many = Buffer.byteLength(tsvectorLiteral(fields))
  expect(many).toBeGreaterThan(900_000)
  expect(many).toBeLessThan(1_048_576)

  const long = tsvectorLiteral(
    [0, 1, 2, 3].map((n) => ({
      text: Array.from({ length: 5_000 }, (_, at) => `w${n * 5_000 + at}`).join(' '),
      weight: 'C' as const,
    })),
  )
  expect(long).toContain("'w19999':16383C")
  expect(long).not.toContain(':16384')
})

test.each([
  ['گوشی Samsung Galaxy S24 با گارانتی', 'fa'],
  ['A red dress', 'en'],
  ['Élégant', 'en'],
  ['赤いドレス', 'other'],
  ['Платье', 'other'],
  ['Nike: красное платье', 'other'],
  ['123 !', 'other'],
  ['', 'other'],
])('%s is %s', (text, language) => {
  expect(detectLanguage(text)).toBe(language)
})
