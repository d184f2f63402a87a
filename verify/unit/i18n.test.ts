import { expect, test } from 'vitest'
import { negotiateLanguage } from '../../server/src/platform/i18n.ts'

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['de, fr;q=0.8', 'en'],
  ['en', 'en'],
  ['fa', 'fa'],
  ['fa-IR', 'fa'],
  ['FA-ir', 'fa'],
  ['Fa', 'fa'],
  ['fa-IR,fa;q=0.9,en-US;q=0.8,en;q=0.7', 'fa'],
  ['en-US,en;q=0.9,fa;q=0.8', 'en'],
  ['en;q=0.3, fa;q=0.7', 'fa'],
  ['de, fa;q=0.5', 'fa'],
  ['en, fa', 'en'],
  ['fa, en', 'fa'],
  ['fa;q=0', 'en'],
  ['fa; q=0.2, en; q=0.1', 'fa'],
  ['fan, farsi', 'en'],
  ['fa;q=high', 'en'],
  [`${'x,'.repeat(100_000)}fa`, 'en'],
])('Accept-Language %j is answered in %s', (header, language) => {
  expect(negotiateLanguage(header)).toBe(language)
})
