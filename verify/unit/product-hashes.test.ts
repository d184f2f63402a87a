import { expect, test } from 'vitest'
import { isGtin, readGtin } from '../../server/src/catalog/products/gtin.ts'
import { readProduct } from '../../server/src/catalog/products/product-state.ts'

const PRODUCT = {
  id: 414,
  name: 'کفش',
  price: '850000',
  categories: ['کفش'],
  tags: ['a'],
  attributes: [{ name: 'رنگ', options: ['قرمز'], variation: true }],
  variations: [{ id: 415, price: '5', attributes: { رنگ: 'قرمز' } }],
}

test('a product without details has the hashes of release 0.1, so that an upgrade embeds and rewrites nothing', () => {
  const { content_hash, state_hash } = readProduct(PRODUCT)
  expect(content_hash).toBe('fe40dde881d6bb8cb9df96c770fe46f464e358564c9c1e4aa7e23696d6f06f00')
  expect(state_hash).toBe('582f39143272d8697ce406ee3f392ad2bfbdaaff91341e40c3b66aba2a0be490')
})

test('paths of one name say no more than the categories: the content stays', () => {
  const hash = (fields: object) => readProduct({ ...PRODUCT, ...fields }).content_hash
  expect(hash({ category_paths: [['کفش']] })).toBe(hash({}))
  expect(
    hash({
      category_paths: [
        ['پوشاک', 'کفش'],
        ['ا', 'ب'],
      ],
    }),
  ).toBe(hash({ category_paths: [['ا', 'ب'], ['پوشاک', 'کفش'], ['کفش']] }))
  expect(hash({ category_paths: [['پوشاک', 'کفش']] })).not.toBe(hash({}))
  expect(hash({ brand: 'A' })).not.toBe(hash({ category_paths: [['A', 'B']] }))
})

test.each([
  ['4006381333931', '4006381333931', true],
  ['4006381333932', '4006381333932', false],
  ['0-306-40615-2', '9780306406157', true],
  ['۹۶۳۸۵۰۷۴', '96385074', true],
  ['036000291452', '036000291452', true],
  ['  1234 5678 ', '12345678', false],
])('the GTIN %s is read as %s', (given, code, isValid) => {
  expect([readGtin(given), isGtin(code)]).toEqual([code, isValid])
})

test.each([
  '',
  'PROD-001',
  '1234567',
  '00000000',
  '4006381333931x',
  '9'.repeat(15),
  null,
  [],
  {},
  true,
  Number.NaN,
  1e300,
])('%j is no GTIN', (given) => {
  expect(readGtin(given)).toBeNull()
})
