import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeletion, anUpdate } from '../../support/events.ts'
import { foundIds } from '../../support/found.ts'
import { expectProblem } from '../../support/problems.ts'
import { type Shop, startTestServer, type TestServer } from '../../support/test-server.ts'

let server: TestServer
let shop: Shop

beforeAll(async () => {
  server = await startTestServer()
  shop = await server.newShop()
})
afterAll(() => server.stop())

const bare = { short_description: '', description: '', tags: [], attributes: [], categories: [], variations: [] }

const sendAll = async (products: Record<string, unknown>[]) => {
  const answer = await shop.sendBatch(products.map((product) => anUpdate({ ...bare, ...product })))
  expect(answer.body).toMatchObject({ accepted: products.length, rejected: [] })
  await server.settled()
}

/** A product in the results of a search: its variants' attributes and the text of its first chunk. */
const shownOf = async (name: string) => {
  const { body } = await server.search(name)
  const hit = body.results.find((result: { product: { name: string } }) => result.product.name === name)
  return {
    options: hit.product.attributes.map((attribute: { options: string[] }) => attribute.options),
    chosen: hit.product.variants.map((variant: { attributes: Record<string, string> }) => variant.attributes),
    chunk: hit.chunk.text as string,
  }
}

const FAMILIES = [
  ['white/black', 'white/(black)'],
  ['+1.00', '-1.00'],
  ['C++', 'C#', 'C'],
  ['A+', 'A', 'a'],
  ['1.5', '1,5', '15'],
  ['s', 'S'],
  ['m²', 'm2'],
  ['♥', '★'],
  ['سرمه‌ای', 'سرمهای', 'سرمه ای'],
  ['any', 'Any'],
  ['café', 'cafe'],
  ['50%', '50%25', '%35%30'],
  ['👍', '👍🏽'],
  ['10 mm', '10mm', '<10 mm', '10″'],
]

test('the names of options reach a search answer unchanged', async () => {
  const random = fc
    .sample(
      fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 }),
      { numRuns: 20, seed: 14 },
    )
    .map((options) =>
      options.filter((option) => /^[\p{L}\p{N}\p{S}#@*+,./()-]+$/u.test(option) && !/[<[]/.test(option)),
    )
    .filter((options) => options.length > 0)
  const families = [...FAMILIES, ...random]
  await sendAll(
    families.map((options, index) => ({
      id: 100 + index,
      name: `Family number ${index}`,
      attributes: [
        { name: 'Kind (+)', options, variation: true },
        { name: 'Kind (-)', options },
      ],
      variations: options.map((option, n) => ({
        id: 1000 * (index + 1) + n,
        attributes: { 'Kind (+)': option, 'Kind (-)': n === 0 ? '' : (options[0] ?? '') },
      })),
    })),
  )
  for (const [index, options] of families.entries()) {
    const { chosen, chunk, options: shown } = await shownOf(`Family number ${index}`)
    expect(shown).toEqual([options, options])
    expect(chosen).toEqual(options.map((option, n) => ({ 'Kind (+)': option, 'Kind (-)': n === 0 ? '' : options[0] })))
    for (const option of options) expect(chunk).toContain(option.normalize('NFC'))
  }
})

test("a shop's own slugs name the options, and one that fits several stays as it was sent", async () => {
  const encoded = (text: string) => encodeURIComponent(text).toLowerCase()
  await sendAll([
    {
      id: 1,
      name: 'Slugs',
      attributes: [
        { name: 'Language', slug: 'pa_lang', options: ['C++', 'C#', 'Perl &amp; co'], slugs: ['c', 'c-2', 'perl'] },
        { name: 'رنگ', options: ['سرمه‌ای'] },
        { name: 'Farbe', options: ['white/black', 'white/(black)'] },
      ],
      variations: [
        { id: 11, attributes: { attribute_pa_lang: 'c-2', [`attribute_pa_${encoded('رنگ')}`]: encoded('سرمهای') } },
        { id: 12, attributes: { pa_lang: 'perl', farbe: 'white-black' } },
        { id: 13, attributes: { Language: '', [encoded('جنس')]: encoded('نخ') } },
      ],
    },
  ])
  expect((await shownOf('Slugs')).chosen).toEqual([
    { Language: 'C#', رنگ: 'سرمه‌ای' },
    { Language: 'Perl & co', Farbe: 'white-black' },
    { Language: '', جنس: 'نخ' },
  ])
})

test('labels reach the AI without entities and tags, and the filter finds them', async () => {
  await sendAll([
    {
      id: 2,
      name: 'Kettle &amp; <b>cup</b>',
      categories: ['Tea &amp; Coffee', '<i>New</i>&nbsp;in', ' '],
      tags: ['R&amp;D', '5 < 6'],
      attributes: [{ name: 'Size&nbsp;<sup>1</sup>', options: ['M &amp; L'] }],
    },
  ])
  const answer = await server.search('kettle', { params: { category: 'Tea & Coffee' } })
  expect(foundIds(answer)).toEqual(['woo_2'])
  expect(answer.body.results[0].product).toMatchObject({
    name: 'Kettle & cup',
    categories: ['Tea & Coffee', 'New in'],
    tags: ['R&D', '5 < 6'],
    attributes: [{ name: 'Size 1', options: ['M & L'] }],
  })
  expect(answer.body.results[0].chunk.text).toBe('Kettle & cup\nNew in, Tea & Coffee\n\n5 < 6, R&D\nSize 1: M & L')
  expect(foundIds(await server.search('kettle', { params: { category: 'tea &amp; coffee' } }))).toEqual(['woo_2'])
  expect(foundIds(await server.search('kettle', { params: { category: 'Tea' } }))).toEqual([])
})

test.each([' ', '\t\n', '&nbsp;', '[vc_row]', '<p> </p>', '\u200b', '&#8203;&zwnj;', '<!-- Kettle -->'])(
  'a name without visible characters is a 400 with this reason: %j',
  async (name) => {
    const answer = await shop.send(anUpdate({ id: 3, name }))
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.issues).toEqual([
      { path: 'product.name', detail: expect.stringContaining('must contain a letter') },
    ])
    expect(await server.sql(`select 1 from products where external_id = 'woo_3'`)).toEqual([])
  },
)

test('a deletion needs no name, and a name may be any sign', async () => {
  expect((await shop.send(aDeletion(4, { product: { id: 4, name: ' ' } }))).status).toBe(202)
  for (const name of ['♥', '٪', '[XL]', '0']) expect((await shop.send(anUpdate({ id: 5, name }))).status).toBe(202)
})
