import { expect, test } from 'vitest'
import { nameVariation } from '../../src/catalog/variation-names.ts'

const attributes = [
  { name: 'Color', options: ['Red', 'Dark Blue', 'Café au lait'] },
  { name: 'رنگ', options: ['قرمز', 'آبی تیره'] },
  { name: 'Logo', options: ['Yes', 'No'] },
]
const red = encodeURIComponent('قرمز').toLowerCase()
const color = encodeURIComponent('رنگ').toLowerCase()

test.each([
  ['a name as it is', { Color: 'Red' }, { Color: 'Red' }],
  ['a slug', { Color: 'red' }, { Color: 'Red' }],
  ['a slug of several words', { Color: 'dark-blue' }, { Color: 'Dark Blue' }],
  ['the slug of the attribute', { pa_color: 'red' }, { Color: 'Red' }],
  ['the name of the form field', { attribute_pa_color: 'red' }, { Color: 'Red' }],
  ['a custom attribute by its slug', { logo: 'yes' }, { Logo: 'Yes' }],
  ['a Persian slug in percent escapes', { رنگ: red }, { رنگ: 'قرمز' }],
  ['a Persian attribute in percent escapes', { [`pa_${color}`]: red }, { رنگ: 'قرمز' }],
  ['a Persian slug of several words', { رنگ: 'آبی-تیره' }, { رنگ: 'آبی تیره' }],
  ['any value', { Color: '' }, { Color: '' }],
  ['null for any value', { Color: null }, { Color: '' }],
  ['a value that is no option', { Color: 'mauve' }, { Color: 'mauve' }],
  ['an attribute that the product does not have', { Size: 'xl' }, { Size: 'xl' }],
  ['a broken escape', { Color: '%d9%8' }, { Color: '%d9%8' }],
] as const)('%s is shown as the customer sees it', (_what, given, named) => {
  expect(nameVariation(given, attributes)).toEqual(named)
})

test('attributes named by their own taxonomy are found, too', () => {
  expect(nameVariation({ pa_color: 'red' }, [{ name: 'pa_color', options: ['Red'] }])).toEqual({ pa_color: 'Red' })
})

test('no attributes are none, also as the empty list that PHP makes of them', () => {
  for (const none of [null, undefined, [], {}]) expect(nameVariation(none, attributes)).toEqual({})
})
