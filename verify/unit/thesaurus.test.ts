import { expect, test } from 'vitest'
import { loadThesaurus } from '../../server/src/search/thesaurus/load-thesaurus.ts'
import { findProblems, readConcepts } from '../../server/src/search/thesaurus/read-thesaurus.ts'

const LINES = `# things
phone | گوشی، موبایل، تلفن همراه | mobile, cell phone
smartphone | گوشی هوشمند | | < phone
apple:fruit | سیب
tent | چادر* | camping tent | < shelter ~ camping, travel
`

test('a line becomes a concept with its terms in both languages and its links', () => {
  const concepts = readConcepts('things', LINES)
  expect(concepts.map(({ id }) => id)).toEqual(['phone', 'smartphone', 'apple:fruit', 'tent'])
  expect(concepts[0]?.terms.map(({ text, language }) => `${language} ${text}`)).toEqual([
    'en phone',
    'fa گوشی',
    'fa موبایل',
    'fa تلفن همراه',
    'en mobile',
    'en cell phone',
  ])
  expect(concepts[1]?.parents).toEqual(['phone'])
  expect(concepts[3]).toMatchObject({ subject: 'things', parents: ['shelter'], related: ['camping', 'travel'] })
})

test('a sense after the id and the mark * make a term ambiguous, and are no part of it', () => {
  const concepts = readConcepts('things', LINES)
  const ambiguous = concepts.flatMap(({ terms }) => terms.filter((term) => term.isAmbiguous).map(({ text }) => text))
  expect(ambiguous).toEqual(['apple', 'چادر'])
})

test.each([
  ['phone', 'phone has one column'],
  ['phone | گوشی | mobile | < a | b', 'five columns'],
  ['Phone | گوشی', 'a capital letter in the id'],
  ['phone | گوشی، گوشی', 'a term twice'],
  ['phone | | Phone', 'the term of the id again'],
  ['phone | نیم‌بوت، نیم بوت', 'a spelling that differs by a half-space only'],
  ['phone | mobile', 'an English word among the Persian ones'],
  ['phone | | گوشی', 'a Persian word among the English ones'],
  ['phone | گوشي', 'an Arabic letter'],
  ['phone | گوشی، ، موبایل', 'an empty term'],
  ['phone | گوشی | mobile,, handset', 'an empty English term'],
  ['phone | گوشی | mobile; handset', 'another separator'],
  ['phone | گوشی | | electronics', 'a link without its sign'],
  ['phone | گوشی | | < Electronics', 'a link that is no id'],
])('%s is refused with file and line: %s', (line) => {
  expect(() => readConcepts('things', `# a comment\n${line}`)).toThrow(/^things\.txt, line 2: /)
})

test('problems between concepts are found: ids twice, links that lead nowhere, cycles, unmarked ambiguity', () => {
  const lines = [
    'a | الف | | < b',
    'b | ب | | < c ~ nowhere',
    'c | الف* | | < a',
    'a | ت',
    'd | ث | | < missing',
    'e | ج*',
    'f | ج*',
  ]
  expect(findProblems(readConcepts('x', lines.join('\n')))).toEqual([
    'a is in x.txt and in x.txt',
    'b (x.txt) leads to nowhere, which does not exist',
    'd (x.txt) leads to missing, which does not exist',
    '“a” of a (x.txt) names another concept, too: mark it *',
    '“a” of a (x.txt) names another concept, too: mark it *',
    '“الف” of a (x.txt) names another concept, too: mark it *',
  ])
  const circle = readConcepts('x', ['a | الف | | < b', 'b | ب | | < c', 'c | پ | | < a'].join('\n'))
  expect(findProblems(circle)).toEqual(['a cycle: a < b < c < a'])
})

test('the thesaurus of the server has at least 2,000 concepts and no problem between them', () => {
  const concepts = loadThesaurus()
  expect(findProblems(concepts)).toEqual([])
  expect(concepts.length).toBeGreaterThanOrEqual(2_000)
})

test('most concepts are named in both languages', () => {
  const concepts = loadThesaurus()
  const persian = concepts.filter(({ terms }) => terms.some(({ language }) => language === 'fa'))
  expect(persian.length / concepts.length).toBeGreaterThan(0.95)
})
