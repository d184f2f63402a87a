import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const source = join(repository, 'server/src/')

/** The pipeline's order: a slice imports itself and what stands before it. The root files put everything together. */
const ORDER = [
  'platform',
  'tenants',
  'ingest',
  'catalog',
  'knowledge',
  'questions',
  'search',
  'agents',
  'feeds',
  'events',
  'freshness',
  'plugin-api',
  'sync',
  'stores',
  'overview',
  'operations',
  'alerts',
]
const ROOT_FILES = ['main.ts', 'maintenance.ts', 'pipeline.ts', 'serve.ts', 'server.ts']
/** Rooms of the platform, in their order; the files beside them (config, errors, i18n, log, metrics, version) come first. */
const PLATFORM_ORDER = ['platform', 'text', 'mail', 'db', 'runtime', 'http']

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
  for (const { to } of imports) expect([...files, 'platform/db/schema/expected-schema.json']).toContain(to)
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

test('a room of the platform imports only itself and the rooms before it', () => {
  const roomOf = (file: string) => (file.split('/').length > 2 ? (file.split('/')[1] ?? '') : 'platform')
  const inside = imports.filter(({ from }) => sliceOf(from) === 'platform')
  expect([...new Set(inside.map(({ from }) => roomOf(from)))].sort()).toEqual([...PLATFORM_ORDER].sort())
  const climbing = inside.filter(
    ({ from, to }) => PLATFORM_ORDER.indexOf(roomOf(to)) > PLATFORM_ORDER.indexOf(roomOf(from)),
  )
  expect(climbing.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
})

test('every folder with more than five files has a README', () => {
  // The plugin's folders are installed in shops: plugin/README.md describes their files.
  const roots = ['server', 'cli', 'dashboard/src', 'verify', 'demo', 'scripts', 'docs/decisions']
  const folders = roots.flatMap((root) => [
    root,
    ...readdirSync(join(repository, root), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => relative(repository, join(entry.parentPath, entry.name))),
  ])
  const withoutReadme = folders.filter((folder) => {
    const files = readdirSync(join(repository, folder), { withFileTypes: true }).filter((entry) => entry.isFile())
    return files.length > 5 && !files.some(({ name }) => name === 'README.md')
  })
  expect(withoutReadme).toEqual([])
})

test('the environment is read in one file', () => {
  const readers = files.filter((file) =>
    /process\s*\.\s*env\b|process\[['"]env/.test(readFileSync(join(source, file), 'utf8')),
  )
  expect(readers).toEqual(['platform/config.ts'])
})
