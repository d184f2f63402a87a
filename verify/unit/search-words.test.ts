import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  lexemesOf,
  readableTerms,
  readStamp,
  readTerms,
  type SearchedContent,
  searchTermsOf,
  stampOf,
  vocabularyOf,
  wantedWords,
  writeTerms,
} from '../../server/src/catalog/products/search-terms.ts'
import { readLetters, spellOut } from '../../server/src/platform/text/acronyms.ts'
import { codeKey, indexTokens } from '../../server/src/platform/text/index-tokens.ts'
import { skeletonsOf, soundLikeness, spokenForms } from '../../server/src/platform/text/phonetic.ts'
import { slipsBetween } from '../../server/src/search/words/edit-distance.ts'
import { Vocabulary } from '../../server/src/search/words/vocabulary.ts'
import { variantsOf } from '../../server/src/search/words/word-variants.ts'

const word = fc.stringMatching(/^[a-zا-ی]{1,12}$/)
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.array(word).map((words) => words.join(' ')),
)

test.each([
  ['letters and digits part', 'XM5', ['xm5', 'xm', '5']],
  ['Persian digits and letters part', 'چادر ۶نفره', ['چادر', '6نفره', '6', 'نفره']],
  ['a number and its unit become one word', '256 GB', ['256', '256gb', 'gb']],
  ['the same unit in Persian', '۲۵۶ گیگابایت', ['256', '256gb', 'گیگابایت']],
  ['the same unit written together', '256گیگ', ['256گیگ', '256', 'گیگ', '256gb']],
  ['a unit without a number stays', 'لیتر', ['لیتر']],
])('%s: %j', (_what, given, tokens) => {
  expect(indexTokens(given)).toEqual(tokens)
})

test('an SKU is the same in any case, with any dashes and digits', () => {
  expect(codeKey('WH-1000 XM5')).toBe(codeKey('wh1000xm۵'))
  expect(codeKey(' SHOE_77/b ')).toBe('shoe77b')
  expect(codeKey('؟!')).toBe('')
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 5 }), (parts) => {
      expect(codeKey(parts.join('-').toUpperCase())).toBe(codeKey(parts.join(' ')))
      expect(codeKey(parts.join('_'))).toBe(parts.join(''))
    }),
  )
})

test.each([
  ['nike', 'نایک'],
  ['samsung', 'سامسونگ'],
  ['adida', 'ادیداس'],
  ['philip', 'فیلیپس'],
  ['canon', 'کانن'],
  ['xiaomi', 'شیایومی'],
  ['charger', 'شارژر'],
  ['bluetooth', 'بلوتوث'],
  ['lego', 'لگو'],
  ['لباس', 'لباص'],
])('%s and %s sound alike', (one, other) => {
  const skeletons = (spelling: string) => new Set(spokenForms(spelling).flatMap(skeletonsOf))
  expect([...skeletons(one)].some((skeleton) => skeletons(other).has(skeleton))).toBe(true)
  const pairs = spokenForms(one).flatMap((a) => spokenForms(other).map((b) => soundLikeness(a, b)))
  expect(Math.max(...pairs)).toBeGreaterThanOrEqual(0.74)
})

test('likeness of sound is symmetric, between 0 and 1, and 1 for a word and itself', () => {
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(soundLikeness(one, other)).toBeCloseTo(soundLikeness(other, one))
      expect(soundLikeness(one, other)).toBeGreaterThanOrEqual(0)
      expect(soundLikeness(one, other)).toBeLessThanOrEqual(1)
    }),
  )
  for (const each of ['nike', 'سامسونگ', 'laptop']) expect(soundLikeness(each, each)).toBe(1)
})

test('letter names spell Latin abbreviations, both ways', () => {
  expect(readLetters(['ال', 'جی'])).toContain('lg')
  expect(readLetters(['جی', 'بی', 'ال'])).toContain('jbl')
  expect(spellOut('led')).toEqual(['ال', 'ای', 'دی'])
  expect(readLetters(['کفش', 'ال'])).toEqual([])
  expect(spellOut('laptop')).toEqual([])
})

