import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDecimal } from '../../server/src/ingest/decimal.ts'

test.each([null, undefined, '', '  ', '\u200f'])('%j is no amount at all', (value) => {
  expect(readDecimal(value)).toBeNull()
})

test.each([
  ['850000', '850000'],
  ['0', '0'],
  [0, '0'],
  [-0, '0'],
  ['-0.00', '0.00'],
  ['007', '7'],
  [' 12 ', '12'],
  ['15.50', '15.50'],
  [15.5, '15.5'],
  [-5, '-5'],
  ['-5', '-5'],
  ['−5', '-5'],
  ['1,234,567.89', '1234567.89'],
  ['۱۲۳٬۰۰۰', '123000'],
  ['۱۲۳,۰۰۰٫۵', '123000.5'],
  ['١٢٣٬٤٥٦٫٧٨', '123456.78'],
  ['\u200f۱۲۳۰۰۰\u200e', '123000'],
  ['1000000000000000', '1000000000000000'],
  ['1000000000000000.000', '1000000000000000.000'],
  [1e15, '1000000000000000'],
  [1e-7, '0.0000001'],
  [1.5e-10, '0.00000000015'],
  [-2.25e-8, '-0.0000000225'],
  [0.1, '0.1'],
  [99999999999.99, '99999999999.99'],
])('%j is read as %j, to the digit', (value, decimal) => {
  expect(readDecimal(value)).toBe(decimal)
})

test.each([
  '1000000000000001',
  '1000000000000000.01',
  '-1000000000000001',
  '9'.repeat(31),
  `0.${'1'.repeat(31)}`,
  1e16,
  1e21,
  1e-40,
  1234567890123456,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  'NaN',
  'Infinity',
  '1e3',
  '0x10',
  '+5',
  '5.',
  '.5',
  '1,23',
  '12,34,567',
  '1.234,56',
  '1٬23',
  '12 000',
  '12 rials',
  '--5',
  '５',
  true,
  {},
  [],
  [5],
])('%j is refused, never capped or guessed', (value) => {
  expect(readDecimal(value)).toBeUndefined()
})

test('every amount up to 10^15 stays exact, in any digits', () => {
  const digits = ['0123456789', '۰۱۲۳۴۵۶۷۸۹', '٠١٢٣٤٥٦٧٨٩']
  const amount = fc.tuple(fc.bigInt(0n, 10n ** 15n - 1n), fc.stringMatching(/^\d{0,10}$/), fc.nat(2), fc.boolean())
  fc.assert(
    fc.property(amount, ([whole, fraction, script, grouped]) => {
      const integer = grouped
        ? whole.toString().replace(/\B(?=(\d{3})+$)/g, script === 0 ? ',' : '٬')
        : whole.toString()
      const point = script === 0 ? '.' : '٫'
      const written = `${integer}${fraction && point + fraction}`.replace(
        /\d/g,
        (d) => digits[script]?.[Number(d)] ?? d,
      )
      expect(readDecimal(written)).toBe(`${whole}${fraction && `.${fraction}`}`)
    }),
  )
})

test('every number of up to 15 digits keeps its value', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(12), (mantissa, scale) => {
      const literal = `${mantissa}e-${scale}`
      const decimal = readDecimal(Number(literal))
      expect(decimal).not.toContain('e')
      const [whole = '', fraction = ''] = (decimal ?? '').replace('-', '').split('.')
      const digits = BigInt(whole + fraction.padEnd(30, '0'))
      expect(digits).toBe(BigInt(Math.abs(mantissa)) * 10n ** BigInt(30 - scale))
    }),
  )
})
