import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readProduct } from '../../server/src/catalog/products/product-state.ts'

// The tables of docs/api.md, row by row: what they promise is what happens.
const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

/** The cells of the table below a heading, without their backticks. */
const rowsUnder = (heading: string) =>
  page
    .slice(page.indexOf(`#### ${heading}\n`))
    .split('\n|---|---|---|\n')[1]
    ?.split('\n\n')[0]
    ?.split('\n')
    .map((row) =>
      row
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replace(/^`|`$/g, '')),
    ) ?? []

const texts = rowsUnder('Texts')
const options = rowsUnder('Options of variations')

const words = rowsUnder('Words, prices and pictures')

test('there are rows', () => {
  expect(words.length).toBeGreaterThan(10)
  expect(texts.length).toBeGreaterThan(10)
  expect(options.length).toBeGreaterThan(5)
})

test.each(texts)('of the %s %j the AI reads %j', (field = '', sent = '', read = '') => {
  const state = readProduct({ id: 1, name: sent, description: sent, categories: [sent] })
  const shown: Record<string, unknown> = { ...state, category: state.categories[0] }
  expect(shown[field]).toBe(read)
})

test.each(options)('of the options %s the value %j is read as %j', (names = '', sent = '', read = '') => {
  const state = readProduct({
    id: 1,
    name: 'Shirt',
    attributes: [{ name: 'Kind', options: names.split('` · `') }],
    variations: [{ id: 2, attributes: { Kind: sent } }],
  })
  expect(state.variants[0]?.attributes).toEqual({ Kind: read })
})

test.each(words)('%s: %s becomes %s', (_rule = '', sent = '', becomes = '') => {
  expect(readProduct({ id: 1, name: 'Lamp', ...JSON.parse(sent) })).toMatchObject(JSON.parse(becomes))
})
