import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type NamedAttribute, variationNamer } from '../../server/src/catalog/products/variation-names.ts'
import { cleanName } from '../../server/src/platform/text/clean-html.ts'

const attributes = [
  { name: 'Color', options: ['Red', 'Dark Blue', 'Café au lait'] },
  { name: 'رنگ', options: ['قرمز', 'آبی تیره', 'سرمه‌ای'] },
  { name: 'Logo', options: ['Yes', 'No'] },
  { name: 'Größe', options: ['Groß', 'm²', '1/2', 'Men’s'] },
]
const encoded = (text: string) => encodeURIComponent(text).toLowerCase()
const color = encoded('رنگ')

const nameIn = (given: NamedAttribute[], values: Record<string, string | null>) => variationNamer(given)(values)
/** The option that a value gets, of an attribute that has these. */
const optionOf = (options: string[], value: string, slugs?: string[]) =>
  nameIn([{ name: 'Kind', options, ...(slugs && { slugs }) }], { Kind: value }).Kind

test.each([
  ['a name as it is', { Color: 'Red' }, { Color: 'Red' }],
  ['a name in other case', { color: 'RED' }, { Color: 'Red' }],
  ['a slug', { Color: 'red' }, { Color: 'Red' }],
  ['a slug of several words', { Color: 'dark-blue' }, { Color: 'Dark Blue' }],
  ['a slug without accents', { Color: 'cafe-au-lait' }, { Color: 'Café au lait' }],
  ['a slug of a German shop', { attribute_groesse: 'gross' }, { Größe: 'Groß' }],
  ['a slug with a sign that WordPress keeps', { attribute_grose: 'm%c2%b2' }, { Größe: 'm²' }],
  ['a slug of a fraction', { attribute_grose: '1-2' }, { Größe: '1/2' }],
  ['a slug without an apostrophe', { attribute_grose: 'mens' }, { Größe: 'Men’s' }],
  ['the slug of the attribute', { pa_color: 'red' }, { Color: 'Red' }],
  ['the name of the form field', { attribute_pa_color: 'red' }, { Color: 'Red' }],
  ['a custom attribute by its slug', { logo: 'yes' }, { Logo: 'Yes' }],
  ['a Persian slug in percent escapes', { رنگ: encoded('قرمز') }, { رنگ: 'قرمز' }],
  ['a Persian name in percent escapes', { رنگ: encoded('آبی تیره') }, { رنگ: 'آبی تیره' }],
  ['a Persian attribute in percent escapes', { [`pa_${color}`]: encoded('قرمز') }, { رنگ: 'قرمز' }],
  ['a slug that lost its ZWNJ', { [`attribute_pa_${color}`]: encoded('سرمهای') }, { رنگ: 'سرمه‌ای' }],
  ['a Persian slug of several words', { رنگ: 'آبی-تیره' }, { رنگ: 'آبی تیره' }],
  ['a slug with Arabic letters', { رنگ: 'قرمز'.replace('ی', 'ي') }, { رنگ: 'قرمز' }],
  ['a name with entities and tags', { Color: '<b>Caf&eacute;</b> au&nbsp;lait' }, { Color: 'Café au lait' }],
  ['any value', { Color: '' }, { Color: '' }],
  ['null for any value', { Color: null }, { Color: '' }],
  ['spaces for any value', { Color: ' &nbsp; ' }, { Color: '' }],
  ['a value that is no option', { Color: 'mauve' }, { Color: 'mauve' }],
  ['a Persian value that is no option', { رنگ: encoded('بنفش') }, { رنگ: 'بنفش' }],
  ['an attribute that the product does not have', { Size: 'xl' }, { Size: 'xl' }],
  ['a Persian one that it does not have', { [`pa_${encoded('جنس')}`]: 'x' }, { pa_جنس: 'x' }],
  ['a broken escape', { Color: '%d9%8' }, { Color: '%d9%8' }],
] as const)('%s is shown as the customer sees it', (_what, given, named) => {
  expect(variationNamer(attributes)(given)).toEqual(named)
})

