import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalContent } from '../../server/src/catalog/products/canonical-content.ts'
import { canonicalList, canonicalText, normaliseUnicode } from '../../server/src/platform/text/canonical-text.ts'

test('texts that look equal are equal, and ZWNJ and emoji stay unchanged', () => {
  expect(canonicalText('cafe\u0301\u200b\u00ad\ufeff\u200e')).toBe('café')
  for (const kept of ['می‌شود', '👩‍👧', '♥️']) expect(canonicalText(kept)).toBe(kept.normalize('NFC'))
})

test('lists are sorted the same way everywhere, without repeats', () => {
  expect(canonicalList(['b', 'ä', 'B', 'a', 'b', '', '\u200b'])).toEqual(['B', 'a', 'b', 'ä'])
})

test('marks in great number are cut at the 30th of a letter and take no time', () => {
  // Without the bound this takes longer than a test may.
  expect(normaliseUnicode(`a${'\u0301\u0316'.repeat(500_000)}b`, 'NFC')).toHaveLength(31)
  expect(normaliseUnicode(`😀${'\u{1d165}'.repeat(40)}`, 'NFC')).toHaveLength(62)
  const letter = `e${'\u0323'.repeat(30)}`
  expect(normaliseUnicode(letter, 'NFC')).toBe(letter.normalize('NFC'))
})

test('the canonical form of a content is the same in every order, and its own', () => {
  const labels = fc.array(fc.string({ unit: 'grapheme', maxLength: 4 }), { maxLength: 5 })
  const content = fc.record({
    name: fc.string(),
    shortDescription: fc.string(),
    description: fc.string({ unit: 'grapheme' }),
    categories: labels,
    tags: labels,
    attributes: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), options: labels }), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(content, (given) => {
      const canonical = canonicalContent(given)
      const turned = {
        ...given,
        categories: given.categories.toReversed(),
        tags: given.tags.toReversed(),
        attributes: given.attributes.map((each) => ({ ...each, options: each.options.toReversed() })).toReversed(),
      }
      expect(canonicalContent(turned)).toEqual(canonical)
      expect(canonicalContent(canonical)).toEqual(canonical)
    }),
  )
})
