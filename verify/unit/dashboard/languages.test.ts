import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { en } from '../../../dashboard/src/languages/en.ts'
import { first } from '../../../dashboard/src/languages/fa/first.ts'
import { fa } from '../../../dashboard/src/languages/fa.ts'

type Entry = [key: string, words: unknown]

function entries(words: object, above = ''): Entry[] {
  return Object.entries(words).flatMap(([key, value]): Entry[] =>
    typeof value === 'object' ? entries(value, `${above}${key}.`) : [[`${above}${key}`, value]],
  )
}

const dictionaries = { fa: new Map(entries(fa)), en: new Map(entries(en)) }
const source = fileURLToPath(new URL('../../../dashboard/src/', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))

test('both languages have the same keys, and no words are missing', () => {
  expect([...dictionaries.en.keys()].sort()).toEqual([...dictionaries.fa.keys()].sort())
  for (const [language, words] of Object.entries(dictionaries)) {
    expect(words.size).toBeGreaterThan(200)
    for (const [key, value] of words) expect(String(value).trim(), `${language} ${key}`).not.toBe('')
  }
})

/** The words that a file adds, of those that are not loaded before the first page. */
const addedBy = new Map(
  files.flatMap((file): [string, string[]][] => {
    const added = readFileSync(join(source, file), 'utf8').match(/^addWords\(\{\s*en: \{([^}]*)\}/m)?.[1]
    return added === undefined ? [] : [[file, [...added.matchAll(/(\w+):/g)].map((match) => String(match[1]))]]
  }),
)

test('no way leads to a component whose words are not loaded', () => {
  const imports = new Map(
    files.map((file) => [
      file,
      [...readFileSync(join(source, file), 'utf8').matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].map((match) =>
        join(dirname(file), String(match[1])),
      ),
    ]),
  )
  const sections = Object.keys(fa).filter((section) => !(section in first))
  expect([...addedBy.values()].flat().sort()).toEqual(sections.sort())
  for (const [words, added] of addedBy) {
    const has = (file: string) => file === words || imports.get(file)?.includes(words)
    const withoutWords = new Set(['main.tsx'])
    for (const file of withoutWords)
      for (const next of imports.get(file) ?? []) if (!has(next) && imports.has(next)) withoutWords.add(next)
    expect(withoutWords.size).toBeGreaterThan(100)
    const uses = new RegExp(`['"\`](${added.join('|')})\\.[\\w$]`)
    for (const file of withoutWords)
      expect(uses.exec(readFileSync(join(source, file), 'utf8'))?.[0], `${file} needs ${words}`).toBeUndefined()
  }
})

test('a sentence takes the same values in both languages', () => {
  const values = (words: unknown) => [...String(words).matchAll(/\{\{(\w+)[^}]*\}\}/g)].map((match) => match[1]).sort()
  for (const [key, words] of dictionaries.fa) expect(values(dictionaries.en.get(key)), key).toEqual(values(words))
})

test('Persian is written in Persian letters, and its numbers are formatted', () => {
  for (const [key, words] of dictionaries.fa) {
    expect(String(words), key).not.toMatch(/[يك0-9]/)
    expect(String(words), `${key}: a count without a format has Latin digits`).not.toMatch(/\{\{(count|\w+_count)\}\}/)
  }
})

test('no component contains a sentence: strings come from the dictionaries', () => {
  for (const file of files.filter((name) => !name.startsWith('languages'))) {
    const text = readFileSync(join(source, file), 'utf8')
    expect(text, file).not.toMatch(/[\u0600-\u06ff]/)
    expect(text, file).not.toMatch(/(?:label|title|placeholder|description|aria-label)="[A-Z][a-z]/)
  }
})

test('styles know no left and right: only logical properties follow the direction', () => {
  const sheets = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.css'))
  expect(sheets.length).toBeGreaterThan(5)
  const physical =
    /(?:^|[\s;{])(?:(?:margin|padding|border)-(?:left|right)|left|right|float)\s*:|text-align:\s*(?:left|right)/m
  for (const file of sheets) {
    const rules = readFileSync(join(source, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
    expect(physical.exec(rules)?.[0], file).toBeUndefined()
  }
})