/** The definition, without bounds. */
function slipsByDefinition(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, row) =>
    Array.from({ length: b.length + 1 }, (__, at) => row || at),
  )
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0
  for (let row = 0; row <= a.length; row += 1) {
    for (let column = 0; column <= b.length; column += 1) {
      const own = rows[row]
      if (!own) continue
      if (row === 0 || column === 0) {
        own[column] = row + column
        continue
      }
      own[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + Number(a[row - 1] !== b[column - 1]),
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? at(row - 2, column - 2) + 1
          : Number.POSITIVE_INFINITY,
      )
    }
  }
  return at(a.length, b.length)
}

test('the number of slips is exact up to the bound, and beyond it says only that there are more', () => {
  const short = fc.stringMatching(/^[ab]{0,7}$/)
  fc.assert(
    fc.property(short, short, fc.integer({ min: 0, max: 3 }), (one, other, max) => {
      expect(slipsBetween(one, other, max)).toBe(Math.min(slipsByDefinition(one, other), max + 1))
    }),
    { numRuns: 2_000 },
  )
})

test('the forms of a word never include the word itself, and «سیمان» is no form of «سیم»', () => {
  fc.assert(
    fc.property(word, (each) => {
      expect(variantsOf(each)).not.toContain(each)
    }),
  )
  expect(variantsOf('سیمان')).not.toContain('سیم')
  expect(variantsOf('running')).toContain('run')
  expect(variantsOf('چرمی')).toContain('چرم')
})

const content = fc.record<SearchedContent>({
  name: text,
  short_description: text,
  description: text,
  sku: text,
  categories: fc.array(text, { maxLength: 3 }),
  tags: fc.array(text, { maxLength: 3 }),
  attributes: fc.array(fc.record({ name: text, options: fc.array(text, { maxLength: 3 }) }), { maxLength: 3 }),
  brand: fc.option(text),
  category_paths: fc.option(fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 3 })),
  gtin: fc.option(text),
})

test('terms are read as they were written; those of earlier releases for the same state of the product only', () => {
  const [state, otherState] = ['a'.repeat(64), 'b'.repeat(64)]
  fc.assert(
    fc.property(content, (product) => {
      const terms = searchTermsOf(product, [])
      const stamp = stampOf(product, [])
      const column = writeTerms(terms, stamp)
      expect(readStamp(column)).toBe(stamp)
      expect(readTerms(column, state)).toEqual(readableTerms(terms))
      const earlier = writeTerms(terms, `1 ${state.slice(0, 12)}`)
      expect(readTerms(earlier, state)).toEqual(readableTerms(terms))
      expect(readTerms(earlier, otherState)).toBeNull()
      expect(readTerms(writeTerms(terms, '0'), state)).toBeNull()
      const labels = [...terms.name, ...terms.categories, ...terms.tags, ...terms.attributes]
      expect(vocabularyOf(column)).toEqual(new Set(labels))
      for (const term of labels) expect(term).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
      expect(lexemesOf(product, [], terms)).not.toContain('\n')
    }),
  )
  expect(readTerms(null, state)).toBeNull()
  expect(readStamp(null)).toBeNull()
})

test('the wanted words of a line are those that splitting it finds', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'ک', 'ف', '1'), minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.array(word), fc.uniqueArray(word), (words, wanted) => {
      const found: string[] = []
      wantedWords(new Set(wanted))(words.join(' '), (each) => found.push(each))
      expect(found).toEqual(words.filter((each) => wanted.includes(each)))
    }),
  )
})

test('a vocabulary knows its words by count, sound, length and beginning, and forgets those with none left', () => {
  const vocabulary = new Vocabulary()
  vocabulary.set('', 9)
  for (const [each, count] of [
    ['nike', 3],
    ['nikon', 1],
    ['نایک', 2],
  ] as const)
    vocabulary.set(each, count)
  expect(vocabulary.products).toBe(9)
  expect(vocabulary.count('nike')).toBe(3)
  expect(vocabulary.startingWith('nik', 5)).toEqual(['nike', 'nikon'])
  expect(skeletonsOf('نایک').flatMap((skeleton) => vocabulary.soundingLike(skeleton))).toEqual(['nike', 'نایک'])
  vocabulary.set('nike', 0)
  expect(vocabulary.startingWith('nik', 5)).toEqual(['nikon'])
  expect([...vocabulary.ofLength(4)].filter((each) => vocabulary.count(each) > 0)).toEqual(['نایک'])
  vocabulary.set('nike', 1)
  expect([...vocabulary.ofLength(4)].sort()).toEqual(['nike', 'نایک'])
})