test.each([
  [['white/black', 'white/(black)']],
  [['+1.00', '-1.00', '1.00']],
  [['C++', 'C#', 'C']],
  [['A+', 'A', 'A-']],
  [['1.5', '1,5', '15', '1-5']],
  [['s', 'S']],
  [['m²', 'm2', 'm3', 'm³']],
  [['♥', '★', '+', '?']],
  [['سرمه‌ای', 'سرمهای', 'سرمه ای']],
  [['any', 'Any', 'ANY']],
  [['é', 'e', 'É', 'E']],
  [['50%', '50', '50%25', '%35%30']],
  [['%d9%82', 'ق']],
  [['½', '1/2']],
  [['10 mm', '10mm', '10-mm', '10″', '10 ㎜']],
  [['👍', '👍🏽', '👍🏿']],
  [['کتاب', 'كتاب']],
  [['۱۲', '12', '١٢']],
])('the options %j are told apart by their names', (options) => {
  for (const option of options) expect(optionOf(options, option)).toBe(option)
})

test('a slug that several options have stays as it was sent, and no looser comparison chooses one', () => {
  expect(optionOf(['white/black', 'white/(black)'], 'white-black')).toBe('white-black')
  expect(optionOf(['C++', 'C#'], 'c')).toBe('c')
  expect(optionOf(['S', 's '], 'S')).toBe('S')
  expect(optionOf(['1.5', '1,5'], '1-5')).toBe('1.5')
  expect(optionOf(['1.5', '1,5'], '15')).toBe('1,5')
})

test('a name that is no option is not taken for one that looks like it', () => {
  expect(optionOf(['-1.00'], '+1.00')).toBe('+1.00')
  expect(optionOf(['C#'], 'C')).toBe('C')
  expect(optionOf(['-1'], '+1')).toBe('+1')
  expect(optionOf(['♥', ''], '★')).toBe('★')
})

test('the slugs that the shop sends tell options apart that have one slug in WordPress', () => {
  const slugs = ['c', 'c-2', '', 'قرمز-2']
  const options = ['C++', 'C#', 'Perl', 'قرمز']
  expect(optionOf(options, 'c', slugs)).toBe('C++')
  expect(optionOf(options, 'c-2', slugs)).toBe('C#')
  expect(optionOf(options, 'perl', slugs)).toBe('Perl')
  expect(optionOf(options, `${encoded('قرمز')}-2`, slugs)).toBe('قرمز')
  expect(nameIn([{ name: 'رنگ', slug: 'pa_color', options }], { attribute_pa_color: 'Perl' })).toEqual({ رنگ: 'Perl' })
})

test("an exact name goes before another option's slug", () => {
  expect(optionOf(['S', 's'], 's', ['s', 's-2'])).toBe('s')
  expect(
    nameIn(
      [
        { name: 'Size', slug: 'fit', options: [] },
        { name: 'fit', options: [] },
      ],
      { fit: 'x' },
    ),
  ).toEqual({ fit: 'x' })
})

test('two attributes that look alike keep their own values', () => {
  const lenses = ['Lens (+)', 'Lens (-)'].map((name) => ({ name, options: ['+1.00', '-1.00'] }))
  expect(nameIn(lenses, { 'Lens (+)': '+1.00', 'Lens (-)': '-1.00' })).toEqual({
    'Lens (+)': '+1.00',
    'Lens (-)': '-1.00',
  })
  expect(nameIn(lenses, { lens: '+1.00' })).toEqual({ lens: '+1.00' })
  expect(nameIn([{ name: 'Size', options: [] }], { size: 's', Size: 'S' })).toEqual({ size: 's', Size: 'S' })
  expect(nameIn([{ name: 'Size', options: [] }], { size: 's', pa_size: 'm' })).toEqual({ Size: 's', pa_size: 'm' })
})

test('attributes named by their own taxonomy are found, too', () => {
  expect(nameIn([{ name: 'pa_color', options: ['Red'] }], { pa_color: 'red' })).toEqual({ pa_color: 'Red' })
})

test('no attributes are none, also as the empty list that PHP makes of them', () => {
  for (const none of [null, undefined, [], {}]) expect(variationNamer(attributes)(none)).toEqual({})
})

test('names that JavaScript knows as something else are names like others', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    const named = nameIn([{ name, options: [name] }], Object.fromEntries([[name, name]]))
    expect(Object.entries(named)).toEqual([[name, name]])
  }
})

test('each value that is one of an attribute’s distinct options gets that option’s name', () => {
  const options = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(options, (given) => {
      // An option without a visible character, such as U+2800, is an empty value and means "any".
      const shown = given.filter(
        (option) => option.trim() === option && cleanName(option) !== '' && !/[<&[]/.test(option),
      )
      for (const option of shown) expect(optionOf(given, option)).toBe(option)
    }),
    { numRuns: 200 },
  )
})
