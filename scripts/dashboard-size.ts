/**
 * `npm run dashboard:size`: gzip size of the JavaScript in the first load of each page of the built dashboard: the entry, the
 * larger of the two languages, the page and its own imports. Fails above the budget.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const BUDGET_BYTES = 240_000
const dist = fileURLToPath(new URL('../dashboard/dist/', import.meta.url))

interface Chunk {
  file: string
  isEntry?: boolean
  isDynamicEntry?: boolean
  imports?: string[]
  dynamicImports?: string[]
}

if (!existsSync(`${dist}.vite/manifest.json`)) {
  console.error('There is no built dashboard: run npm run dashboard:build.')
  process.exit(1)
}
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>
const sizeOf = (file: string) => readFileSync(`${dist}${file}.gz`).length
const total = (files: Set<string>) => [...files].reduce((sum, file) => sum + sizeOf(file), 0)

/** The files of a chunk and of all it imports. */
function filesOf(key: string, files = new Set<string>()): Set<string> {
  const chunk = manifest[key]
  if (!chunk || files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const next of chunk.imports ?? []) filesOf(next, files)
  return files
}

const keys = Object.keys(manifest)
const entry = keys.find((key) => manifest[key]?.isEntry) ?? ''
const isLoadedBy = (key: string, by: string) => manifest[by]?.dynamicImports?.includes(key) === true
const pages = keys.filter((key) => key.startsWith('src/pages/') && manifest[key]?.isDynamicEntry)
/** The page around a part that is loaded by itself, such as that of all stores around one. */
const around = (page: string) => pages.filter((other) => isLoadedBy(page, other))
const languages = keys.filter((key) => key.startsWith('src/languages/') && manifest[key]?.isDynamicEntry)
const [language = ''] = languages.sort((one, other) => total(filesOf(other)) - total(filesOf(one)))

let largest = 0
for (const page of pages.sort()) {
  const files = new Set([entry, language, page, ...around(page)].flatMap((key) => [...filesOf(key)]))
  const bytes = total(files)
  largest = Math.max(largest, bytes)
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB  ${files.size} files  ${page}`)
}
console.log(`${(largest / 1000).toFixed(1).padStart(7)} KB  the largest; the budget is ${BUDGET_BYTES / 1000} KB`)
if (pages.length === 0 || largest > BUDGET_BYTES) process.exitCode = 1
