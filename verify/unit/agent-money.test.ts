import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  fromMinorUnits,
  isoCurrency,
  minorUnits,
  priceWords,
  rangeWords,
} from '../../server/src/agents/catalog/money.ts'

test.each([
  ['850000', 'IRT', 850_000_000, 'IRR'],
  ['850000', 'IRR', 85_000_000, 'IRR'],
  ['850', 'IRHR', 85_000_000, 'IRR'],
  ['850', 'IRHT', 850_000_000, 'IRR'],
  ['49.9', 'EUR', 4_990, 'EUR'],
  ['49.905', 'EUR', 4_991, 'EUR'],
  ['1500', 'JPY', 1_500, 'JPY'],
  ['1.2345', 'KWD', 1_235, 'KWD'],
  ['1500', 'IQD', 1_500_000, 'IQD'],
  ['0', 'EUR', 0, 'EUR'],
  ['0.00', 'IRT', 0, 'IRR'],
  ['9007199254740.991', 'IRT', 9_007_199_254_740_991, 'IRR'],
  ['12', 'bitcoin', 1_200, 'XXX'],
])('%s %s are %i minor units of %s', (amount, currency, expected, code) => {
  expect(minorUnits(amount, currency)).toEqual({ amount: expected, currency: code })
})

test('an amount above 2^53-1 minor units has no form', () => {
  expect(minorUnits('9007199254740.992', 'IRT')).toBeNull()
  expect(minorUnits('1000000000000000', 'IRT')).toBeNull()
})

test('an amount in minor units is the same amount again', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.constantFrom('EUR', 'JPY', 'KWD', 'IRR', 'CLF'), (amount, currency) => {
      expect(minorUnits(fromMinorUnits(amount, currency), currency)).toEqual({ amount, currency })
    }),
  )
})

test('a filter in toman is in whole toman', () => {
  expect(fromMinorUnits(2_000_000, 'IRT')).toBe('2000000')
  expect(fromMinorUnits(850_000_000, 'IRR')).toBe('8500000.00')
  expect(fromMinorUnits(5, 'EUR')).toBe('0.05')
})

test('every code is three capitals, as the schemas want it', () => {
  for (const currency of ['', 'IRT', 'eur', 'EUR', 'تومان', 'IRHT']) expect(isoCurrency(currency)).toMatch(/^[A-Z]{3}$/)
})

test.each([
  ['850000', 'IRT', '850,000 toman', '۸۵۰٬۰۰۰ تومان'],
  ['850000.00', 'IRR', '850,000 rials', '۸۵۰٬۰۰۰ ریال'],
  ['49.9', 'EUR', '49.90 EUR', '۴۹٫۹۰ EUR'],
  ['49.955', 'EUR', '49.955 EUR', '۴۹٫۹۵۵ EUR'],
  [
    '123456789012345678.5',
    'IRHT',
    '123,456,789,012,345,678.50 thousand toman',
    '۱۲۳٬۴۵۶٬۷۸۹٬۰۱۲٬۳۴۵٬۶۷۸٫۵۰ هزار تومان',
  ],
])('%s %s in words are exact', (amount, currency, en, fa) => {
  expect(priceWords(amount, currency, 'en')).toBe(en)
  expect(priceWords(amount, currency, 'fa')).toBe(fa)
})

test('a range of one price is one price', () => {
  expect(rangeWords('10', '10.00', 'IRT', 'en')).toBe('10 toman')
  expect(rangeWords('10', '20', 'IRT', 'en')).toBe('10 toman to 20 toman')
  expect(rangeWords(null, null, 'IRT', 'en')).toBe('no price in the shop: ask the shop')
})
