import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../scripts/random.ts'
import { bm25, miniSearch } from '../bench/search-quality/baselines.ts'
import { makeCatalogue } from '../bench/search-quality/catalogue.ts'
import { ndcg, pairedBootstrap, recall, reciprocalRank } from '../bench/search-quality/metrics.ts'
import { wordsOf } from '../bench/search-quality/normalise.ts'
import { CLASSES, judgedQueries } from '../bench/search-quality/queries.ts'
import { withWrongLayout } from '../bench/search-quality/wrong-layout.ts'

const grades = new Map([
  [1, 3],
  [2, 2],
  [3, 1],
])

describe('measures of a ranked list', () => {
  test('nDCG is 1 for the best order, and counts by hand otherwise', () => {
    expect(ndcg([1, 2, 3], grades)).toBe(1)
    expect(ndcg([1, 2, 3, 99], grades)).toBe(1)
    // Gains 7, 3, 1; discounts 1, log2 3, 2.
    const best = 7 + 3 / Math.log2(3) + 1 / 2
    expect(ndcg([99, 1], grades)).toBeCloseTo(7 / Math.log2(3) / best)
    expect(ndcg([3, 2, 1], grades)).toBeCloseTo((1 + 3 / Math.log2(3) + 7 / 2) / best)
    expect(ndcg([], grades)).toBe(0)
  })

  test('nDCG looks at the first ten only, and a product that is listed twice is worth something once', () => {
    expect(ndcg([...Array(10).fill(99), 1, 2, 3], grades)).toBe(0)
    expect(ndcg([1, 1, 1], grades)).toBe(ndcg([1, 98, 99], grades))
  })

  test('a query without any grade has no nDCG', () => {
    expect(() => ndcg([1], new Map())).toThrow()
  })

  test('recall counts grades 2 and 3, of the depth at most', () => {
    expect(recall([2, 99], grades)).toBe(0.5)
    expect(recall([2, 1, 3], grades)).toBe(1)
    expect(recall([3], grades)).toBe(0)
    const many = new Map(Array.from({ length: 40 }, (_, i) => [i, 3]))
    expect(recall([...many.keys()], many)).toBe(1)
    expect(recall([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], many)).toBe(0.5)
  })

  test('the reciprocal rank is that of the first product with grade 2 or 3', () => {
    expect(reciprocalRank([99, 3, 2], grades)).toBeCloseTo(1 / 3)
    expect(reciprocalRank([3, 99], grades)).toBe(0)
  })

  test('the paired bootstrap finds a difference that is there, and none where there is none', () => {
    const { below } = createRandom(7)
    const theirs = Array.from({ length: 200 }, () => below(100) / 100)
    const better = pairedBootstrap(
      theirs.map((score) => score + 0.05),
      theirs,
      below,
    )
    expect(better.difference).toBeCloseTo(0.05)
    expect(better.low).toBeGreaterThan(0)
    expect(better.p).toBe(0)
    const noise = pairedBootstrap(
      theirs.map((score, i) => score + (i % 2 === 0 ? 0.1 : -0.1)),
      theirs,
      below,
    )
    expect(noise.low).toBeLessThan(0)
    expect(noise.high).toBeGreaterThan(0)
    expect(noise.p).toBeGreaterThan(0.3)
    expect(() => pairedBootstrap([1], [1, 2], below)).toThrow()
  })
})

describe('the shop', () => {
  const { products, facts } = makeCatalogue()

  test('it has at least 1,500 products of at least 300 bases, each with its own id, name and SKU', () => {
    expect(products.length).toBeGreaterThanOrEqual(1_500)
    expect(new Set(facts.map(({ base }) => base)).size).toBeGreaterThanOrEqual(300)
    for (const field of ['id', 'name', 'sku'] as const)
      expect(new Set(products.map((product) => product[field])).size, field).toBe(products.length)
  })

  test('it is as untidy as real shops: Arabic letters, digits of both scripts, half-spaces and their lack, sold out', () => {
    const names = products.map(({ name }) => name)
    for (const pattern of [/[يك]/, /[۰-۹]/, /[0-9]/, /\u200c/, /[a-z]/i, /^[\x20-\x7e]+$/])
      expect(names.filter((name) => pattern.test(name)).length, String(pattern)).toBeGreaterThan(20)
    expect(products.filter(({ stock_status }) => stock_status === 'outofstock').length).toBeGreaterThan(80)
    expect(products.filter(({ type }) => type === 'variable').length).toBeGreaterThan(500)
  })

  test('the facts of a product agree with what the shop sends', () => {
    for (const [i, product] of products.entries()) {
      const variants = facts[i]?.variants ?? []
      expect(Math.min(...variants.map(({ price }) => price))).toBe(Number(product.price))
      expect(variants.some(({ inStock }) => inStock)).toBe(product.stock_status === 'instock')
      expect(product.variations.length).toBe(variants.length > 1 ? variants.length : 0)
    }
  })
})

