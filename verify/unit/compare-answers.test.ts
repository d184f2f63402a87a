import { expect, test } from 'vitest'
import {
  compareAnswers,
  fromMinorUnits,
  type OurAnswer,
  readShopAnswers,
  type ShopAnswer,
} from '../../server/src/freshness/compare-answers.ts'

const ours = (more: Partial<OurAnswer> = {}): OurAnswer => ({
  id: 1,
  type: 'simple',
  isShown: true,
  price: '19.95',
  currency: 'EUR',
  inStock: true,
  quantity: null,
  isKeptBack: false,
  ...more,
})
const theirs = (more: Partial<ShopAnswer> = {}): ShopAnswer => ({
  id: 1,
  type: 'simple',
  price: '1995',
  currency: 'EUR',
  minorUnit: 2,
  inStock: true,
  lowStock: null,
  isHidden: false,
  ...more,
})

test.each<[string, Partial<OurAnswer>, Partial<ShopAnswer>]>([
  ['the same price in minor units', {}, {}],
  ['trailing zeros', { price: '19.950' }, {}],
  ['no decimals', { price: '850000', currency: 'IRT' }, { price: '850000', currency: 'IRT', minorUnit: 0 }],
  ['toman and rial', { price: '85000', currency: 'IRT' }, { price: '850000', currency: 'IRR', minorUnit: 0 }],
  ['rial and toman', { price: '850000', currency: 'IRR' }, { price: '85000', currency: 'IRT', minorUnit: 0 }],
  ['thousands of toman', { price: '85', currency: 'IRHT' }, { price: '850000', currency: 'IRR', minorUnit: 0 }],
  ['a price that the shop rounds', { price: '19.945' }, {}],
  ['a price that the shop rounds down', { price: '19.9549' }, {}],
  ['a very large price', { price: '999999999999999.99' }, { price: '99999999999999999' }],
  ['no price here, and 0 there', { price: null }, { price: '0' }],
  ['a currency in other letters', { currency: 'eur' }, {}],
  ['an unknown currency', { currency: '' }, {}],
  ['a price that cannot be read', {}, { price: null }],
  ['a group', { type: 'grouped', price: null }, { type: 'grouped', price: '500' }],
  ['a quantity that the shop does not tell', { quantity: 50 }, {}],
  ['less than nothing', { quantity: -3 }, { lowStock: 0 }],
])('no difference: %s', (_what, our, their) => {
  expect(compareAnswers(ours(our), theirs(their))).toEqual([])
})

test.each<[string, Partial<OurAnswer>, Partial<ShopAnswer>, string, string | null, string | null]>([
  ['price', { price: '19.96' }, {}, 'price', '19.96 EUR', '19.95 EUR'],
  ['a price that only rounds to another', { price: '19.944' }, {}, 'price', '19.944 EUR', '19.95 EUR'],
  ['no price here', { price: null }, {}, 'price', null, '19.95 EUR'],
  [
    'toman for rial',
    { price: '850000', currency: 'IRT' },
    { price: '850000', currency: 'IRR', minorUnit: 0 },
    'price',
    '850000 IRT',
    '850000 IRR',
  ],
  ['currency', {}, { currency: 'USD' }, 'currency', 'EUR', 'USD'],
  ['stock', { inStock: false }, {}, 'stock', 'out_of_stock', 'in_stock'],
  ['quantity', { quantity: 7 }, { lowStock: 2 }, 'quantity', '7', '2'],
])('a difference of %s', (_what, our, their, field, mine, shops) => {
  expect(compareAnswers(ours(our), theirs(their))).toEqual([{ field, ours: mine, theirs: shops }])
})

test('visibility: absent or hidden there, held back here; the other fields do not matter then', () => {
  const gone = [{ field: 'visibility', ours: 'shown', theirs: 'not_shown' }]
  expect(compareAnswers(ours(), null)).toEqual(gone)
  expect(compareAnswers(ours({ price: '1' }), theirs({ isHidden: true }))).toEqual(gone)
  const there = [{ field: 'visibility', ours: 'not_shown', theirs: 'shown' }]
  expect(compareAnswers(ours({ isShown: false, price: '1' }), theirs())).toEqual(there)
  expect(compareAnswers(ours({ isShown: false, isKeptBack: true }), theirs())).toEqual([])
  expect(compareAnswers(ours({ isShown: false }), null)).toEqual([])
  expect(compareAnswers(ours({ isShown: false }), theirs({ isHidden: true }))).toEqual([])
})

test('minor units become decimals without a number that rounds', () => {
  expect(fromMinorUnits('1995', 2)).toBe('19.95')
  expect(fromMinorUnits('5', 2)).toBe('0.05')
  expect(fromMinorUnits('1900', 2)).toBe('19')
  expect(fromMinorUnits('123456789012345678', 3)).toBe('123456789012345.678')
  expect(fromMinorUnits('850000', 0)).toBe('850000')
})

test('an answer is read as far as it is a list of products, whatever else is in it', () => {
  const prices = { price: '0500', currency_code: 'EUR', currency_minor_unit: 2, price_range: null }
  const list = [
    null,
    'x',
    { id: '7' },
    { id: 1, is_in_stock: true, prices, low_stock_remaining: 2 },
    { id: 2, is_in_stock: false, prices: { ...prices, price_range: { min_amount: '300', max_amount: '900' } } },
    { id: 3, is_in_stock: true, prices: { ...prices, price: '-5' }, low_stock_remaining: 'many' },
    { id: 4, is_in_stock: true, prices: { ...prices, currency_minor_unit: 99 } },
    { id: 5, is_in_stock: true },
  ]
  const found = readShopAnswers(list, [{ id: 2 }, null, { id: 9 }])
  expect(found.map(({ id, price, lowStock, isHidden }) => [id, price, lowStock, isHidden])).toEqual([
    [1, '500', 2, false],
    [2, '300', null, true],
    [3, null, null, false],
    [4, null, null, false],
    [5, null, null, false],
  ])
})
