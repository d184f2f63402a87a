import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paragraphsOf } from '../../src/knowledge/sentences.ts'
import { maxChunksPerProduct, type ProductText, splitProduct } from '../../src/knowledge/split-text.ts'

const shoe: ProductText = {
  name: 'کفش اسپرت مردانه',
  categories: ['کفش', 'مردانه'],
  tags: ['ورزشی'],
  attributes: [{ name: 'رنگ', options: ['قرمز', 'آبی'] }],
  shortDescription: 'سبک و نرم است.',
  description: 'برای دویدن خوب است؟ بله!',
}
const sentences = (count: number) =>
  Array.from({ length: count }, (_, n) => `Sentence number ${n} stands here.`).join(' ')
const sentencesIn = (text: string) => paragraphsOf(text).map((paragraph) => paragraph.map((sentence) => sentence.text))

test('a short product is one chunk that holds everything', () => {
  expect(splitProduct(shoe)).toEqual([
    {
      text: 'کفش اسپرت مردانه\nکفش, مردانه\n\nورزشی\nرنگ: قرمز, آبی\n\nسبک و نرم است.\n\nبرای دویدن خوب است؟ بله!',
      language: 'fa',
    },
  ])
})

test('a product without any text is still one chunk', () => {
  const empty = { name: '', categories: [], tags: [], attributes: [], shortDescription: '', description: '' }
  expect(splitProduct(empty)).toEqual([{ text: '', language: 'other' }])
  expect(splitProduct({ ...empty, name: 'Hat' })).toEqual([{ text: 'Hat', language: 'en' }])
})

test('every chunk begins with the name and the categories, only the first holds tags and attributes', () => {
  const chunks = splitProduct({ ...shoe, description: sentences(12) })
  expect(chunks).toHaveLength(4)
  for (const { text } of chunks) expect(text.startsWith('کفش اسپرت مردانه\nکفش, مردانه\n\n')).toBe(true)
  expect(chunks.map(({ text }) => text.includes('رنگ: قرمز'))).toEqual([true, false, false, false])
  expect(chunks[0]?.text).toContain('سبک و نرم است.')
  expect(chunks[0]?.text).not.toContain('Sentence number')
})

test('chunks end with a paragraph from the third sentence on, and at the fifth', () => {
  const description = `${sentences(1)}\n\n${sentences(2)}\n\n${sentences(5)}\n\n${sentences(6)}`
  const counts = splitProduct({ ...shoe, shortDescription: '', description }).map(
    ({ text }) => text.match(/Sentence/g)?.length ?? 0,
  )
  expect(counts).toEqual([3, 5, 5, 1])
})

test('paragraphs and lines stay as they were', () => {
  const description = 'One.\nTwo\n- three\n\nFour. Five.\n\nSix.'
  const bodies = splitProduct({
    ...shoe,
    name: 'Hat',
    categories: [],
    tags: [],
    attributes: [],
    shortDescription: '',
    description,
  })
  expect(bodies.map(({ text }) => text)).toEqual(['Hat\n\nOne.\nTwo\n- three', 'Hat\n\nFour. Five.\n\nSix.'])
})

const word = fc.stringMatching(/^[a-zآابپتسشکگلمنی]{1,10}$/)
const sentence = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 27 }), fc.constantFrom('.', '!', '؟', '...', '.»'))
  .map(([words, end]) => `${words.join(' ')} end${end}`)
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 8 })
const paragraphs = (maxLength: number) => fc.array(paragraph, { maxLength })
const write = (text: string[][]) => text.map((part) => part.join(' ')).join('\n\n')

