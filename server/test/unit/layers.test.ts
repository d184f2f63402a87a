import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../../src/', import.meta.url))

/** The pipeline's order: a slice imports itself and what stands before it. The root files put everything together. */
const ORDER = ['platform', 'tenants', 'ingest', 'catalog', 'knowledge', 'search', 'operate']
const ROOT_FILES = ['main.ts', 'pipeline.ts', 'serve.ts', 'server.ts']

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'))
  .sort()

interface Import {
  from: string
  to: string
}

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(source, file), 'utf8')
  const targets = [...text.matchAll(/\bfrom\s+'(\.[^']+)'|\bimport\(?\s*'(\.[^']+)'/g)].map((m) => m[1] ?? m[2] ?? '')
  return targets.map((target) => ({
    from: file,
    to: relative(source, join(source, file, '..', target)).replaceAll('\\', '/'),
  }))
})

const sliceOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : 'root')
const wrong = (isWrong: (from: string, to: string) => boolean) =>
  imports.filter(({ from, to }) => isWrong(sliceOf(from), sliceOf(to))).map(({ from, to }) => `${from} imports ${to}`)

test('every file belongs to a slice of the pipeline or puts it together', () => {
  expect([...new Set(files.map(sliceOf))].sort()).toEqual(['root', ...ORDER].sort())
  expect(files.filter((file) => sliceOf(file) === 'root')).toEqual(ROOT_FILES)
  expect(imports.length).toBeGreaterThan(files.length)
  for (const { to } of imports) expect(files).toContain(to)
})

test('a slice imports only itself and the slices before it', () => {
  expect(wrong((from, to) => from !== 'root' && ORDER.indexOf(to) > ORDER.indexOf(from))).toEqual([])
})

test('no slice imports the files that put the server together', () => {
  expect(wrong((from, to) => from !== 'root' && to === 'root')).toEqual([])
})

test('the platform knows no product: it imports only itself', () => {
  expect(wrong((from, to) => from === 'platform' && to !== 'platform')).toEqual([])
})

test('the environment is read in one file', () => {
  const readers = files.filter((file) =>
    /process\s*\.\s*env\b|process\[['"]env/.test(readFileSync(join(source, file), 'utf8')),
  )
  expect(readers).toEqual(['platform/config.ts'])
})
