import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { anchorsOf, blocksOf, documents, headingsOf, proseOf, root, targetsOf, textOf } from '../support/documents.ts'

const files = documents()
const pairs = files
  .filter((file) => file.startsWith('docs/en/'))
  .map((file): [string, string] => [file, file.replace('docs/en/', 'docs/fa/')])
  .concat([['README.md', 'README.fa.md']])

test.each(files)('every link of %s leads somewhere', (file) => {
  for (const target of targetsOf(file)) {
    const [path = '', anchor] = decodeURI(target).split('#')
    const aim = path === '' ? file : normalize(join(dirname(file), path))
    expect(existsSync(join(root, aim)), target).toBe(true)
    if (anchor !== undefined && aim.endsWith('.md')) {
      expect(anchorsOf(aim), target).toContain(anchor)
    }
  }
})

test('documents for owners exist in both languages', () => {
  const persian = files.filter((file) => file.startsWith('docs/fa/'))
  expect(persian).toEqual(
    files.filter((file) => file.startsWith('docs/en/')).map((file) => file.replace('/en/', '/fa/')),
  )
  expect(persian.length).toBeGreaterThan(2)
})

test.each(pairs)(
  '%s and %s have the same headings and commands in the same order, and link to each other',
  (english, persian) => {
    const levels = (file: string) => headingsOf(file).map((heading) => heading.level)
    expect(levels(persian)).toEqual(levels(english))
    const code = (file: string) => blocksOf(file).map((block) => `${block.language} ${block.code.trim()}`)
    expect(code(persian)).toEqual(code(english))
    const leadsTo = (from: string, to: string) =>
      targetsOf(from).some((target) => normalize(join(dirname(from), target.split('#')[0] ?? '')) === to)
    expect(leadsTo(english, persian), english).toBe(true)
    expect(leadsTo(persian, english), persian).toBe(true)
  },
)

test.each(pairs.map(([, persian]) => persian))('%s is written in Persian letters and signs', (file) => {
  const prose = proseOf(file).replaceAll(/`[^`]*`|\]\([^)]*\)|<[^>]+>/g, '')
  expect(textOf(file)).toMatch(/<div dir="rtl">/)
  // Arabic yeh and kaf, Arabic digits, and signs of Latin writing after a Persian word.
  expect(prose.match(/[يك٠-٩]/g) ?? []).toEqual([])
  expect(prose.match(/\p{Script=Arabic}[,;?]/gu) ?? []).toEqual([])
  // The half-space, in words that are wrong without it.
  expect(prose.match(/(?<!\p{L})ن?می \p{Script=Arabic}+|\p{Script=Arabic}+ ها(?!\p{L})/gu) ?? []).toEqual([])
})

test('docs/configuration.md explains every setting, and no other', () => {
  const source = ['config', 'mail-settings', 'backup-settings', 'torob-settings']
    .map((name) => textOf(`server/src/platform/${name}.ts`))
    .join('\n')
  const read = new Set(
    [...source.matchAll(/\benv, '([A-Z0-9_]+)'|\benv\.([A-Z0-9_]+)/g)].map((match) => match[1] ?? match[2]),
  )
  const rows = textOf('docs/configuration.md').match(/^\| `.*$/gm) ?? []
  const explained = new Set(rows.flatMap((row) => (row.split('|')[1] ?? '').match(/[A-Z][A-Z0-9_]+/g) ?? []))
  expect(read.size).toBeGreaterThan(25)
  expect([...explained].sort()).toEqual([...read].sort())
})

test('docs/operations.md explains every figure of /metrics, and no other', () => {
  const explained = new Set(textOf('docs/operations.md').match(/\bfiko_(?!tenant|service)[a-z_]+/g))
  const sources = execFileSync('git', ['ls-files', 'server/src/*.ts'], { cwd: root, encoding: 'utf8' })
  const made = sources
    .trim()
    .split('\n')
    .flatMap((file) =>
      [...textOf(file).matchAll(/(?:counter|gauge|histogram)\(\s*'(fiko_\w+)'|^\s*(fiko_\w+): \[$/gm)].map(
        (match) => match[1] ?? match[2],
      ),
    )
  expect(made.length).toBeGreaterThan(12)
  expect([...explained].sort()).toEqual(made.sort())
})

test('no document contains a path of a developer’s machine', () => {
  for (const file of files) expect(textOf(file), file).not.toMatch(/\/work\/|\/root\/|\/home\/(?!fiko)/)
})