test('replacing one sentence by another changes exactly one chunk', () => {
  fc.assert(
    fc.property(paragraphs(3), paragraphs(8), fc.nat(), sentence, fc.boolean(), (short, long, pick, other, wordy) => {
      // Neighbours far over the limit of a sentence must not make the boundaries depend on length.
      if (wordy) long.push([`${'word '.repeat(400)}end.`, 'Short.'])
      const before = splitProduct({ ...shoe, shortDescription: write(short), description: write(long) })
      const places = [...short, ...long]
        .flatMap((part) => part.map((text, index) => ({ part, index, text })))
        .filter(({ text }) => text.length <= 300)
      const place = places[pick % Math.max(places.length, 1)]
      fc.pre(place !== undefined && place.text !== other)
      if (place) place.part[place.index] = other
      const after = splitProduct({ ...shoe, shortDescription: write(short), description: write(long) })
      expect(after).toHaveLength(before.length)
      expect(after.filter(({ text }, index) => text !== before[index]?.text)).toHaveLength(1)
    }),
    { numRuns: 100 },
  )
})

test('a sentence inserted into a paragraph changes no chunk of the paragraphs around it', () => {
  const description = (third: string) => [sentences(4), sentences(3), third, sentences(4)].join('\n\n')
  const before = splitProduct({ ...shoe, description: description('Here. There. Away.') }).map(({ text }) => text)
  const after = splitProduct({ ...shoe, description: description('Here. New. There. Away.') }).map(({ text }) => text)
  expect(after).toHaveLength(before.length)
  expect(after.filter((text) => !before.includes(text))).toHaveLength(1)
})

test('no chunk is longer than about 4,000 characters and no word of the texts is lost', () => {
  const wall = Array.from({ length: 3_000 }, (_, n) => `w${n}`).join(' ')
  const options = Array.from({ length: 900 }, (_, n) => `o${n}`)
  const chunks = splitProduct({
    ...shoe,
    name: 'n'.repeat(900),
    categories: ['c'.repeat(900)],
    attributes: [{ name: 'Size', options }],
    shortDescription: `${wall}. ${'s'.repeat(590)}. ${'s'.repeat(590)}. ${wall}.`,
    description: `${'x'.repeat(9_000)}. ${sentences(40)}`,
  })
  expect(Math.max(...chunks.map(({ text }) => text.length))).toBeLessThan(4_300)
  const found = new Set(chunks.flatMap(({ text }) => text.split(/[\s,.]+/)))
  expect([...wall.split(' '), ...options].filter((text) => !found.has(text))).toEqual([])
  expect(
    chunks
      .map(({ text }) => text)
      .join('')
      .match(/x/g),
  ).toHaveLength(9_000)
  for (const { text } of chunks) expect(text.startsWith(`${'n'.repeat(300)}\n${'c'.repeat(300)}\n`)).toBe(true)
})

test('a hard split never cuts an emoji in half', () => {
  for (const shift of ['', 'a']) {
    for (const { text } of splitProduct({
      ...shoe,
      name: shift + '😀'.repeat(400),
      description: shift + '😀'.repeat(5_000),
    })) {
      expect(text.isWellFormed()).toBe(true)
    }
  }
})

test('a product has at most 200 chunks', () => {
  expect(splitProduct({ ...shoe, description: sentences(5_000) })).toHaveLength(maxChunksPerProduct)
})

test.each([
  ['It weighs 3.5 kg. See v1.2 at example.com today.', ['It weighs 3.5 kg.', 'See v1.2 at example.com today.']],
  ['Use it, e.g. Outdoors. Ask Dr. Who!', ['Use it, e.g. Outdoors.', 'Ask Dr. Who!']],
  ['نرم است؛ سبک است. خوب است؟ بله!', ['نرم است؛ سبک است.', 'خوب است؟', 'بله!']],
  ['1. Cut. 2. Glue', ['1. Cut.', '2.', 'Glue']],
  ['He said "yes." Then left...  Done', ['He said "yes."', 'Then left...', 'Done']],
  ['Heading\nText', ['Heading', 'Text']],
])('%j has the sentences %j', (text, expected) => {
  expect(sentencesIn(text)).toEqual([expected])
})

test('a text of nothing but marks takes no time and has no paragraph too many', () => {
  const startedAt = performance.now()
  expect(sentencesIn('.'.repeat(200_000)).flat()).toHaveLength(1)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
  expect(sentencesIn(' \n\n \n')).toEqual([])
})
