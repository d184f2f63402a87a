import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProductContent } from '../../server/src/catalog/products/canonical-content.ts'
import { paragraphsOf } from '../../server/src/knowledge/chunks/sentences.ts'
import { maxChunksPerProduct, splitProduct } from '../../server/src/knowledge/chunks/split-text.ts'

const shoe: ProductContent = {
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
      text: 'کفش اسپرت مردانه\nمردانه، کفش\n\nورزشی\nرنگ: آبی، قرمز\n\nسبک و نرم است.\n\nبرای دویدن خوب است؟ بله!',
      language: 'fa',
    },
  ])
})

test('a product without any text is still one chunk', () => {
  const empty = { name: '', categories: [], tags: [], attributes: [], shortDescription: '', description: '' }
  expect(splitProduct(empty)).toEqual([{ text: '', language: 'other' }])
  expect(splitProduct({ ...empty, name: 'Hat' })).toEqual([{ text: 'Hat', language: 'en' }])
})

test('every chunk begins with the name, only the first holds categories, tags and attributes', () => {
  const chunks = splitProduct({ ...shoe, description: sentences(12) })
  expect(chunks).toHaveLength(4)
  expect(chunks[0]?.text.startsWith('کفش اسپرت مردانه\nمردانه، کفش\n\n')).toBe(true)
  for (const { text } of chunks.slice(1)) expect(text.startsWith('کفش اسپرت مردانه\n\nSentence')).toBe(true)
  expect(chunks.map(({ text }) => text.includes('رنگ: آبی'))).toEqual([true, false, false, false])
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
  for (const { text } of chunks) expect(text.startsWith(`${'n'.repeat(300)}\n`)).toBe(true)
})

const without: ProductContent = {
  name: 'Hat',
  categories: [],
  tags: [],
  attributes: [],
  shortDescription: '',
  description: '',
}
const textsOf = (content: Partial<ProductContent>) => splitProduct({ ...without, ...content }).map(({ text }) => text)

test('another order of labels, repeats, decomposed accents and characters that show nothing make the same chunks', () => {
  const tea = { ...shoe, name: 'Café', categories: ['b', 'a'], tags: ['z', 'é'], description: sentences(9) }
  const likewise = {
    ...tea,
    name: 'Cafe\u0301',
    categories: ['a', 'b', 'a'],
    tags: ['e\u0301', 'z'],
    attributes: tea.attributes.map(({ name, options }) => ({ name, options: options.toReversed() })),
    description: tea.description.replaceAll(' stands', '\u200b stands\ufeff'),
  }
  expect(splitProduct(likewise)).toEqual(splitProduct(tea))
})

test('a label more changes one chunk, also where the labels are too many for the first', () => {
  const many = Array.from({ length: 3_000 }, (_, n) => `Option ${n}`)
  for (const options of [many.slice(0, 5), many]) {
    const before = textsOf({ attributes: [{ name: 'Size', options }], description: sentences(20) })
    for (const added of ['0', 'Option 17b', 'zzz']) {
      const attributes = [{ name: 'Size', options: [...options, added] }]
      const after = textsOf({ attributes, description: sentences(20) })
      expect(after.filter((text) => !before.includes(text))).toHaveLength(1)
      expect(after.join(' ')).toContain(added)
    }
  }
  const before = textsOf({ categories: ['A'], tags: many, description: sentences(20) })
  const after = textsOf({ categories: ['A', 'Sale'], tags: many, description: sentences(20) })
  expect(after.filter((text) => !before.includes(text))).toHaveLength(1)
})

test('labels that do not fit into the first chunk are all in others, with the name of their attribute', () => {
  const options = Array.from({ length: 1_000 }, (_, n) => `o${n}`)
  const texts = textsOf({
    attributes: [
      { name: 'Size', options },
      { name: 'Empty', options: [] },
      { name: 'Fit', options: ['slim'] },
    ],
  })
  expect(texts[0]).toBe('Hat\n\nEmpty: \nFit: slim')
  for (const text of texts.slice(1)) expect(text.startsWith('Hat\n\nSize: o')).toBe(true)
  const found = texts.slice(1).flatMap((text) => text.slice('Hat\n\nSize: '.length).split(', '))
  expect(found.toSorted()).toEqual(options.toSorted())
})

test('the labels of a Persian chunk are joined as Persian joins them, of another as English does', () => {
  const labels = { categories: ['ب', 'الف'], attributes: [{ name: 'سایز', options: ['36', '37', 'XL'] }] }
  expect(textsOf({ ...labels, name: 'کفش' })).toEqual(['کفش\nالف، ب\n\nسایز: 36، 37، XL'])
  expect(
    textsOf({ name: 'Shoe', categories: ['B', 'A'], attributes: [{ name: 'Size', options: ['36', '37'] }] }),
  ).toEqual(['Shoe\nA, B\n\nSize: 36, 37'])
})

test('a list without letters has the direction of its chunk, by a mark that shows nothing', () => {
  const labels = { tags: ['37', '36'], attributes: [{ name: '#', options: ['1.5', '2'] }] }
  expect(textsOf({ ...labels, name: 'کفش' })).toEqual(['کفش\n\n\u200f36، 37\n\u200f#: 1.5، 2'])
  expect(textsOf({ ...labels, name: 'Shoe' })).toEqual(['Shoe\n\n\u200e36, 37\n\u200e#: 1.5, 2'])
  expect(textsOf({ tags: ['36'] })).toEqual(['Hat\n\n36'])
})

test('the chunks hold the name of every option', () => {
  const option = fc.oneof(
    fc.constantFrom(
      'white/(black)',
      '+1.00',
      'C++',
      '1,5',
      'm²',
      '♥',
      'می‌شود',
      'می شود',
      '50%25',
      '👍🏽',
      'any',
      '10″',
      'ك',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(option, { maxLength: 30 }), (options) => {
      const text = textsOf({ attributes: [{ name: 'Kind', options }] }).join('\n')
      const canonical = splitProduct({ ...without, tags: options })
      expect(canonical.length).toBeGreaterThan(0)
      for (const each of options.filter((name) => /^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(name))) {
        expect(text).toContain(each.normalize('NFC'))
      }
    }),
  )
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
  const full = splitProduct({ ...shoe, description: sentences(1_100) })
  expect(full).toHaveLength(maxChunksPerProduct)
  expect(splitProduct({ ...shoe, description: sentences(5_000) })).toEqual(full)
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

test('a text of combining marks alone is read in linear time and has no extra paragraph', () => {
  const startedAt = performance.now()
  expect(sentencesIn('.'.repeat(200_000)).flat()).toHaveLength(1)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
  expect(sentencesIn(' \n\n \n')).toEqual([])
})

test('no more sentences are read than are asked for', () => {
  expect(
    paragraphsOf('One. Two.\nThree. Four.\n\nFive.', 3)
      .flat()
      .map(({ text }) => text),
  ).toEqual(['One.', 'Two.', 'Three.'])
})
