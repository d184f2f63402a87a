import { expect, test } from 'vitest'
import {
  decodePercent,
  decodeSlug,
  northernSlug,
  wordpressSlug,
} from '../../server/src/platform/text/wordpress-slug.ts'

test.each([
  ['Dark  Blue', 'dark-blue'],
  ['white/(black)', 'white-black'],
  ['1.5', '1-5'],
  ['1,5', '15'],
  ['C++', 'c'],
  ['50% off', '50-off'],
  ['Café ÅØß', 'cafe-aos'],
  ['cafe\u0301', 'cafe'],
  ['Rock’n’Roll', 'rocknroll'],
  ['10 × 20', '10-x-20'],
  ['a – b', 'a-b'],
  ['snake_case', 'snake_case'],
  ['سرمه‌ای', 'سرمهای'],
  ['آبی تیره', 'آبی-تیره'],
  ['m²', 'm²'],
  ['« A »', 'a'],
  ['Tea &amp; Coffee', 'tea-coffee'],
  ['-x-', 'x'],
  ['+', ''],
])('WordPress makes of %j the slug %j', (title, slug) => {
  expect(wordpressSlug(title)).toBe(slug)
})

test('a slug is cut at 200 bytes of its percent-encoding, between two letters', () => {
  expect(wordpressSlug('a'.repeat(300))).toBe('a'.repeat(200))
  // Six bytes each.
  expect(wordpressSlug('ق'.repeat(50))).toBe('ق'.repeat(33))
})

test('German and Danish shops write umlauts as two letters', () => {
  expect(northernSlug('Größe Öl Ångström')).toBe('groesse-oel-aangstroem')
})

test('percent-encoding is decoded where it is readable text outside ASCII', () => {
  expect(decodeSlug('%D9%82')).toBe('ق')
  expect(decodePercent('%d9%82%20x')).toBe('ق x')
  for (const other of ['%41', '50%25', '%d9', '%c2%85', 'plain', '%']) expect(decodePercent(other)).toBe(null)
})
