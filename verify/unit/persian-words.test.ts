import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'

/** A row of docs/glossary.md: an English term, its Persian word and the Persian words that are not used for it. */
interface Term {
  english: string
  persian: string
  refused: string[]
}

const GLOSSARY = readFileSync('docs/glossary.md', 'utf8')
const TRANSLATION = 'plugin/fiko-woocommerce-sync/languages/fiko-woocommerce-sync-fa_IR.po'
const PERSIAN_FILES = [
  'README.fa.md',
  TRANSLATION,
  ...globSync(['docs/fa/*.md', 'dashboard/src/languages/fa/*.ts', 'server/src/**/*.ts'])
    // Words that shoppers type, not words that the product says.
    .filter((file) => !file.startsWith('server/src/search/understand/')),
]

/** "product, variant | محصول، متغیر" is two terms; a remark in brackets belongs to no term. */
function termsOf(line: string): Term[] {
  const [, english = '', , persian = '', refused = ''] = line.split('|').map((cell) => cell.trim())
  const words = persian.split('، ')
  return english
    .replace(/ \(.*\)/, '')
    .split(', ')
    .map((term, place) => ({
      english: term,
      persian: words[place] ?? '',
      refused: place === 0 && refused !== '' ? refused.split('، ') : [],
    }))
}

const terms = GLOSSARY.split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .flatMap(termsOf)

/** Suffixes follow a half-space ("صافی‌ها" holds "صافی"); a half-space before a word makes it a part ("این‌گونه" is no "گونه"). */
const holds = (text: string, word: string) => new RegExp(`(?<![\\p{L}\\u200c])${word}(?!\\p{L})`, 'u').test(text)
const names = (text: string, term: string) => new RegExp(`(?<![\\w-])${term}(?:s|es)?(?![\\w-])`, 'i').test(text)

function sentences(words: object, above = ''): [key: string, sentence: string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] =>
    typeof value === 'object' ? sentences(value, `${above}${key}.`) : [[above + key, value]],
  )
}

function translated(): [english: string, persian: string][] {
  const entries = [
    ...readFileSync(TRANSLATION, 'utf8').matchAll(/^msgid "(.+)"\n(?:msgid_plural.*\n)?msgstr(?:\[0\])? "(.+)"$/gm),
  ]
  return entries.map(([, english = '', persian = '']) => [english, persian])
}

test('the glossary has a Persian word for each term', () => {
  expect(terms.length).toBeGreaterThan(40)
  for (const { english, persian } of terms) expect(persian, english).toMatch(/^[\u0600-\u06ff]/)
})

test.each(PERSIAN_FILES)('%s has no Persian word that the glossary refuses', (file) => {
  const text = readFileSync(file, 'utf8')
  const refused = terms.flatMap((term) => term.refused)
  expect(refused.length).toBeGreaterThan(20)
  expect(refused.filter((word) => holds(text, word))).toEqual([])
})

test('a sentence with a term of the glossary has its word in Persian: dashboard and plugin', () => {
  const persian = new Map(sentences(fa))
  const pairs = sentences(en)
    .map(([key, english]): [string, string] => [english, persian.get(key) ?? ''])
    .concat(translated())
  expect(pairs.length).toBeGreaterThan(500)
  const others = terms.flatMap((term) =>
    pairs
      .filter(([english]) => names(english, term.english))
      .filter(([, sentence]) => !term.persian.split(' ').every((part) => sentence.includes(part)))
      .map((pair) => [term.english, ...pair]),
  )
  expect(others).toEqual([])
})