describe('the judged queries', () => {
  const queries = judgedQueries()

  test('there are at least 240 in their classes, in both languages', () => {
    expect(queries.length).toBeGreaterThanOrEqual(240)
    for (const name of CLASSES) expect(queries.filter((query) => query.class === name).length, name).toBeGreaterThan(20)
    for (const language of ['fa', 'en', 'mixed'])
      expect(queries.filter((query) => query.language === language).length, language).toBeGreaterThan(15)
    expect(new Set(queries.map(({ text }) => text)).size).toBeGreaterThan(queries.length - 5)
  })

  test('each that the shop can answer has a product of grade 3, and the others have none of any grade', () => {
    const without = queries.filter(({ grades: given }) => ![...given.values()].includes(3)).map(({ text }) => text)
    expect(without).toEqual(queries.filter((query) => query.class === 'unanswerable').map(({ text }) => text))
    for (const query of queries) if (query.class === 'unanswerable') expect(query.grades.size, query.text).toBe(0)
  })

  test('about 40 % of each class are for tuning, and a query is with its misspelt forms', () => {
    for (const name of CLASSES) {
      const ofClass = queries.filter((query) => query.class === name)
      const share = ofClass.filter(({ split }) => split === 'tune').length / ofClass.length
      expect(share, name).toBeGreaterThan(0.25)
      expect(share, name).toBeLessThan(0.6)
    }
    const splits = new Map(queries.map(({ group, split }) => [group, split]))
    expect(queries.filter(({ group, split }) => splits.get(group) !== split)).toEqual([])
  })

  // Figures of different commits can be compared only while this stays. Change it together with the figures in docs.
  test('products and judgements are the ones that the published figures were measured on', () => {
    const judged = queries.map(({ grades: given, ...query }) => ({ ...query, grades: [...given] }))
    const text = JSON.stringify([makeCatalogue().products, judged])
    expect(createHash('sha256').update(text).digest('hex').slice(0, 16)).toBe('b77b0b9e8dca1ca3')
  })
})

test('the other keyboard layout maps words both ways', () => {
  expect(withWrongLayout('گوشی')).toBe("',ad")
  expect(withWrongLayout('backpack')).toBe('ذشزنحشزن')
  expect(withWrongLayout(withWrongLayout('کیسه خواب'))).toBe('کیسه خواب')
})

test('the normaliser of the baselines makes one word of its spellings', () => {
  expect(wordsOf('كيف')).toEqual(wordsOf('کیف'))
  expect(wordsOf('۲۵۶GB')).toEqual(['256gb', '256', 'gb'])
  expect(wordsOf('کفش‌ها')).toEqual(['کفش'])
  expect(wordsOf('کوله‌پشتی')).toEqual(['کولهپشتی', 'کوله', 'پشتی'])
  expect(wordsOf('Boxes of shoes')).toEqual(['box', 'shoe'])
})

test('the baselines find a product by its name, and nothing for a word that no product has', async () => {
  const { products, facts } = makeCatalogue()
  const wanted = facts.find(({ model }) => model === 'WH-1000XM5')?.id
  for (const system of [bm25(products), miniSearch(products)]) {
    expect((await system.search('هدفون سونی WH-1000XM5', 10)).ids[0], system.name).toBe(wanted)
    expect((await system.search('ققققققققق', 10)).ids, system.name).toEqual([])
  }
})
