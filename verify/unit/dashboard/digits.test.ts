import { expect, test } from 'vitest'
import { inLatinDigits } from '../../../dashboard/src/digits.ts'

test('a number is read in each of the three kinds of digits, and other characters stay', () => {
  expect(['۱۲۳۴۵۶۷۸۹۰', '١٢٣٤٥٦٧٨٩٠', '1234567890'].map(inLatinDigits)).toEqual(Array(3).fill('1234567890'))
  expect(inLatinDigits('۱۲ هزار، 3')).toBe('12 هزار، 3')
})
