/** The count of tokens is an upper bound: the tokenizers of OpenAI never count more for texts of shops in both languages. */
import { readFileSync } from 'node:fs'
import { Tiktoken } from 'js-tiktoken/lite'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import o200k from 'js-tiktoken/ranks/o200k_base'
import { describe, expect, test } from 'vitest'
import { catalogue } from '../../demo/catalogue.ts'
import { countTokens } from '../../server/src/agents/context/count-tokens.ts'
import { htmlToText } from '../../server/src/platform/text/clean-html.ts'

const tokenizers = [new Tiktoken(cl100k), new Tiktoken(o200k)]
const most = (text: string) => Math.max(...tokenizers.map((tokenizer) => tokenizer.encode(text, [], []).length))

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

test.each(catalogue.map((product) => [product.name, product] as const))('the texts of %s', (_name, product) => {
  const { name, short_description, description, permalink, sku, price, attributes } = product
  const labels = attributes.map((attribute) => `${attribute.name}: ${attribute.options.join(', ')}`)
  for (const text of [
    name,
    short_description,
    htmlToText(description),
    permalink,
    `${sku} ${price} تومان`,
    ...labels,
  ]) {
    expect(countTokens(text), text).toBeGreaterThanOrEqual(most(text))
  }
})

describe('longer texts', () => {
  test.each([
    'README.md',
    'README.fa.md',
    'docs/en/connect.md',
    'docs/fa/connect.md',
    'docs/fa/privacy.md',
    'docs/search.md',
  ])('each paragraph of %s', (file) => {
    for (const paragraph of read(file)
      .split('\n\n')
      .filter((each) => each.length > 40))
      expect(countTokens(paragraph), paragraph).toBeGreaterThanOrEqual(most(paragraph))
  })

  test('are not counted at more than three times their tokens', () => {
    for (const file of ['docs/en/privacy.md', 'docs/fa/privacy.md'])
      expect(countTokens(read(file)) / most(read(file)), file).toBeLessThan(3)
  })
})

test('codes, digits, emoji and odd spaces', () => {
  for (const text of ['XJ900-BLK/44', '٤٥٦ ۱۲۳ 123456', '😀👍🏽 👨‍👩‍👧', 'a    b\n\n\nc', '中文 текст', '…—«»٬٫', ''])
    expect(countTokens(text), text).toBeGreaterThanOrEqual(most(text))
})
